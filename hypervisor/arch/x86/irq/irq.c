/* SPDX-License-Identifier: GPL-2.0-only */
/* irq.c: interrupt lines: vectors, dispatch, and the masking protocol.
 *
 * Edge and message-signalled interrupts are acknowledged at once. A level-triggered line that
 * belongs to a guest is masked at its I/O APIC before it is acknowledged and unmasked by the
 * guest's EOI: nothing else depends on that guest being quick.
 *
 * Locks:   desc->lock (LOCK_IRQ_DESC, in interrupts) guards one line; vector_lock (LOCK_LEAF)
 *          guards vector_irq[] and the numbers of message-signalled lines.
 * Context: do_irq() from the entry code, interrupts off; the rest from hypercalls and boot. */
#include <hv/lib.h>
#include <hv/arch.h>
#include <hv/timer.h>
#include <hv/event.h>
#include <hv/domain.h>
#include <hv/trace.h>
#include <asm/x86.h>
#include <asm/irq.h>

struct irq_desc irq_desc[NR_IRQS];
unsigned int nr_gsis;
static uint16_t vector_irq[256]; /* irq + 1; vectors mean the same on every CPU */
static DEFINE_SPINLOCK(vector_lock, LOCK_LEAF);
static unsigned long x_spurious;

void irq_init(void)
{
	unsigned int i;

	for (i = 0; i < NR_IRQS; i++) {
		spin_lock_init(&irq_desc[i].lock, LOCK_IRQ_DESC);
		irq_desc[i].irq = i;
	}
	ioapic_init();
}

/* --- vectors ---------------------------------------------------------------------------------------- */

/* 0 or -ENOSPC; desc->lock held. */
static int irq_assign_vector(struct irq_desc *desc)
{
	unsigned int i;

	if (desc->vector)
		return 0;
	spin_lock(&vector_lock);
	/* spread over the sixteen priority classes: two interrupts a class can wait in an APIC */
	for (i = 0; i <= VECTOR_LAST_DYN - VECTOR_FIRST_DYN; i++) {
		unsigned int span = VECTOR_LAST_DYN - VECTOR_FIRST_DYN + 1;
		unsigned int vec = VECTOR_FIRST_DYN + (i * 16 % span + i * 16 / span) % span;

		if (!vector_irq[vec]) {
			vector_irq[vec] = desc->irq + 1;
			desc->vector = vec;
			break;
		}
	}
	spin_unlock(&vector_lock);
	return desc->vector ? 0 : -ENOSPC;
}

static void release_vector(struct irq_desc *desc)
{
	spin_lock(&vector_lock);
	if (desc->vector)
		vector_irq[desc->vector] = 0;
	desc->vector = 0;
	spin_unlock(&vector_lock);
}

int irq_alloc_msi(unsigned int *ret_irq)
{
	unsigned long flags;
	unsigned int i;

	for (i = nr_gsis; i < NR_IRQS; i++) {
		struct irq_desc *desc = &irq_desc[i];
		int rc = -EBUSY;

		spin_lock_irqsave(&desc->lock, flags);
		if (desc->kind == IRQ_FREE) {
			rc = irq_assign_vector(desc);
			if (!rc)
				desc->kind = IRQ_MSI;
		}
		spin_unlock_irqrestore(&desc->lock, flags);
		if (rc != -EBUSY) {
			*ret_irq = i;
			return rc;
		}
	}
	return -ENOSPC;
}

void irq_free_msi(unsigned int irq)
{
	struct irq_desc *desc = &irq_desc[irq];
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	release_vector(desc);
	desc->msi = NULL;
	desc->enabled = false;
	desc->kind = IRQ_FREE;
	spin_unlock_irqrestore(&desc->lock, flags);
}

/* --- one line ---------------------------------------------------------------------------------------- */

/* Brings the hardware in line with the descriptor; lock held. */
static void update_hw(struct irq_desc *desc)
{
	bool masked = !desc->enabled || desc->in_flight;

	if (desc->kind == IRQ_IOAPIC)
		ioapic_write_entry(desc, masked);
	else if (desc->kind == IRQ_MSI)
		msi_mask(desc, masked);
}

/* Gives a line to a handler or guest that the caller has filled in; lock held. */
static int enable_line(struct irq_desc *desc)
{
	int rc = irq_assign_vector(desc);

	if (rc)
		return rc;
	desc->enabled = true;
	desc->in_flight = false;
	if (desc->kind == IRQ_MSI)
		msi_write(desc);
	update_hw(desc);
	return 0;
}

int irq_request(unsigned int irq, void (*handler)(void *), void *data)
{
	struct irq_desc *desc = &irq_desc[irq];
	unsigned long flags;
	int rc = -EBUSY;

	if (irq >= NR_IRQS)
		return -EINVAL;
	spin_lock_irqsave(&desc->lock, flags);
	if (desc->kind == IRQ_FREE) {
		rc = -ENODEV;
	} else if (!desc->handler && !desc->guest) {
		desc->data = data;
		desc->handler = handler;
		rc = enable_line(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

int irq_bind_guest(unsigned int irq, struct domain *d, unsigned int pirq, unsigned int cpu)
{
	struct irq_desc *desc = &irq_desc[irq];
	unsigned long flags;
	int rc = -EBUSY;

	spin_lock_irqsave(&desc->lock, flags);
	if (desc->kind == IRQ_FREE) {
		rc = -EINVAL;
	} else if (!desc->handler && (!desc->guest || desc->guest == d)) {
		desc->guest = d;
		desc->pirq = pirq;
		desc->cpu = cpu;
		rc = enable_line(desc);
		if (rc)
			desc->guest = NULL;
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

void irq_unbind_guest(unsigned int irq, struct domain *d)
{
	struct irq_desc *desc = &irq_desc[irq];
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	if (desc->guest == d) {
		desc->guest = NULL;
		desc->enabled = desc->in_flight = false;
		update_hw(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
}

void irq_guest_eoi(unsigned int irq, struct domain *d)
{
	struct irq_desc *desc = &irq_desc[irq];
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	if (desc->guest == d && desc->in_flight) {
		desc->in_flight = false;
		update_hw(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
}

void irq_set_cpu(unsigned int irq, unsigned int cpu)
{
	struct irq_desc *desc = &irq_desc[irq];
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	if (desc->cpu != cpu && desc->enabled) {
		desc->cpu = cpu;
		if (desc->kind == IRQ_MSI)
			msi_write(desc);
		else
			update_hw(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
}

int irq_setup_gsi(unsigned int gsi, bool level, bool active_low)
{
	struct irq_desc *desc = &irq_desc[gsi];
	unsigned long flags;
	int rc = 0;

	if (gsi >= nr_gsis || desc->kind != IRQ_IOAPIC)
		return -EINVAL;
	spin_lock_irqsave(&desc->lock, flags);
	if (desc->set_up || desc->handler || !gsi) {
		rc = -EEXIST;
	} else {
		desc->set_up = true;
		desc->level = level;
		desc->active_low = active_low;
		if (desc->enabled)
			update_hw(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

/* --- dispatch ---------------------------------------------------------------------------------------- */

static void line_irq(struct irq_desc *desc)
{
	struct domain *guest = NULL;
	unsigned int pirq = 0;
	uint64_t start = unlikely(trace_on) ? arch_cycles() : 0;

	spin_lock(&desc->lock);
	desc->x_seen++;
	if (desc->guest && desc->enabled) {
		guest = desc->guest;
		domain_get(guest); /* unbound meanwhile, it may go away */
		pirq = desc->pirq;
		if (desc->level) {
			desc->in_flight = true;
			update_hw(desc);
		}
	} else if (!desc->handler) {
		x_spurious++;
	}
	spin_unlock(&desc->lock);
	if (desc->handler)
		desc->handler(desc->data);
	apic_eoi();
	if (guest) {
		send_guest_pirq(guest, pirq);
		domain_put(guest);
	}
	trace(TRC_HW_IRQ_HANDLED, desc - irq_desc, start, arch_cycles());
}

static void fixed_vector(unsigned int vector, const struct cpu_user_regs *regs)
{
	apic_eoi();
	switch (vector) {
	case VECTOR_TIMER:
		timer_interrupt();
		watchdog_look(regs);
		break;
	case VECTOR_CALL:
		smp_call_ipi();
		break;
	case VECTOR_FLUSH_TLB:
		flush_ipi();
		break;
	case VECTOR_ERROR:
		printk(LOG_WARN "apic: error interrupt on CPU%u\n", smp_processor_id());
		break;
	case VECTOR_SOFTIRQ: /* the way out of the interrupt looks at softirqs */
		break;
	}
}

void do_irq(struct cpu_user_regs *regs)
{
	unsigned int vector = regs->entry_vector & 0xff;
	unsigned int irq = vector_irq[vector];

	if (vector == VECTOR_SPURIOUS || vector < VECTOR_FIRST_DYN) {
		x_spurious++; /* an old PIC's vector, or the APIC's: neither wants an EOI */
	} else if (irq) {
		line_irq(&irq_desc[irq - 1]);
	} else if (vector > VECTOR_LAST_DYN) {
		fixed_vector(vector, regs);
	} else {
		x_spurious++;
		apic_eoi();
	}
}

void irq_dump(void)
{
	unsigned int i;

	printk("irq lines (spurious %lu):\n", x_spurious);
	for (i = 0; i < NR_IRQS; i++) {
		const struct irq_desc *desc = &irq_desc[i];

		if (desc->enabled)
			printk("  irq %3u vector %02x cpu %2u %s %s%s seen %lu %s %u pirq %u\n", i,
				desc->vector, desc->cpu, desc->kind == IRQ_MSI ? "msi" : "ioapic",
				desc->level ? "level" : "edge", desc->in_flight ? " held" : "",
				desc->x_seen, desc->guest ? "d" : "hypervisor",
				desc->guest ? desc->guest->domain_id : 0, desc->pirq);
	}
}

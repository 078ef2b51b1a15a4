/* SPDX-License-Identifier: GPL-2.0-only */
/* ioapic.c: the I/O APICs: one redirection entry for each global system interrupt (GSI).
 *
 * Locks: index_lock (LOCK_LEAF, in interrupts) guards the index/data register pairs. */
#include <hv/lib.h>
#include <hv/spinlock.h>
#include <asm/x86.h>
#include <asm/irq.h>

static struct {
	volatile uint32_t *regs;
	unsigned int gsi_base, inputs;
} ioapics[ARRAY_SIZE(acpi.ioapic)];
static unsigned int nr_ioapics;
static DEFINE_SPINLOCK(index_lock, LOCK_LEAF);

#define REG_VERSION 1
#define REG_ENTRY   0x10
#define RTE_ACTIVE_LOW (1U << 13)
#define RTE_LEVEL      (1U << 15)
#define RTE_MASKED     (1U << 16)

static uint32_t reg_read(unsigned int i, unsigned int reg)
{
	unsigned long flags;
	uint32_t v;

	spin_lock_irqsave(&index_lock, flags);
	ioapics[i].regs[0] = reg;
	v = ioapics[i].regs[4];
	spin_unlock_irqrestore(&index_lock, flags);
	return v;
}

static void reg_write(unsigned int i, unsigned int reg, uint32_t v)
{
	unsigned long flags;

	spin_lock_irqsave(&index_lock, flags);
	ioapics[i].regs[0] = reg;
	ioapics[i].regs[4] = v;
	spin_unlock_irqrestore(&index_lock, flags);
}

static void write_rte(unsigned int i, unsigned int input, uint32_t low, uint32_t high)
{
	reg_write(i, REG_ENTRY + 2 * input, low | RTE_MASKED);
	reg_write(i, REG_ENTRY + 2 * input + 1, high);
	if (!(low & RTE_MASKED))
		reg_write(i, REG_ENTRY + 2 * input, low);
}

void ioapic_write_entry(const struct irq_desc *desc, bool masked)
{
	unsigned int i;

	for (i = 0; i < nr_ioapics; i++) {
		unsigned int input = desc->irq - ioapics[i].gsi_base;

		if (desc->irq >= ioapics[i].gsi_base && input < ioapics[i].inputs)
			write_rte(i, input,
				desc->vector | (desc->active_low ? RTE_ACTIVE_LOW : 0) |
				(desc->level ? RTE_LEVEL : 0) | (masked ? RTE_MASKED : 0),
				cpu_to_apicid[desc->cpu] << 24);
	}
}

/* ISA interrupts: edge, active high unless the MADT says otherwise. */
static void apply_overrides(void)
{
	unsigned int i;

	for (i = 0; i < acpi.nr_iso; i++) {
		unsigned int gsi = acpi.iso[i].gsi;

		if (gsi >= nr_gsis)
			continue;
		irq_desc[gsi].active_low = (acpi.iso[i].flags & 3) == 3;
		irq_desc[gsi].level = (acpi.iso[i].flags >> 2 & 3) == 3;
	}
}

unsigned int isa_irq_to_gsi(unsigned int irq)
{
	unsigned int i;

	for (i = 0; i < acpi.nr_iso; i++)
		if (acpi.iso[i].bus_irq == irq)
			return acpi.iso[i].gsi;
	return irq;
}

void ioapic_init(void)
{
	unsigned int i, input, gsi;

	for (i = 0; i < acpi.nr_ioapics; i++) {
		paddr_t addr = acpi.ioapic[i].addr;

		ioapics[i].regs = ioremap(addr, PAGE_SIZE);
		if (!ioapics[i].regs)
			panic("I/O APIC at %#lx cannot be mapped", (unsigned long)addr);
		iomem_make_read_only(mk_mfn(PFN_DOWN(addr)), mk_mfn(PFN_DOWN(addr)));
		ioapics[i].gsi_base = acpi.ioapic[i].gsi_base;
		nr_ioapics = i + 1;
		ioapics[i].inputs = (reg_read(i, REG_VERSION) >> 16 & 0xff) + 1;
		for (input = 0; input < ioapics[i].inputs; input++) {
			write_rte(i, input, RTE_MASKED, 0);
			gsi = ioapics[i].gsi_base + input;
			if (gsi >= NR_IRQS)
				break;
			irq_desc[gsi].kind = IRQ_IOAPIC;
			irq_desc[gsi].level = irq_desc[gsi].active_low = gsi >= 16;
			nr_gsis = max(nr_gsis, gsi + 1);
		}
	}
	apply_overrides();
	printk(LOG_INFO "ioapic: %u interrupt inputs\n", nr_gsis);
}

bool ioapic_is_at(paddr_t base)
{
	unsigned int i;

	for (i = 0; i < nr_ioapics; i++)
		if (acpi.ioapic[i].addr == base)
			return true;
	return false;
}

/* PHYSDEVOP_apic_read: what dom0 may see of an I/O APIC (id, version, arbitration, entries). */
int ioapic_guest_read(paddr_t base, uint32_t reg, uint32_t *ret_value)
{
	unsigned int i;

	for (i = 0; i < nr_ioapics; i++) {
		if (acpi.ioapic[i].addr != base)
			continue;
		if (reg > REG_ENTRY + 2 * ioapics[i].inputs)
			return -EINVAL;
		*ret_value = reg_read(i, reg);
		return 0;
	}
	return -EINVAL;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* pirq.c: physical interrupts as a domain sees them: numbers (pirqs) mapped to lines, bound to event
 * channels, ended by EOI.
 *
 * A pirq below nr_gsis is the GSI of that number, above it a message-signalled interrupt.
 *
 * Locks:   irqs->lock (LOCK_PIRQ) guards one domain's map; lines (LOCK_IRQ_DESC) below it.
 * Context: hypercalls. */
#include <hv/arch.h>
#include <hv/page.h>
#include <asm/access.h>
#include <asm/x86.h>
#include "pirq.h"

#define DOM0_MSI_PIRQS 256
#define DOMU_PIRQS     32
#define MAX_PIRQS      (NR_IRQS + DOM0_MSI_PIRQS)
#define RESERVED       UINT16_MAX /* by get_free_pirq: no line yet */

struct domain_irqs {
	struct spinlock lock;
	unsigned int nr;
	bool auto_unmask;          /* EOI unmasks the event channel too (eoi page version 1) */
	struct page *eoi_page;     /* referenced and typed writable */
	unsigned long *eoi_map;
	struct { uint16_t irq1; bool bound; } pirq[MAX_PIRQS]; /* irq1: line + 1, 0 free, RESERVED */
};

unsigned int arch_nr_pirqs(const struct domain *d)
{
	return nr_gsis + (d->is_privileged ? DOM0_MSI_PIRQS : DOMU_PIRQS);
}

void pirq_domain_init(struct domain *d)
{
	struct domain_irqs *irqs = xzalloc(struct domain_irqs);

	if (!irqs)
		return; /* the domain lives without physical interrupts */
	spin_lock_init(&irqs->lock, LOCK_PIRQ);
	irqs->nr = min(arch_nr_pirqs(d), (unsigned int)MAX_PIRQS);
	d->arch.irqs = irqs;
}

int pirq_check(const struct domain *d, unsigned int pirq)
{
	if (!d->arch.irqs)
		return -ENOMEM;
	return pirq < d->arch.irqs->nr ? 0 : -EINVAL;
}

/* Line of a pirq or -EINVAL; lock held. */
static int line_of(const struct domain_irqs *irqs, unsigned int pirq)
{
	unsigned int irq1 = irqs->pirq[pirq].irq1;

	return irq1 && irq1 != RESERVED ? (int)irq1 - 1 : -EINVAL;
}

int pirq_to_line(struct domain *d, unsigned int pirq)
{
	int irq = pirq_check(d, pirq);

	if (irq)
		return -EINVAL;
	spin_lock(&d->arch.irqs->lock);
	irq = line_of(d->arch.irqs, pirq);
	spin_unlock(&d->arch.irqs->lock);
	return irq;
}

/* --- the page of pirqs that need EOI -------------------------------------------------------------- */

static void mark_eoi(struct domain_irqs *irqs, unsigned int pirq)
{
	int irq = line_of(irqs, pirq);

	if (!irqs->eoi_map)
		return;
	if (irq >= 0 && irq_desc[irq].level)
		set_bit(pirq, irqs->eoi_map);
	else
		clear_bit(pirq, irqs->eoi_map);
}

void pirq_refresh_eoi_map(struct domain *d)
{
	struct domain_irqs *irqs = d->arch.irqs;
	unsigned int i;

	if (!irqs)
		return;
	spin_lock(&irqs->lock);
	for (i = 0; i < irqs->nr; i++)
		mark_eoi(irqs, i);
	spin_unlock(&irqs->lock);
}

int pirq_set_eoi_page(struct domain *d, gfn_t gfn, bool auto_unmask)
{
	struct domain_irqs *irqs = d->arch.irqs;
	mfn_t m = arch_gfn_to_mfn(d, gfn);
	struct page *pg;
	int rc = 0;

	if (!irqs)
		return -ENOMEM;
	if (!mfn_valid(m))
		return -EINVAL;
	pg = mfn_to_page(m);
	if (!arch_get_page_writable(pg, d))
		return -EINVAL;
	spin_lock(&irqs->lock);
	if (irqs->eoi_page) {
		rc = -EBUSY;
	} else {
		irqs->eoi_page = pg;
		irqs->eoi_map = page_to_virt(pg);
		irqs->auto_unmask = auto_unmask;
	}
	spin_unlock(&irqs->lock);
	if (rc)
		arch_put_page_writable(pg);
	else
		pirq_refresh_eoi_map(d);
	return rc;
}

/* --- mapping ---------------------------------------------------------------------------------------- */

/* The pirq that a line has, or -1; lock held. */
static int pirq_of(const struct domain_irqs *irqs, unsigned int irq)
{
	unsigned int i;

	for (i = 0; i < irqs->nr; i++)
		if (irqs->pirq[i].irq1 == irq + 1)
			return i;
	return -1;
}

/* GSIs have the numbers from 16 on up to theirs, messages those above, from the top; lock held. */
static int find_free(const struct domain_irqs *irqs, bool msi)
{
	unsigned int i;

	for (i = irqs->nr; msi && i-- > nr_gsis;)
		if (!irqs->pirq[i].irq1)
			return i;
	for (i = 16; !msi && i < min(nr_gsis, irqs->nr); i++)
		if (!irqs->pirq[i].irq1)
			return i;
	return -ENOSPC;
}

/* Maps a line to the pirq asked for, or to any for -1; lock held. 0 also when one of the two is mapped to
 * something else: then nothing changes. */
static int map_line(struct domain_irqs *irqs, unsigned int irq, bool msi, int *pirq)
{
	int has = pirq_of(irqs, irq), want = *pirq;

	if (want < 0)
		want = has >= 0 ? has : find_free(irqs, msi);
	else if (has >= 0 && has != want)
		return -EEXIST;
	if (want < 0)
		return want;
	if ((unsigned int)want >= irqs->nr)
		return -EINVAL;
	if (line_of(irqs, want) < 0) {
		irqs->pirq[want].irq1 = irq + 1;
		mark_eoi(irqs, want);
	} else if (line_of(irqs, want) != (int)irq && msi) {
		return -EBUSY; /* the message would have no end */
	}
	*pirq = want;
	return 0;
}

/* Line 0 is the hypervisor's timer. */
int pirq_map_gsi(struct domain *d, unsigned int gsi, int *pirq)
{
	struct domain_irqs *irqs = d->arch.irqs;
	int rc;

	if (!irqs)
		return -ENOMEM;
	if (gsi >= nr_gsis || irq_desc[gsi].kind != IRQ_IOAPIC)
		return -EINVAL;
	if (!gsi || !access_given(current->domain, ACCESS_IRQS, gsi, gsi))
		return -EPERM;
	spin_lock(&irqs->lock);
	rc = map_line(irqs, gsi, false, pirq);
	spin_unlock(&irqs->lock);
	return rc ? rc : access_change(d, ACCESS_IRQS, gsi, gsi, true);
}

/* A line with a vector, its message in the device, masked where the device can. */
static int make_msi_line(const struct msi_request *req, unsigned int cpu, unsigned int *ret_irq)
{
	struct msi_where *where;
	unsigned long flags;
	int rc = msi_prepare(req, &where);

	if (rc)
		return rc;
	rc = irq_alloc_msi(ret_irq);
	if (rc) {
		msi_release(where);
		return rc;
	}
	spin_lock_irqsave(&irq_desc[*ret_irq].lock, flags);
	irq_desc[*ret_irq].msi = where;
	irq_desc[*ret_irq].cpu = cpu;
	msi_mask(&irq_desc[*ret_irq], true);
	msi_write(&irq_desc[*ret_irq]);
	spin_unlock_irqrestore(&irq_desc[*ret_irq].lock, flags);
	return 0;
}

static void free_msi_line(unsigned int irq)
{
	struct msi_where *where = irq_desc[irq].msi;
	unsigned long flags;

	spin_lock_irqsave(&irq_desc[irq].lock, flags);
	msi_mask(&irq_desc[irq], true);
	spin_unlock_irqrestore(&irq_desc[irq].lock, flags);
	irq_free_msi(irq);
	msi_release(where);
}

int pirq_map_msi(struct domain *d, const struct msi_request *req, int *pirq)
{
	struct domain_irqs *irqs = d->arch.irqs;
	unsigned int irq;
	int rc;

	if (!irqs)
		return -ENOMEM;
	if (*pirq >= (int)irqs->nr)
		return -EINVAL;
	rc = make_msi_line(req, smp_processor_id(), &irq);
	if (rc)
		return rc;
	rc = access_change(d, ACCESS_IRQS, irq, irq, true);
	if (!rc) {
		spin_lock(&irqs->lock);
		rc = map_line(irqs, irq, true, pirq);
		spin_unlock(&irqs->lock);
	}
	if (rc)
		free_msi_line(irq);
	return rc;
}

int pirq_unmap(struct domain *d, unsigned int pirq)
{
	struct domain_irqs *irqs = d->arch.irqs;
	int irq;

	if (pirq_check(d, pirq))
		return -EINVAL;
	spin_lock(&irqs->lock);
	irq = line_of(irqs, pirq);
	irqs->pirq[pirq].irq1 = 0;
	irqs->pirq[pirq].bound = false;
	spin_unlock(&irqs->lock);
	if (irq < 0)
		return -EINVAL;
	irq_unbind_guest(irq, d);
	if (irq_desc[irq].kind == IRQ_MSI) {
		if (!d->arch.io_all)
			(void)access_change(d, ACCESS_IRQS, irq, irq, false);
		free_msi_line(irq);
	}
	return 0;
}

int pirq_reserve(struct domain *d, bool msi, unsigned int *ret_pirq)
{
	struct domain_irqs *irqs = d->arch.irqs;
	int pirq;

	if (!irqs)
		return -ENOMEM;
	spin_lock(&irqs->lock);
	pirq = find_free(irqs, msi);
	if (pirq >= 0)
		irqs->pirq[pirq].irq1 = RESERVED;
	spin_unlock(&irqs->lock);
	if (pirq < 0)
		return pirq;
	*ret_pirq = pirq;
	return 0;
}

/* --- binding and EOI ---------------------------------------------------------------------------------- */

int arch_pirq_bind(struct vcpu *v, unsigned int pirq, bool will_share)
{
	struct domain *d = v->domain;
	struct domain_irqs *irqs = d->arch.irqs;
	int irq, rc = pirq_check(d, pirq);

	if (rc)
		return rc;
	spin_lock(&irqs->lock);
	irq = line_of(irqs, pirq);
	if (irq <= 0 || !access_given(d, ACCESS_IRQS, irq, irq))
		rc = -EPERM;
	else
		rc = irq_bind_guest(irq, d, pirq, v->processor);
	if (!rc) {
		irqs->pirq[pirq].bound = true;
		mark_eoi(irqs, pirq);
	}
	spin_unlock(&irqs->lock);
	return rc;
}

void arch_pirq_unbind(struct domain *d, unsigned int pirq)
{
	struct domain_irqs *irqs = d->arch.irqs;
	int irq;

	if (pirq_check(d, pirq))
		return;
	spin_lock(&irqs->lock);
	irq = irqs->pirq[pirq].bound ? line_of(irqs, pirq) : -1;
	irqs->pirq[pirq].bound = false;
	if (irq >= 0)
		irq_unbind_guest(irq, d);
	spin_unlock(&irqs->lock);
}

/* Line of a pirq bound by d, or -1. */
static int bound_line(struct domain *d, unsigned int pirq)
{
	struct domain_irqs *irqs = d->arch.irqs;
	int irq;

	if (pirq_check(d, pirq))
		return -1;
	spin_lock(&irqs->lock);
	irq = irqs->pirq[pirq].bound ? line_of(irqs, pirq) : -1;
	spin_unlock(&irqs->lock);
	return irq;
}

void arch_pirq_unmask(struct domain *d, unsigned int pirq)
{
	int irq = bound_line(d, pirq);

	if (irq >= 0)
		irq_guest_eoi(irq, d);
}

void pirq_eoi(struct domain *d, unsigned int pirq)
{
	if (d->arch.irqs->auto_unmask && pirq < d->ev.nr_pirqs && d->ev.pirq_port[pirq])
		(void)evtchn_unmask(d, d->ev.pirq_port[pirq]);
	arch_pirq_unmask(d, pirq);
}

void arch_pirq_set_affinity(struct domain *d, unsigned int pirq, unsigned int cpu)
{
	int irq = bound_line(d, pirq);

	if (irq >= 0)
		irq_set_cpu(irq, cpu);
}

/* --- end ------------------------------------------------------------------------------------------------ */

void pirq_domain_relinquish(struct domain *d)
{
	struct domain_irqs *irqs = d->arch.irqs;
	struct page *pg;
	unsigned int i;

	if (!irqs)
		return;
	for (i = 0; i < irqs->nr; i++)
		(void)pirq_unmap(d, i);
	spin_lock(&irqs->lock);
	pg = irqs->eoi_page;
	irqs->eoi_page = NULL;
	irqs->eoi_map = NULL;
	spin_unlock(&irqs->lock);
	if (pg)
		arch_put_page_writable(pg);
}

void pirq_domain_destroy(struct domain *d)
{
	pirq_domain_relinquish(d);
	xfree(d->arch.irqs);
	d->arch.irqs = NULL;
}

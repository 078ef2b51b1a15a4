/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl_io.c: domctls that give a domain ports, frames and interrupts of the machine, or take them
 * away. Who calls can give only what it may use itself.
 *
 * Context: the caller holds the domctl lock and a reference on d. */
#include <hv/arch.h>
#include <hv/target.h>
#include <asm/access.h>
#include <asm/irq.h>
#include <asm/x86.h>
#include "domctl.h"

#define MAX_PORTS 65536

long domctl_irq_permission(struct op *op)
{
	const struct xen_domctl_irq_permission *p = &op->c->u.irq_permission;
	struct domain *me = current->domain;
	int irq;

	if (p->pirq >= arch_nr_pirqs(me))
		return -EINVAL;
	if (!me->is_privileged)
		return -EPERM;
	irq = pirq_to_line(me, p->pirq);
	if (irq <= 0 || !access_given(me, ACCESS_IRQS, irq, irq))
		return -EPERM;
	return access_change(op->d, ACCESS_IRQS, irq, irq, p->allow_access);
}

long domctl_iomem_permission(struct op *op)
{
	const struct xen_domctl_iomem_permission *p = &op->c->u.iomem_permission;
	uint64_t last = p->first_mfn + p->nr_mfns - 1;

	if (last < p->first_mfn)
		return -EINVAL;
	if (!current->domain->is_privileged || !iomem_range_permitted(current->domain, p->first_mfn, last))
		return -EPERM;
	return access_change(op->d, ACCESS_IOMEM, p->first_mfn, last, p->allow_access);
}

long domctl_ioport_permission(struct op *op)
{
	const struct xen_domctl_ioport_permission *p = &op->c->u.ioport_permission;
	uint32_t end = p->first_port + p->nr_ports;

	if (end <= p->first_port || end > MAX_PORTS)
		return -EINVAL;
	if (!current->domain->is_privileged || !ports_access_permitted(current->domain, p->first_port, end - 1))
		return -EPERM;
	return access_change(op->d, ACCESS_PORTS, p->first_port, end - 1, p->allow_access);
}

/* A paravirtual guest maps frames itself, by the right it was given: there is nothing to do. */
long domctl_memory_mapping(struct op *op)
{
	const struct xen_domctl_memory_mapping *m = &op->c->u.memory_mapping;
	uint64_t last = m->first_mfn + m->nr_mfns - 1;

	if (last < m->first_mfn || !mfn_addressable(last) || !mfn_addressable(m->first_mfn) ||
	    m->first_gfn + m->nr_mfns - 1 < m->first_gfn)
		return -EINVAL;
	return current->domain->is_privileged ? 0 : -EPERM;
}

/* There are no guest ports other than the machine's. */
long domctl_ioport_mapping(struct op *op)
{
	(void)op;
	return -EOPNOTSUPP;
}

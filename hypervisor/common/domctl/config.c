/* SPDX-License-Identifier: GPL-2.0-only */
/* config.c: domctls that set or read a property of a domain. Caller holds the domctl lock. */
#include "private.h"
#include <hv/arch.h>
#include <hv/ctl_bitmap.h>
#include <hv/lib.h>
#include <hv/softirq.h>

long domctl_max_mem(struct domain *d, struct xen_domctl *op)
{
	uint64_t pages = op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10);

	/* Less than it has is allowed: it gets no more until it has given some back. */
	spin_lock(&d->page_lock);
	d->max_pages = min(pages, (uint64_t)UINT32_MAX); /* what 4.17 can count */
	spin_unlock(&d->page_lock);
	return 0;
}

/* Makes the vcpus; the number was settled by createdomain. */
long domctl_max_vcpus(struct domain *d, struct xen_domctl *op)
{
	unsigned int i;
	bool made = false;

	if (op->u.max_vcpus.max != d->max_vcpus)
		return -EINVAL;
	for (i = 0; i < d->max_vcpus; i++) {
		if (d->vcpu[i])
			continue;
		if (made && hypercall_preempt_check())
			return -ERESTART;
		if (!vcpu_create(d, i))
			return -ENOMEM;
		made = true;
	}
	return 0;
}

long domctl_setdomainhandle(struct domain *d, struct xen_domctl *op)
{
	static_assert(sizeof(d->handle) == sizeof(op->u.setdomainhandle.handle), "a UUID");
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	return 0;
}

long domctl_settimeoffset(struct domain *d, struct xen_domctl *op)
{
	d->time_offset_seconds = op->u.settimeoffset.time_offset_seconds;
	arch_update_wallclock(d);
	return 0;
}

/* The port of its own at which a domain's shutdown is told. */
long domctl_subscribe(struct domain *d, struct xen_domctl *op)
{
	WRITE_ONCE(d->ev.suspend_port, op->u.subscribe.port);
	return 0;
}

long domctl_set_virq_handler(struct domain *d, struct xen_domctl *op)
{
	return set_global_virq_handler(d, op->u.set_virq_handler.virq);
}

/* Memory is taken near a domain's vcpus whatever the nodes are: the map is kept for who asks. All nodes
 * stand for those of the vcpus. */
long domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	unsigned long wanted[BITS_TO_LONGS(CTL_BITMAP_MAX)], online[BITS_TO_LONGS(CTL_BITMAP_MAX)];
	long rc = ctl_bitmap_get(wanted, &op->u.nodeaffinity.nodemap);

	if (rc)
		return rc;
	ctl_online_nodes(online);
	if (!(wanted[0] & online[0]))
		return -EINVAL;
	d->node_affinity = wanted[0] == ~0UL ? 0 : wanted[0];
	return 0;
}

long domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	unsigned long nodes[BITS_TO_LONGS(CTL_BITMAP_MAX)];

	ctl_online_nodes(nodes);
	if (d->node_affinity)
		nodes[0] = d->node_affinity;
	return ctl_bitmap_put(&op->u.nodeaffinity.nodemap, nodes);
}

long domctl_scheduler_op(struct domain *d, struct xen_domctl *op)
{
	return sched_adjust(d, &op->u.scheduler_op);
}

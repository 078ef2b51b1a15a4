/* SPDX-License-Identifier: GPL-2.0-only */
/* pools.c: sysctls on the scheduler and on CPU pools, of which there is one: pool 0 has every CPU
 * and every domain. Caller holds the sysctl lock. */
#include "private.h"
#include <hv/ctl_bitmap.h>

long sysctl_sched_id(struct xen_sysctl *op)
{
	op->u.sched_id.sched_id = sched_ops->id;
	return 0;
}

/* Parameters of the scheduler as a whole: the rate limit, 0 for none. */
long sysctl_scheduler_op(struct xen_sysctl *op)
{
	struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;

	if (s->cpupool_id != 0)
		return -ESRCH;
	if (s->sched_id != sched_ops->id)
		return -EINVAL;
	if (s->cmd != XEN_SYSCTL_SCHEDOP_putinfo && s->cmd != XEN_SYSCTL_SCHEDOP_getinfo)
		return -EINVAL;
	if (s->cmd == XEN_SYSCTL_SCHEDOP_putinfo) {
		uint32_t us = s->u.sched_credit2.ratelimit_us;

		if (us && (us < XEN_SYSCTL_SCHED_RATELIMIT_MIN ||
		    us > XEN_SYSCTL_SCHED_RATELIMIT_MAX))
			return -EINVAL;
		WRITE_ONCE(sched_ratelimit_us, us);
	}
	memset(&s->u, 0, sizeof(s->u));
	s->u.sched_credit2.ratelimit_us = READ_ONCE(sched_ratelimit_us);
	return 0;
}

static unsigned int count_domains(void)
{
	unsigned int n = 0;
	struct domain *d;
	uint32_t next = 0;

	while (next < DOMID_FIRST_RESERVED && (d = domain_get_next(next)) != NULL) {
		next = d->domain_id + 1U;
		if (d->domain_id < DOMID_FIRST_RESERVED)
			n++;
		domain_put(d);
	}
	return n;
}

static long pool_info(struct xen_sysctl_cpupool_op *p)
{
	if (p->cpupool_id != 0)
		return -ENOENT;
	p->sched_id = sched_ops->id;
	p->n_dom = count_domains();
	return ctl_cpumask_put(&p->cpumap, &cpu_online_map);
}

static long pool_freeinfo(struct xen_sysctl_cpupool_op *p)
{
	static const struct cpumask none;

	return ctl_cpumask_put(&p->cpumap, &none);
}

static long pool_movedomain(struct xen_sysctl_cpupool_op *p)
{
	struct domain *d = domain_get_by_id(p->domid);

	if (!d)
		return -ESRCH;
	domain_put(d);
	return p->cpupool_id == 0 ? 0 : -ENOENT;
}

long sysctl_cpupool_op(struct xen_sysctl *op)
{
	struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;

	switch (p->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		return pool_info(p);
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return pool_freeinfo(p);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		return pool_movedomain(p);
	case XEN_SYSCTL_CPUPOOL_OP_CREATE:
	case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
	case XEN_SYSCTL_CPUPOOL_OP_ADDCPU:
	case XEN_SYSCTL_CPUPOOL_OP_RMCPU:
		return -EOPNOTSUPP; /* the pool is fixed */
	default:
		return -ENOSYS;
	}
}

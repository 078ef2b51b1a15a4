/* SPDX-License-Identifier: GPL-2.0-only */
/* pools.c: sysctls on the scheduler, on CPU pools and on CPUs. Caller holds the sysctl lock. */
#include "private.h"
#include <hv/ctl_bitmap.h>
#include <hv/pool.h>
#include <asm/current.h>

long sysctl_sched_id(struct xen_sysctl *op)
{
	const struct cpupool *p = pool_find(0);

	op->u.sched_id.sched_id = p->sched_id;
	return 0;
}

/* --- parameters: of all pools of credit2 in common, the slice of each pool of credit ------------------- */

static bool ratelimit_ok(uint32_t us)
{
	return !us || (us >= XEN_SYSCTL_SCHED_RATELIMIT_MIN && us <= XEN_SYSCTL_SCHED_RATELIMIT_MAX);
}

static long credit_put(struct cpupool *p, const struct xen_sysctl_credit_schedule *c)
{
	if (c->tslice_ms < XEN_SYSCTL_CSCHED_TSLICE_MIN || c->tslice_ms > XEN_SYSCTL_CSCHED_TSLICE_MAX ||
	    !ratelimit_ok(c->ratelimit_us) || c->ratelimit_us > c->tslice_ms * 1000 ||
	    c->vcpu_migr_delay_us > XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US)
		return -EINVAL;
	WRITE_ONCE(p->tslice_ms, c->tslice_ms);
	WRITE_ONCE(sched_ratelimit_us, c->ratelimit_us);
	p->migr_delay_us = c->vcpu_migr_delay_us;
	return 0;
}

static long credit2_put(const struct xen_sysctl_credit2_schedule *c)
{
	if (!ratelimit_ok(c->ratelimit_us))
		return -EINVAL;
	WRITE_ONCE(sched_ratelimit_us, c->ratelimit_us);
	return 0;
}

long sysctl_scheduler_op(struct xen_sysctl *op)
{
	struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;
	struct cpupool *p = pool_find(s->cpupool_id);
	bool credit;
	long rc = 0;

	if (s->cmd != XEN_SYSCTL_SCHEDOP_putinfo && s->cmd != XEN_SYSCTL_SCHEDOP_getinfo)
		return -EINVAL;
	if (!p)
		return -ESRCH;
	if (s->sched_id != p->sched_id)
		return -EINVAL;
	credit = p->sched_id == XEN_SCHEDULER_CREDIT;
	if (s->cmd == XEN_SYSCTL_SCHEDOP_putinfo)
		rc = credit ? credit_put(p, &s->u.sched_credit) : credit2_put(&s->u.sched_credit2);
	if (rc)
		return rc;
	memset(&s->u, 0, sizeof(s->u));
	if (credit)
		s->u.sched_credit = (struct xen_sysctl_credit_schedule){
			p->tslice_ms, sched_ratelimit_us, p->migr_delay_us,
		};
	else
		s->u.sched_credit2.ratelimit_us = sched_ratelimit_us;
	return 0;
}

/* --- pools ------------------------------------------------------------------------------------------------ */

static long pool_create_op(struct xen_sysctl_cpupool_op *p)
{
	return pool_create(p->cpupool_id, p->sched_id, &p->cpupool_id);
}

static long pool_destroy_op(struct xen_sysctl_cpupool_op *p)
{
	return pool_destroy(p->cpupool_id);
}

static long pool_info(struct xen_sysctl_cpupool_op *p)
{
	struct cpupool copy;
	int rc = pool_get_info(p->cpupool_id, &copy);

	if (rc)
		return rc;
	p->cpupool_id = copy.id;
	p->sched_id = copy.sched_id;
	p->n_dom = copy.n_dom;
	return ctl_cpumask_put(&p->cpumap, &copy.cpus);
}

static long pool_addcpu(struct xen_sysctl_cpupool_op *p)
{
	return pool_add_cpu(p->cpupool_id, p->cpu);
}

static long pool_rmcpu(struct xen_sysctl_cpupool_op *p)
{
	return pool_remove_cpu(p->cpupool_id, p->cpu);
}

static long pool_movedomain(struct xen_sysctl_cpupool_op *p)
{
	struct domain *d = domain_get_by_id(p->domid);
	long rc;

	if (!d)
		return -ESRCH;
	rc = d == current->domain ? -EPERM : pool_move_domain(d, p->cpupool_id);
	domain_put(d);
	return rc;
}

static long pool_freeinfo(struct xen_sysctl_cpupool_op *p)
{
	struct cpumask m;

	pool_free_cpus(&m);
	return ctl_cpumask_put(&p->cpumap, &m);
}

long sysctl_cpupool_op(struct xen_sysctl *op)
{
	static long (*const ops[])(struct xen_sysctl_cpupool_op *) = {
		[XEN_SYSCTL_CPUPOOL_OP_CREATE] = pool_create_op,
		[XEN_SYSCTL_CPUPOOL_OP_DESTROY] = pool_destroy_op,
		[XEN_SYSCTL_CPUPOOL_OP_INFO] = pool_info,
		[XEN_SYSCTL_CPUPOOL_OP_ADDCPU] = pool_addcpu,
		[XEN_SYSCTL_CPUPOOL_OP_RMCPU] = pool_rmcpu,
		[XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN] = pool_movedomain,
		[XEN_SYSCTL_CPUPOOL_OP_FREEINFO] = pool_freeinfo,
	};
	struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;

	return p->op < ARRAY_SIZE(ops) && ops[p->op] ? ops[p->op](p) : -ENOSYS;
}

/* --- CPUs --------------------------------------------------------------------------------------------------- */

long sysctl_cpu_hotplug(struct xen_sysctl *op)
{
	const struct xen_sysctl_cpu_hotplug *h = &op->u.cpu_hotplug;

	switch (h->op) {
	case XEN_SYSCTL_CPU_HOTPLUG_ONLINE:
		return cpu_bring_online(h->cpu);
	case XEN_SYSCTL_CPU_HOTPLUG_OFFLINE:
		return cpu_take_offline(h->cpu);
	default:
		return -EOPNOTSUPP; /* threads of a core are not told apart */
	}
}

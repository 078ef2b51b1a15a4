/* SPDX-License-Identifier: MIT */
/* sched.c: the scheduler's parameters, of domains and of pools, and the pools of cpus. */
#include <string.h>

#include "private.h"

/* ---- domains --------------------------------------------------------------------------------- */

static bool known(uint32_t sched_id)
{
	return sched_id == XEN_SCHEDULER_CREDIT || sched_id == XEN_SCHEDULER_CREDIT2;
}

static int sched_op(struct xc_interface *xch, uint32_t domid, uint32_t sched_id, uint32_t cmd,
		    struct xc_sched_params *params)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_scheduler_op, .domain = (domid_t)domid };
	struct xen_domctl_scheduler_op *s = &op.u.scheduler_op;
	int rc;

	if (!known(sched_id))
		return -EOPNOTSUPP;
	s->sched_id = sched_id;
	s->cmd = cmd;
	/* credit and credit2 have the same two numbers at the same place */
	s->u.credit.weight = params->weight;
	s->u.credit.cap = params->cap;
	rc = do_domctl(xch, &op);
	if (rc == 0) {
		params->weight = s->u.credit.weight;
		params->cap = s->u.credit.cap;
	}
	return rc;
}

int xc_sched_domain_set(struct xc_interface *xch, uint32_t domid, uint32_t sched_id,
			const struct xc_sched_params *params)
{
	struct xc_sched_params p = *params;

	return (int)xc_edge(xch, sched_op(xch, domid, sched_id, XEN_DOMCTL_SCHEDOP_putinfo, &p),
			    "scheduling of domain %u", domid);
}

int xc_sched_domain_get(struct xc_interface *xch, uint32_t domid, uint32_t sched_id,
			struct xc_sched_params *ret_params)
{
	struct xc_sched_params p = { 0 };
	int rc = sched_op(xch, domid, sched_id, XEN_DOMCTL_SCHEDOP_getinfo, &p);

	if (rc == 0)
		*ret_params = p;
	return (int)xc_edge(xch, rc, "scheduling of domain %u", domid);
}

/* ---- pools ----------------------------------------------------------------------------------- */

static int limits_op(struct xc_interface *xch, uint32_t poolid, uint32_t sched_id, uint32_t cmd,
		     struct xc_sched_limits *limits)
{
	struct xen_sysctl op = {
		.cmd = XEN_SYSCTL_scheduler_op,
		.u.scheduler_op = { .cpupool_id = poolid, .sched_id = sched_id, .cmd = cmd },
	};
	struct xen_sysctl_scheduler_op *s = &op.u.scheduler_op;
	bool credit = sched_id == XEN_SCHEDULER_CREDIT;
	int rc;

	if (!known(sched_id))
		return -EOPNOTSUPP;
	if (credit) {
		s->u.sched_credit.tslice_ms = limits->tslice_ms;
		s->u.sched_credit.ratelimit_us = limits->ratelimit_us;
		s->u.sched_credit.vcpu_migr_delay_us = limits->migr_delay_us;
	} else {
		s->u.sched_credit2.ratelimit_us = limits->ratelimit_us;
	}
	rc = do_sysctl(xch, &op);
	if (rc == 0 && credit)
		*limits = (struct xc_sched_limits){
			.ratelimit_us = s->u.sched_credit.ratelimit_us,
			.tslice_ms = s->u.sched_credit.tslice_ms,
			.migr_delay_us = s->u.sched_credit.vcpu_migr_delay_us,
		};
	else if (rc == 0)
		*limits = (struct xc_sched_limits){
			.ratelimit_us = s->u.sched_credit2.ratelimit_us,
		};
	return rc;
}

int xc_sched_limits_set(struct xc_interface *xch, uint32_t poolid, uint32_t sched_id,
			const struct xc_sched_limits *limits)
{
	struct xc_sched_limits l = *limits;

	return (int)xc_edge(xch, limits_op(xch, poolid, sched_id, XEN_SYSCTL_SCHEDOP_putinfo, &l),
			    "scheduler of cpu pool %u", poolid);
}

int xc_sched_limits_get(struct xc_interface *xch, uint32_t poolid, uint32_t sched_id,
			struct xc_sched_limits *ret_limits)
{
	struct xc_sched_limits l = { 0 };
	int rc = limits_op(xch, poolid, sched_id, XEN_SYSCTL_SCHEDOP_getinfo, &l);

	if (rc == 0)
		*ret_limits = l;
	return (int)xc_edge(xch, rc, "scheduler of cpu pool %u", poolid);
}

int xc_cpupool_getinfo(struct xc_interface *xch, uint32_t poolid, struct xc_cpupool *ret_pool)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_cpupool_op };
	struct xen_sysctl_cpupool_op *pool = &op.u.cpupool_op;
	struct xc_buf b = { 0 };
	int rc = buf_get(xch, &b, sizeof(ret_pool->cpumap), NULL);

	if (rc == 0) {
		pool->op = XEN_SYSCTL_CPUPOOL_OP_INFO;
		pool->cpupool_id = poolid;
		pool->cpumap.nr_bits = 8 * sizeof(ret_pool->cpumap);
		set_xen_guest_handle(pool->cpumap.bitmap, b.p);
		rc = do_sysctl(xch, &op);
	}
	if (rc == 0) {
		ret_pool->id = pool->cpupool_id;
		ret_pool->sched_id = pool->sched_id;
		ret_pool->n_dom = pool->n_dom;
		memcpy(ret_pool->cpumap, b.p, sizeof(ret_pool->cpumap));
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "cpu pool %u", poolid);
}

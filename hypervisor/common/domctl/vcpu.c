/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu.c: domctls on one vcpu: context, state, affinity. Caller holds the domctl lock. */
#include "private.h"
#include <hv/arch.h>
#include <hv/ctl_bitmap.h>
#include <hv/pool.h>

/* NULL: none. destroydomain goes on without the domctl lock: one that is dying has let go of what its vcpus
 * refer to, or is about to, and must not get it again. */
static long set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct domain *d = v->domain;
	long rc = -ERESTART;

	domain_pause(d); /* before the lock: a vcpu may want it on its way out */
	if (spin_trylock(&d->hypercall_lock)) {
		if (d->is_dying)
			rc = -EINVAL;
		else
			rc = c ? arch_vcpu_set_context(v, c) : vcpu_reset(v);
		spin_unlock(&d->hypercall_lock);
	}
	domain_unpause(d);
	return rc;
}

long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpucontext *vc = &op->u.vcpucontext;
	struct vcpu *v = domain_vcpu(d, vc->vcpu);
	struct vcpu_guest_context *ctxt;
	long rc = -EFAULT;

	if (!v)
		return -EINVAL;
	if (guest_handle_is_null(vc->ctxt))
		return set_context(v, NULL);
	ctxt = xzalloc(struct vcpu_guest_context); /* larger than a page */
	if (!ctxt)
		return -ENOMEM;
	if (!copy_from_guest(ctxt, vc->ctxt, 1))
		rc = set_context(v, ctxt);
	xfree(ctxt);
	return rc;
}

long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpucontext *vc = &op->u.vcpucontext;
	struct vcpu *v = domain_vcpu(d, vc->vcpu);
	struct vcpu_guest_context *ctxt;
	long rc;

	if (!v || v == current)
		return -EINVAL;
	if (!v->is_initialised)
		return -ENODATA;
	ctxt = xzalloc(struct vcpu_guest_context);
	if (!ctxt)
		return -ENOMEM;
	vcpu_pause(v);
	rc = arch_vcpu_get_context(v, ctxt);
	vcpu_unpause(v);
	if (!rc && copy_to_guest(vc->ctxt, ctxt, 1))
		rc = -EFAULT;
	xfree(ctxt);
	return rc;
}

long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getvcpuinfo *i = &op->u.getvcpuinfo;
	struct vcpu_runstate_info runstate;
	struct vcpu *v;

	if (i->vcpu >= d->max_vcpus)
		return -EINVAL;
	v = domain_vcpu(d, i->vcpu);
	if (!v)
		return -ESRCH;
	vcpu_runstate_get(v, &runstate);
	i->online = !test_bit(VPF_down, v->pause_flags);
	i->blocked = test_bit(VPF_blocked, v->pause_flags);
	i->running = vcpu_on_cpu(v);
	i->cpu_time = runstate.time[RUNSTATE_running];
	i->cpu = v->processor;
	return 0;
}

/* The vcpu of an affinity call whose maps are there: -EINVAL, -ESRCH. */
static int affinity_vcpu(struct domain *d, const struct xen_domctl_vcpuaffinity *a,
	struct vcpu **ret_v)
{
	if (a->vcpu >= d->max_vcpus)
		return -EINVAL;
	*ret_v = domain_vcpu(d, a->vcpu);
	if (!*ret_v)
		return -ESRCH;
	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return -EINVAL;
	if (((a->flags & XEN_VCPUAFFINITY_HARD) && guest_handle_is_null(a->cpumap_hard.bitmap)) ||
	    ((a->flags & XEN_VCPUAFFINITY_SOFT) && guest_handle_is_null(a->cpumap_soft.bitmap)))
		return -EINVAL;
	return 0;
}

static long set_hard(struct vcpu *v, const struct xenctl_bitmap *map)
{
	struct cpumask m;
	int rc = ctl_cpumask_get(&m, map);

	if (!rc)
		rc = vcpu_set_hard_affinity(v, &m);
	if (rc)
		return rc;
	/* What comes back is where it can really run. */
	cpumask_and(&m, &m, &v->domain->pool->cpus);
	return ctl_cpumask_put(map, &m);
}

static long set_soft(struct vcpu *v, const struct xenctl_bitmap *map)
{
	struct cpumask m;
	int rc = ctl_cpumask_get(&m, map);

	if (!rc)
		rc = vcpu_set_soft_affinity(v, &m);
	if (rc)
		return rc;
	cpumask_and(&m, &m, &v->domain->pool->cpus);
	cpumask_and(&m, &m, &v->hard_affinity);
	return ctl_cpumask_put(map, &m);
}

long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct cpumask old;
	struct vcpu *v;
	long rc;

	rc = affinity_vcpu(d, a, &v);
	if (rc)
		return rc;
	old = v->hard_affinity;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = set_hard(v, &a->cpumap_hard);
	if (!rc && (a->flags & XEN_VCPUAFFINITY_SOFT)) {
		rc = set_soft(v, &a->cpumap_soft);
		if (rc && (a->flags & XEN_VCPUAFFINITY_HARD)) /* both or neither */
			(void)vcpu_set_hard_affinity(v, &old);
	}
	return rc;
}

long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v;
	long rc;

	rc = affinity_vcpu(d, a, &v);
	if (!rc && (a->flags & XEN_VCPUAFFINITY_HARD))
		rc = ctl_cpumask_put(&a->cpumap_hard, &v->hard_affinity);
	if (!rc && (a->flags & XEN_VCPUAFFINITY_SOFT))
		rc = ctl_cpumask_put(&a->cpumap_soft, &v->soft_affinity);
	return rc;
}

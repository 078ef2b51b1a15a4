/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl.c: the sysctls that are x86's own: CPU features and policies. */
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <xen/sysctl.h>
#include "pv/policy.h"

/* Index: raw, host, pv, hvm; there is no hvm view. */
static long get_cpu_featureset(struct xen_sysctl_cpu_featureset *f)
{
	unsigned int room = f->nr_features, n = NR_FEATURE_WORDS;
	const struct cpu_policy *p = pv_policy(f->index);

	if (f->index > POLICY_HVM_MAX)
		return -EINVAL;
	if (!p)
		return -EOPNOTSUPP;
	f->nr_features = n;
	if (guest_handle_is_null(f->features))
		return 0;
	f->nr_features = min(room, n);
	if (copy_to_guest_raw(f->features.p, p->f.w, f->nr_features * sizeof(p->f.w[0])))
		return -EFAULT;
	return room < n ? -ENOBUFS : 0;
}

static long get_cpu_policy(struct xen_sysctl_cpu_policy *c)
{
	struct policy_arrays a = { .nr_leaves = c->nr_leaves, .nr_msrs = c->nr_msrs,
		.leaves = c->leaves, .msrs = c->msrs };
	const struct cpu_policy *p = pv_policy(c->index);
	int rc;

	if (c->index > XEN_SYSCTL_cpu_policy_hvm_default || c->_rsvd)
		return -EINVAL;
	if (!p)
		return -EOPNOTSUPP;
	rc = pv_policy_export(p, &a);
	c->nr_leaves = a.nr_leaves;
	c->nr_msrs = a.nr_msrs;
	return rc;
}

long arch_sysctl(struct xen_sysctl *op, bool *ret_copyback)
{
	*ret_copyback = true;
	switch (op->cmd) {
	case XEN_SYSCTL_get_cpu_featureset:
		return get_cpu_featureset(&op->u.cpu_featureset);
	case XEN_SYSCTL_get_cpu_policy:
		return get_cpu_policy(&op->u.cpu_policy);
	case XEN_SYSCTL_get_cpu_levelling_caps:
		op->u.cpu_levelling_caps.caps = 0; /* no masking MSRs are used */
		return 0;
	default:
		*ret_copyback = false;
		return -ENOSYS;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl.c: the sysctls that are x86's own: CPU features and policies. */
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <xen/sysctl.h>
#include "pv/pv.h"

/* Words of a featureset, in the ABI's order: which CPUID leaf and register each is. */
static const struct { uint32_t leaf, sub; unsigned int reg; } feature_words[] = {
	{ 0x1, 0, 3 }, { 0x1, 0, 2 }, { 0x80000001, 0, 3 }, { 0x80000001, 0, 2 }, { 0xd, 1, 0 },
	{ 0x7, 0, 1 }, { 0x7, 0, 2 }, { 0x80000007, 0, 3 }, { 0x80000008, 0, 1 }, { 0x7, 0, 3 },
	{ 0x7, 1, 0 }, { 0x80000021, 0, 0 }, { 0x7, 1, 1 },
};

static uint32_t feature_word(unsigned int i, bool raw)
{
	struct cpuid_regs r;
	uint32_t *const reg[4] = { &r.a, &r.b, &r.c, &r.d };

	if (raw)
		r = cpuid(feature_words[i].leaf, feature_words[i].sub);
	else
		pv_cpuid(NULL, feature_words[i].leaf, feature_words[i].sub, &r);
	return *reg[feature_words[i].reg];
}

/* Index: raw, host, pv, hvm; there is no hvm view. */
static long get_cpu_featureset(struct xen_sysctl_cpu_featureset *f)
{
	unsigned int i, room = f->nr_features, n = ARRAY_SIZE(feature_words);

	if (f->index > 2)
		return -EINVAL;
	f->nr_features = n;
	if (guest_handle_is_null(f->features))
		return 0;
	for (i = 0; i < min(room, n); i++) {
		uint32_t w = feature_word(i, f->index < 2);

		if (copy_to_guest_offset(f->features, i, &w, 1))
			return -EFAULT;
	}
	f->nr_features = min(room, n);
	return room < n ? -ENOBUFS : 0;
}

static long get_cpu_policy(struct xen_sysctl_cpu_policy *c)
{
	struct pv_policy p = { c->nr_leaves, c->nr_msrs, c->leaves, c->msrs };
	int rc;

	if (c->index > 5 || c->_rsvd)
		return -EINVAL;
	rc = pv_policy_export(&p);
	c->nr_leaves = p.nr_leaves;
	c->nr_msrs = p.nr_msrs;
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

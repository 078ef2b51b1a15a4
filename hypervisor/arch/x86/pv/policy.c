/* SPDX-License-Identifier: GPL-2.0-only */
/* policy.c: the CPU policies of the machine and of domains: made at boot from the table of features
 * and the command line, read and replaced by the toolstack.
 *
 * Context: boot; domctls and sysctls, under their locks. */
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <hv/param.h>
#include "policy.h"
#include "pv.h"

static struct cpu_policy raw, host, pv_max, pv_default, dom0_policy;

/* The leaves that a policy consists of. */
static const struct leaf_range {
	uint32_t first, last, subleaves; /* subleaves 0: the leaf has none */
} policy_leaves[] = {
	{ 0x0, 0x3, 0 }, { 0x4, 0x4, 6 }, { 0x5, 0x6, 0 }, { 0x7, 0x7, 3 }, { 0x8, 0xa, 0 },
	{ 0xb, 0xb, 2 }, { 0xc, 0xc, 0 }, { 0xd, 0xd, 63 },
	{ 0x40000000, 0x40000000, 0 }, { 0x40000100, 0x40000100, 0 },
	{ 0x80000000, MAX_EXTENDED, 0 },
};

static unsigned int policy_nr_leaves(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(policy_leaves); i++)
		n += (policy_leaves[i].last - policy_leaves[i].first + 1) *
			max(policy_leaves[i].subleaves, 1U);
	return n;
}

/* --- at boot ----------------------------------------------------------------------------------- */

/* A leaf beyond the highest reads as another one. */
static bool place_exists(const struct feature_place *p)
{
	uint32_t top = p->leaf & 0x80000000;

	return cpuid(top, 0).a >= p->leaf && (p->leaf != 7 || cpuid(7, 0).a >= p->sub);
}

static void read_cpu(struct cpu_policy *p)
{
	unsigned int i;

	for (i = 0; i < NR_FEATURE_WORDS; i++) {
		const struct feature_place *at = &feature_places[i];
		struct cpuid_regs r = cpuid(at->leaf, at->sub);
		const uint32_t reg[4] = { r.a, r.b, r.c, r.d };

		p->f.w[i] = place_exists(at) ? reg[at->reg] : 0;
	}
	p->max_basic = cpuid(0, 0).a;
	p->max_feat = p->max_basic >= 7 ? cpuid(7, 0).a : 0;
	p->max_extended = cpuid(0x80000000, 0).a;
}

static void take_option(const char *option, const char *list, struct featureset *f)
{
	char bad[64];
	unsigned int n = features_parse(list, f, bad, sizeof(bad));

	if (n)
		printk(LOG_WARN "command line: %s=: no such feature: %s%s\n", option, bad,
			n > 1 ? " (and more)" : "");
}

static void offer(struct cpu_policy *p, enum feature_offer least)
{
	features_offered(&host.f, least, &p->f);
	if (!xcr0_host_mask) {
		feature_set(&p->f, FEAT_XSAVE, false);
		features_close(&p->f);
	}
	feature_set(&p->f, FEAT_HYPERVISOR, true);
	p->max_basic = min(host.max_basic, MAX_BASIC);
	p->max_feat = min(host.max_feat, MAX_FEAT);
	p->max_extended = min(host.max_extended, MAX_EXTENDED);
}

/* A default only: a domain may be told of them, or bring them from another machine. */
static void hide_slow_strings(struct cpu_policy *p)
{
	if (!feature_has(&p->f, FEAT_ERMS) || !string_bytes_are_slow())
		return;
	printk(LOG_INFO "cpu: rep stosb is slow although the CPU has erms: domains do without\n");
	feature_set(&p->f, FEAT_ERMS, false);
	feature_set(&p->f, FEAT_FSRM, false);
}

void pv_policies_init(void)
{
	read_cpu(&raw);
	host = raw;
	take_option("cpuid", boot_params.cpuid, &host.f);
	features_close(&host.f);
	offer(&pv_max, OFFER_MAX);
	offer(&pv_default, OFFER_DEFAULT);
	hide_slow_strings(&pv_default);
	/* dom0 stays on this machine: its TSC may be told to be invariant. */
	dom0_policy = pv_default;
	feature_set(&dom0_policy.f, FEAT_ITSC, feature_has(&pv_max.f, FEAT_ITSC));
	take_option("dom0-cpuid", boot_params.dom0_cpuid, &dom0_policy.f);
	features_close(&dom0_policy.f);
}

const struct cpu_policy *pv_policy(enum policy_index i)
{
	static const struct cpu_policy *const all[] = {
		[POLICY_RAW] = &raw, [POLICY_HOST] = &host, [POLICY_PV_MAX] = &pv_max,
		[POLICY_PV_DEFAULT] = &pv_default,
	};

	return i < ARRAY_SIZE(all) ? all[i] : NULL;
}

const struct cpu_policy *pv_domain_policy(const struct domain *d)
{
	if (d->arch.cpu_policy)
		return d->arch.cpu_policy;
	return d == hardware_domain ? &dom0_policy : &pv_default;
}

uint64_t pv_policy_xcr0(const struct cpu_policy *p)
{
	uint64_t x = 3;

	if (!feature_has(&p->f, FEAT_XSAVE))
		return 0;
	if (feature_has(&p->f, FEAT_AVX))
		x |= 4;
	if (feature_has(&p->f, FEAT_AVX512F))
		x |= 0xe0;
	return x & xcr0_host_mask;
}

/* --- for the toolstack --------------------------------------------------------------------------- */

static int copy_leaves(const struct cpu_policy *p, XEN_GUEST_HANDLE(xen_cpuid_leaf_t) to)
{
	unsigned int i;
	uint32_t leaf, sub;

	for (i = 0; i < ARRAY_SIZE(policy_leaves); i++) {
		const struct leaf_range *r = &policy_leaves[i];

		for (leaf = r->first; leaf <= r->last; leaf++) {
			for (sub = 0; sub < max(r->subleaves, 1U); sub++) {
				struct cpuid_regs c;
				xen_cpuid_leaf_t l = { .leaf = leaf,
					.subleaf = r->subleaves ? sub : XEN_CPUID_NO_SUBLEAF };

				pv_policy_leaf(p, leaf, sub, &c);
				l.a = c.a;
				l.b = c.b;
				l.c = c.c;
				l.d = c.d;
				if (copy_to_guest(to, &l, 1))
					return -EFAULT;
				guest_handle_add(to, 1);
			}
		}
	}
	return 0;
}

/* Platform info and ARCH_CAPABILITIES, both 0: what 4.17's policies consist of. */
static const xen_msr_entry_t policy_msrs[] = { { .idx = 0xce }, { .idx = 0x10a } };

int pv_policy_export(const struct cpu_policy *p, struct policy_arrays *a)
{
	unsigned int room = a->nr_leaves, room_msrs = a->nr_msrs;

	a->nr_leaves = policy_nr_leaves();
	a->nr_msrs = ARRAY_SIZE(policy_msrs);
	if (!guest_handle_is_null(a->leaves)) {
		/* Of too little room, too, it is told whether it is there. */
		if (room < a->nr_leaves)
			return room && clear_guest_raw(a->leaves.p, sizeof(xen_cpuid_leaf_t)) ? -EFAULT :
				-ENOBUFS;
		if (copy_leaves(p, a->leaves))
			return -EFAULT;
	}
	if (!guest_handle_is_null(a->msrs)) {
		if (room_msrs < a->nr_msrs)
			return -ENOBUFS;
		if (copy_to_guest_raw(a->msrs.p, policy_msrs, sizeof(policy_msrs)))
			return -EFAULT;
	}
	return 0;
}

/* Is it one of the places that a policy consists of?
 * Not inlined, as keep_leaf is not: gcc 12 ends with an internal error on both in one loop. */
static noinline bool leaf_known(const xen_cpuid_leaf_t *l)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(policy_leaves); i++) {
		const struct leaf_range *r = &policy_leaves[i];

		if (l->leaf >= r->first && l->leaf <= r->last)
			return r->subleaves ? l->subleaf < r->subleaves
				: l->subleaf == XEN_CPUID_NO_SUBLEAF;
	}
	return false;
}

/* There is room: each place is kept once. */
static xen_cpuid_leaf_t *leaf_slot(struct cpu_policy *p, uint32_t leaf, uint32_t sub)
{
	xen_cpuid_leaf_t *l;

	for (l = p->leaves; l < p->leaves + p->nr_leaves; l++)
		if (l->leaf == leaf && l->subleaf == sub)
			return l;
	p->nr_leaves++;
	return l;
}

static noinline void keep_leaf(struct cpu_policy *p, const xen_cpuid_leaf_t *l)
{
	const uint32_t reg[4] = { l->a, l->b, l->c, l->d };
	uint32_t sub = l->subleaf == XEN_CPUID_NO_SUBLEAF ? 0 : l->subleaf;
	unsigned int i;

	*leaf_slot(p, l->leaf, l->subleaf) = *l;
	for (i = 0; i < NR_FEATURE_WORDS; i++)
		if (feature_places[i].leaf == l->leaf && feature_places[i].sub == sub)
			p->f.w[i] = reg[feature_places[i].reg];
	if (l->leaf == 0)
		p->max_basic = l->a;
	else if (l->leaf == 7 && sub == 0)
		p->max_feat = l->a;
	else if (l->leaf == 0x80000000)
		p->max_extended = l->a;
}

static int read_leaves(struct cpu_policy *p, struct policy_arrays *a)
{
	xen_cpuid_leaf_t l;
	uint32_t i;

	if (a->nr_leaves > policy_nr_leaves())
		return -E2BIG;
	for (i = 0; i < a->nr_leaves; i++) {
		if (copy_from_guest_offset(&l, a->leaves, i, 1))
			return -EFAULT;
		if (!leaf_known(&l)) {
			a->err_leaf = l.leaf;
			a->err_subleaf = l.subleaf;
			return -ERANGE;
		}
		keep_leaf(p, &l);
	}
	return 0;
}

static int check_msr(const xen_msr_entry_t *m)
{
	if (m->flags)
		return -EINVAL;
	if (m->idx != policy_msrs[0].idx && m->idx != policy_msrs[1].idx)
		return -ERANGE;
	if (m->idx == policy_msrs[0].idx && m->val >> 32)
		return -EOVERFLOW;
	return m->val ? -EINVAL : 0; /* beyond what there is */
}

static int read_msrs(struct policy_arrays *a)
{
	xen_msr_entry_t m;
	uint32_t i;
	int rc;

	if (a->nr_msrs > ARRAY_SIZE(policy_msrs))
		return -E2BIG;
	for (i = 0; i < a->nr_msrs; i++) {
		if (copy_from_guest_offset(&m, a->msrs, i, 1))
			return -EFAULT;
		rc = check_msr(&m);
		if (rc) {
			a->err_msr = m.idx;
			return rc;
		}
	}
	return 0;
}

/* Guests may have less than there is. */
static int check_limits(const struct cpu_policy *p, struct policy_arrays *a)
{
	a->err_subleaf = XEN_CPUID_NO_SUBLEAF;
	if (p->max_basic > pv_max.max_basic) {
		a->err_leaf = 0;
	} else if (p->max_feat > pv_max.max_feat) {
		a->err_leaf = 7;
		a->err_subleaf = 0;
	} else if (p->max_extended > pv_max.max_extended) {
		a->err_leaf = 0x80000000;
	} else {
		return 0;
	}
	return -EINVAL;
}

int pv_policy_import(struct domain *d, struct policy_arrays *a)
{
	const struct cpu_policy *old = pv_domain_policy(d);
	struct cpu_policy *p;
	int rc;

	p = xzalloc_bytes(sizeof(*p) + policy_nr_leaves() * sizeof(p->leaves[0]), 8);
	if (!p)
		return -ENOMEM;
	memcpy(p, old, sizeof(*old) + old->nr_leaves * sizeof(old->leaves[0]));
	rc = read_leaves(p, a);
	if (!rc)
		rc = read_msrs(a);
	if (!rc)
		rc = check_limits(p, a);
	if (rc) {
		xfree(p);
		return rc;
	}
	features_limit(&p->f, &pv_max.f);
	feature_set(&p->f, FEAT_HYPERVISOR, true);
	features_close(&p->f);
	xfree(d->arch.cpu_policy);
	d->arch.cpu_policy = p;
	return 0;
}

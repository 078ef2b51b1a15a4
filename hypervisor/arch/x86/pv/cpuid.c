/* SPDX-License-Identifier: GPL-2.0-only */
/* cpuid.c: the view of the CPU that a paravirtual kernel gets, leaf by leaf: features as its policy
 * has them, of the rest what is known to do no harm in ring 3. No locks: policies do not change. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <asm/time.h>
#include "policy.h"
#include "pv.h"

#define B(n) (1U << (n))

/* AMD repeats these bits of leaf 1's edx in leaf 0x80000001. */
#define COMMON_1D 0x0183f3ffU

#define XEN_LEAF 0x40000000U

static const struct cpuid_regs nothing;

#define TIME_EMULATED 1
#define TIME_RELIABLE 2
#define TIME_RDTSCP   4

static void time_leaf(const struct arch_domain *d, uint32_t sub, struct cpuid_regs *r)
{
	uint64_t offset = d->vtsc ? 0 : d->vtsc_base_ns - d->vtsc_elapsed;

	if (sub == 0) {
		r->a = (d->vtsc ? TIME_EMULATED : 0) | (tsc_stable ? TIME_RELIABLE : 0) |
			(cpuid(0x80000001, 0).d & B(27) ? TIME_RDTSCP : 0);
		r->b = d->tsc_mode;
		r->c = d->tsc_khz;
		r->d = d->incarnation;
	} else if (sub == 1) {
		*r = (struct cpuid_regs){ offset, offset >> 32, d->vtsc_to_ns.mul, d->vtsc_to_ns.shift };
	} else if (sub == 2) {
		r->a = tsc_khz;
	}
}

static void xen_leaf(const struct domain *d, uint32_t leaf, uint32_t sub, struct cpuid_regs *r)
{
	*r = nothing;
	switch (leaf - XEN_LEAF) {
	case 0:
		*r = (struct cpuid_regs){ XEN_LEAF + 5, 0x566e6558, 0x65584d4d, 0x4d4d566e };
		break;
	case 1:
		r->a = 4 << 16 | 17;
		break;
	case 2: /* one page of hypercalls, written through this MSR */
		r->a = 1;
		r->b = XEN_LEAF;
		r->c = 1; /* PRESERVE_AD */
		break;
	case 3:
		time_leaf(&d->arch, sub, r);
		break;
	case 5: /* width of machine addresses that a guest may see */
		r->b = fls_long(arch_max_page() << PAGE_SHIFT) + 1;
		break;
	}
}

/* Bytes of an XSAVE area with the components of x. */
static uint32_t area_size(uint64_t x)
{
	uint32_t size = 512 + 64;
	unsigned int i;

	for (i = 2; i < 63; i++)
		if (x >> i & 1)
			size = max(size, cpuid(0xd, i).a + cpuid(0xd, i).b);
	return size;
}

static void xsave_leaf(const struct cpu_policy *p, uint32_t sub, struct cpuid_regs *r)
{
	uint64_t x = pv_policy_xcr0(p);

	if (!x || sub > 62) {
		*r = nothing;
	} else if (sub == 0) {
		r->a = (uint32_t)x;
		r->c = area_size(x);
		r->d = x >> 32;
	} else if (sub == 1) {
		*r = (struct cpuid_regs){ .a = r->a };
	} else if (!(x >> sub & 1)) {
		*r = nothing;
	}
}

static void basic_leaf(const struct cpu_policy *p, uint32_t leaf, uint32_t sub, struct cpuid_regs *r)
{
	switch (leaf) {
	case 0:
		r->a = p->max_basic;
		break;
	case 1:
		r->b = (r->b & 0xff00) | 1 << 16;
		break;
	case 2:
	case 4:
		break;
	case 7:
		if (sub == 0)
			r->a = p->max_feat;
		else if (sub > p->max_feat)
			*r = nothing;
		else
			r->c = r->d = 0;
		break;
	case 0xd:
		xsave_leaf(p, sub, r);
		break;
	default:
		*r = nothing;
	}
}

static void extended_leaf(const struct cpu_policy *p, uint32_t leaf, struct cpuid_regs *r)
{
	switch (leaf) {
	case 0x80000000:
		r->a = p->max_extended;
		break;
	case 0x80000001:
		if (cpuid(0x80000001, 0).d & 1) /* the FPU's bit: this CPU repeats them */
			r->d |= p->f.w[FW_1D] & COMMON_1D;
		break;
	case 0x80000002 ... 0x80000006:
		break;
	case 0x80000007:
		*r = (struct cpuid_regs){ .d = r->d };
		break;
	case 0x80000008:
		*r = (struct cpuid_regs){ .a = cpuid(leaf, 0).a, .b = r->b };
		break;
	case 0x80000021:
		*r = (struct cpuid_regs){ .a = r->a };
		break;
	default:
		*r = nothing;
	}
}

/* What the toolstack gave, else what the CPU has. */
static void base_leaf(const struct cpu_policy *p, uint32_t leaf, uint32_t sub, struct cpuid_regs *r)
{
	for (unsigned int i = 0; i < p->nr_leaves && leaf != 0xd; i++) {
		const xen_cpuid_leaf_t *l = &p->leaves[i];

		if (l->leaf == leaf && (l->subleaf == sub || l->subleaf == XEN_CPUID_NO_SUBLEAF)) {
			*r = (struct cpuid_regs){ l->a, l->b, l->c, l->d };
			return;
		}
	}
	*r = cpuid(leaf, sub);
}

/* Most leaves have none. Whoever comes first makes the sets; another that comes meanwhile makes the same. */
static bool has_features(uint32_t leaf)
{
	static uint64_t sets[2]; /* of basic leaves, of extended ones */
	uint32_t nr = leaf & ~0x80000000;

	if (unlikely(!READ_ONCE(sets[1]))) {
		uint64_t made[2] = { 0 };

		for (unsigned int i = 0; i < NR_FEATURE_WORDS; i++)
			made[feature_places[i].leaf >> 31] |= 1UL << (feature_places[i].leaf & 63);
		WRITE_ONCE(sets[0], made[0]);
		WRITE_ONCE(sets[1], made[1]);
	}
	return nr < 64 && (sets[leaf >> 31] >> nr & 1);
}

static void put_features(const struct cpu_policy *p, uint32_t leaf, uint32_t sub, struct cpuid_regs *r)
{
	uint32_t *const reg[4] = { &r->a, &r->b, &r->c, &r->d };

	if (!has_features(leaf))
		return;
	for (unsigned int i = 0; i < NR_FEATURE_WORDS; i++)
		if (feature_places[i].leaf == leaf && feature_places[i].sub == sub)
			*reg[feature_places[i].reg] = p->f.w[i];
}

void pv_policy_leaf(const struct cpu_policy *p, uint32_t leaf, uint32_t sub, struct cpuid_regs *ret)
{
	bool extended = leaf >= 0x80000000;

	*ret = nothing;
	if (leaf >= XEN_LEAF && !extended) {
		if (leaf < XEN_LEAF + 0x100)
			xen_leaf(hardware_domain, leaf, sub, ret);
		return;
	}
	if (leaf > (extended ? p->max_extended : p->max_basic))
		return;
	base_leaf(p, leaf, sub, ret);
	put_features(p, leaf, sub, ret);
	if (p == pv_policy(POLICY_RAW) || p == pv_policy(POLICY_HOST))
		return;
	if (extended)
		extended_leaf(p, leaf, ret);
	else
		basic_leaf(p, leaf, sub, ret);
}

void pv_cpuid(struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *ret)
{
	const struct cpu_policy *p = pv_domain_policy(v->domain);

	if (leaf >= XEN_LEAF && leaf < XEN_LEAF + 0x100) {
		xen_leaf(v->domain, leaf, sub, ret);
		return;
	}
	pv_policy_leaf(p, leaf, sub, ret);
	if (leaf == 1) {
		ret->b |= v->vcpu_id * 2 << 24;
		/* A kernel uses XSAVE only if it sees both bits. */
		if (pv_policy_xcr0(p))
			ret->c |= B(FEAT_OSXSAVE % 32);
	}
}

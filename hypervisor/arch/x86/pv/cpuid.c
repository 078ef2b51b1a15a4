/* SPDX-License-Identifier: GPL-2.0-only */
/* cpuid.c: the view of the CPU that a paravirtual kernel gets: a list of what is allowed, so that a
 * feature of a newer CPU stays hidden until it is known to work in ring 3. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include "pv.h"

#define B(n) (1U << (n))

/* fpu de tsc msr pae mce cx8 apic mca cmov pat clflush mmx fxsr sse sse2 ss */
#define L1_EDX (B(0) | B(2) | B(4) | B(5) | B(6) | B(7) | B(8) | B(9) | B(14) | B(15) | B(16) | \
	B(19) | B(23) | B(24) | B(25) | B(26) | B(27))
/* sse3 pclmul ssse3 fma cx16 sse4.1 sse4.2 movbe popcnt aes xsave avx f16c rdrand */
#define L1_ECX (B(0) | B(1) | B(9) | B(12) | B(13) | B(19) | B(20) | B(22) | B(23) | B(25) | \
	B(26) | B(28) | B(29) | B(30))
#define L1_ECX_OSXSAVE B(27)
#define L1_ECX_HYPERVISOR B(31)
/* bmi1 avx2 bmi2 erms avx512f dq rdseed adx ifma clflushopt clwb pf er cd sha bw vl */
#define L7_EBX (B(3) | B(5) | B(6) | B(8) | B(9) | B(13) | B(16) | B(17) | B(18) | B(19) | B(21) | \
	B(23) | B(24) | B(26) | B(27) | B(28) | B(29) | B(30) | B(31))
/* vbmi vbmi2 gfni vaes vpclmulqdq vnni bitalg vpopcntdq cldemote movdiri movdir64b */
#define L7_ECX (B(0) | B(1) | B(6) | B(8) | B(9) | B(10) | B(11) | B(12) | B(14) | B(25) | B(27) | \
	B(28))
/* 4vnniw 4fmaps fsrm vp2intersect md_clear serialize */
#define L7_EDX (B(2) | B(3) | B(4) | B(8) | B(10) | B(14))
#define L7_1_EAX (B(4) | B(5)) /* avx_vnni avx512_bf16 */
/* lahf abm sse4a misalignsse 3dnowprefetch xop fma4 tbm */
#define E1_ECX (B(0) | B(5) | B(6) | B(7) | B(8) | B(11) | B(16) | B(21))
/* the AMD copies of leaf 1; syscall nx mmxext rdtscp lm 3dnowext 3dnow */
#define E1_EDX ((L1_EDX & 0x0183f3ff) | B(11) | B(20) | B(22) | B(27) | B(29) | B(30) | B(31))
#define E8_EBX (B(0) | B(2)) /* clzero rstr_fp_err_ptrs */
#define XSAVE_1_EAX (B(0) | B(1) | B(2)) /* xsaveopt xsavec xgetbv1 */

#define XEN_LEAF 0x40000000U
#define MAX_BASIC 0xdU
#define MAX_EXTENDED 0x80000008U

static const struct cpuid_regs nothing;

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
		if (sub == 0)
			*r = (struct cpuid_regs){ 0, d->arch.tsc_mode, tsc_khz, d->arch.incarnation };
		else if (sub == 2)
			r->a = tsc_khz;
		break;
	case 5: /* width of machine addresses that a guest may see */
		r->b = fls_long(arch_max_page() << PAGE_SHIFT) + 1;
		break;
	}
}

static void xsave_leaf(uint32_t sub, struct cpuid_regs *r)
{
	if (!xcr0_host_mask) {
		*r = nothing;
	} else if (sub == 0) {
		r->a &= (uint32_t)xcr0_host_mask;
		r->c = xsave_area_size();
		r->d = 0;
	} else if (sub == 1) {
		r->a &= XSAVE_1_EAX;
		r->c = r->d = 0;
	} else if (sub > 62 || !(xcr0_host_mask >> sub & 1)) {
		*r = nothing;
	}
}

static void basic_leaf(struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *r)
{
	switch (leaf) {
	case 0:
		r->a = min(r->a, MAX_BASIC);
		break;
	case 1:
		r->b = (r->b & 0xff00) | 1 << 16 | (v ? v->vcpu_id * 2 : 0) << 24;
		r->c = (r->c & L1_ECX) | L1_ECX_HYPERVISOR;
		r->d &= L1_EDX;
		if (xcr0_host_mask)
			r->c |= L1_ECX_OSXSAVE;
		else
			r->c &= ~(B(26) | B(28) | B(12) | B(29));
		break;
	case 2:
	case 4:
		break;
	case 7:
		if (sub == 0) {
			r->a = min(r->a, 1U);
			r->b &= L7_EBX;
			r->c &= L7_ECX;
			r->d &= L7_EDX;
		} else if (sub == 1) {
			*r = (struct cpuid_regs){ r->a & L7_1_EAX, 0, 0, 0 };
		} else {
			*r = nothing;
		}
		break;
	case 0xd:
		xsave_leaf(sub, r);
		break;
	default:
		*r = nothing;
	}
}

static void extended_leaf(uint32_t leaf, struct cpuid_regs *r)
{
	switch (leaf) {
	case 0x80000000:
		r->a = min(r->a, MAX_EXTENDED);
		break;
	case 0x80000001:
		r->c &= E1_ECX;
		r->d &= E1_EDX;
		break;
	case 0x80000002 ... 0x80000006:
		break;
	case 0x80000007:
		*r = (struct cpuid_regs){ 0, 0, 0, r->d & B(8) };
		break;
	case 0x80000008:
		*r = (struct cpuid_regs){ r->a, r->b & E8_EBX, 0, 0 };
		break;
	default:
		*r = nothing;
	}
}

/* v NULL: what any domain gets (CPU policy queries). */
void pv_cpuid(struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *ret)
{
	if (leaf >= XEN_LEAF && leaf < XEN_LEAF + 0x100) {
		xen_leaf(v ? v->domain : hardware_domain, leaf, sub, ret);
		return;
	}
	if (leaf >= XEN_LEAF && leaf < 0x80000000) {
		*ret = nothing;
		return;
	}
	*ret = cpuid(leaf, sub);
	if (leaf < XEN_LEAF)
		basic_leaf(v, leaf, sub, ret);
	else
		extended_leaf(leaf, ret);
}

/* --- the same view as a list, for the toolstack ----------------------------------------------- */

struct leaf_range {
	uint32_t first, last, subleaves; /* subleaves 0: the leaf has none */
};

static const struct leaf_range policy_leaves[] = {
	{ 0x0, 0x3, 0 }, { 0x4, 0x4, 6 }, { 0x5, 0x6, 0 }, { 0x7, 0x7, 2 }, { 0x8, 0xa, 0 },
	{ 0xb, 0xb, 2 }, { 0xc, 0xc, 0 }, { 0xd, 0xd, 63 },
	{ 0x40000000, 0x40000000, 0 }, { 0x40000100, 0x40000100, 0 },
	{ 0x80000000, 0x80000008, 0 },
};

static unsigned int nr_leaves(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(policy_leaves); i++)
		n += (policy_leaves[i].last - policy_leaves[i].first + 1) *
			max(policy_leaves[i].subleaves, 1U);
	return n;
}

static int copy_leaves(XEN_GUEST_HANDLE(xen_cpuid_leaf_t) to)
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

				pv_cpuid(NULL, leaf, sub, &c);
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

int pv_policy_export(struct pv_policy *p)
{
	unsigned int room = p->nr_leaves, room_msrs = p->nr_msrs;

	p->nr_leaves = nr_leaves();
	p->nr_msrs = ARRAY_SIZE(policy_msrs);
	if (!guest_handle_is_null(p->leaves)) {
		if (room < p->nr_leaves)
			return -ENOBUFS;
		if (copy_leaves(p->leaves))
			return -EFAULT;
	}
	if (!guest_handle_is_null(p->msrs)) {
		if (room_msrs < p->nr_msrs)
			return -ENOBUFS;
		if (copy_to_guest_raw(p->msrs.p, policy_msrs, sizeof(policy_msrs)))
			return -EFAULT;
	}
	return 0;
}

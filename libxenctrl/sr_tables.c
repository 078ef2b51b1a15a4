/* SPDX-License-Identifier: MIT */
/* sr_tables.c: pages without a domain: page tables translated, zero pages found, records named. */

#include "sr.h"

int sr_translate_table(const uint64_t *from, uint64_t *to, unsigned int level, sr_lookup_fn *lookup,
		       void *ctx, unsigned int *ret_bad)
{
	uint64_t frame, pte;
	unsigned int i;

	for (i = 0; i < 512; i++) {
		pte = from[i];
		if (level == 4 && i >= L4_XEN_FIRST && i <= L4_XEN_LAST)
			pte = 0; /* the hypervisor writes them anew */
		if (!(pte & PTE_P)) {
			to[i] = pte;
			continue;
		}
		*ret_bad = i;
		if (level > 1 && (pte & PTE_PSE))
			return -EINVAL;
		if (!lookup(ctx, (pte & PTE_FRAME) >> XC_PAGE_SHIFT, &frame))
			return -ERANGE;
		to[i] = (pte & ~PTE_FRAME) | (frame << XC_PAGE_SHIFT & PTE_FRAME);
	}
	return 0;
}

bool sr_page_is_zero(const void *page)
{
	const uint64_t *w = page;
	unsigned int i;

	for (i = 0; i < 512; i += 8)
		if (w[i] | w[i + 1] | w[i + 2] | w[i + 3] | w[i + 4] | w[i + 5] | w[i + 6] |
		    w[i + 7])
			return false;
	return true;
}

const char *xc_record_name(uint32_t type)
{
	static const char *const names[] = {
		[XC_RECORD_END] = "END",
		[XC_RECORD_PAGE_DATA] = "PAGE_DATA",
		[XC_RECORD_PV_INFO] = "X86_PV_INFO",
		[XC_RECORD_P2M_FRAMES] = "X86_PV_P2M_FRAMES",
		[XC_RECORD_VCPU_BASIC] = "X86_PV_VCPU_BASIC",
		[XC_RECORD_VCPU_EXTENDED] = "X86_PV_VCPU_EXTENDED",
		[XC_RECORD_VCPU_XSAVE] = "X86_PV_VCPU_XSAVE",
		[XC_RECORD_SHARED_INFO] = "SHARED_INFO",
		[XC_RECORD_TSC_INFO] = "X86_TSC_INFO",
		[XC_RECORD_HVM_CONTEXT] = "HVM_CONTEXT",
		[XC_RECORD_HVM_PARAMS] = "HVM_PARAMS",
		[XC_RECORD_TOOLSTACK] = "TOOLSTACK",
		[XC_RECORD_VCPU_MSRS] = "X86_PV_VCPU_MSRS",
		[XC_RECORD_VERIFY] = "VERIFY",
		[XC_RECORD_CHECKPOINT] = "CHECKPOINT",
		[XC_RECORD_DIRTY_PFNS] = "CHECKPOINT_DIRTY_PFN_LIST",
		[XC_RECORD_STATIC_END] = "STATIC_DATA_END",
		[XC_RECORD_CPUID_POLICY] = "X86_CPUID_POLICY",
		[XC_RECORD_MSR_POLICY] = "X86_MSR_POLICY",
	};

	if (type < sizeof(names) / sizeof(names[0]))
		return names[type];
	return type & SR_OPTIONAL ? "unknown optional record" : "unknown record";
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0_pt.c: writes dom0's first page tables; they are validated as a whole when they are pinned. */
#include <hv/lib.h>
#include "pv.h"

#define TABLE_FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

static pte_t *next_level(struct dom0_pt *pt, pte_t *entry)
{
	if (!(*entry & PTE_P)) {
		struct page *pg = pt->alloc(pt->ctx);

		if (!pg)
			return NULL;
		memset(page_to_virt(pg), 0, PAGE_SIZE);
		*entry = mk_pte(page_to_mfn(pg), TABLE_FLAGS);
	}
	return mfn_to_virt(pte_mfn(*entry));
}

int dom0_pt_map(struct dom0_pt *pt, vaddr_t va, mfn_t m, uint64_t flags)
{
	pte_t *l4 = mfn_to_virt(pt->l4), *l3, *l2, *l1;

	l3 = next_level(pt, &l4[l4_index(va)]);
	l2 = l3 ? next_level(pt, &l3[l3_index(va)]) : NULL;
	l1 = l2 ? next_level(pt, &l2[l2_index(va)]) : NULL;
	if (!l1)
		return -ENOMEM;
	l1[l1_index(va)] = mk_pte(m, flags);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* share.c: the arch side of giving pages to domains: machine-to-phys table, TLB stamps, shared
 * hypervisor pages. No locks of its own. */
#include <hv/arch.h>
#include "mm.h"

/* --- machine to phys ----------------------------------------------------------------------- */

void arch_m2p_set(mfn_t m, unsigned long gfn)
{
	if (mfn_valid(m))
		WRITE_ONCE(rw_m2p[mfn_x(m)], gfn);
}

unsigned long arch_m2p_get(mfn_t m)
{
	return mfn_valid(m) ? READ_ONCE(rw_m2p[mfn_x(m)]) : INVALID_M2P_ENTRY;
}

mfn_t arch_gfn_to_mfn(struct domain *d, gfn_t gfn)
{
	return mk_mfn(gfn_x(gfn));
}

int arch_physmap_add(struct domain *d, gfn_t gfn, mfn_t m, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		arch_m2p_set(mfn_add(m, i), gfn_x(gfn) + i);
	for (i = 0; unlikely(d->arch.logdirty) && i < 1UL << order; i++)
		logdirty_mark_gfn(d, gfn_x(gfn) + i);
	return 0;
}

void arch_physmap_remove(struct domain *d, gfn_t gfn, mfn_t m, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		arch_m2p_set(mfn_add(m, i), INVALID_M2P_ENTRY);
}

bool arch_mfn_is_ram(mfn_t m)
{
	return mfn_valid(m) && page_owner(mfn_to_page(m)) != dom_io;
}

unsigned long arch_max_page(void)
{
	return max_page;
}

/* --- writable references for common code ------------------------------------------------------ */

bool arch_get_page_writable(struct page *pg, struct domain *d)
{
	return !get_page_and_type(pg, d, PGT_writable_page);
}

void arch_page_dirtied(struct domain *d, mfn_t m)
{
	logdirty_mark(d, m);
}

void arch_put_page_writable(struct page *pg)
{
	put_page_and_type(pg);
}

/* --- pages come and go -------------------------------------------------------------------------- */

void arch_page_assigned(struct page *pg)
{
	pg->type_info = PGT_none;
}

void arch_page_freed(struct page *pg)
{
	arch_m2p_set(page_to_mfn(pg), INVALID_M2P_ENTRY);
	pg->tlb_stamp = tlb_clock_now();
}

/* One flush for the block: by the page that was in use last. */
void arch_page_alloc_flush(struct page *pg, unsigned int order)
{
	uint32_t now = tlb_clock_now(), stamp = pg->tlb_stamp;
	struct cpumask m;
	unsigned long i;

	for (i = 1; i < 1UL << order; i++)
		if (now - pg[i].tlb_stamp < now - stamp)
			stamp = pg[i].tlb_stamp;
	cpumask_copy(&m, &cpu_running_map);
	tlb_filter(&m, stamp);
	if (!cpumask_empty(&m))
		flush_mask(&m, FLUSH_TLB, 0);
}

/* --- hypervisor pages that domains may map ------------------------------------------------------- */

/* The type count is held for good: as writable page, or as nothing that anyone could write. */
void arch_share_page(void *virt, struct domain *d, bool writable)
{
	struct page *pg = virt_to_page(virt);

	pg->type_info = (writable ? PGT_writable_page : PGT_none) | PGT_validated | 1;
	xenheap_page_share(pg, d);
}

void arch_unshare_page(void *virt)
{
	put_page_alloc_ref(virt_to_page(virt));
}

static void share_with_dom_xen(mfn_t m)
{
	struct page *pg = mfn_to_page(m);

	if (!mfn_valid(m) || page_owner(pg))
		return;
	pg->type_info = PGT_none | PGT_validated | 1;
	page_set_owner(pg, dom_xen);
	smp_wmb();
	__atomic_fetch_add(&pg->count_info, 1, __ATOMIC_SEQ_CST);
}

/* Frame behind a hypervisor address, through the hypervisor's own tables. */
static bool hv_translate(vaddr_t va, mfn_t *ret_m)
{
	static const unsigned int shift[] = { L4_SHIFT, L3_SHIFT, L2_SHIFT, L1_SHIFT };
	const pte_t *t = idle_l4;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shift); i++) {
		pte_t e = t[(va >> shift[i]) & (PT_ENTRIES - 1)];
		unsigned long frames = 1UL << (shift[i] - PAGE_SHIFT);

		if (!(e & PTE_P))
			return false;
		if (shift[i] == L1_SHIFT || (e & PTE_PSE)) {
			*ret_m = mk_mfn((mfn_x(pte_mfn(e)) & ~(frames - 1)) +
				((va >> PAGE_SHIFT) & (frames - 1)));
			return true;
		}
		t = mfn_to_virt(pte_mfn(e));
	}
	return false;
}

bool m2p_frame(unsigned long index, mfn_t *ret_m)
{
	return hv_translate(RO_M2P_VIRT_START + index * PAGE_SIZE, ret_m);
}

void mm_share_m2p(void)
{
	unsigned long pages = PFN_UP(max_page * sizeof(unsigned long)), i;
	mfn_t m;

	for (i = 0; i < pages; i++)
		if (m2p_frame(i, &m))
			share_with_dom_xen(m);
}

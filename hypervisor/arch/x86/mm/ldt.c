/* SPDX-License-Identifier: GPL-2.0-only */
/* ldt.c: a vcpu's LDT: a range of guest addresses, mapped page by page when the CPU first looks.
 *
 * Each mapped page holds a general and a seg_desc reference.
 * Locks: ldt_lock (LOCK_LEAF) guards the LDT half of every vcpu's perdomain_l1: another vcpu may
 *        unmap a page that is in use here (l1e.c). Nothing is taken below it. */
#include "mm.h"

static DEFINE_SPINLOCK(ldt_lock, LOCK_LEAF);

#define LDT_PAGES   16
#define LDT_MAX_ENT 8192

static pte_t *ldt_ptes(struct vcpu *v)
{
	return v->arch.perdomain_l1 + (PERDOMAIN_LDT_OFFSET >> PAGE_SHIFT);
}

void pv_destroy_ldt(struct vcpu *v)
{
	struct domain *d = v->domain;
	pte_t old[LDT_PAGES];
	unsigned int i, n = 0;

	if (!v->arch.ldt_ents || !v->arch.perdomain_l1)
		return;
	spin_lock(&ldt_lock);
	for (i = 0; i < LDT_PAGES; i++) {
		pte_t e = ldt_ptes(v)[i];

		if (e & PTE_P)
			old[n++] = e;
		WRITE_ONCE(ldt_ptes(v)[i], 0);
	}
	spin_unlock(&ldt_lock);
	if (!n)
		return;
	flush_mask(&d->arch.dirty_cpumask, FLUSH_TLB, 0);
	while (n--)
		put_page_and_type(mfn_to_page(pte_mfn(old[n])));
}

int pv_set_ldt(struct vcpu *v, vaddr_t base, unsigned int ents)
{
	if ((base & (PAGE_SIZE - 1)) || ents > LDT_MAX_ENT ||
	    !guest_range_ok((const void *)base, ents * 8))
		return -EINVAL;
	if (v->arch.ldt_ents == ents && v->arch.ldt_base == base)
		return 0;
	pv_destroy_ldt(v);
	v->arch.ldt_base = base;
	v->arch.ldt_ents = ents;
	load_ldt_vcpu(v);
	return 0;
}

bool pv_map_ldt_page(struct vcpu *v, vaddr_t fault_offset)
{
	struct domain *d = v->domain;
	unsigned int n = fault_offset >> PAGE_SHIFT;
	bool mapped = false;
	pte_t e;

	if (fault_offset / 8 >= v->arch.ldt_ents || n >= LDT_PAGES)
		return false;
	if (!read_kernel_l1e(v, v->arch.ldt_base + (n << PAGE_SHIFT), &e) || !(e & PTE_P))
		return false;
	if (get_table_from_mfn(pte_mfn(e), PGT_seg_desc, d, false))
		return false;
	spin_lock(&ldt_lock);
	if (!(ldt_ptes(v)[n] & PTE_P)) {
		WRITE_ONCE(ldt_ptes(v)[n], mk_pte(pte_mfn(e), PTE_HV | PTE_NX));
		mapped = true;
	}
	spin_unlock(&ldt_lock);
	if (!mapped)
		put_page_and_type(mfn_to_page(pte_mfn(e)));
	return true;
}

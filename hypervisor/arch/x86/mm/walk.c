/* SPDX-License-Identifier: GPL-2.0-only */
/* walk.c: from a guest address to its L1 entry, by way of the direct map.
 *
 * Other vcpus may change the tables meanwhile, and make an ordinary page of one just unhooked, so what is
 * found is a hint only: a frame is followed only if it is the domain's own memory (any other number there
 * may be no memory at all, which is not mapped here), and the L1 page counts only if it belongs to the
 * domain and is a validated L1 once it is locked. */
#include "mm.h"

static bool l1_of_va(const struct domain *d, mfn_t l4, vaddr_t va, mfn_t *ret_l1)
{
	static const unsigned int shift[] = { L4_SHIFT, L3_SHIFT, L2_SHIFT };
	mfn_t m = l4;
	unsigned int i;

	if (va >= HV_VIRT_START && va < HV_VIRT_END)
		return false;
	for (i = 0; i < ARRAY_SIZE(shift); i++) {
		const pte_t *t;
		pte_t e;

		if (!mfn_valid(m) || page_owner(mfn_to_page(m)) != d)
			return false;
		t = mfn_to_virt(m);
		e = READ_ONCE(t[(va >> shift[i]) & (PT_ENTRIES - 1)]);
		if (!(e & PTE_P) || (e & PTE_PSE))
			return false;
		m = pte_mfn(e);
	}
	*ret_l1 = m;
	return mfn_valid(m);
}

struct page *__hot_mm lock_l1_page(struct page *pg, struct domain *d)
{
	if (!get_page(pg, d))
		return NULL;
	if (!page_lock(pg))
		goto err_page;
	if ((READ_ONCE(pg->type_info) & PGT_type_mask) == PGT_l1_page_table)
		return pg;
	page_unlock(pg);
err_page:
	put_page(pg);
	return NULL;
}

static struct page *lock_l1(struct domain *d, mfn_t l4, vaddr_t va)
{
	mfn_t l1;

	return l1_of_va(d, l4, va, &l1) ? lock_l1_page(mfn_to_page(l1), d) : NULL;
}

struct page *__hot_mm lock_l1_of_va(struct vcpu *v, vaddr_t va)
{
	return lock_l1(v->domain, v->arch.in_kernel ? v->arch.guest_table : v->arch.guest_table_user,
		va);
}

void unlock_l1(struct page *l1)
{
	page_unlock(l1);
	put_page(l1);
}

static bool read_and_unlock(struct page *l1, vaddr_t va, pte_t *ret_e)
{
	if (!l1)
		return false;
	*ret_e = READ_ONCE(((pte_t *)page_to_virt(l1))[l1_index(va)]);
	unlock_l1(l1);
	return true;
}

bool read_l1e_of_va(struct vcpu *v, vaddr_t va, pte_t *ret_e)
{
	return read_and_unlock(lock_l1_of_va(v, va), va, ret_e);
}

bool read_kernel_l1e(struct vcpu *v, vaddr_t va, pte_t *ret_e)
{
	return read_and_unlock(lock_l1(v->domain, v->arch.guest_table, va), va, ret_e);
}

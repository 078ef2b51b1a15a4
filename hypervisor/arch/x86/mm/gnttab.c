/* SPDX-License-Identifier: GPL-2.0-only */
/* gnttab.c: puts granted frames into the current domain's L1 tables and takes them out.
 *
 * The entry's references were taken by the grant code and go with the entry: if the guest
 * overwrites it, put_page_from_l1e() drops them, and the unmap operation fails, having nothing
 * to remove. So an unmap that succeeds removed exactly what the map put in.
 * Locks: page_lock() of the L1 table. */
#include <hv/arch.h>
#include "mm.h"

/* The L1 table and slot that a grant operation names: referenced and page_lock()ed; NULL. */
static struct page *lock_target(uint64_t host_addr, unsigned int flags, unsigned int *ret_slot)
{
	mfn_t m;

	if (!(flags & GNTMAP_contains_pte)) {
		*ret_slot = l1_index(host_addr);
		return lock_l1_of_va(current, host_addr);
	}
	m = paddr_to_mfn(host_addr);
	if (host_addr % sizeof(pte_t) || !mfn_valid(m))
		return NULL;
	*ret_slot = (host_addr & (PAGE_SIZE - 1)) / sizeof(pte_t);
	return lock_l1_page(mfn_to_page(m), current->domain);
}

static pte_t grant_pte(mfn_t frame, unsigned int flags)
{
	uint64_t bits = PTE_P | PTE_A | PTE_D;

	if (!(flags & GNTMAP_readonly))
		bits |= PTE_RW;
	if (flags & GNTMAP_application_map)
		bits |= PTE_US;
	bits |= (uint64_t)((flags >> _GNTMAP_guest_avail0) & 7) << PTE_AVAIL_SHIFT;
	return adjust_l1e(current->domain, mk_pte(frame, bits));
}

int arch_gnttab_map(uint64_t host_addr, mfn_t frame, unsigned int flags)
{
	struct page *l1;
	unsigned int slot;
	pte_t old;

	l1 = lock_target(host_addr, flags, &slot);
	if (!l1)
		return GNTST_general_error;
	old = __atomic_exchange_n((pte_t *)page_to_virt(l1) + slot, grant_pte(frame, flags),
		__ATOMIC_SEQ_CST);
	table_written(current->domain, l1, slot);
	unlock_l1(l1);
	put_page_from_l1e(old, current->domain);
	return GNTST_okay;
}

/* Takes the entry of an address of the guest's out of its table, references and all. */
static bool take_entry(vaddr_t va, pte_t *ret_e)
{
	struct page *l1 = lock_l1_of_va(current, va);

	if (!l1)
		return false;
	*ret_e = __atomic_exchange_n((pte_t *)page_to_virt(l1) + l1_index(va), 0, __ATOMIC_SEQ_CST);
	table_written(current->domain, l1, l1_index(va));
	unlock_l1(l1);
	return true;
}

static bool entry_is_grant(pte_t e, mfn_t frame, unsigned int flags)
{
	uint64_t want = PTE_P | (flags & GNTMAP_readonly ? 0 : PTE_RW);

	return mfn_eq(pte_mfn(e), frame) && (e & (PTE_P | PTE_RW)) == want;
}

int arch_gnttab_unmap(uint64_t host_addr, mfn_t frame, uint64_t new_addr, unsigned int flags)
{
	struct page *l1;
	unsigned int slot;
	pte_t e = 0, *p;
	bool ok;

	if (new_addr && ((flags & GNTMAP_contains_pte) || !take_entry(new_addr, &e)))
		return GNTST_general_error;
	l1 = lock_target(host_addr, flags, &slot);
	if (!l1) {
		put_page_from_l1e(e, current->domain);
		return GNTST_general_error;
	}
	p = (pte_t *)page_to_virt(l1) + slot;
	ok = entry_is_grant(READ_ONCE(*p), frame, flags);
	if (ok) {
		__atomic_store_n(p, e, __ATOMIC_SEQ_CST);
		table_written(current->domain, l1, slot);
	}
	unlock_l1(l1);
	if (ok)
		return GNTST_okay;
	put_page_from_l1e(e, current->domain);
	return GNTST_general_error;
}

/* Lines are never shorter than 16 bytes; a line twice does no harm. */
void arch_cache_clean(const void *p, size_t n)
{
	const char *at = (const char *)((unsigned long)p & ~15UL), *end = (const char *)p + n;

	smp_mb();
	for (; at < end; at += 16)
		__asm__ __volatile__("clflush %0" : : "m"(*at));
	smp_mb();
}

void arch_gnttab_flush(struct domain *d)
{
	flush_mask(&d->arch.dirty_cpumask, FLUSH_TLB, 0);
}

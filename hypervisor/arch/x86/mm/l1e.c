/* SPDX-License-Identifier: GPL-2.0-only */
/* l1e.c: which pages an L1 entry may map, and the references that it holds.
 *
 * A present entry that maps memory holds a general reference, and a writable type reference if it
 * has RW. One that maps I/O holds nothing. The bits that decide (P, RW, frame) change only under
 * page_lock() of the table. An entry that the grant code made is no exception: its references
 * were taken by the grant operation. */
#include <asm/access.h>
#include "mm.h"

#define L1E_BITS (PTE_ADDR_MASK | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_G | (7UL << 9) | \
	(0x7ffUL << 52) | PTE_NX)
#define L1E_CACHE_BITS (PTE_PWT | PTE_PCD | PTE_PAT)

/* Only a domain with devices may choose cache attributes, and, but for dom0, of devices only (adjust_l1e()). */
static uint64_t l1e_disallowed(const struct domain *d)
{
	return ~(L1E_BITS | (domain_has_io(d) ? L1E_CACHE_BITS : 0));
}

static bool maps_memory(mfn_t m)
{
	return mfn_valid(m) && page_owner(mfn_to_page(m)) != dom_io;
}

/* Kernel and user run in the same ring: every entry is a user one; bit 52 remembers. Memory is cached: what
 * is written past the caches is not what the hypervisor finds in them when the page becomes a table. */
pte_t __hot_mm adjust_l1e(const struct domain *d, pte_t e)
{
	if (!(e & PTE_P))
		return e;
	if (unlikely(e & L1E_CACHE_BITS) && !d->arch.io_all && maps_memory(pte_mfn(e)))
		e &= ~L1E_CACHE_BITS;
	if ((e & PTE_RW) && iomem_is_read_only(pte_mfn(e)))
		e &= ~PTE_RW;
	return e & PTE_US ? e : e | PTE_US | PTE_GUEST_KERNEL;
}

static int get_io_entry(pte_t e, struct domain *pg_owner)
{
	struct domain *d = pg_owner == dom_io ? current->domain : pg_owner;

	if (iomem_access_permitted(d, pte_mfn(e)))
		return 0;
	mm_warn("d%u may not map I/O frame %lx", d->domain_id, mfn_x(pte_mfn(e)));
	return -EPERM;
}

/* Log-dirty mode takes pages that others may write to at any time for dirty in its last round. Where
 * the count is at its limit it stays there until the page is something else. */
static noinline void count_foreign(struct page *pg, struct domain *owner, bool up)
{
	uint64_t x = READ_ONCE(pg->type_info);

	do {
		if ((x & PGT_foreign_mask) == (up ? PGT_foreign_mask : 0) ||
		    (!up && (x & PGT_foreign_mask) == PGT_foreign_mask))
			return;
	} while (!type_cas(pg, &x, up ? x + PGT_foreign_one : x - PGT_foreign_one));
	__atomic_fetch_add(&owner->arch.foreign_writers, up ? 1 : -1, __ATOMIC_RELAXED);
}

int __hot_mm get_page_from_l1e(pte_t e, struct domain *l1_owner, struct domain *pg_owner)
{
	struct page *pg;

	if (!(e & PTE_P))
		return 0;
	if (e & l1e_disallowed(l1_owner)) {
		mm_warn("d%u: bad L1 entry %lx", l1_owner->domain_id, e);
		return -EINVAL;
	}
	if (!maps_memory(pte_mfn(e)))
		return get_io_entry(e, pg_owner);

	pg = mfn_to_page(pte_mfn(e));
	if (!get_page(pg, pg_owner))
		goto err_page;
	if ((e & PTE_RW) && get_page_type(pg, PGT_writable_page)) {
		put_page(pg);
		goto err_page;
	}
	if ((e & PTE_RW) && unlikely(pg_owner != l1_owner))
		count_foreign(pg, pg_owner, true);
	return 0;

err_page:
	mm_warn("d%u: frame %lx of d%u refused (type %lx)", l1_owner->domain_id,
		mfn_x(pte_mfn(e)), pg_owner->domain_id, READ_ONCE(pg->type_info));
	return -EBUSY;
}

/* The page was mapped read-only and holds descriptors: vcpus that use it as LDT let go of it, or
 * the guest could not make it an ordinary page again. */
static void release_ldt_pages(struct page *pg, struct domain *l1_owner)
{
	uint64_t x = READ_ONCE(pg->type_info);
	struct vcpu *v;

	if ((x & PGT_type_mask) != PGT_seg_desc || !(x & PGT_count_mask) ||
	    page_owner(pg) != l1_owner)
		return;
	for_each_vcpu(l1_owner, v)
		pv_destroy_ldt(v);
}

/* A domain that maps another's page has no part in the flush when the page changes its type, the
 * privileged one excepted (types.c). What it wrote there the other is told now. */
static void put_foreign(struct page *pg, pte_t e, struct domain *l1_owner)
{
	struct domain *owner = page_owner(pg);

	if (likely(owner == l1_owner))
		return;
	if (l1_owner != hardware_domain)
		flush_mask(&l1_owner->arch.dirty_cpumask, FLUSH_TLB, 0);
	if (!(e & PTE_RW) || !owner)
		return;
	count_foreign(pg, owner, false);
	logdirty_mark(owner, page_to_mfn(pg));
}

void __hot_mm put_page_from_l1e(pte_t e, struct domain *l1_owner)
{
	struct page *pg;

	if (!(e & PTE_P) || !maps_memory(pte_mfn(e)))
		return;
	pg = mfn_to_page(pte_mfn(e));
	put_foreign(pg, e, l1_owner);
	if (e & PTE_RW) {
		put_page_and_type(pg);
	} else {
		release_ldt_pages(pg, l1_owner);
		put_page(pg);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* mod_entry.c: changes one entry of a validated page table.
 *
 * Order: references for the new entry first, then the atomic write, then the old entry's
 * references go, after page_unlock(), because that may wait for tables further down.
 * Locks: the table is page_lock()ed by the caller and unlocked here. */
#include "mm.h"

/* Differences between two present entries that touch no reference. */
#define HARMLESS_BITS (PTE_NX | (0x7ffUL << 52) | (7UL << 9) | PTE_D | PTE_A | PTE_US)
#define HARMLESS_L1_BITS (HARMLESS_BITS | PTE_G)

/* Only the CPU's accessed and dirty bits race with us: the old entry's rest is stable. */
static pte_t write_entry(pte_t *p, pte_t e, bool preserve_ad)
{
	pte_t old = READ_ONCE(*p);

	if (!preserve_ad)
		return __atomic_exchange_n(p, e, __ATOMIC_SEQ_CST);
	while (!__atomic_compare_exchange_n(p, &old, e | (old & (PTE_A | PTE_D)), false,
		       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	return old;
}

static void entry_written(const struct mod_args *args, struct page *table, const pte_t *p)
{
	table_written(args->pt_owner, table, p - (pte_t *)page_to_virt(table));
}

static int mod_l1_entry(struct page *table, pte_t *p, pte_t e, const struct mod_args *args)
{
	pte_t old = READ_ONCE(*p);
	int rc = 0;

	if ((e & old & PTE_P) && !((e ^ old) & ~HARMLESS_L1_BITS)) {
		write_entry(p, adjust_l1e(args->pt_owner, e), args->preserve_ad);
		entry_written(args, table, p);
		page_unlock(table);
		return 0;
	}
	if (e & PTE_P)
		rc = get_page_from_l1e(e, args->pt_owner, args->pg_owner);
	if (rc) {
		page_unlock(table);
		return rc;
	}
	old = write_entry(p, adjust_l1e(args->pt_owner, e), args->preserve_ad && (e & PTE_P));
	entry_written(args, table, p);
	page_unlock(table);
	put_page_from_l1e(old, args->pt_owner);
	return 0;
}

static int mod_upper_entry(struct page *table, unsigned int level, pte_t *p, pte_t e,
	const struct mod_args *args)
{
	struct domain *d = args->pt_owner;
	pte_t old = READ_ONCE(*p);
	struct page *gone = NULL;
	unsigned int how = 0;
	int rc = 0;

	if (args->pg_owner != d) {
		rc = -EINVAL;
	} else if ((e & old & PTE_P) && !((e ^ old) & ~HARMLESS_BITS)) {
		write_entry(p, adjust_table_entry(e, level), args->preserve_ad);
		entry_written(args, table, p);
		page_unlock(table);
		return 0;
	} else if (e & PTE_P) {
		rc = get_page_from_table_entry(e, table, level, d, true);
	}
	if (rc) {
		page_unlock(table);
		if (rc != -ERESTART)
			mm_set_pending(pte_mfn(e), d);
		return rc;
	}
	old = write_entry(p, adjust_table_entry(e, level), args->preserve_ad && (e & PTE_P));
	entry_written(args, table, p);
	if (old & PTE_P)
		gone = mfn_to_page(pte_mfn(old));
	if (gone && gone != table)
		how = linear_entry_gone(table, gone);
	page_unlock(table);
	if (gone && gone != table)
		put_table_deferred(gone, how);
	return 0;
}

int __hot_mm mod_entry(struct page *table, unsigned int slot, pte_t e, const struct mod_args *args)
{
	unsigned int level = type_level(READ_ONCE(table->type_info));
	pte_t *p = (pte_t *)page_to_virt(table) + slot;

	if (level == 1)
		return mod_l1_entry(table, p, e, args);
	if (is_xen_l4_slot(level, slot)) {
		mm_warn("d%u: write to L4 slot %u refused", args->pt_owner->domain_id, slot);
		page_unlock(table);
		return -EINVAL;
	}
	return mod_upper_entry(table, level, p, e, args);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* linear.c: linear page tables: an entry of level 2 to 4 that refers to a table of its own level, and
 * read-only. By way of it a kernel finds its tables' entries at addresses, as data.
 *
 * It refers to the table that it is in, which needs no reference: the table's end is the entry's. Or to
 * another, a validated one: that gets a general and a type reference, and both are marked (PGT_linear_*),
 * for who has such entries may not be what such entries refer to. So a table that goes may take one
 * other of its level with it and no more: the hypervisor's stack is bounded.
 *
 * Nobody waits for anything here: a table that is being made or taken apart is refused.
 * Locks: none; type_info changes by compare-and-swap. Of a table only who has it page_lock()ed or owns it
 *        (types.c) changes the number of its entries. */
#include <hv/param.h>
#include "mm.h"

/* One more linear entry in the table; false: others refer to it so. */
static bool entry_more(struct page *table)
{
	uint64_t x = READ_ONCE(table->type_info);

	do
		if (x & PGT_linear_target)
			return false;
	while (!type_cas(table, &x, x + PGT_linear_one));
	return true;
}

static void entry_less(struct page *table)
{
	uint64_t x = READ_ONCE(table->type_info);

	while (!type_cas(table, &x, linear_less(x)))
		;
}

static bool may_be_target(uint64_t x, uint64_t type)
{
	return (x & (PGT_type_mask | PGT_validated)) == (type | PGT_validated) &&
		(x & PGT_count_mask) < PGT_count_limit && (x & PGT_linear_mask) != PGT_linear_mask &&
		(!(x & PGT_linear_mask) || (x & PGT_linear_target));
}

static bool get_target(struct page *pg, uint64_t type)
{
	uint64_t x = READ_ONCE(pg->type_info);

	do
		if (!may_be_target(x, type))
			return false;
	while (!type_cas(pg, &x, (x + 1 + PGT_linear_one) | PGT_linear_target));
	return true;
}

bool linear_get(pte_t e, struct page *table, unsigned int level, struct domain *d)
{
	struct page *pg;

	if (!boot_params.pv_linear_pt || (e & PTE_RW) || !mfn_valid(pte_mfn(e)))
		return false;
	pg = mfn_to_page(pte_mfn(e));
	if (pg == table)
		return true;
	if (!get_page(pg, d))
		return false;
	if (!entry_more(table))
		goto err_page;
	if (get_target(pg, level_type(level)))
		return true;
	entry_less(table);
err_page:
	put_page(pg);
	return false;
}

/* The entry's reference keeps the type of what it refers to. */
unsigned int linear_entry_gone(struct page *table, const struct page *pg)
{
	if ((READ_ONCE(pg->type_info) ^ READ_ONCE(table->type_info)) & PGT_type_mask)
		return 0;
	entry_less(table);
	return PUT_LINEAR;
}

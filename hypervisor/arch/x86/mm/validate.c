/* SPDX-License-Identifier: GPL-2.0-only */
/* validate.c: what the contents of a page must be for its type, and the references they hold.
 *
 * Every function here works on a page that its caller owns exclusively (types.c), so entries
 * change under it only by the CPU's accessed and dirty bits.
 * Invariant: of a validated table every present entry (but the hypervisor's own L4 slots) obeys
 * the rules for its level and holds its references; of a half-way table the first n do. */
#include <hv/softirq.h>
#include "mm.h"

/* Bits an entry of L2 to L4 may have: no superpages, no cache attributes, no global bit. */
#define TABLE_ENTRY_BITS (PTE_ADDR_MASK | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | (7UL << 9) | \
	(0x7ffUL << 52) | PTE_NX)

pte_t adjust_table_entry(pte_t e, unsigned int level)
{
	if (!(e & PTE_P))
		return e;
	return e | PTE_US | (level == 4 ? PTE_A : 0);
}

int get_table_from_mfn(mfn_t m, uint64_t type, struct domain *d, bool preemptible)
{
	struct page *pg;
	int rc;

	if (!mfn_valid(m))
		return -EINVAL;
	pg = mfn_to_page(m);
	if (!get_page(pg, d))
		return -EINVAL;
	rc = get_page_type_flags(pg, type, preemptible);
	if (rc)
		put_page(pg);
	return rc;
}

int get_page_from_table_entry(pte_t e, struct page *table, unsigned int level, struct domain *d,
	bool preemptible)
{
	int rc;

	if (!(e & PTE_P))
		return 0;
	if (e & ~TABLE_ENTRY_BITS) {
		mm_warn("d%u: bad L%u entry %lx", d->domain_id, level, e);
		return -EINVAL;
	}
	rc = get_table_from_mfn(pte_mfn(e), level_type(level - 1), d, preemptible);
	return rc == -EINVAL && linear_get(e, table, level, d) ? 0 : rc;
}

static int validate_l1(struct page *pg)
{
	struct domain *d = page_owner(pg);
	pte_t *t = page_to_virt(pg);
	unsigned int i;
	int rc;

	for (i = 0; i < PT_ENTRIES; i++) {
		pte_t e = READ_ONCE(t[i]);

		if (!(e & PTE_P))
			continue;
		rc = get_page_from_l1e(e, d, d);
		if (rc)
			goto err_entry;
		WRITE_ONCE(t[i], adjust_l1e(d, e));
	}
	return 0;

err_entry:
	mm_warn("d%u: L1 %lx refused at slot %u", d->domain_id, mfn_x(page_to_mfn(pg)), i);
	while (i--)
		put_page_from_l1e(t[i], d);
	return rc;
}

static int invalidate_l1(struct page *pg)
{
	struct domain *d = page_owner(pg);
	pte_t *t = page_to_virt(pg);
	unsigned int i;

	for (i = 0; i < PT_ENTRIES; i++)
		put_page_from_l1e(READ_ONCE(t[i]), d);
	return 0;
}

static int validate_seg_desc(struct page *pg)
{
	uint64_t *t = page_to_virt(pg);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*t); i++)
		if (!check_descriptor(&t[i]))
			return -EINVAL;
	return 0;
}

static int validate_upper(struct page *pg, unsigned int level, uint32_t progress, bool preemptible,
	bool *ret_clean)
{
	struct domain *d = page_owner(pg);
	pte_t *t = page_to_virt(pg);
	unsigned int first = progress & PROGRESS_COUNT, i;
	uint32_t linear;
	int rc = 0;

	if (progress & PROGRESS_HANDED)
		first--;
	for (i = first; i < PT_ENTRIES; i++) {
		pte_t e = READ_ONCE(t[i]);

		if (is_xen_l4_slot(level, i) || !(e & PTE_P))
			continue;
		if (preemptible && i > first && hypercall_preempt_check())
			rc = -ERESTART;
		else
			rc = get_page_from_table_entry(e, pg, level, d, preemptible);
		if (rc)
			break;
		WRITE_ONCE(t[i], adjust_table_entry(e, level));
	}
	if (rc == -ERESTART) {
		pg->tlb_stamp = i;
	} else if (rc) {
		mm_warn("d%u: L%u %lx refused at slot %u", d->domain_id, level,
			mfn_x(page_to_mfn(pg)), i);
		/* What slot i refers to may be half-way because it was refused, or from before. */
		linear = i == first ? progress & PROGRESS_LINEAR : 0;
		*ret_clean = !invalidate_page(pg, level_type(level), (i + 1) | PROGRESS_HANDED | linear,
			preemptible);
	} else if (level == 4) {
		init_xen_l4_slots(t, page_to_mfn(pg), d);
	}
	return rc;
}

/* An entry of a table that is given up: drops its references. *ret_linear: they were to a table of the
 * same level, for -ERESTART. */
static int release_entry(struct page *table, struct page *pg, bool preemptible, uint32_t *ret_linear)
{
	unsigned int how;

	if (pg == table)
		return 0;
	how = linear_entry_gone(table, pg);
	*ret_linear = how & PUT_LINEAR ? PROGRESS_LINEAR : 0;
	return put_page_and_type_flags(pg, how | (preemptible ? PUT_PREEMPTIBLE : 0));
}

/* An entry that gave its references away: goes on with what it refers to. */
static int finish_entry(struct page *table, pte_t e, unsigned int level, uint32_t linear,
	bool preemptible)
{
	struct page *pg;
	int rc;

	if (!mfn_valid(pte_mfn(e)))
		return 0;
	pg = mfn_to_page(pte_mfn(e));
	if (pg == table || !get_page(pg, page_owner(table)))
		return 0;
	if (linear)
		rc = teardown_linear(pg, level_type(level), preemptible);
	else
		rc = teardown_partial(pg, level_type(level - 1), preemptible);
	put_page(pg);
	return rc;
}

static int invalidate_upper(struct page *pg, unsigned int level, uint32_t progress,
	bool preemptible)
{
	pte_t *t = page_to_virt(pg);
	bool handed = progress & PROGRESS_HANDED;
	uint32_t linear = progress & PROGRESS_LINEAR;
	unsigned int i = progress & PROGRESS_COUNT;
	int rc;

	while (i-- > 0) {
		pte_t e = READ_ONCE(t[i]);

		if (is_xen_l4_slot(level, i) || !(e & PTE_P)) {
			handed = false;
			continue;
		}
		if (handed)
			rc = finish_entry(pg, e, level, linear, preemptible);
		else
			rc = release_entry(pg, mfn_to_page(pte_mfn(e)), preemptible, &linear);
		if (rc) {
			pg->tlb_stamp = (i + 1) | PROGRESS_HANDED | linear;
			return -ERESTART;
		}
		handed = false;
		if (preemptible && i && hypercall_preempt_check()) {
			pg->tlb_stamp = i;
			return -ERESTART;
		}
	}
	return 0;
}

int validate_page(struct page *pg, uint64_t type, uint32_t progress, bool preemptible,
	bool *ret_clean)
{
	switch (type) {
	case PGT_l1_page_table:
		return validate_l1(pg);
	case PGT_l2_page_table:
	case PGT_l3_page_table:
	case PGT_l4_page_table:
		return validate_upper(pg, type_level(type), progress, preemptible, ret_clean);
	case PGT_seg_desc:
		return validate_seg_desc(pg);
	}
	return 0;
}

int invalidate_page(struct page *pg, uint64_t type, uint32_t progress, bool preemptible)
{
	if (type == PGT_l1_page_table)
		return invalidate_l1(pg);
	return invalidate_upper(pg, type_level(type), progress, preemptible);
}

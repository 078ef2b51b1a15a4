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

int get_page_from_table_entry(pte_t e, unsigned int level, struct domain *d, bool preemptible)
{
	if (!(e & PTE_P))
		return 0;
	if (e & ~TABLE_ENTRY_BITS) {
		mm_warn("d%u: bad L%u entry %lx", d->domain_id, level, e);
		return -EINVAL;
	}
	return get_table_from_mfn(pte_mfn(e), level_type(level - 1), d, preemptible);
}

static int put_page_from_table_entry(pte_t e, unsigned int level, bool preemptible)
{
	if (!(e & PTE_P))
		return 0;
	return put_page_and_type_flags(mfn_to_page(pte_mfn(e)), preemptible);
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
		WRITE_ONCE(t[i], adjust_l1e(e));
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
			rc = get_page_from_table_entry(e, level, d, preemptible);
		if (rc)
			break;
		WRITE_ONCE(t[i], adjust_table_entry(e, level));
	}
	if (rc == -ERESTART) {
		pg->tlb_stamp = i;
	} else if (rc) {
		mm_warn("d%u: L%u %lx refused at slot %u", d->domain_id, level,
			mfn_x(page_to_mfn(pg)), i);
		/* What slot i refers to may be half-way because it was refused. */
		*ret_clean = !invalidate_page(pg, level_type(level), (i + 1) | PROGRESS_HANDED,
			preemptible);
	} else if (level == 4) {
		init_xen_l4_slots(t, page_to_mfn(pg), d);
	}
	return rc;
}

/* One entry of a table that is given up: drops its references, or finishes what it handed over. */
static int release_entry(pte_t e, unsigned int level, struct domain *d, bool handed,
	bool preemptible)
{
	struct page *pg;
	int rc;

	if (!handed)
		return put_page_from_table_entry(e, level, preemptible);
	if (!mfn_valid(pte_mfn(e)))
		return 0;
	pg = mfn_to_page(pte_mfn(e));
	if (!get_page(pg, d))
		return 0;
	rc = teardown_partial(pg, level_type(level - 1), preemptible);
	put_page(pg);
	return rc;
}

static int invalidate_upper(struct page *pg, unsigned int level, uint32_t progress,
	bool preemptible)
{
	struct domain *d = page_owner(pg);
	pte_t *t = page_to_virt(pg);
	bool handed = progress & PROGRESS_HANDED;
	unsigned int i = progress & PROGRESS_COUNT;

	while (i-- > 0) {
		pte_t e = READ_ONCE(t[i]);

		if (is_xen_l4_slot(level, i) || !(e & PTE_P)) {
			handed = false;
			continue;
		}
		if (release_entry(e, level, d, handed, preemptible)) {
			pg->tlb_stamp = (i + 1) | PROGRESS_HANDED;
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

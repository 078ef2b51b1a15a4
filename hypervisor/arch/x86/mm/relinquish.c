/* SPDX-License-Identifier: GPL-2.0-only */
/* relinquish.c: takes a dying domain's page tables apart and lets its memory go.
 *
 * Tables refer only to lower levels, or to one of their own that refers to none such, so once the vcpus'
 * L4s and all pins are dropped every type reference that the domain holds on itself goes, top down, and
 * with the L1 entries the general ones. Pages that others still map (foreign mappings, grants) go when
 * those do.
 *
 * State (d->arch.relmem_state): REL_* below; relmem_list.count is how many are left to see.
 * The page list is rotated: each page goes to its end when it is looked at.
 * Locks: d->page_lock around the list, not while pages are let go. */
#include <hv/softirq.h>
#include "mm.h"

#define BATCH 64

enum { REL_SHADOWS, REL_VCPUS, REL_PAGES, REL_DONE };

static void relinquish_vcpus(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		mm_drop_pending(v);
		if (v->arch.perdomain_l1) {
			pv_destroy_ldt(v);
			pv_destroy_gdt(v);
		}
	}
}

/* The vcpus' L4s, preemptibly: one that is not done stays half-way for the page scan. */
static void relinquish_l4(mfn_t *m)
{
	mfn_t old = *m;

	*m = INVALID_MFN;
	if (!mfn_eq(old, INVALID_MFN) && mfn_x(old) != 0)
		(void)!put_page_and_type_flags(mfn_to_page(old), PUT_PREEMPTIBLE);
}

static int relinquish_page(struct page *pg)
{
	uint64_t x = READ_ONCE(pg->type_info);

	if (!(x & (PGT_pinned | PGT_partial)))
		return 0;
	x = __atomic_fetch_and(&pg->type_info, ~PGT_pinned, __ATOMIC_SEQ_CST);
	if (x & PGT_pinned)
		(void)!put_page_and_type_flags(pg, PUT_PREEMPTIBLE);
	x = READ_ONCE(pg->type_info);
	if (x & PGT_partial)
		return teardown_partial(pg, x & PGT_type_mask, true);
	return 0;
}

/* Some of the pages that are still to be seen, with a reference to each. 0: none. */
static unsigned int next_pages(struct domain *d, struct page *pg[BATCH])
{
	unsigned int n = 0;

	spin_lock(&d->page_lock);
	while (n < BATCH && d->arch.relmem_list.count) {
		pg[n] = page_list_first(&d->page_list);
		if (!pg[n])
			break;
		d->arch.relmem_list.count--;
		page_list_del(pg[n], &d->page_list);
		page_list_add_tail(pg[n], &d->page_list);
		if (get_page(pg[n], d)) /* else someone is just freeing it */
			n++;
	}
	spin_unlock(&d->page_lock);
	return n;
}

static int relinquish_pages(struct domain *d)
{
	struct page *pg[BATCH];
	unsigned int n, i;
	int rc = 0;

	while ((n = next_pages(d, pg)) != 0) {
		for (i = 0; i < n && !rc; i++)
			rc = relinquish_page(pg[i]);
		if (rc) {
			/* Seen again, with the rest, in the next round. */
			d->arch.relmem_list.count = d->page_list.count;
			while (n >= i)
				put_page(pg[--n]);
			put_dying_pages(d, pg, n);
			return rc;
		}
		put_dying_pages(d, pg, n);
		if (hypercall_preempt_check())
			return -ERESTART;
	}
	return 0;
}

int mm_domain_relinquish(struct domain *d)
{
	struct vcpu *v;
	int rc;

	switch (d->arch.relmem_state) {
	case REL_SHADOWS:
		rc = logdirty_relinquish(d);
		if (rc)
			return rc;
		d->arch.relmem_state = REL_VCPUS;
		fallthrough;
	case REL_VCPUS:
		relinquish_vcpus(d);
		for_each_vcpu(d, v) {
			relinquish_l4(&v->arch.guest_table);
			relinquish_l4(&v->arch.guest_table_user);
		}
		page_list_init(&d->arch.relmem_list);
		d->arch.relmem_list.count = d->page_list.count;
		d->arch.relmem_state = REL_PAGES;
		fallthrough;
	case REL_PAGES:
		rc = relinquish_pages(d);
		if (rc)
			return rc;
		d->arch.relmem_state = REL_DONE;
	}
	return 0;
}

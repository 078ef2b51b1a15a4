/* SPDX-License-Identifier: GPL-2.0-only */
/* transfer.c: GNTTABOP_transfer: a page of the caller's becomes another domain's that has offered an
 * entry for it. Once taken from the caller the page does not come back: it is freed if the other
 * cannot have it.
 *
 * Locks: the receiver's gt->lock (LOCK_GRANT) around each look at its entry. */
#include "private.h"
#include <hv/trace.h>

#define UNSTABLE_RETRIES 5

static uint32_t *header(struct grant_table *gt, grant_ref_t ref)
{
	return gt->version == 1 ? (uint32_t *)(void *)entry_v1(gt, ref) :
		(uint32_t *)(void *)entry_v2(gt, ref);
}

/* The entry awaits a page of `from`'s: nobody else may now use it. */
static bool commit_entry(struct domain *e, grant_ref_t ref, domid_t from)
{
	struct grant_table *gt = e->grant;
	uint32_t want = GTF_accept_transfer | (uint32_t)from << 16, old;
	unsigned int tries;
	bool ok = false;

	spin_lock(&gt->lock);
	if (ref < grant_entries(gt)) {
		old = __atomic_load_n(header(gt, ref), __ATOMIC_SEQ_CST);
		for (tries = 0; !ok && tries < UNSTABLE_RETRIES && old == want; tries++)
			ok = __atomic_compare_exchange_n(header(gt, ref), &old,
				want | GTF_transfer_committed, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	}
	spin_unlock(&gt->lock);
	return ok;
}

/* The receiver learns which frame it was. */
static void complete_entry(struct domain *e, grant_ref_t ref, mfn_t mfn)
{
	struct grant_table *gt = e->grant;
	unsigned long gfn = 0;
	bool there;

	spin_lock(&gt->lock);
	there = ref < grant_entries(gt); /* its version may have changed */
	if (there && gt->version == 1) {
		gfn = READ_ONCE(entry_v1(gt, ref)->frame);
		entry_v1(gt, ref)->frame = mfn_x(mfn);
	} else if (there) {
		gfn = READ_ONCE(entry_v2(gt, ref)->full_page.frame);
		entry_v2(gt, ref)->full_page.frame = mfn_x(mfn);
	}
	if (there) {
		arch_physmap_add(e, mk_gfn(gfn), mfn, 0);
		__atomic_fetch_or(header(gt, ref), GTF_transfer_completed, __ATOMIC_SEQ_CST);
	}
	spin_unlock(&gt->lock);
}

static int give_to(struct domain *e, struct page *pg, grant_ref_t ref)
{
	mfn_t mfn = page_to_mfn(pg);

	if (!e->grant)
		return GNTST_general_error;
	if (READ_ONCE(e->grant->version) == 1 && mfn_x(mfn) >> 32)
		return GNTST_address_too_big;
	if (e->is_dying || READ_ONCE(e->tot_pages) >= READ_ONCE(e->max_pages))
		return GNTST_general_error;
	if (!commit_entry(e, ref, current->domain->domain_id) || assign_pages(pg, 0, e))
		return GNTST_general_error;
	trace(TRC_MEM_PAGE_GRANT_TRANSFER, e->domain_id);
	complete_entry(e, ref, mfn);
	return GNTST_okay;
}

void grant_transfer(void *arg)
{
	struct gnttab_transfer *op = arg;
	struct domain *me = current->domain, *e;
	mfn_t mfn = arch_gfn_to_mfn(me, mk_gfn(op->mfn));
	struct page *pg = steal_page(me, mfn);

	if (!pg) {
		op->status = GNTST_bad_page;
		return;
	}
	arch_physmap_remove(me, mk_gfn(arch_m2p_get(mfn)), mfn, 0);
	arch_page_alloc_flush(pg, 0); /* nobody may still write through an old translation */
	op->status = GNTST_bad_domain;
	e = domain_get_by_id(op->domid);
	if (e) {
		op->status = give_to(e, pg, op->ref);
		domain_put(e);
	}
	if (op->status != GNTST_okay)
		free_domheap_pages(pg, 0);
}

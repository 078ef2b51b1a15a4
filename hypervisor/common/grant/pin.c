/* SPDX-License-Identifier: GPL-2.0-only */
/* pin.c: taking an entry into use: the protocol of flags with the granting guest.
 *
 * The guest may write anything at any time into its entries. Flags and domid are read and changed
 * together by compare-and-swap; the frame is read once, when the first use begins, and remembered.
 *
 * Locks: rd's gt->lock (LOCK_GRANT). */
#include "private.h"

#define UNSTABLE_RETRIES 5

/* flags and domid of an entry in one word. */
static uint32_t *entry_word(struct grant_entry_v1 *e)
{
	static_assert(offsetof(struct grant_entry_v1, domid) == 2, "one word");
	return (uint32_t *)(void *)e;
}

/* Sets the use bits if the entry lets `who` in. */
static int set_use_bits(struct grant_entry_v1 *e, domid_t who, bool readonly)
{
	uint32_t old = __atomic_load_n(entry_word(e), __ATOMIC_SEQ_CST), new;
	unsigned int tries;

	for (tries = 0; tries < UNSTABLE_RETRIES; tries++) {
		uint16_t flags = old;

		if ((flags & GTF_type_mask) != GTF_permit_access || old >> 16 != who)
			return GNTST_general_error;
		if (!readonly && (flags & GTF_readonly))
			return GNTST_general_error;
		new = old | GTF_reading | (readonly ? 0 : GTF_writing);
		if (__atomic_compare_exchange_n(entry_word(e), &old, new, false,
				__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return GNTST_okay;
	}
	return GNTST_general_error; /* the guest keeps changing it */
}

/* Takes away the bits that no use needs any more. Caller holds the lock. */
static void clear_use_bits(struct grant_entry_v1 *e, const struct active_grant *act)
{
	uint16_t gone = 0;

	if (!act->writers)
		gone |= GTF_writing;
	if (!act->writers && !act->readers)
		gone |= GTF_reading;
	if (gone)
		__atomic_fetch_and(&e->flags, (uint16_t)~gone, __ATOMIC_SEQ_CST);
}

bool grant_page_get(mfn_t mfn, struct domain *d, bool readonly)
{
	struct page *pg;

	if (!mfn_valid(mfn))
		return false;
	pg = mfn_to_page(mfn);
	return readonly ? get_page(pg, d) : arch_get_page_writable(pg, d);
}

void grant_page_put(mfn_t mfn, bool readonly)
{
	struct page *pg = mfn_to_page(mfn);

	if (readonly)
		put_page(pg);
	else
		arch_put_page_writable(pg);
}

/* Caller holds the lock and has checked ref. */
static int acquire_locked(struct domain *rd, grant_ref_t ref, domid_t who, bool readonly,
	mfn_t *ret_mfn)
{
	struct active_grant *act = active_entry(rd->grant, ref);
	struct grant_entry_v1 *e = shared_entry(rd->grant, ref);
	bool first = !act->readers && !act->writers;
	int rc;

	if (!first && act->domid != who)
		return GNTST_general_error;
	if (first || (!readonly && !act->writers)) {
		rc = set_use_bits(e, who, readonly);
		if (rc != GNTST_okay)
			return rc;
		if (first) {
			act->domid = who;
			act->mfn = arch_gfn_to_mfn(rd, mk_gfn(READ_ONCE(e->frame)));
		}
	}
	if (!grant_page_get(act->mfn, rd, readonly)) {
		clear_use_bits(e, act);
		return GNTST_general_error;
	}
	if (readonly)
		act->readers++;
	else
		act->writers++;
	*ret_mfn = act->mfn;
	return GNTST_okay;
}

int grant_acquire(struct domain *rd, grant_ref_t ref, domid_t who, bool readonly, mfn_t *ret_mfn)
{
	struct grant_table *gt = rd->grant;
	int rc = GNTST_bad_gntref;

	if (!gt)
		return GNTST_bad_domain;
	spin_lock(&gt->lock);
	if (ref < gt->nr_frames * ENTRIES_PER_FRAME)
		rc = acquire_locked(rd, ref, who, readonly, ret_mfn);
	spin_unlock(&gt->lock);
	return rc;
}

void grant_release(struct domain *rd, grant_ref_t ref, bool readonly, bool put_ref)
{
	struct grant_table *gt = rd->grant;
	struct active_grant *act;
	mfn_t mfn;

	spin_lock(&gt->lock);
	act = active_entry(gt, ref);
	mfn = act->mfn;
	if (readonly)
		act->readers--;
	else
		act->writers--;
	if (!readonly)
		arch_page_dirtied(rd, mfn);
	/* The page is let go before the guest is told that nobody uses it. */
	if (put_ref)
		grant_page_put(mfn, readonly);
	clear_use_bits(shared_entry(gt, ref), act);
	spin_unlock(&gt->lock);
}

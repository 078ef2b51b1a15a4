/* SPDX-License-Identifier: GPL-2.0-only */
/* pin.c: taking an entry into use: the protocol of flags with the granting guest.
 *
 * The guest may write anything at any time into its entries. Version 1 has flags, use bits and
 * domid in one word, changed by compare-and-swap; in version 2 the use bits go to the status word
 * first and the entry is looked at again. The frame is read once, when the first use begins, and
 * remembered.
 *
 * Locks: rd's gt->lock (LOCK_GRANT), one at a time: a transitive grant's other table is visited
 *        with none held, and what was found before is checked again. */
#include "private.h"

#define UNSTABLE_RETRIES 5
#define VIA_ANOTHER 2 /* among GNTST_*: go on in acquire_via() */

/* One attempt to use an entry. */
struct attempt {
	struct domain *rd;
	grant_ref_t ref;
	domid_t who;
	unsigned int how;     /* GRANT_* */
	uint16_t flags;       /* the entry's, as they were accepted */
	bool first;           /* nobody used it before */
	struct domain *via;   /* transitive: referenced; NULL: to be found by via_id */
	domid_t via_id;
	grant_ref_t via_ref;
};

/* May the entry be used so? word: flags and domid. */
static bool word_permits(uint32_t word, const struct attempt *a, unsigned int version)
{
	uint16_t flags = word, mask = GTF_type_mask | (a->how & GRANT_COPY ? 0 : GTF_sub_page);

	if ((a->how & GRANT_WRITE) && (flags & GTF_readonly))
		return false;
	if (word >> 16 != a->who)
		return false;
	return (flags & mask) == GTF_permit_access ||
		(version == 2 && (a->how & GRANT_COPY) && (flags & mask) == GTF_transitive);
}

static uint16_t use_bits(const struct attempt *a)
{
	return GTF_reading | (a->how & GRANT_WRITE ? GTF_writing : 0);
}

static int set_use_bits_v1(struct attempt *a)
{
	struct grant_entry_v1 *e = entry_v1(a->rd->grant, a->ref);
	uint32_t *word = (uint32_t *)(void *)e;
	uint32_t old = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	unsigned int tries;

	static_assert(offsetof(struct grant_entry_v1, domid) == 2, "one word");
	for (tries = 0; tries < UNSTABLE_RETRIES; tries++) {
		if (!word_permits(old, a, 1))
			return GNTST_general_error;
		if (__atomic_compare_exchange_n(word, &old, old | use_bits(a), false,
				__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
			a->flags = old;
			return GNTST_okay;
		}
	}
	return GNTST_general_error; /* the guest keeps changing it */
}

/* Takes away the bits that no use needs any more. Caller holds the lock. */
static void clear_use_bits(struct grant_table *gt, grant_ref_t ref)
{
	const struct active_grant *act = active_entry(gt, ref);
	uint16_t *bits = gt->version == 1 ? &entry_v1(gt, ref)->flags : status_of(gt, ref);
	uint16_t gone = 0;

	if (!act->writers)
		gone |= GTF_writing;
	if (!grant_in_use(act))
		gone |= GTF_reading;
	if (gone)
		__atomic_fetch_and(bits, (uint16_t)~gone, __ATOMIC_SEQ_CST);
}

static int set_use_bits_v2(struct attempt *a)
{
	struct grant_table *gt = a->rd->grant;
	uint32_t *at = (uint32_t *)(void *)entry_v2(gt, a->ref);
	uint32_t word = __atomic_load_n(at, __ATOMIC_SEQ_CST);

	if (!word_permits(word, a, 2))
		return GNTST_general_error;
	/* A guest that takes the grant back changes the entry first, then looks at the status. */
	__atomic_fetch_or(status_of(gt, a->ref), use_bits(a), __ATOMIC_SEQ_CST);
	word = __atomic_load_n(at, __ATOMIC_SEQ_CST);
	if (!word_permits(word, a, 2)) {
		clear_use_bits(gt, a->ref);
		return GNTST_general_error;
	}
	a->flags = word;
	return GNTST_okay;
}

static int set_use_bits(struct attempt *a)
{
	return a->rd->grant->version == 1 ? set_use_bits_v1(a) : set_use_bits_v2(a);
}

int grant_page_get(mfn_t mfn, struct domain *d, bool readonly)
{
	struct page *pg;
	bool own;

	if (!mfn_valid(mfn))
		return GNTST_bad_page;
	pg = mfn_to_page(mfn);
	if (readonly)
		return get_page(pg, d) ? GNTST_okay : GNTST_bad_page;
	if (arch_get_page_writable(pg, d))
		return GNTST_okay;
	own = get_page(pg, d);
	if (own)
		put_page(pg);
	return own ? GNTST_general_error : GNTST_bad_page;
}

void grant_page_put(mfn_t mfn, bool readonly)
{
	struct page *pg = mfn_to_page(mfn);

	if (readonly)
		put_page(pg);
	else
		arch_put_page_writable(pg);
}

/* What the entry names, for its first use; VIA_ANOTHER. */
static int read_entry(struct attempt *a, struct active_grant *act)
{
	struct grant_table *gt = a->rd->grant;
	union grant_entry_v2 *e = entry_v2(gt, a->ref);

	act->domid = a->who;
	act->part = false;
	act->span.start = 0;
	act->span.length = PAGE_SIZE;
	if (gt->version == 1) {
		act->span.mfn = arch_gfn_to_mfn(a->rd, mk_gfn(READ_ONCE(entry_v1(gt, a->ref)->frame)));
		return GNTST_okay;
	}
	if ((a->flags & GTF_type_mask) == GTF_transitive) {
		a->via_id = READ_ONCE(e->transitive.trans_domid);
		a->via_ref = READ_ONCE(e->transitive.gref);
		if (!(a->how & GRANT_TRANSITIVE) || a->via_id == a->rd->domain_id)
			return GNTST_general_error;
		return VIA_ANOTHER;
	}
	if (a->flags & GTF_sub_page) {
		act->part = true;
		act->span.start = READ_ONCE(e->sub_page.page_off);
		act->span.length = READ_ONCE(e->sub_page.length);
	}
	static_assert(offsetof(union grant_entry_v2, full_page.frame) ==
		offsetof(union grant_entry_v2, sub_page.frame), "one place");
	act->span.mfn = arch_gfn_to_mfn(a->rd, mk_gfn(READ_ONCE(e->full_page.frame)));
	return GNTST_okay;
}

static void count_use(struct active_grant *act, unsigned int how)
{
	if (how & GRANT_WRITE)
		act->writers++;
	else
		act->readers++;
}

/* Caller holds the lock and has checked ref. */
static int acquire_locked(struct attempt *a, struct grant_span *ret_span)
{
	struct grant_table *gt = a->rd->grant;
	struct active_grant *act = active_entry(gt, a->ref);
	int rc = GNTST_okay;

	a->first = !grant_in_use(act);
	if (!a->first && (act->domid != a->who || (act->part && !(a->how & GRANT_COPY))))
		return GNTST_general_error;
	if (a->first || ((a->how & GRANT_WRITE) && !act->writers)) {
		rc = set_use_bits(a);
		if (rc != GNTST_okay)
			return rc;
	}
	if (a->first) {
		rc = read_entry(a, act);
	} else if (act->via) {
		a->via = act->via;
		a->via_ref = act->via_ref;
		domain_get(a->via);
		rc = VIA_ANOTHER;
	}
	if (rc == GNTST_okay)
		rc = grant_page_get(act->span.mfn, a->rd, !(a->how & GRANT_WRITE));
	if (rc == VIA_ANOTHER)
		return rc;
	if (rc != GNTST_okay) {
		clear_use_bits(gt, a->ref);
		return rc;
	}
	count_use(act, a->how);
	*ret_span = act->span;
	return GNTST_okay;
}

/* Is it still the entry that led to a->via? The other users' bits may have gone meanwhile, and with
 * them what kept the guest from taking the grant back: asked again. Caller holds the lock. */
static bool settle_via(struct attempt *a, const struct grant_span *span)
{
	struct grant_table *gt = a->rd->grant;
	struct active_grant *act = active_entry(gt, a->ref);

	if (gt->version != 2)
		return false;
	if (!grant_in_use(act)) {
		a->first = true;
		if (set_use_bits(a) != GNTST_okay || (a->flags & GTF_type_mask) != GTF_transitive)
			return false;
		act->domid = a->who;
		act->part = true;
		act->span = *span;
		act->via = a->via;
		act->via_ref = a->via_ref;
	} else {
		a->first = false;
		if (act->domid != a->who || act->via != a->via || act->via_ref != a->via_ref ||
		    !mfn_eq(act->span.mfn, span->mfn) || act->span.start != span->start ||
		    act->span.length != span->length || set_use_bits(a) != GNTST_okay)
			return false;
	}
	count_use(act, a->how);
	return true;
}

/* A use of the entry that ours stands for, then of ours. No lock held; takes over a->via. */
static int acquire_via(struct attempt *a, struct grant_span *ret_span)
{
	struct grant_table *gt = a->rd->grant;
	bool readonly = !(a->how & GRANT_WRITE), undo = false;
	struct grant_span span;
	int rc;

	if (!a->via)
		a->via = domain_get_by_id(a->via_id);
	rc = GNTST_general_error;
	if (a->via)
		rc = grant_acquire(a->via, a->via_ref, a->rd->domain_id, a->how & ~GRANT_TRANSITIVE,
			&span);
	spin_lock(&gt->lock);
	if (rc == GNTST_okay && !settle_via(a, &span)) {
		rc = GRANT_RETRY;
		undo = true;
	}
	if (rc != GNTST_okay)
		clear_use_bits(gt, a->ref);
	spin_unlock(&gt->lock);
	if (undo)
		grant_release(a->via, a->via_ref, readonly, true);
	if (rc == GNTST_okay)
		*ret_span = span;
	else if (a->via)
		domain_put(a->via);
	return rc;
}

int grant_acquire(struct domain *rd, grant_ref_t ref, domid_t who, unsigned int how,
	struct grant_span *ret_span)
{
	struct attempt a = { .rd = rd, .ref = ref, .who = who, .how = how };
	struct grant_table *gt = rd->grant;
	int rc = GNTST_bad_gntref;

	if (!gt)
		return GNTST_bad_domain;
	spin_lock(&gt->lock);
	if (ref < grant_entries(gt))
		rc = acquire_locked(&a, ret_span);
	spin_unlock(&gt->lock);
	return rc == VIA_ANOTHER ? acquire_via(&a, ret_span) : rc; /* which comes here once more */
}

void grant_release(struct domain *rd, grant_ref_t ref, bool readonly, bool put_ref)
{
	struct grant_table *gt = rd->grant;
	struct domain *via;
	grant_ref_t via_ref;
	struct active_grant *act;
	mfn_t mfn;

	spin_lock(&gt->lock);
	act = active_entry(gt, ref);
	mfn = act->span.mfn;
	via = act->via;
	via_ref = act->via_ref;
	if (readonly)
		act->readers--;
	else
		act->writers--;
	if (!via && !readonly)
		arch_page_dirtied(rd, mfn);
	/* The page is let go before the guest is told that nobody uses it. */
	if (!via && put_ref)
		grant_page_put(mfn, readonly);
	clear_use_bits(gt, ref);
	if (!grant_in_use(act)) {
		act->via = NULL;
		act->part = false;
	}
	spin_unlock(&gt->lock);
	if (via) {
		grant_release(via, via_ref, readonly, true);
		domain_put(via);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* copy.c: GNTTABOP_copy: bytes from one page to another, each named by a grant or, if it is the
 * caller's own, by its frame. No locks: references keep the pages. */
#include "private.h"

/* One page of the two, held for the copy. */
struct side {
	struct domain *d;   /* referenced */
	mfn_t mfn;
	grant_ref_t ref;
	bool by_ref, readonly;
};

static int side_take(struct side *s, const struct gnttab_copy_ptr *p, bool by_ref, bool readonly)
{
	struct domain *me = current->domain;
	int rc;

	s->by_ref = by_ref;
	s->readonly = readonly;
	s->ref = p->u.ref;
	if (!by_ref && p->domid != DOMID_SELF)
		return GNTST_permission_denied;
	s->d = target_get(p->domid);
	if (!s->d)
		return GNTST_bad_domain;
	if (by_ref) {
		rc = grant_acquire(s->d, s->ref, me->domain_id, readonly, &s->mfn);
	} else {
		s->mfn = arch_gfn_to_mfn(me, mk_gfn(p->u.gmfn));
		rc = grant_page_get(s->mfn, me, readonly) ? GNTST_okay : GNTST_bad_page;
	}
	if (rc != GNTST_okay)
		domain_put(s->d);
	return rc;
}

static void side_drop(struct side *s)
{
	if (!s->by_ref && !s->readonly)
		arch_page_dirtied(s->d, s->mfn);
	if (s->by_ref)
		grant_release(s->d, s->ref, s->readonly, true);
	else
		grant_page_put(s->mfn, s->readonly);
	domain_put(s->d);
}

void grant_copy(void *arg)
{
	struct gnttab_copy *op = arg;
	struct side src, dst;

	if (op->flags & ~(GNTCOPY_source_gref | GNTCOPY_dest_gref)) {
		op->status = GNTST_bad_copy_arg;
		return;
	}
	if ((unsigned long)op->source.offset + op->len > PAGE_SIZE ||
	    (unsigned long)op->dest.offset + op->len > PAGE_SIZE) {
		op->status = GNTST_bad_copy_arg;
		return;
	}
	op->status = side_take(&src, &op->source, op->flags & GNTCOPY_source_gref, true);
	if (op->status != GNTST_okay)
		return;
	op->status = side_take(&dst, &op->dest, op->flags & GNTCOPY_dest_gref, false);
	if (op->status == GNTST_okay) {
		memmove((char *)mfn_to_virt(dst.mfn) + op->dest.offset,
			(const char *)mfn_to_virt(src.mfn) + op->source.offset, op->len);
		side_drop(&dst);
	}
	side_drop(&src);
}

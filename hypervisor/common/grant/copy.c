/* SPDX-License-Identifier: GPL-2.0-only */
/* copy.c: GNTTABOP_copy: bytes from one page to another, each named by a grant or, if it is the
 * caller's own, by its frame. No locks: references keep the pages. */
#include "private.h"
#include <hv/param.h>

/* One page of the two, held for the copy. */
struct side {
	struct domain *d;
	struct grant_span span;
	grant_ref_t ref;
	bool by_ref, readonly;
	bool held;          /* d is referenced: the caller's own stays without that */
};

/* Only one's own pages may be named by frame. */
static always_inline int side_domain(struct side *s, const struct gnttab_copy_ptr *p, bool by_ref, bool readonly)
{
	s->by_ref = by_ref;
	s->readonly = readonly;
	s->ref = p->u.ref;
	s->held = p->domid != DOMID_SELF;
	s->d = s->held ? target_get(p->domid) : current->domain;
	if (!s->d)
		return GNTST_bad_domain;
	if (by_ref || !s->held)
		return GNTST_okay;
	domain_put(s->d);
	return GNTST_permission_denied;
}

static void side_put(const struct side *s)
{
	if (s->held)
		domain_put(s->d);
}

static int __hot_call side_take(struct side *s, const struct gnttab_copy_ptr *p)
{
	struct domain *me = current->domain;
	unsigned int how = GRANT_COPY | (s->readonly ? 0 : GRANT_WRITE);

	if (s->by_ref)
		return grant_acquire(s->d, s->ref, me->domain_id,
			how | (boot_params.gnttab_transitive ? GRANT_TRANSITIVE : 0), &s->span);
	s->span.mfn = arch_gfn_to_mfn(me, mk_gfn(p->u.gmfn));
	s->span.start = 0;
	s->span.length = PAGE_SIZE;
	return grant_page_get(s->span.mfn, me, s->readonly);
}

static void __hot_call side_drop(struct side *s)
{
	if (s->by_ref) {
		grant_release(s->d, s->ref, s->readonly, true);
		return;
	}
	if (!s->readonly)
		arch_page_dirtied(s->d, s->span.mfn);
	grant_page_put(s->span.mfn, s->readonly);
}

/* May the op's bytes be touched. */
static bool side_covers(const struct side *s, unsigned int offset, unsigned int len)
{
	return offset >= s->span.start && offset + len <= s->span.start + s->span.length;
}

static int copy_bytes(const struct gnttab_copy *op, const struct side *src, const struct side *dst)
{
	if (op->source.offset + op->len > PAGE_SIZE || op->dest.offset + op->len > PAGE_SIZE)
		return GNTST_bad_copy_arg;
	if (!side_covers(src, op->source.offset, op->len) ||
	    !side_covers(dst, op->dest.offset, op->len))
		return GNTST_general_error;
	memmove((char *)mfn_to_virt(dst->span.mfn) + op->dest.offset,
		(const char *)mfn_to_virt(src->span.mfn) + op->source.offset, op->len);
	return GNTST_okay;
}

static int copy_sides(const struct gnttab_copy *op, struct side *src, struct side *dst)
{
	int rc = side_take(src, &op->source);

	if (rc != GNTST_okay)
		return rc;
	rc = side_take(dst, &op->dest);
	if (rc == GNTST_okay) {
		rc = copy_bytes(op, src, dst);
		side_drop(dst);
	}
	side_drop(src);
	return rc;
}

void __hot_call grant_copy(void *arg)
{
	struct gnttab_copy *op = arg;
	struct side src, dst;

	op->status = side_domain(&src, &op->source, op->flags & GNTCOPY_source_gref, true);
	if (op->status != GNTST_okay)
		return;
	op->status = side_domain(&dst, &op->dest, op->flags & GNTCOPY_dest_gref, false);
	if (op->status == GNTST_okay) {
		op->status = copy_sides(op, &src, &dst);
		side_put(&dst);
	}
	side_put(&src);
}

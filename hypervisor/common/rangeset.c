/* SPDX-License-Identifier: GPL-2.0-only */
/* rangeset.c: sets of numbers kept as sorted ranges that neither overlap nor touch.
 *
 * Locks: s->lock (LOCK_LEAF, any context) guards the list; memory is got and given back outside. */
#include <hv/rangeset.h>
#include <hv/list.h>
#include <hv/page.h>
#include <hv/spinlock.h>

struct range {
	struct list_head link;
	unsigned long first, last;
};

struct rangeset {
	struct spinlock lock;
	struct list_head ranges;
};

struct rangeset *rangeset_new(void)
{
	struct rangeset *s = xzalloc(struct rangeset);

	if (s) {
		spin_lock_init(&s->lock, LOCK_LEAF);
		list_init(&s->ranges);
	}
	return s;
}

static void free_list(struct list_head *ranges)
{
	struct range *r, *next;

	list_for_each_entry_safe (r, next, ranges, link)
		xfree(r);
}

void rangeset_free(struct rangeset *s)
{
	if (s)
		free_list(&s->ranges);
	xfree(s);
}

int rangeset_add(struct rangeset *s, unsigned long first, unsigned long last)
{
	struct range *n = xzalloc(struct range), *r, *next;
	LIST_HEAD(gone);
	unsigned long flags;
	struct list_head *at;

	if (!n)
		return -ENOMEM;
	n->first = first;
	n->last = last;
	spin_lock_irqsave(&s->lock, flags);
	at = &s->ranges;
	list_for_each_entry_safe (r, next, &s->ranges, link) {
		if (n->last < r->first && n->last + 1 < r->first) {
			at = &r->link;
			break;
		}
		if (n->first > r->last && n->first - 1 > r->last)
			continue;
		/* they overlap or touch: one takes in the other */
		n->first = min(n->first, r->first);
		n->last = max(n->last, r->last);
		list_del(&r->link);
		list_add(&r->link, &gone);
	}
	list_add_tail(&n->link, at);
	spin_unlock_irqrestore(&s->lock, flags);
	free_list(&gone);
	return 0;
}

int rangeset_remove(struct rangeset *s, unsigned long first, unsigned long last)
{
	struct range *spare = xzalloc(struct range), *r, *next;
	LIST_HEAD(gone);
	unsigned long flags;

	if (!spare)
		return -ENOMEM;
	list_add(&spare->link, &gone);
	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry_safe (r, next, &s->ranges, link) {
		if (last < r->first)
			break;
		if (first > r->last)
			continue;
		if (first > r->first && last < r->last) { /* out of the middle: only once */
			list_del(&spare->link);
			spare->first = last + 1;
			spare->last = r->last;
			r->last = first - 1;
			list_add(&spare->link, &r->link);
			break;
		}
		if (first > r->first) {
			r->last = first - 1;
		} else if (last < r->last) {
			r->first = last + 1;
		} else {
			list_del(&r->link);
			list_add(&r->link, &gone);
		}
	}
	spin_unlock_irqrestore(&s->lock, flags);
	free_list(&gone);
	return 0;
}

/* The first range that ends at `first` or behind it; lock held. */
static struct range *range_at(struct rangeset *s, unsigned long first)
{
	struct range *r;

	list_for_each_entry (r, &s->ranges, link)
		if (r->last >= first)
			return r;
	return NULL;
}

static bool has(struct rangeset *s, unsigned long first, unsigned long last, bool whole)
{
	unsigned long flags;
	struct range *r;
	bool yes;

	if (!s)
		return false;
	spin_lock_irqsave(&s->lock, flags);
	r = range_at(s, first);
	yes = r && (whole ? r->first <= first && r->last >= last : r->first <= last);
	spin_unlock_irqrestore(&s->lock, flags);
	return yes;
}

bool rangeset_contains(struct rangeset *s, unsigned long first, unsigned long last)
{
	return has(s, first, last, true);
}

bool rangeset_overlaps(struct rangeset *s, unsigned long first, unsigned long last)
{
	return has(s, first, last, false);
}

bool rangeset_is_empty(struct rangeset *s)
{
	return !s || list_empty(&s->ranges);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* page.c: page lists, owners and general references.
 *
 * Locks:   the caller guards a list (owner->page_lock for a domain's). References change by
 *          compare-and-swap.
 * Context: references may be taken anywhere; the last put frees, so not in interrupts. */
#include <hv/page.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include "page-private.h"

/* --- owners ---------------------------------------------------------------------------------- */

/* A struct domain starts a xenheap page: its frame number stands for it, 0 for none. */
void page_set_owner(struct page *pg, struct domain *d)
{
	WRITE_ONCE(pg->owner, d ? (uint32_t)mfn_x(virt_to_mfn(d)) : 0);
}

/* --- lists ----------------------------------------------------------------------------------- */

static struct page *from_link(uint32_t link)
{
	return link == PAGE_LIST_NULL ? NULL : mfn_to_page(mk_mfn(link));
}

static uint32_t to_link(const struct page *pg)
{
	return pg ? (uint32_t)mfn_x(page_to_mfn(pg)) : PAGE_LIST_NULL;
}

void page_list_init(struct page_list *l)
{
	*l = (struct page_list)PAGE_LIST_INIT;
}

/* prev or next NULL: pg becomes the first or the last. */
static void insert_between(struct page *pg, struct page_list *l, struct page *prev,
	struct page *next)
{
	pg->prev = to_link(prev);
	pg->next = to_link(next);
	*(prev ? &prev->next : &l->head) = to_link(pg);
	*(next ? &next->prev : &l->tail) = to_link(pg);
	l->count++;
}

void page_list_add(struct page *pg, struct page_list *l)
{
	insert_between(pg, l, NULL, from_link(l->head));
}

void page_list_add_tail(struct page *pg, struct page_list *l)
{
	insert_between(pg, l, from_link(l->tail), NULL);
}

void page_list_del(struct page *pg, struct page_list *l)
{
	struct page *prev = from_link(pg->prev), *next = from_link(pg->next);

	ASSERT(l->count);
	ASSERT(prev ? prev->next == to_link(pg) : l->head == to_link(pg));
	ASSERT(next ? next->prev == to_link(pg) : l->tail == to_link(pg));
	*(prev ? &prev->next : &l->head) = pg->next;
	*(next ? &next->prev : &l->tail) = pg->prev;
	pg->next = pg->prev = PAGE_LIST_NULL;
	l->count--;
}

struct page *page_list_first(const struct page_list *l)
{
	return from_link(l->head);
}

struct page *page_list_next(const struct page *pg)
{
	return from_link(pg->next);
}

struct page *page_list_pop(struct page_list *l)
{
	struct page *pg = page_list_first(l);

	if (pg)
		page_list_del(pg, l);
	return pg;
}

/* --- references ------------------------------------------------------------------------------ */

bool get_page_owner_and_ref(struct page *pg, struct domain **ret_owner)
{
	if (!page_ref_inc(pg))
		return false;
	*ret_owner = page_owner(pg);
	return true;
}

void put_last_page(struct page *pg, uint64_t old)
{
	ASSERT(old & PGC_count_mask);
	page_last_ref_gone(pg);
}

void put_page_alloc_ref(struct page *pg)
{
	if (__atomic_fetch_and(&pg->count_info, ~PGC_allocated, __ATOMIC_ACQ_REL) & PGC_allocated)
		put_page(pg);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* domheap.c: pages of domains (accounted and owned) and of the hypervisor (xenheap).
 *
 * A domain holds one reference on itself while it has pages, and one while it shares xenheap pages:
 * the structure outlives both.
 *
 * Locks:   d->page_lock (LOCK_PAGE_LIST) guards the lists and counts, and is_dying against them.
 * Context: not in interrupts. */
#include <hv/page.h>
#include <hv/domain.h>
#include <hv/arch.h>
#include <hv/lib.h>
#include "page-private.h"

/* --- xenheap --------------------------------------------------------------------------------- */

void *alloc_xenheap_pages(unsigned int order, unsigned int memflags)
{
	struct page *pg = heap_alloc(order, memflags, false, NULL);

	if (!pg)
		return NULL;
	for (unsigned long i = 0; i < 1UL << order; i++)
		pg[i].count_info = PGC_xen_heap;
	return page_to_virt(pg);
}

void free_xenheap_pages(void *v, unsigned int order)
{
	struct page *pg;

	if (!v)
		return;
	pg = virt_to_page(v);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		/* References left: some domain could still reach it. */
		BUG_ON(pg[i].count_info != PGC_xen_heap);
		pg[i].count_info = 0;
	}
	heap_free(pg, order, NULL);
}

void *alloc_zeroed_page(void)
{
	struct page *pg = heap_alloc(0, 0, true, NULL);

	if (!pg)
		return NULL;
	pg->count_info = PGC_xen_heap;
	return page_to_virt(pg);
}

void xenheap_page_share(struct page *pg, struct domain *d)
{
	ASSERT(pg->count_info == PGC_xen_heap && !pg->owner);
	spin_lock(&d->page_lock);
	page_set_owner(pg, d);
	/* The owner is there before a reference can be taken. */
	__atomic_store_n(&pg->count_info, PGC_xen_heap | PGC_allocated | 1, __ATOMIC_RELEASE);
	if (d->xenheap_pages++ == 0)
		domain_get(d);
	page_list_add_tail(pg, &d->xenpage_list);
	spin_unlock(&d->page_lock);
}

static void xenheap_page_unshared(struct page *pg, struct domain *d)
{
	bool last;

	spin_lock(&d->page_lock);
	page_list_del(pg, &d->xenpage_list);
	pg->type_info = 0;
	page_set_owner(pg, NULL);
	last = --d->xenheap_pages == 0;
	spin_unlock(&d->page_lock);
	if (last)
		domain_put(d);
}

bool xenheap_page_take_back(struct page *pg, struct domain *d)
{
	uint64_t unused = PGC_xen_heap | PGC_allocated | 1;

	if (!__atomic_compare_exchange_n(&pg->count_info, &unused, PGC_xen_heap, false,
			__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	xenheap_page_unshared(pg, d);
	return true;
}

/* --- domheap --------------------------------------------------------------------------------- */

/* Adjusts d's page count; returns the new value. Caller holds d->page_lock, and takes (drops) the reference
 * that a domain with pages holds on itself when the count has left 0 (is 0 again). */
static unsigned long domain_adjust_tot_pages(struct domain *d, long pages)
{
	ASSERT(spin_is_locked(&d->page_lock));
	d->tot_pages += pages;
	if (d->outstanding_pages)
		heap_claim_used(d, pages);
	return d->tot_pages;
}

int domain_claim_pages(struct domain *d, unsigned long pages)
{
	int rc = -EINVAL;

	spin_lock(&d->page_lock);
	if (!pages)
		rc = heap_claim(d, 0);
	else if (!d->outstanding_pages && !d->is_dying && pages > d->tot_pages &&
		 pages <= d->max_pages)
		rc = heap_claim(d, pages - d->tot_pages);
	spin_unlock(&d->page_lock);
	return rc;
}

/* Caller holds d->page_lock. */
static int may_have(const struct domain *d, unsigned long pages)
{
	if (d->is_dying)
		return -EINVAL;
	if (pages > d->max_pages || d->tot_pages > d->max_pages - pages)
		return -E2BIG;
	return 0;
}

static void own_pages(struct page *pg, unsigned long count, struct domain *d)
{
	for (unsigned long i = 0; i < count; i++) {
		ASSERT(!(pg[i].count_info & ~PGC_scrub));
		pg[i].type_info = 0;
		page_set_owner(&pg[i], d);
		arch_page_assigned(&pg[i]);
		page_list_add_tail(&pg[i], &d->page_list);
		__atomic_store_n(&pg[i].count_info, PGC_allocated | 1, __ATOMIC_RELEASE);
	}
}

int assign_pages(struct page *pg, unsigned int order, struct domain *d)
{
	unsigned long count = 1UL << order;
	int rc;

	spin_lock(&d->page_lock);
	rc = may_have(d, count);
	if (rc == 0) {
		if (domain_adjust_tot_pages(d, count) == count)
			domain_get(d);
		own_pages(pg, count, d);
	}
	spin_unlock(&d->page_lock);
	return rc;
}

/* From one of d's nodes after the other. Two CPUs that allocate for d at once may use the same. */
static struct page *alloc_from_nodes(struct domain *d, unsigned int order, unsigned int memflags)
{
	unsigned long nodes = domain_nodes(d);
	unsigned int node = READ_ONCE(d->last_node);
	struct page *pg;

	for (unsigned int i = 0; i < MAX_NODES; i++) {
		node = (node + 1) % MAX_NODES;
		if (!(nodes & BIT_MASK(node)))
			continue;
		pg = heap_alloc(order, memflags | MEMF_node(node) | MEMF_exact_node,
			!(memflags & MEMF_no_scrub), d);
		if (pg) {
			WRITE_ONCE(d->last_node, node);
			return pg;
		}
	}
	return NULL;
}

struct page *alloc_domheap_pages(struct domain *d, unsigned int order, unsigned int memflags)
{
	struct page *pg = NULL;

	if (d && arch_nodes() > 1 && !(memflags & MEMF_any_node))
		pg = alloc_from_nodes(d, order, memflags);
	if (!pg)
		pg = heap_alloc(order, memflags, !(memflags & MEMF_no_scrub), d);
	if (!pg)
		return NULL;
	if (d && assign_pages(pg, order, d)) {
		heap_free(pg, order, NULL);
		return NULL;
	}
	return pg;
}

/* Unowned blocks only: owned pages go one by one, when their last reference does. */
void free_domheap_pages(struct page *pg, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		BUG_ON(pg[i].owner || (pg[i].count_info & ~PGC_scrub));
		pg[i].count_info = 0;
	}
	heap_free(pg, order, NULL);
}

static void domain_page_freed(struct page *pg, struct domain *d)
{
	bool last;

	spin_lock(&d->page_lock);
	page_list_del(pg, &d->page_list);
	last = domain_adjust_tot_pages(d, -1) == 0;
	spin_unlock(&d->page_lock);
	pg->count_info = 0;
	heap_free(pg, 0, d);
	if (last)
		domain_put(d);
}

/* How many of the pages follow each other, from the first on. */
static unsigned int run_of(struct page *const *pg, unsigned int count)
{
	unsigned int n = 1;

	while (n < count && pg[n] == pg[0] + n &&
	       (heap_one_node || heap_node_of(pg[n]) == heap_node_of(pg[0])))
		n++;
	return n;
}

/* Blocks as large as they are aligned cost the buddy system less than their pages. */
static void free_run(struct page *pg, unsigned int count, const struct domain *d)
{
	while (count) {
		unsigned int order = min(ffs_long(mfn_x(page_to_mfn(pg))), fls_long(count));

		heap_free(pg, order, d);
		pg += 1U << order;
		count -= 1U << order;
	}
}

void put_dying_pages(struct domain *d, struct page **pg, unsigned int count)
{
	unsigned int dead = 0, i, n;
	bool last;

	for (i = 0; i < count; i++) {
		uint64_t only = PGC_allocated | 2;

		/* With the count at 0 nobody else can take a reference. */
		if (__atomic_compare_exchange_n(&pg[i]->count_info, &only, 0, false,
			__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			pg[dead++] = pg[i];
			continue;
		}
		put_page_alloc_ref(pg[i]);
		put_page(pg[i]);
	}
	if (!dead)
		return;
	spin_lock(&d->page_lock);
	for (i = 0; i < dead; i++)
		page_list_del(pg[i], &d->page_list);
	last = domain_adjust_tot_pages(d, -(long)dead) == 0;
	spin_unlock(&d->page_lock);
	for (i = 0; i < dead; i += n) {
		n = run_of(pg + i, dead - i);
		free_run(pg[i], n, d);
	}
	if (last)
		domain_put(d);
}

void page_last_ref_gone(struct page *pg)
{
	struct domain *d = page_owner(pg);

	if (pg->count_info & PGC_xen_heap) {
		ASSERT(d);
		xenheap_page_unshared(pg, d);
	} else if (d) {
		domain_page_freed(pg, d);
	} else {
		pg->count_info = 0;
		heap_free(pg, 0, NULL);
	}
}

struct page *steal_page(struct domain *d, mfn_t mfn)
{
	uint64_t only_allocated = PGC_allocated | 1;
	struct page *pg;
	bool ok, last = false;

	if (!mfn_valid(mfn))
		return NULL;
	pg = mfn_to_page(mfn);
	spin_lock(&d->page_lock);
	/* With the count at 0 nobody else can take a reference. */
	ok = page_owner(pg) == d && !d->is_dying &&
		__atomic_compare_exchange_n(&pg->count_info, &only_allocated, 0, false,
			__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	if (ok) {
		page_list_del(pg, &d->page_list);
		last = domain_adjust_tot_pages(d, -1) == 0;
		arch_page_freed(pg);
		page_set_owner(pg, NULL);
	}
	spin_unlock(&d->page_lock);
	if (last)
		domain_put(d); /* as for any domain that has lost its last page; the caller has one */
	return ok ? pg : NULL;
}

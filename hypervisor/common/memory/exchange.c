/* SPDX-License-Identifier: GPL-2.0-only */
/* exchange.c: XENMEM_exchange: a domain gives frames and gets as many others, for example
 * machine-contiguous ones or such below an address.
 *
 * Done in chunks of the larger of the two extent sizes. Of each chunk everything that can fail
 * comes first (taking the frames, allocating the others); then it is committed.
 *
 * Locks: d->page_lock around its page list and counts. */
#include "private.h"
#include <hv/arch.h>
#include <hv/softirq.h>

struct exchange {
	struct xen_memory_exchange x;
	struct domain *d;
	unsigned int memflags;
	/* A chunk is 2^order extents of each side; one of the two orders is 0. */
	unsigned int in_chunk_order, out_chunk_order;
};

/* Gives every page of a list to d again; what d may not have any more is freed. */
static void give_back(struct page_list *l, struct domain *d)
{
	struct page *pg;

	while ((pg = page_list_pop(l)) != NULL) {
		/* Its use starts anew: no CPU may still write through an old translation. */
		arch_page_alloc_flush(pg, 0);
		if (assign_pages(pg, 0, d))
			free_domheap_pages(pg, 0);
	}
}

static int steal_chunk(struct exchange *e, unsigned long chunk, struct page_list *in)
{
	unsigned long j, k, gfn, first = chunk << e->in_chunk_order;
	struct page *pg;

	for (j = 0; j < 1UL << e->in_chunk_order; j++) {
		if (copy_from_guest_offset(&gfn, e->x.in.extent_start, first + j, 1))
			return -EFAULT;
		for (k = 0; k < 1UL << e->x.in.extent_order; k++) {
			pg = steal_page(e->d, arch_gfn_to_mfn(e->d, mk_gfn(gfn + k)));
			if (!pg)
				return -EINVAL;
			page_list_add_tail(pg, in);
		}
	}
	return 0;
}

static int alloc_chunk(struct exchange *e, struct page_list *out)
{
	unsigned long j;
	struct page *pg;

	for (j = 0; j < 1UL << e->out_chunk_order; j++) {
		pg = alloc_domheap_pages(NULL, e->x.out.extent_order, e->memflags);
		if (!pg)
			return -ENOMEM;
		page_list_add_tail(pg, out);
	}
	return 0;
}

/* Gives out extent j of a chunk to the domain and tells it where. */
static int hand_out(struct exchange *e, unsigned long extent, struct page *pg)
{
	unsigned int order = e->x.out.extent_order;
	unsigned long gfn, mfn = mfn_x(page_to_mfn(pg));

	if (assign_pages(pg, order, e->d)) {
		free_domheap_pages(pg, order); /* dying, or grown over its limit meanwhile */
		return -ENOMEM;
	}
	if (copy_from_guest_offset(&gfn, e->x.out.extent_start, extent, 1))
		return -EFAULT;
	arch_physmap_add(e->d, mk_gfn(gfn), mk_mfn(mfn), order);
	if (copy_to_guest_offset(e->x.out.extent_start, extent, &mfn, 1))
		return -EFAULT;
	return 0;
}

static int exchange_chunk(struct exchange *e, unsigned long chunk)
{
	struct page_list in = PAGE_LIST_INIT, out = PAGE_LIST_INIT;
	unsigned long extent = chunk << e->out_chunk_order;
	struct page *pg;
	int rc, err;

	rc = steal_chunk(e, chunk, &in);
	if (!rc)
		rc = alloc_chunk(e, &out);
	if (rc) {
		while ((pg = page_list_pop(&out)) != NULL)
			free_domheap_pages(pg, e->x.out.extent_order);
		give_back(&in, e->d);
		return rc;
	}
	while ((pg = page_list_pop(&in)) != NULL) {
		arch_physmap_remove(e->d, mk_gfn(arch_m2p_get(page_to_mfn(pg))),
			page_to_mfn(pg), 0);
		free_domheap_pages(pg, 0);
	}
	while ((pg = page_list_pop(&out)) != NULL) {
		err = hand_out(e, extent++, pg);
		if (err)
			rc = err;
	}
	return rc;
}

static int exchange_check(struct exchange *e)
{
	struct xen_memory_exchange *x = &e->x;

	if (x->nr_exchanged > x->in.nr_extents)
		return -EINVAL;
	if (x->in.extent_order > memop_max_order() || x->out.extent_order > memop_max_order())
		return -EPERM;
	if (x->in.nr_extents == x->nr_exchanged)
		return 0;
	if (x->in.nr_extents > MEMOP_MAX_EXTENT >> x->in.extent_order ||
	    x->out.nr_extents > MEMOP_MAX_EXTENT >> x->out.extent_order ||
	    x->in.nr_extents << x->in.extent_order != x->out.nr_extents << x->out.extent_order)
		return -EINVAL;
	if (x->in.domid != x->out.domid)
		return -EINVAL;
	if (x->in.extent_order <= x->out.extent_order) {
		e->in_chunk_order = x->out.extent_order - x->in.extent_order;
		e->out_chunk_order = 0;
	} else {
		e->in_chunk_order = 0;
		e->out_chunk_order = x->in.extent_order - x->out.extent_order;
	}
	return memop_flags(x->out.mem_flags, &e->memflags);
}

long memop_exchange(unsigned long arg[], unsigned long start)
{
	XEN_GUEST_HANDLE(xen_memory_exchange_t) h =
		guest_handle_from_arg(arg[1], xen_memory_exchange_t);
	struct exchange e = { 0 };
	unsigned long i, first, nr;
	long rc;

	if (copy_from_guest(&e.x, h, 1))
		return -EFAULT;
	rc = exchange_check(&e);
	if (rc || e.x.in.nr_extents == e.x.nr_exchanged)
		return rc;
	rc = target_get_permitted(e.x.in.domid, &e.d);
	if (rc)
		return rc;
	first = e.x.nr_exchanged >> e.in_chunk_order;
	nr = e.x.in.nr_extents >> e.in_chunk_order;
	for (i = first; i < nr && !rc; i++) {
		if (i != first && hypercall_preempt_check()) {
			rc = -ERESTART;
			break;
		}
		rc = exchange_chunk(&e, i);
		if (rc)
			break;
	}
	e.x.nr_exchanged = i << e.in_chunk_order;
	if (copy_field_to_guest(h, &e.x, nr_exchanged))
		rc = -EFAULT;
	domain_put(e.d);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* reservation.c: increase_reservation, decrease_reservation, populate_physmap.
 *
 * All three return how many extents were done; whatever stops them (bad arguments, no memory, no
 * rights) stops them there. Preemptible between extents. No locks: the allocator's own. */
#include "private.h"
#include <hv/arch.h>
#include <hv/lib.h>
#include <hv/softirq.h>
#include <hv/trace.h>

#define DOMU_MAX_ORDER    9
#define CONTROL_MAX_ORDER 18

typedef XEN_GUEST_HANDLE(xen_pfn_t) frame_list_t;

/* Does extent i; false ends the call there. */
typedef bool extent_fn(struct domain *d, frame_list_t list, unsigned long i, unsigned int order,
	unsigned int memflags);

unsigned int memop_max_order(void)
{
	return current->domain->is_privileged ? CONTROL_MAX_ORDER : DOMU_MAX_ORDER;
}

int memop_flags(unsigned int mem_flags, unsigned int *ret_memflags)
{
	unsigned int bits = XENMEMF_get_address_bits(mem_flags), memflags = 0;

	/* A limit above the last byte of memory is none. */
	if (bits && (bits >= 64 ||
	             (arch_max_page() - 1) >> (bits > PAGE_SHIFT ? bits - PAGE_SHIFT : 0) == 0))
		bits = 0;
	if (bits) {
		if (bits <= PAGE_SHIFT)
			return -EINVAL;
		memflags |= MEMF_bits(bits);
	}
	/* The node's encoding (0: any, else number + 1) is the allocator's too. */
	if (!(mem_flags & XENMEMF_vnode)) {
		memflags |= (mem_flags >> 8) & 0xff;
		if ((mem_flags & XENMEMF_exact_node_request) && (memflags & 0xff))
			memflags |= MEMF_exact_node;
	}
	*ret_memflags = memflags;
	return 0;
}

static bool extent_increase(struct domain *d, frame_list_t list, unsigned long i,
	unsigned int order, unsigned int memflags)
{
	struct page *pg = alloc_domheap_pages(d, order, memflags);
	xen_pfn_t mfn;

	if (!pg)
		return false;
	mfn = mfn_x(page_to_mfn(pg));
	return guest_handle_is_null(list) || !copy_to_guest_offset(list, i, &mfn, 1);
}

static bool extent_populate(struct domain *d, frame_list_t list, unsigned long i,
	unsigned int order, unsigned int memflags)
{
	xen_pfn_t gfn, mfn;
	struct page *pg;

	if (copy_from_guest_offset(&gfn, list, i, 1))
		return false;
	pg = alloc_domheap_pages(d, order, memflags);
	if (!pg)
		return false;
	mfn = mfn_x(page_to_mfn(pg));
	if (arch_physmap_add(d, mk_gfn(gfn), mk_mfn(mfn), order))
		return false;
	return !copy_to_guest_offset(list, i, &mfn, 1);
}

/* Nothing is put there, as paravirtual domains have no demand that the hypervisor would see; only that one
 * domain asks for another is looked at. */
static bool extent_on_demand(struct domain *d, frame_list_t list, unsigned long i, unsigned int order,
	unsigned int memflags)
{
	xen_pfn_t gfn;

	return !copy_from_guest_offset(&gfn, list, i, 1) && d != current->domain;
}

static bool remove_page(struct domain *d, unsigned long gfn)
{
	mfn_t mfn = arch_gfn_to_mfn(d, mk_gfn(gfn));
	struct page *pg;
	bool ok;

	if (!mfn_valid(mfn))
		return false;
	pg = mfn_to_page(mfn);
	if (!get_page(pg, d))
		return false;
	/* The hypervisor's own pages that d sees are not d's to give back; nor a page twice. */
	ok = (READ_ONCE(pg->count_info) & (PGC_xen_heap | PGC_allocated)) == PGC_allocated;
	if (ok) {
		arch_physmap_remove(d, mk_gfn(gfn), mfn, 0);
		put_page_alloc_ref(pg);
	}
	put_page(pg);
	return ok;
}

static bool extent_decrease(struct domain *d, frame_list_t list, unsigned long i,
	unsigned int order, unsigned int memflags)
{
	unsigned long gfn, j;

	if (copy_from_guest_offset(&gfn, list, i, 1))
		return false;
	if (unlikely(trace_on))
		trace_decrease(current, gfn, order);
	for (j = 0; j < 1UL << order; j++) {
		if (!remove_page(d, gfn + j))
			return false;
	}
	return true;
}

static long run_extents(unsigned long arg[], unsigned long start, extent_fn *fn)
{
	struct xen_memory_reservation r;
	struct domain *d;
	unsigned int memflags;
	unsigned long i;
	long rc;

	if (copy_from_guest_raw(&r, (const void *)arg[1], sizeof(r)))
		return start;
	if (r.nr_extents > MEMOP_MAX_EXTENT || start >= r.nr_extents ||
	    r.extent_order > memop_max_order() || memop_flags(r.mem_flags, &memflags))
		return start;
	if (fn == extent_populate && (r.mem_flags & XENMEMF_populate_on_demand))
		fn = extent_on_demand;
	if (target_get_permitted(r.domid, &d))
		return start;
	if (memop_vnode(d, r.mem_flags, &memflags)) {
		domain_put(d);
		return start;
	}
	for (i = start; i < r.nr_extents; i++) {
		if (i != start && hypercall_preempt_check())
			break;
		if (!fn(d, r.extent_start, i, r.extent_order, memflags)) {
			domain_put(d);
			return i;
		}
	}
	rc = i < r.nr_extents ? memop_continue(arg, i) : (long)i;
	domain_put(d);
	return rc;
}

long memop_increase(unsigned long arg[], unsigned long start)
{
	return run_extents(arg, start, extent_increase);
}

long memop_decrease(unsigned long arg[], unsigned long start)
{
	return run_extents(arg, start, extent_decrease);
}

long memop_populate(unsigned long arg[], unsigned long start)
{
	return run_extents(arg, start, extent_populate);
}

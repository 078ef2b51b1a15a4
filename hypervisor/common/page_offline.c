/* SPDX-License-Identifier: GPL-2.0-only */
/* page_offline.c: frames that are taken out of use, for their memory is bad, by dom0 or after a machine check, and
 * that dom0 gives back. One in use goes when it is freed.
 *
 * Locks: the heap's own; domain_get_by_id's for owners. */
#include "page-private.h"
#include "sysctl/private.h"

#define NOT_LOOKED_AT 0x01010101U /* as 4.17 fills what it did not come to */
#define MAX_FRAMES    (1UL << 20) /* 4.17 has to have memory for the answers to all */

/* The map of frames, before the first one goes. */
static int prepare(void)
{
	static bool ready;
	size_t bytes = BITS_TO_LONGS(arch_max_page()) * sizeof(long);
	unsigned int order = 0;
	void *map;

	if (ready)
		return 0;
	while (PAGE_SIZE << order < bytes)
		order++;
	map = alloc_xenheap_pages(order, 0);
	if (!map)
		return -ENOMEM;
	memset(map, 0, PAGE_SIZE << order);
	if (!heap_set_condemned(map))
		free_xenheap_pages(map, order); /* another CPU was quicker */
	ready = true;
	return 0;
}

static uint32_t with_owner(uint32_t status, domid_t owner)
{
	return status | (uint32_t)owner << PG_OFFLINE_OWNER_SHIFT;
}

/* Who has a frame that could not go at once. */
static uint32_t holder_of(struct page *pg)
{
	bool hv = READ_ONCE(pg->count_info) & PGC_xen_heap;
	struct domain *owner = NULL;
	uint32_t status;

	if (get_page_owner_and_ref(pg, &owner)) {
		if (owner) {
			status = with_owner(PG_OFFLINE_OWNED | PG_OFFLINE_PENDING, owner->domain_id);
			put_page(pg);
			return status;
		}
		put_page(pg);
	}
	return hv ? with_owner(PG_OFFLINE_XENPAGE | PG_OFFLINE_PENDING, DOMID_XEN) :
		with_owner(PG_OFFLINE_ANONYMOUS | PG_OFFLINE_FAILED, DOMID_INVALID);
}

static int offline(mfn_t mfn, uint32_t *ret_status)
{
	int rc;

	if (!arch_mfn_is_ram(mfn)) {
		*ret_status = PG_OFFLINE_FAILED | PG_OFFLINE_NOT_CONV_RAM;
		return -EINVAL;
	}
	if (!heap_has_frame(mfn)) {
		*ret_status = with_owner(PG_OFFLINE_XENPAGE | PG_OFFLINE_FAILED, DOMID_XEN);
		return -EPERM;
	}
	rc = prepare();
	if (rc)
		return rc;
	*ret_status = heap_condemn(mfn_to_page(mfn)) == FRAME_OFFLINE ? PG_OFFLINE_OFFLINED :
		holder_of(mfn_to_page(mfn));
	return 0;
}

int page_offline_bad(mfn_t mfn)
{
	uint32_t status;

	return offline(mfn, &status);
}

static int online(mfn_t mfn, uint32_t *ret_status)
{
	*ret_status = heap_has_frame(mfn) && heap_pardon(mfn_to_page(mfn)) != FRAME_IN_USE ?
		PG_ONLINE_ONLINED : 0;
	return 0;
}

static int query(mfn_t mfn, uint32_t *ret_status)
{
	static const uint32_t words[] = {
		[FRAME_LEAVING] = PG_OFFLINE_STATUS_OFFLINE_PENDING,
		[FRAME_OFFLINE] = PG_OFFLINE_STATUS_OFFLINED,
	};

	if (!arch_mfn_is_ram(mfn))
		return -EINVAL;
	*ret_status = heap_has_frame(mfn) ? words[heap_frame_state(mfn_to_page(mfn))] : 0;
	return 0;
}

static int one_frame(uint32_t cmd, unsigned long mfn, uint32_t *ret_status)
{
	static int (*const rows[])(mfn_t mfn, uint32_t *ret_status) = {
		[sysctl_page_offline] = offline,
		[sysctl_page_online] = online,
		[sysctl_query_page_offline] = query,
	};

	*ret_status = NOT_LOOKED_AT;
	if (cmd >= ARRAY_SIZE(rows) || !rows[cmd] || !mfn_valid(mk_mfn(mfn)))
		return -EINVAL;
	return rows[cmd](mk_mfn(mfn), ret_status);
}

/* The status of each frame goes to the caller, after the first that failed as not looked at. */
long sysctl_page_offline_op(struct xen_sysctl *op)
{
	const struct xen_sysctl_page_offline_op *p = &op->u.page_offline;
	uint32_t status;
	uint64_t mfn;
	int rc = 0;

	if (p->end < p->start)
		return -EINVAL;
	if (p->end - p->start >= MAX_FRAMES)
		return -ENOMEM;
	for (mfn = p->start; mfn <= p->end; mfn++) {
		status = NOT_LOOKED_AT;
		if (!rc)
			rc = one_frame(p->cmd, mfn, &status);
		if (copy_to_guest_offset(p->status, mfn - p->start, &status, 1))
			return -EFAULT;
	}
	return rc;
}

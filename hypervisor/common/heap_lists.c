/* SPDX-License-Identifier: GPL-2.0-only */
/* heap_lists.c: the lists of the buddy allocator.
 *
 * Free blocks of 2^order frames, aligned to their size, are listed by node, by zone (how many bits
 * the frame number has: a limit on addresses is a limit on zones) and by order. A block lies within
 * one zone because frame 0 is never given to the heap. Clean blocks are at the heads of their lists,
 * blocks with dirty pages at the tails.
 *
 * Locks: page_alloc.c's heap_lock is held. */
#include <hv/bitops.h>
#include "heap-lists.h"

static struct page_list free_list[MAX_NODES][NR_ZONES][MAX_ORDER + 1];
static uint32_t listed[MAX_NODES][NR_ZONES]; /* bit o: free_list[][][o] has something */
static uint64_t listed_zones[MAX_NODES];     /* bit z: listed[][z] is not 0 */

static unsigned int zone_of(const struct page *pg)
{
	return fls_long(mfn_x(page_to_mfn(pg))) + 1;
}

static void block_list(struct page *pg, unsigned int node, unsigned int order, uint32_t first_dirty)
{
	unsigned int zone = zone_of(pg);
	struct page_list *l = &free_list[node][zone][order];

	listed[node][zone] |= 1U << order;
	listed_zones[node] |= 1UL << zone;
	pg->free.order = order;
	pg->free.first_dirty = first_dirty;
	if (first_dirty == ALL_CLEAN)
		page_list_add(pg, l);
	else
		page_list_add_tail(pg, l);
}

void block_unlist(struct page *pg, unsigned int node)
{
	unsigned int zone = zone_of(pg), order = pg->free.order;
	struct page_list *l = &free_list[node][zone][order];

	page_list_del(pg, l);
	if (l->count)
		return;
	listed[node][zone] &= ~(1U << order);
	if (!listed[node][zone])
		listed_zones[node] &= ~(1UL << zone);
}

bool block_is_free(const struct page *pg, unsigned int node, unsigned int order)
{
	return mfn_valid(page_to_mfn(pg)) && (pg->count_info & PGC_free) &&
		pg->free.order == order && heap_node(pg) == node;
}

void block_insert(struct page *pg, unsigned int node, unsigned int order,
	uint32_t first_dirty)
{
	for (; order < MAX_ORDER; order++) {
		unsigned long mfn = mfn_x(page_to_mfn(pg)), size = 1UL << order;
		struct page *buddy = mfn_to_page(mk_mfn(mfn ^ size));

		if ((mfn ^ size) == 0 || !block_is_free(buddy, node, order))
			break;
		block_unlist(buddy, node);
		if (mfn & size) {
			block_mark_inner(pg);
			if (buddy->free.first_dirty != ALL_CLEAN)
				first_dirty = buddy->free.first_dirty;
			else if (first_dirty != ALL_CLEAN)
				first_dirty += size;
			pg = buddy;
		} else {
			if (first_dirty == ALL_CLEAN && buddy->free.first_dirty != ALL_CLEAN)
				first_dirty = size + buddy->free.first_dirty;
			block_mark_inner(buddy);
		}
	}
	block_list(pg, node, order, first_dirty);
}

struct page *block_split(struct page *pg, unsigned int node, unsigned int order,
	uint32_t first_dirty, unsigned int want, unsigned long offset)
{
	while (order > want) {
		unsigned long half = 1UL << --order;
		struct page *upper = pg + half;
		uint32_t upper_dirty = first_dirty == ALL_CLEAN ? ALL_CLEAN :
			first_dirty >= half ? first_dirty - half : 0;
		uint32_t lower_dirty = first_dirty < half ? first_dirty : ALL_CLEAN;

		if (offset >= half) {
			block_list(pg, node, order, lower_dirty);
			pg = upper;
			first_dirty = upper_dirty;
			offset -= half;
		} else {
			block_list(upper, node, order, upper_dirty);
			first_dirty = lower_dirty;
		}
	}
	return pg;
}

struct page *block_take(unsigned int node, unsigned int zone_max, unsigned int order)
{
	uint64_t zones = listed_zones[node] & ((2UL << zone_max) - 1);

	while (zones) {
		unsigned int zone = fls_long(zones), o;
		uint32_t orders = listed[node][zone] & (~0U << order);
		struct page *pg;

		zones &= ~(1UL << zone);
		if (!orders)
			continue;
		o = ffs_long(orders);
		pg = page_list_first(&free_list[node][zone][o]);
		block_unlist(pg, node);
		return block_split(pg, node, o, pg->free.first_dirty, order, 0);
	}
	return NULL;
}

struct page *block_with_dirty(unsigned int node, unsigned int *ret_order)
{
	for (unsigned int zone = NR_ZONES - 1; zone; zone--)
		for (unsigned int o = 0; o <= MAX_ORDER; o++) {
			const struct page_list *l = &free_list[node][zone][o];
			struct page *pg = l->count ? mfn_to_page(mk_mfn(l->tail)) : NULL;

			if (!pg || pg->free.first_dirty == ALL_CLEAN)
				continue;
			block_unlist(pg, node);
			*ret_order = o;
			return pg;
		}
	return NULL;
}

void heap_lists_init(unsigned int node)
{
	for (unsigned int z = 0; z < NR_ZONES; z++)
		for (unsigned int o = 0; o <= MAX_ORDER; o++)
			page_list_init(&free_list[node][z][o]);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* heap-lists.h: the lists of free blocks (heap_lists.c), for page_alloc.c, whose lock is held. A block that is
 * listed is its first page; what is not listed any more still has its order and its first_dirty. */
#ifndef HEAP_LISTS_H
#define HEAP_LISTS_H

#include "page-private.h"

#define NR_ZONES  41        /* frame numbers of 1 to 40 bits */
#define ALL_CLEAN 0xffffffU /* pg->free.first_dirty: there is none */

void heap_lists_init(unsigned int node);
/* A block becomes free and is listed, as part of a larger one if its neighbours are free. */
void block_insert(struct page *pg, unsigned int node, unsigned int order, uint32_t first_dirty);
void block_unlist(struct page *pg, unsigned int node);
/* Is pg (which may not exist) the head of a free block of this order. */
bool block_is_free(const struct page *pg, unsigned int node, unsigned int order);
/* Cuts an unlisted block down to the part of 2^want pages that contains page `offset`; the rest
 * goes back to the lists. */
struct page *block_split(struct page *pg, unsigned int node, unsigned int order, uint32_t first_dirty,
	unsigned int want, unsigned long offset);
/* A block of that order, or part of a larger one, off the lists; NULL: there is none. */
struct page *block_take(unsigned int node, unsigned int zone_max, unsigned int order);
/* A block with a dirty page, off the lists; NULL: there is none. */
struct page *block_with_dirty(unsigned int node, unsigned int *ret_order);

/* A page inside a free block: its order field must not look like a head's. */
static inline void block_mark_inner(struct page *pg)
{
	pg->free.order = 0xff;
}

/* Where all is of one node, as on most machines, at once. */
static inline unsigned int heap_node(const struct page *pg)
{
	return likely(heap_one_node) ? heap_ranges[0].node : heap_node_of(pg);
}

#endif

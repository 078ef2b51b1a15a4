/* SPDX-License-Identifier: GPL-2.0-only */
/* page-private.h: between page.c, page_alloc.c and domheap.c. */
#ifndef PAGE_PRIVATE_H
#define PAGE_PRIVATE_H

#include <hv/page.h>

/* page_alloc.c: a block of the buddy system. `scrub`: hand it out zeroed, but for pages that d had last.
 * In use, its pages have count_info 0, no owner and type_info 0. For d (or NULL): others' claims are
 * left alone. */
struct page *heap_alloc(unsigned int order, unsigned int memflags, bool scrub, const struct domain *d);
/* Free pages set aside for d, not yet which; 0 ends the claim. -ENOMEM. And: pages of d's claim came
 * to d, or went back if negative. Caller holds d->page_lock, under which d->outstanding_pages can
 * be read, too. */
int heap_claim(struct domain *d, unsigned long pages);
void heap_claim_used(struct domain *d, long pages);
/* last: whose contents the pages have, NULL: nobody gets them back as they are. */
void heap_free(struct page *pg, unsigned int order, const struct domain *last);
/* Frames that leave the heap for good (page_offline.c). Of a frame that the heap has, or had. */
enum heap_frame { FRAME_IN_USE, FRAME_LEAVING /* once it is freed */, FRAME_OFFLINE };
/* A bit for each frame there can be, all 0; true: kept, for there was none. */
bool heap_set_condemned(unsigned long *bitmap);
enum heap_frame heap_condemn(struct page *pg); /* what it is now */
enum heap_frame heap_pardon(struct page *pg);  /* what it was before */
enum heap_frame heap_frame_state(const struct page *pg);

/* heap_low.c: numbers of free pages that nobody has claimed at which dom0 is told something. Under the heap's
 * lock; heap_low_start() has the first mark from the command line. */
extern struct heap_marks { unsigned long low, high; } heap_marks;
void heap_mark_passed(unsigned long avail);
static inline void heap_watch(unsigned long avail)
{
	if (unlikely(avail <= heap_marks.low || avail >= heap_marks.high))
		heap_mark_passed(avail);
}

/* heap_ranges.c */
#define HEAP_MAX_RANGES 64
extern struct heap_range { unsigned long start, end; unsigned int node; } heap_ranges[HEAP_MAX_RANGES];
extern bool heap_one_node; /* then all of it is of the first range's */
bool heap_has_frame(mfn_t mfn);
/* page_alloc.c: frames [first, last) are free from now on. */
void heap_open_range(unsigned long first, unsigned long last, unsigned int node);
/* domheap.c: the count of an in-use page fell to 0. */
void page_last_ref_gone(struct page *pg);

#endif

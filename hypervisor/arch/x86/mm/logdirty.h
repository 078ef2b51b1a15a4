/* SPDX-License-Identifier: GPL-2.0-only */
/* logdirty.h: what the files of log-dirty mode share: dirty_map.c (which pages were written),
 * shadow_pool.c (the pages that shadows are made of), shadow.c (the shadows themselves) and
 * logdirty.c (turning it on and off, and what the tools ask).
 *
 * A domain's vcpus run, while the mode is on (d->arch.logdirty), on shadows of their page tables. A
 * shadow of level 1 to 3 stands for one page-table page of the guest's as a table of that level, which is
 * its own or, by way of linear entries (linear.c), a lower one; each vcpu has two L4s of its own,
 * for its kernel's and its program's. What a shadow maps its guest's table maps, too, and allows the same
 * or more; an L1 entry lets the guest write only to a page that is marked dirty already.
 *
 * Whoever writes an entry of the guest's table has it page_lock()ed and calls table_written() before it
 * unlocks it; so do entries of a shadow appear only under the guest table's page_lock(). A shadow goes
 * before its guest's table ceases to be one (types.c), or when pages run short. So no shadow
 * outlives the references that the guest's entries hold.
 *
 * Locks: sh->lock (LOCK_LEAF) guards the pool, the buckets and every entry of a shadow. It is taken inside
 *        page_lock(), in page faults too, interrupts on or off; nobody waits for anything while he
 *        holds it. The bits of the map change atomically. */
#ifndef X86_LOGDIRTY_H
#define X86_LOGDIRTY_H

#include "mm.h"

#define GFNS_PER_LEAF (PAGE_SIZE * 8)

struct shadow {
	struct spinlock lock;
	uint32_t *bucket;             /* shadows by guest frame: heads of chains (page.next) */
	unsigned int hand;            /* the bucket that the next eviction begins at */
	struct page_list free;        /* zeroed; who went first comes first */
	unsigned long total, target;  /* pages there are, and are to be */

	unsigned long nr_gfns;        /* that the map has room for: only grows */
	unsigned int max_leaves;
	unsigned long **leaf;         /* they stay until the domain's end: who marks takes no lock */
	uint32_t dirty_count, fault_count;
	bool lost;                    /* a frame beyond the map was written */
};

/* --- dirty_map.c ------------------------------------------------------------------------------ */

struct shadow *dirty_map_create(void);
void dirty_map_destroy(struct shadow *sh);
/* Room for the domain's frames; all are clean. -ENOMEM. */
int dirty_map_prepare(struct domain *d);
/* The guest's entry for m may be writable: it is dirty, or none of the pages that are watched. */
bool dirty_map_has(const struct domain *d, mfn_t m);
/* Copies the first gfns bits to the guest's `to` (NULL: nowhere), and if clean forgets them. -EFAULT. */
int dirty_map_read(struct shadow *sh, uint8_t *to, unsigned long gfns, bool clean);

/* --- shadow_pool.c ----------------------------------------------------------------------------- */

/* A shadow's page.type_info: level (as in level_type()), flags, guest frame. */
#define SHADOW_RECENT   (1UL << 59) /* the CPU went by it lately */
#define SHADOW_WRITABLE (1UL << 58) /* an L1 that has writable entries */
#define SHADOW_FRESH    (1UL << 57) /* an L1 that nothing was copied to yet */
#define SHADOW_VICTIM   (1UL << 56)
#define SHADOW_GUEST    ((1UL << 48) - 1)

#define SHADOW_BUCKETS 4096U

/* sh->lock is held for these. */
struct page *shadow_find(struct shadow *sh, mfn_t guest, unsigned int level);
void shadow_insert(struct shadow *sh, struct page *pg, mfn_t guest, unsigned int level);
void shadow_release(struct shadow *sh, struct page *pg); /* that is in no bucket */
void shadow_remove(struct shadow *sh, mfn_t guest); /* of all levels */
void shadow_remove_all(struct shadow *sh);
/* Calls fn for each shadow of a level from `lowest` on, those of vcpus excepted. */
void shadow_for_each(struct shadow *sh, unsigned int lowest, void (*fn)(struct page *pg));
/* It is not held for these. A zeroed page; NULL: there is none at all. */
struct page *shadow_take(struct domain *d);
/* Gets or gives back pages until there are sh->target: -ENOMEM, -ERESTART. */
int shadow_resize(struct domain *d);

/* --- shadow.c ---------------------------------------------------------------------------------- */

/* The vcpus' L4s; the domain is paused. */
int shadow_roots_create(struct domain *d);
void shadow_roots_destroy(struct domain *d);
/* No entry of a shadow lets the guest write any more; the domain is paused. */
void shadow_protect_all(struct domain *d);

#endif

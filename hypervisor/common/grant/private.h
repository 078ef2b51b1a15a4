/* SPDX-License-Identifier: GPL-2.0-only */
/* private.h: a domain's grant table (version 1) and what the files of grant/ share.
 *
 * Two things in one structure: what the domain grants (shared frames, and for each entry who uses
 * it: active), and what it has mapped of others (maptrack, found by handle). Each is guarded by
 * the lock of the table it is in; no code holds two tables' locks. */
#ifndef GRANT_PRIVATE_H
#define GRANT_PRIVATE_H

#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/grant.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/target.h>

#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define MAPTRACK_PER_CHUNK 128U
#define HANDLE_NONE        (~0U)

/* Use of one entry. While readers + writers > 0, domid and mfn stay and the shared entry has
 * GTF_reading (and GTF_writing if writers > 0) set. */
struct active_grant {
	uint32_t readers, writers;
	domid_t domid;
	mfn_t mfn;
};

#define MT_IN_USE (1U << 30) /* the handle is given out */
#define MT_BUSY   (1U << 31) /* being mapped or unmapped: nobody else touches it */
#define MT_MAPS   (GNTMAP_host_map | GNTMAP_device_map)

/* A mapping. Each of host_map and device_map in flags stands for one use of the grant. */
struct maptrack {
	struct domain *rd;   /* referenced while in use */
	mfn_t mfn;
	grant_ref_t ref;     /* next free handle while not in use */
	uint32_t flags;      /* GNTMAP_host_map, _device_map, _readonly, _contains_pte; MT_* */
};

struct grant_table {
	struct spinlock lock; /* LOCK_GRANT */
	unsigned int max_version;
	unsigned int nr_frames, max_frames;
	struct grant_entry_v1 **shared;  /* [max_frames] pages shared with the domain */
	struct active_grant **active;    /* [max_frames] arrays of ENTRIES_PER_FRAME */
	struct maptrack **maptrack;      /* [max_chunks] */
	unsigned int nr_chunks, max_chunks;
	grant_handle_t free_handle;      /* head of the list of free ones */
	grant_handle_t release_at;       /* how far grant_table_release_mappings() is */
};

static inline struct grant_entry_v1 *shared_entry(struct grant_table *gt, grant_ref_t ref)
{
	return &gt->shared[ref / ENTRIES_PER_FRAME][ref % ENTRIES_PER_FRAME];
}

static inline struct active_grant *active_entry(struct grant_table *gt, grant_ref_t ref)
{
	return &gt->active[ref / ENTRIES_PER_FRAME][ref % ENTRIES_PER_FRAME];
}

/* --- pin.c: uses of entries of rd by domain `who`; GNTST_*. No grant lock held. --- */

/* Marks the entry in use and takes a page reference (with a writable type reference unless
 * readonly). */
int grant_acquire(struct domain *rd, grant_ref_t ref, domid_t who, bool readonly, mfn_t *ret_mfn);
/* Ends one use; put_ref: and gives the page reference back. */
void grant_release(struct domain *rd, grant_ref_t ref, bool readonly, bool put_ref);
/* The page references of a use alone. */
bool grant_page_get(mfn_t mfn, struct domain *d, bool readonly) __must_check;
void grant_page_put(mfn_t mfn, bool readonly);

/* --- table.c --- */
void grant_frames_unshare(struct domain *d);

/* --- operations: op points to a copy of the guest's structure --- */
void grant_map(void *op);
void grant_copy(void *op);
void grant_setup_table(void *op);
void grant_query_size(void *op);
void grant_get_status_frames(void *op);
void grant_transfer(void *op);
void grant_swap(void *op);
/* Unmap a batch: all translations are gone before any page is let go. */
#define UNMAP_BATCH 32
void grant_unmap_batch(struct gnttab_unmap_grant_ref *ops, unsigned int n);
void grant_unmap_replace_batch(struct gnttab_unmap_and_replace *ops, unsigned int n);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* private.h: a domain's grant table and what the files of grant/ share.
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

#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1)) /* of version 1: the most */
#define V2_PER_FRAME      (PAGE_SIZE / sizeof(union grant_entry_v2))
#define STATUS_PER_FRAME  (PAGE_SIZE / sizeof(grant_status_t))
#define MAPTRACK_PER_CHUNK 128U
#define HANDLE_NONE        (~0U)

/* The bytes that an entry names. */
struct grant_span {
	mfn_t mfn;
	uint32_t start, length;
};

/* Use of one entry. While readers + writers > 0 the rest stays and the shared entry has (version 2:
 * its status word) GTF_reading, and GTF_writing if writers > 0, set. */
struct active_grant {
	uint32_t readers, writers;
	domid_t domid;
	bool part;            /* sub-page or transitive: for copies only */
	struct grant_span span;
	struct domain *via;   /* transitive: each use has a reference of it and one use of its */
	grant_ref_t via_ref;  /* entry via_ref */
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
	unsigned int version, max_version;
	unsigned int nr_frames, max_frames;
	unsigned int nr_status;          /* frames of version 2's status words; 0 in version 1 */
	void **shared;                   /* [max_frames] pages shared with the domain */
	grant_status_t **status;         /* [status_frames(max_frames)] */
	struct active_grant **active;    /* [max_frames] arrays of ENTRIES_PER_FRAME */
	struct maptrack **maptrack;      /* [max_chunks] */
	unsigned int nr_chunks, max_chunks;
	grant_handle_t free_handle;      /* head of the list of free ones */
	grant_handle_t release_at;       /* how far grant_table_release_mappings() is */
};

static inline struct grant_entry_v1 *entry_v1(struct grant_table *gt, grant_ref_t ref)
{
	return (struct grant_entry_v1 *)gt->shared[ref / ENTRIES_PER_FRAME] + ref % ENTRIES_PER_FRAME;
}

static inline union grant_entry_v2 *entry_v2(struct grant_table *gt, grant_ref_t ref)
{
	return (union grant_entry_v2 *)gt->shared[ref / V2_PER_FRAME] + ref % V2_PER_FRAME;
}

static inline grant_status_t *status_of(struct grant_table *gt, grant_ref_t ref)
{
	return &gt->status[ref / STATUS_PER_FRAME][ref % STATUS_PER_FRAME];
}

/* Entries there are; lock held. */
static inline grant_ref_t grant_entries(const struct grant_table *gt)
{
	return gt->nr_frames * (gt->version == 1 ? ENTRIES_PER_FRAME : V2_PER_FRAME);
}

/* Frames of status words for so many of entries. */
static inline unsigned int status_frames(unsigned int frames)
{
	return ((uint64_t)frames * V2_PER_FRAME + STATUS_PER_FRAME - 1) / STATUS_PER_FRAME;
}

static inline struct active_grant *active_entry(struct grant_table *gt, grant_ref_t ref)
{
	return &gt->active[ref / ENTRIES_PER_FRAME][ref % ENTRIES_PER_FRAME];
}

/* --- pin.c: uses of entries of rd by domain `who`; GNTST_*. No grant lock held. --- */

#define GRANT_WRITE      (1U << 0)
#define GRANT_COPY       (1U << 1) /* part of a page will do */
#define GRANT_TRANSITIVE (1U << 2) /* another domain's grant, too */
#define GRANT_RETRY      1         /* instead of a GNTST_*: things changed meanwhile */

/* Marks the entry in use and takes a page reference (with a writable type reference if
 * GRANT_WRITE). */
int grant_acquire(struct domain *rd, grant_ref_t ref, domid_t who, unsigned int how,
	struct grant_span *ret_span);
static inline bool grant_in_use(const struct active_grant *act)
{
	return act->readers || act->writers;
}
/* Ends one use; put_ref: and gives the page reference back. */
void grant_release(struct domain *rd, grant_ref_t ref, bool readonly, bool put_ref);
/* The page references of a use alone; GNTST_*. */
int grant_page_get(mfn_t mfn, struct domain *d, bool readonly) __must_check;
void grant_page_put(mfn_t mfn, bool readonly);

/* --- table.c --- */
void grant_frames_unshare(struct domain *d);
/* Status frames for `frames` of entries. Lock held. */
int grant_add_status(struct domain *d, unsigned int frames);
/* No status frames any more; -EBUSY: the guest or another has one mapped. Lock held. */
int grant_drop_status(struct domain *d);

/* --- op.c, cache.c: a call that gives way puts where it is above the command --- */
#define GRANT_CMD_MASK 0xfffU
#define GRANT_CMD_BITS 12
long grant_cache_flush(unsigned long arg[]);

/* --- version.c: the caller's table --- */
long grant_set_version(uint32_t version, uint32_t *ret_version);

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

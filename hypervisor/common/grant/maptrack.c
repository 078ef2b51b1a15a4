/* SPDX-License-Identifier: GPL-2.0-only */
/* maptrack.c: map_grant_ref, unmap_grant_ref, unmap_and_replace, and the release of what a dying
 * domain had mapped.
 *
 * Locks: the mapping domain's gt->lock guards its handles; a handle that is MT_BUSY belongs to who
 *        made it so, because page tables are changed, and TLBs flushed, without ours: both wait for other
 *        CPUs. The granting domain's lock is taken by pin.c. Never both. */
#include "private.h"
#include <hv/softirq.h>
#include <hv/trace.h>

static struct maptrack *maptrack_entry(struct grant_table *gt, grant_handle_t h)
{
	return &gt->maptrack[h / MAPTRACK_PER_CHUNK][h % MAPTRACK_PER_CHUNK];
}

/* Puts another chunk of handles on the free list. Caller holds the lock. */
static bool add_chunk(struct grant_table *gt)
{
	struct maptrack *chunk;
	unsigned int i, first = gt->nr_chunks * MAPTRACK_PER_CHUNK;

	if (gt->nr_chunks == gt->max_chunks)
		return false;
	chunk = xzalloc_array(struct maptrack, MAPTRACK_PER_CHUNK);
	if (!chunk)
		return false;
	for (i = 0; i < MAPTRACK_PER_CHUNK; i++)
		chunk[i].ref = first + i + 1;
	chunk[MAPTRACK_PER_CHUNK - 1].ref = gt->free_handle;
	gt->free_handle = first;
	gt->maptrack[gt->nr_chunks++] = chunk;
	return true;
}

/* A handle, busy; HANDLE_NONE. */
static grant_handle_t handle_get(struct grant_table *gt)
{
	struct maptrack *mt;
	grant_handle_t h = HANDLE_NONE;

	spin_lock(&gt->lock);
	if (gt->free_handle != HANDLE_NONE || add_chunk(gt)) {
		h = gt->free_handle;
		mt = maptrack_entry(gt, h);
		gt->free_handle = mt->ref;
		mt->flags = MT_IN_USE | MT_BUSY;
	}
	spin_unlock(&gt->lock);
	return h;
}

static void handle_put(struct grant_table *gt, grant_handle_t h)
{
	struct maptrack *mt;

	spin_lock(&gt->lock);
	mt = maptrack_entry(gt, h);
	mt->rd = NULL;
	mt->flags = 0;
	mt->ref = gt->free_handle;
	gt->free_handle = h;
	spin_unlock(&gt->lock);
}

/* Ends a handle's MT_BUSY with what is mapped by it now. */
static void handle_settle(struct grant_table *gt, grant_handle_t h, uint32_t flags)
{
	spin_lock(&gt->lock);
	maptrack_entry(gt, h)->flags = flags | MT_IN_USE;
	spin_unlock(&gt->lock);
}

/* Makes a mapping busy and copies it out; false: no such mapping. */
static bool handle_claim(struct grant_table *gt, grant_handle_t h, struct maptrack *ret_mt)
{
	struct maptrack *mt;
	bool ok = false;

	spin_lock(&gt->lock);
	if (h < gt->nr_chunks * MAPTRACK_PER_CHUNK) {
		mt = maptrack_entry(gt, h);
		ok = (mt->flags & (MT_IN_USE | MT_BUSY)) == MT_IN_USE;
		if (ok) {
			*ret_mt = *mt;
			mt->flags |= MT_BUSY;
		}
	}
	spin_unlock(&gt->lock);
	return ok;
}

/* --- map --------------------------------------------------------------------------------------- */

/* One use for each kind of mapping asked for; on failure none. */
static int acquire_uses(struct domain *rd, struct gnttab_map_grant_ref *op, bool ro, mfn_t *ret_mfn)
{
	domid_t who = current->domain->domain_id;
	struct grant_span span;
	int rc = grant_acquire(rd, op->ref, who, ro ? 0 : GRANT_WRITE, &span);

	if (rc == GNTST_okay && (op->flags & MT_MAPS) == MT_MAPS) {
		rc = grant_acquire(rd, op->ref, who, ro ? 0 : GRANT_WRITE, &span);
		if (rc != GNTST_okay)
			grant_release(rd, op->ref, ro, true);
	}
	if (rc == GNTST_okay)
		*ret_mfn = span.mfn;
	return rc;
}

static int map_from(struct domain *rd, struct gnttab_map_grant_ref *op, struct maptrack *mt)
{
	bool ro = op->flags & GNTMAP_readonly;
	mfn_t mfn;
	int rc;

	rc = acquire_uses(rd, op, ro, &mfn);
	if (rc != GNTST_okay)
		return rc;
	if (op->flags & GNTMAP_host_map)
		rc = arch_gnttab_map(op->host_addr, mfn, op->flags);
	if (rc != GNTST_okay) {
		grant_release(rd, op->ref, ro, true);
		if (op->flags & GNTMAP_device_map)
			grant_release(rd, op->ref, ro, true);
		return rc;
	}
	mt->rd = rd;
	mt->mfn = mfn;
	mt->ref = op->ref;
	op->dev_bus_addr = mfn_to_paddr(mfn);
	trace(TRC_MEM_PAGE_GRANT_MAP, op->dom);
	return GNTST_okay;
}

void grant_map(void *arg)
{
	struct gnttab_map_grant_ref *op = arg;
	struct grant_table *gt = current->domain->grant;
	struct domain *rd;
	grant_handle_t h;

	if (!(op->flags & MT_MAPS)) {
		op->status = GNTST_bad_gntref;
		return;
	}
	rd = domain_get_by_id(op->dom);
	if (!rd || rd->is_dying) {
		op->status = GNTST_bad_domain;
		goto out;
	}
	h = handle_get(gt);
	if (h == HANDLE_NONE) {
		op->status = GNTST_no_device_space;
		goto out;
	}
	/* A busy handle is ours alone: its entry may be written without the lock. */
	op->status = map_from(rd, op, maptrack_entry(gt, h));
	if (op->status == GNTST_okay) {
		handle_settle(gt, h, op->flags & (MT_MAPS | GNTMAP_readonly | GNTMAP_contains_pte));
		op->handle = h;
		return; /* the mapping keeps the reference of rd */
	}
	handle_put(gt, h);
out:
	if (rd)
		domain_put(rd);
}

/* --- unmap ------------------------------------------------------------------------------------- */

/* One unmapping between its two halves. */
struct unmap {
	uint64_t host_addr, dev_bus_addr, new_addr;
	grant_handle_t handle;
	int16_t status;
	uint32_t done;       /* GNTMAP_host_map, GNTMAP_device_map that went away */
	struct maptrack mt;  /* as claimed */
};

/* First half: removes the translation. The handle stays busy if anything was undone. */
static void unmap_begin(struct domain *d, struct unmap *u)
{
	if (!handle_claim(d->grant, u->handle, &u->mt)) {
		u->status = GNTST_bad_handle;
		return;
	}
	u->status = GNTST_okay;
	trace(TRC_MEM_PAGE_GRANT_UNMAP, u->mt.rd->domain_id);
	if (u->dev_bus_addr && (u->mt.flags & GNTMAP_device_map)) {
		if (u->dev_bus_addr != mfn_to_paddr(u->mt.mfn))
			u->status = GNTST_general_error;
		else
			u->done |= GNTMAP_device_map;
	}
	if (u->status == GNTST_okay && u->host_addr && (u->mt.flags & GNTMAP_host_map)) {
		u->status = arch_gnttab_unmap(u->host_addr, u->mt.mfn, u->new_addr, u->mt.flags);
		if (u->status == GNTST_okay)
			u->done |= GNTMAP_host_map;
	}
	if (u->status != GNTST_okay)
		u->done = 0;
	if (!u->done)
		handle_settle(d->grant, u->handle, u->mt.flags);
}

/* Second half, after the TLBs forgot: gives the uses back. */
static void unmap_finish(struct domain *d, struct unmap *u)
{
	uint32_t left = u->mt.flags & ~u->done;
	bool ro = u->mt.flags & GNTMAP_readonly;

	if (!u->done)
		return;
	if (u->done & GNTMAP_host_map)
		grant_release(u->mt.rd, u->mt.ref, ro, true);
	if (u->done & GNTMAP_device_map)
		grant_release(u->mt.rd, u->mt.ref, ro, true);
	if (left & MT_MAPS) {
		handle_settle(d->grant, u->handle, left);
	} else {
		handle_put(d->grant, u->handle);
		domain_put(u->mt.rd);
	}
}

static void unmap_all(struct unmap *u, unsigned int n)
{
	struct domain *d = current->domain;
	bool flush = false;
	unsigned int i;

	for (i = 0; i < n; i++) {
		unmap_begin(d, &u[i]);
		flush |= u[i].done & GNTMAP_host_map;
	}
	if (flush)
		arch_gnttab_flush(d);
	for (i = 0; i < n; i++)
		unmap_finish(d, &u[i]);
}

void grant_unmap_batch(struct gnttab_unmap_grant_ref *ops, unsigned int n)
{
	struct unmap u[UNMAP_BATCH];
	unsigned int i;

	for (i = 0; i < n; i++)
		u[i] = (struct unmap){ .host_addr = ops[i].host_addr,
			.dev_bus_addr = ops[i].dev_bus_addr, .handle = ops[i].handle };
	unmap_all(u, n);
	for (i = 0; i < n; i++)
		ops[i].status = u[i].status;
}

void grant_unmap_replace_batch(struct gnttab_unmap_and_replace *ops, unsigned int n)
{
	struct unmap u[UNMAP_BATCH];
	unsigned int i;

	for (i = 0; i < n; i++)
		u[i] = (struct unmap){ .host_addr = ops[i].host_addr, .new_addr = ops[i].new_addr,
			.handle = ops[i].handle };
	unmap_all(u, n);
	for (i = 0; i < n; i++)
		ops[i].status = u[i].status;
}

/* --- death ------------------------------------------------------------------------------------- */

/* The translations go with the page tables, which also hold the references of the pages. */
static void release_mapping(struct domain *d, grant_handle_t h)
{
	struct maptrack mt;
	bool ro;

	if (!handle_claim(d->grant, h, &mt))
		return;
	ro = mt.flags & GNTMAP_readonly;
	if (mt.flags & GNTMAP_host_map)
		grant_release(mt.rd, mt.ref, ro, false);
	if (mt.flags & GNTMAP_device_map)
		grant_release(mt.rd, mt.ref, ro, true);
	handle_put(d->grant, h);
	domain_put(mt.rd);
}

int grant_table_release_mappings(struct domain *d)
{
	struct grant_table *gt = d->grant;
	grant_handle_t h;

	if (!gt)
		return 0;
	for (h = gt->release_at; h < gt->nr_chunks * MAPTRACK_PER_CHUNK; h++) {
		if (h % MAPTRACK_PER_CHUNK == MAPTRACK_PER_CHUNK - 1 && h != gt->release_at &&
		    hypercall_preempt_check()) {
			gt->release_at = h;
			return -ERESTART;
		}
		release_mapping(d, h);
	}
	gt->release_at = h;
	grant_frames_unshare(d);
	return 0;
}

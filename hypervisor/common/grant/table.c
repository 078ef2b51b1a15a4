/* SPDX-License-Identifier: GPL-2.0-only */
/* table.c: a grant table's memory: making, growing, freeing, and the queries about it.
 *
 * Locks: gt->lock (LOCK_GRANT) guards the arrays' growth; frames once there stay until the
 *        domain's structure is freed. */
#include "private.h"
#include <hv/param.h>

#define INITIAL_FRAMES 1U

unsigned int grant_table_max_frames(const struct domain *d)
{
	return d->grant ? d->grant->max_frames : 0;
}

static int add_frame(struct domain *d, struct grant_table *gt)
{
	struct active_grant *act = xzalloc_array(struct active_grant, ENTRIES_PER_FRAME);
	void *frame = alloc_zeroed_page();

	if (!act || !frame) {
		xfree(act);
		if (frame)
			free_xenheap_page(frame);
		return -ENOMEM;
	}
	arch_share_page(frame, d, true);
	gt->active[gt->nr_frames] = act;
	gt->shared[gt->nr_frames] = frame;
	gt->nr_frames++;
	return 0;
}

int grant_add_status(struct domain *d, unsigned int frames)
{
	struct grant_table *gt = d->grant;
	void *frame;

	while (gt->nr_status < status_frames(frames)) {
		frame = alloc_zeroed_page();
		if (!frame)
			return -ENOMEM;
		arch_share_page(frame, d, true);
		gt->status[gt->nr_status++] = frame;
	}
	return 0;
}

int grant_drop_status(struct domain *d)
{
	struct grant_table *gt = d->grant;
	unsigned int i;

	for (i = 0; i < gt->nr_status; i++) {
		if (xenheap_page_take_back(virt_to_page(gt->status[i]), d))
			continue;
		while (i--)
			arch_share_page(gt->status[i], d, true);
		return -EBUSY;
	}
	arch_gnttab_flush(d); /* unmapped, but perhaps still in some TLB */
	for (i = 0; i < gt->nr_status; i++) {
		free_xenheap_page(gt->status[i]);
		gt->status[i] = NULL;
	}
	gt->nr_status = 0;
	return 0;
}

/* At least nr frames. Caller holds gt->lock. */
static int grow(struct domain *d, struct grant_table *gt, unsigned int nr)
{
	int rc = 0;

	if (nr > gt->max_frames)
		return -EINVAL;
	if (nr > gt->nr_frames && d->is_dying)
		return -EINVAL;
	if (gt->version == 2) {
		rc = grant_add_status(d, nr);
		if (rc)
			return rc;
	}
	while (!rc && gt->nr_frames < nr)
		rc = add_frame(d, gt);
	return rc;
}

int grant_table_init(struct domain *d, unsigned int max_frames, unsigned int max_maptrack,
	unsigned int max_version)
{
	struct grant_table *gt;
	int rc = -ENOMEM;

	if (max_frames < INITIAL_FRAMES || max_frames > boot_params.gnttab_max_frames ||
	    max_maptrack > boot_params.gnttab_max_maptrack_frames ||
	    !max_version || max_version > boot_params.gnttab_max_ver)
		return -EINVAL;
	gt = xzalloc(struct grant_table);
	if (!gt)
		return -ENOMEM;
	spin_lock_init(&gt->lock, LOCK_GRANT);
	gt->version = 1;
	gt->max_version = max_version;
	gt->max_frames = max_frames;
	/* A maptrack frame of the tools' counting is a page of 16-byte entries. */
	gt->max_chunks = min(max_maptrack, ~0U / 16) * (PAGE_SIZE / 16 / MAPTRACK_PER_CHUNK);
	gt->free_handle = HANDLE_NONE;
	gt->shared = xzalloc_array(void *, max_frames);
	gt->status = xzalloc_array(grant_status_t *, status_frames(max_frames));
	gt->active = xzalloc_array(struct active_grant *, max_frames);
	gt->maptrack = xzalloc_array(struct maptrack *, gt->max_chunks);
	d->grant = gt;
	if (!gt->shared || !gt->status || !gt->active || (gt->max_chunks && !gt->maptrack))
		goto err_alloc;
	rc = grow(d, gt, INITIAL_FRAMES);
	if (rc)
		goto err_alloc;
	return 0;

err_alloc:
	grant_table_destroy(d);
	return rc;
}

/* The domain is dying: the guest's share in its frames ends. They stay for who still has them
 * mapped, and with them the domain's structure. */
void grant_frames_unshare(struct domain *d)
{
	struct grant_table *gt = d->grant;
	unsigned int i;

	/* Whoever saw the domain alive under the lock has finished adding frames once we have it. */
	spin_lock(&gt->lock);
	for (i = 0; i < gt->nr_frames; i++)
		arch_unshare_page(gt->shared[i]);
	for (i = 0; i < gt->nr_status; i++)
		arch_unshare_page(gt->status[i]);
	spin_unlock(&gt->lock);
}

static void free_frame(void *frame)
{
	if (page_owner(virt_to_page(frame))) /* was never alive */
		arch_unshare_page(frame);
	free_xenheap_page(frame);
}

/* With the domain's last reference: nobody maps its frames or its grants any more. */
void grant_table_destroy(struct domain *d)
{
	struct grant_table *gt = d->grant;
	unsigned int i;

	if (!gt)
		return;
	d->grant = NULL;
	for (i = 0; i < gt->nr_frames; i++) {
		free_frame(gt->shared[i]);
		xfree(gt->active[i]);
	}
	for (i = 0; i < gt->nr_status; i++)
		free_frame(gt->status[i]);
	for (i = 0; i < gt->nr_chunks; i++)
		xfree(gt->maptrack[i]);
	xfree(gt->shared);
	xfree(gt->status);
	xfree(gt->active);
	xfree(gt->maptrack);
	xfree(gt);
}

int grant_table_get_frame(struct domain *d, unsigned long idx, mfn_t *ret_mfn)
{
	struct grant_table *gt = d->grant;
	int rc;

	if (!gt || idx >= gt->max_frames)
		return -EINVAL;
	spin_lock(&gt->lock);
	rc = grow(d, gt, idx + 1);
	if (!rc)
		*ret_mfn = virt_to_mfn(gt->shared[idx]);
	spin_unlock(&gt->lock);
	return rc;
}

unsigned int grant_table_max_status_frames(const struct domain *d)
{
	return status_frames(grant_table_max_frames(d));
}

int grant_table_get_status_frame(struct domain *d, unsigned long idx, mfn_t *ret_mfn)
{
	struct grant_table *gt = d->grant;
	unsigned long frames = (idx + 1) * (STATUS_PER_FRAME / V2_PER_FRAME);
	int rc = -EINVAL;

	if (!gt || idx >= grant_table_max_status_frames(d))
		return -EINVAL;
	spin_lock(&gt->lock);
	if (gt->version == 2) {
		/* As packaged Xen does it: all the entries that a status frame serves, or none. */
		if (idx >= gt->nr_status && frames <= gt->max_frames)
			grow(d, gt, frames);
		if (idx < gt->nr_status) {
			*ret_mfn = virt_to_mfn(gt->status[idx]);
			rc = 0;
		}
	}
	spin_unlock(&gt->lock);
	return rc;
}

/* The pages that others may be writing to now. */
void grant_table_mark_dirty(struct domain *d)
{
	struct grant_table *gt = d->grant;
	grant_ref_t ref;

	if (!gt)
		return;
	spin_lock(&gt->lock);
	for (ref = 0; ref < grant_entries(gt); ref++)
		if (active_entry(gt, ref)->writers && !active_entry(gt, ref)->via)
			arch_page_dirtied(d, active_entry(gt, ref)->span.mfn);
	spin_unlock(&gt->lock);
}

/* --- operations ------------------------------------------------------------------------------- */

/* Referenced domain of an operation, or NULL with the status set. */
static struct domain *op_target(domid_t domid, int16_t *status)
{
	struct domain *d;
	int rc = target_get_permitted(domid, &d);

	if (!rc)
		return d;
	*status = rc == -EPERM ? GNTST_permission_denied : GNTST_bad_domain;
	return NULL;
}

typedef int frame_fn(struct domain *d, unsigned long idx, mfn_t *ret_mfn);

/* Tells the guest of the first nr frames; the operation's status. */
static int16_t list_frames(struct domain *d, XEN_GUEST_HANDLE(uint64_t) list, uint32_t nr, frame_fn *get)
{
	uint64_t pfn;
	uint32_t i;
	mfn_t mfn;

	for (i = 0; i < nr; i++) {
		if (get(d, i, &mfn))
			return GNTST_general_error; /* the version changed meanwhile */
		pfn = mfn_x(mfn);
		if (copy_to_guest_offset(list, i, &pfn, 1))
			return GNTST_bad_virt_addr;
	}
	return GNTST_okay;
}

void grant_setup_table(void *arg)
{
	struct gnttab_setup_table *op = arg;
	struct domain *d = op_target(op->dom, &op->status);
	mfn_t mfn;

	if (!d)
		return;
	op->status = GNTST_general_error;
	if (op->nr_frames > grant_table_max_frames(d))
		goto out;
	/* The last frame first: the table grows at once or not at all. */
	if (op->nr_frames && grant_table_get_frame(d, op->nr_frames - 1, &mfn))
		goto out;
	op->status = list_frames(d, guest_handle_cast(op->frame_list, uint64_t), op->nr_frames,
		grant_table_get_frame);
out:
	domain_put(d);
}

void grant_query_size(void *arg)
{
	struct gnttab_query_size *op = arg;
	struct domain *d = op_target(op->dom, &op->status);

	if (!d)
		return;
	spin_lock(&d->grant->lock);
	op->nr_frames = d->grant->nr_frames;
	spin_unlock(&d->grant->lock);
	op->max_nr_frames = d->grant->max_frames;
	op->status = GNTST_okay;
	domain_put(d);
}

void grant_get_status_frames(void *arg)
{
	struct gnttab_get_status_frames *op = arg;
	struct domain *d = op_target(op->dom, &op->status);

	if (!d)
		return;
	op->status = GNTST_general_error;
	if (op->nr_frames <= READ_ONCE(d->grant->nr_status))
		op->status = list_frames(d, op->frame_list, op->nr_frames, grant_table_get_status_frame);
	domain_put(d);
}

static void swap_entries(struct grant_table *gt, grant_ref_t a, grant_ref_t b)
{
	struct grant_entry_v1 e1;
	union grant_entry_v2 e2;
	grant_status_t st;

	if (gt->version == 1) {
		e1 = *entry_v1(gt, a);
		*entry_v1(gt, a) = *entry_v1(gt, b);
		*entry_v1(gt, b) = e1;
		return;
	}
	e2 = *entry_v2(gt, a);
	*entry_v2(gt, a) = *entry_v2(gt, b);
	*entry_v2(gt, b) = e2;
	st = *status_of(gt, a);
	*status_of(gt, a) = *status_of(gt, b);
	*status_of(gt, b) = st;
}

/* Both entries unused: they change places. */
void grant_swap(void *arg)
{
	struct gnttab_swap_grant_ref *op = arg;
	struct grant_table *gt = current->domain->grant;

	spin_lock(&gt->lock);
	op->status = GNTST_okay;
	if (op->ref_a >= grant_entries(gt) || op->ref_b >= grant_entries(gt))
		op->status = GNTST_bad_gntref;
	else if (op->ref_a == op->ref_b)
		;
	else if (grant_in_use(active_entry(gt, op->ref_a)) || grant_in_use(active_entry(gt, op->ref_b)))
		op->status = GNTST_eagain;
	else
		swap_entries(gt, op->ref_a, op->ref_b);
	spin_unlock(&gt->lock);
}

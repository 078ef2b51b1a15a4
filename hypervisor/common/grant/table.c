/* SPDX-License-Identifier: GPL-2.0-only */
/* table.c: a grant table's memory: making, growing, freeing, and the queries about it.
 *
 * Locks: gt->lock (LOCK_GRANT) guards the arrays' growth; frames once there stay until the
 *        domain's structure is freed. */
#include "private.h"

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

/* At least nr frames. Caller holds gt->lock. */
static int grow(struct domain *d, struct grant_table *gt, unsigned int nr)
{
	int rc = 0;

	if (nr > gt->max_frames)
		return -EINVAL;
	if (nr > gt->nr_frames && d->is_dying)
		return -EINVAL;
	while (!rc && gt->nr_frames < nr)
		rc = add_frame(d, gt);
	return rc;
}

int grant_table_init(struct domain *d, unsigned int max_frames, unsigned int max_maptrack,
	unsigned int max_version)
{
	struct grant_table *gt = xzalloc(struct grant_table);
	int rc = -ENOMEM;

	if (!gt)
		return -ENOMEM;
	spin_lock_init(&gt->lock, LOCK_GRANT);
	gt->max_version = max_version;
	gt->max_frames = max_frames;
	/* A maptrack frame of the tools' counting is a page of 16-byte entries. */
	gt->max_chunks = max_maptrack * (PAGE_SIZE / 16 / MAPTRACK_PER_CHUNK);
	gt->free_handle = HANDLE_NONE;
	gt->shared = xzalloc_array(struct grant_entry_v1 *, max_frames);
	gt->active = xzalloc_array(struct active_grant *, max_frames);
	gt->maptrack = xzalloc_array(struct maptrack *, gt->max_chunks);
	d->grant = gt;
	if ((max_frames && (!gt->shared || !gt->active)) || (gt->max_chunks && !gt->maptrack))
		goto err_alloc;
	rc = grow(d, gt, min(INITIAL_FRAMES, max_frames));
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

	for (i = 0; i < gt->nr_frames; i++)
		arch_unshare_page(gt->shared[i]);
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
		if (page_owner(virt_to_page(gt->shared[i]))) /* was never alive */
			arch_unshare_page(gt->shared[i]);
		free_xenheap_page(gt->shared[i]);
		xfree(gt->active[i]);
	}
	for (i = 0; i < gt->nr_chunks; i++)
		xfree(gt->maptrack[i]);
	xfree(gt->shared);
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

/* Status frames belong to version 2. */
int grant_table_get_status_frame(struct domain *d, unsigned long idx, mfn_t *ret_mfn)
{
	return -EINVAL;
}

/* The pages that others may be writing to now. */
void grant_table_mark_dirty(struct domain *d)
{
	struct grant_table *gt = d->grant;
	grant_ref_t ref;

	if (!gt)
		return;
	spin_lock(&gt->lock);
	for (ref = 0; ref < gt->nr_frames * ENTRIES_PER_FRAME; ref++)
		if (active_entry(gt, ref)->writers)
			arch_page_dirtied(d, active_entry(gt, ref)->mfn);
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

void grant_setup_table(void *arg)
{
	struct gnttab_setup_table *op = arg;
	struct domain *d = op_target(op->dom, &op->status);
	xen_pfn_t pfn;
	mfn_t mfn;
	uint32_t i;

	if (!d)
		return;
	op->status = GNTST_general_error;
	if (op->nr_frames > grant_table_max_frames(d))
		goto out;
	/* The last frame first: the table grows at once or not at all. */
	if (op->nr_frames && grant_table_get_frame(d, op->nr_frames - 1, &mfn))
		goto out;
	for (i = 0; i < op->nr_frames; i++) {
		if (grant_table_get_frame(d, i, &mfn))
			goto out;
		pfn = mfn_x(mfn);
		if (copy_to_guest_offset(op->frame_list, i, &pfn, 1)) {
			op->status = GNTST_bad_virt_addr;
			goto out;
		}
	}
	op->status = GNTST_okay;
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
	op->status = op->nr_frames ? GNTST_general_error : GNTST_okay;
	domain_put(d);
}

/* Handing over whole pages is not offered. */
void grant_transfer(void *arg)
{
	struct gnttab_transfer *op = arg;

	op->status = GNTST_general_error;
}

/* Both entries unused: they change places. */
void grant_swap(void *arg)
{
	struct gnttab_swap_grant_ref *op = arg;
	struct grant_table *gt = current->domain->grant;
	struct active_grant *a, *b;
	struct grant_entry_v1 tmp;

	spin_lock(&gt->lock);
	op->status = GNTST_okay;
	if (op->ref_a >= gt->nr_frames * ENTRIES_PER_FRAME ||
	    op->ref_b >= gt->nr_frames * ENTRIES_PER_FRAME) {
		op->status = GNTST_bad_gntref;
	} else if (op->ref_a != op->ref_b) {
		a = active_entry(gt, op->ref_a);
		b = active_entry(gt, op->ref_b);
		if (a->readers || a->writers || b->readers || b->writers) {
			op->status = GNTST_eagain;
		} else {
			tmp = *shared_entry(gt, op->ref_a);
			*shared_entry(gt, op->ref_a) = *shared_entry(gt, op->ref_b);
			*shared_entry(gt, op->ref_b) = tmp;
		}
	}
	spin_unlock(&gt->lock);
}

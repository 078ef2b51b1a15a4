/* SPDX-License-Identifier: GPL-2.0-only */
/* version.c: GNTTABOP_set_version: entries of 8 bytes with use bits in them (1), or of 16 with
 * status words in frames of their own (2).
 *
 * The reserved entries, which tools keep mapped, change their form; all others must be unused and
 * are lost.
 *
 * Locks: gt->lock (LOCK_GRANT). */
#include "private.h"

#define USE_BITS (GTF_reading | GTF_writing)

static bool others_in_use(struct grant_table *gt)
{
	grant_ref_t ref;

	for (ref = GNTTAB_NR_RESERVED_ENTRIES; ref < grant_entries(gt); ref++)
		if (grant_in_use(active_entry(gt, ref)))
			return true;
	return false;
}

/* What version 1 can say of entry ref of version 2; -ERANGE: it cannot. */
static int entry_as_v1(struct grant_table *gt, grant_ref_t ref, struct grant_entry_v1 *ret_e)
{
	union grant_entry_v2 e;
	uint16_t type;

	memcpy(&e, entry_v2(gt, ref), sizeof(e)); /* once: the guest may be writing to it */
	type = e.hdr.flags & GTF_type_mask;
	if (type == GTF_transitive || (type == GTF_permit_access && e.full_page.frame >> 32))
		return -ERANGE;
	memset(ret_e, 0, sizeof(*ret_e));
	if (type == GTF_permit_access) {
		ret_e->flags = e.hdr.flags | *status_of(gt, ref);
		ret_e->domid = e.hdr.domid;
		ret_e->frame = e.full_page.frame;
	}
	return 0;
}

static void entry_from_v1(struct grant_table *gt, grant_ref_t ref, const struct grant_entry_v1 *e)
{
	union grant_entry_v2 *new = entry_v2(gt, ref);

	*status_of(gt, ref) = e->flags & USE_BITS;
	new->full_page.frame = e->frame;
	new->hdr.domid = e->domid;
	new->hdr.flags = e->flags & ~USE_BITS;
}

/* The reserved entries as version 1 writes them; and the status frames come or go. */
static int leave_version(struct domain *d, struct grant_entry_v1 *kept)
{
	struct grant_table *gt = d->grant;
	grant_ref_t ref;
	int rc;

	if (gt->version == 1) {
		memcpy(kept, entry_v1(gt, 0), GNTTAB_NR_RESERVED_ENTRIES * sizeof(*kept));
		return grant_add_status(d, gt->nr_frames);
	}
	for (ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++) {
		rc = entry_as_v1(gt, ref, &kept[ref]);
		if (rc)
			return rc;
	}
	return grant_drop_status(d);
}

static int change(struct domain *d, unsigned int version)
{
	struct grant_table *gt = d->grant;
	struct grant_entry_v1 kept[GNTTAB_NR_RESERVED_ENTRIES];
	unsigned int i;
	int rc;

	if (others_in_use(gt))
		return -EBUSY;
	rc = leave_version(d, kept);
	if (rc)
		return rc;
	for (i = 0; i < gt->nr_frames; i++)
		memset(gt->shared[i], 0, PAGE_SIZE);
	for (i = 0; i < gt->nr_status; i++)
		memset(gt->status[i], 0, PAGE_SIZE);
	gt->version = version;
	if (version == 1)
		memcpy(entry_v1(gt, 0), kept, sizeof(kept));
	else
		for (i = 0; i < GNTTAB_NR_RESERVED_ENTRIES; i++)
			entry_from_v1(gt, i, &kept[i]);
	return 0;
}

long grant_set_version(uint32_t version, uint32_t *ret_version)
{
	struct domain *d = current->domain;
	struct grant_table *gt = d->grant;
	long rc = 0;

	spin_lock(&gt->lock);
	if (version != 1 && version != 2)
		rc = -EINVAL;
	else if (version > gt->max_version)
		rc = -ENOSYS;
	else if (version != gt->version)
		rc = change(d, version);
	*ret_version = gt->version;
	spin_unlock(&gt->lock);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* grant.h: a domain's grant table and its mappings of others' grants. */
#ifndef HV_GRANT_H
#define HV_GRANT_H

#include <hv/types.h>
#include <xen/grant_table.h>

struct domain;
struct grant_table; /* private to grant*.c */

/* -EINVAL: no frame at all, or more or another version than the options allow. */
int grant_table_init(struct domain *d, unsigned int max_frames, unsigned int max_maptrack,
	unsigned int max_version);
/* The dying domain's own mappings are dropped, and its frames no longer shared with it;
 * preemptible: -ERESTART when there is more. */
int grant_table_release_mappings(struct domain *d);
void grant_table_destroy(struct domain *d);
/* Frame `idx` of the table (grows it up to the limit), for XENMEM_acquire_resource. */
int grant_table_get_frame(struct domain *d, unsigned long idx, mfn_t *ret_mfn);
int grant_table_get_status_frame(struct domain *d, unsigned long idx, mfn_t *ret_mfn);
unsigned int grant_table_max_frames(const struct domain *d);
unsigned int grant_table_max_status_frames(const struct domain *d);
/* arch_page_dirtied() for each page of d's that another has mapped for writing. */
void grant_table_mark_dirty(struct domain *d);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* resource.c: XENMEM_acquire_resource: the frames of another domain's grant table, for a
 * privileged caller to map as that domain's. No locks: the grant table's own. */
#include "private.h"
#include <hv/grant.h>
#include <hv/softirq.h>

static long grant_frame(struct domain *d, uint32_t id, unsigned long frame, mfn_t *ret_mfn)
{
	return id == XENMEM_resource_grant_table_id_shared ?
		grant_table_get_frame(d, frame, ret_mfn) :
		grant_table_get_status_frame(d, frame, ret_mfn);
}

/* How many frames a resource may have; 0: there is no such part of it, or what only other kinds of domains
 * have. */
static unsigned int resource_max(struct domain *d, const struct xen_mem_acquire_resource *r)
{
	if (r->type != XENMEM_resource_grant_table)
		return 0;
	if (r->id == XENMEM_resource_grant_table_id_status)
		return grant_table_max_status_frames(d);
	return r->id == XENMEM_resource_grant_table_id_shared ? grant_table_max_frames(d) : 0;
}

static long get_frames(struct domain *d, const struct xen_mem_acquire_resource *r,
	unsigned long arg[], unsigned long start)
{
	unsigned long i;
	xen_pfn_t pfn;
	mfn_t mfn;
	long rc;

	for (i = start; i < r->nr_frames; i++) {
		if (i != start && hypercall_preempt_check())
			return memop_continue(arg, i);
		rc = grant_frame(d, r->id, r->frame + i, &mfn);
		if (rc)
			return rc;
		pfn = mfn_x(mfn);
		if (copy_to_guest_offset(r->frame_list, i, &pfn, 1))
			return -EFAULT;
	}
	return 0;
}

/* nr_frames is 32 bits wide and starts that the guest made up end in get_frames() at once. */
long memop_acquire_resource(unsigned long arg[], unsigned long start)
{
	XEN_GUEST_HANDLE(xen_mem_acquire_resource_t) h =
		guest_handle_from_arg(arg[1], xen_mem_acquire_resource_t);
	struct xen_mem_acquire_resource r;
	struct domain *d;
	unsigned int limit;
	long rc;

	if (copy_from_guest(&r, h, 1))
		return -EFAULT;
	if (r.pad)
		return -EINVAL;
	d = domain_get_by_id(r.domid); /* by its number, even one's own */
	if (!d)
		return -ESRCH;
	rc = 0;
	if (d == current->domain || !current->domain->is_privileged) {
		rc = -EPERM;
		goto out;
	}
	limit = resource_max(d, &r);
	if (r.type > XENMEM_resource_vmtrace_buf) {
		rc = -EOPNOTSUPP;
	} else if (!limit) {
		rc = -EINVAL;
	} else if (guest_handle_is_null(r.frame_list)) {
		if (r.nr_frames) {
			rc = -EINVAL;
			goto out;
		}
		r.nr_frames = limit;
		if (copy_field_to_guest(h, &r, nr_frames))
			rc = -EFAULT;
	} else if (!r.nr_frames || r.frame > limit || r.nr_frames > limit - r.frame) {
		rc = -EINVAL;
	} else {
		rc = get_frames(d, &r, arg, start);
	}
out:
	domain_put(d);
	return rc;
}

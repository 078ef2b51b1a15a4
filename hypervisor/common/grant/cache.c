/* SPDX-License-Identifier: GPL-2.0-only */
/* cache.c: GNTTABOP_cache_flush: caches of a page that is the caller's or granted to it, for devices
 * that do not look into them. Preemptible: between elements, and while it looks for the grant.
 *
 * Locks: the owner's gt->lock (LOCK_GRANT). */
#include "private.h"
#include <hv/softirq.h>

#define LOOK_AT 4096U /* entries at a time */

/* Has `who` a use of mfn's by entries [part * LOOK_AT, + LOOK_AT) of owner? 0; 1: not by these;
 * -EINVAL: by none. */
static int granted(struct domain *owner, domid_t who, mfn_t mfn, unsigned int part)
{
	struct grant_table *gt = owner->grant;
	const struct active_grant *act;
	grant_ref_t ref, end;
	int rc;

	spin_lock(&gt->lock);
	end = min((uint64_t)grant_entries(gt), ((uint64_t)part + 1) * LOOK_AT);
	rc = end == grant_entries(gt) ? -EINVAL : 1;
	for (ref = part * LOOK_AT; ref < end; ref++) {
		act = active_entry(gt, ref);
		if (grant_in_use(act) && act->domid == who && mfn_eq(act->span.mfn, mfn)) {
			rc = 0;
			break;
		}
	}
	spin_unlock(&gt->lock);
	return rc;
}

static int flush_page(const struct gnttab_cache_flush *op, mfn_t mfn, unsigned int part)
{
	struct domain *me = current->domain, *owner;
	struct page *pg = mfn_to_page(mfn);
	int rc = 0;

	if (!get_page_owner_and_ref(pg, &owner))
		return -EPERM;
	if (!owner || !owner->grant)
		rc = -EPERM;
	else if (owner != me)
		rc = granted(owner, me->domain_id, mfn, part);
	/* Forgetting what is not yet in memory is nothing that x86 lets one do to a part of it. */
	if (!rc && op->op == GNTTAB_CACHE_INVAL)
		rc = -EOPNOTSUPP;
	if (!rc)
		arch_cache_clean((const char *)mfn_to_virt(mfn) + op->offset, op->length);
	put_page(pg);
	return rc;
}

/* 1: go on with the next part. */
static int flush_one(const struct gnttab_cache_flush *op, unsigned int part)
{
	mfn_t mfn = paddr_to_mfn(op->a.dev_bus_addr);

	if (op->offset >= PAGE_SIZE || op->length > PAGE_SIZE || op->offset + op->length > PAGE_SIZE ||
	    (op->op & ~(GNTTAB_CACHE_INVAL | GNTTAB_CACHE_CLEAN)))
		return -EINVAL;
	if (!op->length || !op->op)
		return part ? -EILSEQ : 0;
	return mfn_valid(mfn) ? flush_page(op, mfn, part) : -EINVAL;
}

long grant_cache_flush(unsigned long arg[])
{
	unsigned int part = (uint32_t)arg[0] >> GRANT_CMD_BITS;
	struct gnttab_cache_flush op;
	int rc;

	if (!guest_pointer_ok((const void *)arg[1]))
		return -EFAULT;
	while (arg[2]) {
		if (copy_from_guest_raw(&op, (const void *)arg[1], sizeof(op)))
			return -EFAULT;
		rc = flush_one(&op, part);
		if (rc < 0)
			return rc;
		if (rc) {
			part++;
		} else {
			part = 0;
			arg[1] += sizeof(op);
			arg[2]--;
		}
		if (arg[2] && hypercall_preempt_check()) {
			arg[0] = GNTTABOP_cache_flush | (uint32_t)part << GRANT_CMD_BITS;
			return -ERESTART;
		}
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* mmu_update.c: the mmu_update hypercall, and whose frames MMU hypercalls may name. */
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/softirq.h>
#include "mm.h"

int mm_get_owner(domid_t domid, struct domain **ret_d)
{
	struct domain *cd = current->domain, *d;

	if (domid == DOMID_SELF) {
		*ret_d = cd;
	} else if (domid == DOMID_IO) {
		*ret_d = dom_io;
	} else if (domid == DOMID_XEN) {
		if (!cd->is_privileged)
			return -EPERM;
		*ret_d = dom_xen;
	} else {
		if (domid == cd->domain_id)
			return -ESRCH;
		d = domain_get_by_id(domid);
		if (!d)
			return -ESRCH;
		if (!cd->is_privileged) {
			domain_put(d);
			return -EPERM;
		}
		*ret_d = d;
	}
	return 0;
}

void mm_put_owner(struct domain *d)
{
	if (d != current->domain && d != dom_io && d != dom_xen)
		domain_put(d);
}

/* The low half of foreigndom owns the frames; the high half, less one, the tables if not 0. */
static int get_owners(unsigned int foreigndom, struct mod_args *ret)
{
	unsigned int pt = foreigndom >> 16;
	int rc;

	ret->pt_owner = current->domain;
	if (pt) {
		rc = mm_get_owner(pt - 1, &ret->pt_owner);
		if (rc)
			return rc;
		if (ret->pt_owner == dom_io || ret->pt_owner == dom_xen)
			return -EINVAL;
	}
	rc = mm_get_owner((domid_t)foreigndom, &ret->pg_owner);
	if (rc)
		mm_put_owner(ret->pt_owner);
	return rc;
}

static void put_owners(const struct mod_args *a)
{
	mm_put_owner(a->pg_owner);
	mm_put_owner(a->pt_owner);
}

/* An entry in a page that is no table is a plain 8-byte write. */
static int write_plain(struct domain *d, struct page *pg, unsigned int offset, uint64_t val)
{
	if (get_page_type(pg, PGT_writable_page))
		return -EINVAL;
	WRITE_ONCE(*(uint64_t *)((char *)page_to_virt(pg) + offset), val);
	logdirty_mark(d, page_to_mfn(pg));
	put_page_type(pg);
	return 0;
}

static int update_pte(uint64_t ptr, uint64_t val, struct mod_args *a)
{
	mfn_t m = paddr_to_mfn(ptr);
	unsigned int offset = ptr & (PAGE_SIZE - 1);
	struct page *pg;
	int rc;

	if (offset % sizeof(pte_t) || !mfn_valid(m) || READ_ONCE(a->pt_owner->is_dying))
		return -EINVAL;
	pg = mfn_to_page(m);
	if (!get_page(pg, a->pt_owner))
		return -EINVAL;
	if (!page_lock(pg)) {
		rc = write_plain(a->pt_owner, pg, offset, val);
	} else if (!type_is_table(READ_ONCE(pg->type_info))) {
		page_unlock(pg);
		rc = write_plain(a->pt_owner, pg, offset, val);
	} else {
		rc = mod_entry(pg, offset / sizeof(pte_t), val, a);
	}
	put_page(pg);
	return rc;
}

static int update_m2p(uint64_t ptr, uint64_t val, const struct mod_args *a)
{
	mfn_t m = paddr_to_mfn(ptr);
	struct page *pg;

	/* The numbers of frames that are no memory are everybody's. */
	if (a->pg_owner == dom_io && !current->domain->is_privileged)
		return -EPERM;
	if (!mfn_valid(m))
		return -EINVAL;
	pg = mfn_to_page(m);
	if (!get_page(pg, a->pg_owner))
		return -EINVAL;
	arch_m2p_set(m, val);
	logdirty_mark(a->pg_owner, m);
	put_page(pg);
	return 0;
}

static int do_one(const struct mmu_update *req, struct mod_args *a)
{
	uint64_t ptr = req->ptr & ~7UL;
	unsigned int cmd = req->ptr & 7;

	if (cmd > MMU_PT_UPDATE_NO_TRANSLATE)
		return -ENOSYS;
	if (cmd == MMU_MACHPHYS_UPDATE)
		return update_m2p(ptr, req->val, a);
	a->preserve_ad = cmd == MMU_PT_UPDATE_PRESERVE_AD;
	return update_pte(ptr, req->val, a);
}

long do_mmu_update(unsigned long arg[HYPERCALL_ARGS])
{
	XEN_GUEST_HANDLE(mmu_update_t) reqs = guest_handle_from_arg(arg[0], mmu_update_t);
	unsigned int count = arg[1], done = 0, i;
	unsigned int *pdone = (unsigned int *)arg[2]; /* guest address */
	struct mmu_update req;
	struct mod_args a;
	long rc;

	rc = mm_finish_pending();
	if (rc)
		return rc;
	/* 4.17's own form of going on with nothing but dropped tables. */
	if (count == MMU_UPDATE_PREEMPTED && guest_handle_is_null(reqs))
		return (int)arg[3];
	if (!guest_pointer_ok(reqs.p))
		return -EFAULT;
	if (count & MMU_UPDATE_PREEMPTED) {
		count &= ~MMU_UPDATE_PREEMPTED;
		if (pdone)
			(void)copy_from_guest_raw(&done, pdone, sizeof(done));
	}
	rc = get_owners(arg[3], &a);
	if (rc)
		return rc;
	for (i = 0; i < count && !rc; i++) {
		rc = mm_finish_pending();
		if (!rc && i && hypercall_preempt_check())
			rc = -ERESTART;
		if (!rc && copy_from_guest_offset(&req, reqs, i, 1))
			rc = -EFAULT;
		if (!rc)
			rc = do_one(&req, &a);
		if (rc)
			break;
	}
	put_owners(&a);
	if (!rc)
		rc = mm_finish_pending();
	if (rc == -ERESTART) {
		arg[0] += i * sizeof(req);
		arg[1] = (count - i) | MMU_UPDATE_PREEMPTED;
	}
	done += i;
	/* What was done is done, whether the guest is told or not. */
	if (pdone)
		(void)copy_to_guest_raw(pdone, &done, sizeof(done));
	return rc;
}

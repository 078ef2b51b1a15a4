/* SPDX-License-Identifier: GPL-2.0-only */
/* mmuext.c: the mmuext_op hypercall: pins, base pointers, flushes, LDT, whole pages. */
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/softirq.h>
#include <asm/access.h>
#include "mm.h"

/* A reference to a frame that the operation names. */
static struct page *get_frame(mfn_t m, struct domain *d)
{
	if (!mfn_valid(m) || !get_page(mfn_to_page(m), d))
		return NULL;
	return mfn_to_page(m);
}

static int op_pin(const struct mmuext_op *op, struct domain *pg_owner)
{
	uint64_t type = level_type(op->cmd - MMUEXT_PIN_L1_TABLE + 1);
	mfn_t m = mk_mfn(op->arg1.mfn);
	struct page *pg = get_frame(m, pg_owner);
	int rc;

	if (!pg)
		return -EINVAL;
	rc = pin_page_table(pg, type, pg_owner);
	if (rc && rc != -ERESTART)
		mm_set_pending(m, pg_owner);
	/* Relinquish may have passed this page already. */
	if (!rc && pg_owner != current->domain && READ_ONCE(pg_owner->is_dying))
		(void)unpin_page_table(pg, pg_owner);
	if (!rc)
		logdirty_mark(pg_owner, m); /* readers of the page see its type, too */
	put_page(pg);
	return rc;
}

static int op_unpin(const struct mmuext_op *op, struct domain *pg_owner)
{
	struct page *pg = get_frame(mk_mfn(op->arg1.mfn), pg_owner);
	int rc;

	if (!pg)
		return -EINVAL;
	rc = unpin_page_table(pg, pg_owner);
	logdirty_mark(pg_owner, page_to_mfn(pg));
	put_page(pg);
	return rc;
}

static int op_new_baseptr(const struct mmuext_op *op, struct domain *d)
{
	return new_guest_cr3(current, mk_mfn(op->arg1.mfn));
}

static int op_new_user_baseptr(const struct mmuext_op *op, struct domain *d)
{
	struct vcpu *v = current;
	mfn_t old = v->arch.guest_table_user, m = mk_mfn(op->arg1.mfn);
	int rc;

	if (mfn_eq(m, INVALID_MFN))
		return -EINVAL;
	if (mfn_x(m) == 0)
		m = INVALID_MFN;
	if (mfn_eq(m, old))
		return 0;
	if (!mfn_eq(m, INVALID_MFN)) {
		rc = get_table_from_mfn(m, PGT_l4_page_table, d, true);
		if (rc) {
			if (rc != -ERESTART)
				mm_set_pending(m, d);
			return rc;
		}
	}
	v->arch.guest_table_user = m;
	vcpu_update_roots(v);
	if (!mfn_eq(old, INVALID_MFN))
		put_table_deferred(mfn_to_page(old), 0);
	return 0;
}

static int op_flush_local(const struct mmuext_op *op, struct domain *d)
{
	flush_local(op->cmd == MMUEXT_INVLPG_LOCAL ? FLUSH_VA : FLUSH_TLB, op->arg1.linear_addr);
	return 0;
}

static int op_flush_multi(const struct mmuext_op *op, struct domain *d)
{
	struct cpumask m;

	if (mm_vcpu_bitmap((const void *)op->arg2.vcpumask.p, &m))
		return -EINVAL;
	flush_mask(&m, op->cmd == MMUEXT_INVLPG_MULTI ? FLUSH_VA : FLUSH_TLB, op->arg1.linear_addr);
	return 0;
}

static int op_flush_all(const struct mmuext_op *op, struct domain *d)
{
	flush_mask(&d->arch.dirty_cpumask, op->cmd == MMUEXT_INVLPG_ALL ? FLUSH_VA : FLUSH_TLB,
		op->arg1.linear_addr);
	return 0;
}

static int op_flush_cache(const struct mmuext_op *op, struct domain *d)
{
	if (!domain_has_io(d))
		return op->cmd == MMUEXT_FLUSH_CACHE ? -EACCES : -EINVAL;
	if (op->cmd == MMUEXT_FLUSH_CACHE)
		flush_local(FLUSH_CACHE, 0);
	else
		flush_mask(&cpu_running_map, FLUSH_CACHE, 0);
	return 0;
}

static int op_set_ldt(const struct mmuext_op *op, struct domain *d)
{
	return pv_set_ldt(current, op->arg1.linear_addr, op->arg2.nr_ents);
}

/* A frame whose contents the hypervisor may touch: one that is no RAM is not mapped here. */
static struct page *get_memory(unsigned long frame, struct domain *pg_owner)
{
	return pg_owner == dom_io ? NULL : get_frame(mk_mfn(frame), pg_owner);
}

static int op_clear_page(const struct mmuext_op *op, struct domain *pg_owner)
{
	struct page *pg = get_memory(op->arg1.mfn, pg_owner);
	int rc;

	if (!pg)
		return -EINVAL;
	rc = get_page_type(pg, PGT_writable_page);
	if (!rc) {
		scrub_page(pg);
		logdirty_mark(pg_owner, page_to_mfn(pg));
		put_page_type(pg);
	}
	put_page(pg);
	return rc;
}

static int op_copy_page(const struct mmuext_op *op, struct domain *pg_owner)
{
	struct page *src = get_memory(op->arg2.src_mfn, pg_owner);
	struct page *dst;
	int rc = -EINVAL;

	if (!src)
		return -EINVAL;
	dst = get_memory(op->arg1.mfn, pg_owner);
	if (!dst)
		goto err_src;
	rc = get_page_type(dst, PGT_writable_page);
	if (!rc) {
		memcpy(page_to_virt(dst), page_to_virt(src), PAGE_SIZE);
		logdirty_mark(pg_owner, page_to_mfn(dst));
		put_page_type(dst);
	}
	put_page(dst);
err_src:
	put_page(src);
	return rc;
}

static int op_super(const struct mmuext_op *op, struct domain *d)
{
	return -EOPNOTSUPP;
}

static const struct mmuext_row {
	int (*run)(const struct mmuext_op *op, struct domain *pg_owner);
	bool foreign; /* may name another domain's frames */
} mmuext_rows[] = {
	[MMUEXT_PIN_L1_TABLE]     = { op_pin, true },
	[MMUEXT_PIN_L2_TABLE]     = { op_pin, true },
	[MMUEXT_PIN_L3_TABLE]     = { op_pin, true },
	[MMUEXT_PIN_L4_TABLE]     = { op_pin, true },
	[MMUEXT_UNPIN_TABLE]      = { op_unpin, true },
	[MMUEXT_NEW_BASEPTR]      = { op_new_baseptr, false },
	[MMUEXT_NEW_USER_BASEPTR] = { op_new_user_baseptr, false },
	[MMUEXT_TLB_FLUSH_LOCAL]  = { op_flush_local, false },
	[MMUEXT_INVLPG_LOCAL]     = { op_flush_local, false },
	[MMUEXT_TLB_FLUSH_MULTI]  = { op_flush_multi, false },
	[MMUEXT_INVLPG_MULTI]     = { op_flush_multi, false },
	[MMUEXT_TLB_FLUSH_ALL]    = { op_flush_all, false },
	[MMUEXT_INVLPG_ALL]       = { op_flush_all, false },
	[MMUEXT_FLUSH_CACHE]      = { op_flush_cache, false },
	[MMUEXT_FLUSH_CACHE_GLOBAL] = { op_flush_cache, false },
	[MMUEXT_SET_LDT]          = { op_set_ldt, false },
	[MMUEXT_CLEAR_PAGE]       = { op_clear_page, true },
	[MMUEXT_COPY_PAGE]        = { op_copy_page, true },
	[MMUEXT_MARK_SUPER]       = { op_super, true },
	[MMUEXT_UNMARK_SUPER]     = { op_super, true },
};

static int do_one(const struct mmuext_op *op, struct domain *pg_owner)
{
	const struct mmuext_row *row;

	if (op->cmd >= ARRAY_SIZE(mmuext_rows) || !mmuext_rows[op->cmd].run)
		return -ENOSYS;
	row = &mmuext_rows[op->cmd];
	if (pg_owner != current->domain && !row->foreign)
		return -EPERM;
	return row->run(op, pg_owner);
}

long do_mmuext_op(unsigned long arg[HYPERCALL_ARGS])
{
	XEN_GUEST_HANDLE(mmuext_op_t) ops = guest_handle_from_arg(arg[0], mmuext_op_t);
	unsigned int count = arg[1], done = 0, i;
	unsigned int *pdone = (unsigned int *)arg[2]; /* guest address */
	struct domain *pg_owner;
	struct mmuext_op op;
	long rc;

	rc = mm_finish_pending();
	if (rc)
		return rc;
	/* 4.17's own form of going on with nothing but dropped tables. */
	if (count == MMU_UPDATE_PREEMPTED && guest_handle_is_null(ops))
		return (int)arg[3];
	if (!guest_pointer_ok(ops.p))
		return -EFAULT;
	if (count & MMU_UPDATE_PREEMPTED) {
		count &= ~MMU_UPDATE_PREEMPTED;
		if (pdone)
			(void)copy_from_guest_raw(&done, pdone, sizeof(done));
	}
	rc = mm_get_owner(arg[3], &pg_owner);
	if (!rc && pg_owner == dom_io && !current->domain->is_privileged)
		rc = -EPERM;
	if (rc)
		return rc;
	for (i = 0; i < count; i++) {
		rc = mm_finish_pending();
		if (!rc && i && hypercall_preempt_check())
			rc = -ERESTART;
		if (!rc && copy_from_guest_offset(&op, ops, i, 1))
			rc = -EFAULT;
		if (!rc)
			rc = do_one(&op, pg_owner);
		if (rc)
			break;
	}
	mm_put_owner(pg_owner);
	/* The last one's unpinning or dropping goes on in an empty call. */
	if (!rc)
		rc = mm_finish_pending();
	if (rc == -ERESTART) {
		arg[0] += i * sizeof(op);
		arg[1] = (count - i) | MMU_UPDATE_PREEMPTED;
	}
	done += i;
	/* What was done is done, whether the guest is told or not. */
	if (pdone)
		(void)copy_to_guest_raw(pdone, &done, sizeof(done));
	return rc;
}

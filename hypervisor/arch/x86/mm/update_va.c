/* SPDX-License-Identifier: GPL-2.0-only */
/* update_va.c: update_va_mapping: the L1 entry of an address in the current tables, and a flush. */
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include "mm.h"

/* A vcpu that does not run has nothing in any TLB: every switch loads CR3. */
int mm_vcpu_bitmap(const void *guest, struct cpumask *ret_mask)
{
	struct domain *d = current->domain;
	unsigned long map[BITS_TO_LONGS(MAX_VIRT_CPUS)] = { 0 };
	struct vcpu *v;

	if (copy_from_guest_raw(map, guest, DIV_ROUND_UP(d->max_vcpus, 8)))
		return -EFAULT;
	cpumask_zero(ret_mask);
	for_each_vcpu(d, v)
		if (test_bit(v->vcpu_id, map) && READ_ONCE(v->is_running))
			cpumask_set(READ_ONCE(v->processor), ret_mask);
	return 0;
}

static int flush_after(vaddr_t va, unsigned long flags)
{
	unsigned long where = flags & ~UVMF_FLUSHTYPE_MASK;
	unsigned int what;
	struct cpumask m;

	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_TLB_FLUSH:
		what = FLUSH_TLB;
		break;
	case UVMF_INVLPG:
		what = FLUSH_VA;
		break;
	default:
		return 0;
	}
	if (where == UVMF_LOCAL) {
		flush_local(what, va);
		return 0;
	}
	if (where == UVMF_ALL)
		cpumask_copy(&m, &current->domain->arch.dirty_cpumask);
	else if (mm_vcpu_bitmap((const void *)where, &m))
		return -EFAULT;
	flush_mask(&m, what, va);
	return 0;
}

static long __hot_mm update_va(vaddr_t va, pte_t e, unsigned long flags, struct domain *pg_owner)
{
	struct mod_args a = { .pt_owner = current->domain, .pg_owner = pg_owner };
	struct page *l1;
	long rc;

	rc = mm_finish_pending();
	if (rc)
		return rc;
	l1 = lock_l1_of_va(current, va);
	if (!l1)
		return -EINVAL;
	rc = mod_entry(l1, l1_index(va), e, &a);
	put_page(l1);
	return rc ? rc : flush_after(va, flags);
}

long __hot_mm do_update_va_mapping(unsigned long arg[HYPERCALL_ARGS])
{
	return update_va(arg[0], arg[1], arg[2], current->domain);
}

long do_update_va_mapping_otherdomain(unsigned long arg[HYPERCALL_ARGS])
{
	struct domain *d;
	long rc = mm_get_owner(arg[3], &d);

	if (rc)
		return rc;
	rc = update_va(arg[0], arg[1], arg[2], d);
	mm_put_owner(d);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* types.c: typed references to pages, the rule that keeps guests apart from each other.
 *
 * A page is at any time of one type: writable, a page table of one level, descriptors, or none.
 * type_info counts the uses of the page as such: mappings that may write (writable), entries that
 * refer to a table, pins, CR3s. The type changes only while the count is 0, so a guest never has
 * write access to what the CPU walks. Who holds a type reference holds a general one too.
 *
 *   count 0 -> 1   the CPU that makes the change owns the page until it sets PGT_validated: it
 *                  flushes TLBs that may hold translations of the old type and, for a table,
 *                  takes references for every entry (validate.c). Others that want the same type
 *                  wait, those that want another are refused.
 *   count 1 -> 0   of a table: likewise owned, without PGT_validated, while the entries'
 *                  references are dropped.
 *   PGT_partial    either work stopped half-way: the page keeps type and count 1, and a general
 *                  reference for itself; tlb_stamp tells how far (mm.h). Whoever wants the page as
 *                  this type takes over; teardown_partial() goes the other way.
 *   PGT_locked     one CPU writes entries of a validated table; it holds one of the counts.
 *
 * Waiting is always for work on a table of a lower level, or for an entry write, so there is no
 * cycle. The work may take as long as a time slice: who can be preempted comes back later. An entry
 * that refers to a table of its own level (linear.c) is made without waiting.
 *
 * Locks:   none; type_info changes by compare-and-swap. Who waits with interrupts off (an LDT page is
 *          mapped while a vcpu is loaded) answers those that want its TLB flushed. */
#include <hv/softirq.h>
#include "mm.h"

static void self_ref(struct page *pg)
{
	/* The caller holds a reference, so one more cannot be refused. */
	if (!get_page(pg, page_owner(pg)))
		BUG();
}

/* The page comes into use as something else: CPUs must forget what they know about it. Other
 * domains than the owner map it only through the privileged domain or as grants, whose
 * unmapping flushes. */
static void flush_stale(struct page *pg)
{
	struct domain *d = page_owner(pg);
	struct cpumask m;

	cpumask_zero(&m);
	if (d)
		cpumask_copy(&m, &d->arch.dirty_cpumask);
	if (hardware_domain && hardware_domain != d)
		cpumask_or(&m, &m, &hardware_domain->arch.dirty_cpumask);
	tlb_filter(&m, pg->tlb_stamp);
	if (!cpumask_empty(&m))
		flush_mask(&m, FLUSH_TLB, 0);
}

/* What type_info becomes with one more reference as `type`; false: refused. *ret_wait: later. */
static bool next_type(uint64_t x, uint64_t type, uint64_t *ret_nx, bool *ret_wait)
{
	uint64_t old = x & PGT_type_mask;

	*ret_wait = false;
	if (!(x & PGT_count_mask)) {
		*ret_nx = type | 1;
		/* Nothing to check or flush: valid at once. */
		if (!type_is_table(type) && type != PGT_seg_desc && (old == type || old == PGT_none))
			*ret_nx |= PGT_validated;
		return true;
	}
	if (old != type || (x & PGT_count_mask) >= PGT_count_limit)
		return false;
	*ret_nx = x & PGT_partial ? x & ~PGT_partial : x + 1;
	*ret_wait = !(x & (PGT_partial | PGT_validated));
	return true;
}

/* The page is ours, half-way at `progress`, and stays so. */
static void leave_partial(struct page *pg, bool has_self_ref)
{
	if (!has_self_ref)
		self_ref(pg);
	__atomic_fetch_or(&pg->type_info, PGT_partial, __ATOMIC_SEQ_CST);
}

/* The page is ours with no entry's reference held: count 0. */
static void leave_unused(struct page *pg, uint64_t type, bool has_self_ref)
{
	pg->tlb_stamp = tlb_clock_now();
	__atomic_store_n(&pg->type_info, type, __ATOMIC_SEQ_CST);
	if (has_self_ref)
		put_page(pg);
}

/* Validation may have changed entries, even if it failed, and whoever reads the page is to see its new type. */
static void mark_table(struct page *pg, uint64_t type)
{
	struct domain *d = page_owner(pg);

	if (d && type_is_table(type))
		logdirty_mark(d, page_to_mfn(pg));
}

/* No CPU may find the entries by way of the table's shadow any more. */
static void forget_table(struct page *pg, uint64_t type)
{
	struct domain *d = page_owner(pg);

	if (d && unlikely(d->arch.logdirty))
		shadow_forget_table(d, pg, type_level(type));
}

static int become_type(struct page *pg, uint64_t type, uint64_t x, bool preemptible)
{
	bool partial = x & PGT_partial, clean = true;
	uint32_t progress = partial ? pg->tlb_stamp : 0;
	int rc;

	if (!partial && (x & PGT_type_mask) != type && (x & PGT_type_mask) != PGT_none)
		flush_stale(pg);
	rc = validate_page(pg, type, progress, preemptible, &clean);
	mark_table(pg, type);
	if (!rc) {
		__atomic_fetch_or(&pg->type_info, PGT_validated, __ATOMIC_SEQ_CST);
		if (partial)
			put_page(pg);
	} else if (rc == -ERESTART || !clean) {
		leave_partial(pg, partial);
	} else {
		leave_unused(pg, PGT_none, partial);
	}
	return rc;
}

int get_page_type_flags(struct page *pg, uint64_t type, bool preemptible)
{
	uint64_t x = READ_ONCE(pg->type_info), nx;
	bool wait;

	for (;;) {
		if (!next_type(x, type, &nx, &wait))
			return -EINVAL;
		if (wait && preemptible && hypercall_preempt_check())
			return -ERESTART;
		if (wait) {
			arch_relax(local_irq_is_enabled());
			x = READ_ONCE(pg->type_info);
		} else if (type_cas(pg, &x, nx)) {
			break;
		}
	}
	return nx & PGT_validated ? 0 : become_type(pg, type, x, preemptible);
}

int get_page_type(struct page *pg, uint64_t type)
{
	return get_page_type_flags(pg, type, false);
}

int __hot_call get_page_and_type(struct page *pg, struct domain *d, uint64_t type)
{
	int rc;

	if (!get_page(pg, d))
		return -EINVAL;
	rc = get_page_type(pg, type);
	if (rc)
		put_page(pg);
	return rc;
}

/* The page is ours (count 1, not validated): drops what its entries hold. */
static int become_unused(struct page *pg, uint64_t type, uint32_t progress, bool partial,
	bool preemptible)
{
	int rc;

	forget_table(pg, type);
	rc = invalidate_page(pg, type, progress, preemptible);
	if (rc)
		leave_partial(pg, partial);
	else
		leave_unused(pg, type, partial);
	return rc;
}

static int __hot_mm put_type_flags(struct page *pg, unsigned int flags)
{
	uint64_t x = READ_ONCE(pg->type_info), nx;
	bool last_table;

	for (;;) {
		BUG_ON(!(x & PGT_count_mask));
		last_table = false;
		nx = (flags & PUT_LINEAR ? linear_less(x) : x) - 1;
		if (!(nx & PGT_count_mask)) {
			last_table = type_is_table(x);
			nx = (last_table ? nx + 1 : nx) & ~PGT_validated;
			pg->tlb_stamp = tlb_clock_now();
		} else if ((nx & PGT_count_mask) == 1 && (x & PGT_locked)) {
			/* page_unlock() must not be the one that drops the last. */
			arch_relax(local_irq_is_enabled());
			x = READ_ONCE(pg->type_info);
			continue;
		}
		if (type_cas(pg, &x, nx))
			break;
	}
	return last_table ? become_unused(pg, x & PGT_type_mask, PT_ENTRIES, false,
		flags & PUT_PREEMPTIBLE) : 0;
}

void put_page_type(struct page *pg)
{
	if (put_type_flags(pg, 0))
		BUG();
}

int put_page_and_type_flags(struct page *pg, unsigned int flags)
{
	int rc = put_type_flags(pg, flags);

	put_page(pg);
	return rc;
}

void __hot_mm put_page_and_type(struct page *pg)
{
	put_page_type(pg);
	put_page(pg);
}

int teardown_partial(struct page *pg, uint64_t type, bool preemptible)
{
	uint64_t x = READ_ONCE(pg->type_info);

	do {
		if (!(x & PGT_partial) || (x & PGT_type_mask) != type)
			return 0;
	} while (!type_cas(pg, &x, x & ~PGT_partial));
	return become_unused(pg, type, pg->tlb_stamp, true, preemptible);
}

/* It had no linear entries when it was left half-way. If it had some since then, it is another's work; they
 * are not followed, for each step would be one deeper. */
int teardown_linear(struct page *pg, uint64_t type, bool preemptible)
{
	uint64_t x = READ_ONCE(pg->type_info);

	do {
		if (!(x & PGT_partial) || (x & PGT_type_mask) != type || (x & PGT_linear_mask))
			return 0;
	} while (!type_cas(pg, &x, x & ~PGT_partial));
	if (!(pg->tlb_stamp & PROGRESS_LINEAR))
		return become_unused(pg, type, pg->tlb_stamp, true, preemptible);
	leave_partial(pg, true);
	return 0;
}

/* The pin holds a type reference and a general one of its own. -EINVAL: pinned already. */
int pin_page_table(struct page *pg, uint64_t type, struct domain *d)
{
	uint64_t x;
	int rc;

	if (!get_page(pg, d))
		return -EINVAL;
	rc = get_page_type_flags(pg, type, !is_idle_vcpu(current));
	if (rc)
		goto err_page;
	x = __atomic_fetch_or(&pg->type_info, PGT_pinned, __ATOMIC_SEQ_CST);
	if (!(x & PGT_pinned))
		return 0;
	/* Its unpinning meanwhile would make ours the last reference. */
	put_table_deferred(pg, 0);
	return -EINVAL;

err_page:
	put_page(pg);
	return rc;
}

/* Drops the pin's references; the caller keeps its own. -EINVAL: not pinned. */
int unpin_page_table(struct page *pg, struct domain *d)
{
	if (!(__atomic_fetch_and(&pg->type_info, ~PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned))
		return -EINVAL;
	put_table_deferred(pg, 0);
	return 0;
}

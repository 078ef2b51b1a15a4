/* SPDX-License-Identifier: GPL-2.0-only */
/* pending.c: the table that a vcpu's last operation left half-way. Dropping an L4 can take long; the
 * operation that did so is over, but the vcpu's next step is to finish the work, preemptibly.
 *
 * v->arch.mm_pending holds a general reference. Only v itself touches it, or relinquish when v
 * will not run any more. */
#include "mm.h"

void mm_set_pending(mfn_t m, const struct domain *d)
{
	struct vcpu *v = current;
	struct page *pg;

	if (!mfn_valid(m) || v->arch.mm_pending)
		return;
	pg = mfn_to_page(m);
	if ((READ_ONCE(pg->type_info) & PGT_partial) && get_page(pg, d))
		v->arch.mm_pending = pg;
}

int mm_finish_table(void)
{
	struct page *pg = current->arch.mm_pending;
	uint64_t type;
	int rc;

	type = READ_ONCE(pg->type_info) & PGT_type_mask;
	rc = teardown_partial(pg, type, true);
	if (rc)
		return rc;
	current->arch.mm_pending = NULL;
	put_page(pg);
	return 0;
}

void mm_drop_pending(struct vcpu *v)
{
	if (v->arch.mm_pending)
		put_page(v->arch.mm_pending);
	v->arch.mm_pending = NULL;
}

/* Guests come here with nothing pending. If there is (dom0 takes two tables from a vcpu) the second may stay
 * half-way: who makes it a table again, or relinquish, sees to the rest. */
void put_table_deferred(struct page *pg, unsigned int flags)
{
	struct vcpu *v = current;
	bool preemptible = !is_idle_vcpu(v);

	if (preemptible && !get_page(pg, page_owner(pg)))
		BUG();
	if (put_page_and_type_flags(pg, flags | (preemptible ? PUT_PREEMPTIBLE : 0)) && !v->arch.mm_pending)
		v->arch.mm_pending = pg;
	else if (preemptible)
		put_page(pg);
}

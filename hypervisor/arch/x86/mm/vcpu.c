/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu.c: the page tables a vcpu runs on.
 *
 * v->arch.guest_table and guest_table_user hold a general and an L4 type reference each
 * (INVALID_MFN: none). They change only by v itself or while v is stopped and its state saved. */
#include "mm.h"

/* Slots 256 to 271 are the hypervisor's in every L4; one of them is the domain's own. */
void init_xen_l4_slots(pte_t *l4, mfn_t l4mfn, struct domain *d)
{
	unsigned int i;

	for (i = HYPERVISOR_VIRT_FIRST_SLOT; i <= HYPERVISOR_VIRT_LAST_SLOT; i++)
		l4[i] = idle_l4[i];
	l4[PERDOMAIN_SLOT] = d->arch.perdomain_l3 ?
		mk_pte(virt_to_mfn(d->arch.perdomain_l3), PTE_HV) : 0;
}

/* In log-dirty mode the shadow, which is that of this table from now on. */
static paddr_t root_of(struct vcpu *v, unsigned int index, mfn_t l4)
{
	return unlikely(v->domain->arch.logdirty) ? shadow_root_for(v, index, l4) : mfn_to_paddr(l4);
}

/* A vcpu without a user table never runs user code: entering it is refused before. Should it
 * happen all the same, its kernel's table is loaded, which always works. */
void vcpu_update_roots(struct vcpu *v)
{
	v->arch.root[1] = mfn_eq(v->arch.guest_table, INVALID_MFN) ?
		virt_to_paddr(idle_l4) : root_of(v, 1, v->arch.guest_table);
	v->arch.root[0] = mfn_eq(v->arch.guest_table_user, INVALID_MFN) ?
		v->arch.root[1] : root_of(v, 0, v->arch.guest_table_user);
}

static void set_cr3(struct vcpu *v)
{
	v->arch.cr3 = v->arch.root[v->arch.in_kernel];
}

void __hot_call write_ptbase(struct vcpu *v)
{
	if (is_idle_vcpu(v)) {
		switch_cr3(virt_to_paddr(idle_l4));
		return;
	}
	set_cr3(v);
	switch_cr3(v->arch.cr3);
}

/* The guest goes from its kernel to its user program or back; v is current. */
void __hot_call toggle_guest_mode(struct vcpu *v)
{
	if (v->arch.in_kernel && mfn_eq(v->arch.guest_table_user, INVALID_MFN)) {
		mm_warn("d%u: user mode without a user page table", v->domain->domain_id);
		domain_crash(v->domain);
		return;
	}
	v->arch.in_kernel = !v->arch.in_kernel;
	write_ptbase(v);
	if (v->arch.in_kernel && (unlikely(v->arch.runstate_owed) || unlikely(!v->arch.time_area_done)))
		pv_write_owed_areas(v);
}

int new_guest_cr3(struct vcpu *v, mfn_t l4)
{
	mfn_t old = v->arch.guest_table;
	int rc;

	if (mfn_eq(old, l4)) {
		write_ptbase(v);
		return 0;
	}
	/* The old one may take long as well. */
	rc = mm_finish_pending();
	if (rc)
		return rc;
	rc = get_table_from_mfn(l4, PGT_l4_page_table, v->domain, true);
	if (rc) {
		if (rc != -ERESTART)
			mm_set_pending(l4, v->domain);
		return rc;
	}
	pv_destroy_ldt(v);
	v->arch.guest_table = l4;
	vcpu_update_roots(v);
	write_ptbase(v);
	if (!mfn_eq(old, INVALID_MFN))
		put_table_deferred(mfn_to_page(old), 0);
	return 0;
}

/* -ERESTART: nothing is held, but what was validated so far is not lost. */
int vcpu_set_l4(struct vcpu *v, mfn_t kernel, mfn_t user)
{
	bool preemptible = !is_idle_vcpu(current);
	struct domain *d = v->domain;
	int rc;

	if (mfn_x(user) == 0)
		user = INVALID_MFN;
	rc = preemptible ? mm_finish_pending() : 0;
	if (rc)
		return rc;
	rc = get_table_from_mfn(kernel, PGT_l4_page_table, d, preemptible);
	if (rc) {
		if (rc != -ERESTART)
			mm_set_pending(kernel, d);
		return rc;
	}
	if (!mfn_eq(user, INVALID_MFN))
		rc = get_table_from_mfn(user, PGT_l4_page_table, d, preemptible);
	if (rc) {
		put_table_deferred(mfn_to_page(kernel), 0);
		return rc;
	}
	vcpu_drop_l4(v);
	v->arch.guest_table = kernel;
	v->arch.guest_table_user = user;
	vcpu_update_roots(v);
	set_cr3(v);
	return 0;
}

static void drop_table(mfn_t *m)
{
	mfn_t old = *m;

	*m = INVALID_MFN;
	/* Frame 0 is never a guest's: a vcpu that never had a table is all zeroes. */
	if (!mfn_eq(old, INVALID_MFN) && mfn_x(old) != 0)
		put_table_deferred(mfn_to_page(old), 0);
}

void vcpu_drop_l4(struct vcpu *v)
{
	drop_table(&v->arch.guest_table);
	drop_table(&v->arch.guest_table_user);
	vcpu_update_roots(v);
	v->arch.cr3 = 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* guest_mem.c: the hostile guest's acts that change whose page is what: grants, pages given back,
 * pages made tables while a TLB still lets someone write to them. */
#include "guest_private.h"
#include "../../../hypervisor/arch/x86/mm/mm.h"

/* --- grants, as the grant code handles them --------------------------------------------------- */

static struct grant { struct domain *d; uint64_t addr; mfn_t m; unsigned int flags; } grants[64];
static struct spinlock grant_lock;

bool act_grant_map(struct vcpu *v)
{
	struct domain *d = v->domain, *owner = some_domain();
	mfn_t m = page_of(owner);
	struct page *pg = mfn_to_page(m);
	unsigned int flags = GNTMAP_host_map | (world_random(3) ? 0 : GNTMAP_readonly) |
		(world_random(2) ? GNTMAP_contains_pte : 0);
	uint64_t addr = flags & GNTMAP_contains_pte
		? mfn_to_paddr(some_page(d)) + some_slot() * 8 : some_va();
	struct grant *g = &grants[world_random(64)];
	bool ok = false;

	spin_lock(&grant_lock);
	if (g->d || !get_page(pg, owner))
		goto err_grant;
	if (!(flags & GNTMAP_readonly) && get_page_type(pg, PGT_writable_page)) {
		put_page(pg);
		goto err_grant;
	}
	ok = arch_gnttab_map(addr, m, flags) == GNTST_okay;
	if (ok)
		*g = (struct grant){ d, addr, m, flags };
	else if (flags & GNTMAP_readonly)
		put_page(pg);
	else
		put_page_and_type(pg);
err_grant:
	spin_unlock(&grant_lock);
	return ok;
}

bool act_grant_unmap(struct vcpu *v)
{
	struct grant *g = &grants[world_random(64)];
	bool ok = false;

	spin_lock(&grant_lock);
	if (g->d == v->domain) {
		ok = arch_gnttab_unmap(g->addr, g->m, world_random(8) ? 0 : some_va(), g->flags) ==
			GNTST_okay;
		g->d = NULL;
	}
	if (ok) {
		arch_gnttab_flush(v->domain);
		if (g->flags & GNTMAP_readonly)
			put_page(mfn_to_page(g->m));
		else
			put_page_and_type(mfn_to_page(g->m));
	}
	spin_unlock(&grant_lock);
	return ok;
}

void guest_forget_grants(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(grants); i++)
		if (grants[i].d == d)
			grants[i].d = NULL;
}

/* The guest overwrites the entry of a grant mapping in place of unmapping it. */
bool act_grant_overwrite(struct vcpu *v)
{
	struct grant *g = &grants[world_random(64)];
	struct mmu_update req = { 0, 0 };
	unsigned int done = 0;
	unsigned long arg[5] = { (unsigned long)&req, 1, (unsigned long)&done, DOMID_SELF };

	if (g->d != v->domain)
		return false;
	if (g->flags & GNTMAP_contains_pte) {
		req.ptr = g->addr;
		return !call(do_mmu_update, arg);
	}
	arg[0] = g->addr;
	arg[1] = arg[2] = 0;
	return !call(do_update_va_mapping, arg);
}

/* --- promotion: from mapped writable to a table, or away, without a flush by the guest -------------- */

/* A page of the vcpu's domain that some CPU may still write to. */
static mfn_t page_in_tlb(struct vcpu *v)
{
	unsigned int tries, n;

	for (tries = 0; tries < 32; tries++) {
		const struct tlb_entry *e = tlb_of(world_random(WORLD_CPUS), &n);

		if (!n)
			continue;
		e += world_random(n);
		if (e->writable && arch_mfn_is_ram(e->m) &&
		    page_owner(mfn_to_page(e->m)) == v->domain)
			return e->m;
	}
	return INVALID_MFN;
}

static void unmap_everywhere(struct domain *d, mfn_t m)
{
	unsigned int k, i, done = 0;
	struct mmu_update req;
	unsigned long arg[5] = { 0, 0, (unsigned long)&done, DOMID_SELF };

	for (k = 0; k < 3 * 2; k++) {
		mfn_t table = built[d->domain_id][k / 2][3 + k % 2];
		const pte_t *t = mfn_to_virt(table);

		for (i = 0; i < PT_ENTRIES; i++) {
			if (!(t[i] & PTE_P) || !mfn_eq(pte_mfn(t[i]), m))
				continue;
			req = (struct mmu_update){ mfn_to_paddr(table) + i * 8, 0 };
			arg[0] = (unsigned long)&req;
			arg[1] = 1;
			call(do_mmu_update, arg);
		}
	}
}

bool act_promote(struct vcpu *v)
{
	mfn_t m = page_in_tlb(v);
	struct page *pg = mfn_to_page(m);
	bool ok;

	if (mfn_eq(m, INVALID_MFN))
		return false;
	unmap_everywhere(v->domain, m);
	if (!world_random(4) && v->domain->tot_pages > 40) {
		if (!get_page(pg, v->domain))
			return false;
		put_page_alloc_ref(pg);
		put_page(pg);
		return true;
	}
	mmuext(MMUEXT_CLEAR_PAGE, mfn_x(m), 0, DOMID_SELF);
	ok = mmuext(MMUEXT_PIN_L1_TABLE + world_random(4), mfn_x(m), 0, DOMID_SELF);
	if (!world_threaded)
		audit_tlb("promotion");
	if (ok && world_random(4))
		mmuext(MMUEXT_UNPIN_TABLE, mfn_x(m), 0, DOMID_SELF);
	return ok;
}

/* --- balloon ------------------------------------------------------------------------------------ */

bool act_balloon(struct vcpu *v)
{
	struct page *pg = mfn_to_page(page_of(v->domain));

	if (world_random(2) || v->domain->tot_pages < 40)
		return v->domain->tot_pages < 70 && alloc_domheap_pages(v->domain, 0, 0);
	if (!get_page(pg, v->domain))
		return false;
	put_page_alloc_ref(pg);
	put_page(pg);
	return true;
}

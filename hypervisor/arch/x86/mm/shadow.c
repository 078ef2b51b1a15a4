/* SPDX-License-Identifier: GPL-2.0-only */
/* shadow.c: the tables that a domain's vcpus run on in log-dirty mode: filled by page faults from the
 * guest's own, kept in step when those change.
 *
 * Accessed and dirty bits: an L1 shadow maps only what the guest's entry has as accessed, and writable
 * only what it has as dirty; a fault sets them there first. So the CPU never has anything to tell
 * the guest, and a guest that clears the bits sees them set again by the next access.
 * Locks: see logdirty.h. A fault may come with interrupts off. */
#include <hv/arch.h>
#include "logdirty.h"

#define PFEC_P    1U
#define PFEC_W    2U
#define PFEC_RSVD 8U
#define PFEC_I    16U

#define UPPER_BITS (PTE_P | PTE_RW | PTE_US | PTE_NX)
#define L1_BITS    (UPPER_BITS | PTE_ADDR_MASK | PTE_PWT | PTE_PCD | PTE_PAT)

/* --- entries ------------------------------------------------------------------------------------ */

/* What the shadow of a guest's L1 entry is now. */
static pte_t l1_shadow_of(const struct domain *d, pte_t e)
{
	pte_t s = (e & L1_BITS) | PTE_A | PTE_D;

	if ((e & (PTE_P | PTE_A)) != (PTE_P | PTE_A))
		return 0;
	if ((e & PTE_RW) && (!(e & PTE_D) || !dirty_map_has(d, pte_mfn(e))))
		s &= ~PTE_RW;
	return s;
}

/* What is an entry of an upper table to the guest may be an L1 entry here: then it maps a page table. */
static void set_l1(const struct domain *d, const struct page *table, struct page *shadow, unsigned int slot,
	pte_t e)
{
	pte_t *t = page_to_virt(shadow), s = l1_shadow_of(d, e);

	if (type_level(table->type_info) > 1)
		s &= ~PTE_RW;
	if (s & PTE_RW)
		shadow->type_info |= SHADOW_WRITABLE;
	if (t[slot] != s)
		WRITE_ONCE(t[slot], s);
}

static void fill_l1(const struct domain *d, const struct page *table, struct page *shadow)
{
	const pte_t *guest = page_to_virt(table);
	unsigned int i;

	for (i = 0; i < PT_ENTRIES; i++)
		set_l1(d, table, shadow, i, READ_ONCE(guest[i]));
	shadow->type_info &= ~SHADOW_FRESH;
}

static void clear_root(pte_t *root)
{
	memset(root, 0, HYPERVISOR_VIRT_FIRST_SLOT * sizeof(*root));
	memset(root + HYPERVISOR_VIRT_LAST_SLOT + 1, 0,
		(PT_ENTRIES - HYPERVISOR_VIRT_LAST_SLOT - 1) * sizeof(*root));
}

static void clear_root_slot(struct domain *d, mfn_t l4, unsigned int slot)
{
	struct vcpu *v;
	unsigned int k;

	for_each_vcpu (d, v)
		for (k = 0; k < ARRAY_SIZE(v->arch.shadow_root); k++)
			if (v->arch.shadow_root[k] && mfn_eq(v->arch.shadow_of[k], l4))
				WRITE_ONCE(v->arch.shadow_root[k][slot], 0);
}

void shadow_table_written(struct domain *d, struct page *table, unsigned int slot)
{
	unsigned int level = type_level(READ_ONCE(table->type_info));
	struct shadow *sh = d->arch.shadow;
	mfn_t m = page_to_mfn(table);
	struct page *shadow;
	pte_t e = READ_ONCE(((pte_t *)page_to_virt(table))[slot]);

	spin_lock(&sh->lock);
	for (; level; level--) {
		shadow = level == 4 ? NULL : shadow_find(sh, m, level);
		if (level == 4)
			clear_root_slot(d, m, slot);
		else if (shadow && level == 1)
			set_l1(d, table, shadow, slot, e);
		else if (shadow)
			WRITE_ONCE(((pte_t *)page_to_virt(shadow))[slot], 0);
	}
	spin_unlock(&sh->lock);
	logdirty_mark_page(d, m);
}

/* A vcpu without a program's table keeps the shadow of the last one. */
static void forget_l4(struct domain *d, mfn_t l4)
{
	struct vcpu *v;
	unsigned int k;

	for_each_vcpu (d, v)
		for (k = 0; k < ARRAY_SIZE(v->arch.shadow_root); k++)
			if (v->arch.shadow_root[k] && mfn_eq(v->arch.shadow_of[k], l4)) {
				clear_root(v->arch.shadow_root[k]);
				v->arch.shadow_of[k] = INVALID_MFN;
			}
}

void shadow_forget_table(struct domain *d, struct page *table, unsigned int level)
{
	struct shadow *sh = d->arch.shadow;
	mfn_t m = page_to_mfn(table);

	spin_lock(&sh->lock);
	if (level == 4)
		forget_l4(d, m);
	shadow_remove(sh, m);
	spin_unlock(&sh->lock);
	logdirty_mark_page(d, m);
}

static void protect_page(struct page *shadow)
{
	pte_t *t = page_to_virt(shadow);
	unsigned int i;

	if (!(shadow->type_info & SHADOW_WRITABLE))
		return;
	shadow->type_info &= ~SHADOW_WRITABLE;
	for (i = 0; i < PT_ENTRIES; i++)
		if (t[i] & PTE_RW)
			WRITE_ONCE(t[i], t[i] & ~PTE_RW);
}

static void protect_l1(struct page *shadow)
{
	if (type_level(shadow->type_info & PGT_type_mask) == 1)
		protect_page(shadow);
}

void shadow_protect_all(struct domain *d)
{
	struct shadow *sh = d->arch.shadow;

	spin_lock(&sh->lock);
	shadow_for_each(sh, 1, protect_l1);
	spin_unlock(&sh->lock);
}

/* --- page faults -------------------------------------------------------------------------------- */

struct fault {
	struct vcpu *v;
	vaddr_t va;
	uint32_t code;
	unsigned int level;
	unsigned int type;  /* the highest level that the guest's table may have as its own */
	struct page *table; /* the guest's, page_lock()ed: of that level, or one up by way of a linear entry */
	mfn_t m;            /* its frame */
	pte_t *p;           /* its entry for va */
};

enum fault_step { FAULT_ABSENT, FAULT_DENIED, FAULT_AGAIN, FAULT_DOWN };

static bool lock_table(struct fault *f)
{
	static const unsigned int shift[] = { 0, L1_SHIFT, L2_SHIFT, L3_SHIFT, L4_SHIFT };
	struct page *pg = mfn_to_page(f->m);
	unsigned int type;

	if (!mfn_valid(f->m) || !get_page(pg, f->v->domain))
		return false;
	if (!page_lock(pg))
		goto err_page;
	type = type_level(READ_ONCE(pg->type_info) & PGT_type_mask);
	if (type <= f->type && type + 1 >= f->type && type >= f->level) {
		f->table = pg;
		f->type = type;
		f->p = (pte_t *)page_to_virt(pg) + ((f->va >> shift[f->level]) & (PT_ENTRIES - 1));
		return true;
	}
	page_unlock(pg);
err_page:
	put_page(pg);
	return false;
}

static void unlock_table(struct fault *f)
{
	page_unlock(f->table);
	put_page(f->table);
}

/* As the CPU would in the guest's own table. */
static void set_bits(struct fault *f, uint64_t bits)
{
	if ((READ_ONCE(*f->p) & bits) == bits)
		return;
	__atomic_fetch_or(f->p, bits, __ATOMIC_SEQ_CST);
	logdirty_mark_page(f->v->domain, f->m);
}

static bool entry_denies(const struct fault *f, pte_t e)
{
	/* An L4's entries of the hypervisor's are for nobody else. */
	return ((f->code & PFEC_W) && !(e & PTE_RW)) || ((f->code & PFEC_I) && (e & PTE_NX)) || !(e & PTE_US);
}

static unsigned int root_index(const struct vcpu *v)
{
	return v->arch.in_kernel || mfn_eq(v->arch.guest_table_user, INVALID_MFN);
}

/* The shadow of the table that f is at. */
static pte_t *shadow_table(const struct fault *f)
{
	const struct vcpu *v = f->v;
	struct page *pg;

	if (f->level == 4)
		return v->arch.shadow_root[root_index(v)];
	pg = shadow_find(v->domain->arch.shadow, f->m, f->level);
	return pg ? page_to_virt(pg) : NULL;
}

/* Puts the next level's shadow into this one's; `spare` is used if there is none yet, and NULL then.
 * false: a spare is needed. */
static bool link_with(const struct fault *f, pte_t e, struct page **spare)
{
	struct shadow *sh = f->v->domain->arch.shadow;
	struct page *child = shadow_find(sh, pte_mfn(e), f->level - 1);
	pte_t *t = shadow_table(f), s;
	unsigned int slot = f->p - (pte_t *)page_to_virt(f->table);

	if (!t)
		return true; /* evicted meanwhile: the access faults again */
	if (!child && !*spare)
		return false;
	if (!child) {
		child = *spare;
		*spare = NULL;
		shadow_insert(sh, child, pte_mfn(e), f->level - 1);
	}
	s = mk_pte(page_to_mfn(child), e & UPPER_BITS);
	if ((t[slot] & ~PTE_A) != s)
		WRITE_ONCE(t[slot], s);
	return true;
}

/* Should there be no page at all the access faults again, when others have given theirs back. */
static void link_child(const struct fault *f, pte_t e)
{
	struct domain *d = f->v->domain;
	struct shadow *sh = d->arch.shadow;
	struct page *spare = NULL;
	bool done;

	do {
		spin_lock(&sh->lock);
		done = link_with(f, e, &spare);
		if (done && spare)
			shadow_release(sh, spare);
		spin_unlock(&sh->lock);
		if (!done)
			spare = shadow_take(d);
	} while (!done && spare);
}

/* One of levels 4 to 2: on success f->m is the next table's frame. */
static enum fault_step fault_upper(struct fault *f, bool *denied)
{
	enum fault_step rc = FAULT_ABSENT;
	pte_t e;

	if (!lock_table(f))
		return FAULT_ABSENT;
	e = READ_ONCE(*f->p);
	if ((e & (PTE_P | PTE_US)) == PTE_P) {
		rc = FAULT_DENIED;
	} else if (e & PTE_P) {
		set_bits(f, PTE_A);
		link_child(f, e);
		*denied |= entry_denies(f, e);
		rc = FAULT_DOWN;
	}
	unlock_table(f);
	f->m = pte_mfn(e);
	return rc;
}

static void link_page(const struct fault *f, pte_t e)
{
	struct domain *d = f->v->domain;
	struct page *shadow;

	spin_lock(&d->arch.shadow->lock);
	shadow = shadow_find(d->arch.shadow, f->m, 1);
	if (shadow && (shadow->type_info & SHADOW_FRESH))
		fill_l1(d, f->table, shadow);
	if (shadow)
		set_l1(d, f->table, shadow, f->p - (pte_t *)page_to_virt(f->table), e);
	spin_unlock(&d->arch.shadow->lock);
}

static enum fault_step fault_l1(struct fault *f, bool denied)
{
	enum fault_step rc = FAULT_AGAIN;
	pte_t e;

	if (!lock_table(f))
		return FAULT_ABSENT;
	e = READ_ONCE(*f->p);
	if (!(e & PTE_P)) {
		rc = FAULT_ABSENT;
	} else if (denied || entry_denies(f, e)) {
		rc = FAULT_DENIED;
	} else {
		set_bits(f, PTE_A | (f->code & PFEC_W ? PTE_D : 0));
		if (f->code & PFEC_W)
			logdirty_mark_page(f->v->domain, pte_mfn(e));
		link_page(f, READ_ONCE(*f->p));
	}
	unlock_table(f);
	return rc;
}

bool shadow_fault(struct vcpu *v, vaddr_t va, uint32_t *code)
{
	struct fault f = { .v = v, .va = va, .code = *code, .level = 4, .type = 4 };
	enum fault_step rc = FAULT_DOWN;
	bool denied = false;

	if ((va >= HV_VIRT_START && va < HV_VIRT_END) || (*code & PFEC_RSVD))
		return false;
	__atomic_fetch_add(&v->domain->arch.shadow->fault_count, 1, __ATOMIC_RELAXED);
	f.m = root_index(v) ? v->arch.guest_table : v->arch.guest_table_user;
	for (; f.level > 1 && rc == FAULT_DOWN; f.level--)
		rc = fault_upper(&f, &denied);
	if (rc == FAULT_DOWN)
		rc = fault_l1(&f, denied);
	if (rc == FAULT_AGAIN) {
		invlpg(va);
		return true;
	}
	*code = rc == FAULT_DENIED ? *code | PFEC_P : *code & ~PFEC_P;
	return false;
}

/* --- the vcpus' own L4s --------------------------------------------------------------------------- */

paddr_t shadow_root_for(struct vcpu *v, unsigned int index, mfn_t l4)
{
	struct shadow *sh = v->domain->arch.shadow;
	pte_t *root = v->arch.shadow_root[index];

	if (!mfn_eq(v->arch.shadow_of[index], l4)) {
		spin_lock(&sh->lock);
		clear_root(root);
		v->arch.shadow_of[index] = l4;
		spin_unlock(&sh->lock);
	}
	return virt_to_paddr(root);
}

int shadow_roots_create(struct domain *d)
{
	struct page *pg;
	struct vcpu *v;
	unsigned int k;

	for_each_vcpu (d, v)
		for (k = 0; k < ARRAY_SIZE(v->arch.shadow_root); k++) {
			pg = shadow_take(d);
			if (!pg) {
				shadow_roots_destroy(d);
				return -ENOMEM;
			}
			init_xen_l4_slots(page_to_virt(pg), page_to_mfn(pg), d);
			v->arch.shadow_of[k] = INVALID_MFN;
			v->arch.shadow_root[k] = page_to_virt(pg);
		}
	return 0;
}

void shadow_roots_destroy(struct domain *d)
{
	struct shadow *sh = d->arch.shadow;
	struct vcpu *v;
	unsigned int k;

	spin_lock(&sh->lock);
	for_each_vcpu (d, v)
		for (k = 0; k < ARRAY_SIZE(v->arch.shadow_root); k++) {
			if (v->arch.shadow_root[k])
				shadow_release(sh, virt_to_page(v->arch.shadow_root[k]));
			v->arch.shadow_root[k] = NULL;
			v->arch.shadow_of[k] = INVALID_MFN;
		}
	spin_unlock(&sh->lock);
}

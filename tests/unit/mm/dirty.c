/* SPDX-License-Identifier: GPL-2.0-only */
/* dirty.c: log-dirty mode on the small machine: turned on and off and asked at random, with so few
 * pages for shadows that they are taken away all the time.
 *
 * What is checked: a shadow maps nothing that the guest's own table does not; nobody writes by a TLB to a
 * page that is not marked; of two answers in a row the second has every page that differs from its copy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "guest_private.h"
#include "../../../hypervisor/arch/x86/mm/logdirty.h"

#define POOL_PAGES 20 /* three vcpus' L4s, and a walk or two for each CPU */

static uint8_t copies[8][WORLD_FRAMES][PAGE_SIZE];
static bool copied[8][WORLD_FRAMES];
unsigned long dirty_pages_seen, dirty_pages_changed;

static void fail(const char *what, unsigned long a, unsigned long b)
{
	fprintf(stderr, "audit of shadows: %s: %lx %lx\n", what, a, b);
	abort();
}

/* --- the audit --------------------------------------------------------------------------------- */

static void check_entry(struct domain *d, unsigned int level, unsigned int type, pte_t s, pte_t g)
{
	const struct page *child = mfn_to_page(pte_mfn(s));

	if (!(g & PTE_P))
		fail("maps what the guest does not", s, g);
	if (((s & PTE_RW) && !(g & PTE_RW)) || (!(s & PTE_NX) && (g & PTE_NX)))
		fail("allows what the guest does not", s, g);
	if (level == 1) {
		if (!mfn_eq(pte_mfn(s), pte_mfn(g)) || !(g & PTE_A))
			fail("L1 entry", s, g);
		if ((s & PTE_RW) && !((g & PTE_D) && dirty_map_has(d, pte_mfn(g))))
			fail("writable before it is dirty", s, g);
		if ((s & PTE_RW) && type != 1)
			fail("a page table that is writable", s, g);
	} else if ((child->type_info & SHADOW_GUEST) != mfn_x(pte_mfn(g)) ||
		child->type_info >> 60 != level - 1) {
		fail("leads to another's shadow", child->type_info, g);
	}
}

static void check_table(struct domain *d, unsigned int level, mfn_t guest, const pte_t *s)
{
	const struct page *pg = mfn_to_page(guest);
	const pte_t *g = page_to_virt(pg);
	unsigned int i;

	if (page_owner(pg) != d || type_level(pg->type_info) < level || !type_is_table(pg->type_info) ||
	    !(pg->type_info & PGT_validated))
		fail("shadow of no table", mfn_x(guest), pg->type_info);
	for (i = 0; i < PT_ENTRIES; i++)
		if ((s[i] & PTE_P) && !is_xen_l4_slot(level, i))
			check_entry(d, level, type_level(pg->type_info), s[i], g[i]);
}

static struct domain *audited;
static unsigned long found;

static void check_shadow(struct page *pg)
{
	found++;
	check_table(audited, pg->type_info >> 60 & 7, mk_mfn(pg->type_info & SHADOW_GUEST),
		page_to_virt(pg));
}

static void check_roots(struct domain *d)
{
	struct vcpu *v;
	unsigned int k;

	for_each_vcpu (d, v)
		for (k = 0; k < 2; k++) {
			found += v->arch.shadow_root[k] != NULL;
			if (v->arch.shadow_root[k] && !mfn_eq(v->arch.shadow_of[k], INVALID_MFN))
				check_table(d, 4, v->arch.shadow_of[k], v->arch.shadow_root[k]);
		}
}

void audit_shadows(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(world_domains); i++) {
		struct domain *d = world_domains[i];

		if (!d || !d->arch.shadow)
			continue;
		audited = d;
		found = d->arch.shadow->free.count;
		shadow_for_each(d->arch.shadow, 1, check_shadow);
		check_roots(d);
		if (found != d->arch.shadow->total)
			fail("pages of the pool", found, d->arch.shadow->total);
	}
}

void audit_dirty_tlb(const struct tlb_entry *e)
{
	if (e->writable && e->d->arch.logdirty && e->owner == e->d && !dirty_map_has(e->d, e->m))
		fail("a TLB lets it write to a clean page", mfn_x(e->m), e->va);
}

/* --- acts ---------------------------------------------------------------------------------------- */

static long shadow_call(struct domain *d, struct xen_domctl_shadow_op *op)
{
	long rc;

	do
		rc = logdirty_domctl(d, op);
	while (rc == -ERESTART);
	return rc;
}

static void copy_all(struct domain *d)
{
	unsigned int f;

	for (f = FIRST_RAM; f < WORLD_FRAMES; f++) {
		copied[d->domain_id][f] = page_owner(&frame_table[f]) == d &&
			!(frame_table[f].count_info & PGC_xen_heap);
		if (copied[d->domain_id][f])
			memcpy(copies[d->domain_id][f], mfn_to_virt(mk_mfn(f)), PAGE_SIZE);
	}
}

/* A page that left the domain meanwhile may have come back with other contents: as new. */
void dirty_forget(struct domain *d, unsigned long f)
{
	copied[d->domain_id][f] = false;
}

static void compare_all(struct domain *d, const unsigned long *map)
{
	unsigned int f;

	for (f = FIRST_RAM; f < WORLD_FRAMES; f++) {
		if (!copied[d->domain_id][f] || page_owner(&frame_table[f]) != d)
			continue;
		if (test_bit(f, map)) {
			dirty_pages_seen++;
		} else if (memcmp(copies[d->domain_id][f], mfn_to_virt(mk_mfn(f)), PAGE_SIZE)) {
			fail("changed, but clean", d->domain_id, f);
		}
		dirty_pages_changed += !!memcmp(copies[d->domain_id][f], mfn_to_virt(mk_mfn(f)), PAGE_SIZE);
	}
}

static bool turn_on(struct domain *d)
{
	struct xen_domctl_shadow_op op = { .op = XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, .mb = 1 };

	if (shadow_call(d, &op))
		return false;
	op.op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY;
	if (shadow_call(d, &op))
		return false;
	d->arch.shadow->target = POOL_PAGES;
	while (shadow_resize(d))
		;
	copy_all(d);
	return true;
}

static bool ask(struct domain *d, uint32_t cmd)
{
	unsigned long map[WORLD_FRAMES / 64];
	struct xen_domctl_shadow_op op = { .op = cmd, .pages = WORLD_FRAMES };

	set_xen_guest_handle(op.dirty_bitmap, (uint8_t *)map);
	if (shadow_call(d, &op))
		return false;
	if (op.pages != WORLD_FRAMES)
		fail("pages", op.pages, WORLD_FRAMES);
	compare_all(d, map);
	if (cmd == XEN_DOMCTL_SHADOW_OP_CLEAN)
		copy_all(d);
	return true;
}

static bool turn_off(struct domain *d)
{
	struct xen_domctl_shadow_op op = { .op = XEN_DOMCTL_SHADOW_OP_OFF };

	return !shadow_call(d, &op);
}

void dirty_turn_on_all(void)
{
	unsigned int i;

	for (i = 1; i < 3; i++)
		if (!turn_on(world_domains[i]))
			fail("cannot be turned on", i, 0);
}

void dirty_ask_all(void)
{
	unsigned int i;

	for (i = 1; i < 3; i++)
		ask(world_domains[i], XEN_DOMCTL_SHADOW_OP_CLEAN);
}

bool act_dirty(struct vcpu *v)
{
	struct domain *d = some_domain();

	if (world_threaded || !v->domain->is_privileged || d == v->domain)
		return false;
	switch (world_random(8)) {
	case 0:
		return turn_off(d);
	case 1:
	case 2:
		return !d->arch.logdirty && turn_on(d);
	case 3:
		return d->arch.logdirty && ask(d, XEN_DOMCTL_SHADOW_OP_PEEK);
	default:
		return d->arch.logdirty && ask(d, XEN_DOMCTL_SHADOW_OP_CLEAN);
	}
}

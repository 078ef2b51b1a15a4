/* SPDX-License-Identifier: GPL-2.0-only */
/* audit.c: the invariants, checked by looking at the whole machine.
 *
 * Every page's general count and type count equal the number of uses found: entries of validated
 * (and half-way) tables, pins, vcpus' tables, descriptor tables, work in progress. All uses of a
 * page are of one type. The linear entries of a table and the uses of one by such are counted, and no
 * table has both. No CPU's TLB lets anyone write to a page that is not writable, or to
 * another's page that it has no claim on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "world.h"
#include "../../../hypervisor/arch/x86/mm/mm.h"

static struct uses {
	unsigned long general, type[16];
	unsigned long linear_in, linear_of; /* entries in it, and elsewhere for it */
} uses[WORLD_FRAMES];

static const char *audit_when;

static void fail(const char *what, unsigned long frame, unsigned long have, unsigned long want)
{
	fprintf(stderr, "audit %s: frame %lx: %s is %lx, should be %lx (type_info %lx)\n", audit_when,
		frame, what, have, want, frame_table[frame].type_info);
	abort();
}

static void use(mfn_t m, uint64_t type)
{
	uses[mfn_x(m)].general++;
	if (type != PGT_none)
		uses[mfn_x(m)].type[type >> 60]++;
}

static void scan_l1(const pte_t *t)
{
	unsigned int i;

	for (i = 0; i < PT_ENTRIES; i++) {
		pte_t e = t[i];

		if (!(e & PTE_P) || !arch_mfn_is_ram(pte_mfn(e)))
			continue;
		if (!(e & PTE_US))
			fail("L1 entry without US", mfn_x(pte_mfn(e)), e, e | PTE_US);
		use(pte_mfn(e), e & PTE_RW ? PGT_writable_page : PGT_none);
	}
}

static void scan_upper(const struct page *pg, unsigned int level, unsigned int n)
{
	const pte_t *t = page_to_virt(pg);
	unsigned int i;

	for (i = 0; i < n; i++) {
		mfn_t m = pte_mfn(t[i]);

		if (!(t[i] & PTE_P) || is_xen_l4_slot(level, i))
			continue;
		if (type_level(mfn_to_page(m)->type_info) != level) {
			use(m, level_type(level - 1));
			continue;
		}
		if (t[i] & PTE_RW)
			fail("a linear entry that is writable", mfn_x(m), t[i], 0);
		if (mfn_to_page(m) == pg)
			continue;
		use(m, level_type(level));
		uses[pg - frame_table].linear_in++;
		uses[mfn_x(m)].linear_of++;
	}
}

static void scan_table(struct page *pg)
{
	uint64_t x = pg->type_info;
	unsigned int level = type_level(x), n = PT_ENTRIES, i;
	const pte_t *t = page_to_virt(pg);

	if (x & PGT_locked)
		fail("type_info locked", pg - frame_table, x, 0);
	if (x & PGT_partial) {
		n = (pg->tlb_stamp & PROGRESS_COUNT) - (pg->tlb_stamp & PROGRESS_HANDED ? 1 : 0);
		use(page_to_mfn(pg), x & PGT_type_mask);
	}
	if (level == 1 && !(x & PGT_partial))
		scan_l1(t);
	else if (level > 1)
		scan_upper(pg, level, n);
	if (level == 4 && (x & PGT_validated))
		for (i = 256; i <= 271; i++)
			if (i != PERDOMAIN_SLOT && t[i] != idle_l4[i])
				fail("hypervisor slot", pg - frame_table, t[i], idle_l4[i]);
}

static void scan_vcpu(struct vcpu *v)
{
	unsigned int i;

	if (!mfn_eq(v->arch.guest_table, INVALID_MFN))
		use(v->arch.guest_table, PGT_l4_page_table);
	if (!mfn_eq(v->arch.guest_table_user, INVALID_MFN))
		use(v->arch.guest_table_user, PGT_l4_page_table);
	if (v->arch.mm_pending)
		use(page_to_mfn(v->arch.mm_pending), PGT_none);
	for (i = 0; i < DIV_ROUND_UP(v->arch.gdt_ents, 512); i++)
		use(v->arch.gdt_frames[i], PGT_seg_desc);
	for (i = 16; i < 32; i++)
		if (v->arch.perdomain_l1[i] & PTE_P)
			use(pte_mfn(v->arch.perdomain_l1[i]), PGT_seg_desc);
}

static void check_page(unsigned long f)
{
	const struct page *pg = &frame_table[f];
	uint64_t x = pg->type_info;
	unsigned int t;

	if (pg->count_info & PGC_xen_heap)
		return;
	if (pg->count_info & PGC_free) {
		if (uses[f].general)
			fail("uses of a free page", f, uses[f].general, 0);
		return;
	}
	if ((pg->count_info & PGC_count_mask) != uses[f].general)
		fail("general count", f, pg->count_info & PGC_count_mask, uses[f].general);
	for (t = 1; t < 16; t++)
		if (t != x >> 60 && uses[f].type[t])
			fail("uses as another type", f, t, x >> 60);
	if ((x & PGT_count_mask) != uses[f].type[x >> 60])
		fail("type count", f, x & PGT_count_mask, uses[f].type[x >> 60]);
	if (type_is_table(x)) {
		bool target = x & PGT_linear_target;
		unsigned long n = (x & PGT_linear_mask) / PGT_linear_one;

		if (target && !n)
			fail("marked as a linear entry's table", f, x, 0);
		if (uses[f].linear_in != (target ? 0 : n))
			fail("linear entries", f, x, uses[f].linear_in);
		if (uses[f].linear_of != (target ? n : 0))
			fail("linear uses", f, x, uses[f].linear_of);
	}
	if ((x & PGT_count_mask) && !(x & (PGT_validated | PGT_partial)))
		fail("type neither validated nor half-way", f, x, 0);
}

void audit(const char *when)
{
	unsigned long f;
	unsigned int i;
	struct vcpu *v;

	audit_when = when;
	memset(uses, 0, sizeof(uses));
	for (f = FIRST_RAM; f < WORLD_FRAMES; f++) {
		struct page *pg = &frame_table[f];

		if (pg->count_info & (PGC_free | PGC_xen_heap))
			continue;
		if (pg->count_info & PGC_allocated)
			uses[f].general++;
		if (pg->type_info & PGT_pinned)
			use(mk_mfn(f), pg->type_info & PGT_type_mask);
		if (type_is_table(pg->type_info) && (pg->type_info & PGT_count_mask))
			scan_table(pg);
	}
	for (i = 0; i < ARRAY_SIZE(world_domains); i++)
		if (world_domains[i])
			for_each_vcpu(world_domains[i], v)
				scan_vcpu(v);
	for (f = FIRST_RAM; f < WORLD_FRAMES; f++)
		check_page(f);
	audit_shadows();
}

void audit_tlb(const char *when)
{
	unsigned int cpu, n, i;

	audit_when = when;
	for (cpu = 0; cpu < WORLD_CPUS; cpu++) {
		const struct tlb_entry *e = tlb_of(cpu, &n);

		for (i = 0; i < n; i++) {
			const struct page *pg = mfn_to_page(e[i].m);
			uint64_t x;

			audit_dirty_tlb(&e[i]);
			/* A free page is flushed before it is given out again. */
			if (!arch_mfn_is_ram(e[i].m) || (pg->count_info & PGC_free))
				continue;
			x = pg->type_info;
			if (e[i].writable && (x & PGT_count_mask) &&
			    (x & PGT_type_mask) != PGT_writable_page)
				fail("type of a page writable by TLB", mfn_x(e[i].m), x >> 60, 7);
			if (page_owner(pg) != e[i].owner)
				fail("owner of a page in a TLB", mfn_x(e[i].m), 0, 0);
			if (pg->count_info & PGC_xen_heap)
				fail("hypervisor page in a TLB", mfn_x(e[i].m), 0, 0);
		}
	}
}

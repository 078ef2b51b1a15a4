/* SPDX-License-Identifier: GPL-2.0-only */
/* guest.c: the hostile guest: hypercalls and faults with random but not hopeless arguments, and
 * stores through whatever its CPU's TLB lets it write. */
#include <stdio.h>
#include "guest_private.h"
#include "../../../hypervisor/arch/x86/mm/mm.h"

static __thread unsigned int depth;

mfn_t built[8][4][BUILD_PAGES];

/* --- choices ----------------------------------------------------------------------------------- */

mfn_t page_of(struct domain *d)
{
	unsigned int i, f = world_random(WORLD_FRAMES);

	for (i = 0; i < WORLD_FRAMES; i++, f = (f + 1) % WORLD_FRAMES)
		if (page_owner(&frame_table[f]) == d && !(frame_table[f].count_info & PGC_xen_heap))
			return mk_mfn(f);
	return mk_mfn(0);
}

struct domain *some_domain(void)
{
	struct domain *d;

	do
		d = world_domains[world_random(4)];
	while (!d);
	return d;
}

mfn_t some_page(struct domain *d)
{
	switch (world_random(16)) {
	case 0:
		return page_of(some_domain());
	case 1:
		return mk_mfn(world_random(WORLD_FRAMES + 16));
	default:
		return page_of(d);
	}
}

unsigned int some_slot(void)
{
	return world_random(8) ? world_random(8) : world_random(PT_ENTRIES);
}

vaddr_t some_va(void)
{
	return (vaddr_t)(world_random(64) ? 0 : some_slot()) << L4_SHIFT |
		(vaddr_t)(world_random(64) ? 0 : some_slot()) << L3_SHIFT |
		(vaddr_t)(world_random(16) ? world_random(2) : some_slot()) << L2_SHIFT |
		(vaddr_t)some_slot() << L1_SHIFT;
}

static pte_t some_entry(struct domain *d)
{
	static const uint64_t flags[] = {
		0, PTE_P, PTE_P | PTE_US, PTE_P | PTE_US, PTE_P | PTE_RW, PTE_P | PTE_RW | PTE_US | PTE_A,
		PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D, PTE_P | PTE_US | PTE_NX, PTE_P | PTE_PSE,
		PTE_P | PTE_PCD | PTE_RW, PTE_P | PTE_G | PTE_US, PTE_P | PTE_RW | 3UL << 9, PTE_RW,
		PTE_P | PTE_RW | PTE_US, PTE_P | PTE_RW | PTE_US,
	};

	return mk_pte(some_page(d), flags[world_random(ARRAY_SIZE(flags))]);
}

/* --- acts: true if it did something ---------------------------------------------------------------- */

/* A preempted hypercall is issued again; others act meanwhile. */
long call(hypercall_fn *fn, unsigned long arg[HYPERCALL_ARGS])
{
	unsigned int cpu = fake_cpu;
	struct vcpu *v = fake_current;
	long rc;

	while ((rc = fn(arg)) == -ERESTART) {
		unsigned int other = world_random(WORLD_CPUS);
		struct domain *d = some_domain();

		if (!depth && !world_threaded && other != cpu && !world_random(3)) {
			struct vcpu *o = d->vcpu[world_random(d->max_vcpus)];

			if (o == v || o->is_running)
				continue;
			depth++;
			guest_step(other, o);
			depth--;
			world_run(cpu, v);
		}
	}
	return rc;
}

static bool act_mmu_update(struct vcpu *v)
{
	struct domain *d = v->domain, *f = d->is_privileged && !world_random(3) ? some_domain() : d;
	struct mmu_update req[3];
	unsigned int n = 1 + world_random(3), i, done = 0;
	unsigned long arg[5] = { (unsigned long)req, n, (unsigned long)&done,
		f == d ? DOMID_SELF : f->domain_id };

	if (d->is_privileged && !world_random(4))
		arg[3] |= (unsigned long)(some_domain()->domain_id + 1) << 16;
	for (i = 0; i < n; i++) {
		static const uint8_t cmds[] = { 0, 0, 0, 0, 1, 2, 2, 3 };

		req[i].ptr = mfn_to_paddr(some_page(d)) + some_slot() * 8 +
			cmds[world_random(sizeof(cmds))];
		/* Frame numbers stay: dirty.c goes by them. */
		req[i].val = (req[i].ptr & 7) == MMU_MACHPHYS_UPDATE ?
			req[i].ptr >> PAGE_SHIFT : some_entry(f);
	}
	return !call(do_mmu_update, arg);
}

/* A table's entry for another of its level, or for itself. */
static bool act_linear(struct vcpu *v)
{
	struct mmu_update req = { 0 };
	unsigned int level = 2 + world_random(3), found = 0, done = 0, i;
	unsigned long arg[5] = { (unsigned long)&req, 1, (unsigned long)&done, DOMID_SELF };
	mfn_t m, table[2];

	for (i = 0; i < 64 && found < 2; i++) {
		m = page_of(v->domain);
		if (type_level(mfn_to_page(m)->type_info) == level)
			table[found++] = m;
	}
	if (!found)
		return false;
	req.ptr = mfn_to_paddr(table[0]) + some_slot() * 8;
	req.val = mk_pte(table[world_random(found)], world_random(8) ? PTE_P | PTE_US : PTE_P | PTE_RW);
	return !call(do_mmu_update, arg);
}

static bool act_update_va(struct vcpu *v)
{
	static const unsigned long flush[] = { 0, 1, 2, 5, 6 };
	unsigned long arg[5] = { some_va(), some_entry(v->domain), flush[world_random(5)] };

	return !call(do_update_va_mapping, arg);
}

bool mmuext(unsigned int cmd, unsigned long arg1, unsigned long arg2, unsigned int domid)
{
	struct mmuext_op op = { .cmd = cmd };
	unsigned int done = 0;
	unsigned long arg[5] = { (unsigned long)&op, 1, (unsigned long)&done, domid };

	op.arg1.mfn = arg1;
	op.arg2.src_mfn = arg2;
	return !call(do_mmuext_op, arg);
}

static bool act_pin(struct vcpu *v)
{
	struct domain *d = v->domain, *f = d->is_privileged && !world_random(4) ? some_domain() : d;

	return mmuext(MMUEXT_PIN_L1_TABLE + world_random(4), mfn_x(some_page(f)), 0,
		f == d ? DOMID_SELF : f->domain_id);
}

static bool act_unpin(struct vcpu *v)
{
	unsigned int i;

	for (i = 0; i < 32; i++) {
		mfn_t m = page_of(v->domain);

		if (mfn_to_page(m)->type_info & PGT_pinned)
			return mmuext(MMUEXT_UNPIN_TABLE, mfn_x(m), 0, DOMID_SELF);
	}
	return mmuext(MMUEXT_UNPIN_TABLE, mfn_x(some_page(v->domain)), 0, DOMID_SELF);
}

static bool act_baseptr(struct vcpu *v)
{
	mfn_t m = world_random(4) ? built[v->domain->domain_id][world_random(3)][0]
		: some_page(v->domain);
	unsigned int i;

	for (i = 0; i < 8 && (mfn_valid(m) && type_level(mfn_to_page(m)->type_info) != 4); i++)
		m = some_page(v->domain);
	if (world_random(2))
		return mmuext(MMUEXT_NEW_USER_BASEPTR, world_random(4) ? mfn_x(m) : 0, 0, DOMID_SELF);
	return mmuext(MMUEXT_NEW_BASEPTR, mfn_x(m), 0, DOMID_SELF);
}

static bool act_other_ext(struct vcpu *v)
{
	static const unsigned int cmds[] = { MMUEXT_TLB_FLUSH_LOCAL, MMUEXT_INVLPG_LOCAL,
		MMUEXT_TLB_FLUSH_ALL, MMUEXT_CLEAR_PAGE, MMUEXT_COPY_PAGE, MMUEXT_SET_LDT, 99 };
	unsigned int cmd = cmds[world_random(ARRAY_SIZE(cmds))];

	if (cmd == MMUEXT_SET_LDT)
		return mmuext(cmd, some_va(), world_random(1024), DOMID_SELF);
	return mmuext(cmd, mfn_x(some_page(v->domain)), mfn_x(some_page(v->domain)), DOMID_SELF);
}

static bool act_descriptors(struct vcpu *v)
{
	unsigned long frames[14], arg[5] = { 0 };
	unsigned int i;

	switch (world_random(4)) {
	case 0:
		for (i = 0; i < 14; i++)
			frames[i] = mfn_x(some_page(v->domain));
		arg[0] = (unsigned long)frames;
		arg[1] = world_random(1100);
		return !call(do_set_gdt, arg);
	case 1:
		arg[0] = mfn_to_paddr(some_page(v->domain)) + some_slot() * 8;
		arg[1] = world_random(2) ? 0x00209a0000000000UL : 0x0000890000000067UL;
		return !call(do_update_descriptor, arg);
	default:
		return pv_map_ldt_page(v, world_random(0x2000));
	}
}

/* The guest stores where its CPU lets it. */
static bool act_store(struct vcpu *v)
{
	unsigned int n, i;
	const struct tlb_entry *e;

	tlb_fill(fake_cpu);
	tlb_fill(fake_cpu);
	e = tlb_of(fake_cpu, &n);
	for (i = 0; n && i < 8; i++) {
		const struct tlb_entry *t = &e[world_random(n)];

		if (!t->writable || !arch_mfn_is_ram(t->m))
			continue;
		WRITE_ONCE(((pte_t *)mfn_to_virt(t->m))[some_slot()], some_entry(v->domain));
		if (t->owner && t->owner != t->d) /* as the end of the mapping will */
			arch_page_dirtied(t->owner, t->m);
		return true;
	}
	return false;
}

static bool act_write_fault(struct vcpu *v)
{
	static const uint8_t code[][15] = {
		{ 0x48, 0x87, 0x07 }, { 0x48, 0x89, 0x07 }, { 0xf0, 0x80, 0x27, 0xfd },
		{ 0xf0, 0x48, 0x0f, 0xba, 0x37, 0x05 }, { 0xf0, 0x48, 0x0f, 0xb1, 0x17 },
		{ 0x48, 0xc7, 0x07, 0, 0, 0, 0 }, { 0xf0, 0x48, 0x21, 0x07 },
		{ 0xf0, 0x48, 0x0f, 0xab, 0x07 }, { 0x89, 0x07 }, { 0x48, 0x83, 0x0f, 0x02 },
		{ 0x48, 0xff, 0x07 }, { 0x48, 0xf7, 0x17 }, { 0x48, 0xab }, { 0xf3, 0x48, 0xab },
		{ 0x48, 0xc1, 0x27, 0x01 },
	};
	struct cpu_user_regs r = { .cs = 0x33, .rax = some_entry(v->domain),
		.rdx = some_entry(v->domain), .rcx = 1, .rflags = 0x202 };
	unsigned int n, i;
	const struct tlb_entry *e;

	for (i = 0; i < 8; i++)
		tlb_fill(fake_cpu);
	e = tlb_of(fake_cpu, &n);
	for (i = 0; n && i < 32; i++) {
		const struct tlb_entry *t = &e[world_random(n)];

		if (t->writable || !arch_mfn_is_ram(t->m) ||
		    (type_level(mfn_to_page(t->m)->type_info) != 1 && i < 31))
			continue;
		r.rdi = t->va + some_slot() * 8 + (world_random(8) ? 0 : world_random(8));
		if (!world_random(4))
			r.rax = ((pte_t *)mfn_to_virt(t->m))[l1_index(r.rdi << 9)];
		r.rip = (unsigned long)code[world_random(ARRAY_SIZE(code))];
		return pv_ro_page_fault(r.rdi, &r);
	}
	return false;
}

/* --- the rest -------------------------------------------------------------------------------- */

/* Tries to get its tables back into the shape of the beginning, with pages it still has. */
static bool act_repair(struct vcpu *v)
{
	mfn_t *p = built[v->domain->domain_id][v->vcpu_id];
	struct mmu_update req[13];
	unsigned int i, n = 0, done = 0;
	unsigned long arg[5] = { (unsigned long)req, 0, (unsigned long)&done, DOMID_SELF };

	for (i = 0; i < BUILD_PAGES; i++)
		if (page_owner(mfn_to_page(p[i])) != v->domain)
			p[i] = page_of(v->domain);
	for (i = 0; i < 3; i++)
		req[n++] = (struct mmu_update){ mfn_to_paddr(p[i]), mk_pte(p[i + 1], 7) };
	req[n++] = (struct mmu_update){ mfn_to_paddr(p[2]) + 8, mk_pte(p[4], 7) };
	for (i = 0; i < 8; i++)
		req[n++] = (struct mmu_update){ mfn_to_paddr(p[3]) + i * 8,
			mk_pte(p[world_random(BUILD_PAGES)], world_random(2) ? 7 : 5) };
	mmuext(MMUEXT_PIN_L4_TABLE, mfn_x(p[0]), 0, DOMID_SELF);
	mmuext(MMUEXT_NEW_BASEPTR, mfn_x(p[0]), 0, DOMID_SELF);
	while (n) {
		arg[0] = (unsigned long)req;
		arg[1] = n;
		if (!call(do_mmu_update, arg))
			return true;
		/* Linux, too, skips the one that failed. */
		n -= done + 1;
		memmove(req, req + done + 1, n * sizeof(req[0]));
	}
	return false;
}

static bool act_tlb(struct vcpu *v)
{
	tlb_fill(fake_cpu);
	tlb_fill(fake_cpu);
	return true;
}

static bool act_toggle(struct vcpu *v)
{
	if (mfn_eq(v->arch.guest_table_user, INVALID_MFN))
		return false;
	toggle_guest_mode(v);
	tlb_fill(fake_cpu);
	toggle_guest_mode(v);
	return true;
}

static struct act {
	const char *name;
	bool (*run)(struct vcpu *v);
	unsigned int weight;
	unsigned long yes, no;
} acts[] = {
	{ "mmu_update", act_mmu_update, 30 },
	{ "linear", act_linear, 8 },
	{ "update_va", act_update_va, 12 },
	{ "pin", act_pin, 8 },
	{ "unpin", act_unpin, 6 },
	{ "baseptr", act_baseptr, 4 },
	{ "mmuext", act_other_ext, 4 },
	{ "descriptors", act_descriptors, 4 },
	{ "store", act_store, 20 },
	{ "write_fault", act_write_fault, 14 },
	{ "grant_map", act_grant_map, 6 },
	{ "grant_unmap", act_grant_unmap, 6 },
	{ "overwrite", act_grant_overwrite, 6 },
	{ "promote", act_promote, 8 },
	{ "balloon", act_balloon, 4 },
	{ "repair", act_repair, 4 },
	{ "tlb", act_tlb, 20 },
	{ "toggle", act_toggle, 2 },
	{ "dirty", act_dirty, 6 },
};

void guest_step(unsigned int cpu, struct vcpu *v)
{
	unsigned int total = 0, i, r;

	world_run(cpu, v);
	for (i = 0; i < ARRAY_SIZE(acts); i++)
		total += acts[i].weight;
	r = world_random(total);
	for (i = 0; r >= acts[i].weight; i++)
		r -= acts[i].weight;
	if (acts[i].run(v))
		__atomic_fetch_add(&acts[i].yes, 1, __ATOMIC_RELAXED);
	else
		__atomic_fetch_add(&acts[i].no, 1, __ATOMIC_RELAXED);
}

void guest_print_counts(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(acts); i++)
		(printf)("# %-12s %8lu done %8lu refused\n", acts[i].name, acts[i].yes, acts[i].no);
	(printf)("# dirty pages %lu told, %lu changed\n", dirty_pages_seen, dirty_pages_changed);
}

void guest_build(struct vcpu *v)
{
	struct domain *d = v->domain;
	mfn_t *p = built[d->domain_id][v->vcpu_id];
	pte_t *t[5];
	unsigned int i;
	struct page *pg = page_list_first(&d->page_list);

	for (i = 0; i < v->vcpu_id * BUILD_PAGES; i++)
		pg = page_list_next(pg);
	for (i = 0; i < BUILD_PAGES; i++, pg = page_list_next(pg))
		p[i] = page_to_mfn(pg);
	for (i = 0; i < 5; i++)
		t[i] = mfn_to_virt(p[i]);
	t[0][0] = mk_pte(p[1], PTE_P | PTE_RW | PTE_US);
	t[1][0] = mk_pte(p[2], PTE_P | PTE_RW | PTE_US);
	t[2][0] = mk_pte(p[3], PTE_P | PTE_RW | PTE_US);
	t[2][1] = mk_pte(p[4], PTE_P | PTE_RW | PTE_US);
	for (i = 0; i < BUILD_PAGES; i++)
		t[3][i] = mk_pte(p[i], PTE_P | PTE_US | (i < 5 ? 0 : PTE_RW));
	if (pin_page_table(mfn_to_page(p[0]), PGT_l4_page_table, d) ||
	    vcpu_set_l4(v, p[0], mk_mfn(0)))
		panic("guest_build: refused\n");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* random_gen.c: plausible arguments: hypercalls for random.c, mutated where it is cheap to be wrong. */
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sysctl.h>
#include "random.h"

uint8_t arena[ARENA + 1][4096] __attribute__((aligned(4096)));
unsigned long arena_mfn[ARENA], arena_pte[ARENA], dom0_mfn;
domid_t child_id;
static uint64_t bufs[3][1024] __attribute__((aligned(4096))); /* arguments of each vcpu, and a guard */
static uint64_t seeds[2];

void random_seed(uint64_t seed)
{
	seeds[0] = (seed + 1) * 0x9e3779b97f4a7c15UL | 1;
	seeds[1] = (seed + 77) * 0xbf58476d1ce4e5b9UL | 1;
}

/* Arrays that calls fill beyond the end must not reach this guest's own variables. */
void random_guard(void)
{
	void *guards[] = { arena[ARENA], bufs[2], bufs[2] + 512 };

	for (unsigned int i = 0; i < ARRAY_SIZE(guards); i++)
		map_va(guards[i], L1E(va_to_mfn(guards[i]), F_RO));
}

/* --- values ---------------------------------------------------------------------------------------------- */

uint64_t rnd(unsigned int v)
{
	uint64_t x = seeds[v];

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	seeds[v] = x;
	return x * 0x2545f4914f6cdd1dUL;
}

unsigned int below(unsigned int v, unsigned int n)
{
	return (rnd(v) >> 33) % n;
}

static unsigned long some_mfn(unsigned int v)
{
	unsigned int n = below(v, 20);

	if (n < 14)
		return arena_mfn[below(v, ARENA)];
	switch (n) {
	case 14:
		return dom0_mfn;
	case 15:
		return va_to_mfn((void *)si->pt_base);
	case 16:
		return rnd(v) % 0x30000;
	case 17:
		return 0xfee00;
	case 18:
		return below(v, 0x400);
	default:
		return rnd(v) >> below(v, 64);
	}
}

static uint64_t some_pte(unsigned int v)
{
	static const uint64_t flags[] = { 0, F_P, F_RO, F_RWX, F_RWX, F_RO, F_RWX, F_RWX | 0x80,
		F_RWX | 0x100, F_RWX | 0x18, F_P | F_RW, 1UL << 63 | F_RWX };
	uint64_t e = L1E(some_mfn(v) & 0xffffffffffUL, flags[below(v, ARRAY_SIZE(flags))]);

	return below(v, 16) ? e : e ^ 1UL << below(v, 64);
}

static domid_t some_domid(unsigned int v)
{
	static const domid_t ids[] = { DOMID_SELF, DOMID_SELF, DOMID_SELF, DOMID_SELF, 0, 1,
		DOMID_IO, DOMID_XEN, DOMID_COW, DOMID_INVALID, DOMID_IDLE, 1000 };
	unsigned int n = below(v, ARRAY_SIZE(ids) + 2);

	return n < ARRAY_SIZE(ids) ? ids[n] : child_id;
}

uint64_t some_address(unsigned int v)
{
	static const uint64_t list[] = { 0, 0x1000, 0x7fffffffffff, 0x800000000000, 0xffff7fffffffffff,
		0xffff800000000000, 0xffff82d040000000, 0xffff830000000000, 0xffff87ffffffffff,
		0xffff880000000000, ~0UL, ~7UL, ~4095UL };

	if (below(v, 2))
		return (uint64_t)arena[below(v, ARENA)] + below(v, 512) * 8;
	if (below(v, 2))
		return (uint64_t)bufs[v] + below(v, 8192);
	return list[below(v, ARRAY_SIZE(list))];
}

uint64_t some_value(unsigned int v)
{
	switch (below(v, 10)) {
	case 0:
	case 1:
	case 2:
		return below(v, 20);
	case 3:
		return some_mfn(v);
	case 4:
		return some_pte(v);
	case 5:
		return some_address(v);
	case 6:
		return some_domid(v) | (uint64_t)below(v, 4) << 32;
	case 7:
		return 1UL << below(v, 64);
	case 8:
		return -(uint64_t)below(v, 200);
	default:
		return rnd(v);
	}
}

/* A structure of unknown form, members of any size. */
static void *some_struct(unsigned int v)
{
	uint64_t *b = bufs[v];
	unsigned int i;

	for (i = 0; i < 40; i++)
		b[i] = below(v, 2) ? some_value(v) : below(v, 8) | (uint64_t)below(v, 8) << 32;
	return below(v, 20) ? b : (void *)some_address(v);
}

/* --- calls ---------------------------------------------------------------------------------------------- */

struct call {
	uint64_t nr, arg[5];
};

/* The machine address of an entry that may be changed without ending this guest. */
static uint64_t some_entry(unsigned int v)
{
	if (below(v, 2))
		return arena_pte[below(v, ARENA)];
	return arena_mfn[below(v, ARENA)] << 12 | below(v, 512) * 8;
}

static void gen_mmu_update(unsigned int v, struct call *c)
{
	struct mmu_update *u = (void *)bufs[v];
	unsigned int i, n = 1 + below(v, 8);

	for (i = 0; i < n; i++) {
		u[i].ptr = some_entry(v) | (below(v, 4) ? 0 : below(v, 8));
		/* The M2P entries of tables are needed (l1e_of). */
		if (u[i].ptr & 1)
			u[i].ptr = arena_mfn[below(v, ARENA)] << 12 | MMU_MACHPHYS_UPDATE;
		u[i].val = some_pte(v);
	}
	*c = (struct call){ __HYPERVISOR_mmu_update, { (uint64_t)u, n, (uint64_t)(bufs[v] + 100),
		below(v, 4) ? DOMID_SELF : some_domid(v) | (uint64_t)below(v, 3) << 16 } };
}

/* New base pointers are left to children: nothing of this guest may be in those tables. */
static void gen_mmuext(unsigned int v, struct call *c)
{
	struct mmuext_op *op = (void *)bufs[v];
	unsigned int i, n = 1 + below(v, 4);

	for (i = 0; i < n; i++) {
		do
			op[i].cmd = below(v, 3) ? below(v, 5) : below(v, 22);
		while (op[i].cmd == MMUEXT_NEW_BASEPTR && !in_child);
		op[i].arg1.mfn = op[i].cmd >= 6 && below(v, 2) ? some_address(v) : some_mfn(v);
		op[i].arg2.src_mfn = below(v, 2) ? some_mfn(v) : some_value(v);
		if (op[i].cmd == MMUEXT_UNPIN_TABLE && !in_child)
			op[i].arg1.mfn = arena_mfn[below(v, ARENA)];
	}
	*c = (struct call){ __HYPERVISOR_mmuext_op, { (uint64_t)op, n, (uint64_t)(bufs[v] + 100),
		below(v, 4) ? DOMID_SELF : some_domid(v) } };
}

static void gen_update_va(unsigned int v, struct call *c)
{
	uint64_t va = (uint64_t)arena[below(v, ARENA)];

	*c = (struct call){ __HYPERVISOR_update_va_mapping, { va, some_pte(v),
		below(v, 3) ? below(v, 8) : some_address(v), some_domid(v) } };
	if (!below(v, 4))
		c->nr = __HYPERVISOR_update_va_mapping_otherdomain;
}

static void gen_segments(unsigned int v, struct call *c)
{
	uint64_t *b = bufs[v];

	b[0] = arena_mfn[below(v, ARENA)];
	b[1] = some_mfn(v);
	if (below(v, 2) && in_child)
		*c = (struct call){ __HYPERVISOR_set_gdt, { (uint64_t)b, below(v, 1024) } };
	else
		*c = (struct call){ __HYPERVISOR_update_descriptor,
			{ some_entry(v), rnd(v) | (below(v, 2) ? 1UL << 47 : 0) } };
}

static void gen_memory(unsigned int v, struct call *c)
{
	static const uint8_t cmds[] = { 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
		19, 20, 22, 24, 25, 26, 27, 28 };
	struct xen_memory_reservation *r = (void *)bufs[v];
	uint64_t *list = bufs[v] + 200;
	unsigned int cmd = cmds[below(v, ARRAY_SIZE(cmds))], i;

	some_struct(v);
	if (cmd <= 1 || cmd == 6 || cmd == 11) {
		for (i = 0; i < 16; i++)
			list[i] = some_mfn(v);
		r->extent_start.p = list;
		r->nr_extents = below(v, 16);
		r->extent_order = below(v, 8) ? below(v, 2) : below(v, 64);
		r->mem_flags = below(v, 4) ? 0 : rnd(v);
		r->domid = some_domid(v);
		if (cmd == 11)
			memcpy(r + 1, r, sizeof(*r));
	}
	*c = (struct call){ __HYPERVISOR_memory_op, { cmd, (uint64_t)r } };
	/* dom0 must not take all memory there is. */
	if (!in_child && cmd == XENMEM_populate_physmap && r->domid != child_id)
		r->domid = child_id;
	/* Its own pages, beyond the arena, stay; and dom0's size. */
	if (!in_child && (cmd <= 1 || cmd == 11 || cmd == 15))
		c->arg[1] = 0x1000;
}

static void gen_grant(unsigned int v, struct call *c)
{
	uint32_t *b = (void *)bufs[v];
	unsigned int i, cmd = below(v, 14), n = 1 + below(v, 4);

	for (i = 0; i < 64; i++)
		b[i] = below(v, 3) ? below(v, 16) : some_value(v);
	*c = (struct call){ __HYPERVISOR_grant_table_op, { cmd, (uint64_t)b, n } };
}

static void gen_events(unsigned int v, struct call *c)
{
	uint32_t *b = (void *)bufs[v];
	unsigned int i;

	for (i = 0; i < 8; i++)
		b[i] = below(v, 3) ? below(v, 40) : some_value(v);
	*c = (struct call){ __HYPERVISOR_event_channel_op, { below(v, 16), (uint64_t)b } };
}

static void gen_simple(unsigned int v, struct call *c)
{
	static const struct { uint8_t nr, cmds; } rows[] = {
		{ __HYPERVISOR_xen_version, 14 }, { __HYPERVISOR_vm_assist, 4 },
		{ __HYPERVISOR_set_segment_base, 5 }, { __HYPERVISOR_set_debugreg, 9 },
		{ __HYPERVISOR_get_debugreg, 9 }, { __HYPERVISOR_fpu_taskswitch, 2 },
		{ __HYPERVISOR_set_timer_op, 2 }, { __HYPERVISOR_nmi_op, 3 },
		{ __HYPERVISOR_xsm_op, 3 }, { __HYPERVISOR_arch_0, 6 },
		{ __HYPERVISOR_hvm_op, 26 }, { __HYPERVISOR_xenpmu_op, 10 },
	};
	unsigned int i = below(v, ARRAY_SIZE(rows));

	*c = (struct call){ rows[i].nr, { below(v, rows[i].cmds + 1),
		below(v, 2) ? (uint64_t)some_struct(v) : some_value(v), some_value(v) } };
	if (c->nr == __HYPERVISOR_set_debugreg && !in_child)
		c->nr = __HYPERVISOR_get_debugreg;
}

/* Whatever it does, it does to this vcpu. */
static void gen_vcpu(unsigned int v, struct call *c)
{
	static const uint8_t nrs[] = { __HYPERVISOR_vcpu_op, __HYPERVISOR_sched_op,
		__HYPERVISOR_callback_op, __HYPERVISOR_set_trap_table, __HYPERVISOR_stack_switch,
		__HYPERVISOR_set_callbacks, __HYPERVISOR_iret };
	unsigned int n = below(v, 40);

	c->nr = nrs[n < 6 ? n : 0];
	c->arg[0] = below(v, 15);
	c->arg[1] = below(v, 8) ? below(v, 3) : (uint64_t)some_struct(v);
	c->arg[2] = (uint64_t)some_struct(v);
	if (c->nr == __HYPERVISOR_sched_op && c->arg[0] < 2)
		c->arg[0] = 0;
	if (c->nr == __HYPERVISOR_callback_op)
		c->arg[1] = c->arg[2];
}

static void gen_privileged(unsigned int v, struct call *c)
{
	static const uint8_t nrs[] = { __HYPERVISOR_domctl, __HYPERVISOR_sysctl,
		__HYPERVISOR_platform_op, __HYPERVISOR_physdev_op };
	uint32_t *b;
	unsigned int n = below(v, 8);

	c->nr = nrs[n < 4 ? n : 0];
	b = some_struct(v);
	c->arg[0] = (uint64_t)b;
	c->arg[1] = c->arg[0];
	if (b != (void *)bufs[v])
		return;
	b[1] = n == 1 ? XEN_SYSCTL_INTERFACE_VERSION : XEN_DOMCTL_INTERFACE_VERSION;
	if (c->nr == __HYPERVISOR_domctl) {
		b[0] = below(v, 90);
		b[2] = in_child ? some_domid(v) : below(v, 4) ? child_id : 2000;
	} else if (c->nr == __HYPERVISOR_sysctl) {
		b[0] = below(v, 32);
		if (b[0] == XEN_SYSCTL_debug_keys || b[0] == 12 || b[0] == 14 || b[0] == 18)
			b[0] = XEN_SYSCTL_physinfo;
	} else if (c->nr == __HYPERVISOR_platform_op) {
		b[0] = below(v, 70);
		b[1] = XENPF_INTERFACE_VERSION;
		if (b[0] == XENPF_enter_acpi_sleep || (b[0] >= 56 && b[0] <= 60))
			b[0] = XENPF_get_cpuinfo;
	} else {
		c->arg[0] = below(v, 33);
	}
}

static void gen_anything(unsigned int v, struct call *c)
{
	unsigned int i;

	c->nr = below(v, 70);
	for (i = 0; i < 5; i++)
		c->arg[i] = some_value(v);
}

typedef void gen_fn(unsigned int v, struct call *c);
static const struct {
	gen_fn *fn;
	unsigned int weight;
	bool dom0_too;
} gens[] = {
	{ gen_mmu_update, 25, true }, { gen_mmuext, 25, true }, { gen_update_va, 12, true },
	{ gen_segments, 4, true }, { gen_memory, 10, true }, { gen_grant, 10, true },
	{ gen_events, 8, true }, { gen_simple, 5, true }, { gen_privileged, 8, true },
	{ gen_vcpu, 1, false }, { gen_anything, 2, false },
};

static void generate(unsigned int v, struct call *c)
{
	unsigned int i, n = below(v, 110);

	for (i = 0; i < ARRAY_SIZE(gens) - 1 && n >= gens[i].weight; i++)
		n -= gens[i].weight;
	if (!gens[i].dom0_too && !in_child)
		i = 0;
	memset(c, 0, sizeof(*c));
	gens[i].fn(v, c);
}

void one_call(unsigned int v)
{
	struct multicall_entry *m = (void *)(bufs[v] + 512);
	struct call c;

	generate(v, &c);
	if (below(v, 10)) {
		hypercall(c.nr, c.arg[0], c.arg[1], c.arg[2], c.arg[3], c.arg[4]);
		return;
	}
	m->op = c.nr;
	memcpy(m->args, c.arg, sizeof(c.arg));
	hypercall2(__HYPERVISOR_multicall, m, 1);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* random: hypercalls, page-table writes and privileged instructions with arguments that are mostly
 * plausible, from dom0 with care for itself and from domains that it builds, without any. Whatever they
 * do, the machine goes on. Arguments: "seconds=N seed=N"; a round depends on its seed alone. */
#include <xen/sysctl.h>
#include "random.h"

#define CALLS 4000 /* of each vcpu in a round */
#define FEW_PAGES 512 /* what dom0 itself makes the hypervisor keep: events, grants, lists */

static uint8_t code[4096] __attribute__((aligned(4096)));
static void *arena_l1e;
static uint64_t first_seed = 20261121;
static unsigned int seconds = 8, round_nr;
static unsigned long total;
static unsigned int lost;
static volatile unsigned int calls[2];

/* --- instructions ------------------------------------------------------------------------------------------ */

static bool has_lock(unsigned int n)
{
	while (n--)
		if (code[n] == 0xf0)
			return true;
	return false;
}

/* Of a kernel in ring 3: those that fault and are emulated, and stores to page tables. */
static void one_instruction(unsigned int v)
{
	static const uint8_t opcodes[][2] = { { 0x0f, 0x20 }, { 0x0f, 0x21 }, { 0x0f, 0x22 },
		{ 0x0f, 0x23 }, { 0x0f, 0x30 }, { 0x0f, 0x32 }, { 0x0f, 0x01 }, { 0x0f, 0x06 },
		{ 0x0f, 0x09 }, { 0x0f, 0x00 }, { 0x0f, 0x0b }, { 0x0f, 0xb1 }, { 0x0f, 0xb3 },
		{ 0x0f, 0xba }, { 0x0f, 0xc1 }, { 0x0f, 0xc7 }, { 0x0f, 0xa2 }, { 0x87, 0 },
		{ 0x89, 0 }, { 0xc7, 0 }, { 0x81, 0 }, { 0x80, 0 }, { 0x83, 0 }, { 0x01, 0 }, { 0x21, 0 },
		{ 0x6c, 0 }, { 0x6d, 0 }, { 0x6e, 0 }, { 0x6f, 0 }, { 0xe4, 0 }, { 0xec, 0 }, { 0xed, 0 },
		{ 0xfa, 0 }, { 0xfb, 0 }, { 0xcd, 0 }, { 0xf4, 0 }, { 0xa4, 0 }, { 0xab, 0 }, { 0x8e, 0 } };
	static const uint8_t prefixes[] = { 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x48, 0x4c, 0x49, 0x2e, 0x64 };
	static const uint32_t msrs[] = { 0x10, 0x1b, 0x8b, 0x277, 0xc0000080, 0xc0000100, 0xc0000101,
		0xc0000102, 0xc0000103, 0xc0010015, 0x400, 0x1d9, 0xda0, 0x6a2, 0x174, 0x48 };
	unsigned int n = 0, last, i;
	uint64_t cx;

	for (i = below(v, 4); i; i--)
		code[n++] = prefixes[below(v, sizeof(prefixes))];
	last = below(v, ARRAY_SIZE(opcodes));
	code[n++] = opcodes[last][0];
	if (opcodes[last][1])
		code[n++] = opcodes[last][1];
	code[n++] = below(v, 2) ? 0x07 | below(v, 8) << 3 : rnd(v); /* (%rdi), or any */
	/* No random bytes behind it: QEMU 7.2 gives up on some instructions, with lock, of a register. */
	if (code[n - 1] >= 0xc0 && has_lock(n))
		code[n - 1] = 0x07;
	for (i = 0; i < 12; i++)
		code[n++] = 0x90;
	code[n++] = 0x0f;
	code[n++] = 0x0b;
	cx = below(v, 2) && opcodes[last][0] == 0x0f ? msrs[below(v, ARRAY_SIZE(msrs))] : below(v, 64);
	__asm__ __volatile__("push %%rbp; call *%[code]; pop %%rbp"
		: "+c"(cx)
		: [code] "b"(code), "D"(below(v, 2) ? (uint64_t)arena_l1e : some_address(v)),
		  "a"(some_value(v)), "d"(below(v, 2) ? 0 : rnd(v)), "S"(some_address(v))
		: "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
}

/* --- rounds ---------------------------------------------------------------------------------------------- */

static void step(void *arg)
{
	(void)arg;
	if (in_child && !below(0, 10))
		one_instruction(0);
	else
		one_call(0);
}

static void nothing(void)
{
}

static void second(void)
{
	hypercall1(__HYPERVISOR_set_trap_table, 0);
	for (unsigned int i = 0; i < CALLS; i++) {
		one_call(1);
		calls[1]++;
	}
	for (;;)
		hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_down, 1, 0);
}

static void start_round(uint64_t seed)
{
	unsigned int i;

	random_seed(seed);
	on_event = nothing;
	for (i = 0; i < ARENA; i++) {
		arena_mfn[i] = va_to_mfn(arena[i]);
		arena_pte[i] = machine_of_l1e(arena[i]);
	}
	arena_l1e = l1e_of(arena[0]);
}

static void child(void)
{
	start_round(first_seed + round_nr);
	if (round_nr % 2)
		vcpu_start(1, second);
	for (unsigned int i = 0; i < CALLS; i++) {
		probe(step, NULL);
		calls[0]++;
	}
}

/* A page that cannot be had back is one less to play with: dom0 gave it away, or something still refers
 * to it as a table. It has to be readable all the same, a child is a copy of all. */
static void restore_page(unsigned int i)
{
	long rc = map_va(arena[i], L1E(arena_mfn[i], F_RWX));

	if (!rc)
		return;
	lost++;
	print("# round %d: page %d (frame %lx) is not writable any more: %ld\n", round_nr, i, arena_mfn[i], rc);
	if (map_va(arena[i], L1E(arena_mfn[i], F_RO)))
		map_va(arena[i], L1E(dom0_mfn, F_RO));
}

/* The arena is plain memory again, or a later round finds everything refused. */
static void clear_arena(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_UNPIN_TABLE }, user = { .cmd = MMUEXT_NEW_USER_BASEPTR };
	struct xen_memory_reservation no_claim = { .nr_extents = 0, .domid = 0 };
	unsigned int i, pass;

	for (i = 0; i < ARENA; i++)
		map_va(arena[i], 0);
	hypercall4(__HYPERVISOR_mmuext_op, &user, 1, 0, DOMID_SELF);
	for (pass = 0; pass < 4; pass++)
		for (i = 0; i < ARENA; i++) {
			op.arg1.mfn = arena_mfn[i];
			hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
		}
	for (i = 0; i < ARENA; i++)
		restore_page(i);
	hypercall2(__HYPERVISOR_memory_op, XENMEM_claim_pages, &no_claim); /* or there is none for children */
}

static void dom0_calls(unsigned int n)
{
	while (n--)
		probe(step, NULL);
	clear_arena();
}

/* One domain: it and dom0 make their calls at the same time. */
static void one_round(unsigned int counts[6])
{
	static struct child c = { .quiet = true };
	unsigned int made[2];
	int reason;

	calls[0] = calls[1] = 0;
	child_id = 2000;
	if (!child_create(&c, child)) {
		counts[5]++;
		return;
	}
	start_round(first_seed + 0x100000 + round_nr);
	child_id = c.id;
	child_unpause(&c);
	dom0_calls(200);
	child_unpause(&c);
	reason = child_wait(&c, 2);
	child_read(&c, (const void *)calls, made, sizeof(made));
	total += made[0] + made[1];
	counts[reason < 0 ? 4 : reason < 4 ? reason : 3]++;
	child_destroy(&c);
}

/* And dom0's own, of which it gets more. */
static unsigned long free_pages(void)
{
	static struct xen_domctl info;
	static struct xen_sysctl op;

	op = (struct xen_sysctl){ .cmd = XEN_SYSCTL_physinfo,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION };
	if (hypercall1(__HYPERVISOR_sysctl, &op) || domctl(XEN_DOMCTL_getdomaininfo, 0, &info))
		return 0;
	return op.u.physinfo.free_pages + info.u.getdomaininfo.tot_pages;
}

/* Packaged Xen (".7" of 4.17.7) takes a device without MSI-X for one that has it when dom0 prepares that
 * (PHYSDEVOP_prepare_msix), and falls: what random calls do there says nothing. */
static bool takes_random_calls(void)
{
	char extra[16] = "";

	hypercall2(__HYPERVISOR_xen_version, XENVER_extraversion, extra);
	return extra[0] == '.' && extra[1] == '0';
}

void guest_main(void)
{
	unsigned int counts[6] = { 0 };
	unsigned long before, after;
	uint64_t end, said;

	differs("PHYSDEVOP_prepare_msix of a device without MSI-X is a fatal page fault");
	if (!check(takes_random_calls(), "the hypervisor takes any call of dom0's"))
		return;
	first_seed = argument("seed=", first_seed);
	seconds = argument("seconds=", seconds);
	print("# seed %ld\n", (long)first_seed);
	random_guard();
	dom0_mfn = va_to_mfn(code);
	before = free_pages();
	end = now_ns() + seconds * 1000000000UL;
	said = now_ns();
	for (; now_ns() < end; round_nr++) {
		one_round(counts);
		if (now_ns() - said > 10000000000UL) {
			print("# round %d, %ld calls of domains\n", round_nr, total);
			said = now_ns();
		}
	}
	print("# %ld calls of domains\n", total);
	print("# %d rounds: %d ended, %d rebooted, %d suspended, %d crashed, %d stuck, %d not built\n",
		round_nr, counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]);
	check(round_nr > counts[5] * 10, "random calls of dom0 and of domains");
	after = free_pages();
	print("# %ld pages were free or dom0's, %ld are\n", before, after);
	check(after + FEW_PAGES >= before, "the domains' memory is free again");
}

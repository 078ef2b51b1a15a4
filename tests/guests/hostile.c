/* SPDX-License-Identifier: GPL-2.0-only */
/* hostile: every hypercall with bad pointers and random arguments; the machine goes on. */
#include "guest.h"

static uint64_t seed = 0x9e3779b97f4a7c15UL;
static uint64_t scratch[512] __attribute__((aligned(4096)));

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static const uint64_t interesting[] = { 0, 1, 2, 7, 8, 0xfff, 0x1000, 0x7ff0, 0x7ff1, 0x7ff2, 0xffffffff,
	0x7fffffffffffffff, 0x8000000000000000, ~0UL, 0xffff800000000000, 0xffff82d040000000,
	0xffff830000000000, 0x0000800000000000, 0x7fffffffffff };

/* Calls that by their nature end or break this kernel, or the machine when dom0 makes them. */
static bool left_out(unsigned int nr)
{
	static const uint8_t list[] = { __HYPERVISOR_set_trap_table, __HYPERVISOR_stack_switch,
		__HYPERVISOR_set_callbacks, __HYPERVISOR_iret, __HYPERVISOR_sched_op,
		__HYPERVISOR_callback_op, __HYPERVISOR_platform_op, __HYPERVISOR_console_io,
		__HYPERVISOR_set_gdt, __HYPERVISOR_sched_op_compat, __HYPERVISOR_domctl,
		__HYPERVISOR_sysctl, __HYPERVISOR_physdev_op };
	unsigned int i;

	for (i = 0; i < sizeof(list); i++)
		if (list[i] == nr)
			return true;
	return false;
}

static uint64_t some_argument(void)
{
	uint64_t r = next_random();

	switch (r % 4) {
	case 0:
		return interesting[(r >> 8) % (sizeof(interesting) / sizeof(interesting[0]))];
	case 1:
		return (uint64_t)scratch + (r >> 8) % sizeof(scratch);
	case 2:
		return (r >> 8) % 40;
	default:
		return next_random();
	}
}

static void check_bad_pointers(void)
{
	static const struct { unsigned int nr, cmd; const char *what; } rows[] = {
		{ __HYPERVISOR_memory_op, XENMEM_exchange, "memory exchange" },
		{ __HYPERVISOR_event_channel_op, EVTCHNOP_send, "event send" },
		{ __HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, "bind_virq" },
		{ __HYPERVISOR_xen_version, XENVER_get_features, "get_features" },
		{ __HYPERVISOR_sched_op, SCHEDOP_poll, "poll" },
		{ __HYPERVISOR_callback_op, CALLBACKOP_register, "callback register" },
	};
	static const uint64_t bad[] = { 0x1000, 0xffff830000000000, 0x0000800000000000,
		0xffff82d040000000 };
	unsigned int i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool all = true;

		for (j = 0; j < sizeof(bad) / sizeof(bad[0]); j++)
			all &= hypercall2(rows[i].nr, rows[i].cmd, bad[j]) == -14;
		check(all, rows[i].what);
	}
	/* These count extents; with none readable they did none. */
	check_eq(hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, bad[0]), 0,
		"decrease_reservation");
	check_eq(hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, bad[0]), 0,
		"populate_physmap");
}

static void nothing(void)
{
}

static void one_call(void *arg)
{
	(void)arg;
	unsigned int nr = next_random() % 64;
	uint64_t a = some_argument(), b = some_argument(), c = some_argument(), d = some_argument();

	for (unsigned int i = 0; i < 64; i++)
		scratch[i] = some_argument();
	if (!left_out(nr) && nr != __HYPERVISOR_vcpu_op && nr != __HYPERVISOR_multicall)
		hypercall(nr, a, b, c, d, some_argument());
}

void guest_main(void)
{
	unsigned int i;

	on_event = nothing;
	check_bad_pointers();
	check_eq(hypercall1(63, 0), -38, "a hypercall that does not exist");
	check_eq(hypercall1(~0UL, 0), -38, "one with a huge number");
	for (i = 0; i < 20000; i++)
		probe(one_call, NULL);
	check(true, "20000 random hypercalls");
}

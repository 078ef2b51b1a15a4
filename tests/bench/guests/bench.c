/* SPDX-License-Identifier: GPL-2.0-only */
/* bench.c: what the timed guests share: batches, the clock, traps that only return. */
#include "bench.h"

uint8_t pages[BENCH_PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
extern void *fast_vcpu_info;
void fast_int3(void);
void fast_pf(void);
void fast_event(void);

void must(long rc, const char *what)
{
	if (!rc)
		return;
	print("Bail out! %s: %ld\n", what, rc);
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
		&(struct sched_shutdown){ SHUTDOWN_poweroff });
}

/* "only=NAME" on the command line leaves one measure, made long enough for a profiler. */
static bool wanted(const char *name, bool *ret_long)
{
	const char *only = (const char *)si->cmd_line;

	*ret_long = !memcmp(only, "only=", 5);
	if (!*ret_long)
		return true;
	for (only += 5; *only && *only == *name; only++, name++)
		;
	return *only == *name;
}

bool bench(const char *name, void (*fn)(unsigned int n), unsigned int n)
{
	uint64_t ticks[BATCHES];
	unsigned int i;
	bool is_long;

	if (!wanted(name, &is_long))
		return false;
	for (i = 0; i < (is_long ? 1000 : 1); i++)
		fn(n / 4 + 1); /* warm */
	for (i = 0; i < BATCHES; i++) {
		uint64_t start = rdtsc();

		fn(n);
		ticks[i] = rdtsc() - start;
	}
	print("bench %s %d", name, n);
	for (i = 0; i < BATCHES; i++)
		print(" %ld", (long)ticks[i]);
	print("\n");
	return true;
}

void print_clock(void)
{
	const volatile struct vcpu_time_info *t = &shared->vcpu_info[0].time;

	print("tick %ld %d\n", (long)t->tsc_to_system_mul, t->tsc_shift);
}

long mmuext(unsigned int cmd, unsigned long arg1)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1;
	return hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
}

long send_event(unsigned int port)
{
	struct evtchn_send s = { .port = port };

	return hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &s);
}

void fast_traps(void)
{
	const struct trap_info table[] = {
		{ 3, 3, 0xe033, (unsigned long)fast_int3 },
		{ 14, 0, 0xe033, (unsigned long)fast_pf },
		{ 0, 0, 0, 0 },
	};

	must(hypercall1(__HYPERVISOR_set_trap_table, table), "set_trap_table");
}

static void register_events(void (*entry)(void))
{
	struct callback_register r = { .type = CALLBACKTYPE_event, .address = (unsigned long)entry };

	must(hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, &r), "event callback");
}

void fast_events(void)
{
	fast_vcpu_info = &shared->vcpu_info[0];
	register_events(fast_event);
}

void masking_events(void)
{
	register_events(masking_event);
}

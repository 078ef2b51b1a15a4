/* SPDX-License-Identifier: GPL-2.0-only */
/* clock.c: system time from the hypervisor's records and the TSC; waiting. */
#include "clock.h"

static uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ __volatile__("lfence; rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

uint64_t time_by(const volatile struct vcpu_time_info *t)
{
	uint32_t version;
	uint64_t delta, ns;

	do {
		version = t->version & ~1U;
		__asm__ __volatile__("" : : : "memory");
		delta = rdtsc() - t->tsc_timestamp;
		delta = t->tsc_shift >= 0 ? delta << t->tsc_shift : delta >> -t->tsc_shift;
		ns = t->system_time + (uint64_t)((unsigned __int128)delta * t->tsc_to_system_mul >> 32);
		__asm__ __volatile__("" : : : "memory");
	} while (t->version != version);
	return ns;
}

uint64_t now_ns(void)
{
	return time_by(&shared->vcpu_info[0].time);
}

void yield(void)
{
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
}

bool wait_for(const volatile unsigned int *what, unsigned int seconds)
{
	uint64_t end = now_ns() + seconds * 1000000000UL;

	while (!*what) {
		if (now_ns() > end)
			return false;
		yield();
	}
	return true;
}

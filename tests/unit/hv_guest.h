/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_guest.h: a test speaks as a guest: hypercalls of one vcpu, and guest memory that faults. */
#ifndef TESTS_HV_GUEST_H
#define TESTS_HV_GUEST_H

#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/softirq.h>
#include <asm/host.h>
#include <xen/sched.h>
#include <setjmp.h>
#include <cmocka.h>

#define BAD_POINTER NULL /* faults from its first byte */

static unsigned int restarts __maybe_unused; /* -ERESTARTs in the last hypercall */

/* A hypercall of vcpu v, issued again for as long as it gives way. */
static inline long hcall(struct vcpu *v, unsigned long nr, unsigned long a0, unsigned long a1,
	unsigned long a2)
{
	unsigned long arg[HYPERCALL_ARGS] = { a0, a1, a2 };
	long rc;

	host_play_vcpu(v);
	restarts = 0;
	while ((rc = hypercall_dispatch(nr, arg)) == -ERESTART)
		assert_true(++restarts < 1000000);
	host_play_vcpu(NULL);
	return rc;
}

#define HC(v, name, a0, a1, a2) \
	hcall(v, __HYPERVISOR_##name, (unsigned long)(a0), (unsigned long)(a1), (unsigned long)(a2))

static inline long evtchn_op(struct vcpu *v, unsigned int cmd, void *op)
{
	return HC(v, event_channel_op, cmd, op, 0);
}

/* While on, every preemption check says: give way. */
static inline void always_preempt(bool on)
{
	if (on)
		softirq_raise(SOFTIRQ_TASKLET);
	else
		host_run_all();
}

/* Accesses to the n bytes at p fail. */
static inline void poison(const void *p, size_t n)
{
	host_poison_start = (uintptr_t)p;
	host_poison_end = host_poison_start + n;
}

static inline void unpoison(void)
{
	host_poison_start = host_poison_end = 0;
}

/* xorshift: the same numbers in every run. */
static inline uint32_t random_next(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

#endif

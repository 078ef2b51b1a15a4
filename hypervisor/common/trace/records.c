/* SPDX-License-Identifier: GPL-2.0-only */
/* records.c: records whose words have to be put together. No locks. */
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/trace.h>

static uint32_t vcpu_word(const struct vcpu *v)
{
	return v->vcpu_id | (uint32_t)v->domain->domain_id << 16;
}

void trace_runstate(const struct vcpu *v, int runstate)
{
	trace(TRC_SCHED_RUNSTATE_CHANGE | (v->runstate.state & 3) << 8 | (runstate & 3) << 4, vcpu_word(v));
}

/* How long v has been in its state. */
static uint32_t since(const struct vcpu *v, s_time_t when)
{
	return when - (s_time_t)v->runstate.state_entry_time;
}

void trace_switch(const struct vcpu *prev, const struct vcpu *next, s_time_t when, s_time_t slice)
{
	trace(TRC_SCHED_SWITCH_INFPREV, TRACE_VCPU(prev), since(prev, when));
	trace(TRC_SCHED_SWITCH_INFNEXT, TRACE_VCPU(next),
		next->runstate.state == RUNSTATE_runnable ? since(next, when) : 0, slice);
	trace(TRC_SCHED_SWITCH, TRACE_VCPU(prev), TRACE_VCPU(next));
}

void trace_continue(const struct vcpu *v, s_time_t when, s_time_t slice)
{
	trace(TRC_SCHED_SWITCH_INFCONT, TRACE_VCPU(v), since(v, when), slice);
	trace(TRC_SCHED_CONTINUE_RUNNING, vcpu_word(v));
}

/* The arguments that tell something, a bit for each: operations, counts, vcpus. */
static const uint8_t told_args[NR_HYPERCALLS] = {
	[__HYPERVISOR_mmu_update] = 1 << 1,
	[__HYPERVISOR_multicall] = 1 << 1,
	[__HYPERVISOR_grant_table_op] = 1 << 0 | 1 << 2,
	[__HYPERVISOR_vcpu_op] = 1 << 0 | 1 << 1,
	[__HYPERVISOR_mmuext_op] = 1 << 1,
	[__HYPERVISOR_sched_op] = 1 << 0,
};

void trace_hypercall(uint32_t event, unsigned long nr, const unsigned long arg[])
{
	uint32_t words[1 + HYPERCALL_ARGS] = { nr & ~TRC_PV_HYPERCALL_V2_ARG_MASK };
	uint8_t told = nr < NR_HYPERCALLS ? told_args[nr] : 0;
	unsigned int n = 1, i;

	for (i = 0; i < HYPERCALL_ARGS; i++) {
		if (!(told & 1 << i))
			continue;
		words[0] |= TRC_PV_HYPERCALL_V2_ARG_32(i);
		words[n++] = arg[i];
	}
	trace_words(event, true, words, n);
}

void trace_decrease(const struct vcpu *v, unsigned long gfn, unsigned int order)
{
	const uint32_t words[] = { TRACE_64(gfn), v->domain->domain_id | order << 16 };

	trace_words(TRC_MEM_DECREASE_RESERVATION, false, words, ARRAY_SIZE(words));
}

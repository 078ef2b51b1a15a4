/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_balance.c: the credit scheduler across CPUs: where a vcpu goes, whom it disturbs, and what
 * a CPU fetches from the queues of others.
 *
 * Locks:   as sched_credit.c. Other CPUs' idle bits and queue lengths are read without their locks:
 *          a wrong guess costs a detour, never a vcpu (see credit_steal()'s ret_missed). */
#include <hv/sched.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/percpu.h>
#include <hv/pool.h>
#include <hv/softirq.h>
#include "sched-private.h"

#define STEAL_MARGIN   MILLISECS(8) /* less is not worth the cold caches */
#define PREEMPT_MARGIN MILLISECS(1)
#define STEAL_TURNS    64

bool credit_may_run(const struct vcpu *v, unsigned int cpu)
{
	return cpumask_test(cpu, &v->hard_affinity) &&
		cpumask_test(cpu, &READ_ONCE(v->domain->pool)->cpus);
}

/* One of m that v may run on, preferring its soft affinity and a CPU after the present one;
 * NR_CPUS if none. */
static unsigned int pick_within(const struct vcpu *v, const struct cpumask *m)
{
	struct cpumask hard, soft;

	cpumask_and(&hard, m, &v->hard_affinity);
	cpumask_and(&hard, &hard, &READ_ONCE(v->domain->pool)->cpus);
	cpumask_and(&soft, &hard, &v->soft_affinity);
	if (cpumask_empty(&soft))
		soft = hard;
	if (cpumask_test(v->processor, &soft))
		return v->processor;
	return cpumask_cycle(v->processor, &soft);
}

unsigned int credit_choose_cpu(const struct vcpu *v)
{
	unsigned int cpu = pick_within(v, &credit_idlers), best, least = ~0U;

	if (cpu < NR_CPUS)
		return cpu;
	best = pick_within(v, &credit_ready);
	for_each_cpu (cpu, &credit_ready) {
		unsigned int n = READ_ONCE(per_cpu(credit_cpu, cpu).queued);

		if (n < least && credit_may_run(v, cpu) && cpumask_test(cpu, &v->soft_affinity)) {
			least = n;
			best = cpu;
		}
	}
	return best < NR_CPUS ? best : v->processor;
}

/* Would v, just queued, go before the one that runs on its CPU. */
static bool goes_first(const struct vcpu *v, const struct vcpu *curr, s_time_t when)
{
	return credit_vcpu(v)->vtime + PREEMPT_MARGIN < credit_vtime_now(credit_vcpu(curr), when);
}

/* The lock of v->processor is held; v is queued there. */
void credit_tickle(struct vcpu *v, s_time_t when)
{
	const struct vcpu *curr = cpu_current(v->processor);
	unsigned int cpu;

	if (v->is_running) {
		/* Idle holds its state: it goes on at once. Otherwise saved() comes back to this. */
		if (is_idle_vcpu(curr)) {
			cpumask_clear(v->processor, &credit_idlers);
			softirq_raise_cpu(v->processor, SOFTIRQ_SCHEDULE);
		}
		return;
	}
	/* A CPU that was told already, for another vcpu, is not in the set any more. */
	cpu = pick_within(v, &credit_idlers);
	if (cpu >= NR_CPUS) {
		if (!is_idle_vcpu(curr) && !goes_first(v, curr, when))
			return;
		cpu = v->processor;
	}
	cpumask_clear(cpu, &credit_idlers);
	softirq_raise_cpu(cpu, SOFTIRQ_SCHEDULE);
}

/* Lock of `from` held. */
static struct credit_vcpu *find_stealable(unsigned int from, unsigned int cpu,
	const struct credit_vcpu *have)
{
	struct credit_vcpu *cv;

	list_for_each_entry (cv, &per_cpu(credit_cpu, from).queue, link) {
		/* cppcheck-suppress uninitvar ; the loop sets cv */
		if (have && cv->vtime + STEAL_MARGIN >= have->vtime)
			return NULL; /* the queue is sorted */
		if (cv->v->is_running || !credit_may_run(cv->v, cpu) || credit_over_cap(cv->dom))
			continue;
		if (!have || cpumask_test(cpu, &cv->v->soft_affinity))
			return cv;
	}
	return NULL;
}

/* Locks of two CPUs have no order here, so it is only tried: for a moment if this CPU would be idle, as
 * who woke it for a vcpu in that queue may be about to let go. */
static bool try_queue(struct spinlock *l, bool idle)
{
	unsigned int turns = idle ? STEAL_TURNS : 1;

	while (!spin_trylock(l)) {
		if (!--turns)
			return false;
		arch_relax(false);
	}
	return true;
}

struct credit_vcpu *credit_steal(unsigned int cpu, const struct credit_vcpu *have, bool *ret_missed)
{
	unsigned int from = cpu;
	struct credit_vcpu *cv;
	struct spinlock *l;

	while ((from = cpumask_cycle(from, &credit_ready)) != cpu) {
		if (!READ_ONCE(per_cpu(credit_cpu, from).queued))
			continue;
		l = cpu_sched_lock(from);
		if (!try_queue(l, !have)) {
			*ret_missed = true;
			continue;
		}
		cv = find_stealable(from, cpu, have);
		if (cv) {
			credit_dequeue(cv);
			WRITE_ONCE(cv->v->processor, cpu);
		}
		spin_unlock(l);
		if (cv) {
			credit_settle(cv, cpu);
			credit_enqueue(cv, cpu);
			return cv;
		}
	}
	return (struct credit_vcpu *)(uintptr_t)have;
}

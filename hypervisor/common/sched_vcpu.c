/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_vcpu.c: waking, stopping and pausing of vcpus, their run states, timers and affinity.
 *
 * A vcpu may run while pause_flags, its pause_count and its domain's are all 0. Who clears the last
 * calls vcpu_wake(), who sets one vcpu_sleep_*(); both look again under the lock, so the last one
 * to look decides.
 *
 * Locks:   the run-queue lock of v->processor (sched.c). Counts and flags are atomic.
 * Context: the *_sync forms may wait for another CPU: interrupts on, no lock held but domctl's or
 *          sysctl's (spin_check_may_wait()), never for `current`. The rest: any. */
#include <hv/sched.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/pool.h>
#include <hv/softirq.h>
#include <hv/trace.h>
#include "sched-private.h"
#include <asm/current.h>

#define TOOLSTACK_PAUSES_MAX 255
#define PERIOD_MIN MICROSECS(100)

/* --- run states ------------------------------------------------------------------------------ */

void vcpu_runstate_change(struct vcpu *v, int runstate, s_time_t when)
{
	s_time_t delta = when - (s_time_t)v->runstate.state_entry_time;

	if (v->runstate.state == runstate)
		return;
	if (unlikely(trace_on))
		trace_runstate(v, runstate);
	if (delta > 0) {
		v->runstate.time[v->runstate.state] += delta;
		v->runstate.state_entry_time = when;
	}
	v->runstate.state = runstate;
}

void vcpu_runstate_get(const struct vcpu *v, struct vcpu_runstate_info *ret_info)
{
	unsigned long flags;
	struct spinlock *l = vcpu_sched_lock((struct vcpu *)(uintptr_t)v, &flags);
	s_time_t delta;

	*ret_info = v->runstate;
	vcpu_sched_unlock(l, flags);
	delta = now() - (s_time_t)ret_info->state_entry_time;
	if (delta > 0)
		ret_info->time[ret_info->state] += delta;
}

s_time_t cpu_idle_time(unsigned int cpu)
{
	struct vcpu_runstate_info info;

	if (cpu >= NR_CPUS || !idle_vcpu[cpu])
		return 0;
	vcpu_runstate_get(idle_vcpu[cpu], &info);
	return info.time[RUNSTATE_running];
}

/* --- waking and stopping --------------------------------------------------------------------- */

bool vcpu_runnable(const struct vcpu *v)
{
	return !READ_ONCE(v->pause_flags[0]) && !READ_ONCE(v->pause_count) &&
		!READ_ONCE(v->domain->pause_count);
}

void vcpu_wake(struct vcpu *v)
{
	unsigned long flags;
	struct spinlock *l = vcpu_sched_lock(v, &flags);
	int state = v->runstate.state;

	trace(TRC_SCHED_WAKE, TRACE_VCPU(v));
	if (vcpu_runnable(v)) {
		if (state >= RUNSTATE_blocked)
			vcpu_runstate_change(v, RUNSTATE_runnable, now());
		sched_ops->wake(v);
	} else if (state == RUNSTATE_blocked && !test_bit(VPF_blocked, v->pause_flags)) {
		vcpu_runstate_change(v, RUNSTATE_offline, now());
	}
	vcpu_sched_unlock(l, flags);
}

void vcpu_sleep_nosync(struct vcpu *v)
{
	unsigned long flags;
	struct spinlock *l = vcpu_sched_lock(v, &flags);

	trace(TRC_SCHED_SLEEP, TRACE_VCPU(v));
	if (!vcpu_runnable(v)) {
		if (v->runstate.state == RUNSTATE_runnable)
			vcpu_runstate_change(v, test_bit(VPF_blocked, v->pause_flags) ?
				RUNSTATE_blocked : RUNSTATE_offline, now());
		sched_ops->sleep(v);
	}
	vcpu_sched_unlock(l, flags);
}

/* Returns once its state is saved. */
static void vcpu_sleep_sync(struct vcpu *v)
{
	ASSERT(v != current);
	spin_check_may_wait();
	vcpu_sleep_nosync(v);
	if (READ_ONCE(v->is_running))
		vcpu_give_up_state(v);
	while (!vcpu_runnable(v) && __atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE))
		cpu_relax();
}

void vcpu_unblock(struct vcpu *v)
{
	if (test_and_clear_bit(VPF_blocked, v->pause_flags))
		vcpu_wake(v);
}

/* The flag first, the look at events second; events are set first and the flag looked at second. */
void vcpu_block(void)
{
	struct vcpu *v = current;

	set_bit(VPF_blocked, v->pause_flags);
	arch_vcpu_enable_events(v);
	smp_mb();
	if (arch_vcpu_event_pending(v)) {
		clear_bit(VPF_blocked, v->pause_flags);
	} else {
		trace(TRC_SCHED_BLOCK, TRACE_VCPU(v));
		softirq_raise(SOFTIRQ_SCHEDULE);
	}
}

void vcpu_yield(void)
{
	trace(TRC_SCHED_YIELD, TRACE_VCPU(current));
	sched_ops->yield(current);
	softirq_raise(SOFTIRQ_SCHEDULE);
}

/* --- pausing --------------------------------------------------------------------------------- */

void vcpu_pause(struct vcpu *v)
{
	__atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
	vcpu_sleep_sync(v);
}

void vcpu_pause_nosync(struct vcpu *v)
{
	__atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
	vcpu_sleep_nosync(v);
}

void vcpu_unpause(struct vcpu *v)
{
	if (__atomic_fetch_sub(&v->pause_count, 1, __ATOMIC_SEQ_CST) == 1)
		vcpu_wake(v);
}

/* All are told to stop before the first is waited for. */
void domain_pause(struct domain *d)
{
	struct vcpu *v;

	ASSERT(!current || d != current->domain);
	domain_pause_nosync(d);
	for_each_vcpu (d, v)
		vcpu_sleep_sync(v);
}

void domain_pause_nosync(struct domain *d)
{
	struct vcpu *v;

	__atomic_fetch_add(&d->pause_count, 1, __ATOMIC_SEQ_CST);
	for_each_vcpu (d, v)
		vcpu_sleep_nosync(v);
}

void domain_unpause(struct domain *d)
{
	struct vcpu *v;

	if (__atomic_fetch_sub(&d->pause_count, 1, __ATOMIC_SEQ_CST) == 1)
		for_each_vcpu (d, v)
			vcpu_wake(v);
}

int domain_pause_by_toolstack(struct domain *d)
{
	int old = __atomic_load_n(&d->controller_pause_count, __ATOMIC_RELAXED);

	do {
		if (old >= TOOLSTACK_PAUSES_MAX)
			return -EUSERS;
	} while (!__atomic_compare_exchange_n(&d->controller_pause_count, &old, old + 1, false,
		__ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	domain_pause(d);
	return 0;
}

int domain_unpause_by_toolstack(struct domain *d)
{
	int old = __atomic_load_n(&d->controller_pause_count, __ATOMIC_RELAXED);

	do {
		if (old <= 0)
			return -EINVAL;
	} while (!__atomic_compare_exchange_n(&d->controller_pause_count, &old, old - 1, false,
		__ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	if (old == 1)
		d->has_run = true;
	domain_unpause(d);
	return 0;
}

/* --- affinity -------------------------------------------------------------------------------- */

static unsigned long nodes_of_vcpus(const struct domain *d)
{
	unsigned long nodes = 0;
	struct vcpu *v;
	unsigned int cpu;

	for_each_vcpu (d, v) {
		struct cpumask m;

		cpumask_and(&m, &v->hard_affinity, &v->soft_affinity);
		if (!cpumask_intersects(&m, &cpu_online_map))
			cpumask_copy(&m, &v->hard_affinity);
		cpumask_and(&m, &m, &cpu_online_map);
		for_each_cpu (cpu, &m)
			nodes |= BIT_MASK(arch_cpu_to_node(cpu));
	}
	return nodes;
}

/* Nodes without CPUs are nobody's favourite, but all that is free to run anywhere may be there, too. */
unsigned long domain_nodes(struct domain *d)
{
	unsigned long all = arch_nodes(), nodes = READ_ONCE(d->node_affinity) & all, with_cpus = 0;
	unsigned int cpu;

	if (nodes)
		return nodes;
	nodes = READ_ONCE(d->vcpus_nodes);
	if (nodes)
		return nodes;
	for_each_online_cpu (cpu)
		with_cpus |= BIT_MASK(arch_cpu_to_node(cpu));
	nodes = nodes_of_vcpus(d);
	if (!nodes || nodes == with_cpus)
		nodes = all;
	WRITE_ONCE(d->vcpus_nodes, nodes);
	return nodes;
}

int vcpu_set_hard_affinity(struct vcpu *v, const struct cpumask *m)
{
	unsigned long flags;
	struct spinlock *l;

	if (!cpumask_intersects(m, &v->domain->pool->cpus))
		return -EINVAL;
	l = vcpu_sched_lock(v, &flags);
	if (v->pin_override) {
		vcpu_sched_unlock(l, flags);
		return -EBUSY;
	}
	cpumask_copy(&v->hard_affinity, m);
	vcpu_sched_unlock(l, flags);
	WRITE_ONCE(v->domain->vcpus_nodes, 0);
	sched_ops->affinity_changed(v);
	return 0;
}

int vcpu_pin_override(struct vcpu *v, int cpu)
{
	unsigned long flags;
	struct spinlock *l;
	int rc = 0;

	if (cpu >= (int)nr_cpu_ids || (cpu >= 0 && !cpumask_test(cpu, &cpu_online_map)))
		return -EINVAL;
	l = vcpu_sched_lock(v, &flags);
	if (cpu < 0) {
		if (v->pin_override)
			cpumask_copy(&v->hard_affinity, &v->overridden_affinity);
		else
			rc = -EINVAL;
		v->pin_override = false;
	} else if (v->pin_override) {
		rc = -EBUSY;
	} else {
		v->pin_override = true;
		cpumask_copy(&v->overridden_affinity, &v->hard_affinity);
		cpumask_zero(&v->hard_affinity);
		cpumask_set(cpu, &v->hard_affinity);
	}
	vcpu_sched_unlock(l, flags);
	if (!rc)
		sched_ops->affinity_changed(v);
	return rc;
}

/* For one whose CPUs are all gone; the caller has it looked at again. */
void vcpu_free_affinity(struct vcpu *v)
{
	unsigned long flags;
	struct spinlock *l = vcpu_sched_lock(v, &flags);

	v->pin_override = false;
	cpumask_fill(&v->hard_affinity);
	vcpu_sched_unlock(l, flags);
	WRITE_ONCE(v->domain->vcpus_nodes, 0);
}

/* A preference: any set that has a CPU at all. */
int vcpu_set_soft_affinity(struct vcpu *v, const struct cpumask *m)
{
	unsigned long flags;
	struct spinlock *l;

	if (!cpumask_intersects(m, &cpu_online_map))
		return -EINVAL;
	l = vcpu_sched_lock(v, &flags);
	cpumask_copy(&v->soft_affinity, m);
	vcpu_sched_unlock(l, flags);
	WRITE_ONCE(v->domain->vcpus_nodes, 0);
	sched_ops->affinity_changed(v);
	return 0;
}

/* --- timers of a vcpu ------------------------------------------------------------------------ */

static void singleshot_expired(void *data)
{
	send_guest_vcpu_virq(data, VIRQ_TIMER);
}

static void poll_expired(void *data)
{
	struct vcpu *v = data;

	if (test_and_clear_bit(v->vcpu_id, v->domain->ev.poll_mask))
		vcpu_unblock(v);
}

/* Fires what is due and arms the next tick; v is, or is about to be, on this CPU. */
static void periodic_work(struct vcpu *v, s_time_t when)
{
	s_time_t period = READ_ONCE(v->periodic_period);

	if (!period)
		return;
	if (when - v->periodic_last_event >= period) {
		v->periodic_last_event = when;
		send_guest_vcpu_virq(v, VIRQ_TIMER);
	}
	timer_migrate(&v->periodic_timer, smp_processor_id());
	timer_set(&v->periodic_timer, v->periodic_last_event + period);
}

/* In the timer softirq: if v was switched out meanwhile, its return restarts the tick. */
static void periodic_expired(void *data)
{
	struct vcpu *v = data;

	if (READ_ONCE(v->is_running) && v->processor == smp_processor_id())
		periodic_work(v, now());
}

void vcpu_timers_arrive(struct vcpu *v, unsigned int cpu, s_time_t when)
{
	if (v->singleshot_timer.cpu != cpu)
		timer_migrate(&v->singleshot_timer, cpu);
	if (v->poll_timer.cpu != cpu)
		timer_migrate(&v->poll_timer, cpu);
	periodic_work(v, when);
}

void vcpu_set_periodic_timer(struct vcpu *v, s_time_t period)
{
	timer_stop(&v->periodic_timer);
	WRITE_ONCE(v->periodic_period, period > 0 ? max(period, PERIOD_MIN) : 0);
	v->periodic_last_event = now();
	if (v == current) {
		periodic_work(v, v->periodic_last_event);
	} else if (period > 0 && READ_ONCE(v->is_running)) {
		/* If it is just being switched out, the tick finds out (periodic_expired). */
		timer_migrate(&v->periodic_timer, READ_ONCE(v->processor));
		timer_set(&v->periodic_timer, v->periodic_last_event + period);
	}
}

void vcpu_set_singleshot_timer(struct vcpu *v, s_time_t when)
{
	if (v == current)
		timer_migrate(&v->singleshot_timer, smp_processor_id());
	timer_set(&v->singleshot_timer, when);
}

void vcpu_stop_singleshot_timer(struct vcpu *v)
{
	timer_stop(&v->singleshot_timer);
}

void vcpu_set_poll_timer(struct vcpu *v, s_time_t when)
{
	if (v == current)
		timer_migrate(&v->poll_timer, smp_processor_id());
	timer_set(&v->poll_timer, when);
}

/* --- life ------------------------------------------------------------------------------------ */

int sched_vcpu_init(struct vcpu *v, unsigned int processor)
{
	v->processor = processor;
	v->runstate.state = is_idle_vcpu(v) ? RUNSTATE_runnable : RUNSTATE_offline;
	v->runstate.state_entry_time = now();
	cpumask_fill(&v->soft_affinity);
	if (is_idle_vcpu(v)) {
		cpumask_set(processor, &v->hard_affinity);
		return 0;
	}
	cpumask_fill(&v->hard_affinity);
	timer_init(&v->periodic_timer, periodic_expired, v, processor);
	timer_init(&v->singleshot_timer, singleshot_expired, v, processor);
	timer_init(&v->poll_timer, poll_expired, v, processor);
	return sched_ops->vcpu_init(v);
}

void sched_vcpu_destroy(struct vcpu *v)
{
	unsigned long flags;
	struct spinlock *l;

	timer_kill(&v->periodic_timer);
	timer_kill(&v->singleshot_timer);
	timer_kill(&v->poll_timer);
	/* Whoever still held the lock on behalf of v is through with it. */
	l = vcpu_sched_lock(v, &flags);
	BUG_ON(v->is_running);
	vcpu_sched_unlock(l, flags);
	sched_ops->vcpu_fini(v);
}

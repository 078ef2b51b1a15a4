/* SPDX-License-Identifier: GPL-2.0-only */
/* sched.c: the frame of scheduling: run-queue locks, schedule(), the idle vcpus.
 *
 * Locks:   sched_cpu.lock of a CPU (LOCK_SCHED, interrupts off) guards its run queue, which vcpu
 *          it runs, and the scheduling state (runstate included) of every vcpu whose v->processor
 *          it is. v->processor changes under the lock of the CPU it names, and not while the vcpu's
 *          state is in that CPU (v->is_running).
 * Context: schedule() from SOFTIRQ_SCHEDULE. On x86 it does not return when it switches.
 *
 * A CPU that goes idle keeps the state of the vcpu that fell asleep there ("held"): most often it is
 * the next one to run. It is put away when another vcpu runs first, when it is to go elsewhere or
 * somebody wants to see it (vcpu_give_up_state()), or when it costs others something
 * (sched_state_unwanted()). */
#include <hv/sched.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/pool.h>
#include <hv/softirq.h>
#include <hv/trace.h>
#include "sched-private.h"
#include <asm/current.h>

struct sched_cpu {
	struct spinlock lock;
	struct vcpu *curr;
	struct vcpu *held;     /* while curr is the idle vcpu: whose state is still here; or NULL */
	bool unwanted;         /* better without it */
	struct timer slice;
};

static DEFINE_PER_CPU(struct sched_cpu, sched_cpu);

const struct sched_ops *sched_ops = &sched_credit;
unsigned int sched_ratelimit_us = 1000;

struct spinlock *cpu_sched_lock(unsigned int cpu)
{
	return &per_cpu(sched_cpu, cpu).lock;
}

struct vcpu *cpu_current(unsigned int cpu)
{
	return READ_ONCE(per_cpu(sched_cpu, cpu).curr);
}

bool cpu_has_state(unsigned int cpu, const struct vcpu *v)
{
	return per_cpu(sched_cpu, cpu).curr == v || per_cpu(sched_cpu, cpu).held == v;
}

bool vcpu_on_cpu(const struct vcpu *v)
{
	return cpu_current(READ_ONCE(v->processor)) == v;
}

struct spinlock *vcpu_sched_lock(struct vcpu *v, unsigned long *ret_flags)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(v->processor);
		struct spinlock *l = cpu_sched_lock(cpu);

		spin_lock_irqsave(l, *ret_flags);
		if (likely(v->processor == cpu))
			return l;
		spin_unlock_irqrestore(l, *ret_flags);
	}
}

void vcpu_sched_unlock(struct spinlock *l, unsigned long flags)
{
	spin_unlock_irqrestore(l, flags);
}

/* What a vcpu that stops running is from then on. */
static int resting_state(const struct vcpu *v)
{
	if (vcpu_runnable(v) || test_bit(VPF_parked, v->pause_flags))
		return RUNSTATE_runnable;
	return test_bit(VPF_blocked, v->pause_flags) ? RUNSTATE_blocked : RUNSTATE_offline;
}

/* Interrupts off, no lock held. */
static void switch_timers(struct vcpu *prev, struct vcpu *next, s_time_t when)
{
	if (!is_idle_vcpu(prev))
		timer_stop(&prev->periodic_timer);
	if (!is_idle_vcpu(next))
		vcpu_timers_arrive(next, smp_processor_id(), when);
}

/* v does not run on: its state may stay in the CPU. Lock held. */
static bool may_stay(const struct vcpu *v)
{
	return !is_idle_vcpu(v) && !v->give_up && !vcpu_runnable(v);
}

/* Interrupts off, no lock held; idle runs. */
static void put_away(struct vcpu *held)
{
	arch_context_save(held);
	sched_context_saved(held);
}

/* Nothing changes, but for what idle holds. Takes over the lock. */
static void go_on(struct sched_cpu *sc, struct vcpu *same)
{
	struct vcpu *held = sc->held;

	if (held && may_stay(held) && !sc->unwanted)
		held = NULL;
	if (held)
		sc->held = NULL;
	sc->unwanted = false;
	spin_unlock(&sc->lock);
	if (held)
		put_away(held);
	local_irq_enable();
	arch_continue_running(same);
}

/* Interrupts off, no lock held. held: what was in the CPU beside prev, which is the idle vcpu then. */
static void switch_to(struct vcpu *prev, struct vcpu *next, struct vcpu *held, bool leave)
{
	if (leave)
		arch_context_leave(prev, next);
	else if (next == held)
		arch_context_return(next);
	else
		arch_context_switch(held ? held : prev, next);
}

static void schedule(void)
{
	struct sched_cpu *sc = &this_cpu(sched_cpu);
	struct vcpu *prev = current, *next, *held;
	s_time_t when, slice = -1;

	spin_check_none_held();
	spin_lock_irq(&sc->lock);
	when = now();
	next = sched_ops->pick(smp_processor_id(), when, &slice);
	if (slice >= 0)
		timer_set(&sc->slice, when + slice);
	else
		timer_stop(&sc->slice);
	if (next == prev) {
		if (unlikely(trace_on))
			trace_continue(prev, when, slice);
		go_on(sc, prev);
		return;
	}
	if (unlikely(trace_on))
		trace_switch(prev, next, when, slice);
	vcpu_runstate_change(prev, resting_state(prev), when);
	vcpu_runstate_change(next, RUNSTATE_running, when);
	held = sc->held;
	sc->held = is_idle_vcpu(next) && may_stay(prev) ? prev : NULL;
	sc->unwanted = false;
	ASSERT(next == held || !next->is_running);
	if (is_idle_vcpu(prev))
		prev->is_running = false; /* which has no state to be put away */
	next->is_running = true;
	next->give_up = false;
	WRITE_ONCE(sc->curr, next);
	spin_unlock(&sc->lock);
	switch_timers(prev, next, when);
	switch_to(prev, next, held, sc->held);
}

void sched_state_unwanted(void)
{
	struct sched_cpu *sc = &this_cpu(sched_cpu);

	if (!sc->held)
		return;
	sc->unwanted = true;
	softirq_raise(SOFTIRQ_SCHEDULE);
}

void vcpu_give_up_state(struct vcpu *v)
{
	unsigned long flags;
	struct spinlock *l = vcpu_sched_lock(v, &flags);
	struct sched_cpu *sc = &per_cpu(sched_cpu, v->processor);
	bool is_here = v->processor == smp_processor_id() && sc->held == v;

	if (is_here) {
		sc->held = NULL;
	} else if (v->is_running) {
		v->give_up = true;
		softirq_raise_cpu(v->processor, SOFTIRQ_SCHEDULE);
	}
	spin_unlock(l);
	if (is_here)
		put_away(v);
	local_irq_restore(flags);
}

/* Whoever waits in vcpu_sleep_sync() goes on at once, but cannot free prev before the lock is
 * released (sched_vcpu_destroy() takes it). If prev must go elsewhere, a reference keeps it. */
void sched_context_saved(struct vcpu *prev)
{
	struct domain *d = prev->domain;
	unsigned long flags;
	struct spinlock *l;
	bool wake;

	if (is_idle_vcpu(prev))
		return;
	l = vcpu_sched_lock(prev, &flags);
	prev->give_up = false;
	__atomic_store_n(&prev->is_running, false, __ATOMIC_RELEASE);
	wake = sched_ops->saved(prev);
	if (wake)
		domain_get(d);
	vcpu_sched_unlock(l, flags);
	if (wake) {
		vcpu_wake(prev);
		domain_put(d);
	}
}

static void slice_over(void *unused)
{
	softirq_raise(SOFTIRQ_SCHEDULE);
}

/* --- start ----------------------------------------------------------------------------------- */

static void become_idle(unsigned int cpu)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);
	struct vcpu *v = idle_vcpu[cpu];

	v->processor = cpu;
	v->is_running = true;
	v->runstate.state = RUNSTATE_running;
	v->runstate.state_entry_time = now();
	sc->curr = v;
	current = v;
}

void sched_init_cpu(unsigned int cpu)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);

	if (sc->curr)
		return;
	spin_lock_init(&sc->lock, LOCK_SCHED);
	timer_init(&sc->slice, slice_over, NULL, cpu);
	if (!idle_vcpu[cpu])
		idle_vcpu[cpu] = vcpu_create(idle_domain_get(), cpu);
	if (!idle_vcpu[cpu] || sched_ops->init_cpu(cpu))
		panic("no memory for the scheduler of CPU %u", cpu);
	become_idle(cpu);
	cpumask_set(cpu, &cpu_running_map);
	pool_cpu_started(cpu);
	cpumask_set(cpu, &cpu_online_map);
}

void sched_init(void)
{
	pools_init();
	if (sched_ops->init())
		panic("scheduler %s does not start", sched_ops->name);
	softirq_register(SOFTIRQ_SCHEDULE, schedule);
	sched_init_cpu(smp_processor_id());
}

int sched_adjust(struct domain *d, struct xen_domctl_scheduler_op *op)
{
	if (!d->pool || op->sched_id != d->pool->sched_id)
		return -EINVAL;
	trace(TRC_SCHED_ADJDOM, d->domain_id);
	return sched_ops->adjust(d, op);
}

void sched_dump(void)
{
	unsigned int cpu;

	printk("scheduler %s, time %ld\n", sched_ops->name, (long)now());
	for_each_online_cpu (cpu) {
		struct spinlock *l = cpu_sched_lock(cpu);
		unsigned long flags;
		struct vcpu *v;

		spin_lock_irqsave(l, flags);
		v = cpu_current(cpu);
		if (is_idle_vcpu(v))
			printk("  cpu %u: idle\n", cpu);
		else
			printk("  cpu %u: d%uv%u\n", cpu, v->domain->domain_id, v->vcpu_id);
		if (sched_ops->dump_cpu)
			sched_ops->dump_cpu(cpu);
		spin_unlock_irqrestore(l, flags);
	}
}

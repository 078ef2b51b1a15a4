/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_credit.c: the default scheduler: time slices, weights, caps.
 *
 * Each vcpu has a virtual time that advances while it runs, slower the higher its domain's weight;
 * each CPU runs the vcpu of its queue that is furthest behind. A vcpu that wakes is put at most
 * WAKE_BONUS behind the others, which lets those that sleep a lot (dom0, interactive guests) run at
 * once without letting them save up time. CPUs look at each other's queues when they choose
 * (sched_balance.c), so that the shares hold across CPUs.
 * A cap is a budget of its domain, refilled every CAP_PERIOD; with none left its vcpus are parked.
 *
 * Locks:   as sched.c says. Two run-queue locks: the second only by trylock.
 *          Budgets are atomic. */
#include <hv/sched.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/pool.h>
#include <hv/softirq.h>
#include "sched-private.h"
#include <asm/current.h>

#define SLICE        MILLISECS(10)
#define SLICE_MIN    MILLISECS(1)
#define GRANULARITY  MILLISECS(4)  /* how far the running one gets ahead of the next */
#define WAKE_BONUS   MILLISECS(5)
#define AHEAD_MAX    MILLISECS(30) /* how far ahead of a queue a newcomer may be */
#define CAP_PERIOD   MILLISECS(20)
#define CAP_SLICE_MIN MICROSECS(200)
#define STEAL_AGAIN  MICROSECS(20)

DEFINE_PER_CPU(struct credit_cpu, credit_cpu);
struct cpumask credit_ready, credit_idlers;

/* --- queues and virtual time ----------------------------------------------------------------- */

void credit_enqueue(struct credit_vcpu *cv, unsigned int cpu)
{
	struct credit_cpu *cc = &per_cpu(credit_cpu, cpu);
	struct credit_vcpu *pos;

	ASSERT(!cv->queued);
	list_for_each_entry (pos, &cc->queue, link)
		if (pos->vtime > cv->vtime)
			break;
	list_add_tail(&cv->link, &pos->link);
	cv->queued = true;
	cc->queued++;
}

void credit_dequeue(struct credit_vcpu *cv)
{
	struct credit_cpu *cc = &per_cpu(credit_cpu, cv->v->processor);

	list_del(&cv->link);
	cv->queued = false;
	cc->queued--;
}

s_time_t credit_vtime_now(const struct credit_vcpu *cv, s_time_t when)
{
	s_time_t ran = max(when - cv->burnt_until, (s_time_t)0);

	return cv->vtime + ran * CREDIT_DEFAULT_WEIGHT / READ_ONCE(cv->dom->weight);
}

/* A vcpu comes to a CPU's queue from sleep or from another one: near the others' time, and if it
 * has been asleep, before the one that runs, which may itself be behind the clock. */
void credit_settle(struct credit_vcpu *cv, unsigned int cpu)
{
	struct credit_cpu *cc = &per_cpu(credit_cpu, cpu);
	const struct vcpu *curr = cpu_current(cpu);
	s_time_t floor;

	if (!is_idle_vcpu(curr))
		floor = min(cc->clock, credit_vtime_now(credit_vcpu(curr), now()));
	else if (list_empty(&cc->queue))
		floor = cc->clock = max(cc->clock, cv->vtime);
	else
		floor = cc->clock;
	/* Who is ahead of the others (from a CPU further on) is not any more after enough sleep:
	 * meanwhile each of them got its part of the time. */
	if (cv->asleep_since && cv->vtime > floor)
		cv->vtime = max(floor, cv->vtime - (now() - cv->asleep_since) / (cc->queued + 2));
	cv->asleep_since = 0;
	cv->vtime = max(cv->vtime, floor - WAKE_BONUS);
	cv->vtime = min(cv->vtime, cc->clock + AHEAD_MAX);
}

/* Charges the running vcpu for the time since it was last charged. */
static void burn(struct credit_vcpu *cv, s_time_t when)
{
	s_time_t delta = when - cv->burnt_until;

	if (delta <= 0)
		return;
	cv->burnt_until = when;
	cv->vtime += delta * CREDIT_DEFAULT_WEIGHT / READ_ONCE(cv->dom->weight);
	if (READ_ONCE(cv->dom->cap))
		__atomic_fetch_sub(&cv->dom->budget, delta, __ATOMIC_RELAXED);
}

/* --- caps ------------------------------------------------------------------------------------ */

bool credit_over_cap(const struct credit_domain *dom)
{
	return READ_ONCE(dom->cap) && __atomic_load_n(&dom->budget, __ATOMIC_SEQ_CST) <= 0;
}

/* True: v waits for the refill. The refill adds first and looks at the flag second. */
static bool park_if_over(struct credit_vcpu *cv)
{
	if (!credit_over_cap(cv->dom))
		return false;
	set_bit(VPF_parked, cv->v->pause_flags);
	if (credit_over_cap(cv->dom))
		return true;
	clear_bit(VPF_parked, cv->v->pause_flags);
	return false;
}

static void unpark_all(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu (d, v)
		if (test_and_clear_bit(VPF_parked, v->pause_flags))
			vcpu_wake(v);
}

static int64_t period_budget(const struct credit_domain *dom)
{
	return CAP_PERIOD / 100 * READ_ONCE(dom->cap);
}

/* Debts stay, savings do not. */
static void refill(void *data)
{
	struct credit_domain *dom = data;
	int64_t old = __atomic_load_n(&dom->budget, __ATOMIC_RELAXED), share = period_budget(dom);

	if (!share)
		return;
	while (!__atomic_compare_exchange_n(&dom->budget, &old, min(old + share, share), false,
		__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	if (old + share > 0)
		unpark_all(dom->d);
	timer_set(&dom->refill, now() + CAP_PERIOD);
}

static void set_cap(struct credit_domain *dom, uint16_t cap)
{
	WRITE_ONCE(dom->cap, cap);
	__atomic_store_n(&dom->budget, period_budget(dom), __ATOMIC_SEQ_CST);
	if (cap)
		timer_set(&dom->refill, now() + CAP_PERIOD);
	else
		timer_stop(&dom->refill);
	unpark_all(dom->d);
}

/* --- the ops --------------------------------------------------------------------------------- */

static int credit_init(void)
{
	return 0;
}

static int credit_init_cpu(unsigned int cpu)
{
	list_init(&per_cpu(credit_cpu, cpu).queue);
	cpumask_set(cpu, &credit_idlers);
	cpumask_set(cpu, &credit_ready);
	return 0;
}

static struct credit_domain *domain_credit(struct domain *d)
{
	struct credit_domain *dom = d->sched_priv;

	if (dom)
		return dom;
	dom = xzalloc(struct credit_domain);
	if (!dom)
		return NULL;
	dom->d = d;
	dom->weight = CREDIT_DEFAULT_WEIGHT;
	timer_init(&dom->refill, refill, dom, smp_processor_id());
	d->sched_priv = dom;
	return dom;
}

static void domain_credit_put(struct credit_domain *dom)
{
	if (dom->vcpu_count)
		return;
	timer_kill(&dom->refill);
	dom->d->sched_priv = NULL;
	xfree(dom);
}

static int credit_vcpu_init(struct vcpu *v)
{
	struct credit_domain *dom = domain_credit(v->domain);
	struct credit_vcpu *cv;

	if (!dom)
		return -ENOMEM;
	cv = xzalloc(struct credit_vcpu);
	if (!cv) {
		domain_credit_put(dom);
		return -ENOMEM;
	}
	cv->v = v;
	cv->dom = dom;
	dom->vcpu_count++;
	list_init(&cv->link);
	v->sched_priv = cv;
	return 0;
}

static void credit_vcpu_fini(struct vcpu *v)
{
	struct credit_vcpu *cv = credit_vcpu(v);

	if (!cv)
		return;
	BUG_ON(cv->queued);
	v->sched_priv = NULL;
	cv->dom->vcpu_count--;
	domain_credit_put(cv->dom);
	xfree(cv);
}

static void credit_wake(struct vcpu *v)
{
	struct credit_vcpu *cv = credit_vcpu(v);

	if (cv->queued || cpu_current(v->processor) == v)
		return;
	/* If it may not run there, then because its state is still in the CPU: saved() moves it. A CPU
	 * that holds it (sched.c) puts it away when it finds it runnable. */
	credit_settle(cv, v->processor);
	credit_enqueue(cv, v->processor);
	credit_tickle(v, now());
}

static void credit_sleep(struct vcpu *v)
{
	struct credit_vcpu *cv = credit_vcpu(v);

	if (cpu_current(v->processor) == v)
		softirq_raise_cpu(v->processor, SOFTIRQ_SCHEDULE);
	else if (cv->queued)
		credit_dequeue(cv);
}

static void credit_yield(struct vcpu *v)
{
	credit_vcpu(v)->yielding = true;
}

/* First of the queue that may run here, with budget; the others without are parked. */
static struct credit_vcpu *first_of_queue(unsigned int cpu)
{
	struct credit_cpu *cc = &per_cpu(credit_cpu, cpu);
	struct credit_vcpu *cv, *next;

	list_for_each_entry_safe (cv, next, &cc->queue, link) {
		if (park_if_over(cv)) {
			credit_dequeue(cv);
			continue;
		}
		if (credit_may_run(cv->v, cpu) && (!cv->v->is_running || cpu_has_state(cpu, cv->v)))
			return cv;
	}
	return NULL;
}

/* After the burn: how long `cv`, off the queue already, runs unless something happens. */
static s_time_t slice_of(const struct credit_vcpu *cv, unsigned int cpu)
{
	const struct credit_cpu *cc = &per_cpu(credit_cpu, cpu);
	s_time_t most = MILLISECS(READ_ONCE(cv->v->domain->pool->tslice_ms)), slice = most;

	if (!list_empty(&cc->queue)) {
		const struct credit_vcpu *other = list_entry(cc->queue.next, struct credit_vcpu, link);
		s_time_t lead = min(other->vtime - cv->vtime, SLICE * 4) + GRANULARITY;

		slice = lead * cv->dom->weight / CREDIT_DEFAULT_WEIGHT;
		slice = max(min(slice, most), SLICE_MIN);
	}
	if (cv->dom->cap)
		slice = max(min(slice, (s_time_t)cv->dom->budget), CAP_SLICE_MIN);
	return slice;
}

/* The one that runs and could go on is kept for the rest of the rate limit. */
static bool within_ratelimit(const struct credit_vcpu *cv, s_time_t when, s_time_t *ret_left)
{
	*ret_left = cv->started + MICROSECS(READ_ONCE(sched_ratelimit_us)) - when;
	return *ret_left > 0 && !cv->yielding;
}

/* Nobody waits here but for curr, which may go on: it need not go through the queue, where other CPUs
 * would look at it. NULL: the long way. */
static struct vcpu *pick_same(struct vcpu *curr, unsigned int cpu, s_time_t when, s_time_t *ret_slice)
{
	struct credit_cpu *cc = &per_cpu(credit_cpu, cpu);
	struct credit_vcpu *cv = credit_vcpu(curr);
	bool missed;
	s_time_t left;

	if (!list_empty(&cc->queue) || READ_ONCE(cv->dom->cap) || !vcpu_runnable(curr) ||
	    !credit_may_run(curr, cpu))
		return NULL;
	burn(cv, when);
	if (within_ratelimit(cv, when, &left) || credit_steal(cpu, cv, &missed) != cv)
		return NULL;
	cc->clock = max(cc->clock, cv->vtime);
	cv->yielding = false;
	*ret_slice = slice_of(cv, cpu);
	return curr;
}

static void requeue_current(struct credit_vcpu *cv, unsigned int cpu, s_time_t when)
{
	struct credit_cpu *cc = &per_cpu(credit_cpu, cpu);
	const struct credit_vcpu *last;

	burn(cv, when);
	if (!vcpu_runnable(cv->v)) {
		cv->asleep_since = when;
		return;
	}
	if (park_if_over(cv))
		return;
	if (cv->yielding && !list_empty(&cc->queue)) {
		last = list_entry(cc->queue.prev, struct credit_vcpu, link);
		cv->vtime = max(cv->vtime, min(last->vtime + 1, cv->vtime + SLICE));
	}
	credit_enqueue(cv, cpu);
}

static struct vcpu *choose_idle(unsigned int cpu, bool missed, s_time_t *ret_slice)
{
	cpumask_set(cpu, &credit_idlers);
	/* The queue that was locked may hold what this CPU was told to fetch. It does not look again at
	 * once: whoever holds the lock may need this very CPU's time, if the machine is a virtual one. */
	*ret_slice = missed ? STEAL_AGAIN : -1;
	return idle_vcpu[cpu];
}

static struct vcpu *credit_pick(unsigned int cpu, s_time_t when, s_time_t *ret_slice)
{
	struct credit_cpu *cc = &per_cpu(credit_cpu, cpu);
	struct vcpu *curr = cpu_current(cpu), *same;
	struct credit_vcpu *cv = is_idle_vcpu(curr) ? NULL : credit_vcpu(curr), *next;
	bool missed = false;
	s_time_t left;

	if (cv && (same = pick_same(curr, cpu, when, ret_slice)))
		return same;
	if (cv)
		requeue_current(cv, cpu, when);
	if (cv && cv->queued && within_ratelimit(cv, when, &left) && credit_may_run(curr, cpu)) {
		credit_dequeue(cv);
		*ret_slice = left;
		return curr;
	}
	next = first_of_queue(cpu);
	next = credit_steal(cpu, next, &missed);
	if (cv)
		cv->yielding = false;
	if (!next)
		return choose_idle(cpu, missed, ret_slice);
	cpumask_clear(cpu, &credit_idlers);
	credit_dequeue(next);
	cc->clock = max(cc->clock, next->vtime);
	if (next != cv) {
		next->started = when;
		next->burnt_until = when;
	}
	*ret_slice = slice_of(next, cpu);
	return next->v;
}

/* Under the lock. True: v is off the queue, bound for another CPU: wake it. */
static bool credit_saved(struct vcpu *v)
{
	struct credit_vcpu *cv = credit_vcpu(v);

	if (credit_may_run(v, v->processor)) {
		if (cv->queued)
			credit_tickle(v, now());
		return false;
	}
	if (cv->queued)
		credit_dequeue(cv);
	v->processor = credit_choose_cpu(v);
	return true;
}

static void credit_affinity_changed(struct vcpu *v)
{
	unsigned long flags;
	struct spinlock *l = vcpu_sched_lock(v, &flags);
	bool move = false;

	if (v->is_running) {
		v->give_up |= !credit_may_run(v, v->processor);
		softirq_raise_cpu(v->processor, SOFTIRQ_SCHEDULE);
	} else if (!credit_may_run(v, v->processor)) {
		if (credit_vcpu(v)->queued)
			credit_dequeue(credit_vcpu(v));
		v->processor = credit_choose_cpu(v);
		move = true;
	}
	vcpu_sched_unlock(l, flags);
	if (move)
		vcpu_wake(v);
}

static int credit_adjust(struct domain *d, struct xen_domctl_scheduler_op *op)
{
	struct credit_domain *dom = d->sched_priv;

	if (!dom)
		return -ESRCH;
	switch (op->cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		op->u.credit2.weight = dom->weight;
		op->u.credit2.cap = dom->cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		if (op->u.credit2.weight)
			WRITE_ONCE(dom->weight, op->u.credit2.weight);
		if (op->u.credit2.cap != 0xffff && op->u.credit2.cap != dom->cap)
			set_cap(dom, op->u.credit2.cap);
		return 0;
	default:
		return -EINVAL;
	}
}

static void credit_dump_cpu(unsigned int cpu)
{
	struct credit_cpu *cc = &per_cpu(credit_cpu, cpu);
	struct credit_vcpu *cv;

	list_for_each_entry (cv, &cc->queue, link)
		printk("    d%uv%u: %ld us from the clock\n", cv->v->domain->domain_id,
			cv->v->vcpu_id, (long)(cv->vtime - cc->clock) / 1000);
}

const struct sched_ops sched_credit = {
	.name = "credit2",
	.id = XEN_SCHEDULER_CREDIT2,
	.init = credit_init,
	.init_cpu = credit_init_cpu,
	.vcpu_init = credit_vcpu_init,
	.vcpu_fini = credit_vcpu_fini,
	.wake = credit_wake,
	.sleep = credit_sleep,
	.yield = credit_yield,
	.pick = credit_pick,
	.saved = credit_saved,
	.affinity_changed = credit_affinity_changed,
	.adjust = credit_adjust,
	.dump_cpu = credit_dump_cpu,
};

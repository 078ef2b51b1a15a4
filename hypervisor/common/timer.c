/* SPDX-License-Identifier: GPL-2.0-only */
/* timer.c: a pairing heap of timers for each CPU. The links are in struct timer, so that arming
 * one never needs memory. Handlers run from SOFTIRQ_TIMER, interrupts on, no lock held.
 *
 * Locks:   timers.lock of a CPU (LOCK_TIMER) guards its heap and every timer whose t->cpu it is;
 *          t->cpu changes under the locks of both CPUs, lower number first.
 * Context: any, interrupts included; timer_kill() not from the timer's own handler. */
#include <hv/timer.h>
#include <hv/arch.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <hv/softirq.h>
#include <hv/spinlock.h>
#include "keys.h"
#include <asm/current.h>

enum { TIMER_STOPPED, TIMER_QUEUED, TIMER_KILLED };

struct timers {
	struct spinlock lock;
	struct timer *root;    /* the first to expire */
	struct timer *running; /* whose handler this CPU is in */
	s_time_t armed;        /* the hardware fires then, or earlier; INT64_MAX: not at all */
};

static DEFINE_PER_CPU(struct timers, timers);

/* --- the heap -------------------------------------------------------------------------------- */

/* Both may be NULL; neither has a sibling. */
static struct timer *meld(struct timer *a, struct timer *b)
{
	struct timer *t;

	if (!a || !b)
		return a ? a : b;
	if (b->expires < a->expires) {
		t = a;
		a = b;
		b = t;
	}
	b->prev = a;
	b->sibling = a->child;
	if (a->child)
		a->child->prev = b;
	a->child = b;
	return a;
}

/* Makes one heap of a chain of siblings: in pairs from the front, then all from the back. */
static struct timer *meld_siblings(struct timer *t)
{
	struct timer *pairs = NULL, *root = NULL;

	while (t) {
		struct timer *a = t, *b = a->sibling;

		t = b ? b->sibling : NULL;
		a->sibling = a->prev = NULL;
		if (b)
			b->sibling = b->prev = NULL;
		a = meld(a, b);
		a->sibling = pairs;
		pairs = a;
	}
	while (pairs) {
		t = pairs->sibling;
		pairs->sibling = NULL;
		root = meld(root, pairs);
		pairs = t;
	}
	return root;
}

static void heap_insert(struct timers *ts, struct timer *t)
{
	t->child = t->sibling = t->prev = NULL;
	ts->root = meld(ts->root, t);
	t->status = TIMER_QUEUED;
}

static void heap_remove(struct timers *ts, struct timer *t)
{
	struct timer *rest = meld_siblings(t->child);

	if (ts->root == t) {
		ts->root = rest;
	} else {
		if (t->prev->child == t)
			t->prev->child = t->sibling;
		else
			t->prev->sibling = t->sibling;
		if (t->sibling)
			t->sibling->prev = t->prev;
		ts->root = meld(ts->root, rest);
	}
	t->child = t->sibling = t->prev = NULL;
	t->status = TIMER_STOPPED;
}

/* --- arming ---------------------------------------------------------------------------------- */

static struct timers *lock_timer(const struct timer *t, unsigned long *ret_flags)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct timers *ts = &per_cpu(timers, cpu);

		spin_lock_irqsave(&ts->lock, *ret_flags);
		if (likely(t->cpu == cpu))
			return ts;
		spin_unlock_irqrestore(&ts->lock, *ret_flags);
	}
}

/* This CPU's hardware; lock held. */
static void program(struct timers *ts)
{
	ts->armed = ts->root ? ts->root->expires : INT64_MAX;
	if (ts->root)
		arch_timer_program(ts->root->expires);
	else
		arch_timer_disable();
}

/* The first deadline of t's CPU may have become earlier; lock held. If it did not, the hardware
 * fires for nothing and is programmed then: a slice that each switch moves on costs no access. */
static void first_changed(struct timers *ts, const struct timer *t)
{
	if (ts->root != t || t->expires >= ts->armed)
		return;
	if (t->cpu == smp_processor_id())
		program(ts);
	else
		softirq_raise_cpu(t->cpu, SOFTIRQ_TIMER);
}

void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu, .status = TIMER_STOPPED };
}

void timer_set(struct timer *t, s_time_t expires)
{
	unsigned long flags;
	struct timers *ts = lock_timer(t, &flags);

	if (t->status == TIMER_QUEUED)
		heap_remove(ts, t);
	if (t->status != TIMER_KILLED) {
		t->expires = expires;
		heap_insert(ts, t);
		first_changed(ts, t);
	}
	spin_unlock_irqrestore(&ts->lock, flags);
}

/* The hardware is left to fire for nothing: cheaper than programming it anew. */
void timer_stop(struct timer *t)
{
	unsigned long flags;
	struct timers *ts = lock_timer(t, &flags);

	if (t->status == TIMER_QUEUED)
		heap_remove(ts, t);
	spin_unlock_irqrestore(&ts->lock, flags);
}

void timer_kill(struct timer *t)
{
	unsigned long flags;
	unsigned int cpu;
	struct timers *ts;

	if (!t->fn) /* never initialised */
		return;
	ts = lock_timer(t, &flags);
	if (t->status == TIMER_QUEUED)
		heap_remove(ts, t);
	t->status = TIMER_KILLED;
	spin_unlock_irqrestore(&ts->lock, flags);
	for_each_cpu (cpu, &cpu_running_map)
		while (__atomic_load_n(&per_cpu(timers, cpu).running, __ATOMIC_ACQUIRE) == t)
			cpu_relax();
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	struct timers *from, *to = &per_cpu(timers, cpu);
	unsigned int old;
	unsigned long flags = local_irq_save();

	for (;;) {
		old = READ_ONCE(t->cpu);
		if (old == cpu) {
			local_irq_restore(flags);
			return;
		}
		from = &per_cpu(timers, old);
		spin_lock(old < cpu ? &from->lock : &to->lock);
		spin_lock_nested(old < cpu ? &to->lock : &from->lock);
		if (t->cpu == old)
			break;
		spin_unlock(&from->lock);
		spin_unlock(&to->lock);
	}
	if (t->status == TIMER_QUEUED) {
		heap_remove(from, t);
		t->cpu = cpu;
		heap_insert(to, t);
		first_changed(to, t);
	} else {
		t->cpu = cpu;
	}
	spin_unlock(&from->lock);
	spin_unlock(&to->lock);
	local_irq_restore(flags);
}

/* --- debug key a ----------------------------------------------------------------------------- */

/* The one after t, a timer before those that expire later. */
static const struct timer *heap_next(const struct timer *t)
{
	if (t->child)
		return t->child;
	while (t && !t->sibling) {
		while (t->prev && t->prev->child != t)
			t = t->prev; /* the one before it in the same chain */
		t = t->prev;         /* the parent */
	}
	return t ? t->sibling : NULL;
}

static void print_timer(const struct timer *t, s_time_t when)
{
	unsigned long off;
	const char *name = symbol_lookup((unsigned long)t->fn, &off);

	printk("  ex=%12ldus timer=%p cb=%s(%p)\n", (long)(t->expires - when) / 1000, t, name ? name : "?",
		t->data);
}

void key_timers(void)
{
	s_time_t when = now();
	unsigned int cpu;

	printk("Dumping timer queues:\n");
	for_each_cpu (cpu, &cpu_running_map) {
		struct timers *ts = &per_cpu(timers, cpu);
		unsigned long flags;

		printk("CPU%02u:\n", cpu);
		spin_lock_irqsave(&ts->lock, flags);
		for (const struct timer *t = ts->root; t; t = heap_next(t))
			print_timer(t, when);
		spin_unlock_irqrestore(&ts->lock, flags);
	}
}

/* --- expiry ---------------------------------------------------------------------------------- */

void timer_interrupt(void)
{
	softirq_raise(SOFTIRQ_TIMER);
}

/* `until` is fixed: time that handlers take does not make this longer. */
static void timer_softirq(void)
{
	struct timers *ts = &this_cpu(timers);
	s_time_t until = now();
	struct timer *t;

	spin_lock_irq(&ts->lock);
	while ((t = ts->root) && t->expires <= until) {
		void (*fn)(void *) = t->fn;
		void *data = t->data;

		heap_remove(ts, t);
		ts->running = t;
		spin_unlock_irq(&ts->lock);
		fn(data);
		/* The handler may have let t go: it is only compared from here on. */
		spin_lock_irq(&ts->lock);
		__atomic_store_n(&ts->running, NULL, __ATOMIC_RELEASE);
	}
	program(ts);
	spin_unlock_irq(&ts->lock);
}

void timers_init_cpu(unsigned int cpu)
{
	struct timers *ts = &per_cpu(timers, cpu);

	spin_lock_init(&ts->lock, LOCK_TIMER);
	ts->root = ts->running = NULL;
	ts->armed = INT64_MAX;
}

void timers_init(void)
{
	timers_init_cpu(smp_processor_id());
	softirq_register(SOFTIRQ_TIMER, timer_softirq);
}

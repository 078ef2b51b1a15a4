/* SPDX-License-Identifier: GPL-2.0-only */
/* softirq.c: per-CPU bits of pending work, tasklets, and the check for long hypercalls.
 *
 * No locks: the bits are atomic; a CPU's tasklet queue is touched by that CPU alone, interrupts
 * off.
 * Context: raising anywhere; processing with interrupts on and no lock held. */
#include <hv/softirq.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include <asm/current.h>

DEFINE_PER_CPU(unsigned long, softirq_pending);

struct tasklet_queue {
	struct tasklet *first, **end; /* end NULL: empty since boot */
};
static DEFINE_PER_CPU(struct tasklet_queue, tasklet_queue);

static void tasklet_softirq(void);
static void (*handlers[NR_SOFTIRQS])(void) = {
	[SOFTIRQ_TASKLET] = tasklet_softirq,
};

void softirq_register(enum softirq nr, void (*fn)(void))
{
	handlers[nr] = fn;
}

void softirq_raise(enum softirq nr)
{
	set_bit(nr, &this_cpu(softirq_pending));
}

void softirq_raise_cpu(unsigned int cpu, enum softirq nr)
{
	struct cpumask m = { { 0 } };

	if (test_and_set_bit(nr, &per_cpu(softirq_pending, cpu)) || cpu == smp_processor_id())
		return;
	cpumask_set(cpu, &m);
	arch_send_ipi(&m, IPI_SOFTIRQ);
}

/* The scheduler last: it may not come back. */
static void process(unsigned long allowed)
{
	unsigned long pending, first;

	while ((pending = READ_ONCE(this_cpu(softirq_pending)) & allowed)) {
		first = pending & ~BIT_MASK(SOFTIRQ_SCHEDULE);
		first = ffs_long(first ? first : pending);
		clear_bit(first, &this_cpu(softirq_pending));
		if (handlers[first])
			handlers[first]();
	}
}

void softirq_process(void)
{
	process(~0UL);
}

void softirq_process_no_sched(void)
{
	process(~BIT_MASK(SOFTIRQ_SCHEDULE));
}

bool hypercall_preempt_check(void)
{
	const struct vcpu *v = current;

	return softirq_is_pending() || (v && !is_idle_vcpu(v) && arch_vcpu_event_pending(v));
}

/* --- tasklets -------------------------------------------------------------------------------- */

#define TASKLET_QUEUED  1
#define TASKLET_RUNNING 2

static void enqueue(struct tasklet *t)
{
	unsigned long flags = local_irq_save();
	struct tasklet_queue *q = &this_cpu(tasklet_queue);

	t->next = NULL;
	if (!q->first)
		q->end = &q->first;
	*q->end = t;
	q->end = &t->next;
	softirq_raise(SOFTIRQ_TASKLET);
	local_irq_restore(flags);
}

void tasklet_schedule(struct tasklet *t)
{
	if (!(__atomic_fetch_or(&t->state, TASKLET_QUEUED, __ATOMIC_ACQ_REL) & TASKLET_QUEUED))
		enqueue(t);
}

static struct tasklet *dequeue(void)
{
	unsigned long flags = local_irq_save();
	struct tasklet_queue *q = &this_cpu(tasklet_queue);
	struct tasklet *t = q->first;

	if (t)
		q->first = t->next;
	local_irq_restore(flags);
	return t;
}

/* A tasklet may not free itself. */
static void tasklet_softirq(void)
{
	struct tasklet *t = dequeue();
	bool more = READ_ONCE(this_cpu(tasklet_queue).first) != NULL;

	if (!t)
		return;
	if (more)
		softirq_raise(SOFTIRQ_TASKLET);
	if (__atomic_fetch_or(&t->state, TASKLET_RUNNING, __ATOMIC_ACQ_REL) & TASKLET_RUNNING) {
		enqueue(t); /* another CPU is in it: later */
		return;
	}
	__atomic_fetch_and(&t->state, (uint8_t)~TASKLET_QUEUED, __ATOMIC_ACQ_REL);
	t->fn(t->data);
	__atomic_fetch_and(&t->state, (uint8_t)~TASKLET_RUNNING, __ATOMIC_ACQ_REL);
}

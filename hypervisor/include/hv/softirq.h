/* SPDX-License-Identifier: GPL-2.0-only */
/* softirq.h: work a CPU does with interrupts on before it goes back to a guest or to sleep. */
#ifndef HV_SOFTIRQ_H
#define HV_SOFTIRQ_H

#include <hv/cpumask.h>
#include <hv/percpu.h>

enum softirq {
	SOFTIRQ_TIMER,
	SOFTIRQ_SCHEDULE, /* last in line: may not return (arch_context_switch) */
	SOFTIRQ_TASKLET,
	SOFTIRQ_MACHINE, /* arch: what exceptions have found that may interrupt anything */
	NR_SOFTIRQS
};

DECLARE_PER_CPU(unsigned long, softirq_pending);

void softirq_register(enum softirq nr, void (*fn)(void));
void softirq_raise(enum softirq nr);                       /* on this CPU; any context */
void softirq_raise_cpu(unsigned int cpu, enum softirq nr); /* with an IPI if needed */
/* Runs what is pending, the scheduler last. Interrupts on, no lock held. */
void softirq_process(void);
/* The same without the scheduler, for who plays one (tests). */
void softirq_process_no_sched(void);
static inline bool softirq_is_pending(void) { return this_cpu(softirq_pending) != 0; }

/* True if a long hypercall should give way: return -ERESTART with the arguments adjusted. */
bool hypercall_preempt_check(void);

struct tasklet {
	struct tasklet *next;
	void (*fn)(void *data);
	void *data;
	uint8_t state; /* private */
};
#define TASKLET_INIT(f, d) { .fn = (f), .data = (d) }
void tasklet_schedule(struct tasklet *t); /* on this CPU; any context */

#endif

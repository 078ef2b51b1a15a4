/* SPDX-License-Identifier: GPL-2.0-only */
/* timer.h: one-shot timers, a heap of them per CPU, run in softirq context. */
#ifndef HV_TIMER_H
#define HV_TIMER_H

#include <hv/types.h>

struct timer {
	s_time_t expires;
	void (*fn)(void *data);
	void *data;
	struct timer *child, *sibling, *prev; /* pairing heap; private to timer.c */
	uint16_t cpu;
	uint8_t status;          /* private to timer.c */
};

/* Nanoseconds since start, monotonic on and across CPUs. Any context. */
s_time_t now(void);

void timers_init(void);         /* boot, once */
void timers_init_cpu(unsigned int cpu);
void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu);
/* (Re)arms; a deadline in the past fires at once. Any context. */
void timer_set(struct timer *t, s_time_t expires);
void timer_stop(struct timer *t);
/* Stops for good and waits until the handler is not running anywhere (not from the handler). */
void timer_kill(struct timer *t);
/* Moves a timer (queued or not) to another CPU. */
void timer_migrate(struct timer *t, unsigned int cpu);
/* From the arch's timer interrupt. */
void timer_interrupt(void);

#endif

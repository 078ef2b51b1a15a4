/* SPDX-License-Identifier: GPL-2.0-only */
/* sched-private.h: between the files of the scheduler and domain.c. */
#ifndef SCHED_PRIVATE_H
#define SCHED_PRIVATE_H

#include <hv/domain.h>
#include <hv/percpu.h>

extern const struct sched_ops sched_credit;

/* sched_vcpu.c: v is about to run on cpu: its timers come along, the periodic one starts. */
void vcpu_timers_arrive(struct vcpu *v, unsigned int cpu, s_time_t when);
void vcpu_free_affinity(struct vcpu *v);
/* domain.c: made on first use. */
struct domain *idle_domain_get(void);
/* vcpu.c: the counterpart of vcpu_create(), after sched_vcpu_destroy(); with the domain only. */
void vcpu_free(struct vcpu *v);

/* --- the credit scheduler: sched_credit.c and sched_balance.c -------------------------------- */

#define CREDIT_DEFAULT_WEIGHT 256

struct credit_domain {
	struct domain *d;
	uint16_t weight;
	uint16_t cap;            /* percent of one CPU, 0: none */
	int64_t budget;          /* ns left in this period; atomic */
	struct timer refill;
	unsigned int vcpu_count;
};

struct credit_vcpu {
	struct list_head link;   /* in a CPU's queue, sorted by vtime */
	struct vcpu *v;
	struct credit_domain *dom;
	s_time_t vtime;          /* time run, scaled by CREDIT_DEFAULT_WEIGHT / weight */
	s_time_t started;        /* chosen to run; for the rate limit */
	s_time_t burnt_until;    /* accounted in vtime up to here, while it runs */
	s_time_t asleep_since;   /* when it stopped being runnable; 0: it is */
	bool queued;
	bool yielding;
};

struct credit_cpu {
	struct list_head queue;
	unsigned int queued;     /* read without the lock by those who look for work */
	s_time_t clock;          /* vtime of the latest chosen; never goes back */
};

DECLARE_PER_CPU(struct credit_cpu, credit_cpu);
extern struct cpumask credit_ready, credit_idlers;

static inline struct credit_vcpu *credit_vcpu(const struct vcpu *v) { return v->sched_priv; }

/* sched_credit.c; the lock of the CPU is held */
void credit_enqueue(struct credit_vcpu *cv, unsigned int cpu);
void credit_dequeue(struct credit_vcpu *cv);
bool credit_over_cap(const struct credit_domain *dom);
s_time_t credit_vtime_now(const struct credit_vcpu *cv, s_time_t when); /* of one that runs */
void credit_settle(struct credit_vcpu *cv, unsigned int cpu);
/* sched_balance.c */
bool credit_may_run(const struct vcpu *v, unsigned int cpu);
unsigned int credit_choose_cpu(const struct vcpu *v);
void credit_tickle(struct vcpu *v, s_time_t when);
/* Looks on the other CPUs for something better than `have` (NULL: nothing); it is moved to this
 * CPU's queue. *ret_missed: a queue could not be looked at. */
struct credit_vcpu *credit_steal(unsigned int cpu, const struct credit_vcpu *have, bool *ret_missed);

#endif

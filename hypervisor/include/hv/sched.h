/* SPDX-License-Identifier: GPL-2.0-only */
/* sched.h: vcpu states, scheduling, pausing; the scheduler ops table. */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include <hv/types.h>
#include <hv/cpumask.h>
#include <hv/timer.h>

struct vcpu;
struct domain;
struct xen_domctl_scheduler_op;
struct vcpu_runstate_info;

/* v->pause_flags: a vcpu runs only while all are clear (and its and its domain's pause counts). */
#define VPF_blocked 0 /* SCHEDOP_block or poll: an event wakes it */
#define VPF_down    1 /* not brought up yet, or VCPUOP_down */
#define VPF_parked  2 /* scheduler: over its cap */

struct sched_ops {
	const char *name;     /* sched= on the command line, xen_scheduler in xm info */
	unsigned int id;      /* XEN_SCHEDULER_* */
	int (*init)(void);
	int (*init_cpu)(unsigned int cpu);
	int (*vcpu_init)(struct vcpu *v);    /* v->sched_priv; processor set */
	void (*vcpu_fini)(struct vcpu *v);
	void (*wake)(struct vcpu *v);        /* became runnable: queue it, tickle a CPU */
	void (*sleep)(struct vcpu *v);       /* became unrunnable: unqueue, or reschedule its CPU */
	void (*yield)(struct vcpu *v);       /* current; it goes through pick() at once */
	/* Chooses who runs on this CPU, with its run-queue lock held and interrupts off; sets
	 * *ret_slice (ns, <0: until something happens). wake, sleep: with the lock of
	 * v->processor held. The others: no lock held. */
	struct vcpu *(*pick)(unsigned int cpu, s_time_t when, s_time_t *ret_slice);
	/* v's context is out of the CPU: it may run elsewhere. Lock of v->processor held; true: v was
	 * taken off the queue and is to be woken again (on another CPU). */
	bool (*saved)(struct vcpu *v);
	void (*affinity_changed)(struct vcpu *v);
	int (*adjust)(struct domain *d, struct xen_domctl_scheduler_op *op);
	void (*dump_cpu)(unsigned int cpu);  /* lock held */
};
extern const struct sched_ops *sched_ops;

void sched_init(void);                     /* boot CPU, before any domain */
/* Every CPU (sched_init() does the boot CPU's), on itself, before it goes idle for the first time:
 * makes idle_vcpu[cpu] the current one. */
void sched_init_cpu(unsigned int cpu);
/* The lock of the CPU that v belongs to; v->processor does not change while it is held. */
struct spinlock *vcpu_sched_lock(struct vcpu *v, unsigned long *ret_flags);
void vcpu_sched_unlock(struct spinlock *l, unsigned long flags);
struct spinlock *cpu_sched_lock(unsigned int cpu); /* not taken, just found */
struct vcpu *cpu_current(unsigned int cpu);        /* may change at once */
bool vcpu_on_cpu(const struct vcpu *v);            /* it runs; likewise */
/* v runs on this CPU or has left its state there; the CPU's lock is held. */
bool cpu_has_state(unsigned int cpu, const struct vcpu *v);
void sched_dump(void);
int sched_vcpu_init(struct vcpu *v, unsigned int processor);
void sched_vcpu_destroy(struct vcpu *v);

bool vcpu_runnable(const struct vcpu *v);
void vcpu_wake(struct vcpu *v);            /* after a pause flag or count went away; any context */
void vcpu_sleep_nosync(struct vcpu *v);    /* after one was set: stops soon */
void vcpu_unblock(struct vcpu *v);         /* clears VPF_blocked and wakes */
void vcpu_block(void);                     /* current waits; returns at once if an event is pending */
void vcpu_yield(void);                     /* current lets others go first */
void vcpu_pause(struct vcpu *v);           /* nests; returns when it is stopped */
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
void domain_pause(struct domain *d);
void domain_pause_nosync(struct domain *d);
void domain_unpause(struct domain *d);
/* Toolstack's pause: counted apart, bounded; -EINVAL when unpaused more often than paused. */
int domain_pause_by_toolstack(struct domain *d);
int domain_unpause_by_toolstack(struct domain *d);

/* The nodes that d shall have its memory from: a bit each, never 0. */
unsigned long domain_nodes(struct domain *d);
int vcpu_set_hard_affinity(struct vcpu *v, const struct cpumask *m); /* -EINVAL: no online CPU; -EBUSY: pinned */
/* v runs on this CPU only until it asks for -1, whatever its hard affinity is, which cannot be changed
 * meanwhile (-EBUSY). -EINVAL: no such CPU, or nothing to end. */
int vcpu_pin_override(struct vcpu *v, int cpu);
int vcpu_set_soft_affinity(struct vcpu *v, const struct cpumask *m);
int sched_adjust(struct domain *d, struct xen_domctl_scheduler_op *op);

/* v, which sleeps or is about to stop, is put away soon if its state is still in a CPU; at once if in
 * this one. Not in interrupts, no lock held. */
void vcpu_give_up_state(struct vcpu *v);
/* This CPU is asked to flush translations: if only for the sake of a vcpu that sleeps, then once. Any
 * context. */
void sched_state_unwanted(void);
/* After arch_context_switch() has put `prev`'s state away. */
void sched_context_saved(struct vcpu *prev);
/* v's timers. VIRQ_TIMER every `period` ns (0: no longer), and once at
 * system time `when` (past: at once). The poll timer ends a SCHEDOP_poll. They follow v about. */
void vcpu_set_periodic_timer(struct vcpu *v, s_time_t period);
void vcpu_set_singleshot_timer(struct vcpu *v, s_time_t when);
void vcpu_stop_singleshot_timer(struct vcpu *v);
void vcpu_set_poll_timer(struct vcpu *v, s_time_t when);

/* Shortest time a vcpu runs before another that woke takes its place; sysctl scheduler_op. */
extern unsigned int sched_ratelimit_us;

void vcpu_runstate_change(struct vcpu *v, int runstate, s_time_t when);
void vcpu_runstate_get(const struct vcpu *v, struct vcpu_runstate_info *ret_info);
s_time_t cpu_idle_time(unsigned int cpu);

#endif

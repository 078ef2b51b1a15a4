/* SPDX-License-Identifier: GPL-2.0-only */
/* prof.h: sampling by the processors' event counters (xenoprof_op). common/prof has the domains and their
 * buffers, the arch the counters. */
#ifndef HV_PROF_H
#define HV_PROF_H

#include <hv/types.h>
#include <xen/xenoprof.h>

struct domain;
struct vcpu;
struct cpu_user_regs;

enum prof_mode { PROF_USER, PROF_KERNEL, PROF_HYPERVISOR };

/* --- common/prof ------------------------------------------------------------------------------- */

/* A counter ran out at pc while v was on this CPU; regs as they were then. True: v's own domain is to be
 * told by VIRQ_XENOPROF. From an NMI, and not within itself on one CPU. */
bool prof_log(struct vcpu *v, const struct cpu_user_regs *regs, uint64_t pc, enum prof_mode mode,
	unsigned int event);
/* One caller of that, called by arch_prof_backtrace(); false: there is no more room. */
bool prof_add_caller(struct vcpu *v, uint64_t pc, enum prof_mode mode);
/* The last reference to d is gone. */
void prof_domain_destroy(struct domain *d);

/* --- the arch's: with the caller's lock, so one at a time ---------------------------------------- */

#define PROF_MAX_COUNTERS 8
/* How many counters there are, and the name by which oprofile knows them; -ENODEV. */
int arch_prof_init(const char **ret_name);
/* Puts away what the counters hold, on each CPU; release brings that back. -EBUSY. */
int arch_prof_reserve(void);
void arch_prof_release(void);
/* What counter c->ind, below PROF_MAX_COUNTERS, is to count from the next setup on. */
void arch_prof_counter(const struct xenoprof_counter *c);
void arch_prof_setup(void);
/* Whether what counters report by NMI is logged. */
void arch_prof_listen(bool on);
void arch_prof_start(void);
void arch_prof_stop(void);
/* Calls prof_add_caller() for at most `depth` callers. */
void arch_prof_backtrace(struct vcpu *v, const struct cpu_user_regs *regs, unsigned long depth,
	enum prof_mode mode);

#endif

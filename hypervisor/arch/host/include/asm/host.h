/* SPDX-License-Identifier: GPL-2.0-only */
/* host.h: what a test steers and sees of the simulated machine.
 *
 * One thread plays all CPUs: host_on_cpu() says which one, softirqs of the others run when the test
 * lets them or when the current one waits for a lock or a vcpu. With host_threads set, several
 * threads play one CPU each. */
#ifndef ASM_HOST_H
#define ASM_HOST_H

#include <setjmp.h>
#include <hv/types.h>
#include <hv/cpumask.h>
#include <asm/current.h>

struct vcpu;
struct domain;
struct page;

#define HOST_MAX_CPUS 16

/* Boots: memory, heap, timers, scheduler, pseudo domains, CPUs. Once for a process. */
void host_init(unsigned int cpus, unsigned int megabytes, const char *cmdline);
/* The test becomes this CPU. */
void host_on_cpu(unsigned int cpu);
/* Pending softirqs of one CPU, or of all until none has any. */
void host_run_cpu(unsigned int cpu);
void host_run_all(void);
/* The clock goes on by ns; timers fire at their times, softirqs of all CPUs run. */
void host_advance(s_time_t ns);
/* The clock jumps, nothing runs. */
void host_set_time(s_time_t t);
extern bool host_threads;

/* A test domain: max_vcpus vcpus, made and up; `pages` of memory allowed; still paused once. */
struct domain *host_make_domain(unsigned int vcpus, unsigned long max_pages);
/* dom0 the same way, once; not paused. */
struct domain *host_make_dom0(unsigned int vcpus, unsigned long max_pages);
/* domain_kill() to the end. */
void host_kill_domain(struct domain *d);
/* Hypercalls come from this vcpu: it becomes `current` of the CPU (NULL: the idle one again). */
void host_play_vcpu(struct vcpu *v);

/* Switching: with host_defer_saved the outgoing context is saved by host_finish_switch(). */
extern bool host_defer_saved;
void host_finish_switch(unsigned int cpu);
extern unsigned long host_switches, host_saves, host_ipis, host_flushes; /* host_saves: put away */

/* vcpus that were freed while the scheduler still knew their domain. */
extern unsigned long host_early_frees;

/* Guest addresses are the test's own; accesses to [start, end) fail from the first byte in it. */
extern uintptr_t host_poison_start, host_poison_end;
/* If set, guest memory is only there: a test may pass any number as a guest's pointer. */
extern uintptr_t host_guest_start, host_guest_end;

/* Grant mappings made through arch_gnttab_map(). */
struct host_mapping { uint64_t addr; unsigned long mfn; unsigned int flags; };
struct host_mapping *host_find_mapping(uint64_t addr);
/* All go away with the references they stand for, as when page tables are taken down. */
void host_drop_mappings(void);

/* Console: what was printed since the last call of either; bytes typed. */
const char *host_console_output(void);
void host_console_forget(void);
void host_type(const char *s);

/* Runs stmt; true if it ended in a panic or in a stop of the machine. */
extern bool host_catching;
extern jmp_buf host_jmp;
extern const char *host_stopped; /* "halt", "restart", "poweroff" */
void host_after_stop(void);
#define host_stops(stmt)                                   \
	({                                                 \
		volatile bool stopped_ = true;                      \
		host_catching = true;                      \
		if (!setjmp(host_jmp)) {                   \
			stmt;                              \
			stopped_ = false;                  \
		}                                          \
		host_catching = false;                     \
		if (stopped_)                              \
			host_after_stop();                 \
		stopped_;                                  \
	})

/* libc's, for tests: the hypervisor needs none. */
char *strstr(const char *text, const char *word);

#endif

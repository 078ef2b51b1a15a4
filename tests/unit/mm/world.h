/* SPDX-License-Identifier: GPL-2.0-only */
/* world.h: a machine of a few frames and CPUs on which mm/ runs as a process. */
#ifndef TEST_MM_WORLD_H
#define TEST_MM_WORLD_H

#define strtoul hv_strtoul /* libc's differs */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#undef strtoul
#include <asm/x86.h>

#define WORLD_FRAMES 1024
#define WORLD_CPUS   4
#define FIRST_RAM    16 /* frames below are I/O */

extern struct domain *world_domains[8]; /* by domid; 0 is privileged */
extern unsigned int world_preempt;      /* one of how many checks says yes; 0: none */
extern unsigned int world_crashes;
extern bool world_threaded;             /* each thread is a CPU, and looks for flush requests */

void world_init(unsigned int seed);
struct domain *world_domain(domid_t id, bool privileged, unsigned int vcpus, unsigned int pages);
/* Takes a domain apart as domain_kill() would; its vcpus run nowhere. */
void world_kill(struct domain *d);
void world_run(unsigned int cpu, struct vcpu *v); /* this thread is CPU `cpu` and runs v */
struct vcpu *world_running(unsigned int cpu);
uint32_t world_random(uint32_t below);
void world_seed(unsigned int seed);     /* of this thread */
unsigned long world_free_frames(void);

/* Each CPU's TLB: translations it may use until it flushes. */
struct tlb_entry { vaddr_t va; mfn_t m; bool writable; struct domain *d, *owner; };
/* The CPU walks its current tables somewhere and remembers what it found. */
void tlb_fill(unsigned int cpu);
/* audit.c: every count is what a look at the whole machine says; stops the process if not. */
void audit(const char *when);
void audit_tlb(const char *when);
/* dirty.c: the same for the shadows of log-dirty mode, and for one translation. */
void audit_shadows(void);
void audit_dirty_tlb(const struct tlb_entry *e);
void dirty_turn_on_all(void);
void dirty_ask_all(void); /* every page that changed since is marked */
void dirty_forget(struct domain *d, unsigned long frame);
extern unsigned long dirty_pages_seen, dirty_pages_changed;
const struct tlb_entry *tlb_of(unsigned int cpu, unsigned int *ret_count);

#endif

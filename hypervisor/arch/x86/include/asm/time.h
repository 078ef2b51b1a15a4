/* SPDX-License-Identifier: GPL-2.0-only */
/* asm/time.h: what time.c offers beside hv/timer.h's now() and arch.h. */
#ifndef ASM_TIME_H
#define ASM_TIME_H

#include <hv/types.h>

struct vcpu;
struct domain;

#define PVCLOCK_TSC_STABLE 1

extern bool tsc_stable;       /* the TSCs of all CPUs agree */

/* ns = (ticks << shift) * mul >> 32, mul with its top bit set. */
struct tsc_scale {
	uint32_t mul;
	int8_t shift;
};
struct tsc_scale tsc_scale_of(uint64_t hz);
/* A number of this machine's ticks, in ns. */
uint64_t tsc_to_ns(uint64_t ticks);

/* CPU 0, while `cpu` is in time_init_cpu(): both compare their TSCs. */
void time_check_cpu(unsigned int cpu);
void time_init_done(void);
/* The wall clock was sec.nsec at system time `at`; all domains are told. */
void wallclock_set(uint64_t sec, uint32_t nsec, s_time_t at);
/* Copies v's time to the area it registered; false: v is not current, or it cannot be written. */
bool vcpu_time_area_refresh(struct vcpu *v);

/* --- pv/vtsc.c --------------------------------------------------------------------------------------- */

#define TSC_MODE_DEFAULT  0 /* native while it has the machine's frequency and the CPUs agree */
#define TSC_MODE_EMULATED 1
#define TSC_MODE_NATIVE   2

void vtsc_init(struct domain *d);
/* d is paused, or new. khz 0: the machine's. */
void vtsc_set(struct domain *d, uint32_t mode, uint64_t elapsed_ns, uint32_t khz, uint32_t incarnation);
uint64_t vtsc_elapsed(const struct domain *d);
/* What v reads. */
uint64_t pv_rdtsc(struct vcpu *v);
/* v is, or is about to be, current: RDTSC faults if v's is emulated. */
void pv_load_tsd(const struct vcpu *v);

#endif

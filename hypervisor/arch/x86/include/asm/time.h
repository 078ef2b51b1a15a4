/* SPDX-License-Identifier: GPL-2.0-only */
/* asm/time.h: what time.c offers beside hv/timer.h's now() and arch.h. */
#ifndef ASM_TIME_H
#define ASM_TIME_H

#include <hv/types.h>

struct vcpu;

#define PVCLOCK_TSC_STABLE 1

extern bool tsc_stable;       /* the TSCs of all CPUs agree */

/* CPU 0, while `cpu` is in time_init_cpu(): both compare their TSCs. */
void time_check_cpu(unsigned int cpu);
void time_init_done(void);
/* The wall clock was sec.nsec at system time `at`; all domains are told. */
void wallclock_set(uint64_t sec, uint32_t nsec, s_time_t at);
/* Copies v's time to the area it registered; false: v is not current, or it cannot be written. */
bool vcpu_time_area_refresh(struct vcpu *v);

#endif

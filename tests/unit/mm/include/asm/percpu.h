/* SPDX-License-Identifier: GPL-2.0-only */
/* percpu.h: copies of the per-CPU section, made by world.c. */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <hv/cpumask.h>
#include <asm/regs.h>

extern long percpu_offsets[NR_CPUS];

static inline long this_cpu_offset(void) { return percpu_offsets[fake_cpu]; }
static inline long per_cpu_offset(unsigned int cpu) { return percpu_offsets[cpu]; }

#endif

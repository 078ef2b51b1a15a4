/* SPDX-License-Identifier: GPL-2.0-only */
/* percpu.h: where each CPU's copies of the per-CPU variables are. */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <hv/cpumask.h>
#include <asm/regs.h>

extern long percpu_offsets[NR_CPUS];

static inline long this_cpu_offset(void)
{
	return get_cpu_info()->percpu_offset;
}

static inline long per_cpu_offset(unsigned int cpu)
{
	return percpu_offsets[cpu];
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* percpu.h: copies of the section "percpu": CPU 0 has the section itself. */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <asm/system.h>

extern long host_percpu_offset[];

static inline long this_cpu_offset(void) { return host_percpu_offset[host_this_cpu]; }
static inline long per_cpu_offset(unsigned int cpu) { return host_percpu_offset[cpu]; }

#endif

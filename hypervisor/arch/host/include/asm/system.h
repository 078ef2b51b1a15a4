/* SPDX-License-Identifier: GPL-2.0-only */
/* system.h: the interrupt flag of each simulated CPU, and barriers. */
#ifndef ASM_SYSTEM_H
#define ASM_SYSTEM_H

#include <hv/compiler.h>

/* The CPU that this thread plays. One thread plays all in turn, or each its own. */
extern __thread unsigned int host_this_cpu;
extern bool host_irqs_off[];
/* A CPU waits for another: the others run (one thread), or the processor is yielded. */
void host_relax(void);

#define RFLAGS_IF (1UL << 9)

static inline void local_irq_disable(void) { host_irqs_off[host_this_cpu] = true; }
static inline void local_irq_enable(void) { host_irqs_off[host_this_cpu] = false; }
static inline bool local_irq_is_enabled(void) { return !host_irqs_off[host_this_cpu]; }
static inline unsigned long local_flags(void) { return local_irq_is_enabled() ? RFLAGS_IF : 0; }

static inline unsigned long local_irq_save(void)
{
	unsigned long f = local_flags();

	local_irq_disable();
	return f;
}

static inline void local_irq_restore(unsigned long flags)
{
	if (flags & RFLAGS_IF)
		local_irq_enable();
	else
		local_irq_disable();
}

/* A clock of the CPU that costs little. */
uint64_t arch_cycles(void);
static inline void cpu_relax(void) { host_relax(); }
static inline void smp_mb(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline void smp_wmb(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }
static inline void smp_rmb(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }

#endif

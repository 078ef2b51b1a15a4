/* SPDX-License-Identifier: GPL-2.0-only */
/* regs.h: what a CPU knows of itself. */
#ifndef ASM_REGS_H
#define ASM_REGS_H

#include <xen/xen.h>
#include <asm/system.h>

struct vcpu;

struct cpu_info {
	struct cpu_user_regs guest_regs;
	struct vcpu *current_vcpu;
};
extern struct cpu_info host_cpu_info[];

static inline struct cpu_info *get_cpu_info(void) { return &host_cpu_info[host_this_cpu]; }

#define guest_cpu_user_regs() (&get_cpu_info()->guest_regs)
#define current               (get_cpu_info()->current_vcpu)
#define smp_processor_id()    (host_this_cpu)

#endif

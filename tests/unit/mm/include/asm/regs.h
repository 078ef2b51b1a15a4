/* SPDX-License-Identifier: GPL-2.0-only */
/* regs.h: which CPU a thread of the test is, and whose vcpu it runs. */
#ifndef ASM_REGS_H
#define ASM_REGS_H

#include <xen/xen.h>
#include <asm/layout.h>

struct vcpu;
extern __thread struct vcpu *fake_current;
extern __thread unsigned int fake_cpu;

#define current            fake_current
#define smp_processor_id() fake_cpu

#endif

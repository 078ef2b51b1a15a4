/* SPDX-License-Identifier: GPL-2.0-only */
/* regs.h: the register frame that every entry builds, and the top of each CPU's stack.
 * struct cpu_user_regs has the ABI's layout (vcpu_guest_context.user_regs). */
#ifndef ASM_REGS_H
#define ASM_REGS_H

#include <xen/xen.h>
#include <asm/layout.h>

struct vcpu;

/* Values of regs->entry_vector beyond 0..255. */
#define TRAP_SYSCALL 0x100

struct cpu_info {
	struct cpu_user_regs guest_regs; /* the guest's registers while the hypervisor runs */
	struct vcpu *current_vcpu;
	long percpu_offset;
	unsigned int cpu;
	unsigned int pad;
	unsigned long scratch;           /* entry code */
};
/* The CPU aligns the stack to 16 before it pushes a frame: its top is &guest_regs.es. */
static_assert((STACK_SIZE - sizeof(struct cpu_info) + offsetof(struct cpu_user_regs, es)) % 16 == 0,
	"entry stack alignment");

static inline struct cpu_info *get_cpu_info(void)
{
	unsigned long sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu_info *)((sp & ~(unsigned long)(STACK_SIZE - 1)) + STACK_SIZE) - 1;
}

#define guest_cpu_user_regs() (&get_cpu_info()->guest_regs)
#define current               (get_cpu_info()->current_vcpu)
#define smp_processor_id()    (get_cpu_info()->cpu)

/* Came from the guest (ring 3), as opposed to an exception within the hypervisor. */
static inline bool regs_from_guest(const struct cpu_user_regs *r)
{
	return (r->cs & 3) == 3;
}

#endif

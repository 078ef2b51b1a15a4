/* SPDX-License-Identifier: GPL-2.0-only */
/* hypercall.c: the SYSCALL instruction: a hypercall from the guest's kernel, a system call from its
 * user mode. Also the hypercall page. */
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/trace.h>
#include <xen/xen.h>
#include "pv.h"

void pv_syscall_entry(struct cpu_user_regs *r);
void pv_syscall32_entry(struct cpu_user_regs *r);

/* Calls that are over sooner than interrupts are on and off again, and touch no memory of the guest. */
#define SHORT_CALLS (1UL << __HYPERVISOR_stack_switch | 1UL << __HYPERVISOR_fpu_taskswitch | \
	1UL << __HYPERVISOR_set_segment_base)

static bool is_short(unsigned long nr)
{
	return nr < NR_HYPERCALLS && (SHORT_CALLS >> nr & 1);
}

static always_inline void hypercall(struct cpu_user_regs *r)
{
	unsigned long arg[HYPERCALL_ARGS] = { r->rdi, r->rsi, r->rdx, r->r10, r->r8 };
	unsigned long nr = r->rax;
	long rc;

	if (!is_short(nr))
		local_irq_enable();
	if (unlikely(trace_on))
		trace_hypercall(TRC_PV_HYPERCALL_V2, nr, arg);
	rc = hypercall_dispatch(nr, arg);

	if (hypercall_gave_way(nr, rc)) {
		r->rdi = arg[0];
		r->rsi = arg[1];
		r->rdx = arg[2];
		r->r10 = arg[3];
		r->r8 = arg[4];
		r->rip -= 2;
		return;
	}
	/* iret has replaced the whole frame and returns the new rax. */
	r->rax = rc;
}

void __hot pv_syscall_entry(struct cpu_user_regs *r)
{
	struct vcpu *v = current;

	if (v->arch.in_kernel) {
		hypercall(r);
	} else {
		local_irq_enable();
		pv_inject_syscall(v, false);
	}
	exit_to_guest();
}

void pv_syscall32_entry(struct cpu_user_regs *r)
{
	(void)r;
	local_irq_enable();
	pv_inject_syscall(current, true);
	exit_to_guest();
}

/* 32 bytes for each hypercall: push rcx, r11; mov $nr, eax; syscall; pop r11, rcx; ret. */
void hypercall_page_init(void *page)
{
	static const uint8_t stub[] = { 0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0, 0x0f, 0x05,
		0x41, 0x5b, 0x59, 0xc3 };
	/* iret never returns: push rcx, r11, rax; mov $23, eax; syscall. */
	static const uint8_t iret_stub[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, 0x17, 0, 0, 0, 0x0f, 0x05 };
	uint8_t *p = page;
	unsigned int i;

	memset(p, 0xcc, PAGE_SIZE);
	for (i = 0; i < PAGE_SIZE / 32; i++) {
		memcpy(p + i * 32, stub, sizeof(stub));
		memcpy(p + i * 32 + 4, &i, sizeof(i));
	}
	memcpy(p + __HYPERVISOR_iret * 32, iret_stub, sizeof(iret_stub));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* misc.c: small per-vcpu hypercalls: kernel stack, FPU task switch, segment bases, debug registers. */
#include <hv/domain.h>
#include <hv/hypercall.h>
#include "pv.h"

int load_gs_index(unsigned int sel);

long __hot_call do_stack_switch(unsigned long arg[HYPERCALL_ARGS])
{
	struct vcpu *v = current;

	v->arch.kernel_ss = (arg[0] & 0xfffc) ? arg[0] | 3 : arg[0];
	v->arch.kernel_sp = arg[1];
	return 0;
}

long __hot_call do_fpu_taskswitch(unsigned long arg[HYPERCALL_ARGS])
{
	struct vcpu *v = current;

	v->arch.cr0_ts = arg[0] ? CR0_TS : 0;
	if (arg[0])
		write_cr0(read_cr0() | CR0_TS);
	else
		__asm__ __volatile__("clts");
	return 0;
}

/* FS, and the user's GS while the kernel runs, are live in the CPU; the kernel's GS is active.
 * Interrupts are off (SHORT_CALLS), but not within a multicall. */
long __hot_call do_set_segment_base(unsigned long arg[HYPERCALL_ARGS])
{
	static const uint32_t msrs[] = {
		[SEGBASE_FS] = MSR_FS_BASE,
		[SEGBASE_GS_USER] = MSR_KERNEL_GS_BASE,
		[SEGBASE_GS_KERNEL] = MSR_GS_BASE,
	};
	unsigned long base = arg[1];

	if (arg[0] < ARRAY_SIZE(msrs) && is_canonical(base)) {
		wrmsr(msrs[arg[0]], base);
		return 0;
	}
	if (arg[0] != SEGBASE_GS_USER_SEL)
		return -EINVAL;
	local_irq_enable(); /* its table may have to be mapped */
	load_gs_index(base & 0xffff);
	return 0;
}

/* A breakpoint must not be on the hypervisor's code or data. */
static bool breakpoint_ok(unsigned long a)
{
	return is_canonical(a) && (a < HV_VIRT_START || a >= HV_VIRT_END);
}

/* v is current. */
static long set_dr(struct vcpu *v, unsigned int reg, unsigned long value)
{
	switch (reg) {
	case 0 ... 3:
		if (!breakpoint_ok(value))
			return -EPERM;
		break;
	case 4:
	case 6:
		if (value >> 32)
			return -EINVAL;
		reg = 6;
		value = (value & ~0xffffffff00001000UL) | 0xffff0ff0UL;
		break;
	case 5:
	case 7:
		if (value >> 32)
			return -EINVAL;
		reg = 7;
		if (value & DR7_GD)
			return -EPERM;
		value = (value & ~0xffffffff0000dc00UL) | 0x400UL;
		/* No I/O breakpoints. */
		for (unsigned int i = 16; i < 32 && (value & 0xff); i += 4)
			if ((value >> i & 3) == 2)
				return -EPERM;
		break;
	default:
		return -ENODEV;
	}
	v->arch.debugreg[reg] = value;
	update_debugregs(v);
	return 0;
}

long do_set_debugreg(unsigned long arg[HYPERCALL_ARGS])
{
	return set_dr(current, arg[0], arg[1]);
}

long do_get_debugreg(unsigned long arg[HYPERCALL_ARGS])
{
	struct vcpu *v = current;

	switch (arg[0]) {
	case 0 ... 3:
	case 6:
	case 7:
		return v->arch.debugreg[arg[0]];
	case 4:
	case 5:
		return v->arch.debugreg[arg[0] + 2];
	default:
		return -ENODEV;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* emul_invalid.c: #UD: the forced-emulation prefix "ud2a; .ascii xen" before CPUID asks for the
 * view that a paravirtual kernel may use. */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include "pv.h"

bool pv_emulate_invalid(struct cpu_user_regs *r)
{
	static const uint8_t forced_cpuid[7] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	uint8_t bytes[sizeof(forced_cpuid)];
	struct cpuid_regs out;

	if (copy_from_guest_raw(bytes, (const void *)r->rip, sizeof(bytes)) ||
		memcmp(bytes, forced_cpuid, sizeof(bytes)))
		return false;
	pv_cpuid(current, r->rax, r->rcx, &out);
	r->rax = out.a;
	r->rbx = out.b;
	r->rcx = out.c;
	r->rdx = out.d;
	r->rip += sizeof(bytes);
	r->rflags &= ~RFLAGS_RF;
	if (r->rflags & RFLAGS_TF)
		pv_inject_single_step();
	return true;
}

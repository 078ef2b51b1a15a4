/* SPDX-License-Identifier: GPL-2.0-only */
/* emul_invalid.c: #UD: the forced-emulation prefix "ud2a; .ascii xen" before CPUID asks for the
 * view that a paravirtual kernel may use. */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include "pv.h"

#define FORCED_CPUID 0xa20f6e65780b0fUL /* 0f 0b 'x' 'e' 'n' 0f a2 */
#define FORCED_BYTES 7

/* One byte more is read at once if it is there. */
static uint64_t bytes_at(const void *rip)
{
	uint64_t word = 0;

	if (copy_from_guest_raw(&word, rip, sizeof(word)) && copy_from_guest_raw(&word, rip, FORCED_BYTES))
		return 0;
	return word & ((1UL << FORCED_BYTES * 8) - 1);
}

bool pv_emulate_invalid(struct cpu_user_regs *r)
{
	struct cpuid_regs out;

	if (bytes_at((const void *)r->rip) != FORCED_CPUID)
		return false;
	pv_cpuid(current, r->rax, r->rcx, &out);
	r->rax = out.a;
	r->rbx = out.b;
	r->rcx = out.c;
	r->rdx = out.d;
	r->rip += FORCED_BYTES;
	r->rflags &= ~RFLAGS_RF;
	if (r->rflags & RFLAGS_TF)
		pv_inject_single_step();
	return true;
}

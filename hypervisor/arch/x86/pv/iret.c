/* SPDX-License-Identifier: GPL-2.0-only */
/* iret.c: HYPERVISOR_iret, the guest kernel's return from exceptions, events and system calls. */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include "pv.h"

/* Fields as the guest pushed them; cs may still carry a saved upcall mask above bit 15. */
long __hot do_iret(unsigned long arg[HYPERCALL_ARGS])
{
	struct cpu_user_regs *r = guest_cpu_user_regs();
	struct vcpu *v = current;
	struct iret_context c;

	(void)arg;
	if (copy_from_guest_raw(&c, (const void *)r->rsp, sizeof(c))) {
		printk(LOG_GUEST LOG_WARN "d%uv%u: iret: stack %lx not readable\n",
			v->domain->domain_id, v->vcpu_id, (unsigned long)r->rsp);
		domain_crash(v->domain);
		return 0;
	}
	if ((c.cs & 3) == 3) {
		if (mfn_eq(v->arch.guest_table_user, INVALID_MFN)) {
			printk(LOG_GUEST LOG_WARN "d%uv%u: iret to user mode without page tables\n",
				v->domain->domain_id, v->vcpu_id);
			domain_crash(v->domain);
			return 0;
		}
		pv_toggle_mode(v);
	}
	if (v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl))
		v->arch.iopl = c.rflags & RFLAGS_IOPL;
	r->rip = c.rip;
	r->cs = (uint16_t)c.cs | 3;
	r->rflags = (c.rflags & ~(RFLAGS_IOPL | RFLAGS_VM)) | RFLAGS_IF | RFLAGS_MBS;
	r->rsp = c.rsp;
	r->ss = (uint16_t)c.ss | 3;
	/* In a system call rcx and r11 are the CPU's: the way out may be SYSRET. */
	if (!(c.flags & VGCF_in_syscall)) {
		r->rcx = c.rcx;
		r->r11 = c.r11;
		r->entry_vector &= ~TRAP_SYSCALL;
	}
	v->arch.nmi_masked = false;
	v->vcpu_info->evtchn_upcall_mask = !(c.rflags & RFLAGS_IF);
	return c.rax;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* inject.c: frames on the guest kernel's stack: exceptions, event upcalls, system calls, failsafe.
 *
 * Every frame is, from low to high addresses: rcx, r11, [error code | selectors], rip,
 * cs with the saved upcall mask in bits 32..39, rflags, rsp, ss. The guest kernel runs in ring 3:
 * cs says ring 0 when it was interrupted itself, ring 3 for its user mode.
 *
 * Context: current vcpu, its registers in guest_regs, interrupts on or off. */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/trace.h>
#include <asm/x86.h>
#include "pv.h"

#define FRAME_MAX 14

static void guest_dies(struct vcpu *v, const char *why)
{
	local_irq_enable();
	printk(LOG_GUEST LOG_WARN "d%uv%u: %s\n", v->domain->domain_id, v->vcpu_id, why);
	show_registers(guest_cpu_user_regs());
	show_backtrace(guest_cpu_user_regs());
	domain_crash(v->domain);
}

void __hot pv_toggle_mode(struct vcpu *v)
{
	__asm__ __volatile__("swapgs");
	toggle_guest_mode(v);
}

/* Addresses a guest may execute and store at: canonical and outside the hypervisor's slots. */
static bool guest_address_ok(unsigned long a)
{
	return a < 0x0000800000000000UL || a >= HV_VIRT_END;
}

struct bounce {
	unsigned long handler;
	bool mask_events;
	unsigned int extra;        /* words between r11 and rip */
	uint64_t words[4];
	const char *what;
};

static uint64_t frame_rflags(struct vcpu *v, uint64_t rflags, bool masked)
{
	rflags &= ~(RFLAGS_IF | RFLAGS_IOPL);
	if (!masked)
		rflags |= RFLAGS_IF;
	if (v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl))
		rflags |= v->arch.iopl;
	return rflags;
}

/* The usual lengths are copied in line. */
static size_t copy_frame(void *to, const uint64_t *frame, unsigned int n)
{
	switch (n) {
	case 7:
		return copy_to_guest_raw(to, frame, 7 * 8);
	case 8:
		return copy_to_guest_raw(to, frame, 8 * 8);
	default:
		return copy_to_guest_raw(to, frame, n * 8);
	}
}

static void __hot bounce_to(struct vcpu *v, const struct bounce *b)
{
	struct cpu_user_regs *r = guest_cpu_user_regs();
	bool from_user = !v->arch.in_kernel;
	uint8_t masked = v->vcpu_info->evtchn_upcall_mask;
	uint64_t frame[FRAME_MAX];
	unsigned int n = 0, i;
	unsigned long sp = from_user ? v->arch.kernel_sp : r->rsp;

	if (!b->handler || !guest_address_ok(b->handler)) {
		guest_dies(v, b->what);
		return;
	}
	frame[n++] = r->rcx;
	frame[n++] = r->r11;
	for (i = 0; i < b->extra; i++)
		frame[n++] = b->words[i];
	frame[n++] = r->rip;
	frame[n++] = (uint64_t)(from_user ? r->cs : r->cs & 0xfffc) | (uint64_t)masked << 32;
	frame[n++] = frame_rflags(v, r->rflags, masked);
	frame[n++] = r->rsp;
	frame[n++] = r->ss;

	if (from_user)
		pv_toggle_mode(v);
	sp = (sp & ~0xfUL) - n * 8;
	if (!guest_address_ok(sp) || copy_frame((void *)sp, frame, n)) {
		guest_dies(v, "no room for a frame on the guest kernel's stack");
		return;
	}
	r->rip = b->handler;
	r->cs = FLAT_R3_CS64;
	r->ss = FLAT_R3_SS;
	r->rsp = sp;
	r->rflags &= ~(RFLAGS_AC | RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_TF);
	/* The handler takes rcx and r11 from its stack: SYSRET, the faster way out, may change them. */
	r->entry_vector |= TRAP_SYSCALL;
	if (b->mask_events)
		v->vcpu_info->evtchn_upcall_mask = 1;
}

static void trace_exception(const struct vcpu *v, unsigned int vector, long error_code)
{
	unsigned long rip = guest_cpu_user_regs()->rip;

	if (vector == TRAP_page_fault)
		trace(TRC_PV_PAGE_FAULT | TRC_64_FLAG, TRACE_64(rip), TRACE_64(v->vcpu_info->arch.cr2),
			error_code);
	else
		trace(TRC_PV_TRAP | TRC_64_FLAG, TRACE_64(rip),
			vector | (error_code >= 0) << 15 | (uint32_t)error_code << 16);
}

void __hot pv_inject_exception(unsigned int vector, long error_code)
{
	struct vcpu *v = current;
	const struct trap_info *ti = &v->arch.trap_ctxt[vector];
	struct bounce b = {
		.handler = ti->address,
		.mask_events = ti->flags & TI_MASK_EVENTS,
		.what = "exception without a handler",
	};

	if (unlikely(trace_on))
		trace_exception(v, vector, error_code);
	if (error_code >= 0) {
		b.extra = 1;
		b.words[0] = error_code;
	}
	if (!b.handler) {
		printk(LOG_GUEST LOG_WARN "d%uv%u: unhandled exception %u, error code %ld, cr2 %lx\n",
			v->domain->domain_id, v->vcpu_id, vector, error_code, v->vcpu_info->arch.cr2);
	}
	bounce_to(v, &b);
}

void pv_inject_single_step(void)
{
	current->arch.debugreg[6] |= DR6_BS;
	pv_inject_exception(1, -1);
}

void __hot pv_inject_page_fault(uint32_t error_code, vaddr_t cr2)
{
	current->vcpu_info->arch.cr2 = cr2;
	pv_inject_exception(TRAP_page_fault, error_code);
}

/* The next one waits until the handler's IRET. Without a handler it is lost. */
void pv_inject_nmi(struct vcpu *v)
{
	v->arch.nmi_pending = false;
	if (!v->arch.trap_ctxt[TRAP_NMI].address)
		return;
	v->arch.nmi_masked = true;
	pv_inject_exception(TRAP_NMI, -1);
}

void __hot pv_inject_event_upcall(struct vcpu *v)
{
	struct bounce b = {
		.handler = v->arch.event_callback,
		.mask_events = true,
		.what = "event without a callback",
	};

	bounce_to(v, &b);
}

void __hot pv_inject_syscall(struct vcpu *v, bool compat)
{
	struct bounce b = {
		.handler = compat ? v->arch.syscall32_callback : v->arch.syscall_callback,
		.mask_events = compat ? v->arch.syscall32_disables_events
		                      : v->arch.syscall_disables_events,
		.what = "system call without a callback",
	};

	if (!b.handler) { /* as the CPU without EFER.SCE: invalid opcode at the instruction */
		guest_cpu_user_regs()->rip -= 2;
		pv_inject_exception(6, -1);
		return;
	}
	bounce_to(v, &b);
	/* As by SFMASK: kernels rely on it and have no CLD on this path. */
	guest_cpu_user_regs()->rflags &= ~RFLAGS_DF;
}

/* A selector of the guest could not be loaded on the way back to it. */
void pv_inject_failsafe(struct vcpu *v)
{
	struct cpu_user_regs *saved = &v->arch.user_regs;
	struct bounce b = {
		.handler = v->arch.failsafe_callback,
		.mask_events = v->arch.failsafe_disables_events,
		.extra = 4,
		.words = { saved->ds, saved->es, saved->fs, saved->gs },
		.what = "bad selector and no failsafe callback",
	};

	bounce_to(v, &b);
}

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

static noinline void guest_dies(struct vcpu *v, const char *why)
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

static uint64_t frame_rflags(struct vcpu *v, uint64_t rflags, bool masked)
{
	rflags &= ~(RFLAGS_IF | RFLAGS_IOPL);
	if (!masked)
		rflags |= RFLAGS_IF;
	if (v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl))
		rflags |= v->arch.iopl;
	return rflags;
}

/* False: a store faulted. */
static always_inline bool write_frame(guest_word_t *sp, const struct cpu_user_regs *r, uint64_t cs,
	uint64_t rflags, const uint64_t *words, unsigned int extra)
{
	bool done = store_guest_word(sp++, r->rcx) && store_guest_word(sp++, r->r11);

	for (unsigned int i = 0; i < extra; i++)
		done = done && store_guest_word(sp++, words[i]);
	return done && store_guest_word(sp, r->rip) && store_guest_word(sp + 1, cs) &&
		store_guest_word(sp + 2, rflags) && store_guest_word(sp + 3, r->rsp) &&
		store_guest_word(sp + 4, r->ss);
}

/* Goes on at handler, whose frame has `extra` words between r11 and rip. `what` it would be. */
static always_inline void bounce_with(struct vcpu *v, unsigned long handler, bool mask_events,
	const char *what, const uint64_t *words, unsigned int extra)
{
	struct cpu_user_regs *r = guest_cpu_user_regs();
	bool from_user = !v->arch.in_kernel;
	uint8_t masked = v->vcpu_info->evtchn_upcall_mask;
	uint64_t cs = (uint64_t)(from_user ? r->cs : r->cs & 0xfffc) | (uint64_t)masked << 32;
	unsigned long size = (7 + extra) * 8;
	unsigned long sp = ((from_user ? v->arch.kernel_sp : r->rsp) & ~0xfUL) - size;

	if (unlikely(!handler || !guest_address_ok(handler))) {
		guest_dies(v, what);
		return;
	}
	if (from_user)
		pv_toggle_mode(v);
	if (unlikely(!guest_words_ok((void *)sp, size) || !write_frame((guest_word_t *)sp, r, cs,
		frame_rflags(v, r->rflags, masked), words, extra))) {
		guest_dies(v, "no room for a frame on the guest kernel's stack");
		return;
	}
	r->rip = handler;
	r->cs = FLAT_R3_CS64;
	r->ss = FLAT_R3_SS;
	r->rsp = sp;
	r->rflags &= ~(RFLAGS_AC | RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_TF);
	/* The handler takes rcx and r11 from its stack: SYSRET, the faster way out, may change them. */
	r->entry_vector |= TRAP_SYSCALL;
	if (mask_events)
		v->vcpu_info->evtchn_upcall_mask = 1;
}

static void __hot bounce(struct vcpu *v, unsigned long handler, bool mask_events, const char *what)
{
	bounce_with(v, handler, mask_events, what, NULL, 0);
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

static noinline void say_unhandled(struct vcpu *v, unsigned int vector, long error_code)
{
	printk(LOG_GUEST LOG_WARN "d%uv%u: unhandled exception %u, error code %ld, cr2 %lx\n",
		v->domain->domain_id, v->vcpu_id, vector, error_code, v->vcpu_info->arch.cr2);
}

void __hot pv_inject_exception(unsigned int vector, long error_code)
{
	static const char what[] = "exception without a handler";
	struct vcpu *v = current;
	const struct trap_info *ti = &v->arch.trap_ctxt[vector];
	const uint64_t code = error_code;

	if (unlikely(trace_on))
		trace_exception(v, vector, error_code);
	if (unlikely(!ti->address))
		say_unhandled(v, vector, error_code);
	if (error_code >= 0)
		bounce_with(v, ti->address, ti->flags & TI_MASK_EVENTS, what, &code, 1);
	else
		bounce(v, ti->address, ti->flags & TI_MASK_EVENTS, what);
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
	bounce(v, v->arch.event_callback, true, "event without a callback");
}

void __hot pv_inject_syscall(struct vcpu *v, bool compat)
{
	unsigned long handler = compat ? v->arch.syscall32_callback : v->arch.syscall_callback;

	if (!handler) { /* as the CPU without EFER.SCE: invalid opcode at the instruction */
		guest_cpu_user_regs()->rip -= 2;
		pv_inject_exception(6, -1);
		return;
	}
	bounce(v, handler, compat ? v->arch.syscall32_disables_events : v->arch.syscall_disables_events,
		"system call without a callback");
	/* As by SFMASK: kernels rely on it and have no CLD on this path. */
	guest_cpu_user_regs()->rflags &= ~RFLAGS_DF;
}

/* A selector of the guest could not be loaded on the way back to it. */
void pv_inject_failsafe(struct vcpu *v)
{
	const struct cpu_user_regs *saved = &v->arch.user_regs;
	const uint64_t selectors[] = { saved->ds, saved->es, saved->fs, saved->gs };

	bounce_with(v, v->arch.failsafe_callback, v->arch.failsafe_disables_events,
		"bad selector and no failsafe callback", selectors, ARRAY_SIZE(selectors));
}

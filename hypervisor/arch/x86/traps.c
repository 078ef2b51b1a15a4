/* SPDX-License-Identifier: GPL-2.0-only */
/* traps.c: exceptions, from guests (emulated or passed on) and from the hypervisor itself (fixed
 * up or fatal), and the last look before a guest goes on. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/softirq.h>
#include <hv/hypercall.h>
#include <hv/guest_access.h>
#include <hv/trace.h>
#include <asm/x86.h>

#define VEC_DB 1
#define VEC_NMI 2
#define VEC_UD 6
#define VEC_NM 7
#define VEC_DF 8
#define VEC_GP 13
#define VEC_PF 14
#define VEC_MC 18

#define PFEC_P  1U
#define PFEC_W  2U
#define PFEC_US 4U
#define PFEC_I  16U

struct ex_entry {
	int32_t from, to; /* relative to their own addresses */
};
extern const struct ex_entry __start_ex_table[], __stop_ex_table[];
extern const unsigned long autogen_entrypoints[256];
extern const char guest_iret[];

void do_exception(struct cpu_user_regs *regs);
void do_ist_exception(struct cpu_user_regs *regs);
void ret_to_guest(void) __noreturn;

/* Fault fixup: the address to go on at for a faulting rip, or 0 (EX_TABLE, asm/system.h). */
static unsigned long search_ex_table(unsigned long rip)
{
	const struct ex_entry *e;

	for (e = __start_ex_table; e < __stop_ex_table; e++)
		if ((unsigned long)&e->from + (long)e->from == rip)
			return (unsigned long)&e->to + (long)e->to;
	return 0;
}

static const char *const trap_names[] = {
	"divide error", "debug", "NMI", "breakpoint", "overflow", "bounds", "invalid opcode",
	"device not available", "double fault", "coprocessor segment", "invalid TSS",
	"segment not present", "stack fault", "general protection", "page fault", "reserved",
	"x87 error", "alignment check", "machine check", "SIMD error",
};

static const char *trap_name(unsigned int vector)
{
	return vector < ARRAY_SIZE(trap_names) ? trap_names[vector] : "reserved";
}

static void __noreturn fatal_trap(struct cpu_user_regs *regs)
{
	if (regs->entry_vector == VEC_PF)
		printk(LOG_ERR "page fault at %016lx\n", read_cr2());
	show_registers(regs);
	show_backtrace(regs);
	panic("fatal exception %u (%s), error code %04x", regs->entry_vector,
		trap_name(regs->entry_vector), regs->error_code);
}

/* --- from the hypervisor -------------------------------------------------------------------- */

static bool map_ldt_of(struct vcpu *v, vaddr_t addr)
{
	return v && !is_idle_vcpu(v) && addr >= LDT_VIRT_START(v) &&
		addr < LDT_VIRT_START(v) + PERDOMAIN_LDT_OFFSET &&
		pv_map_ldt_page(v, addr - LDT_VIRT_START(v));
}

static void guest_exception(struct cpu_user_regs *regs, vaddr_t cr2);

/* The IRETQ to the guest faulted: its registers are still loaded, its frame is on the stack. It is
 * the guest's fault, as if its next instruction had caused it. */
static void guest_iret_fault(struct cpu_user_regs *regs, vaddr_t addr)
{
	struct cpu_user_regs *guest = guest_cpu_user_regs();
	struct cpu_user_regs copy = *regs;

	memcpy(guest, &copy, offsetof(struct cpu_user_regs, rip));
	local_irq_enable();
	guest_exception(guest, addr);
	reset_stack_and_jump(ret_to_guest);
}

/* The guest's memory is accessed for it, and its shadow table lacks what its own has. */
static noinline bool shadow_filled(const struct cpu_user_regs *regs, vaddr_t addr)
{
	struct vcpu *v = current;
	uint32_t code = regs->error_code;

	return v && unlikely(v->domain->arch.logdirty) && !(code & PFEC_I) && search_ex_table(regs->rip) &&
		shadow_fault(v, addr, &code);
}

static noinline void hypervisor_exception(struct cpu_user_regs *regs)
{
	vaddr_t addr = read_cr2();
	unsigned long fixup;

	if (regs->rip == (unsigned long)guest_iret)
		guest_iret_fault(regs, addr);
	/* Mapping may wait for others, who may wait for this CPU to flush its TLB. */
	if (regs->rflags & RFLAGS_IF)
		local_irq_enable();
	/* A selector of the guest's LDT was loaded for it: map the page, go on. */
	if (regs->entry_vector == VEC_PF && map_ldt_of(current, addr))
		return;
	if (regs->entry_vector == VEC_PF && shadow_filled(regs, addr))
		return;
	fixup = search_ex_table(regs->rip);
	if (!fixup)
		fatal_trap(regs);
	regs->rip = fixup;
}

/* On an interrupt stack, from the hypervisor. A guest's breakpoint may be on data that is copied
 * for it: it is not told, and the next one must not seem to be both. */
void do_ist_exception(struct cpu_user_regs *regs)
{
	if (regs->entry_vector == VEC_DB)
		__asm__ __volatile__("mov %0, %%db6" : : "r"(0xffff0ff0UL));
	if (regs->entry_vector == VEC_DF)
		fatal_trap(regs);
	if (regs->entry_vector == VEC_MC)
		(void)mca_exception(regs);
	if (regs->entry_vector == VEC_NMI)
		nmi_taken(regs);
}

/* --- from a guest --------------------------------------------------------------------------------- */

static void __hot guest_inject(struct cpu_user_regs *regs)
{
	unsigned int v = regs->entry_vector;
	bool has_code = v == 8 || (v >= 10 && v <= 14) || v == 17;

	pv_inject_exception(v, has_code ? (long)regs->error_code : -1);
}

static void guest_debug(struct cpu_user_regs *regs)
{
	unsigned long dr6;

	__asm__ __volatile__("mov %%db6, %0" : "=r"(dr6));
	__asm__ __volatile__("mov %0, %%db6" : : "r"(0xffff0ff0UL));
	current->arch.debugreg[6] = (dr6 & 0xe00f) | 0xffff0ff0UL;
	guest_inject(regs);
}

static void guest_invalid_opcode(struct cpu_user_regs *regs)
{
	if (pv_emulate_invalid(regs))
		trace(TRC_PV_FORCED_INVALID_OP | TRC_64_FLAG, TRACE_64(regs->rip));
	else
		guest_inject(regs);
}

static void guest_device_na(struct cpu_user_regs *regs)
{
	__asm__ __volatile__("clts");
	current->arch.cr0_ts = 0;
	guest_inject(regs);
}

/* INT n of a vector whose gate the guest opened to that privilege level. */
static bool guest_software_int(struct cpu_user_regs *regs)
{
	unsigned int dpl = current->arch.in_kernel ? 1 : 3;
	const struct trap_info *ti;
	uint8_t insn[2]; /* the error code's idea of the vector differs between emulators */

	if ((regs->error_code & 7) != 2 ||
		copy_from_guest_raw(insn, (const void *)regs->rip, sizeof(insn)) || insn[0] != 0xcd)
		return false;
	ti = &current->arch.trap_ctxt[insn[1]];
	if ((ti->flags & 3) < dpl || !ti->address)
		return false;
	regs->rip += 2;
	pv_inject_exception(insn[1], -1);
	return true;
}

static void guest_general_protection(struct cpu_user_regs *regs)
{
	if (regs->error_code & 1) {
		guest_inject(regs); /* an external event: never emulated */
		return;
	}
	if (guest_software_int(regs))
		return;
	if (!regs->error_code && pv_emulate_privileged(regs))
		trace(TRC_PV_EMULATE_PRIVOP | TRC_64_FLAG, TRACE_64(regs->rip));
	else
		guest_inject(regs);
}

static bool is_hv_address(vaddr_t addr)
{
	return addr >= HV_VIRT_START && addr < HV_VIRT_END;
}

static noinline bool shadow_filled_for_guest(struct vcpu *v, struct cpu_user_regs *regs, vaddr_t addr)
{
	uint32_t code = regs->error_code;
	bool filled = shadow_fault(v, addr, &code);

	regs->error_code = code;
	return filled;
}

static void __hot_call guest_page_fault(struct cpu_user_regs *regs, vaddr_t addr)
{
	struct vcpu *v = current;
	uint32_t code;

	if (unlikely(v->domain->arch.logdirty) && shadow_filled_for_guest(v, regs, addr))
		return;
	code = regs->error_code;
	if (is_hv_address(addr)) {
		if (addr >= LDT_VIRT_START(v) && addr < LDT_VIRT_START(v) + PERDOMAIN_LDT_OFFSET) {
			if (pv_map_ldt_page(v, addr - LDT_VIRT_START(v))) {
				trace(TRC_PV_GDT_LDT_MAPPING_FAULT | TRC_64_FLAG, TRACE_64(regs->rip),
					TRACE_64(addr - LDT_VIRT_START(v)));
				return;
			}
			/* Seen by the guest as a fault in its own table. */
			addr = v->arch.ldt_base + (addr - LDT_VIRT_START(v));
		}
	} else if ((code & (PFEC_P | PFEC_W)) == (PFEC_P | PFEC_W) && v->arch.in_kernel &&
		pv_ro_page_fault(addr, regs)) {
		return;
	}
	if (v->arch.in_kernel)
		code &= ~PFEC_US;
	else
		code |= PFEC_US;
	pv_inject_page_fault(code, addr);
}

static void guest_nmi(struct cpu_user_regs *regs)
{
	nmi_taken(regs);
}

/* What the guest was about to use is lost, and nothing else. */
static void guest_machine_check(struct cpu_user_regs *regs)
{
	if (!mca_exception(regs))
		return;
	local_irq_enable();
	domain_crash(current->domain);
}

typedef void trap_handler(struct cpu_user_regs *regs);
/* Holes are passed on to the guest. */
static trap_handler *const guest_handlers[32] = {
	[VEC_DB] = guest_debug,
	[VEC_NMI] = guest_nmi,
	[VEC_UD] = guest_invalid_opcode,
	[VEC_NM] = guest_device_na,
	[VEC_GP] = guest_general_protection,
	[VEC_MC] = guest_machine_check,
};

static void __hot guest_exception(struct cpu_user_regs *regs, vaddr_t cr2)
{
	unsigned int vector = regs->entry_vector;

	if (vector == VEC_PF)
		guest_page_fault(regs, cr2);
	else if (guest_handlers[vector])
		guest_handlers[vector](regs);
	else
		guest_inject(regs);
}

void __hot do_exception(struct cpu_user_regs *regs)
{
	unsigned int vector = regs->entry_vector;
	vaddr_t cr2 = 0;

	if (!regs_from_guest(regs)) {
		hypervisor_exception(regs);
		return;
	}
	if (vector == VEC_PF)
		cr2 = read_cr2();
	if (vector != VEC_NMI && vector != VEC_MC)
		local_irq_enable();
	guest_exception(regs, cr2);
	exit_to_guest();
}

void __hot exit_to_guest(void)
{
	struct vcpu *v = current;

	for (;;) {
		local_irq_disable();
		if (softirq_is_pending()) {
			local_irq_enable();
			softirq_process();
			continue;
		}
		if (unlikely(v->arch.nmi_pending) && !v->arch.nmi_masked) {
			local_irq_enable();
			pv_inject_nmi(v);
			continue;
		}
		if (v->vcpu_info->evtchn_upcall_pending && !v->vcpu_info->evtchn_upcall_mask) {
			pv_inject_event_upcall(v); /* nothing in it waits */
			continue;
		}
		return;
	}
}

static void machine_softirq(void)
{
	mca_softirq();
	board_nmi_softirq();
}

void traps_init(void)
{
	unsigned int i;

	softirq_register(SOFTIRQ_MACHINE, machine_softirq);
	for (i = 0; i < 256; i++) {
		unsigned int dpl = i == 3 || i == 4 ? 3 : 0;
		unsigned int ist = i == VEC_DF ? 1 : i == VEC_NMI ? 2 : i == VEC_MC ? 3 : i == VEC_DB ? 4 : 0;

		idt_set_gate(i, autogen_entrypoints[i], dpl, ist);
	}
}

/* Nothing of the IDT is per CPU. */
void traps_init_cpu(void)
{
}

/* --- showing ------------------------------------------------------------------------------------- */

void show_registers(const struct cpu_user_regs *r)
{
	unsigned long off;
	const char *sym = regs_from_guest(r) ? NULL : symbol_lookup(r->rip, &off);
	struct vcpu *v = current;

	printk("CPU %u", smp_processor_id());
	if (v)
		printk(" d%uv%u", v->domain->domain_id, v->vcpu_id);
	printk("  rip %04x:%016lx", r->cs, r->rip);
	if (sym)
		printk(" %s+0x%lx", sym, off);
	printk("\nrflags %016lx  rsp %04x:%016lx  cr2 %016lx  cr3 %016lx\n", r->rflags, r->ss, r->rsp,
		read_cr2(), read_cr3());
	printk("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	printk("rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx\n", r->rsi, r->rdi, r->rbp, r->r8);
	printk("r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx\n", r->r9, r->r10, r->r11, r->r12);
	printk("r13 %016lx  r14 %016lx  r15 %016lx\n", r->r13, r->r14, r->r15);
}

static void show_frame(unsigned long rip)
{
	unsigned long off;
	const char *sym = symbol_lookup(rip, &off);

	if (sym)
		printk("  [%016lx] %s+0x%lx\n", rip, sym, off);
}

/* Follows frame pointers within this CPU's stack. */
static void walk_frames(unsigned long rbp)
{
	unsigned long top = (unsigned long)get_cpu_info();
	unsigned int n;

	for (n = 0; n < 24 && rbp > top - STACK_SIZE && rbp < top - 16 && !(rbp & 7); n++) {
		const unsigned long *f = (const unsigned long *)rbp;

		show_frame(f[1]);
		if (f[0] <= rbp)
			break;
		rbp = f[0];
	}
}

static void show_guest_stack(const struct cpu_user_regs *r)
{
	unsigned long words[16];
	unsigned int i;

	if (copy_from_guest_raw(words, (const void *)r->rsp, sizeof(words)))
		return;
	printk("guest stack:");
	for (i = 0; i < ARRAY_SIZE(words); i++)
		printk("%s %016lx", i % 4 ? "" : "\n ", words[i]);
	printk("\n");
}

void show_backtrace(const struct cpu_user_regs *r)
{
	if (regs_from_guest(r)) {
		show_guest_stack(r);
		return;
	}
	printk("backtrace:\n");
	show_frame(r->rip);
	walk_frames(r->rbp);
}

void arch_dump_state(void)
{
	printk("CPU %u backtrace:\n", smp_processor_id());
	walk_frames((unsigned long)__builtin_frame_address(0));
}

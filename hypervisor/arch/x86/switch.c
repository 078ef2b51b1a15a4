/* SPDX-License-Identifier: GPL-2.0-only */
/* switch.c: a CPU changes from one vcpu to another: registers, segments, tables, FPU, time.
 *
 * Context: arch_context_switch() and what follows it from schedule() with interrupts off. The outgoing
 *          state is in memory before sched_context_saved() lets another CPU take the vcpu. While the
 *          idle vcpu runs, registers and tables may be those of a vcpu that sleeps
 *          (arch_context_leave()): nothing here needs them to be others. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <asm/time.h>
#include <asm/x86.h>

void ret_to_guest(void) __noreturn;
int load_selector_ds(unsigned int sel);
int load_selector_es(unsigned int sel);
int load_selector_fs(unsigned int sel);
int load_selector_gs(unsigned int sel);

#define DEFINE_READ_SELECTOR(reg)                                             \
	static unsigned int read_selector_##reg(void)                         \
	{                                                                     \
		unsigned int sel;                                             \
		__asm__ __volatile__("mov %%" #reg ", %0" : "=r"(sel));       \
		return sel;                                                   \
	}
DEFINE_READ_SELECTOR(ds)
DEFINE_READ_SELECTOR(es)
DEFINE_READ_SELECTOR(fs)
DEFINE_READ_SELECTOR(gs)

/* The active GS base is the kernel's in kernel mode, the user's otherwise; the other is in
 * KERNEL_GS_BASE. */
static void save_segments(struct vcpu *v)
{
	struct cpu_user_regs *r = &v->arch.user_regs;
	uint64_t active = rdmsr(MSR_GS_BASE), other = rdmsr(MSR_KERNEL_GS_BASE);

	r->ds = read_selector_ds();
	r->es = read_selector_es();
	r->fs = read_selector_fs();
	r->gs = read_selector_gs();
	v->arch.fs_base = rdmsr(MSR_FS_BASE);
	v->arch.gs_base_kernel = v->arch.in_kernel ? active : other;
	v->arch.gs_base_user = v->arch.in_kernel ? other : active;
}

/* 0, or -EFAULT if a selector could not be loaded and is null now. */
static int load_segments(struct vcpu *v)
{
	struct cpu_user_regs *r = &v->arch.user_regs;
	int rc = 0;

	rc |= load_selector_ds(r->ds);
	rc |= load_selector_es(r->es);
	rc |= load_selector_fs(r->fs);
	rc |= load_selector_gs(r->gs);
	wrmsr(MSR_FS_BASE, v->arch.fs_base);
	wrmsr(MSR_GS_BASE, v->arch.in_kernel ? v->arch.gs_base_kernel : v->arch.gs_base_user);
	wrmsr(MSR_KERNEL_GS_BASE, v->arch.in_kernel ? v->arch.gs_base_user : v->arch.gs_base_kernel);
	return rc;
}

static void write_debugregs(const unsigned long dr[8])
{
	__asm__ __volatile__("mov %0, %%db0" : : "r"(dr[0]));
	__asm__ __volatile__("mov %0, %%db1" : : "r"(dr[1]));
	__asm__ __volatile__("mov %0, %%db2" : : "r"(dr[2]));
	__asm__ __volatile__("mov %0, %%db3" : : "r"(dr[3]));
	__asm__ __volatile__("mov %0, %%db6" : : "r"(dr[6]));
	__asm__ __volatile__("mov %0, %%db7" : : "r"(dr[7]));
}

static bool debug_active(const struct vcpu *v)
{
	return v->arch.debugreg[7] & 0xff;
}

void update_debugregs(const struct vcpu *v)
{
	if (debug_active(v))
		write_debugregs(v->arch.debugreg);
	else
		__asm__ __volatile__("mov %0, %%db7" : : "r"(0UL));
}

static void save_vcpu(struct vcpu *v)
{
	memcpy(&v->arch.user_regs, guest_cpu_user_regs(), offsetof(struct cpu_user_regs, es));
	save_segments(v);
	fpu_save(v);
	if (debug_active(v))
		__asm__ __volatile__("mov %0, %%db7" : : "r"(0UL));
}

/* The CPU's LDT descriptor: a system descriptor of two words. */
void load_ldt_vcpu(struct vcpu *v)
{
	uint64_t *gdt = mfn_to_virt(cpu_gdt_mfn(smp_processor_id()));
	uint64_t *desc = gdt + (HV_LDT - (HV_GDT_FIRST_PAGE << PAGE_SHIFT)) / 8;
	vaddr_t base = LDT_VIRT_START(v);
	unsigned int limit = v->arch.ldt_ents * 8 - 1;

	if (!v->arch.ldt_ents) {
		__asm__ __volatile__("lldt %w0" : : "r"(0));
		return;
	}
	desc[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | 0x82UL << 40 |
		(uint64_t)(limit >> 16 & 0xf) << 48 | (base >> 24 & 0xff) << 56;
	desc[1] = base >> 32;
	__asm__ __volatile__("lldt %w0" : : "r"(HV_LDT));
}

static void load_vcpu(struct vcpu *v)
{
	unsigned int cpu = smp_processor_id();

	memcpy(guest_cpu_user_regs(), &v->arch.user_regs, offsetof(struct cpu_user_regs, es));
	v->arch.perdomain_l1[HV_GDT_FIRST_PAGE] = mk_pte(cpu_gdt_mfn(cpu), PTE_HV | PTE_NX);
	cpumask_set(cpu, &v->domain->arch.dirty_cpumask);
	write_ptbase(v);
	load_gdt_vcpu(v);
	load_ldt_vcpu(v);
	fpu_restore(v);
	pv_load_msrs(v);
	pv_load_tsd(v);
	if (debug_active(v))
		write_debugregs(v->arch.debugreg);
	arch_update_vcpu_time(v);
}

/* Segments may fault, and a failsafe frame needs the guest's memory: after the switch. */
static void enter_guest(void)
{
	struct vcpu *v = current;

	if (load_segments(v))
		pv_inject_failsafe(v);
	arch_update_runstate_area(v);
	reset_stack_and_jump(ret_to_guest);
}

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
	unsigned int cpu = smp_processor_id();
	struct domain *old = prev->domain;

	ASSERT(!local_irq_is_enabled());
	if (!is_idle_vcpu(prev)) {
		arch_update_runstate_area(prev); /* on its own tables, which are still loaded */
		save_vcpu(prev);
	}
	get_cpu_info()->current_vcpu = next;
	load_gdt_idle();
	if (is_idle_vcpu(next))
		switch_cr3(virt_to_paddr(idle_l4));
	else
		load_vcpu(next);
	if (!is_idle_domain(old) && old != next->domain)
		cpumask_clear(cpu, &old->arch.dirty_cpumask);
	sched_context_saved(prev);
	local_irq_enable();
	reset_stack_and_jump(is_idle_vcpu(next) ? idle_loop : enter_guest);
}

void arch_context_leave(struct vcpu *prev, struct vcpu *idle)
{
	arch_update_runstate_area(prev);
	get_cpu_info()->current_vcpu = idle;
	local_irq_enable();
	reset_stack_and_jump(idle_loop);
}

void arch_context_return(struct vcpu *v)
{
	get_cpu_info()->current_vcpu = v;
	smp_mb(); /* arch_vcpu_kick(): it runs; then the look for events */
	if (!tsc_stable)
		arch_update_vcpu_time(v);
	local_irq_enable();
	arch_update_runstate_area(v);
	reset_stack_and_jump(ret_to_guest);
}

void arch_context_save(struct vcpu *v)
{
	save_vcpu(v);
	load_gdt_idle();
	switch_cr3(virt_to_paddr(idle_l4));
	cpumask_clear(smp_processor_id(), &v->domain->arch.dirty_cpumask);
}

void arch_continue_running(struct vcpu *same)
{
	reset_stack_and_jump(is_idle_vcpu(same) ? idle_loop : ret_to_guest);
}

void arch_vcpu_kick(struct vcpu *v)
{
	unsigned int cpu = READ_ONCE(v->processor);
	struct cpumask m;

	if (v == current || cpu_current(cpu) != v)
		return;
	cpumask_zero(&m);
	cpumask_set(cpu, &m);
	arch_send_ipi(&m, IPI_SOFTIRQ);
}

bool arch_vcpu_event_pending(const struct vcpu *v)
{
	return (v->vcpu_info->evtchn_upcall_pending && !v->vcpu_info->evtchn_upcall_mask) ||
		(v->arch.nmi_pending && !v->arch.nmi_masked);
}

void arch_vcpu_enable_events(struct vcpu *v)
{
	v->vcpu_info->evtchn_upcall_mask = 0;
}

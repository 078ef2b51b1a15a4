/* SPDX-License-Identifier: GPL-2.0-only */
/* prof.c: the event counters: each counts up to 0 and then says so by an NMI, which logs where the CPU was.
 *
 * QEMU emulates no counters: their registers read 0 and keep nothing, so that with it each NMI, wherever it
 * comes from, looks as if all of them had run out. That way the tests go through all of this; on a machine with
 * counters it has not been tried.
 *
 * Locks:   the caller's (common/prof/op.c). What NMIs read is written while they are not listened to, or in words.
 * Context: prof_nmi() from NMIs. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/percpu.h>
#include <asm/irq.h>
#include <asm/x86.h>
#include "prof_model.h"

#define MSR_GLOBAL_CTRL      0x38f
#define MSR_GLOBAL_OVF_CTRL  0x390

struct saved { uint64_t counter[PROF_MAX_COUNTERS], select[PROF_MAX_COUNTERS]; };
static DEFINE_PER_CPU(struct saved, saved);
static DEFINE_PER_CPU(bool, logging);

static struct prof_model m;
static struct xenoprof_counter config[PROF_MAX_COUNTERS];
static uint64_t count[PROF_MAX_COUNTERS]; /* as set up; 0: not in use */
static bool listening, running;

static uint32_t counter_msr(unsigned int i)
{
	return m.counter + i * m.step;
}

static uint32_t select_msr(unsigned int i)
{
	return m.select + i * m.step;
}

/* --- what there is ---------------------------------------------------------------------------------- */

int arch_prof_init(const char **ret_name)
{
	struct cpuid_regs id = cpuid(0, 0), sig = cpuid(1, 0);
	struct prof_cpu c = { .family = sig.a >> 8 & 0xf, .model = sig.a >> 4 & 0xf };

	memcpy(c.vendor, &id.b, 4);
	memcpy(c.vendor + 4, &id.d, 4);
	memcpy(c.vendor + 8, &id.c, 4);
	if (c.family == 6 || c.family == 0xf)
		c.model |= sig.a >> 12 & 0xf0;
	if (c.family == 0xf)
		c.family += sig.a >> 20 & 0xff;
	if (id.a >= 0xa)
		c.perfmon = cpuid(0xa, 0).a;
	/* NMIs look at it: written once. */
	if (!m.name && prof_model_find(&c, &m))
		return -ENODEV;
	*ret_name = m.name;
	return m.counters;
}

static void save_registers(void *data)
{
	struct saved *s = &this_cpu(saved);
	bool *failed = data;

	for (unsigned int i = 0; i < m.counters; i++)
		if (rdmsr_safe(counter_msr(i), &s->counter[i]) || rdmsr_safe(select_msr(i), &s->select[i]))
			WRITE_ONCE(*failed, true);
}

int arch_prof_reserve(void)
{
	bool failed = false;

	arch_on_cpus(&cpu_online_map, save_registers, &failed, true);
	return failed ? -EBUSY : 0;
}

static void restore_registers(void *unused)
{
	const struct saved *s = &this_cpu(saved);

	for (unsigned int i = 0; i < m.counters; i++) {
		wrmsr(select_msr(i), s->select[i]);
		wrmsr(counter_msr(i), s->counter[i]);
	}
}

void arch_prof_release(void)
{
	arch_on_cpus(&cpu_online_map, restore_registers, NULL, true);
}

/* --- setting up, on and off --------------------------------------------------------------------------- */

void arch_prof_counter(const struct xenoprof_counter *c)
{
	config[c->ind] = *c;
}

/* One that is not in use holds all ones: it has not run out. */
static void setup_registers(void *unused)
{
	for (unsigned int i = 0; i < m.counters; i++) {
		uint64_t select = rdmsr(select_msr(i)) & PROF_SELECT_KEPT;

		wrmsr(select_msr(i), select);
		wrmsr(counter_msr(i), prof_start_value(&m, count[i] ? count[i] : 1));
		if (count[i])
			wrmsr(select_msr(i), select | prof_select(&m, &config[i]));
	}
}

void arch_prof_setup(void)
{
	for (unsigned int i = 0; i < PROF_MAX_COUNTERS; i++)
		count[i] = config[i].enabled ? config[i].count & PROF_COUNT_MASK : 0;
	arch_on_cpus(&cpu_online_map, setup_registers, NULL, true);
}

void arch_prof_listen(bool on)
{
	WRITE_ONCE(listening, on);
}

static void switch_counters(bool on)
{
	for (unsigned int i = 0; i < m.counters; i++) {
		uint64_t select = rdmsr(select_msr(i)) & ~PROF_SELECT_ON;

		if (count[i])
			wrmsr(select_msr(i), on ? select | PROF_SELECT_ON : select);
	}
	if (m.global)
		wrmsr(MSR_GLOBAL_CTRL, on ? (1UL << m.counters) - 1 : 0);
}

static void start_here(void *unused)
{
	apic_counter_nmi(true);
	switch_counters(true);
}

static void stop_here(void *unused)
{
	switch_counters(false);
	apic_counter_nmi(false);
}

void arch_prof_start(void)
{
	WRITE_ONCE(running, true);
	arch_on_cpus(&cpu_online_map, start_here, NULL, true);
}

void arch_prof_stop(void)
{
	WRITE_ONCE(running, false);
	arch_on_cpus(&cpu_online_map, stop_here, NULL, true);
}

/* --- samples -------------------------------------------------------------------------------------------- */

static enum prof_mode mode_of(const struct cpu_user_regs *regs)
{
	if (!regs_from_guest(regs))
		return PROF_HYPERVISOR;
	return current->arch.in_kernel ? PROF_KERNEL : PROF_USER;
}

/* Each counter that ran out begins anew. */
static bool log_counters(const struct cpu_user_regs *regs, bool *ret_tell)
{
	bool any = false;

	for (unsigned int i = 0; i < m.counters; i++) {
		if (!count[i] || !prof_ran_out(&m, rdmsr(counter_msr(i))))
			continue;
		*ret_tell |= prof_log(current, regs, regs->rip, mode_of(regs), i);
		wrmsr(counter_msr(i), prof_start_value(&m, count[i]));
		any = true;
	}
	return any;
}

/* An event is sent only if no lock can be held here, that is, from a guest; the next sample from there tells of
 * all before it. A fault on a guest's stack lets another NMI in: that one is not logged. */
bool prof_nmi(const struct cpu_user_regs *regs)
{
	bool any, tell = false;

	if (likely(!READ_ONCE(listening)) || this_cpu(logging))
		return false;
	this_cpu(logging) = true;
	any = log_counters(regs, &tell);
	if (m.global)
		wrmsr(MSR_GLOBAL_OVF_CTRL, (1UL << m.counters) - 1);
	if (any && READ_ONCE(running))
		apic_counter_nmi(true); /* some mask it when they report */
	if (tell && regs_from_guest(regs))
		send_guest_vcpu_virq(current, VIRQ_XENOPROF);
	this_cpu(logging) = false;
	return any;
}

static void hypervisor_callers(struct vcpu *v, unsigned long rbp, unsigned long depth)
{
	unsigned long top = (unsigned long)get_cpu_info(), next;

	for (; depth && rbp > top - STACK_SIZE && rbp < top - 16 && !(rbp & 7); depth--, rbp = next) {
		next = ((const unsigned long *)rbp)[0];
		if (!prof_add_caller(v, ((const unsigned long *)rbp)[1], PROF_HYPERVISOR) || next <= rbp)
			return;
	}
}

void arch_prof_backtrace(struct vcpu *v, const struct cpu_user_regs *regs, unsigned long depth,
	enum prof_mode mode)
{
	unsigned long frame[2], rbp = regs->rbp;

	if (mode == PROF_HYPERVISOR) {
		hypervisor_callers(v, rbp, depth);
		return;
	}
	for (; depth && rbp; depth--, rbp = frame[0]) {
		if (copy_from_guest_raw(frame, (const void *)rbp, sizeof(frame)) ||
			!prof_add_caller(v, frame[1], mode) || frame[0] <= rbp)
			return;
	}
}

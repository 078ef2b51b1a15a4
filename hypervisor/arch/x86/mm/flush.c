/* SPDX-License-Identifier: GPL-2.0-only */
/* flush.c: TLB flushes here and on other CPUs, and the clock that saves needless ones.
 *
 * tlb_clock ticks at every whole flush of any CPU; flushed_at is its value at a CPU's last one. A
 * page remembers (32 bits of) the clock when it went out of use: a CPU whose flushed_at is later
 * holds no translation of it. A stamp older than 2^32 ticks seems younger than it is, which costs
 * a flush and no more.
 *
 * Locks:   flush_lock: one request at a time. Whoever waits for it, or with interrupts off for any other
 *          lock or page (arch_relax()), answers requests itself meanwhile: interrupts may be off, and locks
 *          held.
 * Context: any but interrupts that may hit the holder. */
#include <hv/arch.h>
#include <hv/percpu.h>
#include <hv/sched.h>
#include "mm.h"

static uint64_t tlb_clock = 1;
static DEFINE_PER_CPU(uint64_t, flushed_at);

static DEFINE_SPINLOCK(flush_lock, LOCK_LEAF);
static struct cpumask flush_waiting; /* CPUs that have not answered */
static unsigned int flush_what;
static vaddr_t flush_va;

uint32_t tlb_clock_now(void)
{
	return __atomic_load_n(&tlb_clock, __ATOMIC_SEQ_CST);
}

void __hot_call switch_cr3(uint64_t cr3)
{
	unsigned long flags = local_irq_save();
	uint64_t t = __atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);

	write_cr3(cr3);
	WRITE_ONCE(this_cpu(flushed_at), t);
	local_irq_restore(flags);
}

void tlb_filter(struct cpumask *m, uint32_t stamp)
{
	uint64_t now = __atomic_load_n(&tlb_clock, __ATOMIC_SEQ_CST);
	uint64_t used = now - (uint32_t)((uint32_t)now - stamp);
	unsigned int cpu;

	for_each_cpu(cpu, m)
		if (READ_ONCE(per_cpu(flushed_at, cpu)) > used)
			cpumask_clear(cpu, m);
}

void flush_local(unsigned int what, vaddr_t va)
{
	if (what & FLUSH_TLB)
		switch_cr3(read_cr3());
	else if (what & FLUSH_VA)
		invlpg(va);
	if (what & FLUSH_CACHE)
		__asm__ __volatile__("wbinvd" ::: "memory");
}

void flush_ipi(void)
{
	unsigned int cpu = smp_processor_id();

	if (!cpumask_test(cpu, &flush_waiting))
		return;
	flush_local(flush_what, flush_va);
	cpumask_clear(cpu, &flush_waiting);
	sched_state_unwanted();
}

void arch_relax(bool irqs_on)
{
	if (!irqs_on)
		flush_ipi();
	cpu_relax();
}

static void flush_others(const struct cpumask *others, unsigned int what, vaddr_t va)
{
	while (!spin_trylock(&flush_lock))
		arch_relax(false);
	flush_what = what;
	flush_va = va;
	smp_mb();
	cpumask_copy(&flush_waiting, others);
	arch_send_ipi(others, IPI_FLUSH_TLB);
	while (!cpumask_empty(&flush_waiting))
		cpu_relax();
	spin_unlock(&flush_lock);
}

void flush_mask(const struct cpumask *m, unsigned int what, vaddr_t va)
{
	struct cpumask others;
	unsigned int cpu = smp_processor_id();

	cpumask_and(&others, m, &cpu_running_map);
	if (cpumask_test(cpu, &others)) {
		flush_local(what, va);
		cpumask_clear(cpu, &others);
	}
	if (!cpumask_empty(&others))
		flush_others(&others, what, va);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* cpu.c: simulated CPUs: which one runs, their interrupts, clock, timers and switches. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/softirq.h>
#include <asm/host.h>
#include <sched.h>

__thread unsigned int host_this_cpu;
bool host_irqs_off[NR_CPUS];
long host_percpu_offset[NR_CPUS];
struct cpu_info host_cpu_info[NR_CPUS];
bool host_threads, host_defer_saved;
unsigned long host_switches, host_saves, host_ipis;

static s_time_t host_time;
static s_time_t deadline[NR_CPUS]; /* 0: off */
static struct vcpu *unsaved[NR_CPUS];
static struct vcpu *host_held[NR_CPUS]; /* state left in a CPU that is idle */
static unsigned int spins; /* in host_relax() since the test last let CPUs run */

/* --- which CPU ------------------------------------------------------------------------------- */

void host_on_cpu(unsigned int cpu)
{
	host_this_cpu = cpu;
}

void host_finish_switch(unsigned int cpu)
{
	unsigned int self = host_this_cpu;
	struct vcpu *prev = unsaved[cpu];

	if (!prev)
		return;
	unsaved[cpu] = NULL;
	host_on_cpu(cpu);
	sched_context_saved(prev);
	local_irq_enable();
	host_on_cpu(self);
}

void host_run_cpu(unsigned int cpu)
{
	unsigned int self = host_this_cpu;

	host_finish_switch(cpu);
	host_on_cpu(cpu);
	if (!host_irqs_off[cpu])
		softirq_process();
	host_on_cpu(self);
}

void host_run_all(void)
{
	unsigned int cpu;
	bool again = true;

	spins = 0;
	for (unsigned int round = 0; again; round++) {
		BUG_ON(round > 10000); /* they keep each other busy */
		again = false;
		for_each_online_cpu (cpu) {
			again |= per_cpu(softirq_pending, cpu) != 0 || unsaved[cpu];
			host_run_cpu(cpu);
		}
	}
}

/* The other CPUs get on, so that what this one waits for can happen. */
void host_relax(void)
{
	unsigned int cpu, self = host_this_cpu;

	if (host_threads) {
		sched_yield();
		return;
	}
	if (++spins > 20000)
		panic("CPU %u waits for what never comes", self);
	for_each_online_cpu (cpu) {
		host_finish_switch(cpu);
		if (cpu != self && !host_irqs_off[cpu])
			host_run_cpu(cpu);
	}
}

void arch_relax(bool irqs_on)
{
	cpu_relax();
}

/* --- interrupts ------------------------------------------------------------------------------ */

void arch_send_ipi(const struct cpumask *m, enum arch_ipi what)
{
	__atomic_fetch_add(&host_ipis, cpumask_weight(m), __ATOMIC_RELAXED);
}

void arch_on_cpus(const struct cpumask *m, void (*fn)(void *), void *data, bool wait)
{
	unsigned int cpu, self = host_this_cpu;

	for_each_cpu (cpu, m) {
		host_on_cpu(cpu);
		fn(data);
	}
	host_on_cpu(self);
}

/* --- time ------------------------------------------------------------------------------------ */

uint64_t arch_cycles(void)
{
	return now();
}

s_time_t now(void)
{
	return host_time;
}

void arch_timer_program(s_time_t when)
{
	deadline[host_this_cpu] = max(when, (s_time_t)1);
}

void arch_timer_disable(void)
{
	deadline[host_this_cpu] = 0;
}

void host_set_time(s_time_t t)
{
	host_time = t;
}

static unsigned int next_timer(s_time_t until)
{
	unsigned int cpu, best = NR_CPUS;

	for_each_online_cpu (cpu)
		if (deadline[cpu] && deadline[cpu] <= until &&
		    (best == NR_CPUS || deadline[cpu] < deadline[best]))
			best = cpu;
	return best;
}

void host_advance(s_time_t ns)
{
	s_time_t until = host_time + ns;
	unsigned int cpu, self = host_this_cpu;

	host_run_all();
	while ((cpu = next_timer(until)) < NR_CPUS) {
		host_time = max(host_time, deadline[cpu]);
		deadline[cpu] = 0;
		host_on_cpu(cpu);
		timer_interrupt();
		host_on_cpu(self);
		host_run_all();
	}
	host_time = until;
}

unsigned int arch_cpu_khz(void) { return 1000000; }
unsigned int arch_cpu_to_node(unsigned int cpu) { return 0; }
unsigned long arch_nodes(void) { return 1; }
unsigned long arch_node_pages(unsigned int node) { return arch_max_page(); }
unsigned int arch_node_distance(unsigned int a, unsigned int b) { return a == b ? 10 : 20; }

unsigned int arch_ram_node(paddr_t p, paddr_t *ret_end)
{
	*ret_end = ~0ULL;
	return 0;
}

unsigned int arch_cpu_to_core(unsigned int cpu) { return cpu; }
unsigned int arch_cpu_to_socket(unsigned int cpu) { return 0; }

/* --- switching ------------------------------------------------------------------------------- */

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
	BUG_ON(local_irq_is_enabled());
	BUG_ON(prev != current && prev != host_held[host_this_cpu]);
	host_held[host_this_cpu] = NULL;
	host_saves += !is_idle_vcpu(prev);
	current = next;
	host_switches++;
	if (host_defer_saved) {
		unsaved[host_this_cpu] = prev;
		return;
	}
	sched_context_saved(prev);
	local_irq_enable();
}

void arch_context_leave(struct vcpu *prev, struct vcpu *idle)
{
	BUG_ON(local_irq_is_enabled() || current != prev);
	current = idle;
	host_held[host_this_cpu] = prev;
	host_switches++;
	local_irq_enable();
}

void arch_context_return(struct vcpu *v)
{
	BUG_ON(local_irq_is_enabled() || host_held[host_this_cpu] != v);
	current = v;
	host_held[host_this_cpu] = NULL;
	host_switches++;
	local_irq_enable();
}

void arch_context_save(struct vcpu *v)
{
	BUG_ON(local_irq_is_enabled() || host_held[host_this_cpu] != v);
	host_held[host_this_cpu] = NULL;
	host_saves++;
}

void arch_continue_running(struct vcpu *same)
{
}

void arch_vcpu_kick(struct vcpu *v)
{
	v->arch.kicks++;
}

bool arch_vcpu_event_pending(const struct vcpu *v)
{
	return v->vcpu_info->evtchn_upcall_pending && !v->vcpu_info->evtchn_upcall_mask;
}

void arch_vcpu_enable_events(struct vcpu *v)
{
	v->vcpu_info->evtchn_upcall_mask = 0;
}

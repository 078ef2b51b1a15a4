/* SPDX-License-Identifier: GPL-2.0-only */
/* smp.c: per-CPU memory, starting the other CPUs, and calls on other CPUs.
 *
 * Locks:   call.busy is a flag taken with interrupts on, outside the lock order: whoever waits
 *          for it serves interrupts, calls included. CPUs are started one at a time by CPU 0. */
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/percpu.h>
#include <hv/param.h>
#include <hv/sched.h>
#include <hv/timer.h>
#include <hv/domain.h>
#include <hv/softirq.h>
#include <hv/arch.h>
#include <asm/irq.h>
#include <asm/time.h>
#include <asm/shutdown.h>
#include "boot.h"

long percpu_offsets[NR_CPUS];
unsigned long ap_boot_stack;
static enum { AP_STARTING, AP_HERE } ap_state;

static unsigned int apicid_shift(unsigned int level_type);

extern const char trampoline_start[], trampoline_end[];
extern const uint32_t trampoline_base, trampoline_offset;

/* --- per-CPU memory ------------------------------------------------------------------------------ */

static void make_percpu_area(unsigned int cpu)
{
	size_t size = (unsigned long)__percpu_end - (unsigned long)__percpu_start;
	unsigned int order = 0;
	char *area;

	while ((PAGE_SIZE << order) < size)
		order++;
	area = alloc_xenheap_pages(order, 0);
	if (!area)
		panic("CPU%u: no memory for its variables", cpu);
	memset(area, 0, PAGE_SIZE << order);
	percpu_offsets[cpu] = area - __percpu_start;
}

/* smt=off: of each core one thread stays, of the boot CPU's that one. */
static void leave_out_siblings(void)
{
	unsigned int core = apicid_shift(1), i, j, n = 0;

	for (i = 0; i < acpi.nr_cpus; i++) {
		for (j = 0; j < n && acpi.apic_id[j] >> core != acpi.apic_id[i] >> core; j++)
			;
		if (j == n)
			acpi.apic_id[n++] = acpi.apic_id[i];
	}
	if (n < acpi.nr_cpus)
		printk(LOG_INFO "smp: %u second threads of cores left out by smt=off\n", acpi.nr_cpus - n);
	acpi.nr_cpus = n;
}

/* CPUs that ACPI names, and their variables: before anything that loops over present CPUs. */
void smp_prepare(void)
{
	unsigned int cpu, limit = NR_CPUS;

	if (boot_params.smt_off)
		leave_out_siblings();
	if (boot_params.maxcpus)
		limit = min(limit, boot_params.maxcpus);
	nr_cpu_ids = min(limit, acpi.nr_cpus);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		cpu_to_apicid[cpu] = acpi.apic_id[cpu];
		numa_place_cpu(cpu, acpi.apic_id[cpu]);
		cpumask_set(cpu, &cpu_present_map);
		if (cpu)
			make_percpu_area(cpu);
	}
}

/* --- starting CPUs -------------------------------------------------------------------------------- */

static void delay_us(unsigned int us)
{
	s_time_t end = now() + MICROSECS(us);

	while (now() < end)
		cpu_relax();
}

/* A word of the trampoline, in its copy at `at`. */
static void put_word(char *at, const uint32_t *word, uint32_t value)
{
	memcpy(at + ((unsigned long)word - (unsigned long)trampoline_start), &value, sizeof(value));
}

/* A page of RAM below 640 KiB that nobody needs any more. */
static paddr_t place_trampoline(void)
{
	paddr_t p;
	char *at;

	for (p = 0x8000; p < 0x90000; p += PAGE_SIZE)
		if (e820_all_ram(&host_e820, p, p + PAGE_SIZE))
			break;
	at = paddr_to_virt(p);
	memcpy(at, trampoline_start, (unsigned long)trampoline_end - (unsigned long)trampoline_start);
	put_word(at, &trampoline_base, p);
	put_word(at, &trampoline_offset, hv_phys_offset);
	return p;
}

static void boot_ap(unsigned int cpu, paddr_t trampoline)
{
	char *stack = alloc_xenheap_pages(STACK_ORDER, 0);
	struct cpu_info *info;
	unsigned int i;

	if (!stack)
		panic("CPU%u: no memory for its stack", cpu);
	memset(stack, 0, STACK_SIZE);
	info = (struct cpu_info *)(stack + STACK_SIZE) - 1;
	info->cpu = cpu;
	info->percpu_offset = percpu_offsets[cpu];
	info->current_vcpu = idle_vcpu[cpu];
	WRITE_ONCE(ap_state, AP_STARTING);
	ap_boot_stack = ROUND_DOWN((unsigned long)info, 16UL) - 16;

	apic_start_ap(cpu_to_apicid[cpu], trampoline >> PAGE_SHIFT, delay_us);
	for (i = 0; i < 5000 && READ_ONCE(ap_state) != AP_HERE; i++)
		delay_us(1000);
	if (READ_ONCE(ap_state) != AP_HERE) {
		/* and if it comes after all, not onto the stack of another */
		apic_stop_ap(cpu_to_apicid[cpu]);
		printk(LOG_ERR "smp: CPU%u (APIC id %u) does not start\n", cpu, cpu_to_apicid[cpu]);
		return;
	}
	time_check_cpu(cpu);
	for (i = 0; !cpumask_test(cpu, &cpu_online_map); i++) {
		if (i == 20000)
			panic("CPU%u was started and then stopped (before its first idle loop)", cpu);
		delay_us(1000);
	}
}

void smp_boot_cpus(void)
{
	paddr_t trampoline;
	unsigned int cpu;

	if (nr_cpu_ids > 1) {
		trampoline = place_trampoline();
		for (cpu = 1; cpu < nr_cpu_ids; cpu++)
			boot_ap(cpu, trampoline);
	}
	printk(LOG_INFO "smp: %u of %u CPUs up", cpumask_weight(&cpu_online_map), nr_cpu_ids);
	if (boot_params.maxcpus && acpi.nr_cpus > nr_cpu_ids)
		printk(", %u left out by maxcpus=%u", acpi.nr_cpus - nr_cpu_ids, boot_params.maxcpus);
	printk("\n");
}

/* First C code of another CPU: on its own stack, interrupts off. */
void start_secondary(void)
{
	unsigned int cpu = smp_processor_id();

	write_cr3(virt_to_paddr(idle_l4));
	cpu_init_descriptors(cpu);
	traps_init_cpu();
	mca_init_cpu();
	cpu_init_syscall(cpu);
	fpu_init_cpu();
	apic_init_ap();
	WRITE_ONCE(ap_state, AP_HERE);
	time_init_cpu();
	timers_init_cpu(cpu);
	sched_init_cpu(cpu);
	cpumask_set(cpu, &cpu_online_map);
	local_irq_enable();
	idle_loop();
}

/* --- idle ------------------------------------------------------------------------------------------ */

/* Halts until an interrupt, unless a softirq is pending. */
static void halt(void)
{
	local_irq_disable();
	if (softirq_is_pending())
		local_irq_enable();
	else
		__asm__ __volatile__("sti; hlt" ::: "memory");
}

void idle_loop(void)
{
	for (;;) {
		softirq_process();
		if (softirq_is_pending())
			continue;
		if (heap_scrub_some())
			cpu_relax(); /* whoever shares this processor's time has something better to do */
		else
			halt();
	}
}

/* --- calls on other CPUs ------------------------------------------------------------------------------ */

static struct {
	uint32_t busy;
	uint32_t left;           /* CPUs that have not finished */
	struct cpumask todo;
	void (*fn)(void *);
	void *data;
} call;

/* VECTOR_CALL */
void smp_call_ipi(void)
{
	unsigned int cpu = smp_processor_id();

	stop_if_asked();
	if (!cpumask_test(cpu, &call.todo))
		return;
	cpumask_clear(cpu, &call.todo);
	call.fn(call.data);
	__atomic_sub_fetch(&call.left, 1, __ATOMIC_RELEASE);
}

void arch_on_cpus(const struct cpumask *m, void (*fn)(void *), void *data, bool wait)
{
	struct cpumask others;
	unsigned int cpu = smp_processor_id();

	ASSERT(local_irq_is_enabled());
	cpumask_and(&others, m, &cpu_running_map);
	cpumask_clear(cpu, &others);
	if (!cpumask_empty(&others)) {
		while (__atomic_exchange_n(&call.busy, 1, __ATOMIC_ACQUIRE))
			cpu_relax();
		call.fn = fn;
		call.data = data;
		call.left = cpumask_weight(&others);
		smp_mb();
		cpumask_copy(&call.todo, &others);
		arch_send_ipi(&others, IPI_CALL);
	}
	if (cpumask_test(cpu, m)) {
		unsigned long flags = local_irq_save();

		fn(data);
		local_irq_restore(flags);
	}
	if (!cpumask_empty(&others)) {
		/* the one record is reused: even wait == false waits, which is allowed */
		while (__atomic_load_n(&call.left, __ATOMIC_ACQUIRE))
			cpu_relax();
		__atomic_store_n(&call.busy, 0, __ATOMIC_RELEASE);
	}
}

static void dump_this_cpu(void *unused)
{
	struct vcpu *v = current;

	printk("*** CPU%u\n", smp_processor_id());
	arch_dump_state();
	if (v && !is_idle_vcpu(v)) {
		printk("*** CPU%u guest state (d%uv%u): ***\n", smp_processor_id(),
			v->domain->domain_id, v->vcpu_id);
		show_registers(guest_cpu_user_regs());
		show_backtrace(guest_cpu_user_regs());
	}
}

void arch_dump_all_cpus(void)
{
	unsigned int cpu;

	for_each_cpu(cpu, &cpu_running_map) {
		struct cpumask one;

		cpumask_zero(&one);
		cpumask_set(cpu, &one);
		arch_on_cpus(&one, dump_this_cpu, NULL, true); /* one after the other: legible */
	}
}

/* --- topology --------------------------------------------------------------------------------------- */

/* Threads of a core and of a package have consecutive APIC ids; CPUID tells how many bits. */
static unsigned int apicid_shift(unsigned int level_type)
{
	unsigned int i, shift = 0;

	if (cpuid(0, 0).a < 0xb || !cpuid(0xb, 0).b)
		return level_type == 1 ? 0 : fls_long(max(cpuid(1, 0).b >> 16 & 0xff, 1U));
	for (i = 0; i < 4; i++) {
		struct cpuid_regs r = cpuid(0xb, i);
		unsigned int type = r.c >> 8 & 0xff;

		if (!type)
			break;
		if (type <= level_type)
			shift = r.a & 0x1f;
	}
	return shift;
}

unsigned int arch_cpu_to_core(unsigned int cpu)
{
	unsigned int core = apicid_shift(1), pkg = apicid_shift(2);

	return (cpu_to_apicid[cpu] & ((1U << pkg) - 1)) >> core;
}

unsigned int arch_cpu_to_socket(unsigned int cpu)
{
	return cpu_to_apicid[cpu] >> apicid_shift(2);
}

unsigned int arch_cpu_khz(void)
{
	return tsc_khz;
}

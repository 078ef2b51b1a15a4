/* SPDX-License-Identifier: GPL-2.0-only */
/* nmi.c: NMIs that this hypervisor sends itself, and the watchdog (option watchdog): a CPU that makes no
 * progress is shown, as are the others, and the machine ends in a panic.
 *
 * Progress is a softirq: a timer of each CPU counts the seconds. The timer's interrupt looks at the own count
 * and at that of the next CPU, once in a second: a CPU that hangs with interrupts on finds out itself, one
 * with interrupts off is found by the one before it and shown from an NMI. That every CPU hangs with
 * interrupts off goes unnoticed.
 *
 * Locks:   none; when a CPU is shown no lock is waited for any more.
 * Context: nmi_taken() from an NMI, watchdog_look() from the timer's interrupt. */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/percpu.h>
#include <hv/timer.h>
#include <asm/irq.h>
#include <asm/time.h>
#include <asm/x86.h>

struct watched {
	unsigned long seen;  /* its count, last time */
	unsigned int missed; /* looks without progress */
};

struct watcher {
	struct timer tick;
	unsigned long count;
	s_time_t looked;
	struct watched self, next;
};
static DEFINE_PER_CPU(struct watcher, watcher);
static bool running, found;
static int show_cpu = -1; /* asked to show itself */

static void show(const struct cpu_user_regs *regs)
{
	show_registers(regs);
	show_backtrace(regs);
}

void nmi_taken(const struct cpu_user_regs *regs)
{
	if (READ_ONCE(show_cpu) == (int)smp_processor_id()) {
		show(regs);
		WRITE_ONCE(show_cpu, -1);
	} else if (!prof_nmi(regs)) {
		board_nmi(regs);
	}
}

static void show_other(unsigned int cpu)
{
	s_time_t end = now() + SECONDS(2);

	WRITE_ONCE(show_cpu, cpu);
	apic_send_nmi(cpu);
	while (READ_ONCE(show_cpu) >= 0 && now() < end)
		cpu_relax();
	if (READ_ONCE(show_cpu) >= 0)
		printk("CPU %u does not answer\n", cpu);
}

static void __noreturn stuck(unsigned int stuck_cpu, const struct cpu_user_regs *regs)
{
	unsigned int cpu;

	while (__atomic_exchange_n(&found, true, __ATOMIC_SEQ_CST))
		cpu_relax(); /* another is at it: this one is shown by its NMI */
	console_force_unlock();
	printk("\nWatchdog: CPU %u has made no progress for %u seconds\n", stuck_cpu,
		boot_params.watchdog_timeout);
	show(regs);
	for_each_cpu (cpu, &cpu_running_map)
		if (cpu != smp_processor_id())
			show_other(cpu);
	crash_debug_because(CRASH_WATCHDOG);
	panic("watchdog: CPU %u is stuck", stuck_cpu);
}

static bool no_progress(struct watched *w, unsigned int cpu)
{
	unsigned long count = READ_ONCE(per_cpu(watcher, cpu).count);

	if (count != w->seen)
		w->missed = 0;
	else
		w->missed++;
	w->seen = count;
	return w->missed > boot_params.watchdog_timeout;
}

static unsigned int next_cpu(unsigned int cpu)
{
	do
		cpu = (cpu + 1) % nr_cpu_ids;
	while (!cpumask_test(cpu, &cpu_running_map));
	return cpu;
}

void watchdog_look(const struct cpu_user_regs *regs)
{
	struct watcher *w = &this_cpu(watcher);
	unsigned int self = smp_processor_id();
	s_time_t t;

	if (likely(!running))
		return;
	t = now();
	/* If the softirq never comes, nobody else programs the timer. */
	arch_timer_program(t + SECONDS(1));
	if (t - w->looked < MILLISECS(900))
		return;
	w->looked = t;
	if (no_progress(&w->self, self))
		stuck(self, regs);
	if (next_cpu(self) != self && no_progress(&w->next, next_cpu(self)))
		stuck(next_cpu(self), regs);
}

static void tick(void *unused)
{
	struct watcher *w = &this_cpu(watcher);

	WRITE_ONCE(w->count, w->count + 1);
	timer_set(&w->tick, now() + MILLISECS(500));
}

/* A CPU that hangs, to try it. */
static void key_hang(void)
{
	if (!running) {
		printk("the watchdog is not on\n");
		return;
	}
	printk("'L': CPU %u hangs\n", smp_processor_id());
	for (;;)
		cpu_relax();
}

static void key_hang_off(void)
{
	if (running)
		local_irq_disable();
	key_hang();
}

void watchdog_start(void)
{
	unsigned int cpu;

	if (!boot_params.watchdog)
		return;
	keyhandler_register('L', key_hang, "hang, for the watchdog to find");
	keyhandler_register('l', key_hang_off, "hang with interrupts off");
	for_each_cpu (cpu, &cpu_running_map) {
		struct watcher *w = &per_cpu(watcher, cpu);

		timer_init(&w->tick, tick, NULL, cpu);
		timer_set(&w->tick, now() + MILLISECS(500));
	}
	running = true;
	printk(LOG_INFO "watchdog: on, %u seconds\n", boot_params.watchdog_timeout);
}

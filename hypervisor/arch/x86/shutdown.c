/* SPDX-License-Identifier: GPL-2.0-only */
/* shutdown.c: how the machine ends: halt, restart, power off.
 * Context: any, locks and interrupts in any state (panic comes here). */
#include <hv/lib.h>
#include <hv/arch.h>
#include <hv/param.h>
#include <hv/timer.h>
#include <asm/x86.h>
#include <asm/irq.h>
#include <asm/shutdown.h>

static bool stopping;

/* From VECTOR_CALL: true if this CPU must not go on. */
void stop_if_asked(void)
{
	if (!READ_ONCE(stopping))
		return;
	local_irq_disable();
	for (;;)
		__asm__ __volatile__("hlt");
}

/* The others stop at their next chance to take an interrupt; nobody waits for them. */
static void stop_others(void)
{
	WRITE_ONCE(stopping, true);
	if (cpumask_weight(&cpu_running_map) > 1)
		arch_send_ipi(&cpu_running_map, IPI_CALL);
	local_irq_disable();
}

static void wait_ms(unsigned int ms)
{
	s_time_t end = now() + MILLISECS(ms);

	while (tsc_khz && now() < end)
		cpu_relax();
}

void arch_machine_halt(void)
{
	stop_others();
	for (;;)
		__asm__ __volatile__("hlt");
}

static void restart_by_acpi(void)
{
	if (acpi.reset_port)
		outb(acpi.reset_value, acpi.reset_port);
}

static void restart_by_cf9(void)
{
	outb(2, 0xcf9);
	wait_ms(1);
	outb(6, 0xcf9);
}

static void restart_by_keyboard(void)
{
	unsigned int i;

	for (i = 0; i < 0x10000 && inb(0x64) & 2; i++)
		cpu_relax();
	outb(0xfe, 0x64);
}

static void restart_by_triple_fault(void)
{
	struct { uint16_t limit; uint64_t base; } __packed none = { 0, 0 };

	__asm__ __volatile__("lidt %0; int3" : : "m"(none));
}

void arch_machine_restart(unsigned int delay_ms)
{
	static void (*const ways[])(void) = {
		[REBOOT_ACPI] = restart_by_acpi, [REBOOT_PCI] = restart_by_cf9,
		[REBOOT_KEYBOARD] = restart_by_keyboard, [REBOOT_TRIPLE] = restart_by_triple_fault,
	};
	unsigned int i;

	if (boot_params.noreboot) {
		printk("noreboot: the machine stays halted\n");
		arch_machine_halt();
	}
	stop_others();
	wait_ms(delay_ms);
	for (i = boot_params.reboot; i < ARRAY_SIZE(ways); i++) {
		if (!ways[i])
			continue;
		ways[i]();
		wait_ms(100);
	}
	arch_machine_halt();
}

/* Sleep type and enable bit into the PM1 control registers; returns if the machine does not go to sleep. */
static void acpi_enter_sleep(uint8_t typ_a, uint8_t typ_b)
{
	const uint16_t keep = (uint16_t)~(7U << 10 | 1U << 13);

	if (!acpi.pm1a_cnt)
		return;
	if (acpi.pm1b_cnt)
		outw((inw(acpi.pm1b_cnt) & keep) | (typ_b & 7) << 10 | 1U << 13, acpi.pm1b_cnt);
	outw((inw(acpi.pm1a_cnt) & keep) | (typ_a & 7) << 10 | 1U << 13, acpi.pm1a_cnt);
}

void arch_machine_poweroff(void)
{
	stop_others();
	if (acpi.have_s5) {
		acpi_enter_sleep(acpi.slp_typ_s5a, acpi.slp_typ_s5b);
		wait_ms(1000);
	}
	printk("The machine can be switched off now.\n");
	arch_machine_halt();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* setup.c: everything from the loader's hand-over to the idle loop, in order. Boot CPU; the other
 * CPUs join in smp_boot_cpus(). */
#include <hv/lib.h>
#include <hv/arch.h>
#include <hv/page.h>
#include <hv/param.h>
#include <hv/console.h>
#include <hv/timer.h>
#include <hv/trace.h>
#include <hv/sched.h>
#include <hv/domain.h>
#include <asm/irq.h>
#include <asm/time.h>
#include "../efi/efi.h"
#include "boot.h"

extern uint64_t acpi_given_rsdp;

/* The bottom of the world: head.S has left room for struct cpu_info at the top of the stack. */
static void init_cpu0(void)
{
	struct cpu_info *info = get_cpu_info();

	memset(info, 0, sizeof(*info));
}

static void print_banner(void)
{
	printk("Hypervisor with the Xen 4.17 interface, %s\n", hv_build);
	printk(LOG_INFO "command line: %s\n", saved_cmdline);
	printk(LOG_INFO "image: %lx to %lx\n", virt_to_paddr(_start), virt_to_paddr(_end));
}

/* --- memory ---------------------------------------------------------------------------------------- */

static void reserve_boot_memory(void)
{
	unsigned int i;

	early_mem_reserve(0, 0x100000);
	early_mem_reserve(virt_to_paddr(_start), virt_to_paddr(_end));
	for (i = 0; i < nr_boot_modules; i++)
		early_mem_reserve(boot_modules[i].start, boot_modules[i].start + boot_modules[i].len);
}

static uint64_t ram_bytes; /* that is used at all */

static void init_memory(void)
{
	uint64_t limit = DIRECTMAP_VIRT_END - DIRECTMAP_VIRT_START;

	if (boot_params.mem_limit)
		limit = min(limit, boot_params.mem_limit);
	e820_sanitise(&host_e820);
	e820_print("memory map:", &host_e820);
	if (!host_e820.nr)
		panic("the boot loader gave no memory map");
	early_mem_init(limit);
	reserve_boot_memory();
	paging_init();
	numa_init();
	early_mem_release();
	paging_heap_ready();
	efi_init();
	ram_bytes = e820_ram_below(&host_e820, limit);
	printk("memory: %lu MiB, %lu MiB free\n", ram_bytes >> 20, heap_free_pages() >> (20 - PAGE_SHIFT));
}

/* What is neither free nor dom0's. */
static void print_own_memory(void)
{
	uint64_t given = (heap_free_pages() + hardware_domain->tot_pages) << PAGE_SHIFT;

	printk(LOG_INFO "memory: the hypervisor itself uses %lu KiB, and %lu KiB for the frame table and "
		"%lu KiB for machine-to-phys\n", (ram_bytes - given - frame_table_bytes - m2p_bytes) >> 10,
		frame_table_bytes >> 10, m2p_bytes >> 10);
}

/* --- start ------------------------------------------------------------------------------------------- */

static void init_platform(void)
{
	acpi_init();
	/* dom0 must place nothing where the interrupt controllers are */
	e820_reserve(&host_e820, acpi.lapic_addr, acpi.lapic_addr + PAGE_SIZE);
	smp_prepare();
	apic_init_bsp();
	irq_init();
	time_init();
}

static void init_core(void)
{
	timers_init();
	sched_init();
	domains_init();
	paging_claim_holes();
	mm_share_m2p();
	get_cpu_info()->current_vcpu = idle_vcpu[0];
	cpumask_set(0, &cpu_online_map);
	timers_init_cpu(0);
	sched_init_cpu(0);
	local_irq_enable();
}

void start_xen(uint32_t magic, uint32_t info)
{
	static char cmdline[2 * sizeof(saved_cmdline)]; /* params_parse() sees if it is too long */

	init_cpu0();
	multiboot_parse(magic, info, cmdline, sizeof(cmdline), &acpi_given_rsdp);
	params_parse(cmdline);
	console_init_early();
	cpu_init_descriptors(0);
	traps_init();
	print_banner();
	if (magic != MB1_LOADER_MAGIC && magic != MB2_LOADER_MAGIC)
		panic("not started by a multiboot loader (%08x)", magic);
	init_memory();
	video_init();
	traps_init_cpu();
	mca_init_cpu();
	cpu_init_syscall(0);
	fpu_init_cpu();
	console_init();
	pv_policies_init();
	init_platform();
	init_core();
	x86_keys_init();
	console_init_irq();
	smp_boot_cpus();
	time_init_done();
	trace_init();
	watchdog_start();
	mca_start();
	heap_low_start();
	dom0_build();
	print_own_memory();
	idle_loop();
}

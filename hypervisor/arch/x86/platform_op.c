/* SPDX-License-Identifier: GPL-2.0-only */
/* platform_op.c: dom0's questions about firmware, physical CPUs and power; setting the clock. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <xen/platform.h>
#include <asm/time.h>
#include <asm/x86.h>
#include "efi/efi.h"
#include "platform.h"

static long settime64(struct xen_platform_op *op, bool *copyback)
{
	const struct xenpf_settime64 *t = &op->u.settime64;

	(void)copyback;
	if (t->mbz || t->nsecs >= NSEC_PER_SEC)
		return -EINVAL;
	wallclock_set(t->secs, t->nsecs, t->system_time);
	return 0;
}

static long settime32(struct xen_platform_op *op, bool *copyback)
{
	const struct xenpf_settime32 *t = &op->u.settime32;

	(void)copyback;
	wallclock_set(t->secs + t->nsecs / NSEC_PER_SEC, t->nsecs % NSEC_PER_SEC, t->system_time);
	return 0;
}

/* BIOS services are not called: no disks, no VBE; the keyboard flags are in the BIOS data area. */
static long firmware_info(struct xen_platform_op *op, bool *copyback)
{
	switch (op->u.firmware_info.type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
		return -ESRCH;
	case XEN_FW_KBD_SHIFT_FLAGS:
		if (op->u.firmware_info.index)
			return -ESRCH;
		op->u.firmware_info.u.kbd_shift_flags = *(uint8_t *)paddr_to_virt(0x417);
		*copyback = true;
		return 0;
	case XEN_FW_EFI_INFO:
		*copyback = true;
		return efi_firmware_info(op);
	default:
		return -EINVAL;
	}
}

static long runtime_call(struct xen_platform_op *op, bool *copyback)
{
	*copyback = true;
	return efi_runtime_call(&op->u.efi_runtime_call);
}

/* The machine goes where dom0's ACPI wanted it to: only S5 is carried out. */
static long enter_acpi_sleep(struct xen_platform_op *op, bool *copyback)
{
	(void)copyback;
	if (op->u.enter_acpi_sleep.sleep_state != 5)
		return -EOPNOTSUPP;
	printk(LOG_INFO "dom0 asks for power off\n");
	arch_machine_poweroff();
}

static uint32_t highest_present(void)
{
	return nr_cpu_ids - 1;
}

static long get_cpuinfo(struct xen_platform_op *op, bool *copyback)
{
	struct xenpf_pcpuinfo *i = &op->u.pcpu_info;
	uint32_t cpu = i->xen_cpuid;

	i->max_present = highest_present();
	if (cpu >= NR_CPUS || !cpumask_test(cpu, &cpu_present_map)) {
		i->flags = XEN_PCPU_FLAGS_INVALID;
	} else {
		i->flags = cpumask_test(cpu, &cpu_online_map) ? XEN_PCPU_FLAGS_ONLINE : 0;
		i->apic_id = cpu_to_apicid[cpu];
		i->acpi_id = cpu;
	}
	*copyback = true;
	return 0;
}

static long get_cpu_version(struct xen_platform_op *op, bool *copyback)
{
	struct xenpf_pcpu_version *ver = &op->u.pcpu_version;
	struct cpuid_regs vendor = cpuid(0, 0), sig = cpuid(1, 0);
	uint32_t base = sig.a >> 8 & 0xf;

	ver->max_present = highest_present();
	memcpy(ver->vendor_id, &vendor.b, 4);
	memcpy(ver->vendor_id + 4, &vendor.d, 4);
	memcpy(ver->vendor_id + 8, &vendor.c, 4);
	ver->family = base == 0xf ? base + (sig.a >> 20 & 0xff) : base;
	ver->model = (sig.a >> 4 & 0xf) | (base == 0xf || base == 6 ? sig.a >> 12 & 0xf0 : 0);
	ver->stepping = sig.a & 0xf;
	*copyback = true;
	return 0;
}

static platform_fn *const rows[] = {
	[XENPF_settime32] = settime32,
	[XENPF_settime64] = settime64,
	[XENPF_efi_runtime_call] = runtime_call,
	[XENPF_add_memtype] = platform_add_memtype,
	[XENPF_del_memtype] = platform_del_memtype,
	[XENPF_read_memtype] = platform_read_memtype,
	[XENPF_microcode_update] = platform_microcode_update,
	[XENPF_platform_quirk] = platform_quirk,
	[XENPF_firmware_info] = firmware_info,
	[XENPF_enter_acpi_sleep] = enter_acpi_sleep,
	[XENPF_set_processor_pminfo] = platform_set_pminfo,
	[XENPF_get_cpuinfo] = get_cpuinfo,
	[XENPF_get_cpu_version] = get_cpu_version,
	[XENPF_cpu_online] = platform_cpu_online,
	[XENPF_cpu_offline] = platform_cpu_offline,
	[XENPF_cpu_hotadd] = platform_cpu_hotadd,
	[XENPF_mem_hotadd] = platform_mem_hotadd,
	[XENPF_core_parking] = platform_core_parking,
	[XENPF_resource_op] = platform_resource_op,
	[XENPF_get_symbol] = platform_get_symbol,
};

long do_platform_op(unsigned long arg[HYPERCALL_ARGS])
{
	struct xen_platform_op op;
	bool copyback = false;
	long rc;

	if (copy_from_guest_raw(&op, (const void *)arg[0], sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return -EACCES;
	if (!current->domain->is_privileged)
		return -EPERM;
	if (op.cmd >= ARRAY_SIZE(rows) || !rows[op.cmd])
		return -ENOSYS;
	rc = rows[op.cmd](&op, &copyback);
	if (!rc && copyback && copy_to_guest_raw((void *)arg[0], &op, sizeof(op)))
		return -EFAULT;
	return rc;
}

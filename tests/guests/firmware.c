/* SPDX-License-Identifier: GPL-2.0-only */
/* firmware: what dom0 is told of UEFI firmware. Argument "high": of the one in boot_firmware.py, above 4 GiB;
 * else there is none. */
#include <xen/platform.h>
#include "guest.h"

#define BASE 0x140000000UL

static struct xen_platform_op op;

static long platform(unsigned int cmd)
{
	op.cmd = cmd;
	op.interface_version = XENPF_INTERFACE_VERSION;
	return hypercall1(__HYPERVISOR_platform_op, &op);
}

static union xenpf_efi_info *info(unsigned int index)
{
	memset(&op, 0, sizeof(op));
	op.u.firmware_info.type = XEN_FW_EFI_INFO;
	op.u.firmware_info.index = index;
	return &op.u.firmware_info.u.efi_info;
}

static void check_tables(void)
{
	static uint16_t name[16];
	union xenpf_efi_info *i = info(XEN_FW_EFI_VERSION);

	check_rc(platform(XENPF_firmware_info), 0, "version");
	check_eq(i->version, 2 << 16 | 70, "is 2.70");
	info(XEN_FW_EFI_RT_VERSION);
	check_rc(platform(XENPF_firmware_info), 0, "the runtime services' version");
	check_eq(i->version, 2 << 16 | 60, "is 2.60");
	info(XEN_FW_EFI_CONFIG_TABLE);
	check_rc(platform(XENPF_firmware_info), 0, "configuration tables");
	check_eq(i->cfg.addr, BASE + 0x300, "are above 4 GiB");
	check_eq(i->cfg.nent, 1, "one of them");
	info(XEN_FW_EFI_VENDOR)->vendor.bufsz = sizeof(name);
	set_xen_guest_handle(i->vendor.name, name);
	check_rc(platform(XENPF_firmware_info), 0, "vendor");
	check(!memcmp(name, u"High", 10), "its name");
	check_eq(i->vendor.revision, 7, "its revision");
	info(XEN_FW_EFI_MEM_INFO)->mem.addr = BASE + 4096;
	i->mem.size = ~0UL;
	check_rc(platform(XENPF_firmware_info), 0, "a region of memory");
	check_eq(i->mem.size, 15 * 4096, "its size");
	check_eq(i->mem.type, 5, "its type");
}

static void check_call(void)
{
	struct xenpf_efi_runtime_call *c = &op.u.efi_runtime_call;

	memset(&op, 0, sizeof(op));
	c->function = XEN_EFI_get_time;
	check_rc(platform(XENPF_efi_runtime_call), 0, "get_time");
	check_eq(c->status, 0, "succeeds");
	check_eq(c->u.get_time.time.year, 2026, "with a year");
	check_eq(c->u.get_time.time.month, 11, "and a month");
	memset(&op, 0, sizeof(op));
	c->function = XEN_EFI_get_next_high_monotonic_count;
	check_rc(platform(XENPF_efi_runtime_call), 0, "what firmware has not got");
	check_eq(c->status, 1L << 63 | 3, "is unsupported");
}

void guest_main(void)
{
	if (!memcmp(si->cmd_line, "high", 5)) {
		check_tables();
		check_call();
		return;
	}
	info(XEN_FW_EFI_VERSION);
	check_rc(platform(XENPF_firmware_info), XEN_ENOSYS, "no UEFI");
	memset(&op, 0, sizeof(op));
	op.u.efi_runtime_call.function = XEN_EFI_get_time;
	check_rc(platform(XENPF_efi_runtime_call), XEN_ENOSYS, "no runtime services");
}

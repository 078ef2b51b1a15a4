/* SPDX-License-Identifier: GPL-2.0-only */
/* tables.c: firmware's tables, copied once everything can be mapped, and dom0's questions about
 * them. Written once by the boot CPU, read-only afterwards. */
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <asm/page.h>
#include "efi.h"

struct efi_info efi;

/* The loader's tag is read when only the low 4 GiB are mapped; firmware's own tables may be above, and stay where
 * they are: the memory of runtime services is nobody else's. */
static uint64_t system_table;

void efi_note_system_table(uint64_t pa)
{
	system_table = pa;
}

static const void *map(uint64_t pa, size_t size)
{
	if (!pa || pa >> 52)
		return NULL;
	return ioremap_flags(pa, size, PTE_P | PTE_A | PTE_NX);
}

static void unmap(const void *p)
{
	iounmap((void *)(uintptr_t)p);
}

static void copy_vendor(uint64_t pa)
{
	const uint16_t *name = map(pa, sizeof(efi.vendor));
	unsigned int i;

	for (i = 0; name && name[i] && i < ARRAY_SIZE(efi.vendor) - 1; i++)
		efi.vendor[i] = name[i];
	unmap(name);
}

static void read_runtime(uint64_t pa)
{
	const struct efi_runtime_table *r = map(pa, sizeof(*r));

	if (r && r->h.signature == EFI_RUNTIME_SIGNATURE) {
		efi.services = *r;
		efi.runtime_revision = r->h.revision;
	}
	unmap(r);
}

void efi_read_tables(void)
{
	const struct efi_system_table *t = map(system_table, sizeof(*t));

	if (t && t->h.signature == EFI_SYSTEM_SIGNATURE) {
		efi.booted = true;
		efi.revision = t->h.revision;
		efi.vendor_revision = t->vendor_revision;
		efi.tables = t->tables;
		efi.nr_tables = t->nr_tables;
		copy_vendor(t->vendor);
		read_runtime(t->runtime);
	} else if (system_table) {
		printk(LOG_WARN "efi: no system table at %#lx, where the loader says\n", (unsigned long)system_table);
	}
	unmap(t);
}

void efi_note_map(const void *map, size_t len, size_t entry_size)
{
	size_t off;

	if (entry_size < sizeof(struct efi_region))
		return;
	for (off = 0; off + entry_size <= len && efi.nr_regions < ARRAY_SIZE(efi.region); off += entry_size)
		memcpy(&efi.region[efi.nr_regions++], (const char *)map + off, sizeof(struct efi_region));
	efi.cut = off + entry_size <= len;
}

/* --- dom0's questions -------------------------------------------------------------------------------- */

static long info_version(union xenpf_efi_info *info)
{
	info->version = efi.revision;
	return 0;
}

static long info_runtime_version(union xenpf_efi_info *info)
{
	info->version = efi.runtime_revision;
	return 0;
}

static long info_tables(union xenpf_efi_info *info)
{
	info->cfg.addr = efi.tables;
	info->cfg.nent = efi.nr_tables;
	return 0;
}

/* As much of the name as there is room for, its end too if that fits. */
static long info_vendor(union xenpf_efi_info *info)
{
	size_t n = 0, room = info->vendor.bufsz / sizeof(efi.vendor[0]);

	while (n < ARRAY_SIZE(efi.vendor) - 1 && efi.vendor[n])
		n++;
	info->vendor.revision = efi.vendor_revision;
	if (copy_to_guest_raw(info->vendor.name.p, efi.vendor, min(n + 1, room) * sizeof(efi.vendor[0])))
		return -EFAULT;
	return 0;
}

static long info_memory(union xenpf_efi_info *info)
{
	unsigned int i;

	for (i = 0; i < efi.nr_regions; i++) {
		const struct efi_region *r = &efi.region[i];
		uint64_t left, len = r->pages << PAGE_SHIFT;

		if (info->mem.addr < r->start || info->mem.addr - r->start >= len)
			continue;
		left = len - (info->mem.addr - r->start);
		info->mem.size = min(info->mem.size, left);
		info->mem.type = r->type;
		info->mem.attr = r->attr;
		return 0;
	}
	return -ESRCH;
}

/* Only firmware's boot services knew option ROMs: the loader has left those. */
static long info_pci_rom(union xenpf_efi_info *info)
{
	(void)info;
	return -ESRCH;
}

static long info_apple(union xenpf_efi_info *info)
{
	(void)info;
	return -ENODATA;
}

long efi_firmware_info(struct xen_platform_op *op)
{
	static long (*const rows[])(union xenpf_efi_info *info) = {
		[XEN_FW_EFI_VERSION] = info_version,
		[XEN_FW_EFI_CONFIG_TABLE] = info_tables,
		[XEN_FW_EFI_VENDOR] = info_vendor,
		[XEN_FW_EFI_MEM_INFO] = info_memory,
		[XEN_FW_EFI_RT_VERSION] = info_runtime_version,
		[XEN_FW_EFI_PCI_ROM] = info_pci_rom,
		[XEN_FW_EFI_APPLE_PROPERTIES] = info_apple,
	};
	uint32_t i = op->u.firmware_info.index;

	if (!efi.booted)
		return -ENOSYS;
	if (i >= ARRAY_SIZE(rows))
		return -EINVAL;
	return rows[i](&op->u.firmware_info.u.efi_info);
}

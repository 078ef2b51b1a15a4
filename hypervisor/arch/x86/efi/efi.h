/* SPDX-License-Identifier: GPL-2.0-only */
/* efi.h: machines with UEFI firmware. The loader has left boot services already; firmware stays at
 * its physical addresses, SetVirtualAddressMap() is never called. Layouts: UEFI specification 2.10,
 * chapters 4, 7 and 8. */
#ifndef EFI_EFI_H
#define EFI_EFI_H

#include <asm/x86.h>
#include <xen/platform.h>

struct efi_header {
	uint64_t signature;
	uint32_t revision, size, crc, reserved;
};
#define EFI_SYSTEM_SIGNATURE  0x5453595320494249UL /* "IBI SYST" */
#define EFI_RUNTIME_SIGNATURE 0x56524553544e5552UL /* "RUNTSERV" */

struct efi_system_table {
	struct efi_header h;
	uint64_t vendor;
	uint32_t vendor_revision, pad;
	uint64_t con_in_handle, con_in, con_out_handle, con_out, std_err_handle, std_err;
	uint64_t runtime, boot, nr_tables, tables;
};
static_assert(sizeof(struct efi_system_table) == 120, "UEFI");

struct efi_runtime_table {
	struct efi_header h;
	uint64_t get_time, set_time, get_wakeup_time, set_wakeup_time;
	uint64_t set_virtual_address_map, convert_pointer;
	uint64_t get_variable, get_next_variable_name, set_variable;
	uint64_t get_next_high_monotonic_count, reset_system;
	uint64_t update_capsule, query_capsule_capabilities, query_variable_info;
};
static_assert(sizeof(struct efi_runtime_table) == 136, "UEFI");

struct efi_region {
	uint32_t type, pad;
	uint64_t start, virt, pages, attr;
};
static_assert(sizeof(struct efi_region) == 40, "UEFI");
#define EFI_REGION_RUNTIME (1UL << 63)
#define EFI_REGION_WB      (1UL << 3)
#define EFI_REGION_XP      (1UL << 14)
#define EFI_REGION_RO      (1UL << 17)

/* What is kept of all that; nothing here refers to memory that is given away. */
struct efi_info {
	bool booted;                    /* by UEFI, and the loader passed its system table */
	bool runtime;                   /* the runtime services can be called */
	bool cut;                       /* the memory map has more regions than there is room for */
	uint32_t revision, vendor_revision, runtime_revision;
	uint64_t tables, nr_tables;     /* physical address of the configuration tables */
	uint16_t vendor[64];
	struct efi_runtime_table services;
	unsigned int nr_regions;
	struct efi_region region[512];
};
extern struct efi_info efi;

/* tables.c: what the loader's tags say, in multiboot_parse(); the map is copied. */
void efi_note_system_table(uint64_t pa);
void efi_note_map(const void *map, size_t len, size_t entry_size);
/* tables.c, from efi_init(): when ioremap() works. */
void efi_read_tables(void);
/* runtime.c: page tables for the services. Once, when the heap is there. */
void efi_init(void);
/* XENPF_firmware_info with XEN_FW_EFI_INFO; errors as 4.17's. */
long efi_firmware_info(struct xen_platform_op *op);
/* XENPF_efi_runtime_call. Context: hypercall of dom0. */
long efi_runtime_call(struct xenpf_efi_runtime_call *op);

#endif

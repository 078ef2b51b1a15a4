/* SPDX-License-Identifier: GPL-2.0-only */
/* xen.lds.S: one contiguous segment, linked high, loaded at HV_LOAD_ADDR. Multiboot loaders copy it
 * as a flat image (the header's address fields), so file and memory layout must agree. Text, rodata
 * and data start on page boundaries: boot/paging.c gives them their permissions. */
#include <asm/layout.h>

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(start_phys)

PHDRS
{
	image PT_LOAD FLAGS(7);
}

SECTIONS
{
	. = XEN_VIRT_START + HV_LOAD_ADDR;
	_start = .;

	.text : AT(ADDR(.text) - XEN_VIRT_START) {
		*(.head)
		. = ALIGN(4096);
		ASSERT(. == 0x1000, ".head is larger than a page");
		*(.text.hot)
		ASSERT(. <= 0x2000, "__hot is more than a page");
		. = ALIGN(4096);
		*(.text.hot_call)
		ASSERT(. <= 0x3000, "__hot_call is more than a page");
		. = ALIGN(4096);
		*(.text.hot_mm)
		ASSERT(. <= 0x4000, "__hot_mm is more than a page");
		*(.text .text.*)
		. = ALIGN(4096);
	} :image
	_etext = .;

	.rodata : AT(ADDR(.rodata) - XEN_VIRT_START) {
		_srodata = .;
		*(.rodata .rodata.*)
		. = ALIGN(8);
		__start_ex_table = .;
		*(.ex_table)
		__stop_ex_table = .;
		__start_build_id = .;
		*(.note.gnu.build-id)
		__stop_build_id = .;
		. = ALIGN(4096);
	} :image
	_erodata = .;

	.data : AT(ADDR(.data) - XEN_VIRT_START) {
		*(.data .data.*)
		*(.got .got.plt)
		. = ALIGN(64);
		__percpu_start = .;
		*(percpu)
		. = ALIGN(64);
		__percpu_end = .;
	} :image
	_edata = .;

	.bss (NOLOAD) : AT(ADDR(.bss) - XEN_VIRT_START) {
		*(.bss.page_aligned)
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
	} :image
	_end = .;

	/DISCARD/ : {
		*(.note .note.*)
		*(.comment)
		*(.eh_frame)
		*(.interp .dynamic .dynsym .dynstr .hash .gnu.hash)
	}
}

start_phys = start32 - XEN_VIRT_START;
ASSERT(_end - _start < 14 * 1024 * 1024, "image larger than what head.S maps")

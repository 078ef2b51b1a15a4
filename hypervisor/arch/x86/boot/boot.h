/* SPDX-License-Identifier: GPL-2.0-only */
/* boot.h: private to boot/. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <asm/x86.h>

#define MB1_LOADER_MAGIC 0x2badb002
#define MB2_LOADER_MAGIC 0x36d76289

extern char _start[], _etext[], _srodata[], _erodata[], _edata[], _end[];
extern char __percpu_start[], __percpu_end[];
extern char boot_stack[];
extern pte_t boot_l4[PT_ENTRIES];

void start_xen(uint32_t magic, uint32_t info);

/* multiboot.c: fills host_e820 (raw), boot_modules and *ret_rsdp (0: not given); panics. */
void multiboot_parse(uint32_t magic, uint32_t info, char *cmdline, size_t size, uint64_t *ret_rsdp);

/* e820.c */
void e820_sanitise(struct e820map *m);
void e820_print(const char *title, const struct e820map *m);
/* Marks [start, end) reserved, splitting entries. */
void e820_reserve(struct e820map *m, uint64_t start, uint64_t end);
/* Bytes of RAM below limit. */
uint64_t e820_ram_below(const struct e820map *m, uint64_t limit);
bool e820_all_ram(const struct e820map *m, uint64_t start, uint64_t end);

/* acpi.c: the first table of that name, checksum and all, or NULL. */
struct acpi_sdt {
	char sig[4];
	uint32_t len;
	uint8_t rev, sum;
	char oem[6], table[8];
	uint32_t r[3];
} __packed;
const void *acpi_find_table(const char *sig);

/* numa.c: before the heap has memory; and for each CPU. */
void numa_init(void);
void numa_place_cpu(unsigned int cpu, uint32_t apic_id);

/* early_mem.c: memory before the heap. */
void early_mem_init(uint64_t limit);
void early_mem_reserve(paddr_t start, paddr_t end);
/* Physical address of nr contiguous pages below limit, align pages aligned; panics. */
paddr_t early_alloc_pages(unsigned long nr, unsigned long align, paddr_t limit);
void early_mem_release(void);

/* video.c: the screen as the loader left it; video_type 0: nothing known. */
struct mb2_framebuffer {
	uint32_t tag, tag_size;
	uint64_t addr;
	uint32_t pitch, width, height;
	uint8_t bpp, type;
	uint16_t reserved;
	uint8_t red_pos, red_size, green_pos, green_size, blue_pos, blue_size; /* of type RGB */
} __packed;
#define MB2_FRAMEBUFFER_RGB 1
void video_note_framebuffer(const struct mb2_framebuffer *f);
void video_init(void);

/* paging.c */
void paging_init(void);
void paging_claim_holes(void);
void paging_heap_ready(void);
/* Maps [va, va + len) in tables below l4, with as large pages as fit: 0, -ENOMEM. At boot only. */
int paging_map_in(pte_t *l4, vaddr_t va, paddr_t pa, paddr_t len, uint64_t flags);
extern unsigned long frame_table_bytes, m2p_bytes;

/* smp.c */
void smp_prepare(void);
void start_secondary(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* multiboot.c: what the loader passed, multiboot 1 and 2, copied to our own variables. */
#include <hv/lib.h>
#include "../efi/efi.h"
#include "boot.h"

struct boot_module boot_modules[MAX_MODULES];
unsigned int nr_boot_modules;
struct e820map host_e820;

#define MBI_MEM     (1U << 0)
#define MBI_CMDLINE (1U << 2)
#define MBI_MODS    (1U << 3)
#define MBI_MMAP    (1U << 6)
#define MBI_LOADER  (1U << 9)

struct mb1_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t mods_count, mods_addr, syms[4];
	uint32_t mmap_length, mmap_addr, drives_length, drives_addr;
	uint32_t config_table, boot_loader_name;
};

struct mb1_module { uint32_t start, end, string, reserved; };

struct mb1_mmap {
	uint32_t size; /* of what follows */
	uint64_t addr, len;
	uint32_t type;
} __packed;

struct mb2_tag { uint32_t type, size; };

enum {
	MB2_END, MB2_CMDLINE, MB2_LOADER, MB2_MODULE, MB2_MMAP = 6,
	MB2_FRAMEBUFFER = 8, MB2_EFI64 = 12, MB2_ACPI_OLD = 14, MB2_ACPI_NEW = 15, MB2_EFI_MMAP = 17,
};

struct mb2_module { struct mb2_tag tag; uint32_t start, end; char string[]; };

struct mb2_efi64 { struct mb2_tag tag; uint64_t system_table; };
struct mb2_efi_mmap {
	struct mb2_tag tag;
	uint32_t entry_size, entry_version;
	char entries[];
};

struct mb2_mmap_entry { uint64_t addr, len; uint32_t type, zero; };
struct mb2_mmap {
	struct mb2_tag tag;
	uint32_t entry_size, entry_version;
	char entries[];
};

/* Without the image's name, which loaders other than GRUB 2 put first, and without the word
 * "placeholder" that distributions' GRUB scripts put there for the loaders that drop it. */
static const char *cook_cmdline(const char *s, bool has_name)
{
	static const char placeholder[] = "placeholder";
	size_t n = sizeof(placeholder) - 1;

	while (*s == ' ')
		s++;
	if (has_name)
		while (*s && *s != ' ')
			s++;
	while (*s == ' ')
		s++;
	if (!strncmp(s, placeholder, n) && (s[n] == ' ' || !s[n]))
		s += n;
	while (*s == ' ')
		s++;
	return s;
}

static bool loader_is_grub2(const char *name)
{
	/* "GRUB 2.06-13", "GRUB 1.99~rc1": GRUB 2 too; "GNU GRUB 0.97" is not */
	return !strncmp(name, "GRUB ", 5) && name[5] != '0';
}

static void add_e820(uint64_t addr, uint64_t len, uint32_t type)
{
	struct e820entry *last = host_e820.nr ? &host_e820.map[host_e820.nr - 1] : NULL;

	/* UEFI's maps are cut into many pieces */
	if (last && last->type == type && last->addr + last->size == addr) {
		last->size += len;
		return;
	}
	if (!len || host_e820.nr == ARRAY_SIZE(host_e820.map))
		return;
	host_e820.map[host_e820.nr++] = (struct e820entry){ addr, len, type };
}

static void add_module(uint32_t start, uint32_t end, const char *string, bool has_name)
{
	struct boot_module *m;

	if (nr_boot_modules == MAX_MODULES || end <= start)
		return;
	m = &boot_modules[nr_boot_modules++];
	m->start = start;
	m->len = end - start;
	strlcpy(m->cmdline, cook_cmdline(string, has_name), sizeof(m->cmdline));
}

static const char *low_string(uint32_t pa)
{
	return pa ? paddr_to_virt(pa) : "";
}

static void parse_mb1(uint32_t pa, char *cmdline, size_t size)
{
	const struct mb1_info *mbi = paddr_to_virt(pa);
	const struct mb1_module *mods = paddr_to_virt(mbi->mods_addr);
	bool named = !(mbi->flags & MBI_LOADER) || !loader_is_grub2(low_string(mbi->boot_loader_name));
	uint32_t i, off;

	if (mbi->flags & MBI_CMDLINE)
		strlcpy(cmdline, cook_cmdline(low_string(mbi->cmdline), named), size);
	if (mbi->flags & MBI_MODS)
		for (i = 0; i < mbi->mods_count; i++)
			add_module(mods[i].start, mods[i].end, low_string(mods[i].string), named);
	if (mbi->flags & MBI_MMAP) {
		for (off = 0; off + sizeof(struct mb1_mmap) <= mbi->mmap_length;) {
			const struct mb1_mmap *e = paddr_to_virt(mbi->mmap_addr + off);

			add_e820(e->addr, e->len, e->type);
			off += e->size + sizeof(e->size);
		}
	} else if (mbi->flags & MBI_MEM) {
		add_e820(0, (uint64_t)mbi->mem_lower << 10, E820_RAM);
		add_e820(0x100000, (uint64_t)mbi->mem_upper << 10, E820_RAM);
	}
}

static void parse_mb2_mmap(const struct mb2_mmap *m)
{
	uint32_t off;

	for (off = sizeof(*m); m->entry_size && off + m->entry_size <= m->tag.size; off += m->entry_size) {
		const struct mb2_mmap_entry *e = (const void *)((const char *)m + off);

		add_e820(e->addr, e->len, e->type);
	}
}

/* The tag holds the RSDP itself, in memory that is reused. */
static void copy_rsdp(const void *p, size_t len, uint64_t *ret_rsdp)
{
	static uint8_t copy[64] __aligned(8);

	memcpy(copy, p, min(len, sizeof(copy)));
	*ret_rsdp = virt_to_paddr(copy);
}

/* What is only there on machines with UEFI, and the screen. */
static void parse_mb2_firmware(const struct mb2_tag *t)
{
	const struct mb2_efi_mmap *map = (const void *)t;

	if (t->type == MB2_EFI64 && t->size >= sizeof(struct mb2_efi64))
		efi_note_system_table(((const struct mb2_efi64 *)t)->system_table);
	else if (t->type == MB2_EFI_MMAP && t->size > sizeof(*map))
		efi_note_map(map->entries, t->size - sizeof(*map), map->entry_size);
	else if (t->type == MB2_FRAMEBUFFER && t->size >= sizeof(struct mb2_framebuffer))
		video_note_framebuffer((const void *)t);
}

static void parse_mb2(uint32_t pa, char *cmdline, size_t size, uint64_t *ret_rsdp)
{
	uint32_t total = *(const uint32_t *)paddr_to_virt(pa), off = 8;

	while (off + sizeof(struct mb2_tag) <= total) {
		const struct mb2_tag *t = paddr_to_virt(pa + off);
		const struct mb2_module *mod = (const void *)t;

		if (t->type == MB2_END || t->size < sizeof(*t))
			break;
		/* GRUB 2 is the only multiboot 2 loader in use: no image names. */
		if (t->type == MB2_CMDLINE)
			strlcpy(cmdline, cook_cmdline((const char *)(t + 1), false), size);
		else if (t->type == MB2_MODULE)
			add_module(mod->start, mod->end, mod->string, false);
		else if (t->type == MB2_MMAP)
			parse_mb2_mmap((const void *)t);
		else if (t->type == MB2_ACPI_NEW || (t->type == MB2_ACPI_OLD && !*ret_rsdp))
			copy_rsdp(t + 1, t->size - sizeof(*t), ret_rsdp);
		else
			parse_mb2_firmware(t);
		off += ROUND_UP(t->size, 8U);
	}
}

void multiboot_parse(uint32_t magic, uint32_t info, char *cmdline, size_t size, uint64_t *ret_rsdp)
{
	cmdline[0] = '\0';
	*ret_rsdp = 0;
	if (magic == MB1_LOADER_MAGIC)
		parse_mb1(info, cmdline, size);
	else if (magic == MB2_LOADER_MAGIC)
		parse_mb2(info, cmdline, size, ret_rsdp);
}

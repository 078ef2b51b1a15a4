/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0_elf.c: reads the ELF image of dom0's kernel and its Xen notes. */
#include <hv/lib.h>
#include <xen/elfnote.h>
#include "pv.h"

struct ehdr {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

#define PT_LOAD 1
#define PT_NOTE 4
#define EM_X86_64 62
#define ELFCLASS64 2
#define ELFDATA2LSB 1

static const struct phdr *phdr_at(const struct dom0_elf *elf, unsigned int i)
{
	const struct ehdr *e = (const struct ehdr *)elf->image;

	return (const struct phdr *)(elf->image + e->phoff) + i;
}

static bool in_image(const struct dom0_elf *elf, uint64_t off, uint64_t size)
{
	return off <= elf->len && size <= elf->len - off;
}

static bool is_loaded(const struct dom0_elf *elf, unsigned long va)
{
	return va >= elf->virt_start && va < elf->virt_end;
}

static uint64_t note_value(const uint8_t *desc, uint32_t size)
{
	uint64_t v = 0;

	memcpy(&v, desc, min(size, (uint32_t)sizeof(v)));
	return v;
}

static void take_note(struct dom0_elf *elf, uint32_t type, const uint8_t *desc, uint32_t size)
{
	uint64_t v = note_value(desc, size);

	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		elf->virt_entry = v;
		break;
	case XEN_ELFNOTE_VIRT_BASE:
		elf->virt_base = v;
		break;
	case XEN_ELFNOTE_PADDR_OFFSET:
		elf->paddr_offset = v;
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		elf->hypercall_page = v;
		break;
	case XEN_ELFNOTE_INIT_P2M:
		elf->init_p2m = v;
		elf->has_init_p2m = true;
		break;
	case XEN_ELFNOTE_MOD_START_PFN:
		elf->mod_start_pfn = v;
		break;
	}
}

static void parse_notes(struct dom0_elf *elf, uint64_t off, uint64_t size)
{
	while (size >= 12) {
		uint32_t hdr[3]; /* name size, descriptor size, type */
		uint64_t name_len, desc_len;

		memcpy(hdr, elf->image + off, sizeof(hdr));
		name_len = ROUND_UP((uint64_t)hdr[0], 4);
		desc_len = ROUND_UP((uint64_t)hdr[1], 4);
		if (name_len > size - 12 || desc_len > size - 12 - name_len)
			return;
		if (hdr[0] == 4 && !memcmp(elf->image + off + 12, "Xen", 4))
			take_note(elf, hdr[2], elf->image + off + 12 + name_len, hdr[1]);
		off += 12 + name_len + desc_len;
		size -= 12 + name_len + desc_len;
	}
}

/* What people give by mistake, and what to do about it. */
static const struct { size_t offset; const char *magic, *what, *advice; } mistakes[] = {
	{ 0x202, "HdrS", "a compressed kernel (bzImage)",
	  "unpack it with xen-unpack-kernel(8) and give the ELF file" },
	{ 0, "\x1f\x8b", "a gzip file", "unpack it" },
	{ 0, "\xfd" "7zXZ", "an xz file", "unpack it" },
	{ 0, "\x28\xb5\x2f\xfd", "a zstd file", "unpack it" },
	{ 0, "07070", "an initramfs (cpio)", "give the kernel first, the initramfs as second module" },
};

static int not_an_elf(const struct dom0_elf *elf)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		size_t n = strlen(mistakes[i].magic);

		if (elf->len >= mistakes[i].offset + n &&
			!memcmp(elf->image + mistakes[i].offset, mistakes[i].magic, n)) {
			printk(LOG_ERR "dom0 kernel: this is %s; %s\n", mistakes[i].what,
				mistakes[i].advice);
			return -ENOEXEC;
		}
	}
	if (elf->len < sizeof(struct ehdr))
		printk(LOG_ERR "dom0 kernel: %zu bytes are no ELF file\n", elf->len);
	else
		printk(LOG_ERR "dom0 kernel: not an ELF file; give a vmlinux with CONFIG_XEN_PV\n");
	return -ENOEXEC;
}

static int check_header(const struct dom0_elf *elf)
{
	const struct ehdr *e = (const struct ehdr *)elf->image;

	if (elf->len < sizeof(*e) || memcmp(e->ident, "\177ELF", 4))
		return not_an_elf(elf);
	if (e->ident[4] != ELFCLASS64 || e->ident[5] != ELFDATA2LSB || e->machine != EM_X86_64) {
		printk(LOG_ERR "dom0 kernel: a %u-bit ELF file for machine %u; only 64-bit x86 kernels can "
			"be dom0\n", e->ident[4] == ELFCLASS64 ? 64 : 32, e->machine);
		return -ENOEXEC;
	}
	if (e->phentsize != sizeof(struct phdr) || !e->phnum) {
		printk(LOG_ERR "dom0 kernel: no program headers: an object file or library, no kernel\n");
		return -ENOEXEC;
	}
	if (!in_image(elf, e->phoff, (uint64_t)e->phnum * sizeof(struct phdr))) {
		printk(LOG_ERR "dom0 kernel: program headers end at byte %lu, the file has %zu: it is cut "
			"short\n", e->phoff + (uint64_t)e->phnum * sizeof(struct phdr), elf->len);
		return -ENOEXEC;
	}
	return 0;
}

static int check_segment(const struct dom0_elf *elf, unsigned int i)
{
	const struct phdr *p = phdr_at(elf, i);

	if (!in_image(elf, p->offset, p->filesz)) {
		printk(LOG_ERR "dom0 kernel: segment %u ends at byte %lu, the file has %zu: it is cut "
			"short\n", i, p->offset + p->filesz, elf->len);
		return -ENOEXEC;
	}
	if (p->type == PT_LOAD && p->filesz > p->memsz) {
		printk(LOG_ERR "dom0 kernel: segment %u is larger in the file than in memory\n", i);
		return -ENOEXEC;
	}
	return 0;
}

/* The notes make a paravirtual kernel, and what they name must be part of what is loaded. */
static int check_notes(struct dom0_elf *elf, uint64_t lo, uint64_t hi)
{
	if (!elf->virt_entry || !elf->virt_base || lo >= hi) {
		printk(LOG_ERR "dom0 kernel: no Xen ELF notes (ENTRY, VIRT_BASE): not a paravirtual kernel; "
			"Linux needs CONFIG_XEN_PV and CONFIG_XEN_DOM0\n");
		return -ENOEXEC;
	}
	if (lo < elf->paddr_offset || hi - lo > 1UL << 30) {
		printk(LOG_ERR "dom0 kernel: segments at %lx-%lx make no sense\n", lo, hi);
		return -ENOEXEC;
	}
	elf->virt_start = elf->virt_base + lo - elf->paddr_offset;
	elf->virt_end = elf->virt_base + hi - elf->paddr_offset;
	if (!is_loaded(elf, elf->virt_entry) ||
		(elf->hypercall_page && (elf->hypercall_page & ~PAGE_MASK ||
			!is_loaded(elf, elf->hypercall_page)))) {
		printk(LOG_ERR "dom0 kernel: its notes name an entry %lx or a hypercall page %lx outside of "
			"%lx-%lx\n", elf->virt_entry, elf->hypercall_page, elf->virt_start,
			elf->virt_end);
		return -ENOEXEC;
	}
	return 0;
}

int dom0_elf_parse(struct dom0_elf *elf, const void *image, size_t len)
{
	const struct ehdr *e = image;
	uint64_t lo = ~0UL, hi = 0;
	unsigned int i;
	int rc;

	memset(elf, 0, sizeof(*elf));
	elf->image = image;
	elf->len = len;
	rc = check_header(elf);
	if (rc)
		return rc;
	for (i = 0; i < e->phnum; i++) {
		const struct phdr *p = phdr_at(elf, i);

		rc = check_segment(elf, i);
		if (rc)
			return rc;
		if (p->type == PT_NOTE)
			parse_notes(elf, p->offset, p->filesz);
		if (p->type == PT_LOAD && p->memsz) {
			lo = min(lo, p->paddr);
			hi = max(hi, p->paddr + p->memsz);
		}
	}
	return check_notes(elf, lo, hi);
}

void dom0_elf_load(const struct dom0_elf *elf, void *dest)
{
	const struct ehdr *e = (const struct ehdr *)elf->image;
	unsigned long base = elf->virt_start - elf->virt_base + elf->paddr_offset;
	unsigned int i;

	for (i = 0; i < e->phnum; i++) {
		const struct phdr *p = phdr_at(elf, i);
		uint8_t *to = (uint8_t *)dest + (p->paddr - base);

		if (p->type != PT_LOAD)
			continue;
		memcpy(to, elf->image + p->offset, p->filesz);
		memset(to + p->filesz, 0, p->memsz - p->filesz);
	}
}

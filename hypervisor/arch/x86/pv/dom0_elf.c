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

static const struct phdr *phdr_at(const struct dom0_elf *elf, unsigned int i)
{
	const struct ehdr *e = (const struct ehdr *)elf->image;

	return (const struct phdr *)(elf->image + e->phoff) + i;
}

static bool in_image(const struct dom0_elf *elf, uint64_t off, uint64_t size)
{
	return off <= elf->len && size <= elf->len - off;
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

static bool looks_like_bzimage(const struct dom0_elf *elf)
{
	return elf->len > 0x206 && !memcmp(elf->image + 0x202, "HdrS", 4);
}

static int check_header(const struct dom0_elf *elf)
{
	const struct ehdr *e = (const struct ehdr *)elf->image;

	if (looks_like_bzimage(elf)) {
		printk(LOG_ERR "dom0 kernel: this is a compressed kernel (bzImage); unpack it first, for "
			"example with util/extract-vmlinux.py, and give the ELF file\n");
		return -ENOEXEC;
	}
	if (elf->len < sizeof(*e) || memcmp(e->ident, "\177ELF\2\1", 6) || e->machine != EM_X86_64) {
		printk(LOG_ERR "dom0 kernel: not a 64-bit x86 ELF file\n");
		return -ENOEXEC;
	}
	if (e->phentsize != sizeof(struct phdr) ||
		!in_image(elf, e->phoff, (uint64_t)e->phnum * sizeof(struct phdr))) {
		printk(LOG_ERR "dom0 kernel: program headers outside the file\n");
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

		if (!in_image(elf, p->offset, p->filesz) || p->filesz > p->memsz) {
			printk(LOG_ERR "dom0 kernel: segment %u outside the file\n", i);
			return -ENOEXEC;
		}
		if (p->type == PT_NOTE)
			parse_notes(elf, p->offset, p->filesz);
		if (p->type == PT_LOAD && p->memsz) {
			lo = min(lo, p->paddr);
			hi = max(hi, p->paddr + p->memsz);
		}
	}
	if (!elf->virt_entry || !elf->virt_base || lo >= hi) {
		printk(LOG_ERR "dom0 kernel: no Xen ELF notes: not a paravirtual kernel\n");
		return -ENOEXEC;
	}
	if (lo < elf->paddr_offset || hi - lo > 1UL << 30) {
		printk(LOG_ERR "dom0 kernel: segments at %lx-%lx make no sense\n", lo, hi);
		return -ENOEXEC;
	}
	elf->virt_start = elf->virt_base + lo - elf->paddr_offset;
	elf->virt_end = elf->virt_base + hi - elf->paddr_offset;
	return 0;
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

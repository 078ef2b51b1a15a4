/* SPDX-License-Identifier: MIT */
/* image_elf.c: program headers and Xen's notes of a kernel. */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/elfnote.h>
#include <xen/xen.h>

#include "image.h"

#define NAME_XEN	"Xen" /* owner, 4 bytes with its NUL */
#define TABLE_MAX	4096U /* program or section headers looked at */

/* ---- notes ----------------------------------------------------------------------------------- */

/* One row per note that matters: a number goes to @number, a string to @string (16 bytes). */
static const struct note_row {
	uint32_t type;
	unsigned int seen;
	size_t number, string;
} note_rows[] = {
#define NUMBER(note, field)	{ XEN_ELFNOTE_##note, NOTE_##note, \
				  offsetof(struct image_notes, field), 0 }
#define STRING(note, bit, field) { XEN_ELFNOTE_##note, bit, 0, offsetof(struct image_notes, field) }
	NUMBER(ENTRY, entry),
	NUMBER(HYPERCALL_PAGE, hypercall_page),
	NUMBER(VIRT_BASE, virt_base),
	NUMBER(PADDR_OFFSET, paddr_offset),
	NUMBER(HV_START_LOW, hv_start_low),
	NUMBER(INIT_P2M, init_p2m),
	NUMBER(MOD_START_PFN, mod_start_pfn),
	NUMBER(SUPPORTED_FEATURES, supported_features),
	STRING(XEN_VERSION, NOTE_XEN_VERSION, xen_version),
	STRING(GUEST_OS, 0, guest_os),
	STRING(GUEST_VERSION, 0, guest_version),
};

static int take_note(struct image *image, uint32_t type, const uint8_t *desc, size_t size)
{
	const struct note_row *row = NULL;
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < sizeof(note_rows) / sizeof(note_rows[0]); i++)
		if (note_rows[i].type == type)
			row = &note_rows[i];
	if (!row)
		return 0;
	if (row->string) {
		char *to = (char *)&image->notes + row->string;

		if (size > 15)
			size = 15;
		memcpy(to, desc, size);
		to[size] = '\0';
		for (; *to; to++) /* it ends up in messages */
			if (*to < ' ' || *to > '~')
				*to = '?';
	} else {
		if (size != 4 && size != 8)
			return image_fail(image, -ENOEXEC, "Xen ELF note %u is a number of %zu bytes",
					  type, size);
		memcpy(&number, desc, size);
		memcpy((char *)&image->notes + row->number, &number, sizeof(number));
	}
	image->notes.seen |= row->seen;
	return 0;
}

static uint64_t round4(uint64_t n)
{
	return (n + 3) & ~3ULL;
}

static int parse_notes(struct image *image, uint64_t offset, uint64_t size)
{
	const uint8_t *p;
	int rc = 0;

	if (offset > image->elf.size || size > image->elf.size - offset)
		return image_fail(image, -ENOEXEC, "ELF notes outside the file");
	p = image->elf.data + offset;
	while (size >= sizeof(Elf64_Nhdr) && rc == 0) {
		Elf64_Nhdr n;
		uint64_t name, desc;

		memcpy(&n, p, sizeof(n));
		name = round4(n.n_namesz);
		desc = round4(n.n_descsz);
		size -= sizeof(n);
		p += sizeof(n);
		/* the last one need not be padded */
		if (name > size || n.n_descsz > size - name)
			return image_fail(image, -ENOEXEC, "damaged ELF note");
		if (n.n_namesz == sizeof(NAME_XEN) && memcmp(p, NAME_XEN, sizeof(NAME_XEN)) == 0)
			rc = take_note(image, n.n_type, p + name, n.n_descsz);
		if (desc > size - name)
			break;
		p += name + desc;
		size -= name + desc;
	}
	return rc;
}

/* ---- headers --------------------------------------------------------------------------------- */

static int check_header(struct image *image, const Elf64_Ehdr *e)
{
	if (e->e_ident[EI_CLASS] != ELFCLASS64 || e->e_ident[EI_DATA] != ELFDATA2LSB ||
	    e->e_machine != EM_X86_64)
		return image_fail(image, -ENOEXEC, "not a 64-bit x86 kernel");
	if (e->e_type != ET_EXEC && e->e_type != ET_DYN)
		return image_fail(image, -ENOEXEC, "ELF file of type %u, not a kernel", e->e_type);
	if (e->e_phnum == 0 || e->e_phnum > TABLE_MAX || e->e_phentsize != sizeof(Elf64_Phdr) ||
	    e->e_phoff > image->elf.size ||
	    e->e_phnum * sizeof(Elf64_Phdr) > image->elf.size - e->e_phoff)
		return image_fail(image, -ENOEXEC, "ELF program headers outside the file");
	return 0;
}

static int add_load(struct image *image, const Elf64_Phdr *ph)
{
	struct image_load *load;

	if (ph->p_memsz == 0)
		return 0;
	if (image->load_count == IMAGE_LOADS_MAX)
		return image_fail(image, -ENOEXEC, "more than %u ELF segments", IMAGE_LOADS_MAX);
	if (ph->p_filesz > ph->p_memsz || ph->p_offset > image->elf.size ||
	    ph->p_filesz > image->elf.size - ph->p_offset || ph->p_memsz > IMAGE_UNPACKED_MAX)
		return image_fail(image, -ENOEXEC, "ELF segment outside the file or too large");
	load = &image->loads[image->load_count++];
	load->offset = ph->p_offset;
	load->filesz = ph->p_filesz;
	load->vaddr = ph->p_paddr; /* made virtual when the notes are known */
	load->memsz = ph->p_memsz;
	return 0;
}

static int walk_segments(struct image *image, const Elf64_Ehdr *e)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < e->e_phnum && rc == 0; i++) {
		Elf64_Phdr ph;

		memcpy(&ph, image->elf.data + e->e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type == PT_LOAD)
			rc = add_load(image, &ph);
		else if (ph.p_type == PT_NOTE)
			rc = parse_notes(image, ph.p_offset, ph.p_filesz);
	}
	return rc;
}

/* Kernels linked without a note segment still have the sections. */
static int walk_sections(struct image *image, const Elf64_Ehdr *e)
{
	unsigned int i;
	int rc = 0;

	if (e->e_shnum > TABLE_MAX || e->e_shentsize != sizeof(Elf64_Shdr) ||
	    e->e_shoff > image->elf.size ||
	    e->e_shnum * sizeof(Elf64_Shdr) > image->elf.size - e->e_shoff)
		return 0;
	for (i = 0; i < e->e_shnum && rc == 0; i++) {
		Elf64_Shdr sh;

		memcpy(&sh, image->elf.data + e->e_shoff + i * sizeof(sh), sizeof(sh));
		if (sh.sh_type == SHT_NOTE)
			rc = parse_notes(image, sh.sh_offset, sh.sh_size);
	}
	return rc;
}

/* ---- what it all means ----------------------------------------------------------------------- */

static int check_notes(struct image *image)
{
	const struct image_notes *n = &image->notes;

	if (!(n->seen & NOTE_ENTRY))
		return image_fail(image, -ENOEXEC, "not a paravirtual kernel: no Xen ELF note ENTRY");
	if ((n->seen & NOTE_XEN_VERSION) && strcmp(n->xen_version, "xen-3.0") != 0)
		return image_fail(image, -ENOEXEC, "made for hypervisor interface \"%s\", not xen-3.0",
				  n->xen_version);
	if ((n->seen & NOTE_PADDR_OFFSET) && !(n->seen & NOTE_VIRT_BASE))
		return image_fail(image, -ENOEXEC, "Xen ELF note PADDR_OFFSET without VIRT_BASE");
	if (n->virt_base & 0xfff)
		return image_fail(image, -ENOEXEC, "Xen ELF note VIRT_BASE is not page-aligned");
	if (n->init_p2m & 0xfff)
		return image_fail(image, -ENOEXEC, "Xen ELF note INIT_P2M is not page-aligned");
	return 0;
}

static int by_vaddr(const void *a, const void *b)
{
	const struct image_load *l = a, *m = b;

	return l->vaddr < m->vaddr ? -1 : l->vaddr > m->vaddr;
}

/* Physical to virtual: VIRT_BASE is where physical address 0 (+ PADDR_OFFSET) is. */
static int place_loads(struct image *image)
{
	const struct image_notes *n = &image->notes;
	unsigned int i;

	if (image->load_count == 0)
		return image_fail(image, -ENOEXEC, "ELF file without loadable segments");
	for (i = 0; i < image->load_count; i++) {
		struct image_load *load = &image->loads[i];
		uint64_t offset = load->vaddr - n->paddr_offset;

		if (load->vaddr < n->paddr_offset || offset > IMAGE_UNPACKED_MAX * 4 ||
		    n->virt_base + offset < n->virt_base ||
		    n->virt_base + offset + load->memsz < n->virt_base)
			return image_fail(image, -ENOEXEC, "ELF segment at physical address %#llx is "
					  "out of range", (unsigned long long)load->vaddr);
		load->vaddr = n->virt_base + offset;
	}
	qsort(image->loads, image->load_count, sizeof(image->loads[0]), by_vaddr);
	image->vstart = image->loads[0].vaddr;
	image->vend = image->vstart;
	for (i = 0; i < image->load_count; i++) {
		if (image->loads[i].vaddr < image->vend)
			return image_fail(image, -ENOEXEC, "ELF segments overlap");
		image->vend = image->loads[i].vaddr + image->loads[i].memsz;
	}
	if (n->entry < image->vstart || n->entry >= image->vend)
		return image_fail(image, -ENOEXEC, "its entry %#llx is outside the kernel",
				  (unsigned long long)n->entry);
	if ((n->seen & NOTE_HYPERCALL_PAGE) &&
	    ((n->hypercall_page & 0xfff) || n->hypercall_page < image->vstart ||
	     n->hypercall_page >= image->vend))
		return image_fail(image, -ENOEXEC, "its hypercall page %#llx is outside the kernel",
				  (unsigned long long)n->hypercall_page);
	return 0;
}

int image_parse(struct image *image)
{
	Elf64_Ehdr e;
	int rc;

	if (image->elf.size < sizeof(e))
		return image_fail(image, -ENOEXEC, "ELF file cut short");
	memcpy(&e, image->elf.data, sizeof(e));
	rc = check_header(image, &e);
	if (rc == 0)
		rc = walk_segments(image, &e);
	if (rc == 0 && image->notes.seen == 0)
		rc = walk_sections(image, &e);
	if (rc == 0)
		rc = check_notes(image);
	if (rc == 0)
		rc = place_loads(image);
	return rc;
}

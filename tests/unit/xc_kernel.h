/* SPDX-License-Identifier: GPL-2.0-only */
/* xc_kernel.h: makes small kernel images for the tests of libxenctrl's loader and builder. */
#ifndef XC_KERNEL_H
#define XC_KERNEL_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/elfnote.h>

#define KERNEL_VIRT	0xffffffff80000000ULL
#define KERNEL_PHYS	0x100000ULL
#define KERNEL_CODE	0x3000U /* bytes in the file, behind the headers */
#define KERNEL_BSS	0x5000U
#define KERNEL_OFFSET	0x1000U
#define KERNEL_SIZE	(KERNEL_OFFSET + KERNEL_CODE)
#define KERNEL_P2M	0x8000000000ULL

struct kernel_note {
	uint32_t type;
	uint64_t number;
	const char *text; /* instead of the number */
};

/* What Debian's kernel has. */
static const struct kernel_note linux_notes[] = {
	{ XEN_ELFNOTE_ENTRY, KERNEL_VIRT + KERNEL_PHYS + 0x10, NULL },
	{ XEN_ELFNOTE_VIRT_BASE, KERNEL_VIRT, NULL },
	{ XEN_ELFNOTE_PADDR_OFFSET, 0, NULL },
	{ XEN_ELFNOTE_XEN_VERSION, 0, "xen-3.0" },
	{ XEN_ELFNOTE_GUEST_OS, 0, "linux" },
	{ XEN_ELFNOTE_GUEST_VERSION, 0, "2.6" },
	{ XEN_ELFNOTE_FEATURES, 0, "!writable_page_tables|pae_pgdir_above_4gb" },
	{ XEN_ELFNOTE_INIT_P2M, KERNEL_P2M, NULL },
	{ XEN_ELFNOTE_MOD_START_PFN, 1, NULL },
	{ 0, 0, NULL },
};

/* The same without the notes that newer kernels have, and with a hypercall page. */
static const struct kernel_note old_notes[] = {
	{ XEN_ELFNOTE_ENTRY, KERNEL_VIRT + KERNEL_PHYS, NULL },
	{ XEN_ELFNOTE_VIRT_BASE, KERNEL_VIRT, NULL },
	{ XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_VIRT + KERNEL_PHYS + 0x1000, NULL },
	{ XEN_ELFNOTE_XEN_VERSION, 0, "xen-3.0" },
	{ XEN_ELFNOTE_GUEST_OS, 0, "tiny" },
	{ 0, 0, NULL },
};

static inline size_t put_note(uint8_t *p, const struct kernel_note *n)
{
	Elf64_Nhdr h = { .n_namesz = 4, .n_type = n->type };
	size_t size = n->text ? strlen(n->text) + 1 : 8;

	h.n_descsz = (Elf64_Word)size;
	memcpy(p, &h, sizeof(h));
	memcpy(p + sizeof(h), "Xen", 4);
	memcpy(p + sizeof(h) + 4, n->text ? (const void *)n->text : (const void *)&n->number, size);
	return sizeof(h) + 4 + ((size + 3) & ~(size_t)3);
}

/* Fills @image (KERNEL_SIZE bytes). Code byte i is (uint8_t)(i * 7 + 1). */
static inline void make_kernel(uint8_t *image, const struct kernel_note *notes)
{
	Elf64_Ehdr e = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = 1,
		.e_phoff = sizeof(e), .e_ehsize = sizeof(e), .e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2, .e_shentsize = sizeof(Elf64_Shdr),
	};
	Elf64_Phdr ph[2] = {
		{ .p_type = PT_LOAD, .p_offset = KERNEL_OFFSET, .p_paddr = KERNEL_PHYS,
		  .p_filesz = KERNEL_CODE, .p_memsz = KERNEL_CODE + KERNEL_BSS },
		{ .p_type = PT_NOTE, .p_offset = 0x200 },
	};
	size_t i;

	memset(image, 0, KERNEL_SIZE);
	for (; notes->type; notes++)
		ph[1].p_filesz += put_note(image + 0x200 + ph[1].p_filesz, notes);
	memcpy(image, &e, sizeof(e));
	memcpy(image + sizeof(e), ph, sizeof(ph));
	for (i = 0; i < KERNEL_CODE; i++)
		image[KERNEL_OFFSET + i] = (uint8_t)(i * 7 + 1);
}

/* Wraps a payload as Linux does; @out has room for 0x800 + size + 4. Returns the size. */
static inline size_t make_bzimage(uint8_t *out, const uint8_t *payload, size_t size,
				  const uint32_t *unpacked)
{
	uint32_t offset = 0x200, length = (uint32_t)size + (unpacked ? 4 : 0);

	memset(out, 0, 0x800);
	out[0x1f1] = 2; /* setup sectors */
	out[0x1fe] = 0x55;
	out[0x1ff] = 0xaa;
	memcpy(out + 0x202, "HdrS", 4);
	out[0x206] = 0x0f;
	out[0x207] = 2;
	memcpy(out + 0x248, &offset, 4);
	memcpy(out + 0x24c, &length, 4);
	memcpy(out + 0x800, payload, size);
	if (unpacked)
		memcpy(out + 0x800 + size, unpacked, 4);
	return 0x800 + length;
}

#endif /* XC_KERNEL_H */

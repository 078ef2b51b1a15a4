/* SPDX-License-Identifier: GPL-2.0-only */
/* pv.h: what the files of pv/ share. */
#ifndef PV_H
#define PV_H

#include <hv/domain.h>
#include <asm/x86.h>

/* inject.c: between kernel and user mode of the guest: page tables, GS base, in_kernel. */
void pv_toggle_mode(struct vcpu *v);

/* Guests have selectors of ring 3 only; a null one stays null. */
static inline uint16_t ring3(uint16_t sel)
{
	return (sel & 0xfffc) ? sel | 3 : sel;
}

/* A row of the trap table: events are masked on entry. */
#define TI_MASK_EVENTS 4
#define TRAP_NMI        2
#define TRAP_page_fault 14

/* insn.c: bytes of the instruction at the guest's rip. */
#define INSN_MAX 15
struct insn {
	uint8_t bytes[INSN_MAX];
	unsigned int avail;     /* bytes that could be read */
	unsigned int len;       /* consumed so far */
	unsigned int opsize;    /* 2, 4 or 8 */
	unsigned int addrsize;  /* 4 or 8 */
	uint8_t rex;
	uint8_t rep;            /* 0, 0xf2, 0xf3 */
	bool lock;
};
void insn_fetch(struct insn *in, unsigned long rip);
/* Prefixes and REX; false: ran out of bytes. */
bool insn_prefixes(struct insn *in);
int insn_next(struct insn *in); /* next byte or -1 */
/* Register nr (0..15) of the frame, as a full 64-bit slot. */
uint64_t *insn_reg(struct cpu_user_regs *r, unsigned int nr);

/* msr.c and cpuid.c share the guest's view of CR4. */
#define PV_CR4_GUEST_MASK (CR4_TSD | CR4_DE | CR4_FSGSBASE | CR4_OSXSAVE)

/* emul_priv.c: what the guest reads. */
uint64_t pv_guest_cr4(const struct vcpu *v);

/* dom0_elf.c */
struct dom0_elf {
	const uint8_t *image;
	size_t len;
	unsigned long virt_base, virt_entry, init_p2m, paddr_offset;
	unsigned long virt_start, virt_end; /* of the loaded image */
	unsigned long hypercall_page;       /* 0: none wanted */
	bool has_init_p2m, mod_start_pfn;
};
/* 0, or -Exxx after having said what is wrong with the image. */
int dom0_elf_parse(struct dom0_elf *elf, const void *image, size_t len);
/* Copies the segments to dest, which stands for virt_start. */
void dom0_elf_load(const struct dom0_elf *elf, void *dest);

/* dom0_pt.c */
struct dom0_pt {
	struct domain *d;
	mfn_t l4;
	/* Next frame for a page table; walks the domain's table pool. */
	struct page *(*alloc)(void *ctx);
	void *ctx;
};
int dom0_pt_map(struct dom0_pt *pt, vaddr_t va, mfn_t m, uint64_t flags);

void hypercall_page_init(void *page);

#endif

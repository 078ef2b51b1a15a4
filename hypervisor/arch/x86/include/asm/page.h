/* SPDX-License-Identifier: GPL-2.0-only */
/* page.h: page size, direct map, frame table and page-table entries. */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#include <hv/types.h>
#include <asm/layout.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_UP(x)   (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)

#define frame_table ((struct page *)FRAMETABLE_VIRT_START)
#define ro_m2p      ((const unsigned long *)RO_M2P_VIRT_START)
#define rw_m2p      ((unsigned long *)RDWR_M2P_VIRT_START)

extern unsigned long max_page;    /* highest RAM frame + 1 */
extern unsigned long hv_phys_offset; /* XEN_VIRT_START -> physical: phys = virt - XEN_VIRT_START + this */

/* The frame table exists in pieces of 2 MiB: struct pages of 256 MiB. One bit each. */
#define FRAME_PIECE_SHIFT 16 /* frames */
#define FRAME_PIECES      (1UL << 15)
extern unsigned long frame_pieces[FRAME_PIECES / 64];

/* Has a struct page (RAM, or a hole next to it whose page is owned by dom_io). */
static inline bool mfn_valid(mfn_t m)
{
	unsigned long piece = m.v >> FRAME_PIECE_SHIFT;

	return m.v < max_page && (frame_pieces[piece / 64] >> (piece % 64) & 1);
}

static inline void *mfn_to_virt(mfn_t m)
{
	return (void *)(DIRECTMAP_VIRT_START + (m.v << PAGE_SHIFT));
}

static inline void *paddr_to_virt(paddr_t p)
{
	return (void *)(DIRECTMAP_VIRT_START + p);
}

/* Of a direct-map or an image address. */
static inline paddr_t virt_to_paddr(const void *v)
{
	unsigned long a = (unsigned long)v;

	if (a >= DIRECTMAP_VIRT_START)
		return a - DIRECTMAP_VIRT_START;
	return a - XEN_VIRT_START + hv_phys_offset;
}

static inline mfn_t virt_to_mfn(const void *v)
{
	return mk_mfn(virt_to_paddr(v) >> PAGE_SHIFT);
}

#include <asm/pte.h>

/* The page tables of the idle domain: every other L4 copies its slots 256..271. */
extern pte_t idle_l4[PT_ENTRIES];

/* boot/paging.c: maps [va, va + nr pages) in the hypervisor's own tables; allocates tables. */
int hv_map_pages(vaddr_t va, mfn_t m, unsigned long nr, uint64_t flags);
/* Uncached (or flags) mapping of device memory in the vmap area; NULL when full. */
void *ioremap(paddr_t p, size_t len);
void *ioremap_flags(paddr_t p, size_t len, uint64_t flags);
void iounmap(void *v);

#endif

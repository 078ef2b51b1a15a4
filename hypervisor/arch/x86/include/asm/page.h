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

/* Has a struct page (RAM, or a hole next to it whose page is owned by dom_io). */
bool mfn_valid(mfn_t m);

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

/* --- page-table entries -------------------------------------------------------------------- */

typedef uint64_t pte_t; /* an entry of any level */

#define PTE_P    (1UL << 0)
#define PTE_RW   (1UL << 1)
#define PTE_US   (1UL << 2)
#define PTE_PWT  (1UL << 3)
#define PTE_PCD  (1UL << 4)
#define PTE_A    (1UL << 5)
#define PTE_D    (1UL << 6)
#define PTE_PSE  (1UL << 7) /* upper levels */
#define PTE_PAT  (1UL << 7) /* L1 */
#define PTE_G    (1UL << 8)
#define PTE_AVAIL_SHIFT 9
#define PTE_GUEST_KERNEL (1UL << 52) /* set by us in L1 entries a guest kernel wrote without US */
#define PTE_NX   (1UL << 63)
#define PTE_ADDR_MASK 0x000ffffffffff000UL
#define PTE_FLAGS(e)  ((e) & ~PTE_ADDR_MASK)
#define PTE_HV   (PTE_P | PTE_RW | PTE_A | PTE_D)

#define L1_SHIFT 12
#define L2_SHIFT 21
#define L3_SHIFT 30
#define L4_SHIFT 39
#define PT_ENTRIES 512
#define l1_index(va) (((unsigned long)(va) >> L1_SHIFT) & 511)
#define l2_index(va) (((unsigned long)(va) >> L2_SHIFT) & 511)
#define l3_index(va) (((unsigned long)(va) >> L3_SHIFT) & 511)
#define l4_index(va) (((unsigned long)(va) >> L4_SHIFT) & 511)

static inline mfn_t pte_mfn(pte_t e)
{
	return mk_mfn((e & PTE_ADDR_MASK) >> PAGE_SHIFT);
}

static inline pte_t mk_pte(mfn_t m, uint64_t flags)
{
	return ((pte_t)m.v << PAGE_SHIFT) | flags;
}

/* The page tables of the idle domain: every other L4 copies its slots 256..271. */
extern pte_t idle_l4[PT_ENTRIES];

/* boot/paging.c: maps [va, va + nr pages) in the hypervisor's own tables; allocates tables. */
int hv_map_pages(vaddr_t va, mfn_t m, unsigned long nr, uint64_t flags);
void hv_unmap_pages(vaddr_t va, unsigned long nr);
/* Uncached (or flags) mapping of device memory in the vmap area; NULL when full. */
void *ioremap(paddr_t p, size_t len);
void *ioremap_flags(paddr_t p, size_t len, uint64_t flags);
void iounmap(void *v);

#endif

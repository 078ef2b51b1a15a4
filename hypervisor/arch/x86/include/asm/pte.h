/* SPDX-License-Identifier: GPL-2.0-only */
/* pte.h: page-table entries. Included by asm/page.h, of arch/host too, so that what works on
 * entries can be tested as a process. */
#ifndef ASM_PTE_H
#define ASM_PTE_H

#include <hv/types.h>

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
	return mk_mfn((e & PTE_ADDR_MASK) >> L1_SHIFT);
}

static inline pte_t mk_pte(mfn_t m, uint64_t flags)
{
	return ((pte_t)m.v << L1_SHIFT) | flags;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* page.h: machine memory is one anonymous mapping, frame 0 at its start. */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#include <hv/types.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_UP(x)   (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)

extern struct page *frame_table;
extern char *host_memory;
extern unsigned long max_page; /* frames of host_memory */

static inline bool mfn_valid(mfn_t m) { return m.v < max_page; }
static inline void *mfn_to_virt(mfn_t m) { return host_memory + (m.v << PAGE_SHIFT); }
static inline void *paddr_to_virt(paddr_t p) { return host_memory + p; }
static inline paddr_t virt_to_paddr(const void *v) { return (const char *)v - host_memory; }
static inline mfn_t virt_to_mfn(const void *v) { return mk_mfn(virt_to_paddr(v) >> PAGE_SHIFT); }

#include "../../../x86/include/asm/pte.h"

#endif

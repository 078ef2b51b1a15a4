/* SPDX-License-Identifier: MIT */
/* dom.h: the builder's parts. A guest's physical pages (pfns) count from 0; p2m[pfn] is the machine
 * frame. The main area, pfns 0..mapped_pages, is mapped at VIRT_BASE when the kernel starts. */
#ifndef LIBXENCTRL_DOM_H
#define LIBXENCTRL_DOM_H

#include "image.h"
#include "private.h"

#define DOM_PAGES_MAX	(1UL << 28) /* 1 TiB */

struct dom_area {
	uint64_t pfn, pages;
};

struct dom_layout {
	uint64_t virt_base;
	uint64_t mapped_pages;
	uint64_t p2m_vaddr;
	bool p2m_high; /* mapped at INIT_P2M by tables of its own, else in the main area */
	bool ramdisk_mapped; /* in the main area, else behind everything */
	struct dom_area kernel, ramdisk, p2m, start_info, store, console, tables, stack;
	struct dom_area p2m_tables;
	uint64_t end_pfn;
};

/* Where everything goes. -ENOEXEC, -EFBIG with the reason in image->text. */
int dom_layout_compute(struct image *image, uint64_t total_pages, uint64_t ramdisk_bytes,
		       struct dom_layout *ret_layout);

struct dom {
	struct xc_interface *xch;
	uint32_t domid;
	const struct xc_dom_params *params;
	struct image image;
	int ramdisk_fd;
	uint64_t ramdisk_bytes;
	uint64_t total_pages;
	struct dom_layout layout;
	xen_pfn_t *p2m;
	xen_pfn_t shared_info_mfn;
	bool said_something; /* progress, then up to: */
	int last_percent;
};

static inline uint64_t dom_vaddr(const struct dom *d, uint64_t pfn)
{
	return d->layout.virt_base + (pfn << XC_PAGE_SHIFT);
}

/* Writable window on @count pages from @pfn on; ended by dom_unmap(). */
int dom_map(struct dom *d, uint64_t pfn, uint64_t count, void **ret_addr);
void dom_unmap(struct dom *d, void *addr, uint64_t count);

/* Progress within a step; -ECANCELED when the caller wants to stop. */
enum dom_step {
	STEP_KERNEL,
	STEP_MEMORY,
	STEP_LOAD,
	STEP_RAMDISK,
	STEP_TABLES,
	STEP_START,
};
int dom_progress(struct dom *d, enum dom_step step, uint64_t done, uint64_t total);

/* The steps, in order; 0 or -Exxx, with a note where strerror() would not do. */
int dom_populate(struct dom *d); /* dom_memory.c */
int dom_load_kernel(struct dom *d);
int dom_load_ramdisk(struct dom *d);
int dom_write_p2m(struct dom *d); /* dom_tables.c */
int dom_write_tables(struct dom *d);
int dom_write_start_info(struct dom *d); /* dom_start.c */
int dom_write_shared_info(struct dom *d);
int dom_start_vcpu(struct dom *d);

#endif /* LIBXENCTRL_DOM_H */

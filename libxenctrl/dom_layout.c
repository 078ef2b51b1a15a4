/* SPDX-License-Identifier: MIT */
/* dom_layout.c: which page of a new guest holds what. Pure arithmetic.
 *
 * Main area: kernel, ramdisk if the kernel wants it mapped, p2m if it has no place of its own,
 * start_info, store and console rings, page tables, boot stack, then at least 512 KiB to the next
 * 4 MiB boundary. Behind it: p2m and the tables that map it at INIT_P2M, the unmapped ramdisk. */
#include "dom.h"

#define SLOT_SHIFT	39 /* what one L4 entry maps */
#define SPARE_BYTES	(512ULL << 10)
#define AREA_ALIGN	(4ULL << 20)

/* How many tables of a level a range of addresses needs; @shift: what one such table maps. */
static uint64_t tables_at(uint64_t from, uint64_t bytes, unsigned int shift)
{
	return bytes ? ((from + bytes - 1) >> shift) - (from >> shift) + 1 : 0;
}

/* L1 to L3; the L4 is there once. */
static uint64_t tables_for(uint64_t from, uint64_t bytes)
{
	return tables_at(from, bytes, 21) + tables_at(from, bytes, 30) +
	       tables_at(from, bytes, SLOT_SHIFT);
}

static struct dom_area take(uint64_t *next, uint64_t pages)
{
	struct dom_area area = { *next, pages };

	*next += pages;
	return area;
}

/* Whether [from, from + bytes) is canonical and clear of the hypervisor. */
static bool range_is_guest(uint64_t from, uint64_t bytes)
{
	uint64_t last = from + bytes - 1;

	if (last < from)
		return false;
	return last < 1ULL << 47 || from >= HYPERVISOR_VIRT_END;
}

/* The tables map the area that they are in: grow until it fits. */
static int size_main_area(struct image *image, struct dom_layout *l, uint64_t next)
{
	uint64_t tables = 0, need = 4, end, bytes;

	do {
		tables = need;
		end = (next + tables + 1) << XC_PAGE_SHIFT; /* with the stack */
		bytes = (end + SPARE_BYTES + AREA_ALIGN - 1) & ~(AREA_ALIGN - 1);
		if (!range_is_guest(l->virt_base, bytes))
			return image_fail(image, -ENOEXEC, "%llu MiB from its virtual address %#llx "
					  "on are not all a guest's", (unsigned long long)bytes >> 20,
					  (unsigned long long)l->virt_base);
		need = 1 + tables_for(l->virt_base, bytes);
	} while (need > tables);
	l->tables = take(&next, tables);
	l->stack = take(&next, 1);
	l->mapped_pages = bytes >> XC_PAGE_SHIFT;
	return 0;
}

static int check_p2m_range(struct image *image, const struct dom_layout *l)
{
	uint64_t main_bytes = l->mapped_pages << XC_PAGE_SHIFT;
	uint64_t p2m_bytes = l->p2m.pages << XC_PAGE_SHIFT;

	if (!l->p2m_high)
		return 0;
	if (!range_is_guest(l->p2m_vaddr, p2m_bytes))
		return image_fail(image, -ENOEXEC, "its INIT_P2M address %#llx is not a guest's",
				  (unsigned long long)l->p2m_vaddr);
	/* separate L4 slots, so that each has tables of its own */
	if (l->p2m_vaddr >> SLOT_SHIFT <= (l->virt_base + main_bytes - 1) >> SLOT_SHIFT &&
	    l->virt_base >> SLOT_SHIFT <= (l->p2m_vaddr + p2m_bytes - 1) >> SLOT_SHIFT)
		return image_fail(image, -ENOEXEC, "its INIT_P2M address %#llx overlaps the kernel",
				  (unsigned long long)l->p2m_vaddr);
	return 0;
}

int dom_layout_compute(struct image *image, uint64_t total_pages, uint64_t ramdisk_bytes,
		       struct dom_layout *ret_layout)
{
	const struct image_notes *n = &image->notes;
	struct dom_layout l = { .virt_base = n->virt_base };
	uint64_t p2m_pages = pages_of(total_pages * sizeof(xen_pfn_t));
	uint64_t ramdisk_pages = pages_of(ramdisk_bytes);
	uint64_t next;
	int rc;

	if (total_pages > DOM_PAGES_MAX || ramdisk_pages > total_pages)
		goto too_big;
	l.p2m_high = n->seen & NOTE_INIT_P2M;
	l.ramdisk_mapped = ramdisk_pages && !((n->seen & NOTE_MOD_START_PFN) && n->mod_start_pfn);
	next = (image->vstart - n->virt_base) >> XC_PAGE_SHIFT;
	l.kernel = take(&next, pages_of(image->vend - n->virt_base) - next);
	if (l.ramdisk_mapped)
		l.ramdisk = take(&next, ramdisk_pages);
	if (!l.p2m_high)
		l.p2m = take(&next, p2m_pages);
	l.start_info = take(&next, 1);
	l.store = take(&next, 1);
	l.console = take(&next, 1);
	rc = size_main_area(image, &l, next);
	if (rc < 0)
		return rc;

	next = l.mapped_pages;
	if (l.p2m_high) {
		l.p2m = take(&next, p2m_pages); /* its range is checked below */
		l.p2m_tables = take(&next, tables_for(n->init_p2m, p2m_pages << XC_PAGE_SHIFT));
	}
	if (!l.ramdisk_mapped)
		l.ramdisk = take(&next, ramdisk_pages);
	l.end_pfn = next;
	l.p2m_vaddr = l.p2m_high ? n->init_p2m : l.virt_base + (l.p2m.pfn << XC_PAGE_SHIFT);
	rc = check_p2m_range(image, &l);
	if (rc < 0)
		return rc;
	if (l.end_pfn > total_pages) {
		ramdisk_pages = l.end_pfn;
		goto too_big;
	}
	*ret_layout = l;
	return 0;

too_big:
	return image_fail(image, -EFBIG, "kernel and ramdisk need %llu MiB, the domain has %llu MiB",
			  (unsigned long long)(ramdisk_pages + 255) / 256,
			  (unsigned long long)total_pages / 256);
}

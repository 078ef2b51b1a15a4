/* SPDX-License-Identifier: MIT */
/* dom_tables.c: the p2m list and the page tables a guest starts with.
 *
 * A range of addresses has its tables in one area: L3s, L2s, L1s, each level in order of address.
 * The first page of the main area's tables is the L4. Tables are mapped read-only, all else
 * writable; the hypervisor checks that when the L4 is pinned. */
#include <string.h>

#include "dom.h"

#define PTE_P		1ULL
#define PTE_RW		2ULL
#define PTE_US		4ULL
#define PTE_A		0x20ULL
#define PTE_D		0x40ULL
#define L1_FLAGS	(PTE_P | PTE_RW | PTE_US | PTE_A)
#define UPPER_FLAGS	(PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define ENTRIES		512U
#define WRITE_PAGES	1024U /* p2m pages written at a time */

/* Addresses from @from on show @pfn and on, for @pages pages; L3s at @tables_pfn. */
struct range {
	uint64_t from, pages, pfn, tables_pfn;
};

static unsigned int shift_of(int level)
{
	return XC_PAGE_SHIFT + 9 * ((unsigned int)level - 1);
}

/* How many tables of @level the range has. */
static uint64_t level_count(const struct range *r, int level)
{
	unsigned int shift = shift_of(level + 1);
	uint64_t last = r->from + (r->pages << XC_PAGE_SHIFT) - 1;

	return (last >> shift) - (r->from >> shift) + 1;
}

/* First table of @level in the area. */
static uint64_t level_pfn(const struct range *r, int level)
{
	uint64_t pfn = r->tables_pfn;
	int above;

	for (above = 3; above > level; above--)
		pfn += level_count(r, above);
	return pfn;
}

static bool in_area(const struct dom_area *a, uint64_t pfn)
{
	return pfn >= a->pfn && pfn - a->pfn < a->pages;
}

static uint64_t leaf(const struct dom *d, uint64_t pfn)
{
	uint64_t flags = L1_FLAGS;

	if (in_area(&d->layout.tables, pfn) || in_area(&d->layout.p2m_tables, pfn))
		flags &= ~PTE_RW;
	return d->p2m[pfn] << XC_PAGE_SHIFT | flags;
}

/* Entries of @level from the table that starts at @table: those which the range touches. @k counts
 * tables of this level within the range. */
static void fill_table(const struct dom *d, const struct range *r, int level, uint64_t k,
		       uint64_t *table)
{
	unsigned int shift = shift_of(level);
	uint64_t first = r->from >> shift;
	uint64_t count = level == 1 ? r->pages : level_count(r, level - 1);
	uint64_t base = ((r->from >> shift_of(level + 1)) + k) << 9;
	unsigned int i;

	for (i = 0; i < ENTRIES; i++) {
		uint64_t index = base + i - first; /* wraps below the range: too large then */

		if (base + i < first || index >= count)
			continue;
		table[i] = level == 1 ? leaf(d, r->pfn + index) :
			   d->p2m[level_pfn(r, level - 1) + index] << XC_PAGE_SHIFT | UPPER_FLAGS;
	}
}

/* L1s to L3s of a range, into the window @area whose first page is @area_pfn. */
static void fill_range(const struct dom *d, const struct range *r, uint64_t (*area)[ENTRIES],
		       uint64_t area_pfn)
{
	uint64_t k;
	int level;

	for (level = 3; level >= 1; level--)
		for (k = 0; k < level_count(r, level); k++)
			fill_table(d, r, level, k, area[level_pfn(r, level) - area_pfn + k]);
}

static void fill_l4(const struct dom *d, const struct range *r, uint64_t *l4)
{
	uint64_t k;

	for (k = 0; k < level_count(r, 3); k++)
		l4[((r->from >> shift_of(4)) + k) % ENTRIES] =
			d->p2m[r->tables_pfn + k] << XC_PAGE_SHIFT | UPPER_FLAGS;
}

static int write_p2m_tables(struct dom *d, const struct range *r)
{
	uint64_t (*area)[ENTRIES];
	int rc = dom_map(d, d->layout.p2m_tables.pfn, d->layout.p2m_tables.pages, (void **)&area);

	if (rc < 0)
		return rc;
	memset(area, 0, d->layout.p2m_tables.pages << XC_PAGE_SHIFT);
	fill_range(d, r, area, r->tables_pfn);
	dom_unmap(d, area, d->layout.p2m_tables.pages);
	return 0;
}

int dom_write_tables(struct dom *d)
{
	const struct dom_layout *l = &d->layout;
	const struct range main_range = { l->virt_base, l->mapped_pages, 0, l->tables.pfn + 1 };
	const struct range p2m_range = { l->p2m_vaddr, l->p2m.pages, l->p2m.pfn, l->p2m_tables.pfn };
	const struct mmuext_op pin = {
		.cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = d->p2m[l->tables.pfn],
	};
	uint64_t (*area)[ENTRIES];
	int rc = l->p2m_high ? write_p2m_tables(d, &p2m_range) : 0;

	if (rc == 0)
		rc = dom_map(d, l->tables.pfn, l->tables.pages, (void **)&area);
	if (rc < 0)
		return rc;
	memset(area, 0, l->tables.pages << XC_PAGE_SHIFT);
	fill_range(d, &main_range, area, l->tables.pfn);
	fill_l4(d, &main_range, area[0]);
	if (l->p2m_high)
		fill_l4(d, &p2m_range, area[0]);
	/* A writable mapping of a page table, even ours, would refuse the pin. */
	dom_unmap(d, area, l->tables.pages);
	rc = do_mmuext(d->xch, &pin, d->domid);
	return rc < 0 ? xc_note(d->xch, rc, "its page tables are refused: %s", strerror(-rc)) : 0;
}

int dom_write_p2m(struct dom *d)
{
	const struct dom_area *a = &d->layout.p2m;
	uint64_t done, n, first, count;
	uint64_t *addr;
	int rc;

	for (done = 0; done < a->pages; done += n) {
		n = a->pages - done < WRITE_PAGES ? a->pages - done : WRITE_PAGES;
		first = done * ENTRIES;
		count = d->total_pages - first < n * ENTRIES ? d->total_pages - first : n * ENTRIES;
		rc = dom_map(d, a->pfn + done, n, (void **)&addr);
		if (rc < 0)
			return rc;
		memcpy(addr, d->p2m + first, count * sizeof(*addr));
		/* no frame there */
		memset(addr + count, 0xff, (n * ENTRIES - count) * sizeof(*addr));
		dom_unmap(d, addr, n);
		rc = dom_progress(d, STEP_TABLES, done + n, a->pages + d->layout.tables.pages);
		if (rc < 0)
			return rc;
	}
	return 0;
}

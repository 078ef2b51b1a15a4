/* SPDX-License-Identifier: GPL-2.0-only */
/* early_mem.c: memory before there is a heap: a list of free ranges, handed out from the top.
 * Boot CPU only. */
#include <hv/lib.h>
#include <hv/page.h>
#include "boot.h"

static struct { paddr_t start, end; } range[256];
static unsigned int nr_ranges;

static void add_range(paddr_t start, paddr_t end)
{
	if (start >= end || nr_ranges == ARRAY_SIZE(range))
		return;
	range[nr_ranges].start = start;
	range[nr_ranges].end = end;
	nr_ranges++;
}

void early_mem_init(uint64_t limit)
{
	unsigned int i;

	for (i = 0; i < host_e820.nr; i++) {
		const struct e820entry *e = &host_e820.map[i];
		paddr_t end = min((uint64_t)(e->addr + e->size), limit);

		if (e->type == E820_RAM && e->addr < end)
			add_range(ROUND_UP(e->addr, PAGE_SIZE), ROUND_DOWN(end, PAGE_SIZE));
	}
}

void early_mem_reserve(paddr_t start, paddr_t end)
{
	unsigned int i, n = nr_ranges;

	start = ROUND_DOWN(start, PAGE_SIZE);
	end = ROUND_UP(end, PAGE_SIZE);
	if (start >= end)
		return;
	for (i = 0; i < n; i++) {
		paddr_t old_end = range[i].end;

		if (start >= range[i].end || end <= range[i].start)
			continue;
		range[i].end = max(start, range[i].start);
		add_range(end, old_end);
	}
}

paddr_t early_alloc_pages(unsigned long nr, unsigned long align, paddr_t limit)
{
	paddr_t best = 0, p, end;
	unsigned int i, best_i = 0;

	for (i = 0; i < nr_ranges; i++) {
		end = min(range[i].end, limit);
		if (end < range[i].start || (end - range[i].start) >> PAGE_SHIFT < nr)
			continue;
		p = ROUND_DOWN(end - (nr << PAGE_SHIFT), align << PAGE_SHIFT);
		if (p >= range[i].start && p > best) {
			best = p;
			best_i = i;
		}
	}
	if (!best)
		panic("no memory for %lu pages at start", nr);
	add_range(best + (nr << PAGE_SHIFT), range[best_i].end);
	range[best_i].end = best;
	return best;
}

void early_mem_release(void)
{
	unsigned int i;

	for (i = 0; i < nr_ranges; i++)
		if (range[i].start < range[i].end)
			heap_add_range(range[i].start, range[i].end);
	nr_ranges = 0;
}

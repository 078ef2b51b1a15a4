/* SPDX-License-Identifier: GPL-2.0-only */
/* heap_ranges.c: which frames the heap was given, and to which node they belong. Written at boot only: no
 * locks. */
#include <hv/arch.h>
#include <hv/lib.h>
#include "page-private.h"

struct heap_range heap_ranges[HEAP_MAX_RANGES];
bool heap_one_node = true;
static unsigned int range_count;

static const struct heap_range *range_of(mfn_t mfn)
{
	unsigned long m = mfn_x(mfn);

	for (unsigned int i = 0; i < range_count; i++)
		if (m >= heap_ranges[i].start && m < heap_ranges[i].end)
			return &heap_ranges[i];
	return NULL;
}

unsigned int heap_node_of(const struct page *pg)
{
	const struct heap_range *r = heap_one_node ? heap_ranges : range_of(page_to_mfn(pg));

	return r ? r->node : 0;
}

bool heap_has_frame(mfn_t mfn)
{
	return range_of(mfn);
}

static void heap_add_range_node(paddr_t start, paddr_t end, unsigned int node)
{
	unsigned long first = PFN_UP(start), last = PFN_DOWN(end);

	if (!first)
		first = 1; /* frame 0 stands for "none" in several places */
	if (first >= last)
		return;
	if (range_count == HEAP_MAX_RANGES || node >= MAX_NODES) {
		printk(LOG_WARN "heap: %lx-%lx left out: too many ranges\n", first, last);
		return;
	}
	heap_one_node = !range_count || (heap_one_node && heap_ranges[0].node == node);
	heap_ranges[range_count++] = (struct heap_range){ first, last, node };
	heap_open_range(first, last, node);
}

void heap_add_range(paddr_t start, paddr_t end)
{
	while (start < end) {
		paddr_t stop;
		unsigned int node = arch_ram_node(start, &stop);

		stop = min(stop, end);
		heap_add_range_node(start, stop, node);
		start = stop;
	}
}

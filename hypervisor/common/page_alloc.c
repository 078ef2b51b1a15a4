/* SPDX-License-Identifier: GPL-2.0-only */
/* page_alloc.c: the buddy allocator of machine frames; its lists are in heap_lists.c.
 *
 * Freed pages are dirty (PGC_scrub) until somebody clears them: the allocation, if it wants them
 * clean, or an idle CPU before that. A domain that gets a page back which it gave back itself
 * (ballooning) finds it as it was.
 *
 * Locks:   heap_lock (LOCK_HEAP) guards the lists, the counts and the count_info of free pages.
 * Context: not in interrupts. */
#include <hv/page.h>
#include <hv/domain.h>
#include <hv/arch.h>
#include <hv/lib.h>
#include "heap-lists.h"
#include <asm/current.h>

#define SCRUB_ORDER 4 /* pages cleared at a time by an idle CPU */

static DEFINE_SPINLOCK(heap_lock, LOCK_HEAP);
static bool node_used[MAX_NODES];
static unsigned long node_free[MAX_NODES];
static unsigned long total_pages, all_free, dirty_pages;
static unsigned long claimed_pages; /* sum of all domains' outstanding_pages */
static unsigned long *condemned;    /* a bit for each frame not to be handed out again; NULL: none */

/* --- allocation ------------------------------------------------------------------------------ */

/* The preferred node first, then, unless it has to be that one, the others in turn. */
static struct page *take_block(unsigned int first_node, bool exact, unsigned int zone_max, unsigned int order,
	unsigned int *ret_node)
{
	for (unsigned int i = 0; i < (exact ? 1 : MAX_NODES); i++) {
		unsigned int node = (first_node + i) % MAX_NODES;
		struct page *pg = node_used[node] && node_free[node] >> order
			? block_take(node, zone_max, order) : NULL;

		if (pg) {
			*ret_node = node;
			return pg;
		}
	}
	return NULL;
}

static unsigned int zone_limit(unsigned int memflags)
{
	unsigned int bits = MEMF_get_bits(memflags);

	if (!bits || bits - 1 >= PAGE_SHIFT + NR_ZONES - 1)
		return NR_ZONES - 1;
	return bits > PAGE_SHIFT ? bits - PAGE_SHIFT : 0;
}

static unsigned int preferred_node(unsigned int memflags)
{
	unsigned int node = memflags & 0xff;

	node = node ? node - 1 : arch_cpu_to_node(smp_processor_id());
	return node < MAX_NODES ? node : 0;
}

/* Under the lock: the pages of the block stop being free. True if one is dirty: those still know whose
 * contents they have. */
static bool take_pages(struct page *pg, unsigned int node, unsigned int order)
{
	unsigned long size = 1UL << order, dirty = 0;

	for (unsigned long i = 0; i < size; i++) {
		ASSERT((pg[i].count_info & ~PGC_scrub) == PGC_free);
		if (pg[i].count_info & PGC_scrub)
			dirty++;
		else
			pg[i].type_info = 0;
		pg[i].count_info &= PGC_scrub;
		pg[i].owner = 0;
	}
	node_free[node] -= size;
	all_free -= size;
	dirty_pages -= dirty;
	return dirty;
}

/* Most pages after boot are zero already; not writing those leaves the memory of a virtual machine
 * untouched, and costs nothing elsewhere. */
void scrub_page(struct page *pg)
{
	const uint64_t *words = page_to_virt(pg);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*words); i += 4)
		if (words[i] | words[i + 1] | words[i + 2] | words[i + 3]) {
			memset(page_to_virt(pg), 0, PAGE_SIZE);
			return;
		}
}

/* The pages belong to nobody else now: no lock. Those of d's contents stay as they are. */
static void clean_pages(struct page *pg, unsigned int order, const struct domain *d)
{
	uint32_t own = d && d->serial ? d->serial : ~0U;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		if ((pg[i].count_info & PGC_scrub) && pg[i].free.contents != own)
			scrub_page(&pg[i]);
		pg[i].type_info = 0;
		pg[i].count_info = 0;
	}
}

static void leave_dirty(struct page *pg, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		pg[i].type_info = 0;
		pg[i].count_info = 0;
	}
}

/* --- claims ---------------------------------------------------------------------------------- */

/* Whether so many pages for d (or NULL) are none that another domain has claimed. Lock held. */
static bool unclaimed(const struct domain *d, unsigned long pages)
{
	if (likely(!claimed_pages))
		return true;
	return claimed_pages + pages <= heap_free_pages() || (d && d->outstanding_pages >= pages);
}

/* Lock held. */
static void set_claim(struct domain *d, unsigned long pages)
{
	claimed_pages += pages - d->outstanding_pages;
	d->outstanding_pages = pages;
}

int heap_claim(struct domain *d, unsigned long pages)
{
	int rc = 0;

	spin_lock(&heap_lock);
	if (!pages)
		set_claim(d, 0);
	else if (claimed_pages + pages < pages || claimed_pages + pages > heap_free_pages())
		rc = -ENOMEM;
	else
		set_claim(d, pages);
	spin_unlock(&heap_lock);
	return rc;
}

void heap_claim_used(struct domain *d, long pages)
{
	spin_lock(&heap_lock);
	set_claim(d, max((long)d->outstanding_pages - pages, 0L));
	spin_unlock(&heap_lock);
}

unsigned long heap_claimed_pages(void)
{
	return READ_ONCE(claimed_pages);
}

/* --- in and out ------------------------------------------------------------------------------ */

struct page *heap_alloc(unsigned int order, unsigned int memflags, bool scrub, const struct domain *d)
{
	unsigned int node, zone_max = zone_limit(memflags);
	struct page *pg = NULL;
	bool dirty = false;

	if (order > MAX_ORDER || ((memflags & MEMF_exact_node) && (memflags & MEMF_any_node) > MAX_NODES))
		return NULL;
	spin_lock(&heap_lock);
	if (unclaimed(d, 1UL << order))
		pg = take_block(preferred_node(memflags), memflags & MEMF_exact_node, zone_max, order,
			&node);
	if (pg) {
		dirty = take_pages(pg, node, order);
		heap_watch(all_free - claimed_pages);
	}
	spin_unlock(&heap_lock);
	if (!pg)
		return NULL;
	arch_page_alloc_flush(pg, order);
	if (dirty && scrub)
		clean_pages(pg, order, d);
	else if (dirty)
		leave_dirty(pg, order);
	return pg;
}

/* Lock held. */
static void free_block(struct page *pg, unsigned int order, bool dirty, uint32_t contents)
{
	unsigned long size = 1UL << order;
	unsigned int node = heap_node(pg);

	for (unsigned long i = 0; i < size; i++) {
		pg[i].count_info = PGC_free | (dirty ? PGC_scrub : 0);
		block_mark_inner(&pg[i]);
		pg[i].free.contents = contents;
	}
	node_free[node] += size;
	all_free += size;
	dirty_pages += dirty ? size : 0;
	block_insert(pg, node, order, dirty ? 0 : ALL_CLEAN);
}

static bool is_condemned(const struct page *pg)
{
	return test_bit(mfn_x(page_to_mfn(pg)), condemned);
}

static void free_pages(struct page *pg, unsigned int order, bool dirty, uint32_t contents)
{
	spin_lock(&heap_lock);
	if (likely(!condemned)) {
		free_block(pg, order, dirty, contents);
	} else {
		for (unsigned long i = 0; i < 1UL << order; i++) {
			if (is_condemned(pg + i))
				pg[i].count_info = PGC_offlined;
			else
				free_block(pg + i, 0, dirty, contents);
		}
	}
	spin_unlock(&heap_lock);
}

void heap_free(struct page *pg, unsigned int order, const struct domain *last)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		BUG_ON(pg[i].count_info & ~PGC_scrub);
		pg[i].owner = 0;
		arch_page_freed(&pg[i]);
	}
	free_pages(pg, order, true, last ? last->serial : 0);
}

/* --- frames out of use ------------------------------------------------------------------------- */

/* Lock held; pg is free: it is in one of the blocks that could contain it. */
static void unlist_page(struct page *pg)
{
	unsigned long m = mfn_x(page_to_mfn(pg));
	unsigned int node = heap_node(pg);

	for (unsigned int order = 0; order <= MAX_ORDER; order++) {
		struct page *head = mfn_to_page(mk_mfn(m >> order << order));

		if (!block_is_free(head, node, order))
			continue;
		block_unlist(head, node);
		block_split(head, node, order, head->free.first_dirty, 0, pg - head);
		take_pages(pg, node, 0);
		return;
	}
	BUG();
}

bool heap_set_condemned(unsigned long *bitmap)
{
	bool kept;

	spin_lock(&heap_lock);
	kept = !condemned;
	if (kept)
		condemned = bitmap;
	spin_unlock(&heap_lock);
	return kept;
}

enum heap_frame heap_frame_state(const struct page *pg)
{
	return !condemned || !is_condemned(pg) ? FRAME_IN_USE :
		READ_ONCE(pg->count_info) & PGC_offlined ? FRAME_OFFLINE : FRAME_LEAVING;
}

enum heap_frame heap_condemn(struct page *pg)
{
	enum heap_frame state;

	spin_lock(&heap_lock);
	set_bit(mfn_x(page_to_mfn(pg)), condemned);
	if (pg->count_info & PGC_free) {
		unlist_page(pg);
		pg->count_info = PGC_offlined;
	}
	state = heap_frame_state(pg);
	spin_unlock(&heap_lock);
	return state;
}

enum heap_frame heap_pardon(struct page *pg)
{
	enum heap_frame before;

	spin_lock(&heap_lock);
	before = heap_frame_state(pg);
	if (before != FRAME_IN_USE)
		clear_bit(mfn_x(page_to_mfn(pg)), condemned);
	if (before == FRAME_OFFLINE)
		free_block(pg, 0, true, 0);
	spin_unlock(&heap_lock);
	return before;
}

/* --- idle scrubbing -------------------------------------------------------------------------- */

/* Takes up to 2^SCRUB_ORDER pages with a dirty one among them off the lists. */
static struct page *take_dirty(unsigned int *ret_order)
{
	for (unsigned int node = 0; node < MAX_NODES; node++) {
		unsigned int order;
		struct page *pg = node_used[node] ? block_with_dirty(node, &order) : NULL;
		uint32_t dirty;

		if (!pg)
			continue;
		dirty = pg->free.first_dirty;
		*ret_order = min(order, (unsigned int)SCRUB_ORDER);
		pg = block_split(pg, node, order, dirty, *ret_order, dirty);
		take_pages(pg, node, *ret_order);
		return pg;
	}
	return NULL;
}

bool heap_scrub_some(void)
{
	struct page *pg;
	unsigned int order;

	if (!READ_ONCE(dirty_pages) || !spin_trylock(&heap_lock))
		return false;
	pg = take_dirty(&order);
	spin_unlock(&heap_lock);
	if (!pg)
		return false;
	/* A guest with a stale translation could otherwise write after the clearing. */
	arch_page_alloc_flush(pg, order);
	clean_pages(pg, order, NULL);
	free_pages(pg, order, false, 0);
	return READ_ONCE(dirty_pages) != 0;
}

/* --- boot and figures ------------------------------------------------------------------------ */

static void add_blocks(unsigned long m, unsigned long end)
{
	while (m < end) {
		unsigned int order = min(ffs_long(m), (unsigned int)MAX_ORDER);

		while (m + (1UL << order) > end)
			order--;
		free_pages(mfn_to_page(mk_mfn(m)), order, true, 0);
		m += 1UL << order;
	}
}

void heap_open_range(unsigned long first, unsigned long last, unsigned int node)
{
	if (!node_used[node])
		heap_lists_init(node);
	node_used[node] = true;
	total_pages += last - first;
	for (unsigned long m = first; m < last; m++)
		memset(mfn_to_page(mk_mfn(m)), 0, sizeof(struct page));
	add_blocks(first, last);
}

unsigned long heap_total_pages(void)
{
	return total_pages;
}

unsigned long heap_free_pages(void)
{
	return READ_ONCE(all_free);
}

unsigned long heap_free_pages_node(unsigned int node)
{
	return node < MAX_NODES ? READ_ONCE(node_free[node]) : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* dirty_map.c: a bit for each of a domain's frames, by guest frame number: written since it was last
 * asked. Who writes marks afterwards: whoever then reads the page and finds it clean has all of it.
 *
 * Locks:   none; see logdirty.h. The map never shrinks while the domain lives.
 * Context: marking from any. */
#include <hv/bitops.h>
#include <hv/guest_access.h>
#include <hv/arch.h>
#include "logdirty.h"

#define CHUNK_WORDS 32U

struct shadow *dirty_map_create(void)
{
	struct shadow *sh = xzalloc(struct shadow);

	if (!sh)
		return NULL;
	/* Guest frame numbers are the guest's: room for twice the machine's is enough. */
	sh->max_leaves = DIV_ROUND_UP(2 * max_page, GFNS_PER_LEAF);
	sh->leaf = xzalloc_array(unsigned long *, sh->max_leaves);
	if (!sh->leaf) {
		xfree(sh);
		return NULL;
	}
	return sh;
}

void dirty_map_destroy(struct shadow *sh)
{
	unsigned int i;

	for (i = 0; i < sh->nr_gfns / GFNS_PER_LEAF; i++)
		free_xenheap_page(sh->leaf[i]);
	xfree(sh->leaf);
	xfree(sh);
}

/* The guest tells the highest frame number that it uses; the tools ask for as many bits. */
static unsigned long gfns_of(const struct domain *d)
{
	unsigned long n = READ_ONCE(d->shared_info->arch.max_pfn) + 1;

	n = n ? max(n, d->tot_pages) : d->tot_pages;
	return d->max_pages < max_page ? max(n, d->max_pages) : n;
}

int dirty_map_prepare(struct domain *d)
{
	struct shadow *sh = d->arch.shadow;
	unsigned int have = sh->nr_gfns / GFNS_PER_LEAF, i;
	unsigned int want = min(DIV_ROUND_UP(gfns_of(d), GFNS_PER_LEAF), (unsigned long)sh->max_leaves);

	for (i = 0; i < have; i++)
		memset(sh->leaf[i], 0, PAGE_SIZE);
	for (; have < want; have++) {
		sh->leaf[have] = alloc_zeroed_page();
		if (!sh->leaf[have])
			return -ENOMEM;
		__atomic_store_n(&sh->nr_gfns, (have + 1) * GFNS_PER_LEAF, __ATOMIC_RELEASE);
	}
	sh->dirty_count = sh->fault_count = 0;
	sh->lost = false;
	return 0;
}

/* The bit of a frame in its leaf; NULL: the map has none for it. */
static unsigned long *leaf_of(const struct shadow *sh, unsigned long gfn)
{
	if (gfn >= __atomic_load_n(&sh->nr_gfns, __ATOMIC_ACQUIRE))
		return NULL;
	return sh->leaf[gfn / GFNS_PER_LEAF];
}

void logdirty_mark_gfn(struct domain *d, unsigned long gfn)
{
	struct shadow *sh = d->arch.shadow;
	unsigned long *leaf;

	if (!sh || gfn == INVALID_M2P_ENTRY)
		return;
	leaf = leaf_of(sh, gfn);
	if (!leaf)
		WRITE_ONCE(sh->lost, true);
	else if (!test_bit(gfn % GFNS_PER_LEAF, leaf) &&
		!test_and_set_bit(gfn % GFNS_PER_LEAF, leaf))
		__atomic_fetch_add(&sh->dirty_count, 1, __ATOMIC_RELAXED);
}

/* Pages of the hypervisor's that the guest shares have no frame number. */
void logdirty_mark_page(struct domain *d, mfn_t m)
{
	if (mfn_valid(m) && page_owner(mfn_to_page(m)) == d)
		logdirty_mark_gfn(d, arch_m2p_get(m));
}

bool dirty_map_has(const struct domain *d, mfn_t m)
{
	const unsigned long *leaf;
	unsigned long gfn;

	if (!mfn_valid(m) || page_owner(mfn_to_page(m)) != d)
		return true;
	gfn = arch_m2p_get(m);
	leaf = leaf_of(d->arch.shadow, gfn);
	return !leaf || test_bit(gfn % GFNS_PER_LEAF, leaf);
}

/* Bits that come meanwhile stay for the next time. */
static void take_words(unsigned long *from, unsigned long *to, unsigned int n, bool clean)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		to[i] = clean && READ_ONCE(from[i]) ?
			__atomic_exchange_n(&from[i], 0, __ATOMIC_SEQ_CST) : READ_ONCE(from[i]);
}

static void put_words_back(unsigned long *to, const unsigned long *from, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		__atomic_fetch_or(&to[i], from[i], __ATOMIC_SEQ_CST);
}

int dirty_map_read(struct shadow *sh, uint8_t *to, unsigned long gfns, bool clean)
{
	unsigned long buf[CHUNK_WORDS], gfn, bytes;

	for (gfn = 0; gfn < gfns; gfn += CHUNK_WORDS * 64) {
		unsigned long *from = sh->leaf[gfn / GFNS_PER_LEAF] + gfn % GFNS_PER_LEAF / 64;

		take_words(from, buf, CHUNK_WORDS, clean);
		bytes = min(DIV_ROUND_UP(gfns - gfn, 8), sizeof(buf));
		if (to && copy_to_guest_raw(to + gfn / 8, buf, bytes)) {
			if (clean)
				put_words_back(from, buf, CHUNK_WORDS);
			return -EFAULT;
		}
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_heap_test.c: the buddy allocator against a model, domains' pages and references, xmalloc. */
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/page.h>
#include <asm/host.h>
#include <setjmp.h>
#include <cmocka.h>

#define MEGABYTES 64
#define FRAMES (MEGABYTES * 256UL)
#define MAX_BLOCKS 512

static uint32_t seed = 12345;

static unsigned int rnd(unsigned int n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static struct { struct page *pg; unsigned int order; } blocks[MAX_BLOCKS];
static unsigned int nr_blocks;
static bool used[FRAMES];

static void claim(struct page *pg, unsigned int order, unsigned int bits, bool zeroed)
{
	unsigned long m = mfn_x(page_to_mfn(pg));

	assert_int_equal(m & ((1UL << order) - 1), 0);
	assert_true(m > 0 && m + (1UL << order) <= FRAMES);
	if (bits)
		assert_true(m + (1UL << order) <= 1UL << (bits - PAGE_SHIFT));
	for (unsigned long i = 0; i < 1UL << order; i++) {
		unsigned long *words = mfn_to_virt(mk_mfn(m + i));

		assert_false(used[m + i]);
		used[m + i] = true;
		if (zeroed)
			for (unsigned int w = 0; w < PAGE_SIZE / 8; w += 37)
				assert_int_equal(words[w], 0);
		for (unsigned int w = 0; w < PAGE_SIZE / 8; w += 37)
			words[w] = 0xa5a5;
		assert_int_equal(pg[i].count_info & ~PGC_scrub, 0);
	}
	blocks[nr_blocks].pg = pg;
	blocks[nr_blocks++].order = order;
}

static void release(unsigned int i)
{
	unsigned long m = mfn_x(page_to_mfn(blocks[i].pg));

	for (unsigned long k = 0; k < 1UL << blocks[i].order; k++)
		used[m + k] = false;
	free_domheap_pages(blocks[i].pg, blocks[i].order);
	blocks[i] = blocks[--nr_blocks];
}

/* How many blocks of each order can be had, largest first: the shape of free memory. */
static void measure(unsigned int ret_count[MAX_ORDER + 1])
{
	static struct { struct page *pg; unsigned int order; } got[FRAMES];
	unsigned int n = 0;

	for (int o = MAX_ORDER; o >= 0; o--) {
		struct page *pg;

		ret_count[o] = 0;
		while ((pg = alloc_domheap_pages(NULL, o, MEMF_no_scrub))) {
			ret_count[o]++;
			got[n].pg = pg;
			got[n++].order = o;
		}
	}
	assert_int_equal(heap_free_pages(), 0);
	while (n--)
		free_domheap_pages(got[n].pg, got[n].order);
}

static void buddies_against_model(void **state)
{
	unsigned int before[MAX_ORDER + 1], after[MAX_ORDER + 1];
	unsigned long free_before = heap_free_pages(), held;

	measure(before);
	assert_int_equal(heap_free_pages(), free_before);
	for (unsigned int step = 0; step < 20000; step++) {
		unsigned int order = rnd(4) ? rnd(4) : rnd(10), bits = rnd(3) ? 0 : 18 + rnd(8);

		if (rnd(16) == 0)
			heap_scrub_some();
		if (nr_blocks < MAX_BLOCKS && rnd(100) < (step / 2000 % 2 ? 40 : 60)) {
			bool scrub = rnd(2);
			struct page *pg = alloc_domheap_pages(NULL, order,
				(bits ? MEMF_bits(bits) : 0) | (scrub ? 0 : MEMF_no_scrub));

			if (pg)
				claim(pg, order, bits, scrub);
		} else if (nr_blocks) {
			release(rnd(nr_blocks));
		}
		held = 0;
		for (unsigned int i = 0; step % 500 == 0 && i < nr_blocks; i++)
			held += 1UL << blocks[i].order;
		if (step % 500 == 0)
			assert_int_equal(heap_free_pages() + held, free_before);
	}
	while (nr_blocks)
		release(0);
	measure(after);
	assert_memory_equal(before, after, sizeof(before));
}

static void idle_scrubbing_cleans_all(void **state)
{
	unsigned long n = 0;
	struct page *pg = alloc_domheap_pages(NULL, 8, MEMF_no_scrub);

	memset(page_to_virt(pg), 0xff, PAGE_SIZE << 8);
	free_domheap_pages(pg, 8);
	while (heap_scrub_some())
		assert_true(++n < FRAMES);
	pg = alloc_domheap_pages(NULL, 12, MEMF_no_scrub);
	assert_non_null(pg); /* merged again, and clean without being asked */
	for (unsigned long i = 0; i < PAGE_SIZE << 12; i += 512)
		assert_int_equal(*((char *)page_to_virt(pg) + i), 0);
	free_domheap_pages(pg, 12);
}

static void limits(void **state)
{
	struct page *pg;

	assert_null(alloc_domheap_pages(NULL, MAX_ORDER + 1, 0));
	assert_null(alloc_domheap_pages(NULL, MAX_ORDER, 0));
	assert_null(alloc_domheap_pages(NULL, 0, MEMF_bits(12))); /* frame 0 is not in the heap */
	pg = alloc_domheap_pages(NULL, 0, MEMF_bits(13));
	assert_non_null(pg);
	assert_int_equal(mfn_x(page_to_mfn(pg)), 1);
	free_domheap_pages(pg, 0);
	assert_null(alloc_domheap_pages(NULL, 5, MEMF_bits(16)));
	pg = alloc_domheap_pages(NULL, 0, MEMF_bits(60) | MEMF_node(3)); /* a node that has nothing */
	assert_non_null(pg);
	free_domheap_pages(pg, 0);
	assert_true(host_stops(free_xenheap_pages(mfn_to_virt(mk_mfn(5)), 0)));
}

/* --- domains' pages --------------------------------------------------------------------------- */

static void pages_of_a_domain(void **state)
{
	struct domain *d = host_make_domain(1, 20), *other = host_make_domain(1, 20);
	unsigned long free_before = heap_free_pages();
	uint32_t refs = d->refcnt;
	struct page *pg, *big;

	pg = alloc_domheap_pages(d, 0, 0);
	assert_ptr_equal(page_owner(pg), d);
	assert_int_equal(pg->count_info, PGC_allocated | 1);
	assert_int_equal(d->refcnt, refs + 1);
	big = alloc_domheap_pages(d, 4, 0);
	assert_int_equal(d->tot_pages, 17);
	assert_null(alloc_domheap_pages(d, 2, 0)); /* over max_pages */
	assert_int_equal(d->tot_pages, 17);
	assert_int_equal(heap_free_pages(), free_before - 17);

	assert_false(get_page(pg, other));
	assert_true(get_page(pg, d));
	put_page_alloc_ref(pg);
	put_page_alloc_ref(pg); /* only once */
	assert_int_equal(d->tot_pages, 17);
	put_page(pg);
	assert_int_equal(d->tot_pages, 16);
	assert_false(get_page(pg, d));
	for (unsigned int i = 0; i < 16; i++)
		put_page_alloc_ref(&big[i]);
	assert_int_equal(d->tot_pages, 0);
	assert_int_equal(d->refcnt, refs);
	assert_int_equal(heap_free_pages(), free_before);
	host_kill_domain(d);
	host_kill_domain(other);
}

/* Some in a row, some not, some that others still refer to; the shape of free memory is as before. */
static void many_pages_let_go_at_once(void **state)
{
	struct domain *d = host_make_domain(1, 200);
	unsigned long free_before = heap_free_pages();
	unsigned int before[MAX_ORDER + 1], after[MAX_ORDER + 1], n = 0;
	struct page *big, *odd[8], *pg[64 + 8 / 2];

	measure(before);
	big = alloc_domheap_pages(d, 6, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(odd); i++)
		odd[i] = alloc_domheap_pages(d, 0, 0);
	for (unsigned int i = 0; i < 64; i++)
		pg[n++] = big + i;
	for (unsigned int i = 0; i < ARRAY_SIZE(odd); i += 2)
		pg[n++] = odd[i];
	for (unsigned int i = 0; i < n; i++)
		assert_true(get_page(pg[i], d));
	assert_true(get_page(big + 5, d));
	assert_true(get_page(odd[2], d));
	put_dying_pages(d, pg, n);
	assert_int_equal(d->tot_pages, 2 + 4);
	assert_int_equal(heap_free_pages(), free_before - 6);
	put_page(big + 5);
	put_page(odd[2]);
	for (unsigned int i = 0; i < 4; i++) {
		pg[i] = odd[2 * i + 1];
		assert_true(get_page(pg[i], d));
	}
	put_dying_pages(d, pg, 4);
	assert_int_equal(d->tot_pages, 0);
	assert_int_equal(heap_free_pages(), free_before);
	measure(after);
	assert_memory_equal(before, after, sizeof(before));
	host_kill_domain(d);
}

static void reference_count_has_an_end(void **state)
{
	struct domain *d = host_make_domain(1, 4), *owner;
	struct page *pg = alloc_domheap_pages(d, 0, 0);

	pg->count_info = PGC_allocated | (PGC_count_mask - 1);
	assert_true(get_page_owner_and_ref(pg, &owner));
	assert_ptr_equal(owner, d);
	assert_false(get_page(pg, d)); /* would carry into the flags */
	assert_int_equal(pg->count_info, PGC_allocated | PGC_count_mask);
	pg->count_info = PGC_allocated | 1;
	host_kill_domain(d);
}

/* Whoever gets a page finds nothing of others in it; of its own it may. */
static void contents_stay_with_their_owner(void **state)
{
	struct domain *a = host_make_domain(1, 100), *b = host_make_domain(1, 100), *next;
	struct page_list others = PAGE_LIST_INIT;
	struct page *pg = alloc_domheap_pages(a, 0, 0), *other;
	uint64_t *words = page_to_virt(pg);

	while ((other = alloc_domheap_pages(NULL, 0, MEMF_no_scrub)))
		page_list_add(other, &others); /* it is the only one that comes and goes */
	for (unsigned int i = 0; i < 6; i++) {
		words[17] = 0x5ec3e7;
		put_page_alloc_ref(pg);
		next = i & 2 ? b : a; /* a, a, b, b, a, a */
		assert_ptr_equal(alloc_domheap_pages(next, 0, 0), pg);
		assert_int_equal(words[17], i == 2 || i == 4 ? 0 : 0x5ec3e7);
	}
	put_page_alloc_ref(pg);
	pg = alloc_domheap_pages(NULL, 0, 0); /* nobody's */
	assert_int_equal(words[17], 0);
	free_domheap_pages(pg, 0);
	while ((other = page_list_pop(&others)))
		free_domheap_pages(other, 0);
	host_kill_domain(a);
	host_kill_domain(b);
}

static void shared_xenheap_page(void **state)
{
	struct domain *d = host_make_domain(1, 4);
	void *v = alloc_zeroed_page();
	struct page *pg = virt_to_page(v);
	uint32_t refs = d->refcnt;

	assert_true(host_stops(put_page(pg))); /* nobody has a reference */
	pg->count_info = PGC_xen_heap;
	xenheap_page_share(pg, d);
	assert_int_equal(d->refcnt, refs); /* shared_info was the first */
	assert_true(get_page(pg, d));
	put_page_alloc_ref(pg);
	assert_true(host_stops(free_xenheap_page(v)));
	put_page(pg);
	assert_null(page_owner(pg));
	free_xenheap_page(v);
	host_kill_domain(d);
}

static void no_pages_for_the_dying(void **state)
{
	struct domain *d = host_make_domain(1, 4);
	struct page *pg = alloc_domheap_pages(NULL, 0, 0);

	domain_get(d);
	host_kill_domain(d);
	assert_int_equal(assign_pages(pg, 0, d), -EINVAL);
	assert_null(alloc_domheap_pages(d, 0, 0));
	free_domheap_pages(pg, 0);
	domain_put(d);
	host_run_all();
}

/* --- xmalloc ----------------------------------------------------------------------------------- */

static void xmalloc_against_model(void **state)
{
	static struct { unsigned char *p; size_t size; unsigned char fill; } objs[600];
	unsigned long free_before = heap_free_pages();

	for (unsigned int step = 0; step < 40000; step++) {
		unsigned int i = rnd(ARRAY_SIZE(objs));

		if (objs[i].p) {
			for (size_t k = 0; k < objs[i].size; k++)
				assert_int_equal(objs[i].p[k], objs[i].fill);
			xfree(objs[i].p);
			objs[i].p = NULL;
		} else {
			size_t align = 1UL << rnd(rnd(8) ? 5 : 13), size = 1 + rnd(rnd(20) ? 400 : 9000);

			objs[i].p = xmalloc_bytes(size, align);
			assert_non_null(objs[i].p);
			assert_int_equal((uintptr_t)objs[i].p % align, 0);
			objs[i].size = size;
			objs[i].fill = rnd(256);
			memset(objs[i].p, objs[i].fill, size);
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(objs); i++)
		xfree(objs[i].p);
	/* One spare page for each size at most stays behind. */
	assert_true(free_before - heap_free_pages() <= 17);
}

static void xmalloc_edges(void **state)
{
	char *p = xzalloc_bytes(100, 1);

	assert_null(xmalloc_bytes(0, 1));
	assert_null(xmalloc_bytes(~0UL, 64));
	assert_null(xmalloc_bytes(1UL << 40, 1));
	assert_null(xzalloc_array(uint64_t, ~0UL / 4));
	xfree(NULL);
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
	xfree(p);
	assert_true(host_stops(xfree(p))); /* twice */
}

static int setup(void **state)
{
	host_init(2, MEGABYTES, "loglvl=none");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buddies_against_model),
		cmocka_unit_test(idle_scrubbing_cleans_all),
		cmocka_unit_test(limits),
		cmocka_unit_test(pages_of_a_domain),
		cmocka_unit_test(many_pages_let_go_at_once),
		cmocka_unit_test(reference_count_has_an_end),
		cmocka_unit_test(contents_stay_with_their_owner),
		cmocka_unit_test(shared_xenheap_page),
		cmocka_unit_test(no_pages_for_the_dying),
		cmocka_unit_test(xmalloc_against_model),
		cmocka_unit_test(xmalloc_edges),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

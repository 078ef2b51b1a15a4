/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_memory_op_test.c: reservations and their partial counts, exchange, queries, resources. */
#include "hv_guest.h"
#include <hv/grant.h>
#include <xen/memory.h>

static struct domain *dom0, *a, *b;
static struct vcpu *v0, *va;

static int setup(void **state)
{
	host_init(1, 64, "loglvl=none");
	dom0 = host_make_dom0(1, 4000);
	a = host_make_domain(1, 1000);
	b = host_make_domain(1, 1000);
	v0 = dom0->vcpu[0];
	va = a->vcpu[0];
	return 0;
}

/* --- helpers ---------------------------------------------------------------------------------- */

static long reserve(struct vcpu *v, unsigned int cmd, xen_pfn_t *list, unsigned long n,
	unsigned int order, domid_t domid)
{
	struct xen_memory_reservation r = {
		.nr_extents = n, .extent_order = order, .domid = domid,
	};

	r.extent_start.p = list;
	return HC(v, memory_op, cmd, &r, 0);
}

static long populate(struct vcpu *v, xen_pfn_t *list, unsigned long n, unsigned int order,
	domid_t domid)
{
	return reserve(v, XENMEM_populate_physmap, list, n, order, domid);
}

static long decrease(struct vcpu *v, xen_pfn_t *list, unsigned long n)
{
	return reserve(v, XENMEM_decrease_reservation, list, n, 0, DOMID_SELF);
}

static unsigned long pages_on_list(struct domain *d)
{
	struct page *pg;
	unsigned long n = 0;

	for (pg = page_list_first(&d->page_list); pg; pg = page_list_next(pg))
		n++;
	return n;
}

static void check_books(struct domain *d, unsigned long want)
{
	assert_int_equal(d->tot_pages, want);
	assert_int_equal(pages_on_list(d), want);
}

/* --- reservations ----------------------------------------------------------------------------- */

static void populate_and_decrease(void **state)
{
	xen_pfn_t list[64];
	unsigned int i;

	for (i = 0; i < 64; i++)
		list[i] = 0x1000 + i;
	assert_int_equal(populate(va, list, 64, 0, DOMID_SELF), 64);
	check_books(a, 64);
	for (i = 0; i < 64; i++) {
		struct page *pg = mfn_to_page(mk_mfn(list[i]));

		assert_ptr_equal(page_owner(pg), a);
		assert_int_equal(pg->count_info, PGC_allocated | 1);
		assert_int_equal(arch_m2p_get(mk_mfn(list[i])), 0x1000 + i);
	}
	assert_int_equal(decrease(va, list, 64), 64);
	check_books(a, 0);
	assert_int_equal(arch_m2p_get(mk_mfn(list[5])), INVALID_M2P_ENTRY);

	list[0] = 0x2000;
	list[1] = 0x2200;
	assert_int_equal(populate(v0, list, 2, 9, a->domain_id), 1); /* the limit is 1000 */
	check_books(a, 512);
}

static void partial_counts(void **state)
{
	xen_pfn_t list[64], *p;
	unsigned int i;

	for (i = 0; i < 64; i++)
		list[i] = 0x3000 + i;
	/* At the limit. */
	a->max_pages = a->tot_pages + 10;
	assert_int_equal(populate(va, list, 64, 0, DOMID_SELF), 10);
	/* Give a page twice, a page of nobody's, a page of another's. */
	list[10] = list[9];
	assert_int_equal(decrease(va, list, 20), 10);
	list[0] = max_page + 5;
	assert_int_equal(decrease(va, list, 1), 0);
	list[0] = ~0UL;
	assert_int_equal(decrease(va, list, 1), 0);
	list[0] = 0x99;
	assert_int_equal(populate(v0, list, 1, 0, b->domain_id), 1);
	assert_int_equal(decrease(va, list, 1), 0);
	assert_int_equal(b->tot_pages, 1);
	/* The list faults in the middle. */
	for (i = 0; i < 64; i++)
		list[i] = 0x3000 + i;
	a->max_pages = 1000;
	p = list;
	poison(p + 5, 8);
	assert_int_equal(populate(va, list, 64, 0, DOMID_SELF), 5);
	unpoison();
	assert_int_equal(decrease(va, list, 5), 5);
	check_books(a, 512);
}

/* Pages that the hypervisor shares with the domain are not the domain's to give. */
static void own_shared_pages(void **state)
{
	xen_pfn_t list[2];
	mfn_t frame;

	list[0] = mfn_x(virt_to_mfn(a->shared_info));
	assert_int_equal(decrease(va, list, 1), 0);
	assert_int_equal(grant_table_get_frame(a, 0, &frame), 0);
	list[0] = mfn_x(frame);
	assert_int_equal(decrease(va, list, 1), 0);
}

static void refusals(void **state)
{
	xen_pfn_t list[4] = { 1, 2, 3, 4 };

	assert_int_equal(populate(va, list, 4, 0, b->domain_id), 0);
	assert_int_equal(populate(v0, list, 4, 0, 999), 0);
	assert_int_equal(populate(va, list, 1, 10, DOMID_SELF), 0);
	assert_int_equal(populate(va, list, 1, 31, DOMID_SELF), 0);
	assert_int_equal(populate(va, list, 1, ~0U, DOMID_SELF), 0);
	assert_int_equal(populate(va, list, ~0UL, 0, DOMID_SELF), 0);
	assert_int_equal(populate(va, list, 0, 0, DOMID_SELF), 0);
	assert_int_equal(HC(va, memory_op, XENMEM_populate_physmap, BAD_POINTER, 0), 0);
	/* A start beyond the end, as only the guest can make up. */
	assert_int_equal(HC(va, memory_op, XENMEM_populate_physmap | 1000UL << 6, list, 0), 1000);
	assert_int_equal(HC(va, memory_op, 63, list, 0), -ENOSYS);
	assert_int_equal(HC(va, memory_op, XENMEM_add_to_physmap, list, 0), -EACCES);
	check_books(a, 512);
}

static void gives_way(void **state)
{
	xen_pfn_t list[64];
	unsigned int i;

	for (i = 0; i < 64; i++)
		list[i] = 0x4000 + i;
	always_preempt(true);
	assert_int_equal(populate(va, list, 64, 0, DOMID_SELF), 64);
	assert_int_equal(restarts, 63);
	check_books(a, 576);
	assert_int_equal(decrease(va, list, 64), 64);
	assert_int_equal(restarts, 63);
	always_preempt(false);
	check_books(a, 512);
}

/* --- exchange --------------------------------------------------------------------------------- */

static long exchange(struct vcpu *v, xen_pfn_t *in, unsigned long nr_in, unsigned int in_order,
	xen_pfn_t *out, unsigned long nr_out, unsigned int out_order, unsigned long *ret_done)
{
	struct xen_memory_exchange x = {
		.in = { .nr_extents = nr_in, .extent_order = in_order, .domid = DOMID_SELF },
		.out = { .nr_extents = nr_out, .extent_order = out_order, .domid = DOMID_SELF },
	};
	long rc;

	x.in.extent_start.p = in;
	x.out.extent_start.p = out;
	rc = HC(v, memory_op, XENMEM_exchange, &x, 0);
	*ret_done = x.nr_exchanged;
	return rc;
}

static void exchanges(void **state)
{
	xen_pfn_t in[16], out[4] = { 0x5000, 0x5004, 0x5008, 0x500c }, back[16];
	unsigned long done, before, i, n = a->tot_pages;

	for (i = 0; i < 16; i++)
		in[i] = 0x5000 + i;
	assert_int_equal(populate(va, in, 16, 0, DOMID_SELF), 16);
	before = heap_free_pages();
	a->max_pages = a->tot_pages; /* no room to spare is needed */
	assert_int_equal(exchange(va, in, 16, 0, out, 4, 2, &done), 0);
	assert_int_equal(done, 16);
	check_books(a, n + 16);
	assert_int_equal(heap_free_pages(), before);
	for (i = 0; i < 16; i++) {
		mfn_t mfn = mk_mfn(out[i / 4] + i % 4);

		assert_int_equal(out[i / 4] % 4, 0);
		assert_int_equal(arch_m2p_get(mfn), 0x5000 + i);
		assert_ptr_equal(page_owner(mfn_to_page(mfn)), a);
	}
	/* And back to single pages, giving way all the time. */
	for (i = 0; i < 16; i++)
		back[i] = 0x5000 + i;
	always_preempt(true);
	assert_int_equal(exchange(va, out, 4, 2, back, 16, 0, &done), 0);
	assert_int_equal(restarts, 3);
	always_preempt(false);
	assert_int_equal(done, 4);
	check_books(a, n + 16);
	assert_int_equal(arch_m2p_get(mk_mfn(back[7])), 0x5007);

	/* A page in use cannot be given: the others of its chunk stay. */
	assert_true(get_page(mfn_to_page(mk_mfn(back[6])), a));
	memcpy(in, back, sizeof(in));
	assert_int_equal(exchange(va, back, 16, 0, out, 4, 2, &done), -EINVAL);
	assert_int_equal(done, 4);
	check_books(a, n + 16);
	assert_ptr_equal(page_owner(mfn_to_page(mk_mfn(in[5]))), a);
	assert_int_equal(mfn_to_page(mk_mfn(in[5]))->count_info, PGC_allocated | 1);
	put_page(mfn_to_page(mk_mfn(in[6])));

	/* Twice the same page. */
	in[9] = in[8];
	assert_int_equal(exchange(va, in + 8, 4, 0, out, 1, 2, &done), -EINVAL);
	assert_int_equal(done, 0);
	check_books(a, n + 16);
	/* More than there is. */
	assert_int_equal(exchange(va, in, 512, 0, out, 1, 9, &done), -EINVAL);
	check_books(a, n + 16);

	assert_int_equal(exchange(va, in, 16, 0, out, 3, 2, &done), -EINVAL);
	assert_int_equal(exchange(va, in, 1UL << 60, 4, out, 1, 64, &done), -EPERM);
	assert_int_equal(exchange(va, in, ~0UL, 0, out, ~0UL, 0, &done), -EINVAL);
	assert_int_equal(exchange(va, in, 1UL << 60, 4, out, 0, 0, &done), -EINVAL);
	assert_int_equal(HC(va, memory_op, XENMEM_exchange, BAD_POINTER, 0), -EFAULT);
	a->max_pages = 1000;
}

/* The domain's very last page. */
static void exchange_of_all(void **state)
{
	struct domain *x = host_make_domain(1, 1);
	xen_pfn_t in[1] = { 7 }, out[1] = { 7 };
	domid_t id = x->domain_id;
	unsigned long done;

	assert_int_equal(populate(x->vcpu[0], in, 1, 0, DOMID_SELF), 1);
	assert_int_equal(exchange(x->vcpu[0], in, 1, 0, out, 1, 0, &done), 0);
	check_books(x, 1);
	host_kill_domain(x);
	assert_null(domain_get_by_id(id));
}

/* --- queries ---------------------------------------------------------------------------------- */

static long query(struct vcpu *v, unsigned int cmd, domid_t domid)
{
	return HC(v, memory_op, cmd, &domid, 0);
}

static void queries(void **state)
{
	a->shared_info->arch.max_pfn = 0x800;
	assert_int_equal(query(va, XENMEM_current_reservation, DOMID_SELF), a->tot_pages);
	assert_int_equal(query(v0, XENMEM_current_reservation, a->domain_id), a->tot_pages);
	assert_int_equal(query(va, XENMEM_current_reservation, b->domain_id), -EPERM);
	assert_int_equal(query(v0, XENMEM_current_reservation, 999), -ESRCH);
	assert_int_equal(query(va, XENMEM_maximum_reservation, DOMID_SELF), 1000);
	assert_int_equal(query(v0, XENMEM_maximum_gpfn, a->domain_id), 0x7ff);
	assert_int_equal(HC(va, memory_op, XENMEM_current_reservation, BAD_POINTER, 0), -EFAULT);
	assert_int_equal(HC(va, memory_op, XENMEM_maximum_ram_page, 0, 0), max_page);
	assert_int_equal(HC(v0, memory_op, XENMEM_get_sharing_freed_pages, 0, 0), 0);
	assert_int_equal(HC(v0, memory_op, XENMEM_claim_pages, 0, 0), -EFAULT);
}

static void resources(void **state)
{
	xen_pfn_t frames[80] = { 0 };
	struct xen_mem_acquire_resource r = {
		.domid = a->domain_id, .type = XENMEM_resource_grant_table,
	};
	mfn_t first;

	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), 0);
	assert_int_equal(r.nr_frames, 64);
	r.frame_list.p = frames;
	r.nr_frames = 3;
	always_preempt(true);
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), 0);
	always_preempt(false);
	assert_int_equal(grant_table_get_frame(a, 0, &first), 0);
	assert_int_equal(frames[0], mfn_x(first));
	assert_int_not_equal(frames[2], 0);
	assert_int_equal(frames[3], 0);
	assert_ptr_equal(page_owner(mfn_to_page(mk_mfn(frames[2]))), a);

	assert_int_equal(HC(va, memory_op, XENMEM_acquire_resource, &r, 0), -EPERM);
	r.nr_frames = 65;
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), -EINVAL);
	r.nr_frames = 1;
	r.frame = ~0ULL;
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), -EINVAL);
	r.frame = 0;
	r.id = 1;
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), -EINVAL);
	r.type = 0;
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), -EINVAL);
	r.type = 3;
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), -EOPNOTSUPP);
	r.pad = 1;
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), -EINVAL);
	r = (struct xen_mem_acquire_resource){ .domid = 999, .type = 1 };
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), -ESRCH);
	r.domid = 0;
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, &r, 0), -EPERM);
	assert_int_equal(HC(v0, memory_op, XENMEM_acquire_resource, BAD_POINTER, 0), -EFAULT);
}

static void nothing_leaks(void **state)
{
	unsigned long before;
	struct domain *x;
	xen_pfn_t list[100];
	unsigned int i, round;

	for (before = round = 0; round < 3; round++) {
		x = host_make_domain(2, 100);
		for (i = 0; i < 100; i++)
			list[i] = i;
		assert_int_equal(populate(v0, list, 100, 0, x->domain_id), 100);
		host_kill_domain(x);
		while (heap_scrub_some())
			;
		if (round == 1)
			before = heap_free_pages();
	}
	assert_int_equal(heap_free_pages(), before);
}

static long claim(struct vcpu *v, unsigned long pages, domid_t domid)
{
	return reserve(v, XENMEM_claim_pages, NULL, pages, 0, domid);
}

static void claims(void **state)
{
	struct domain *d = host_make_domain(1, 100000), *e = host_make_domain(1, 100000);
	unsigned long have = heap_free_pages();
	xen_pfn_t list[4] = { 1, 2, 3, 4 };
	struct page *pg;

	assert_int_equal(claim(va, 10, d->domain_id), -EPERM);
	assert_int_equal(claim(v0, 10, DOMID_SELF), -EINVAL);
	assert_int_equal(claim(v0, 10, 999), -EINVAL);
	assert_int_equal(reserve(v0, XENMEM_claim_pages, list, 4, 0, d->domain_id), -EINVAL);
	assert_int_equal(reserve(v0, XENMEM_claim_pages, NULL, 4, 1, d->domain_id), -EINVAL);
	assert_int_equal(claim(v0, 100001, d->domain_id), -EINVAL); /* over max_pages */
	assert_int_equal(claim(v0, have + 1, d->domain_id), -ENOMEM);
	assert_int_equal(claim(v0, have - 2, d->domain_id), 0);
	assert_int_equal(claim(v0, 5, d->domain_id), -EINVAL); /* one at a time */
	assert_int_equal(heap_claimed_pages(), have - 2);
	assert_int_equal(claim(v0, 3, e->domain_id), -ENOMEM);

	/* Others get what is left; the claim's owner gets its own, which uses the claim up. */
	pg = alloc_domheap_pages(e, 1, 0);
	assert_non_null(pg);
	assert_null(alloc_domheap_pages(e, 0, 0));
	assert_null(alloc_xenheap_page());
	assert_int_equal(populate(v0, list, 4, 0, d->domain_id), 4);
	assert_int_equal(d->outstanding_pages, have - 6);
	assert_int_equal(heap_claimed_pages(), have - 6);
	put_page_alloc_ref(mfn_to_page(mk_mfn(list[0])));
	assert_int_equal(d->outstanding_pages, have - 5);

	assert_int_equal(claim(v0, 0, d->domain_id), 0);
	assert_int_equal(heap_claimed_pages(), 0);
	assert_int_equal(claim(v0, 2, d->domain_id), -EINVAL); /* it has 3 */
	assert_int_equal(claim(v0, 10, d->domain_id), 0);
	assert_int_equal(heap_claimed_pages(), 7);
	host_kill_domain(d);
	assert_int_equal(heap_claimed_pages(), 0);
	host_kill_domain(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims),
		cmocka_unit_test(populate_and_decrease), cmocka_unit_test(partial_counts),
		cmocka_unit_test(own_shared_pages), cmocka_unit_test(refusals),
		cmocka_unit_test(gives_way), cmocka_unit_test(exchanges),
		cmocka_unit_test(exchange_of_all), cmocka_unit_test(queries),
		cmocka_unit_test(resources), cmocka_unit_test(nothing_leaks),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_race_test.c: event channels and grants from several CPUs at once; afterwards the books must
 * balance. */
#include "hv_guest.h"
#include <hv/grant.h>
#include <pthread.h>

#define THREADS 4
#define ROUNDS  20000
#define PORTS   12

static struct domain *dom[2];
static struct grant_entry_v1 *table; /* dom[0]'s */
static struct page *page;
static pthread_barrier_t start;

typedef void step_fn(struct vcpu *v, uint32_t *seed);
static step_fn *step;

static void *worker(void *arg)
{
	unsigned int cpu = (uintptr_t)arg, i;
	uint32_t seed = 1000 + cpu;

	host_on_cpu(cpu);
	pthread_barrier_wait(&start);
	for (i = 0; i < ROUNDS; i++)
		step(dom[cpu % 2]->vcpu[cpu / 2], &seed);
	return NULL;
}

static void run_threads(step_fn *fn)
{
	pthread_t t[THREADS];
	uintptr_t i;

	step = fn;
	host_threads = true;
	pthread_barrier_init(&start, NULL, THREADS);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, worker, (void *)i), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	pthread_barrier_destroy(&start);
	host_threads = false;
}

/* --- events ----------------------------------------------------------------------------------- */

static void event_step(struct vcpu *v, uint32_t *seed)
{
	struct domain *other = dom[random_next(seed) % 2];
	unsigned int port = random_next(seed) % (PORTS + 1);
	struct evtchn_alloc_unbound al = { DOMID_SELF, other->domain_id, 0 };
	struct evtchn_bind_interdomain bi = { other->domain_id, port, 0 };
	struct evtchn_bind_virq bv = { VIRQ_DEBUG, v->vcpu_id, 0 };
	struct evtchn_bind_vcpu mv = { port, random_next(seed) % 2 };
	struct evtchn_status st = { .dom = DOMID_SELF, .port = port };

	switch (random_next(seed) % 9) {
	case 0: evtchn_op(v, EVTCHNOP_alloc_unbound, &al); break;
	case 1:
	case 2: evtchn_op(v, EVTCHNOP_bind_interdomain, &bi); break;
	case 3: evtchn_op(v, EVTCHNOP_close, &(struct evtchn_close){ port }); break;
	case 4: evtchn_op(v, EVTCHNOP_send, &(struct evtchn_send){ port }); break;
	case 5: evtchn_op(v, EVTCHNOP_unmask, &(struct evtchn_unmask){ port }); break;
	case 6: evtchn_op(v, EVTCHNOP_bind_virq, &bv); break;
	case 7: evtchn_op(v, EVTCHNOP_bind_vcpu, &mv); break;
	case 8:
		evtchn_op(v, EVTCHNOP_status, &st);
		send_guest_vcpu_virq(v, VIRQ_DEBUG);
		break;
	}
}

/* Both ends of a pair know each other, a virq's vcpu its port, and the count is right. */
static void check_ports(struct domain *d)
{
	unsigned int p, active = 0;

	for (p = 1; p < d->ev.nr_ports; p++) {
		struct evtchn *c = &d->ev.buckets[p / EVTCHNS_PER_PAGE][p % EVTCHNS_PER_PAGE], *r;

		active += c->state != ECS_FREE;
		assert_int_not_equal(c->state, ECS_RESERVED);
		if (c->state == ECS_VIRQ) {
			assert_int_equal(d->vcpu[c->notify_vcpu]->virq_to_evtchn[c->u.virq], p);
		} else if (c->state == ECS_INTERDOMAIN) {
			struct domain *rd = c->u.interdomain.remote_dom;

			r = &rd->ev.buckets[0][c->u.interdomain.remote_port];
			assert_int_equal(r->state, ECS_INTERDOMAIN);
			assert_ptr_equal(r->u.interdomain.remote_dom, d);
			assert_int_equal(r->u.interdomain.remote_port, p);
		}
	}
	assert_int_equal(active, d->ev.x_active);
}

static void events(void **state)
{
	uint32_t refs[2] = { dom[0]->refcnt, dom[1]->refcnt };

	run_threads(event_step);
	check_ports(dom[0]);
	check_ports(dom[1]);
	assert_int_equal(dom[0]->refcnt, refs[0]);
	assert_int_equal(dom[1]->refcnt, refs[1]);
}

/* --- grants ----------------------------------------------------------------------------------- */

static grant_handle_t shared_handle[4]; /* the threads unmap each other's */

static void grant_step(struct vcpu *v, uint32_t *seed)
{
	grant_handle_t *slot = &shared_handle[random_next(seed) % ARRAY_SIZE(shared_handle)];
	struct gnttab_map_grant_ref map = {
		.flags = GNTMAP_device_map | (random_next(seed) & 1 ? GNTMAP_readonly : 0),
		.ref = 8 + v->domain->domain_id, .dom = dom[0]->domain_id,
	};
	struct gnttab_unmap_grant_ref un = { .dev_bus_addr = mfn_to_paddr(page_to_mfn(page)) };
	struct gnttab_copy copy = {
		.source = { .u.ref = map.ref, .domid = dom[0]->domain_id },
		.dest = { .u.ref = map.ref, .domid = dom[0]->domain_id, .offset = 64 },
		.len = 64, .flags = GNTCOPY_source_gref | GNTCOPY_dest_gref,
	};

	switch (random_next(seed) % 3) {
	case 0:
		if (v->domain != dom[1])
			break; /* handles are of one domain */
		HC(v, grant_table_op, GNTTABOP_map_grant_ref, &map, 1);
		if (map.status != GNTST_okay)
			break;
		un.handle = __atomic_exchange_n(slot, map.handle, __ATOMIC_SEQ_CST);
		if (un.handle != ~0U)
			HC(v, grant_table_op, GNTTABOP_unmap_grant_ref, &un, 1);
		break;
	case 1:
		un.handle = random_next(seed) % 16; /* perhaps somebody's, perhaps going right now */
		HC(v, grant_table_op, GNTTABOP_unmap_grant_ref, &un, 1);
		break;
	case 2:
		HC(v, grant_table_op, GNTTABOP_copy, &copy, 1);
		break;
	}
}

static void grants(void **state)
{
	unsigned int i;

	memset(shared_handle, 0xff, sizeof(shared_handle));
	for (i = 0; i < 2; i++) {
		table[8 + dom[i]->domain_id] = (struct grant_entry_v1){
			GTF_permit_access, dom[i]->domain_id, mfn_x(page_to_mfn(page)),
		};
	}
	run_threads(grant_step);
	for (i = 0; i < 4096; i++) {
		struct gnttab_unmap_grant_ref un = {
			.dev_bus_addr = mfn_to_paddr(page_to_mfn(page)), .handle = i,
		};

		HC(dom[1]->vcpu[0], grant_table_op, GNTTABOP_unmap_grant_ref, &un, 1);
	}
	assert_int_equal(page->count_info, PGC_allocated | 1);
	assert_int_equal(page->type_info, 0);
	assert_int_equal(table[8 + dom[0]->domain_id].flags, GTF_permit_access);
	assert_int_equal(table[8 + dom[1]->domain_id].flags, GTF_permit_access);
}

/* --- memory ----------------------------------------------------------------------------------- */

/* Both vcpus of a domain give and take the same pages. */
static void memory_step(struct vcpu *v, uint32_t *seed)
{
	static xen_pfn_t known[2][8];
	unsigned int i = random_next(seed) % 8;
	xen_pfn_t *slot = &known[v->domain == dom[1]][i], frame = *(volatile xen_pfn_t *)slot;
	xen_pfn_t gfn = i;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	struct xen_memory_exchange x = {
		.in = { .nr_extents = 1, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .domid = DOMID_SELF },
	};

	switch (random_next(seed) % 3) {
	case 0:
		r.extent_start.p = &gfn;
		if (HC(v, memory_op, XENMEM_populate_physmap, &r, 0) == 1)
			*(volatile xen_pfn_t *)slot = gfn;
		break;
	case 1:
		r.extent_start.p = &frame;
		HC(v, memory_op, XENMEM_decrease_reservation, &r, 0);
		break;
	case 2:
		x.in.extent_start.p = &frame;
		x.out.extent_start.p = &gfn;
		if (HC(v, memory_op, XENMEM_exchange, &x, 0) == 0)
			*(volatile xen_pfn_t *)slot = gfn;
		break;
	}
}

static void memory(void **state)
{
	unsigned long n;
	struct page *pg;
	int i;

	run_threads(memory_step);
	for (i = 0; i < 2; i++) {
		for (n = 0, pg = page_list_first(&dom[i]->page_list); pg; pg = page_list_next(pg)) {
			assert_ptr_equal(page_owner(pg), dom[i]);
			assert_int_equal(pg->count_info, PGC_allocated | 1);
			n++;
		}
		assert_int_equal(n, dom[i]->tot_pages);
		assert_true(n <= dom[i]->max_pages);
	}
}

static void the_end(void **state)
{
	domid_t id[2] = { dom[0]->domain_id, dom[1]->domain_id };

	host_kill_domain(dom[0]);
	host_kill_domain(dom[1]);
	assert_null(domain_get_by_id(id[0]));
	assert_null(domain_get_by_id(id[1]));
}

static int setup(void **state)
{
	mfn_t frame;
	int i;

	host_init(THREADS, 64, "loglvl=none");
	host_make_dom0(1, 100);
	for (i = 0; i < 2; i++) {
		dom[i] = host_make_domain(2, 100);
		dom[i]->ev.max_port = PORTS;
	}
	page = alloc_domheap_pages(dom[0], 0, 0);
	assert_non_null(page);
	assert_int_equal(grant_table_get_frame(dom[0], 0, &frame), 0);
	table = mfn_to_virt(frame);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events), cmocka_unit_test(grants), cmocka_unit_test(memory),
		cmocka_unit_test(the_end),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_grant_death_test.c: grants whose mapper or granter dies, and handles that run out. */
#include "hv_grant.h"

static void mapper_dies(void **state)
{
	struct domain *x = host_make_domain(1, 10);
	struct gnttab_map_grant_ref a;
	unsigned int i;

	grant(50, x, page[7], 0);
	for (i = 0; i < 300; i++) {
		a = do_map(x->vcpu[0], 50, ADDR(i + 1), GNTMAP_host_map);
		assert_int_equal(a.status, GNTST_okay);
	}
	a = do_map(x->vcpu[0], 50, 0, GNTMAP_device_map);
	assert_int_equal(a.status, GNTST_okay);
	assert_int_equal(refs(page[7]), 302);
	for (i = 0; i < 300; i++) { /* the page tables are the arch's to take down */
		host_find_mapping(ADDR(i + 1))->addr = 0;
		arch_put_page_writable(page[7]);
	}
	softirq_raise(SOFTIRQ_TASKLET);
	i = 0;
	while (grant_table_release_mappings(x) == -ERESTART)
		i++;
	assert_true(i >= 1 && i < 10);
	host_run_all();
	host_kill_domain(x);
	assert_int_equal(refs(page[7]), 1);
	assert_int_equal(page[7]->type_info, 0);
	assert_int_equal(table[50].flags, GTF_permit_access);
}

static void granter_dies(void **state)
{
	struct domain *x = host_make_domain(1, 10), *old_g = g;
	struct page *pg = new_page(x);
	struct gnttab_map_grant_ref a;
	struct grant_entry_v1 *e;
	domid_t id = x->domain_id;
	mfn_t frame;

	assert_int_equal(grant_table_get_frame(x, 0, &frame), 0);
	e = mfn_to_virt(frame);
	e[1] = (struct grant_entry_v1){ GTF_permit_access, m->domain_id,
		mfn_x(page_to_mfn(pg)) };
	/* dom0 has the table's frame mapped as well, as the builder does. */
	assert_true(get_page(mfn_to_page(frame), x));
	g = x;
	a = do_map(vm, 1, ADDR(1), GNTMAP_host_map);
	assert_int_equal(a.status, GNTST_okay);
	host_kill_domain(x);
	assert_int_equal(do_map(vm, 1, ADDR(2), GNTMAP_host_map).status, GNTST_bad_domain);
	g = old_g;
	x = domain_get_by_id(id); /* still there, dead: its page is in use */
	assert_non_null(x);
	domain_put(x);
	assert_int_equal(unmap(vm, ADDR(1), 0, a.handle), GNTST_okay);
	put_page(mfn_to_page(frame));
	host_run_all();
	assert_null(domain_get_by_id(id));
}

/* dom0's maptrack has a limit. */
static void handles_run_out(void **state)
{
	struct xen_domctl_createdomain cfg = { .max_vcpus = 1, .max_evtchn_port = 100,
		.max_grant_frames = 1, .max_maptrack_frames = 1, .grant_opts = 1 };
	struct gnttab_map_grant_ref a;
	struct domain *x;
	grant_handle_t h[256];
	unsigned int i;

	assert_int_equal(domain_create(77, &cfg, false, &x), 0);
	assert_non_null(vcpu_create(x, 0));
	grant(60, x, page[0], 0);
	for (i = 0; i < 256; i++) {
		a = do_map(x->vcpu[0], 60, 0, GNTMAP_device_map);
		assert_int_equal(a.status, GNTST_okay);
		h[i] = a.handle;
	}
	assert_int_equal(do_map(x->vcpu[0], 60, 0, GNTMAP_device_map).status, GNTST_no_device_space);
	assert_int_equal(unmap(x->vcpu[0], 0, a.dev_bus_addr, h[9]), GNTST_okay);
	a = do_map(x->vcpu[0], 60, 0, GNTMAP_device_map);
	assert_int_equal(a.status, GNTST_okay);
	assert_int_equal(a.handle, h[9]);
	host_kill_domain(x);
	assert_int_equal(refs(page[0]), 1);
	assert_int_equal(table[60].flags, GTF_permit_access);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapper_dies), cmocka_unit_test(granter_dies),
		cmocka_unit_test(handles_run_out),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

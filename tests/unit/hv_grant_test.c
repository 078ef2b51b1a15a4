/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_grant_test.c: grant tables: uses of entries, mappings, copies, hostile entries. */
#include "hv_grant.h"

static struct gnttab_copy do_copy(struct vcpu *v, struct gnttab_copy op)
{
	op.status = 99;
	assert_int_equal(HC(v, grant_table_op, GNTTABOP_copy, &op, 1), 0);
	return op;
}

/* --- table ------------------------------------------------------------------------------------ */

static void table_setup(void **state)
{
	xen_pfn_t frames[64] = { 0 };
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 4 };
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	struct gnttab_set_version sv = { 1 };
	struct gnttab_get_version gv = { .dom = DOMID_SELF };
	unsigned int i;

	op.frame_list.p = frames;
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_setup_table, &op, 1), 0);
	assert_int_equal(op.status, GNTST_okay);
	for (i = 0; i < 4; i++) {
		assert_ptr_equal(page_owner(mfn_to_page(mk_mfn(frames[i]))), g);
		assert_int_equal(i && frames[i] == frames[i - 1], 0);
	}
	assert_int_equal(frames[4], 0);
	table = mfn_to_virt(mk_mfn(frames[0]));
	op.nr_frames = 65;
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_setup_table, &op, 1), 0);
	assert_int_equal(op.status, GNTST_general_error);
	op.nr_frames = ~0U;
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_setup_table, &op, 1), 0);
	assert_int_equal(op.status, GNTST_general_error);
	op.nr_frames = 1;
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_setup_table, &op, 2), -EINVAL);
	op.dom = m->domain_id;
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_setup_table, &op, 1), 0);
	assert_int_equal(op.status, GNTST_permission_denied);
	op.dom = 999;
	assert_int_equal(HC(dom0->vcpu[0], grant_table_op, GNTTABOP_setup_table, &op, 1), 0);
	assert_int_equal(op.status, GNTST_bad_domain);

	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_query_size, &q, 1), 0);
	assert_int_equal(q.status, GNTST_okay);
	assert_int_equal(q.nr_frames, 4);
	assert_int_equal(q.max_nr_frames, 64);
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_set_version, &sv, 1), 0);
	sv.version = 2;
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_set_version, &sv, 1), 0);
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_get_version, &gv, 1), 0);
	assert_int_equal(gv.version, 2);
	sv.version = 1;
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_set_version, &sv, 1), 0);
	sv.version = 3;
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_set_version, &sv, 1), -EINVAL);
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_get_version, &gv, 1), 0);
	assert_int_equal(gv.version, 1);
}

static void bad_calls(void **state)
{
	assert_int_equal(HC(vg, grant_table_op, 77, NULL, 1), -ENOSYS);
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_copy, BAD_POINTER, 1), -EFAULT);
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_unmap_grant_ref, BAD_POINTER, 1), -EFAULT);
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_copy, BAD_POINTER, 0x80000000U), -EINVAL);
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_copy, BAD_POINTER, 0), 0);
}

/* --- mapping ---------------------------------------------------------------------------------- */

static void map_and_unmap(void **state)
{
	struct gnttab_map_grant_ref a, b, c;
	struct page *pg = page[0];

	grant(8, m, pg, 0);
	a = do_map(vm, 8, ADDR(1), GNTMAP_host_map | GNTMAP_readonly);
	assert_int_equal(a.status, GNTST_okay);
	assert_int_equal(a.dev_bus_addr, mfn_to_paddr(page_to_mfn(pg)));
	assert_int_equal(table[8].flags, GTF_permit_access | GTF_reading);
	assert_int_equal(refs(pg), 2);
	assert_int_equal(pg->type_info, 0);
	assert_int_equal(host_find_mapping(ADDR(1))->mfn, mfn_x(page_to_mfn(pg)));

	b = do_map(vm, 8, ADDR(2), GNTMAP_host_map);
	assert_int_equal(b.status, GNTST_okay);
	assert_int_not_equal(a.handle, b.handle);
	assert_int_equal(table[8].flags, GTF_permit_access | GTF_reading | GTF_writing);
	assert_int_equal(refs(pg), 3);
	assert_int_equal(pg->type_info, 1);

	/* The granter changes its mind: too late for those, in time for the next. */
	table[8].frame = mfn_x(page_to_mfn(page[1]));
	c = do_map(vm, 8, ADDR(3), GNTMAP_host_map);
	assert_int_equal(c.status, GNTST_okay);
	assert_int_equal(host_find_mapping(ADDR(3))->mfn, mfn_x(page_to_mfn(pg)));
	assert_int_equal(refs(pg), 4);
	assert_int_equal(refs(page[1]), 1);

	assert_int_equal(unmap(vm, ADDR(2), 0, b.handle), GNTST_okay);
	assert_int_equal(unmap(vm, ADDR(3), 0, c.handle), GNTST_okay);
	assert_int_equal(table[8].flags, GTF_permit_access | GTF_reading);
	assert_int_equal(pg->type_info, 0);
	assert_int_equal(unmap(vm, ADDR(1), 0, a.handle), GNTST_okay);
	assert_int_equal(table[8].flags, GTF_permit_access);
	assert_int_equal(refs(pg), 1);
	assert_null(host_find_mapping(ADDR(1)));
	assert_int_equal(unmap(vm, ADDR(1), 0, a.handle), GNTST_bad_handle);
	assert_int_equal(unmap(vm, ADDR(1), 0, 1 << 20), GNTST_bad_handle);
	assert_int_equal(unmap(vm, ADDR(1), 0, ~0U), GNTST_bad_handle);
}

static void map_refusals(void **state)
{
	struct gnttab_map_grant_ref op;

	grant(9, m, page[0], GTF_readonly);
	assert_int_equal(do_map(vm, 9, ADDR(1), GNTMAP_host_map).status, GNTST_general_error);
	assert_int_equal(table[9].flags, GTF_permit_access | GTF_readonly);
	assert_int_equal(do_map(vm, 9, ADDR(1), 0).status, GNTST_bad_gntref);
	assert_int_equal(do_map(vm, 9, ADDR(1), GNTMAP_readonly).status, GNTST_bad_gntref);
	assert_int_equal(do_map(vm, 2048, ADDR(1), GNTMAP_host_map).status, GNTST_bad_gntref);
	assert_int_equal(do_map(vm, ~0U, ADDR(1), GNTMAP_host_map).status, GNTST_bad_gntref);
	/* To somebody else; not at all; for transfer. */
	grant(9, dom0, page[0], 0);
	assert_int_equal(do_map(vm, 9, ADDR(1), GNTMAP_host_map).status, GNTST_general_error);
	table[9].flags = 0;
	assert_int_equal(do_map(vm, 9, ADDR(1), GNTMAP_host_map).status, GNTST_general_error);
	table[9].flags = GTF_accept_transfer;
	assert_int_equal(do_map(vm, 9, ADDR(1), GNTMAP_host_map).status, GNTST_general_error);
	/* A frame that is no frame, nobody's, or another's. */
	grant(9, m, page[0], 0);
	table[9].frame = ~0U;
	assert_int_equal(do_map(vm, 9, ADDR(1), GNTMAP_host_map).status, GNTST_bad_page);
	assert_int_equal(table[9].flags, GTF_permit_access);
	table[9].frame = max_page - 1;
	assert_int_equal(do_map(vm, 9, ADDR(1), GNTMAP_host_map).status, GNTST_bad_page);
	grant(9, m, new_page(dom0), 0);
	assert_int_equal(do_map(vm, 9, ADDR(1), GNTMAP_host_map).status, GNTST_bad_page);
	assert_int_equal(table[9].flags, GTF_permit_access);
	/* The arch cannot put it there: nothing stays. */
	grant(9, m, page[0], 0);
	assert_int_equal(do_map(vm, 9, 0, GNTMAP_host_map | GNTMAP_device_map).status,
		GNTST_general_error);
	assert_int_equal(table[9].flags, GTF_permit_access);
	assert_int_equal(refs(page[0]), 1);
	assert_int_equal(page[0]->type_info, 0);
	op = (struct gnttab_map_grant_ref){ .dom = 999, .ref = 9, .flags = GNTMAP_host_map };
	assert_int_equal(HC(vm, grant_table_op, GNTTABOP_map_grant_ref, &op, 1), 0);
	assert_int_equal(op.status, GNTST_bad_domain);
}

static void busy_entry_belongs_to_one(void **state)
{
	struct gnttab_map_grant_ref a;

	grant(10, m, page[2], 0);
	a = do_map(vm, 10, ADDR(1), GNTMAP_host_map | GNTMAP_readonly);
	assert_int_equal(a.status, GNTST_okay);
	table[10].domid = 0; /* now for dom0, says the granter */
	assert_int_equal(do_map(dom0->vcpu[0], 10, ADDR(2), GNTMAP_host_map).status,
		GNTST_general_error);
	/* And the mapper cannot go from reading to writing by what the entry says no more. */
	assert_int_equal(do_map(vm, 10, ADDR(2), GNTMAP_host_map).status, GNTST_general_error);
	table[10].domid = m->domain_id;
	assert_int_equal(unmap(vm, ADDR(1), 0, a.handle), GNTST_okay);
	assert_int_equal(refs(page[2]), 1);
}

static void both_kinds_of_mapping(void **state)
{
	struct gnttab_map_grant_ref a;
	struct page *pg = page[3];

	grant(11, m, pg, 0);
	a = do_map(vm, 11, ADDR(1), GNTMAP_host_map | GNTMAP_device_map);
	assert_int_equal(a.status, GNTST_okay);
	assert_int_equal(refs(pg), 3);
	assert_int_equal(unmap(vm, 0, a.dev_bus_addr + 1, a.handle), GNTST_general_error);
	assert_int_equal(unmap(vm, 0, 0, a.handle), GNTST_okay); /* asks for nothing */
	assert_int_equal(refs(pg), 3);
	assert_int_equal(unmap(vm, ADDR(1), 0, a.handle), GNTST_okay);
	assert_int_equal(refs(pg), 2);
	assert_int_equal(table[11].flags, GTF_permit_access | GTF_reading | GTF_writing);
	assert_int_equal(unmap(vm, 0, a.dev_bus_addr, a.handle), GNTST_okay);
	assert_int_equal(refs(pg), 1);
	assert_int_equal(table[11].flags, GTF_permit_access);
	assert_int_equal(unmap(vm, 0, a.dev_bus_addr, a.handle), GNTST_bad_handle);
}

static void mapped_through_an_entry(void **state)
{
	const unsigned int flags = GNTMAP_host_map | GNTMAP_application_map | GNTMAP_contains_pte;
	struct gnttab_map_grant_ref a;

	grant(14, m, page[3], 0);
	a = do_map(vm, 14, ADDR(1) + 8, flags | 1 << _GNTMAP_guest_avail0);
	assert_int_equal(a.status, GNTST_okay);
	assert_int_equal(host_find_mapping(ADDR(1) + 8)->flags, flags | 1 << _GNTMAP_guest_avail0);
	assert_int_equal(unmap(vm, ADDR(1) + 8, 0, a.handle), GNTST_okay);
	assert_int_equal(refs(page[3]), 1);
}

/* The guest overwrote its entry itself: the use stays counted, the handle too. */
static void lost_translation(void **state)
{
	struct gnttab_map_grant_ref a;
	struct host_mapping *h;

	grant(12, m, page[4], 0);
	a = do_map(vm, 12, ADDR(1), GNTMAP_host_map);
	h = host_find_mapping(ADDR(1));
	h->mfn++;
	assert_int_equal(unmap(vm, ADDR(1), 0, a.handle), GNTST_general_error);
	assert_int_equal(table[12].flags, GTF_permit_access | GTF_reading | GTF_writing);
	h->mfn--;
	assert_int_equal(unmap(vm, ADDR(1), 0, a.handle), GNTST_okay);
	assert_int_equal(refs(page[4]), 1);
}

static void batches(void **state)
{
	struct gnttab_map_grant_ref map[100] = { 0 };
	struct gnttab_unmap_grant_ref un[100];
	unsigned int i;
	unsigned long flushes;

	grant(13, m, page[5], 0);
	for (i = 0; i < 100; i++)
		map[i] = (struct gnttab_map_grant_ref){ .host_addr = ADDR(i + 1), .ref = 13,
			.dom = g->domain_id, .flags = GNTMAP_host_map };
	map[50].ref = 4000; /* one of them is bad */
	always_preempt(true);
	assert_int_equal(HC(vm, grant_table_op, GNTTABOP_map_grant_ref, map, 100), 0);
	assert_int_equal(restarts, 99);
	always_preempt(false);
	for (i = 0; i < 100; i++)
		assert_int_equal(map[i].status, i == 50 ? GNTST_bad_gntref : GNTST_okay);
	assert_int_equal(refs(page[5]), 100);
	for (i = 0; i < 100; i++)
		un[i] = (struct gnttab_unmap_grant_ref){ ADDR(i + 1), 0, map[i].handle, 99 };
	un[50].handle = un[49].handle; /* twice in one batch */
	flushes = host_flushes;
	assert_int_equal(HC(vm, grant_table_op, GNTTABOP_unmap_grant_ref, un, 100), 0);
	assert_true(host_flushes - flushes <= 4);
	for (i = 0; i < 100; i++)
		assert_int_equal(un[i].status, i == 50 ? GNTST_bad_handle : GNTST_okay);
	assert_int_equal(refs(page[5]), 1);
	assert_int_equal(table[13].flags, GTF_permit_access);
}

/* --- copying ---------------------------------------------------------------------------------- */

static void copies(void **state)
{
	struct page *mine = new_page(vm->domain);
	char *from = page_to_virt(page[6]), *to = page_to_virt(mine);
	struct gnttab_copy op = {
		.source = { .u.ref = 20, .domid = g->domain_id, .offset = 100 },
		.dest = { .u.gmfn = mfn_x(page_to_mfn(mine)), .domid = DOMID_SELF, .offset = 3996 },
		.len = 100, .flags = GNTCOPY_source_gref,
	};
	struct gnttab_copy bad;

	grant(20, m, page[6], GTF_readonly);
	memset(from, 'a', PAGE_SIZE);
	memset(to, 'z', PAGE_SIZE);
	assert_int_equal(do_copy(vm, op).status, GNTST_okay);
	assert_int_equal(to[3995], 'z');
	assert_int_equal(to[3996], 'a');
	assert_int_equal(to[4095], 'a');
	assert_int_equal(table[20].flags, GTF_permit_access | GTF_readonly);
	assert_int_equal(refs(page[6]), 1);
	assert_int_equal(refs(mine), 1);
	assert_int_equal(mine->type_info, 0);

	bad = op;
	bad.len = 101; /* beyond the destination's page */
	assert_int_equal(do_copy(vm, bad).status, GNTST_bad_copy_arg);
	bad = op;
	bad.source.offset = 65535;
	bad.len = 65535;
	assert_int_equal(do_copy(vm, bad).status, GNTST_bad_copy_arg);
	bad = op;
	bad.flags |= 4; /* unknown ones do not matter */
	assert_int_equal(do_copy(vm, bad).status, GNTST_okay);
	bad = op;
	bad.flags = 0; /* another's page by its frame */
	assert_int_equal(do_copy(vm, bad).status, GNTST_permission_denied);
	bad = op;
	bad.dest.u.gmfn = mfn_x(page_to_mfn(page[6]));
	assert_int_equal(do_copy(vm, bad).status, GNTST_bad_page);
	bad.dest.u.gmfn = ~0UL;
	assert_int_equal(do_copy(vm, bad).status, GNTST_bad_page);
	bad = op;
	bad.source.domid = 999;
	assert_int_equal(do_copy(vm, bad).status, GNTST_bad_domain);
	/* Into a grant that is for reading. */
	bad = (struct gnttab_copy){
		.source = { .u.gmfn = mfn_x(page_to_mfn(mine)), .domid = DOMID_SELF },
		.dest = { .u.ref = 20, .domid = g->domain_id },
		.len = 8, .flags = GNTCOPY_dest_gref,
	};
	assert_int_equal(do_copy(vm, bad).status, GNTST_general_error);
	assert_int_equal(from[0], 'a');
	grant(20, m, page[6], 0);
	assert_int_equal(do_copy(vm, bad).status, GNTST_okay);
	assert_int_equal(from[7], 'z');
	assert_int_equal(from[8], 'a');
	assert_int_equal(page[6]->type_info, 0);
	assert_int_equal(table[20].flags, GTF_permit_access);
}

static void swapping(void **state)
{
	struct gnttab_swap_grant_ref op = { 30, 31, 99 };
	struct gnttab_map_grant_ref a;

	grant(30, m, page[0], 0);
	grant(31, dom0, page[1], GTF_readonly);
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_swap_grant_ref, &op, 1), 0);
	assert_int_equal(op.status, GNTST_okay);
	assert_int_equal(table[31].domid, m->domain_id);
	assert_int_equal(table[30].frame, mfn_x(page_to_mfn(page[1])));
	a = do_map(vm, 31, ADDR(1), GNTMAP_host_map);
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_swap_grant_ref, &op, 1), 0);
	assert_int_equal(op.status, GNTST_eagain);
	op.ref_b = 1 << 30;
	assert_int_equal(HC(vg, grant_table_op, GNTTABOP_swap_grant_ref, &op, 1), 0);
	assert_int_equal(op.status, GNTST_bad_gntref);
	assert_int_equal(unmap(vm, ADDR(1), 0, a.handle), GNTST_okay);
}

/* --- random uses ------------------------------------------------------------------------------ */

#define MAPS 64

static void random_uses(void **state)
{
	struct { bool used, ro; grant_ref_t ref; grant_handle_t handle; } map[MAPS] = { 0 };
	uint32_t seed = 4711;
	unsigned int i, j, r, w;

	for (i = 0; i < 8; i++)
		grant(40 + i, m, page[i], 0);
	for (i = 0; i < 20000; i++) {
		j = random_next(&seed) % MAPS;
		if (!map[j].used) {
			struct gnttab_map_grant_ref op;

			map[j].ro = random_next(&seed) & 1;
			map[j].ref = 40 + random_next(&seed) % 8;
			op = do_map(vm, map[j].ref, ADDR(j + 1),
				GNTMAP_host_map | (map[j].ro ? GNTMAP_readonly : 0));
			assert_int_equal(op.status, GNTST_okay);
			map[j].handle = op.handle;
		} else {
			assert_int_equal(unmap(vm, ADDR(j + 1), 0, map[j].handle), GNTST_okay);
		}
		map[j].used = !map[j].used;
		for (j = 0; j < 8; j++) {
			unsigned int k;

			for (k = r = w = 0; k < MAPS; k++) {
				if (map[k].used && map[k].ref == 40 + j)
					(*(map[k].ro ? &r : &w))++;
			}
			assert_int_equal(refs(page[j]), 1 + r + w);
			assert_int_equal(page[j]->type_info, w);
			assert_int_equal(table[40 + j].flags, GTF_permit_access |
				(r + w ? GTF_reading : 0) | (w ? GTF_writing : 0));
		}
	}
	for (j = 0; j < MAPS; j++) {
		if (map[j].used)
			assert_int_equal(unmap(vm, ADDR(j + 1), 0, map[j].handle), GNTST_okay);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_setup), cmocka_unit_test(bad_calls),
		cmocka_unit_test(map_and_unmap), cmocka_unit_test(map_refusals),
		cmocka_unit_test(busy_entry_belongs_to_one),
		cmocka_unit_test(both_kinds_of_mapping), cmocka_unit_test(mapped_through_an_entry),
		cmocka_unit_test(lost_translation),
		cmocka_unit_test(batches), cmocka_unit_test(copies), cmocka_unit_test(swapping),
		cmocka_unit_test(random_uses),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_grant.h: a domain that grants its pages and one that maps them, by hypercalls. */
#ifndef TESTS_HV_GRANT_H
#define TESTS_HV_GRANT_H

#include "hv_guest.h"
#include <hv/grant.h>

static struct domain *dom0 __maybe_unused, *g, *m; /* g grants, m maps */
static struct vcpu *vg, *vm;
static struct grant_entry_v1 *table;  /* g's first frame */
static struct page *page[8];          /* g's memory */

#define ADDR(n) (0x700000000000ULL + (n) * PAGE_SIZE)

static inline struct page *new_page(struct domain *d)
{
	struct page *pg = alloc_domheap_pages(d, 0, 0);

	assert_non_null(pg);
	return pg;
}

static inline int setup(void **state)
{
	unsigned int i;
	mfn_t frame;

	host_init(1, 64, "loglvl=none");
	dom0 = host_make_dom0(1, 1000);
	g = host_make_domain(1, 1000);
	m = host_make_domain(1, 1000);
	vg = g->vcpu[0];
	vm = m->vcpu[0];
	for (i = 0; i < ARRAY_SIZE(page); i++)
		page[i] = new_page(g);
	assert_int_equal(grant_table_get_frame(g, 0, &frame), 0);
	table = mfn_to_virt(frame);
	return 0;
}

static inline void grant(grant_ref_t ref, struct domain *to, struct page *pg, uint16_t flags)
{
	table[ref].frame = mfn_x(page_to_mfn(pg));
	table[ref].domid = to->domain_id;
	__atomic_store_n(&table[ref].flags, GTF_permit_access | flags, __ATOMIC_RELEASE);
}

static inline struct gnttab_map_grant_ref do_map(struct vcpu *v, grant_ref_t ref, uint64_t addr,
	unsigned int flags)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = addr, .flags = flags, .ref = ref, .dom = g->domain_id, .status = 99,
	};

	assert_int_equal(HC(v, grant_table_op, GNTTABOP_map_grant_ref, &op, 1), 0);
	return op;
}

static inline int unmap(struct vcpu *v, uint64_t addr, uint64_t dev, grant_handle_t h)
{
	struct gnttab_unmap_grant_ref op = { addr, dev, h, 99 };

	assert_int_equal(HC(v, grant_table_op, GNTTABOP_unmap_grant_ref, &op, 1), 0);
	return op.status;
}

static inline unsigned int refs(const struct page *pg)
{
	return pg->count_info & PGC_count_mask;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* grants_calls.c: queries, bad calls, cache_flush, transfers, and the limits of tables. */
#include "grants.h"

/* --- calls and queries -------------------------------------------------------------------------------- */

void check_bad_calls(void)
{
	static uint8_t zero[64];
	unsigned int cmd;

	print("# bad calls\n");
	for (cmd = 0; cmd <= 14; cmd++) {
		long want = cmd == GNTTABOP_dump_table || cmd > 12 ? -XEN_ENOSYS : -XEN_EFAULT;

		print("# operation %u\n", cmd);
		check_eq(gop(cmd, (void *)HYPERVISORS_OWN, 1), want, "bad pointer");
		check_eq(gop(cmd, zero, 0x80000000UL), -XEN_EINVAL, "negative count");
	}
	check_eq(gop(GNTTABOP_setup_table, zero, 2), -XEN_EINVAL, "setup_table is for one");
	check_eq(gop(GNTTABOP_query_size, zero, 2), -XEN_EINVAL, "query_size, too");
	check_eq(gop(GNTTABOP_get_status_frames, zero, 0), -XEN_EINVAL, "get_status_frames, too");
	check_eq(gop(1U << 20, zero, 1), -XEN_EINVAL, "to go on with");
}

void check_tables(uint32_t version)
{
	static xen_pfn_t list[64];
	static uint64_t slist[64];
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	long rc;

	print("# queries, version %u\n", version);
	check_eq(setup(NOBODY, 1, list), GNTST_bad_domain, "setup_table of nobody");
	check_eq(setup(DOMID_SELF, 65, list), GNTST_general_error, "setup_table: too many");
	check_eq(setup(DOMID_SELF, 1, (void *)8), GNTST_bad_virt_addr, "setup_table: where nothing is");
	check_eq(setup(DOMID_SELF, 1, (void *)HYPERVISORS_OWN), 1000 + XEN_EFAULT, "or the hypervisor");
	check_eq(setup(DOMID_SELF, 0, list), 0, "none");
	check_eq(gop(GNTTABOP_query_size, &q, 1), 0, "query_size");
	check_eq(q.status, 0, "status");
	check_eq(q.max_nr_frames, 64, "most frames");
	q.dom = NOBODY;
	check_eq(gop(GNTTABOP_query_size, &q, 1), 0, "query_size of nobody");
	check_eq(q.status, GNTST_bad_domain, "status");
	check_eq(get_version(DOMID_SELF, &rc), version, "get_version");
	check_eq(get_version(0, &rc), version, "get_version by number");
	get_version(NOBODY, &rc);
	check_eq(rc, -XEN_ESRCH, "get_version of nobody");
	check_eq(status_frames(DOMID_SELF, 0, slist), 0, "no status frames");
	check_eq(status_frames(DOMID_SELF, 1, slist), version == 1 ? GNTST_general_error : 0, "one");
	check_eq(status_frames(DOMID_SELF, 64, slist), GNTST_general_error, "many");
	check_eq(status_frames(NOBODY, 1, slist), GNTST_bad_domain, "of nobody");
}

/* --- cache_flush ------------------------------------------------------------------------------------------ */

void check_cache_flush(void)
{
	static const struct { const char *what; uint16_t offset, length; uint32_t op; bool bad; int want; }
	rows[] = {
		{ "clean", 0, 64, GNTTAB_CACHE_CLEAN, false, 0 },
		{ "clean all", 0, 4096, GNTTAB_CACHE_CLEAN, false, 0 },
		{ "clean and forget", 0, 64, GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL, false, 0 },
		{ "forget", 0, 64, GNTTAB_CACHE_INVAL, false, -XEN_EOPNOTSUPP },
		{ "nothing", 0, 64, 0, false, 0 },
		{ "no bytes", 0, 0, GNTTAB_CACHE_CLEAN, false, 0 },
		{ "no bytes of no frame", 0, 0, GNTTAB_CACHE_CLEAN, true, 0 },
		{ "an offset too large", 4096, 0, GNTTAB_CACHE_CLEAN, false, -XEN_EINVAL },
		{ "too long", 1, 4096, GNTTAB_CACHE_CLEAN, false, -XEN_EINVAL },
		{ "longer", 0, 4097, GNTTAB_CACHE_CLEAN, false, -XEN_EINVAL },
		{ "another operation", 0, 64, 4, false, -XEN_EINVAL },
		{ "by reference", 0, 64, GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_SOURCE_GREF, false, -XEN_EINVAL },
		{ "no frame", 0, 64, GNTTAB_CACHE_CLEAN, true, -XEN_EINVAL },
	};
	unsigned int i;

	print("# cache_flush\n");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct gnttab_cache_flush f = { .offset = rows[i].offset, .length = rows[i].length,
			.op = rows[i].op };

		f.a.dev_bus_addr = (rows[i].bad ? NO_FRAME : va_to_mfn(page)) << 12;
		check_eq(gop(GNTTABOP_cache_flush, &f, 1), rows[i].want, rows[i].what);
	}
}

/* --- transfer ------------------------------------------------------------------------------------------------ */

int transfer(xen_pfn_t mfn, domid_t dom, grant_ref_t ref)
{
	struct gnttab_transfer t = { mfn, dom, ref, 77 };
	long rc = gop(GNTTABOP_transfer, &t, 1);

	return rc ? 1000 - rc : t.status;
}

unsigned long new_page(void)
{
	xen_pfn_t pfn = 1;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, &pfn);
	return hypercall2(__HYPERVISOR_memory_op, XENMEM_increase_reservation, &r) == 1 ? pfn : 0;
}

unsigned long pages_of(domid_t dom)
{
	return hypercall2(__HYPERVISOR_memory_op, XENMEM_current_reservation, &dom);
}

static unsigned long pages_now(void)
{
	return pages_of(DOMID_SELF);
}

void give_page_away(void)
{
	xen_pfn_t pfn = va_to_mfn(other);
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	map_va(other, 0);
	set_xen_guest_handle(r.extent_start, &pfn);
	check_eq(hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r), 1, "room for a page");
}

void check_transfer(uint32_t version)
{
	unsigned long mfn, pages;

	print("# transfer, version %u\n", version);
	check_eq(transfer(NO_FRAME, 0, 9), GNTST_bad_page, "no frame");
	check_eq(transfer(va_to_mfn(page), 0, 9), GNTST_bad_page, "a page in use");
	put(version, 9, GTF_accept_transfer, 0, 5);
	mfn = new_page();
	if (!check(mfn, "a page"))
		return;
	pages = pages_now();
	check_eq(transfer(mfn, 0, 9), 0, "to oneself");
	check_eq(version == 1 ? table.v1[9].flags : table.v2[9].hdr.flags,
		GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed, "flags");
	check_eq(version == 1 ? table.v1[9].frame : table.v2[9].full_page.frame, mfn, "the frame");
	check_eq(pages_now(), pages, "pages");
	check_eq(transfer(mfn, 0, 9), GNTST_general_error, "where one came before");
	check_eq(pages_now(), pages - 1, "the page is lost");
	mfn = new_page();
	check_eq(transfer(mfn, NOBODY, 9), GNTST_bad_domain, "to nobody");
	check_eq(pages_now(), pages - 1, "it is lost, too");
	put(version, 9, 0, 0, 0);
}

/* --- limits --------------------------------------------------------------------------------------------- */

void check_limits(void)
{
	static const struct { const char *what; int32_t frames, maptrack; uint32_t opts; int want, max; } rows[] = {
		{ "more frames than dom0", 65, 16, 1, -XEN_EINVAL, 0 },
		{ "more mappings", 4, 1025, 1, -XEN_EINVAL, 0 },
		{ "as many as dom0", 64, 1024, 1, 0, 64 },
		{ "the least", 1, 0, 2, 0, 1 },
		{ "no wish", -1, -1, 2, 0, 64 },
		{ "no frame at all", 0, 16, 1, -XEN_EINVAL, 0 },
		{ "far too many frames", 0x7fffffff, 16, 1, -XEN_EINVAL, 0 },
		{ "no version", 4, 16, 0, -XEN_EINVAL, 0 },
		{ "version 3", 4, 16, 3, -XEN_EINVAL, 0 },
		{ "another option", 4, 16, 0x11, -XEN_EINVAL, 0 },
	};
	static struct xen_domctl d;
	unsigned int i;

	print("# limits\n");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct gnttab_query_size q = { .status = 77 };
		long rc;

		memset(&d, 0, sizeof(d));
		d.u.createdomain.max_vcpus = 1;
		d.u.createdomain.max_evtchn_port = 1023;
		d.u.createdomain.max_grant_frames = rows[i].frames;
		d.u.createdomain.max_maptrack_frames = rows[i].maptrack;
		d.u.createdomain.grant_opts = rows[i].opts;
		rc = domctl(XEN_DOMCTL_createdomain, 0, &d);
		check_eq(rc, rows[i].want, rows[i].what);
		if (rc)
			continue;
		q.dom = d.domain;
		gop(GNTTABOP_query_size, &q, 1);
		check_eq(q.max_nr_frames, rows[i].max, "frames it may have");
		/* -ERESTART: again */
		while (domctl(XEN_DOMCTL_destroydomain, q.dom, &d) == -85)
			;
	}
}

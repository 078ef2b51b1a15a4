/* SPDX-License-Identifier: GPL-2.0-only */
/* grants: both versions of grant tables: entries of every kind mapped and copied, by the one who
 * grants and by another domain (grants_child.c); the change from version to version; the codes of every
 * operation (grants_calls.c). */
#include "grants.h"

/* --- one page, whole ---------------------------------------------------------------------------------- */

static const struct whole_row {
	const char *what;
	uint16_t flags;
	domid_t dom;
	uint32_t how;
	int map, read, write; /* GNTST_* of mapping, copying from it and to it */
	bool no_frame;
} whole_rows[] = {
	{ "a page", GTF_permit_access, 0, HM, 0, 0, 0 },
	{ "for devices", GTF_permit_access, 0, DEV, 0, 0, 0 },
	{ "for both", GTF_permit_access, 0, HM | DEV, 0, 0, 0 },
	{ "for neither", GTF_permit_access, 0, 0, GNTST_bad_gntref, 0, 0 },
	{ "read only for nobody", GTF_permit_access, 0, RO, GNTST_bad_gntref, 0, 0 },
	{ "read-only", GTF_permit_access | GTF_readonly, 0, HM | RO, 0, 0, GNTST_general_error },
	{ "read-only, to write to", GTF_permit_access | GTF_readonly, 0, HM, GNTST_general_error, 0,
		GNTST_general_error },
	{ "with a caching mode", GTF_permit_access | GTF_PWT | GTF_PCD | GTF_PAT, 0, HM, 0, 0, 0 },
	{ "use bits there before", GTF_permit_access | GTF_reading | GTF_writing, 0, HM, 0, 0, 0 },
	{ "unknown bits", GTF_permit_access | 0xfe00, 0, HM, 0, 0, 0 },
	{ "nothing", GTF_invalid, 0, HM, GNTST_general_error, GNTST_general_error, GNTST_general_error },
	{ "a place for a transfer", GTF_accept_transfer, 0, HM, GNTST_general_error, GNTST_general_error,
		GNTST_general_error },
	{ "to another", GTF_permit_access, 5, HM, GNTST_general_error, GNTST_general_error,
		GNTST_general_error },
	{ "to oneself by the wrong name", GTF_permit_access, DOMID_SELF, HM, GNTST_general_error,
		GNTST_general_error, GNTST_general_error },
	{ "no frame", GTF_permit_access, 0, HM, GNTST_bad_page, GNTST_bad_page, GNTST_bad_page, true },
	{ "no frame, read-only", GTF_permit_access, 0, HM | RO, GNTST_bad_page, GNTST_bad_page,
		GNTST_bad_page, true },
};

static uint16_t bits_of(uint32_t version, grant_ref_t ref)
{
	return (version == 1 ? table.v1[ref].flags : status[ref]) & (GTF_reading | GTF_writing);
}

static void check_whole(uint32_t version)
{
	const struct whole_row *r;
	uint32_t handle;

	for (r = whole_rows; r < whole_rows + ARRAY_SIZE(whole_rows); r++) {
		print("# %s\n", r->what);
		put(version, 9, r->flags, r->dom, r->no_frame ? NO_FRAME : va_to_mfn(page));
		check_eq(map(0, 9, r->how, &handle), r->map, "map");
		if (!r->map) {
			check_eq(bits_of(version, 9),
				GTF_reading | (r->how & GNTMAP_readonly ? 0 : GTF_writing), "use bits");
			if (r->how & HM)
				check_eq(unmap(handle), 0, "unmap");
			if (r->how & DEV) {
				struct gnttab_unmap_grant_ref u = { .handle = handle,
					.dev_bus_addr = va_to_mfn(page) << 12 };

				gop(GNTTABOP_unmap_grant_ref, &u, 1);
				check_eq(u.status, 0, "unmap from devices");
			}
		}
		check_eq(copy_ref(0, 9, 0, 64, false), r->read, "copy from");
		check_eq(copy_ref(0, 9, 0, 64, true), r->write, "copy to");
		if (!r->map)
			check_eq(bits_of(version, 9), 0, "use bits are gone");
	}
	put(version, 9, 0, 0, 0);
}

static void check_refs(uint32_t version)
{
	unsigned int n = version == 1 ? 512 : 256; /* times a frame, of which there is one */
	uint32_t handle;

	print("# references, version %u\n", version);
	check_eq(map(0, n - 1, HM, &handle), GNTST_general_error, "the last");
	check_eq(map(0, 1U << 20, HM, &handle), GNTST_bad_gntref, "beyond the table");
	check_eq(map(NOBODY, 1, HM, &handle), GNTST_bad_domain, "of nobody");
	check_eq(map(DOMID_SELF, 1, HM, &handle), GNTST_bad_domain, "of oneself by DOMID_SELF");
	check_eq(copy_ref(0, 1U << 20, 0, 1, true), GNTST_bad_gntref, "copy to beyond the table");
	check_eq(copy_ref(NOBODY, 1, 0, 1, true), GNTST_bad_domain, "copy to nobody");
	check_eq(swap(9, 1U << 20), GNTST_bad_gntref, "swap with one beyond");
	check_eq(swap(1U << 20, 9), GNTST_bad_gntref, "swap one beyond");
	put(version, 10, GTF_permit_access, 0, va_to_mfn(page));
	put(version, 11, GTF_permit_access | GTF_readonly, 0, va_to_mfn(other));
	check_eq(swap(10, 10), 0, "swap with itself");
	check_eq(swap(10, 11), 0, "swap");
	check_eq(copy_ref(0, 10, 0, 1, true), GNTST_general_error, "the one is the other");
	check_eq(copy_ref(0, 11, 0, 1, true), 0, "and the other the one");
	check_eq(map(0, 11, HM, &handle), 0, "one in use");
	check_eq(swap(10, 11), GNTST_eagain, "is not swapped");
	check_eq(swap(11, 10), GNTST_eagain, "nor with another");
	check_eq(swap(11, 11), 0, "but with itself");
	check_eq(unmap(handle), 0, "unmap");
	check_eq(unmap(handle), GNTST_bad_handle, "twice");
	check_eq(unmap(~0U), GNTST_bad_handle, "no handle");
	put(version, 10, 0, 0, 0);
	put(version, 11, 0, 0, 0);
}

/* --- copies -------------------------------------------------------------------------------------------- */

static void check_copy_args(uint32_t version)
{
	struct gnttab_copy op = { .len = 8, .flags = GNTCOPY_source_gref,
		.source = { .u.ref = 9, .domid = 0 }, .dest = { .domid = DOMID_SELF } };
	struct gnttab_copy bad;

	print("# copies' arguments\n");
	put(version, 9, GTF_permit_access, 0, va_to_mfn(page));
	op.dest.u.gmfn = va_to_mfn(copy);
#define COPY(want, what) do { bad.status = 77; check_eq(gop(GNTTABOP_copy, &bad, 1), 0, what); \
		check_eq(bad.status, want, "status"); } while (0)
	bad = op;
	COPY(0, "good");
	bad = op, bad.flags |= 0x80;
	COPY(0, "an unknown flag");
	bad = op, bad.source.offset = 4089;
	COPY(GNTST_bad_copy_arg, "from across the page");
	bad = op, bad.dest.offset = 4089;
	COPY(GNTST_bad_copy_arg, "to across the page");
	bad = op, bad.dest.offset = 4089, bad.source.u.ref = 12;
	COPY(GNTST_general_error, "first the entry is looked at");
	bad = op, bad.len = 0, bad.dest.offset = 4096;
	COPY(0, "nothing, at the end");
	bad = op, bad.dest.domid = 0;
	COPY(GNTST_permission_denied, "a frame of a domain by number");
	bad = op, bad.dest.domid = NOBODY;
	COPY(GNTST_bad_domain, "a frame of nobody");
	bad = op, bad.source.domid = NOBODY, bad.dest.domid = NOBODY;
	COPY(GNTST_bad_domain, "the source is looked at first");
	bad = op, bad.dest.u.gmfn = NO_FRAME;
	COPY(GNTST_bad_page, "to no frame");
	bad = op, bad.flags = 0, bad.source.domid = DOMID_SELF, bad.source.u.gmfn = NO_FRAME;
	COPY(GNTST_bad_page, "from no frame");
	bad = op, bad.dest.u.gmfn = *l1e_of(copy) >> 12 & 0xfffffff;
	COPY(0, "to the same again");
	bad = op, bad.dest.u.gmfn = machine_of_l1e(copy) >> 12;
	COPY(GNTST_general_error, "to a page table");
	bad = op, bad.flags = 0, bad.source.domid = DOMID_SELF,
	bad.source.u.gmfn = machine_of_l1e(copy) >> 12;
	COPY(0, "from a page table");
	put(version, 9, 0, 0, 0);
}

/* --- the change ------------------------------------------------------------------------------------------------ */

static void check_change(void)
{
	uint64_t frame;
	uint32_t v, handle, kept;

	print("# from version to version\n");
	check_eq(set_version(3, &v), -XEN_EINVAL, "version 3");
	check_eq(v, 1, "says what there is");
	check_eq(set_version(0, NULL), -XEN_EINVAL, "version 0");
	check_eq(set_version(1, NULL), 0, "version 1 again");
	put_v1(5, GTF_permit_access, 0, va_to_mfn(page));
	put_v1(6, GTF_accept_transfer, 0, va_to_mfn(page));
	put_v1(20, GTF_permit_access, 0, va_to_mfn(page));
	check_eq(map(0, 20, HM | RO, &handle), 0, "an entry in use");
	check_eq(set_version(2, &v), -XEN_EBUSY, "no change");
	check_eq(v, 1, "still version 1");
	unmap(handle);
	check_eq(map(0, 5, HM | RO, &kept), 0, "a reserved entry in use");
	check_eq(set_version(2, &v), 0, "version 2");
	check_eq(v, 2, "it is");
	check_eq(table.v2[5].hdr.flags, GTF_permit_access, "the reserved one is kept");
	check_eq(table.v2[5].full_page.frame, va_to_mfn(page), "with its frame");
	check_eq(table.v2[6].hdr.flags, GTF_accept_transfer, "another, too");
	check_eq(table.v2[20].hdr.flags, 0, "others are not");
	check_eq(status_frames(DOMID_SELF, 1, &frame), 0, "a status frame");
	check_eq(map_va(status, L1E(frame, F_RWX)), 0, "is mapped");
	check_eq(status[5], GTF_reading, "has the use bits");
	check_eq(set_version(1, &v), -XEN_EBUSY, "not back while it is mapped");
	check_eq(v, 2, "still version 2");
	check_eq(unmap(kept), 0, "unmap");
	check_eq(status[5], 0, "and the bits go");
}

static void check_back(void)
{
	uint32_t v;

	print("# back to version 1\n");
	map_va(status, 0);
	put_v2(5, GTF_permit_access, 0, 1UL << 32);
	check_eq(set_version(1, &v), -XEN_ERANGE, "a frame of more than 32 bits");
	put_via(5, 0, 7, 8);
	check_eq(set_version(1, &v), -XEN_ERANGE, "a transitive grant");
	put_v2(5, GTF_permit_access | GTF_readonly, 3, 0x1234567);
	put_v2(6, GTF_accept_transfer, 3, 0x1234567);
	check_eq(set_version(1, &v), 0, "else");
	check_eq(v, 1, "it is");
	check_eq(table.v1[5].flags, GTF_permit_access | GTF_readonly, "the reserved one is kept");
	check_eq(table.v1[5].domid, 3, "for whom");
	check_eq(table.v1[5].frame, 0x1234567, "with its frame");
	check_eq(table.v1[6].flags, 0, "but no transfers");
	put_v1(5, 0, 0, 0);
}

/* --- version 2 alone ---------------------------------------------------------------------------------------------- */

static void check_parts(void)
{
	static const struct { const char *what; uint16_t at, len, from, n; int want; } rows[] = {
		{ "all of it", 100, 50, 100, 50, 0 },
		{ "its middle", 100, 50, 110, 10, 0 },
		{ "nothing, at its end", 100, 50, 150, 0, 0 },
		{ "before it", 100, 50, 99, 2, GNTST_general_error },
		{ "after it", 100, 50, 149, 2, GNTST_general_error },
		{ "a page's end", 4000, 200, 4090, 10, GNTST_bad_copy_arg },
		{ "one that leaves the page", 4000, 200, 4000, 90, 0 },
		{ "none at all", 5000, 10, 5000, 5, GNTST_bad_copy_arg },
	};
	uint32_t handle;
	unsigned int i;

	print("# parts of pages\n");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		put_part(9, 0, 0, rows[i].at, rows[i].len);
		check_eq(copy_ref(0, 9, rows[i].from, rows[i].n, false), rows[i].want, rows[i].what);
		check_eq(copy_ref(0, 9, rows[i].from, rows[i].n, true), rows[i].want, "to it");
	}
	check_eq(map(0, 9, HM, &handle), GNTST_general_error, "no mapping of a part");
	put_part(9, GTF_readonly, 0, 0, 64);
	check_eq(copy_ref(0, 9, 0, 8, true), GNTST_general_error, "to a read-only part");
	put_via(9, 0, 0, 10);
	check_eq(copy_ref(0, 9, 0, 8, true), GNTST_general_error, "by way of oneself");
	check_eq(map(0, 9, HM, &handle), GNTST_general_error, "no mapping of another's");
	put_via(9, 0, NOBODY, 10);
	check_eq(copy_ref(0, 9, 0, 8, true), GNTST_general_error, "by way of nobody");
	check_eq(status[9], 0, "no use bits are left");
	put_v2(9, 0, 0, 0);
}

void guest_main(void)
{
	xen_pfn_t frame;

	check_eq(setup(DOMID_SELF, 1, &frame), 0, "the table");
	check_eq(map_va(&table, L1E(frame, F_RWX)), 0, "is mapped");
	hole = va_to_mfn(window);
	check_eq(map_va(window, 0), 0, "a hole for mappings");
	check_whole(1);
	check_refs(1);
	check_copy_args(1);
	check_tables(1);
	check_bad_calls();
	check_cache_flush();
	check_change();
	check_whole(2);
	check_refs(2);
	check_copy_args(2);
	check_tables(2);
	check_parts();
	check_child(); /* which leaves room for pages */
	check_transfer(2);
	check_back();
	check_transfer(1);
	check_limits();
}

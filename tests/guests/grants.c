/* SPDX-License-Identifier: GPL-2.0-only */
/* grants: both versions of grant tables: entries of every kind mapped and copied, by the one who
 * grants and by another domain; the change from version to version; the codes of every operation. */
#include "child.h"

#define HYPERVISORS_OWN 0xffff830000000000UL
#define NOBODY 1234
#define NO_FRAME 0xfffffffUL

static union {
	struct grant_entry_v1 v1[512];
	union grant_entry_v2 v2[256];
} table __attribute__((aligned(4096)));
static grant_status_t status[2048] __attribute__((aligned(4096)));
static uint8_t page[4096] __attribute__((aligned(4096)));
static uint8_t copy[4096] __attribute__((aligned(4096)));
static uint8_t window[4096] __attribute__((aligned(4096)));
static uint8_t other[4096] __attribute__((aligned(4096)));
static struct child c;
static unsigned long hole; /* the frame at window */
static volatile unsigned int ready, go;
static volatile long child_version;

static long gop(unsigned int cmd, void *op, unsigned long n)
{
	return hypercall3(__HYPERVISOR_grant_table_op, cmd, op, n);
}

/* --- operations, answering with their status ------------------------------------------------------ */

static int setup(domid_t dom, uint32_t n, xen_pfn_t *list)
{
	struct gnttab_setup_table s = { .dom = dom, .nr_frames = n, .status = 77 };
	long rc;

	set_xen_guest_handle(s.frame_list, list);
	rc = gop(GNTTABOP_setup_table, &s, 1);
	return rc ? 1000 - rc : s.status;
}

static int status_frames(domid_t dom, uint32_t n, uint64_t *list)
{
	struct gnttab_get_status_frames s = { .dom = dom, .nr_frames = n, .status = 77 };
	long rc;

	set_xen_guest_handle(s.frame_list, list);
	rc = gop(GNTTABOP_get_status_frames, &s, 1);
	return rc ? 1000 - rc : s.status;
}

static int map(domid_t dom, grant_ref_t ref, uint32_t flags, uint32_t *ret_handle)
{
	struct gnttab_map_grant_ref m = { .host_addr = (unsigned long)window, .flags = flags, .ref = ref,
		.dom = dom, .status = 77 };
	long rc = gop(GNTTABOP_map_grant_ref, &m, 1);

	*ret_handle = m.handle;
	return rc ? 1000 - rc : m.status;
}

static int unmap(uint32_t handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = (unsigned long)window, .handle = handle,
		.status = 77 };
	long rc = gop(GNTTABOP_unmap_grant_ref, &u, 1);

	return rc ? 1000 - rc : u.status;
}

/* len bytes at `at` of a grant, to or from `copy`. */
static int copy_ref(domid_t dom, grant_ref_t ref, unsigned int at, unsigned int len, bool to)
{
	struct gnttab_copy op = { .len = len, .status = 77 };
	struct gnttab_copy_ptr theirs = { .u.ref = ref, .domid = dom, .offset = at };
	struct gnttab_copy_ptr ours = { .u.gmfn = va_to_mfn(copy), .domid = DOMID_SELF };
	long rc;

	op.flags = to ? GNTCOPY_dest_gref : GNTCOPY_source_gref;
	op.source = to ? ours : theirs;
	op.dest = to ? theirs : ours;
	rc = gop(GNTTABOP_copy, &op, 1);
	return rc ? 1000 - rc : op.status;
}

static long set_version(uint32_t v, uint32_t *ret)
{
	struct gnttab_set_version sv = { v };
	long rc = gop(GNTTABOP_set_version, &sv, 1);

	if (ret)
		*ret = sv.version;
	return rc;
}

static uint32_t get_version(domid_t dom, long *rc)
{
	struct gnttab_get_version gv = { .dom = dom, .version = 77 };

	*rc = gop(GNTTABOP_get_version, &gv, 1);
	return gv.version;
}

static int swap(grant_ref_t a, grant_ref_t b)
{
	struct gnttab_swap_grant_ref s = { a, b, 77 };
	long rc = gop(GNTTABOP_swap_grant_ref, &s, 1);

	return rc ? 1000 - rc : s.status;
}

/* --- entries ----------------------------------------------------------------------------------------- */

static void put_v1(grant_ref_t ref, uint16_t flags, domid_t dom, uint64_t frame)
{
	table.v1[ref].domid = dom;
	table.v1[ref].frame = frame;
	__atomic_store_n(&table.v1[ref].flags, flags, __ATOMIC_SEQ_CST);
}

static void put_v2(grant_ref_t ref, uint16_t flags, domid_t dom, uint64_t frame)
{
	table.v2[ref].hdr.domid = dom;
	table.v2[ref].full_page.frame = frame;
	__atomic_store_n(&table.v2[ref].hdr.flags, flags, __ATOMIC_SEQ_CST);
}

static void put_part(grant_ref_t ref, uint16_t flags, domid_t dom, uint16_t at, uint16_t len)
{
	table.v2[ref].sub_page.page_off = at;
	table.v2[ref].sub_page.length = len;
	put_v2(ref, flags | GTF_permit_access | GTF_sub_page, dom, va_to_mfn(page));
}

static void put_via(grant_ref_t ref, domid_t dom, domid_t via, grant_ref_t via_ref)
{
	table.v2[ref].hdr.domid = dom;
	table.v2[ref].transitive.trans_domid = via;
	table.v2[ref].transitive.gref = via_ref;
	__atomic_store_n(&table.v2[ref].hdr.flags, GTF_transitive, __ATOMIC_SEQ_CST);
}

/* The same entries in either version. */
static void put(uint32_t version, grant_ref_t ref, uint16_t flags, domid_t dom, uint64_t frame)
{
	if (version == 1)
		put_v1(ref, flags, dom, frame);
	else
		put_v2(ref, flags, dom, frame);
}

/* --- one page, whole ---------------------------------------------------------------------------------- */

#define RO  GNTMAP_readonly
#define HM  GNTMAP_host_map
#define DEV GNTMAP_device_map

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

static void check_bad_calls(void)
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

static void check_tables(uint32_t version)
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

static void check_cache_flush(void)
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

static int transfer(xen_pfn_t mfn, domid_t dom, grant_ref_t ref)
{
	struct gnttab_transfer t = { mfn, dom, ref, 77 };
	long rc = gop(GNTTABOP_transfer, &t, 1);

	return rc ? 1000 - rc : t.status;
}

static unsigned long new_page(void)
{
	xen_pfn_t pfn = 1;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, &pfn);
	return hypercall2(__HYPERVISOR_memory_op, XENMEM_increase_reservation, &r) == 1 ? pfn : 0;
}

static unsigned long pages_now(void)
{
	domid_t self = DOMID_SELF;

	return hypercall2(__HYPERVISOR_memory_op, XENMEM_current_reservation, &self);
}

static void give_page_away(void)
{
	xen_pfn_t pfn = va_to_mfn(other);
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	map_va(other, 0);
	set_xen_guest_handle(r.extent_start, &pfn);
	check_eq(hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r), 1, "room for a page");
}

static void check_transfer(uint32_t version)
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

/* --- another domain ------------------------------------------------------------------------ */

static const struct { const char *what; grant_ref_t ref; int read, write; } via_rows[] = {
	{ "the child's page", 9, 0, 0 },
	{ "part of it", 10, 0, 0 },
	{ "dom0's page by way of the child", 11, 0, 0 },
	{ "a read-only one", 12, 0, GNTST_general_error },
	{ "part of one", 13, 0, 0 },
	{ "one that is transitive itself", 14, GNTST_general_error, GNTST_general_error },
	{ "one beyond the table", 15, GNTST_bad_gntref, GNTST_bad_gntref },
	{ "one that is none", 16, GNTST_general_error, GNTST_general_error },
	{ "one to somebody else", 17, GNTST_general_error, GNTST_general_error },
};

/* In the child: entries for dom0, some of them by way of dom0's refs 21 and on. */
static void child_main(void)
{
	xen_pfn_t list;
	uint64_t frame;
	long rc = set_version(2, NULL);

	if (!rc)
		rc = setup(DOMID_SELF, 1, &list);
	if (!rc)
		rc = map_va(&table, L1E(list, F_RWX));
	if (!rc)
		rc = status_frames(DOMID_SELF, 1, &frame);
	if (!rc)
		rc = map_va(status, L1E(frame, F_RWX));
	child_version = rc ? rc : 2;
	page[0] = 99;
	put_v2(9, GTF_permit_access, 0, va_to_mfn(page));
	put_part(10, 0, 0, 0, 8);
	put_via(11, 0, 0, 21);
	put_via(12, 0, 0, 22);
	put_via(13, 0, 0, 23);
	put_via(14, 0, 0, 24);
	put_via(15, 0, 0, 1U << 20);
	put_via(16, 0, 0, 26);
	put_via(17, 0, 0, 27);
	ready = 1;
	for (;;)
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, NULL);
}

static bool child_is_ready(void)
{
	uint64_t end = now_ns() + 10000000000UL;
	unsigned int up = 0;

	while (!up && now_ns() < end) {
		yield();
		child_read(&c, (void *)&ready, &up, sizeof(up));
	}
	return up;
}

static long acquire_type(domid_t dom, uint16_t type, uint32_t id, uint32_t frame, uint32_t n, xen_pfn_t *list)
{
	struct xen_mem_acquire_resource r = { .domid = dom, .type = type, .id = id,
		.nr_frames = n, .frame = frame };

	set_xen_guest_handle(r.frame_list, list);
	return hypercall2(__HYPERVISOR_memory_op, XENMEM_acquire_resource, &r) ? : (list ? 0 : r.nr_frames);
}

static long acquire(domid_t dom, uint32_t id, uint32_t frame, uint32_t n, xen_pfn_t *list)
{
	return acquire_type(dom, XENMEM_resource_grant_table, id, frame, n, list);
}

static void check_acquire(void)
{
	static xen_pfn_t list[8];

	print("# resources\n");
	check_eq(acquire(c.id, XENMEM_resource_grant_table_id_shared, 0, 0, NULL), 4, "entries: most frames");
	check_eq(acquire(c.id, XENMEM_resource_grant_table_id_status, 0, 0, NULL), 1, "status: most frames");
	check_eq(acquire(c.id, XENMEM_resource_grant_table_id_shared, 0, 1, list), 0, "entries");
	check_eq(acquire(c.id, XENMEM_resource_grant_table_id_status, 0, 1, list), 0, "status");
	check_eq(acquire(c.id, XENMEM_resource_grant_table_id_status, 1, 1, list), -XEN_EINVAL, "beyond");
	check_eq(acquire(c.id, XENMEM_resource_grant_table_id_shared, 4, 1, list), -XEN_EINVAL, "beyond");
	check_eq(acquire(c.id, XENMEM_resource_grant_table_id_shared, 0, 0, list), -XEN_EINVAL, "nothing");
	check_eq(acquire(c.id, 2, 0, 1, list), -XEN_EINVAL, "another part");
	check_eq(acquire_type(c.id, 77, 0, 0, 1, list), -XEN_EOPNOTSUPP, "another resource");
	differs("packaged Xen gives the error as a count");
	check_eq(acquire_type(c.id, 77, 0, 0, 0, NULL), -XEN_EOPNOTSUPP, "how much of it");
	check_eq(acquire(NOBODY, 0, 0, 1, list), -XEN_ESRCH, "of nobody");
}

static void check_child(void)
{
	uint32_t handle;
	unsigned int i;
	long v = 0;

	print("# another domain\n");
	map_va(window, L1E(hole, F_RWX)); /* the child is a copy of all that is mapped */
	if (!check(child_create(&c, child_main), "a domain"))
		return;
	map_va(window, 0);
	put_v2(21, GTF_permit_access, c.id, va_to_mfn(page));
	put_v2(22, GTF_permit_access | GTF_readonly, c.id, va_to_mfn(page));
	put_part(23, 0, c.id, 0, 8);
	put_via(24, c.id, c.id, 9);
	put_v2(27, GTF_permit_access, c.id + 1, va_to_mfn(page));
	child_unpause(&c);
	check(child_is_ready(), "it runs");
	child_read(&c, (void *)&child_version, &v, sizeof(v));
	check_eq(v, 2, "its table is of version 2");
	for (i = 0; i < ARRAY_SIZE(via_rows); i++) {
		check_eq(copy_ref(c.id, via_rows[i].ref, 0, 8, false), via_rows[i].read, via_rows[i].what);
		check_eq(copy_ref(c.id, via_rows[i].ref, 0, 8, true), via_rows[i].write, "to it");
		check_eq(status[21] | status[22] | status[23] | status[24], 0, "no use bits are left");
	}
	check_eq(copy_ref(c.id, 13, 4, 8, false), GNTST_general_error, "more than the part");
	check_eq(map(c.id, 11, HM, &handle), GNTST_general_error, "no mapping by way of another");
	check_eq(map(c.id, 9, HM, &handle), 0, "its page is mapped");
	check_acquire();
	child_destroy(&c);
	check_eq(unmap(handle), 0, "the mapping outlives it");
}

/* --- limits --------------------------------------------------------------------------------------------- */

static void check_limits(void)
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
	check_child();
	give_page_away();
	check_transfer(2);
	check_back();
	check_transfer(1);
	check_limits();
}

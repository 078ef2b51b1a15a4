/* SPDX-License-Identifier: GPL-2.0-only */
/* grants_op.c: the operations of grant tables, each answering with its status, and their entries. */
#include "grants.h"

union entries table __attribute__((aligned(4096)));
grant_status_t status[2048] __attribute__((aligned(4096)));
uint8_t page[4096] __attribute__((aligned(4096)));
uint8_t copy[4096] __attribute__((aligned(4096)));
uint8_t window[4096] __attribute__((aligned(4096)));
uint8_t other[4096] __attribute__((aligned(4096)));
unsigned long hole;

/* --- operations --------------------------------------------------------------------------------------- */

long gop(unsigned int cmd, void *op, unsigned long n)
{
	return hypercall3(__HYPERVISOR_grant_table_op, cmd, op, n);
}

int setup(domid_t dom, uint32_t n, xen_pfn_t *list)
{
	struct gnttab_setup_table s = { .dom = dom, .nr_frames = n, .status = 77 };
	long rc;

	set_xen_guest_handle(s.frame_list, list);
	rc = gop(GNTTABOP_setup_table, &s, 1);
	return rc ? 1000 - rc : s.status;
}

int status_frames(domid_t dom, uint32_t n, uint64_t *list)
{
	struct gnttab_get_status_frames s = { .dom = dom, .nr_frames = n, .status = 77 };
	long rc;

	set_xen_guest_handle(s.frame_list, list);
	rc = gop(GNTTABOP_get_status_frames, &s, 1);
	return rc ? 1000 - rc : s.status;
}

int map(domid_t dom, grant_ref_t ref, uint32_t flags, uint32_t *ret_handle)
{
	struct gnttab_map_grant_ref m = { .host_addr = (unsigned long)window, .flags = flags, .ref = ref,
		.dom = dom, .status = 77 };
	long rc = gop(GNTTABOP_map_grant_ref, &m, 1);

	*ret_handle = m.handle;
	return rc ? 1000 - rc : m.status;
}

int unmap(uint32_t handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = (unsigned long)window, .handle = handle,
		.status = 77 };
	long rc = gop(GNTTABOP_unmap_grant_ref, &u, 1);

	return rc ? 1000 - rc : u.status;
}

/* len bytes at `at` of a grant, to or from `copy`. */
int copy_ref(domid_t dom, grant_ref_t ref, unsigned int at, unsigned int len, bool to)
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

long set_version(uint32_t v, uint32_t *ret)
{
	struct gnttab_set_version sv = { v };
	long rc = gop(GNTTABOP_set_version, &sv, 1);

	if (ret)
		*ret = sv.version;
	return rc;
}

uint32_t get_version(domid_t dom, long *rc)
{
	struct gnttab_get_version gv = { .dom = dom, .version = 77 };

	*rc = gop(GNTTABOP_get_version, &gv, 1);
	return gv.version;
}

int swap(grant_ref_t a, grant_ref_t b)
{
	struct gnttab_swap_grant_ref s = { a, b, 77 };
	long rc = gop(GNTTABOP_swap_grant_ref, &s, 1);

	return rc ? 1000 - rc : s.status;
}

/* --- entries ----------------------------------------------------------------------------------------- */

void put_v1(grant_ref_t ref, uint16_t flags, domid_t dom, uint64_t frame)
{
	table.v1[ref].domid = dom;
	table.v1[ref].frame = frame;
	__atomic_store_n(&table.v1[ref].flags, flags, __ATOMIC_SEQ_CST);
}

void put_v2(grant_ref_t ref, uint16_t flags, domid_t dom, uint64_t frame)
{
	table.v2[ref].hdr.domid = dom;
	table.v2[ref].full_page.frame = frame;
	__atomic_store_n(&table.v2[ref].hdr.flags, flags, __ATOMIC_SEQ_CST);
}

void put_part(grant_ref_t ref, uint16_t flags, domid_t dom, uint16_t at, uint16_t len)
{
	table.v2[ref].sub_page.page_off = at;
	table.v2[ref].sub_page.length = len;
	put_v2(ref, flags | GTF_permit_access | GTF_sub_page, dom, va_to_mfn(page));
}

void put_via(grant_ref_t ref, domid_t dom, domid_t via, grant_ref_t via_ref)
{
	table.v2[ref].hdr.domid = dom;
	table.v2[ref].transitive.trans_domid = via;
	table.v2[ref].transitive.gref = via_ref;
	__atomic_store_n(&table.v2[ref].hdr.flags, GTF_transitive, __ATOMIC_SEQ_CST);
}

/* The same entries in either version. */
void put(uint32_t version, grant_ref_t ref, uint16_t flags, domid_t dom, uint64_t frame)
{
	if (version == 1)
		put_v1(ref, flags, dom, frame);
	else
		put_v2(ref, flags, dom, frame);
}

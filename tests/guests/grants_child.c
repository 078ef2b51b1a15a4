/* SPDX-License-Identifier: GPL-2.0-only */
/* grants_child.c: grants of another domain's, some of them by way of ours; its frames. */
#include "grants.h"

static struct child c;
static volatile unsigned int ready;
static volatile long child_version;

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

/* --- transfers ------------------------------------------------------------------------------------------- */

#define GIFT 30 /* of the entries for transfers the first */
static volatile unsigned int gift_came; /* the child's: what is in it, and more */

static const struct { const char *what; uint16_t flags; int from; int want; } transfer_rows[] = {
	{ "which it awaits", GTF_accept_transfer, 0, 0 },
	{ "which it awaits from another", GTF_accept_transfer, 5, GNTST_general_error },
	{ "for an entry that gives", GTF_permit_access, 0, GNTST_general_error },
	{ "for an entry that is none", GTF_invalid, 0, GNTST_general_error },
	{ "for one in use by a transfer", GTF_accept_transfer | GTF_transfer_committed, 0, GNTST_general_error },
	{ "once more", GTF_accept_transfer, 0, 0 },
};

/* In the child: awaits the first gift, and looks into it. */
static void take_gift(void)
{
	const volatile uint16_t *flags = &table.v2[GIFT].hdr.flags;

	if (gift_came || !(*flags & GTF_transfer_completed))
		return;
	if (map_va(copy, L1E(table.v2[GIFT].full_page.frame, F_RWX)))
		gift_came = 1;
	else
		gift_came = 0x1000 + copy[7];
}

static unsigned long filled_page(uint8_t with)
{
	unsigned long mfn = new_page();

	if (mfn && !map_va(window, L1E(mfn, F_RWX)))
		window[7] = with;
	map_va(window, 0);
	return mfn;
}

static void check_gift(void)
{
	uint64_t end = now_ns() + 10000000000UL;
	unsigned int came = 0;

	while (!came && now_ns() < end) {
		yield();
		child_read(&c, (void *)&gift_came, &came, sizeof(came));
	}
	check_eq(came, 0x1042, "the child has it");
}

/* A page that is not taken is lost. */
static void check_transfers(void)
{
	static struct xen_domctl op;
	unsigned long mine, theirs, mfn;
	unsigned int i;
	bool mapped;

	print("# transfers\n");
	give_page_away();
	for (i = 0; i < ARRAY_SIZE(transfer_rows); i++) {
		mfn = filled_page(0x42);
		if (!check(mfn, "a page"))
			return;
		mine = pages_of(DOMID_SELF);
		theirs = pages_of(c.id);
		check_eq(transfer(mfn, c.id, GIFT + i), transfer_rows[i].want, transfer_rows[i].what);
		check_eq(pages_of(DOMID_SELF), mine - 1, "it is gone");
		check_eq(pages_of(c.id), theirs + !transfer_rows[i].want, "and is the child's, or nobody's");
		mapped = !map_va(window, L1E(mfn, F_RWX));
		map_va(window, 0);
		check(!mapped, "no longer ours");
	}
	check_gift();
	check_eq(transfer(filled_page(1), c.id, 100000), GNTST_general_error, "beyond the table");
	check_eq(transfer(filled_page(1), c.id, GIFT), GNTST_general_error, "where one came before");
	op.u.max_mem.max_memkb = pages_of(c.id) * 4;
	check_rc(domctl(XEN_DOMCTL_max_mem, c.id, &op), 0, "the child may have no more");
	mfn = filled_page(1);
	check_eq(transfer(mfn, c.id, GIFT + 6), GNTST_general_error, "one more");
	check_eq(transfer(mfn, c.id, GIFT + 6), GNTST_bad_page, "it is gone as well");
}

/* --- unmap_and_replace ------------------------------------------------------------------------------------- */

static uint8_t spare[4096] __attribute__((aligned(4096)));

static int replace(uint32_t handle)
{
	struct gnttab_unmap_and_replace u = { .host_addr = (unsigned long)window,
		.new_addr = (unsigned long)spare, .handle = handle, .status = 77 };
	long rc = gop(GNTTABOP_unmap_and_replace, &u, 1);

	return rc ? 1000 - rc : u.status;
}

static void check_replace(const char *what, bool alive)
{
	unsigned long mfn = va_to_mfn(spare);
	uint32_t handle;

	print("# unmap_and_replace, %s\n", what);
	spare[0] = 0x5a;
	check_eq(map(c.id, 9, HM, &handle), alive ? 0 : GNTST_bad_domain, "its page is mapped");
	if (!alive)
		return;
	check_eq(window[0], 99, "and read");
	check_eq(replace(handle), 0, "replaced by our own");
	check_eq(window[0], 0x5a, "which is there now");
	check_eq(*l1e_of(spare), 0, "and no longer where it was");
	check_eq(replace(handle), GNTST_bad_handle, "once");
	check_eq(map_va(window, 0), 0, "it is taken away");
	check_eq(map_va(spare, L1E(mfn, F_RWX)), 0, "and put back");
	check_eq(map(c.id, 9, HM | RO, &handle), 0, "mapped to be read");
	check_eq(replace(handle), 0, "replaced");
	window[1] = 1;
	check_eq(map_va(window, 0) | map_va(spare, L1E(mfn, F_RWX)), 0, "and back");
	check_eq(map(c.id, 9, HM, &handle), 0, "mapped");
	check_eq(map_va(window, L1E(mfn, F_RWX)), 0, "and overwritten");
	check_eq(replace(handle), GNTST_general_error, "it cannot be replaced");
	check_eq(map_va(window, 0) | map_va(spare, L1E(mfn, F_RWX)), 0, "nor is it");
	check_eq(unmap(handle), GNTST_general_error, "nor unmapped");
}

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
	for (unsigned int i = 0; i < ARRAY_SIZE(transfer_rows); i++)
		put_v2(GIFT + i, transfer_rows[i].flags, transfer_rows[i].from, 0);
	put_v2(GIFT + 6, GTF_accept_transfer, 0, 0);
	ready = 1;
	for (;;) {
		take_gift();
		yield();
	}
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

void check_child(void)
{
	unsigned long spare_mfn = va_to_mfn(spare);
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
	check_acquire();
	check_transfers();
	check_replace("of a domain that lives", true);
	check_eq(map(c.id, 9, HM, &handle), 0, "its page is mapped");
	child_destroy(&c);
	check_eq(replace(handle), 0, "the mapping outlives it, and is replaced");
	check_eq(window[0], 0x5a, "by our own");
	check_eq(map_va(window, 0) | map_va(spare, L1E(spare_mfn, F_RWX)), 0, "and back");
	check_replace("of one that does not", false);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* offline: frames that dom0 takes out of use and gives back. */
#include <xen/sysctl.h>
#include "child.h"

#define NOT_LOOKED_AT 0x01010101
#define OFFLINE sysctl_page_offline
#define ONLINE  sysctl_page_online
#define QUERY   sysctl_query_page_offline
#define POPULATED 64

static uint8_t pages[4][4096] __attribute__((aligned(4096)));
static uint32_t status[8];
static struct xen_sysctl op;
static struct child c;
static bool goes_on;

static long sysctl(unsigned int cmd)
{
	op.cmd = cmd;
	op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return hypercall1(__HYPERVISOR_sysctl, &op);
}

static long frames(unsigned int cmd, unsigned long first, unsigned long last)
{
	memset(&op, 0, sizeof(op));
	memset(status, 0x77, sizeof(status));
	op.u.page_offline.cmd = cmd;
	op.u.page_offline.start = first;
	op.u.page_offline.end = last;
	set_xen_guest_handle(op.u.page_offline.status, status);
	return sysctl(XEN_SYSCTL_page_offline_op);
}

/* One frame: rc 0 and this status. */
static void check_frame(unsigned int cmd, unsigned long mfn, uint32_t want, const char *what)
{
	check_rc(frames(cmd, mfn, mfn), 0, what);
	check_eq(status[0], want, what);
}

static void check_bad(void)
{
	long rc;

	check_rc(frames(OFFLINE, 2, 1), XEN_EINVAL, "a range that ends before it starts");
	check_eq(status[0], 0x77777777, "has no status");
	check_rc(frames(0, 1, 2), XEN_EINVAL, "no such operation");
	check_eq(status[0], NOT_LOOKED_AT, "the first was not looked at");
	check_eq(status[1], NOT_LOOKED_AT, "nor the second");
	check_rc(frames(4, 1, 1), XEN_EINVAL, "no such operation, either");
	check_rc(frames(OFFLINE, 0xfffffff0, 0xfffffff1), XEN_EINVAL, "no such frame");
	check_eq(status[0], NOT_LOOKED_AT, "was not looked at");
	check_rc(frames(QUERY, 0xfffffff0, 0xfffffff0), XEN_EINVAL, "no such frame to ask about");
	rc = frames(ONLINE, 0xfffffff0, 0xfffffff0);
	goes_on = rc < 0;
	differs("there the number is not a negative one any more");
	check_rc(rc, XEN_EINVAL, "or to give back");
	check_rc(frames(OFFLINE, 0xa0, 0xa1), XEN_EINVAL, "no memory");
	check_eq(status[0], PG_OFFLINE_FAILED | PG_OFFLINE_NOT_CONV_RAM, "says so");
	check_eq(status[1], NOT_LOOKED_AT, "and goes no further");
	check_rc(frames(QUERY, 0xa0, 0xa0), XEN_EINVAL, "no memory to ask about");
	check_frame(ONLINE, va_to_mfn(pages[0]), 0, "one that was never taken");
	check_frame(QUERY, va_to_mfn(pages[0]), 0, "nothing to say of it");
	op.u.page_offline.status.p = (void *)0xffff830000000000UL;
	check_rc(sysctl(XEN_SYSCTL_page_offline_op), XEN_EFAULT, "bad pointer");
}

static void give_back(void *page)
{
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	xen_pfn_t mfn = va_to_mfn(page);

	set_xen_guest_handle(r.extent_start, &mfn);
	map_va(page, 0);
	check_eq(hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r), 1, "a page given back");
}

/* Whether this frame is among the next that are allocated, for nobody. */
static bool comes_back(unsigned long mfn, domid_t dom)
{
	static xen_pfn_t list[POPULATED];
	struct xen_memory_reservation r = { .nr_extents = POPULATED, .domid = dom };
	bool seen = false;
	long n;

	for (unsigned int i = 0; i < POPULATED; i++)
		list[i] = 2000 + i;
	set_xen_guest_handle(r.extent_start, list);
	n = hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r);
	for (long i = 0; i < n; i++)
		seen |= list[i] == mfn;
	return seen;
}

static void check_own(void)
{
	unsigned long mfn = va_to_mfn(pages[0]);

	check_frame(OFFLINE, mfn, PG_OFFLINE_OWNED | PG_OFFLINE_PENDING, "one's own page");
	check_frame(QUERY, mfn, PG_OFFLINE_STATUS_OFFLINE_PENDING, "is to go");
	pages[0][0] = 1;
	give_back(pages[0]);
	check_frame(QUERY, mfn, PG_OFFLINE_STATUS_OFFLINED, "is gone");
	check_frame(OFFLINE, mfn, PG_OFFLINE_OFFLINED, "once more");
	check_frame(ONLINE, mfn, PG_ONLINE_ONLINED, "is back");
	check_frame(ONLINE, mfn, 0, "only once");
}

static void nothing(void)
{
}

/* Free ones go at once, wherever in a block they are. */
static void check_free(void)
{
	unsigned long mfn = va_to_mfn(pages[1]);

	give_back(pages[1]);
	check_frame(OFFLINE, mfn, PG_OFFLINE_OFFLINED, "a free frame");
	check_rc(frames(QUERY, mfn, mfn), 0, "asked about");
	check_eq(status[0], PG_OFFLINE_STATUS_OFFLINED, "it is out of use");
	check(!comes_back(mfn, c.id), "it is not given to a domain");
	check_frame(ONLINE, mfn, PG_ONLINE_ONLINED, "and back");
	differs("packaged Xen never ends when such a frame is freed or stays");
	if (!check(goes_on, "frames that are not one's own"))
		return;
	mfn = c.p2m[300];
	check_frame(OFFLINE, mfn, PG_OFFLINE_OWNED | PG_OFFLINE_PENDING | (uint32_t)c.id << PG_OFFLINE_OWNER_SHIFT,
		"a frame of that domain");
	child_destroy(&c);
	/* Its pages go when nothing refers to them any more: wait for the last step. */
	for (uint64_t end = now_ns() + 10000000000UL; now_ns() < end; yield())
		if (frames(QUERY, mfn, mfn) || status[0] != PG_OFFLINE_STATUS_OFFLINE_PENDING)
			break;
	check_frame(QUERY, mfn, PG_OFFLINE_STATUS_OFFLINED, "goes with it");
	check_frame(ONLINE, mfn, PG_ONLINE_ONLINED, "and comes back");
}

static void check_change_of_mind(void)
{
	unsigned long mfn = va_to_mfn(pages[2]);

	check_frame(OFFLINE, mfn, PG_OFFLINE_OWNED | PG_OFFLINE_PENDING, "another of one's own");
	check_frame(ONLINE, mfn, PG_ONLINE_ONLINED, "stays");
	check_frame(QUERY, mfn, 0, "is as it was");
}

void guest_main(void)
{
	if (!check(child_create(&c, nothing), "a second domain")) /* a copy, while all pages are there */
		return;
	check_bad();
	check_own();
	check_free();
	if (goes_on)
		check_change_of_mind();
}

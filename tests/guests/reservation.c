/* SPDX-License-Identifier: GPL-2.0-only */
/* reservation: what memory_op does, where `memory` looks at what it refuses: exchanges that end halfway,
 * decreases and populations cut short, claims and what they are used up by, resources of each kind. */
#include <xen/sysctl.h>
#include "child.h"

#define HYPERVISORS_OWN 0xffff830000000000UL
#define N 16

static const unsigned long *const m2p = (const unsigned long *)0xffff800000000000UL;
static xen_pfn_t in[N], out[N], was[N];
static uint8_t page[4096] __attribute__((aligned(4096)));
static struct xen_domctl op;

static long memop(unsigned int cmd, const void *arg)
{
	return hypercall2(__HYPERVISOR_memory_op, cmd, arg);
}

static long reserve_flags(unsigned int cmd, xen_pfn_t *list, unsigned long n, unsigned int order, domid_t dom,
	unsigned int flags)
{
	struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order, .domid = dom,
		.mem_flags = flags };

	set_xen_guest_handle(r.extent_start, list);
	return memop(cmd, &r);
}

static long reserve(unsigned int cmd, xen_pfn_t *list, unsigned long n, unsigned int order)
{
	return reserve_flags(cmd, list, n, order, DOMID_SELF, 0);
}

static long pages_of(domid_t dom)
{
	return memop(XENMEM_current_reservation, &dom);
}

/* --- exchange ------------------------------------------------------------------------------------------------ */

static struct xen_memory_exchange x;

static long exchange(unsigned long in_n, unsigned int in_order, unsigned long out_n, unsigned int out_order)
{
	x.in = (struct xen_memory_reservation){ .nr_extents = in_n, .extent_order = in_order,
		.domid = DOMID_SELF };
	set_xen_guest_handle(x.in.extent_start, in);
	x.out.nr_extents = out_n;
	x.out.extent_order = out_order;
	x.out.domid = DOMID_SELF;
	set_xen_guest_handle(x.out.extent_start, out);
	return memop(XENMEM_exchange, &x);
}

static void prepare(unsigned long n, unsigned int order)
{
	x = (struct xen_memory_exchange){ 0 };
	check_eq(reserve(XENMEM_increase_reservation, in, n, order), n, "some frames");
	for (unsigned int i = 0; i < N; i++) {
		was[i] = in[i];
		out[i] = 0x100000 + i * 16; /* where they are to be */
	}
}

static void give_back(const xen_pfn_t *list, unsigned long n, unsigned int order, const char *what)
{
	check_eq(reserve(XENMEM_decrease_reservation, (xen_pfn_t *)list, n, order), n, what);
}

static bool at_home(xen_pfn_t mfn, unsigned long gfn, unsigned long n)
{
	bool ok = true;

	for (unsigned long i = 0; i < n; i++)
		ok &= m2p[mfn + i] == gfn + i;
	return ok;
}

static void exchange_singles(void)
{
	long before = pages_of(DOMID_SELF);

	prepare(4, 0);
	check_rc(exchange(4, 0, 4, 0), 0, "four for four");
	check_eq(x.nr_exchanged, 4, "all");
	for (unsigned int i = 0; i < 4; i++)
		check(at_home(out[i], 0x100000 + i * 16, 1), "is where it was asked to be");
	check_eq(pages_of(DOMID_SELF), before + 4, "as many as before");
	give_back(out, 4, 0, "given back");
	check_eq(pages_of(DOMID_SELF), before, "and gone");
}

/* The third of four is a page in use. */
static void exchange_halfway(void)
{
	prepare(4, 0);
	in[2] = va_to_mfn(page);
	check_rc(exchange(4, 0, 4, 0), XEN_EINVAL, "one of four is in use");
	check_eq(x.nr_exchanged, 2, "those before it");
	check(at_home(out[0], 0x100000, 1) && at_home(out[1], 0x100010, 1), "are others now");
	check(out[2] == 0x100020 && out[3] == 0x100030, "those behind it not");
	give_back(was + 2, 2, 0, "nor are they taken");
	check_eq(va_to_mfn(page), in[2], "nor is that which was in use");
	give_back(out, 2, 0, "given back");

	prepare(3, 0);
	in[1] = in[0];
	check_rc(exchange(3, 0, 3, 0), XEN_EINVAL, "one twice");
	check_eq(x.nr_exchanged, 1, "once");
	give_back(out, 1, 0, "given back");
	give_back(was + 1, 2, 0, "and the others");

	prepare(3, 0);
	in[2] = ~0UL >> 12;
	check_rc(exchange(3, 0, 3, 0), XEN_EINVAL, "no frame");
	check_eq(x.nr_exchanged, 2, "the others");
	give_back(out, 2, 0, "given back");
	give_back(was + 2, 1, 0, "and what was not named");

	prepare(4, 0);
	x.nr_exchanged = 2;
	check_rc(exchange(4, 0, 4, 0), 0, "from the third on");
	check_eq(x.nr_exchanged, 4, "to the end");
	check(out[1] == 0x100010 && at_home(out[2], 0x100020, 1), "not those before");
	give_back(was, 2, 0, "which are as they were");
	give_back(out + 2, 2, 0, "and the others");
}

static void exchange_orders(void)
{
	prepare(8, 0);
	check_rc(exchange(8, 0, 2, 2), 0, "eight for two of four");
	check_eq(x.nr_exchanged, 8, "all");
	check(!(out[0] & 3) && at_home(out[0], 0x100000, 4) && at_home(out[1], 0x100010, 4), "in one piece each");
	give_back(out, 2, 2, "given back");

	prepare(8, 0);
	in[5] = va_to_mfn(page);
	check_rc(exchange(8, 0, 2, 2), XEN_EINVAL, "one of the second four is in use");
	check_eq(x.nr_exchanged, 4, "only the first four");
	give_back(out, 1, 2, "given back");
	give_back(was + 4, 4, 0, "the others are as they were");

	prepare(2, 2);
	check_rc(exchange(2, 2, 8, 0), 0, "two of four for eight");
	check_eq(x.nr_exchanged, 2, "both");
	check(at_home(out[7], 0x100070, 1), "to the last");
	give_back(out, 8, 0, "given back");

	prepare(4, 0);
	check_rc(exchange(4, 0, 3, 0), XEN_EINVAL, "four for three");
	x.nr_exchanged = 5;
	check_rc(exchange(4, 0, 4, 0), XEN_EINVAL, "more done than there are");
	x.nr_exchanged = 0;
	x.out.mem_flags = XENMEMF_address_bits(28);
	check_rc(exchange(4, 0, 4, 0), 0, "below an address");
	check(out[0] < 1UL << 16 && out[3] < 1UL << 16, "they are");
	give_back(out, 4, 0, "given back");

	prepare(4, 0);
	x.nr_exchanged = 1;
	check_rc(exchange(4, 0, 1, 2), 0, "part of a piece was done");
	check_eq(x.nr_exchanged, 4, "then all of it is");
	give_back(out, 1, 2, "given back");
}

/* --- decrease and populate ------------------------------------------------------------------------------------ */

static void decrease_halfway(void)
{
	long before = pages_of(DOMID_SELF);

	prepare(4, 0);
	in[2] = ~0UL >> 12;
	check_eq(reserve(XENMEM_decrease_reservation, in, 4, 0), 2, "decrease: the third is none");
	check_eq(pages_of(DOMID_SELF), before + 2, "two went");
	give_back(was + 2, 2, 0, "the others");
	prepare(2, 0);
	in[1] = in[0];
	check_eq(reserve(XENMEM_decrease_reservation, in, 2, 0), 1, "one twice");
	give_back(was + 1, 1, 0, "the other");
	prepare(1, 3);
	in[1] = in[0] + 4;
	check_eq(reserve(XENMEM_decrease_reservation, in + 1, 1, 2), 1, "the upper half");
	check_eq(reserve(XENMEM_decrease_reservation, in, 1, 3), 0, "then not all");
	check_eq(pages_of(DOMID_SELF), before, "but the lower half is gone, too");
}

/* Another domain that may have 8 pages. */
static domid_t small_domain(unsigned long pages)
{
	domid_t dom;

	check_rc(create_domain(1, &op), 0, "a domain");
	dom = op.domain;
	op.u.max_mem.max_memkb = pages * 4;
	check_rc(domctl(XEN_DOMCTL_max_mem, dom, &op), 0, "that may have so much");
	return dom;
}

static void destroy(domid_t dom)
{
	check_rc(domctl(XEN_DOMCTL_destroydomain, dom, &op), 0, "destroyed");
}

static long populate(domid_t dom, unsigned long n, unsigned int order, unsigned int flags)
{
	for (unsigned int i = 0; i < N; i++)
		out[i] = 0x200 + i * 16;
	return reserve_flags(XENMEM_populate_physmap, out, n, order, dom, flags);
}

static void populate_halfway(void)
{
	domid_t dom = small_domain(8);

	check_eq(populate(dom, 2, 1, 0), 2, "two of two");
	check(!(out[0] & 1) && at_home(out[1], 0x210, 2), "in their places");
	check_eq(populate(dom, 4, 1, 0), 2, "four more are too many");
	check(at_home(out[1], 0x210, 2) && out[2] == 0x220, "two of them are there");
	check_eq(pages_of(dom), 8, "all it may have");
	check_eq(reserve_flags(XENMEM_decrease_reservation, out, 1, 1, dom, 0), 1, "one back");
	check_eq(pages_of(dom), 6, "two pages");
	check_eq(populate(dom, 1, 0, XENMEMF_populate_on_demand), 1, "on demand");
	check_eq(pages_of(dom), 6, "that is, not");
	check_eq(reserve_flags(XENMEM_populate_physmap, out, 1, 0, DOMID_SELF, XENMEMF_populate_on_demand), 0,
		"nor for oneself");
	check_eq(populate(dom, 1, 0, XENMEMF_address_bits(28)), 1, "below an address");
	check(out[0] < 1UL << 16, "it is");
	check_eq(populate(dom, 1, 0, XENMEMF_address_bits(12)), 0, "below none");
	check_eq(populate(dom, 1, 0, XENMEMF_exact_node(0)), 1, "of a node");
	check_eq(populate(dom, 1, 0, 0), 0, "no more");
	check_eq(reserve_flags(XENMEM_increase_reservation, NULL, 1, 0, dom, 0), 0, "in no way");
	op.u.max_mem.max_memkb = 4 * 4;
	check_rc(domctl(XEN_DOMCTL_max_mem, dom, &op), 0, "less than it has");
	check_eq(pages_of(dom), 8, "which it keeps");
	destroy(dom);
}

/* --- claims ----------------------------------------------------------------------------------------------------- */

static long claim(domid_t dom, unsigned long n)
{
	return reserve_flags(XENMEM_claim_pages, NULL, n, 0, dom, 0);
}

static long claimed_in_all(void)
{
	static struct xen_sysctl s;

	s.cmd = XEN_SYSCTL_physinfo;
	s.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return hypercall1(__HYPERVISOR_sysctl, &s) ? -1 : (long)s.u.physinfo.outstanding_pages;
}

static long claimed_by(domid_t dom)
{
	return domctl(XEN_DOMCTL_getdomaininfo, dom, &op) ? -1 : (long)op.u.getdomaininfo.outstanding_pages;
}

static void check_claims(void)
{
	domid_t dom = small_domain(1000), other = small_domain(1000000);

	check_rc(claim(dom, 1001), XEN_EINVAL, "more than it may have");
	check_rc(claim(other, 500000), XEN_ENOMEM, "more than there is");
	check_rc(claim(dom, 100), 0, "a claim");
	check(claimed_in_all() == 100 && claimed_by(dom) == 100, "counts");
	check_rc(claim(dom, 200), XEN_EINVAL, "another");
	check_eq(populate(dom, 10, 0, 0), 10, "of which pages are taken");
	check(claimed_in_all() == 90 && claimed_by(dom) == 90, "is less then");
	check_eq(reserve_flags(XENMEM_decrease_reservation, out, 4, 0, dom, 0), 4, "and given back");
	check_eq(claimed_by(dom), 94, "is more again");
	check_eq(claimed_in_all(), 94, "in all, too");
	check_rc(claim(dom, 0), 0, "no claim any more");
	check(!claimed_in_all() && !claimed_by(dom), "counts nothing");
	check_rc(claim(dom, 6), XEN_EINVAL, "as many as it has");
	check_rc(claim(dom, 7), 0, "one more");
	check_eq(claimed_by(dom), 1, "is one");
	check_eq(populate(dom, 3, 0, 0), 3, "three are taken");
	check_eq(claimed_by(dom), 0, "of which it is one");
	check_rc(claim(dom, 500), 0, "and again");
	destroy(dom);
	check_eq(claimed_in_all(), 0, "a claim ends with its domain");
	destroy(other);
}

/* --- resources ---------------------------------------------------------------------------------------------------- */

static long acquire(domid_t dom, unsigned int type, unsigned int id, uint64_t frame, uint32_t *n, xen_pfn_t *list)
{
	struct xen_mem_acquire_resource r = { .domid = dom, .type = type, .id = id, .frame = frame,
		.nr_frames = *n };
	long rc;

	set_xen_guest_handle(r.frame_list, list);
	rc = memop(XENMEM_acquire_resource, &r);
	*n = r.nr_frames;
	return rc;
}

static long ask(domid_t dom, unsigned int type, unsigned int id, uint64_t frame, uint32_t n, xen_pfn_t *list)
{
	return acquire(dom, type, id, frame, &n, list);
}

static void check_resources(void)
{
	domid_t dom = small_domain(100);
	uint32_t n = 0;

	check_rc(acquire(dom, 1, 0, 0, &n, NULL), 0, "how many frames of a grant table");
	check_eq(n, 4, "four");
	check_rc(ask(dom, 1, 0, 0, 1, NULL), XEN_EINVAL, "a count without a list");
	check_rc(ask(dom, 1, 0, 1, 0, NULL), 0, "a place without a list");
	check_rc(ask(dom, 1, 0, 0, 2, out), 0, "two of them");
	check(out[0] != out[1], "are different");
	in[0] = out[1];
	check_rc(ask(dom, 1, 0, 1, 1, out), 0, "the second");
	check_eq(out[0], in[0], "is the second");
	check_rc(ask(dom, 1, 0, 3, 2, out), XEN_EINVAL, "beyond the last");
	check_rc(ask(dom, 1, 0, 0, 0, out), XEN_EINVAL, "none");
	check_rc(ask(dom, 1, 0, 0, 1, (xen_pfn_t *)HYPERVISORS_OWN), XEN_EFAULT, "nowhere");
	check_rc(ask(dom, 1, 1, 0, 1, out), XEN_EINVAL, "the status of version 1");
	n = 0;
	check_rc(acquire(dom, 1, 1, 0, &n, NULL), 0, "how many frames of that");
	check_eq(n, 1, "one");
	check_rc(ask(dom, 1, 2, 0, 1, out), XEN_EINVAL, "a third part of it");
	check_rc(ask(dom, 0, 0, 0, 1, out), XEN_EINVAL, "an ioreq server");
	check_rc(ask(dom, 0, 0, 0, 0, NULL), XEN_EINVAL, "how many frames of that");
	check_rc(ask(dom, 2, 0, 0, 1, out), XEN_EINVAL, "a vcpu's trace");
	check_rc(ask(dom, 2, 0, 0, 0, NULL), XEN_EINVAL, "how many frames of that");
	check_rc(ask(dom, 3, 0, 0, 1, out), XEN_EOPNOTSUPP, "no such kind");
	check_rc(ask(DOMID_SELF, 1, 0, 0, 1, out), XEN_ESRCH, "one's own");
	check_rc(ask(0, 1, 0, 0, 1, out), XEN_EPERM, "by number");
	check_rc(ask(1234, 1, 0, 0, 1, out), XEN_ESRCH, "nobody's");
	destroy(dom);
}

void guest_main(void)
{
	exchange_singles();
	exchange_halfway();
	exchange_orders();
	decrease_halfway();
	populate_halfway();
	check_claims();
	check_resources();
}

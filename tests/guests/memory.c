/* SPDX-License-Identifier: GPL-2.0-only */
/* memory: memory_op: what each command says to good and bad arguments. */
#include "guest.h"

#define EPERM 1
#define ESRCH 3
#define ENOMEM 12
#define EFAULT 14
#define EINVAL 22
#define ENOSYS 38
#define HYPERVISORS_OWN 0xffff830000000000UL
#define NOBODY 1234

static xen_pfn_t list[16];

static long memop(unsigned int cmd, const void *arg)
{
	return hypercall2(__HYPERVISOR_memory_op, cmd, arg);
}

static long reserve(unsigned int cmd, xen_pfn_t *frames, unsigned long n, unsigned int order,
	domid_t domid)
{
	struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order, .domid = domid };

	set_xen_guest_handle(r.extent_start, frames);
	return memop(cmd, &r);
}

static long query(unsigned int cmd, domid_t domid)
{
	return memop(cmd, &domid);
}

static void check_claims(void)
{
	unsigned long have = query(XENMEM_current_reservation, DOMID_SELF);
	unsigned long most = query(XENMEM_maximum_reservation, DOMID_SELF);

	check_eq(memop(XENMEM_claim_pages, (void *)HYPERVISORS_OWN), -EFAULT, "claim: bad pointer");
	check_eq(reserve(XENMEM_claim_pages, NULL, have + 1, 0, DOMID_SELF), -EINVAL, "by number only");
	check_eq(reserve(XENMEM_claim_pages, NULL, have + 1, 0, NOBODY), -EINVAL, "of nobody");
	check_eq(reserve(XENMEM_claim_pages, list, have + 1, 0, 0), -EINVAL, "with a list");
	check_eq(reserve(XENMEM_claim_pages, NULL, have + 1, 1, 0), -EINVAL, "with an order");
	check_eq(reserve(XENMEM_claim_pages, NULL, have, 0, 0), -EINVAL, "no more than there is");
	check_eq(reserve(XENMEM_claim_pages, NULL, most + 1, 0, 0), -EINVAL, "over the maximum");
	check_eq(reserve(XENMEM_claim_pages, NULL, 0, 0, 0), 0, "no claim to end");
	check_eq(hypercall2(__HYPERVISOR_memory_op, XENMEM_claim_pages | 1 << 6, list), -EINVAL,
		"to go on with");
}

static void check_queries(void)
{
	static const struct { unsigned int cmd; const char *name; } rows[] = {
		{ XENMEM_current_reservation, "current_reservation" },
		{ XENMEM_maximum_reservation, "maximum_reservation" },
		{ XENMEM_maximum_gpfn, "maximum_gpfn" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print("# %s\n", rows[i].name);
		check(query(rows[i].cmd, DOMID_SELF) >= 0, "one's own");
		check_eq(query(rows[i].cmd, NOBODY), -ESRCH, "nobody's");
		check_eq(memop(rows[i].cmd, (void *)HYPERVISORS_OWN), -EFAULT, "bad pointer");
	}
	check(memop(XENMEM_maximum_ram_page, NULL) > 1000, "maximum_ram_page");
	check_eq(memop(XENMEM_get_sharing_freed_pages, NULL), 0, "sharing: nothing freed");
	check_eq(memop(XENMEM_get_sharing_shared_pages, NULL), 0, "sharing: nothing shared");
	check_eq(memop(63, NULL), -ENOSYS, "no such command");
}

static void check_reservations(void)
{
	check_eq(reserve(XENMEM_populate_physmap, list, 1, 0, NOBODY), 0, "populate: nobody");
	check_eq(reserve(XENMEM_populate_physmap, list, 1, 30, DOMID_SELF), 0, "populate: order");
	check_eq(reserve(XENMEM_decrease_reservation, list, ~0UL, 0, DOMID_SELF), 0, "decrease: count");
	list[0] = ~0UL >> 12;
	check_eq(reserve(XENMEM_decrease_reservation, list, 1, 0, DOMID_SELF), 0, "decrease: no frame");
	check_eq(reserve(XENMEM_decrease_reservation, (void *)HYPERVISORS_OWN, 1, 0, DOMID_SELF), 0,
		"decrease: list");
}

void guest_main(void)
{
	check_claims();
	check_queries();
	check_reservations();
}

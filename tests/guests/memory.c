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

/* What PV domains are refused, and what is said to whom. */
static void check_refusals(void)
{
	static struct xen_add_to_physmap a = { .domid = DOMID_SELF, .space = XENMAPSPACE_grant_table };
	static struct xen_add_to_physmap a2 = { .domid = NOBODY };
	static struct xen_remove_from_physmap r = { .domid = DOMID_SELF };
	static struct xen_remove_from_physmap r2 = { .domid = NOBODY };
	static struct xen_add_to_physmap_batch b = { .domid = DOMID_SELF, .size = 1 };
	static struct xen_add_to_physmap_batch b2 = { .domid = NOBODY, .size = 1 };
	static uint8_t zero[128];
	const struct call_case rows[] = {
		{ "add_to_physmap", __HYPERVISOR_memory_op, { XENMEM_add_to_physmap, (long)&a }, XEN_EACCES },
		{ "of nobody", __HYPERVISOR_memory_op, { XENMEM_add_to_physmap, (long)&a2 }, XEN_ESRCH },
		{ "remove_from_physmap", __HYPERVISOR_memory_op, { XENMEM_remove_from_physmap, (long)&r },
			XEN_EACCES },
		{ "of nobody", __HYPERVISOR_memory_op, { XENMEM_remove_from_physmap, (long)&r2 }, XEN_ESRCH },
		{ "add_to_physmap_batch", __HYPERVISOR_memory_op, { XENMEM_add_to_physmap_batch, (long)&b },
			XEN_EACCES },
		{ "of nobody", __HYPERVISOR_memory_op, { XENMEM_add_to_physmap_batch, (long)&b2 }, XEN_ESRCH },
		{ "batch in a continuation", __HYPERVISOR_memory_op,
			{ XENMEM_add_to_physmap_batch | 2 << 6, (long)&b }, XEN_EACCES },
		{ "memory_map", __HYPERVISOR_memory_op, { XENMEM_memory_map, (long)HYPERVISORS_OWN },
			XEN_EFAULT },
		{ "paging_op", __HYPERVISOR_memory_op, { 20, (long)zero }, XEN_ENOSYS },
		{ "sharing_op", __HYPERVISOR_memory_op, { 22, (long)zero }, XEN_ENOSYS },
		{ "get_pod_target", __HYPERVISOR_memory_op, { XENMEM_get_pod_target, (long)zero },
			XEN_EINVAL },
		{ "set_pod_target", __HYPERVISOR_memory_op, { XENMEM_set_pod_target, (long)zero },
			XEN_EINVAL },
		{ "exchange of nothing", __HYPERVISOR_memory_op, { XENMEM_exchange, (long)zero }, 0 },
		{ "exchange", __HYPERVISOR_memory_op, { XENMEM_exchange, (long)HYPERVISORS_OWN }, XEN_EFAULT },
		{ "machphys_mapping", __HYPERVISOR_memory_op, { XENMEM_machphys_mapping, (long)HYPERVISORS_OWN },
			XEN_EFAULT },
		{ "machphys_mfn_list", __HYPERVISOR_memory_op,
			{ XENMEM_machphys_mfn_list, (long)HYPERVISORS_OWN }, XEN_EFAULT },
		{ "machine_memory_map", __HYPERVISOR_memory_op,
			{ XENMEM_machine_memory_map, (long)HYPERVISORS_OWN }, XEN_EFAULT },
		{ "machine_memory_map of no entries", __HYPERVISOR_memory_op,
			{ XENMEM_machine_memory_map, (long)zero }, 0 },
		{ "set_memory_map", __HYPERVISOR_memory_op, { XENMEM_set_memory_map, (long)HYPERVISORS_OWN },
			XEN_EFAULT },
		{ "reserved_device_memory_map", __HYPERVISOR_memory_op,
			{ XENMEM_reserved_device_memory_map, (long)zero }, XEN_EINVAL },
		{ "acquire_resource", __HYPERVISOR_memory_op, { XENMEM_acquire_resource, (long)HYPERVISORS_OWN },
			XEN_EFAULT },
		{ "acquire_resource of oneself", __HYPERVISOR_memory_op, { XENMEM_acquire_resource, (long)zero },
			XEN_ESRCH },
	};

	run_calls(rows, ARRAY_SIZE(rows));
}

void guest_main(void)
{
	check_refusals();
	check_claims();
	check_queries();
	check_reservations();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op.c: memory_op: one row for each command; the queries live here. No locks. */
#include "private.h"
#include <hv/arch.h>

static long query_max_ram_page(unsigned long arg[], unsigned long start)
{
	return arch_max_page();
}

static long current_pages(struct domain *d)
{
	return READ_ONCE(d->tot_pages);
}

static long maximum_pages(struct domain *d)
{
	return READ_ONCE(d->max_pages);
}

/* As the guest tells the tools through the shared page. */
static long maximum_gfn(struct domain *d)
{
	unsigned long pfns = d->shared_info ? READ_ONCE(d->shared_info->arch.max_pfn) : 0;

	return (pfns ? pfns : 1) - 1; /* the guest gives a count; a new one has given none */
}

static long query_domain(unsigned long guest, long (*fn)(struct domain *d))
{
	struct domain *d;
	domid_t domid;
	long rc;

	if (copy_from_guest_raw(&domid, (const void *)guest, sizeof(domid)))
		return -EFAULT;
	rc = target_get_permitted(domid, &d);
	if (rc)
		return rc;
	rc = fn(d);
	domain_put(d);
	return rc;
}

static long memop_current(unsigned long arg[], unsigned long start)
{
	return query_domain(arg[1], current_pages);
}

static long memop_maximum(unsigned long arg[], unsigned long start)
{
	return query_domain(arg[1], maximum_pages);
}

static long memop_maximum_gpfn(unsigned long arg[], unsigned long start)
{
	return query_domain(arg[1], maximum_gfn);
}

/* No page is ever shared between domains. */
static long memop_sharing(unsigned long arg[], unsigned long start)
{
	return 0;
}

static long memop_claim(unsigned long arg[], unsigned long start)
{
	struct xen_memory_reservation r;
	struct domain *d;
	long rc;

	if (start)
		return -EINVAL;
	if (copy_from_guest_raw(&r, (const void *)arg[1], sizeof(r)))
		return -EFAULT;
	if (!guest_handle_is_null(r.extent_start) || r.extent_order || r.mem_flags)
		return -EINVAL;
	d = domain_get_by_id(r.domid); /* by its number, even one's own */
	if (!d)
		return -EINVAL;
	rc = current->domain->is_privileged ? domain_claim_pages(d, r.nr_extents) : -EPERM;
	domain_put(d);
	return rc;
}

/* What no paravirtual domain has, whoever asks: -ESRCH without a domain, else `why`. */
static long refuse_domain(domid_t domid, int why)
{
	struct domain *d = target_get(domid);

	if (!d)
		return -ESRCH;
	domain_put(d);
	return why;
}

/* PV guests keep their own physical map. Each argument begins with the domain's number. */
static long refuse(unsigned long guest, size_t size)
{
	union { domid_t domid; char bytes[64]; } op;

	if (copy_from_guest_raw(&op, (const void *)guest, size))
		return -EFAULT;
	return refuse_domain(op.domid, -EACCES);
}

static long memop_add_to_physmap(unsigned long arg[], unsigned long start)
{
	return refuse(arg[1], sizeof(struct xen_add_to_physmap));
}

static long memop_add_batch(unsigned long arg[], unsigned long start)
{
	return refuse(arg[1], sizeof(struct xen_add_to_physmap_batch));
}

static long memop_remove(unsigned long arg[], unsigned long start)
{
	return refuse(arg[1], sizeof(struct xen_remove_from_physmap));
}

/* Populate-on-demand is for domains of hardware virtualisation. */
static long memop_pod(unsigned long arg[], unsigned long start)
{
	struct {
		uint64_t counts[4];
		domid_t domid;
	} op;

	if (copy_from_guest_raw(&op, (const void *)arg[1], sizeof(op)))
		return -EFAULT;
	return refuse_domain(op.domid, -EINVAL);
}

/* Rights to pages beyond the tables': of another domain, and with hardware's help. */
static long memop_access(unsigned long arg[], unsigned long start)
{
	struct {
		uint8_t op, access;
		domid_t domid;
		uint32_t nr;
		uint64_t rest[3];
	} op;

	if (copy_from_guest_raw(&op, (const void *)arg[1], sizeof(op)))
		return -EFAULT;
	if (op.domid == DOMID_SELF || op.domid == current->domain->domain_id)
		return -EPERM;
	return refuse_domain(op.domid, -EINVAL);
}

static long (*const memory_rows[])(unsigned long arg[], unsigned long start) = {
	[XENMEM_increase_reservation] = memop_increase,
	[XENMEM_decrease_reservation] = memop_decrease,
	[XENMEM_populate_physmap] = memop_populate,
	[XENMEM_exchange] = memop_exchange,
	[XENMEM_maximum_ram_page] = query_max_ram_page,
	[XENMEM_current_reservation] = memop_current,
	[XENMEM_maximum_reservation] = memop_maximum,
	[XENMEM_maximum_gpfn] = memop_maximum_gpfn,
	[XENMEM_add_to_physmap] = memop_add_to_physmap,
	[XENMEM_remove_from_physmap] = memop_remove,
	[XENMEM_add_to_physmap_batch] = memop_add_batch,
	[XENMEM_set_pod_target] = memop_pod,
	[XENMEM_get_pod_target] = memop_pod,
	[XENMEM_access_op] = memop_access,
	[XENMEM_get_sharing_freed_pages] = memop_sharing,
	[XENMEM_get_sharing_shared_pages] = memop_sharing,
	[XENMEM_claim_pages] = memop_claim,
	[XENMEM_get_vnumainfo] = memop_vnumainfo,
	[XENMEM_acquire_resource] = memop_acquire_resource,
};

/* arg: command, argument. The rest (maps of memory and of the machine-to-physical table): arch. */
long do_memory_op(unsigned long arg[])
{
	unsigned long cmd = arg[0] & MEMOP_CMD_MASK, start = arg[0] >> MEMOP_EXTENT_SHIFT;

	if (cmd < ARRAY_SIZE(memory_rows) && memory_rows[cmd])
		return memory_rows[cmd](arg, start);
	return arch_memory_op(cmd, arg[1], arg);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_ops.c: memory_op sub-operations of x86: memory maps and the machine-to-phys table. */
#include <hv/target.h>
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <xen/memory.h>
#include "mm.h"

#define E820_MAX 128
#define M2P_CHUNK_SHIFT 21
#define M2P_CHUNK_PAGES (1UL << (M2P_CHUNK_SHIFT - PAGE_SHIFT))

static long machphys_mapping(unsigned long guest_arg)
{
	struct xen_machphys_mapping m = {
		.v_start = RO_M2P_VIRT_START,
		.v_end = RO_M2P_VIRT_END,
		.max_mfn = MACH2PHYS_NR_ENTRIES - 1,
	};

	return copy_to_guest_raw((void *)guest_arg, &m, sizeof(m)) ? -EFAULT : 0;
}

/* One frame for each 2 MiB of the table; a hole repeats the chunk before it. */
static long machphys_mfn_list(unsigned long guest_arg)
{
	XEN_GUEST_HANDLE(xen_machphys_mfn_list_t) h =
		guest_handle_from_arg(guest_arg, xen_machphys_mfn_list_t);
	unsigned long chunks = DIV_ROUND_UP(max_page * sizeof(unsigned long), 1UL << M2P_CHUNK_SHIFT);
	struct xen_machphys_mfn_list l;
	xen_pfn_t last = 0;
	unsigned int i;
	mfn_t m;

	if (copy_from_guest(&l, h, 1))
		return -EFAULT;
	for (i = 0; i < l.max_extents && i < chunks; i++) {
		if (m2p_frame(i * M2P_CHUNK_PAGES, &m))
			last = mfn_x(m);
		if (copy_to_guest_offset(l.extent_start, i, &last, 1))
			return -EFAULT;
	}
	l.nr_extents = i;
	return copy_to_guest(h, &l, 1) ? -EFAULT : 0;
}

/* --- memory maps ------------------------------------------------------------------------------ */

static long memory_map(unsigned long guest_arg)
{
	XEN_GUEST_HANDLE(xen_memory_map_t) h = guest_handle_from_arg(guest_arg, xen_memory_map_t);
	struct domain *d = current->domain;
	unsigned int have = READ_ONCE(d->arch.nr_e820);
	struct xen_memory_map map;

	if (copy_from_guest(&map, h, 1))
		return -EFAULT;
	if (!have)
		return -ENOSYS;
	map.nr_entries = min(map.nr_entries, have);
	if (copy_to_guest_raw(map.buffer.p, d->arch.e820, map.nr_entries * sizeof(*d->arch.e820)) ||
	    copy_to_guest(h, &map, 1))
		return -EFAULT;
	return 0;
}

/* The table, once made, stays until the domain goes, so that readers need no lock. */
static struct e820entry *e820_of(struct domain *d)
{
	struct e820entry *e, *expected = NULL;

	if (READ_ONCE(d->arch.e820))
		return d->arch.e820;
	e = xzalloc_array(struct e820entry, E820_MAX);
	if (e && !__atomic_compare_exchange_n(&d->arch.e820, &expected, e, false, __ATOMIC_SEQ_CST,
		      __ATOMIC_SEQ_CST)) {
		xfree(e);
		return expected;
	}
	return e;
}

static long store_memory_map(struct domain *d, const struct xen_memory_map *map)
{
	struct e820entry *e;

	if (READ_ONCE(d->is_dying))
		return -ESRCH;
	e = e820_of(d);
	if (!e)
		return -ENOMEM;
	WRITE_ONCE(d->arch.nr_e820, 0);
	if (copy_from_guest_raw(e, map->buffer.p, map->nr_entries * sizeof(*e)))
		return -EFAULT;
	smp_wmb();
	WRITE_ONCE(d->arch.nr_e820, map->nr_entries);
	return 0;
}

static long set_memory_map(unsigned long guest_arg)
{
	struct xen_foreign_memory_map fmap;
	struct domain *d;
	long rc;

	if (copy_from_guest_raw(&fmap, (const void *)guest_arg, sizeof(fmap)))
		return -EFAULT;
	if (fmap.map.nr_entries > E820_MAX)
		return -EINVAL;
	rc = target_get_permitted(fmap.domid, &d);
	if (rc)
		return rc;
	rc = store_memory_map(d, &fmap.map);
	domain_put(d);
	return rc;
}

/* Inserts a page of the hypervisor's into a sorted list of reserved pages, once. */
static void add_reserved(uint64_t *list, unsigned int *n, unsigned int max, uint64_t addr)
{
	unsigned int i;

	addr &= PAGE_MASK;
	for (i = 0; i < *n && list[i] < addr; i++)
		;
	if (!addr || *n == max || (i < *n && list[i] == addr))
		return;
	memmove(&list[i + 1], &list[i], (*n - i) * sizeof(*list));
	list[i] = addr;
	(*n)++;
}

static unsigned int reserved_pages(uint64_t *list, unsigned int max)
{
	unsigned int i, n = 0;

	add_reserved(list, &n, max, acpi.lapic_addr);
	for (i = 0; i < acpi.nr_ioapics; i++)
		add_reserved(list, &n, max, acpi.ioapic[i].addr);
	return n;
}

struct map_out {
	struct e820entry *buf;
	unsigned int n, max;
	bool fault;
};

static void put_entry(struct map_out *o, uint64_t addr, uint64_t size, uint32_t type)
{
	struct e820entry e = { addr, size, type };

	if (o->n < o->max && copy_to_guest_raw(o->buf + o->n, &e, sizeof(e)))
		o->fault = true;
	o->n++;
}

/* The firmware's map, and as reserved, where it leaves them out, the pages of interrupt controllers,
 * lest dom0 places devices there. */
static long machine_memory_map(unsigned long guest_arg)
{
	XEN_GUEST_HANDLE(xen_memory_map_t) h = guest_handle_from_arg(guest_arg, xen_memory_map_t);
	uint64_t res[ARRAY_SIZE(acpi.ioapic) + 1], pos = 0;
	unsigned int res_count = reserved_pages(res, ARRAY_SIZE(res)), r = 0, i;
	struct xen_memory_map map;
	struct map_out o = { 0 };

	if (!current->domain->is_privileged)
		return -EPERM;
	if (copy_from_guest(&map, h, 1))
		return -EFAULT;
	o.buf = map.buffer.p;
	o.max = map.nr_entries;
	for (i = 0; i <= host_e820.nr; i++) {
		uint64_t start = i < host_e820.nr ? host_e820.map[i].addr : ~0UL;

		for (; r < res_count && res[r] < start; r++)
			if (res[r] >= pos)
				put_entry(&o, res[r], PAGE_SIZE, E820_RESERVED);
		if (i == host_e820.nr)
			break;
		put_entry(&o, start, host_e820.map[i].size, host_e820.map[i].type);
		pos = max(pos, (uint64_t)(start + host_e820.map[i].size));
	}
	if (o.buf && o.n > o.max)
		return -EINVAL;
	if (o.fault)
		return -EFAULT;
	map.nr_entries = o.n;
	return copy_to_guest(h, &map, 1) ? -EFAULT : 0;
}

/* There are no 32-bit domains. */
static long no_compat_list(unsigned long guest_arg)
{
	return -EOPNOTSUPP;
}

/* Memory that devices use behind an IOMMU: without one there is none. */
static long reserved_device_memory_map(unsigned long guest_arg)
{
	XEN_GUEST_HANDLE(xen_reserved_device_memory_map_t) h =
		guest_handle_from_arg(guest_arg, xen_reserved_device_memory_map_t);
	struct xen_reserved_device_memory_map map;

	if (copy_from_guest(&map, h, 1))
		return -EFAULT;
	if (map.flags & ~XENMEM_RDM_ALL)
		return -EINVAL;
	map.nr_entries = 0;
	return copy_field_to_guest(h, &map, nr_entries) ? -EFAULT : 0;
}

long arch_memory_op(unsigned int cmd, unsigned long guest_arg, unsigned long arg[])
{
	static const struct {
		unsigned int cmd;
		long (*run)(unsigned long guest_arg);
	} rows[] = {
		{ XENMEM_machphys_mapping, machphys_mapping },
		{ XENMEM_machphys_mfn_list, machphys_mfn_list },
		{ XENMEM_memory_map, memory_map },
		{ XENMEM_set_memory_map, set_memory_map },
		{ XENMEM_machine_memory_map, machine_memory_map },
		{ XENMEM_machphys_compat_mfn_list, no_compat_list },
		{ XENMEM_reserved_device_memory_map, reserved_device_memory_map },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].cmd == cmd)
			return rows[i].run(guest_arg);
	return -ENOSYS;
}

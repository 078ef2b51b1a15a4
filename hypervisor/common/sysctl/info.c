/* SPDX-License-Identifier: GPL-2.0-only */
/* info.c: sysctls that describe the machine. Caller holds the sysctl lock. */
#include "private.h"
#include <hv/param.h>
#include <hv/ctl_bitmap.h>

static unsigned int nr_nodes(void)
{
	unsigned long bits[BITS_TO_LONGS(CTL_BITMAP_MAX)];

	return max(ctl_online_nodes(bits), 1U);
}

/* Most CPUs that share what `same` gives for a CPU with the first one. */
static unsigned int count_sharing(unsigned int (*same)(unsigned int cpu))
{
	unsigned int cpu, n = 0, first = same(cpumask_first(&cpu_online_map));

	for_each_online_cpu(cpu) {
		if (same(cpu) == first)
			n++;
	}
	return n;
}

static unsigned int core_in_socket(unsigned int cpu)
{
	return arch_cpu_to_socket(cpu) << 16 | arch_cpu_to_core(cpu);
}

long sysctl_physinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_physinfo *p = &op->u.physinfo;

	memset(p, 0, sizeof(*p));
	p->threads_per_core = count_sharing(core_in_socket);
	p->cores_per_socket = count_sharing(arch_cpu_to_socket) / p->threads_per_core;
	p->nr_cpus = cpumask_weight(&cpu_online_map);
	p->max_cpu_id = nr_cpu_ids - 1;
	p->nr_nodes = nr_nodes();
	p->max_node_id = CTL_BITMAP_MAX - 1;
	p->cpu_khz = arch_cpu_khz();
	p->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1 |
		(boot_params.gnttab_max_ver > 1 ? XEN_SYSCTL_PHYSCAP_gnttab_v2 : 0);
	p->total_pages = heap_total_pages();
	p->free_pages = heap_free_pages();
	p->outstanding_pages = heap_claimed_pages();
	p->max_mfn = arch_max_page() - 1;
	arch_physinfo_hw_cap(p->hw_cap);
	return 0;
}

static long put_distances(struct xen_sysctl_numainfo *ni, unsigned int nodes)
{
	uint32_t distance[CTL_BITMAP_MAX];
	unsigned int i, j;

	for (i = 0; i < nodes; i++) {
		for (j = 0; j < nodes; j++)
			distance[j] = arch_node_distance(i, j);
		if (copy_to_guest_offset(ni->distance, (size_t)i * nodes, distance, nodes))
			return -EFAULT;
	}
	return 0;
}

static long put_meminfo(struct xen_sysctl_numainfo *ni, unsigned int nodes)
{
	xen_sysctl_meminfo_t m = { 0 };
	unsigned int i;

	for (i = 0; i < nodes; i++) {
		m.memsize = (uint64_t)arch_node_pages(i) << PAGE_SHIFT;
		m.memfree = (uint64_t)heap_free_pages_node(i) << PAGE_SHIFT;
		if (copy_to_guest_offset(ni->meminfo, i, &m, 1))
			return -EFAULT;
	}
	return 0;
}

/* num_nodes: room in, number out. Both lists null: only the number. */
long sysctl_numainfo(struct xen_sysctl *op)
{
	struct xen_sysctl_numainfo *ni = &op->u.numainfo;
	unsigned int nodes = min(nr_nodes(), (unsigned int)CTL_BITMAP_MAX);
	bool want_mem = !guest_handle_is_null(ni->meminfo);
	bool want_distance = !guest_handle_is_null(ni->distance);
	long rc = 0;

	/* The caller's room is the width of its distance table as well. */
	if ((want_mem || want_distance) && ni->num_nodes < nodes) {
		ni->num_nodes = nodes;
		return -ENOBUFS;
	}
	if (want_mem)
		rc = put_meminfo(ni, nodes);
	if (!rc && want_distance)
		rc = put_distances(ni, nodes);
	ni->num_nodes = nodes;
	return rc;
}

long sysctl_cputopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_cputopoinfo *ti = &op->u.cputopoinfo;
	unsigned int cpu, room = ti->num_cpus, n = nr_cpu_ids;

	ti->num_cpus = n;
	if (guest_handle_is_null(ti->cputopo))
		return 0;
	for (cpu = 0; cpu < min(room, n); cpu++) {
		xen_sysctl_cputopo_t t = {
			XEN_INVALID_CORE_ID, XEN_INVALID_SOCKET_ID, XEN_INVALID_NODE_ID,
		};

		if (cpumask_test(cpu, &cpu_online_map)) {
			t.core = arch_cpu_to_core(cpu);
			t.socket = arch_cpu_to_socket(cpu);
			t.node = arch_cpu_to_node(cpu);
		}
		if (copy_to_guest_offset(ti->cputopo, cpu, &t, 1))
			return -EFAULT;
	}
	return room < n ? -ENOBUFS : 0;
}

/* The node of a PCI device is not known. */
long sysctl_pcitopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_pcitopoinfo *ti = &op->u.pcitopoinfo;
	const uint32_t node = XEN_INVALID_NODE_ID;
	uint32_t i;

	if (guest_handle_is_null(ti->devs) || guest_handle_is_null(ti->nodes))
		return -EINVAL;
	if (ti->num_devs && copy_to_guest_offset(ti->nodes, 0, &node, 1))
		return -EFAULT;
	if (ti->num_devs > UINT16_MAX)
		return -E2BIG;
	for (i = 0; i < ti->num_devs; i++) {
		if (copy_to_guest_offset(ti->nodes, i, &node, 1))
			return -EFAULT;
	}
	return 0;
}

long sysctl_availheap(struct xen_sysctl *op)
{
	struct xen_sysctl_availheap *a = &op->u.availheap;

	/* The allocator counts by node, not by address. */
	a->avail_bytes = (uint64_t)(a->node < 0 ? heap_free_pages() :
		heap_free_pages_node(a->node)) << PAGE_SHIFT;
	return 0;
}

long sysctl_getcpuinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_getcpuinfo *g = &op->u.getcpuinfo;
	unsigned int cpu, n = min(g->max_cpus, nr_cpu_ids);

	for (cpu = 0; cpu < n; cpu++) {
		struct xen_sysctl_cpuinfo info = { cpu_idle_time(cpu) };

		if (copy_to_guest_offset(g->info, cpu, &info, 1))
			return -EFAULT;
	}
	g->nr_cpus = n;
	return 0;
}

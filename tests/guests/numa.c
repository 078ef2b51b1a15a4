/* SPDX-License-Identifier: GPL-2.0-only */
/* numa: nodes, their distances, memory by node. Arguments: "nodes=N" that there must be, "far=N" between two
 * of them, "cpus=N" in each; without, what there is has to make sense. */
#include <xen/memory.h>
#include <xen/sysctl.h>
#include "child.h"

#define MOST 8
#define PAGES 2048
#define SCRUBBED 256 /* so many may be out of the count for a moment */

static struct xen_sysctl op;
static xen_sysctl_meminfo_t mem[MOST];
static uint32_t distance[MOST * MOST];
static xen_sysctl_cputopo_t cpus[64];
static unsigned long frames[PAGES];
static unsigned int nodes, wanted_nodes, far, cpus_each;

static long sysctl(unsigned int cmd)
{
	op.cmd = cmd;
	op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return hypercall1(__HYPERVISOR_sysctl, &op);
}

static uint64_t free_of(unsigned int node)
{
	op = (struct xen_sysctl){ .u.availheap = { .node = node } };
	return sysctl(XEN_SYSCTL_availheap) ? 0 : op.u.availheap.avail_bytes >> 12;
}

static void check_info(void)
{
	unsigned int i, j;
	bool near = true, others = true;

	op = (struct xen_sysctl){ .u.numainfo = { .num_nodes = MOST } };
	set_xen_guest_handle(op.u.numainfo.meminfo, mem);
	set_xen_guest_handle(op.u.numainfo.distance, distance);
	check_rc(sysctl(XEN_SYSCTL_numainfo), 0, "numainfo");
	nodes = op.u.numainfo.num_nodes;
	check(nodes >= 1 && nodes <= MOST && (!wanted_nodes || nodes == wanted_nodes), "so many nodes");
	for (i = 0; i < nodes; i++) {
		print("# node %d: %ld KiB, %ld free\n", i, mem[i].memsize >> 10, mem[i].memfree >> 10);
		for (j = 0; j < nodes; j++) {
			near &= i != j || distance[i * nodes + j] == 10;
			others &= i == j || (far ? distance[i * nodes + j] == far : distance[i * nodes + j] > 10);
		}
		check(mem[i].memsize >= mem[i].memfree && mem[i].memsize, "a node has memory");
		check(free_of(i) && free_of(i) <= mem[i].memsize >> 12, "some of it free");
	}
	check(near, "each is near itself");
	check(others, "and farther from the others");
	op = (struct xen_sysctl){ 0 };
	check_rc(sysctl(XEN_SYSCTL_physinfo), 0, "physinfo");
	check_eq(op.u.physinfo.nr_nodes, nodes, "tells of as many");
	check_eq(op.u.physinfo.max_node_id, 63, "and the highest number there may be");
}

static void check_cpus(void)
{
	unsigned int of[MOST] = { 0 }, i;
	bool ok = true;

	op = (struct xen_sysctl){ .u.cputopoinfo = { .num_cpus = ARRAY_SIZE(cpus) } };
	set_xen_guest_handle(op.u.cputopoinfo.cputopo, cpus);
	check_rc(sysctl(XEN_SYSCTL_cputopoinfo), 0, "cputopoinfo");
	for (i = 0; i < op.u.cputopoinfo.num_cpus; i++) {
		ok &= cpus[i].node < nodes;
		of[cpus[i].node % MOST]++;
	}
	check(ok, "every CPU is on a node");
	for (i = 0; cpus_each && i < nodes; i++)
		check_eq(of[i], cpus_each, "as many CPUs on each");
}

static long reservation(unsigned int cmd, domid_t dom, unsigned int flags)
{
	struct xen_memory_reservation r = { .nr_extents = PAGES, .mem_flags = flags, .domid = dom };

	r.extent_start.p = frames;
	return hypercall2(__HYPERVISOR_memory_op, cmd, &r);
}

/* How many of `node`'s free frames go when a domain gets pages. */
static long taken(unsigned int node, domid_t dom, unsigned int flags)
{
	uint64_t before = free_of(node);
	long got = reservation(XENMEM_increase_reservation, dom, flags);

	return got == PAGES ? (long)(before - free_of(node)) : -1;
}

static bool about(long n, long wanted)
{
	if (n >= wanted - SCRUBBED && n <= wanted + SCRUBBED)
		return true;
	print("# got %ld, want %ld\n", n, wanted);
	return false;
}

static void give_back(domid_t dom)
{
	check_eq(reservation(XENMEM_decrease_reservation, dom, 0), PAGES, "given back");
}

static void check_by_node(void)
{
	for (unsigned int i = 0; i < nodes; i++) {
		check(about(taken(i, DOMID_SELF, XENMEMF_exact_node(i)), PAGES), "from the node that is named");
		give_back(DOMID_SELF);
	}
	check(taken(0, DOMID_SELF, XENMEMF_exact_node(MOST)) <= 0, "not from one that is not there");
}

static long set_affinity(domid_t dom, uint64_t map)
{
	static uint64_t bits;
	struct xen_domctl d = { 0 };

	bits = map;
	set_xen_guest_handle(d.u.nodeaffinity.nodemap.bitmap, (uint8_t *)&bits);
	d.u.nodeaffinity.nodemap.nr_bits = 64;
	return domctl(XEN_DOMCTL_setnodeaffinity, dom, &d);
}

/* Of any node. */
static domid_t new_domain(unsigned int vcpus)
{
	static struct xen_domctl d;
	domid_t dom;

	check_rc(create_domain(vcpus, &d), 0, "a domain");
	dom = d.domain;
	d.u.max_mem.max_memkb = PAGES * 8 * 4;
	check_rc(domctl(XEN_DOMCTL_max_mem, dom, &d), 0, "its memory's limit");
	return dom;
}

/* Without a word about nodes a domain's memory comes from all of its own. */
static void check_affinity(void)
{
	struct xen_domctl d = { 0 };
	domid_t dom = new_domain(1);

	for (unsigned int i = 0; i < nodes; i++) {
		check_rc(set_affinity(dom, 1UL << i), 0, "it belongs to a node");
		check(about(taken(i, dom, 0), PAGES), "where its memory is");
		give_back(dom);
	}
	check_rc(set_affinity(dom, ~0UL), 0, "it belongs to all");
	check(about(taken(nodes - 1, dom, 0), PAGES / nodes), "each gives its part");
	check_rc(set_affinity(dom, 0x80), XEN_EINVAL, "not to one that is not there");
	domctl(XEN_DOMCTL_destroydomain, dom, &d);
}

/* --- virtual nodes ------------------------------------------------------------------------------------------ */

#define VNODES 2

static struct xen_vnuma_topology_info topo;
static unsigned int dist[VNODES * VNODES], of_vcpu[2], of_vnode[VNODES];
static xen_vmemrange_t range[VNODES];

static long set_layout(domid_t dom, unsigned int vnodes, unsigned int vcpus)
{
	static struct xen_domctl d;

	memset(&d, 0, sizeof(d));
	d.u.vnuma.nr_vnodes = vnodes;
	d.u.vnuma.nr_vmemranges = VNODES;
	d.u.vnuma.nr_vcpus = vcpus;
	set_xen_guest_handle(d.u.vnuma.vdistance, dist);
	set_xen_guest_handle(d.u.vnuma.vcpu_to_vnode, of_vcpu);
	set_xen_guest_handle(d.u.vnuma.vnode_to_pnode, of_vnode);
	set_xen_guest_handle(d.u.vnuma.vmemrange, range);
	return domctl(XEN_DOMCTL_setvnumainfo, dom, &d);
}

static long get_layout(domid_t dom, unsigned int vnodes)
{
	memset(&topo, 0, sizeof(topo));
	topo.domid = dom;
	topo.nr_vnodes = topo.nr_vmemranges = vnodes;
	topo.nr_vcpus = 2;
	set_xen_guest_handle(topo.vdistance.h, dist);
	set_xen_guest_handle(topo.vcpu_to_vnode.h, of_vcpu);
	set_xen_guest_handle(topo.vmemrange.h, range);
	return hypercall2(__HYPERVISOR_memory_op, XENMEM_get_vnumainfo, &topo);
}

static void a_layout(void)
{
	for (unsigned int i = 0; i < VNODES; i++) {
		dist[i * VNODES + i] = 10;
		dist[i * VNODES + (1 - i)] = 22;
		of_vcpu[i] = i;
		of_vnode[i] = (nodes - 1) * i;
		range[i] = (xen_vmemrange_t){ .start = (uint64_t)i << 22, .end = (uint64_t)(i + 1) << 22, .nid = i };
	}
}

static void check_refused_layouts(domid_t dom)
{
	check_rc(get_layout(dom, VNODES), XEN_EOPNOTSUPP, "no layout yet");
	check_rc(set_layout(dom, 0, 2), XEN_EINVAL, "without nodes");
	check_rc(set_layout(dom, VNODES, 3), XEN_EINVAL, "other vcpus than there are");
	check_rc(set_layout(dom, 100, 2), XEN_EINVAL, "very many nodes");
	of_vcpu[1] = VNODES;
	check_rc(set_layout(dom, VNODES, 2), XEN_E2BIG, "a vcpu on none");
	of_vcpu[1] = 1;
	of_vnode[1] = 0x10000;
	check_rc(set_layout(dom, VNODES, 2), XEN_E2BIG, "a node that is no real one");
	of_vnode[1] = 0;
	range[1].nid = VNODES;
	check_rc(set_layout(dom, VNODES, 2), 0, "a range on none");
	range[1].nid = 1;
	range[1].flags = 1;
	check_rc(set_layout(dom, VNODES, 2), XEN_EINVAL, "a range with flags");
	range[1].flags = 0;
}

static void check_virtual(void)
{
	struct xen_domctl d = { 0 };
	domid_t dom = new_domain(2);

	a_layout();
	check_refused_layouts(dom);
	a_layout();
	check_rc(set_layout(dom, VNODES, 2), 0, "its virtual nodes");
	check_rc(get_layout(dom, 1), XEN_ENOBUFS, "too little room to tell of them");
	check_eq(topo.nr_vnodes, VNODES, "how much it takes");
	memset(dist, 0, sizeof(dist));
	memset(range, 0, sizeof(range));
	check_rc(get_layout(dom, VNODES), 0, "told of them");
	check(dist[0] == 10 && dist[1] == 22 && dist[3] == 10, "their distances");
	check(range[1].start == 1UL << 22 && range[1].end == 2UL << 22 && range[1].nid == 1, "their memory");
	check(of_vcpu[0] == 0 && of_vcpu[1] == 1, "their vcpus");
	check(about(taken(nodes - 1, dom, XENMEMF_exact_node(1) | XENMEMF_vnode), PAGES),
		"memory of a virtual node is from the real one");
	check_eq(reservation(XENMEM_increase_reservation, dom, XENMEMF_node(VNODES) | XENMEMF_vnode), 0,
		"none of one that is not there");
	domctl(XEN_DOMCTL_destroydomain, dom, &d);
}

void guest_main(void)
{
	wanted_nodes = argument("nodes=", 0);
	far = argument("far=", 0);
	cpus_each = argument("cpus=", 0);
	check_info();
	check_cpus();
	check_by_node();
	check_affinity();
	check_virtual();
}

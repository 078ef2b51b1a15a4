/* SPDX-License-Identifier: MIT */
/* host.c: sysctl and xen_version, what is known about the machine. */
#include <string.h>

#include "private.h"

#define LIST_MAX	65536U /* longest list asked for */

/* ---- version --------------------------------------------------------------------------------- */

/* Bytes that a command writes; 0: none. */
static const size_t version_sizes[] = {
	[XENVER_extraversion] = sizeof(xen_extraversion_t),
	[XENVER_compile_info] = sizeof(struct xen_compile_info),
	[XENVER_capabilities] = sizeof(xen_capabilities_info_t),
	[XENVER_changeset] = sizeof(xen_changeset_info_t),
	[XENVER_platform_parameters] = sizeof(struct xen_platform_parameters),
	[XENVER_get_features] = sizeof(struct xen_feature_info),
	[XENVER_pagesize] = 0,
	[XENVER_guest_handle] = sizeof(xen_domain_handle_t),
	[XENVER_commandline] = sizeof(xen_commandline_t),
};

long xc_version(struct xc_interface *xch, int cmd, void *arg)
{
	size_t size;
	long rc;

	if (cmd < 0 || cmd > XENVER_commandline)
		return xc_edge(xch, -EINVAL, "xen_version %d", cmd);
	size = version_sizes[cmd];
	if (size && !arg)
		return xc_edge(xch, -EINVAL, "xen_version %d", cmd);
	if (size)
		memset(xch->arg_page, 0, size);
	if (cmd == XENVER_get_features) /* its argument names the submap */
		memcpy(xch->arg_page, arg, size);
	rc = do_hypercall(xch, __HYPERVISOR_xen_version, (uint64_t)cmd,
			  size ? (uintptr_t)xch->arg_page : 0, 0, 0, 0);
	if (rc >= 0 && size)
		memcpy(arg, xch->arg_page, size);
	return xc_edge(xch, rc, "xen_version %d", cmd);
}

/* ---- cpus, nodes, memory --------------------------------------------------------------------- */

static int get_physinfo(struct xc_interface *xch, xc_physinfo_t *ret_info)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
	int rc = do_sysctl(xch, &op);

	if (rc == 0)
		*ret_info = op.u.physinfo;
	return rc;
}

int xc_physinfo(struct xc_interface *xch, xc_physinfo_t *ret_info)
{
	return (int)xc_edge(xch, get_physinfo(xch, ret_info), "physinfo");
}

int xc_get_max_cpus(struct xc_interface *xch)
{
	xc_physinfo_t info;
	int rc = get_physinfo(xch, &info);

	return (int)xc_edge(xch, rc < 0 ? rc : (int)info.max_cpu_id + 1, "physinfo");
}

int xc_get_max_nodes(struct xc_interface *xch)
{
	xc_physinfo_t info;
	int rc = get_physinfo(xch, &info);

	return (int)xc_edge(xch, rc < 0 ? rc : (int)info.max_node_id + 1, "physinfo");
}

int xc_cputopoinfo(struct xc_interface *xch, unsigned int max, xc_cputopo_t *topo)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_cputopoinfo };
	struct xc_buf b = { 0 };
	int rc = max <= LIST_MAX ? buf_get(xch, &b, max * sizeof(*topo), NULL) : -EINVAL;

	if (rc == 0) {
		op.u.cputopoinfo.num_cpus = max;
		set_xen_guest_handle(op.u.cputopoinfo.cputopo, b.p);
		rc = do_sysctl(xch, &op);
	}
	if (rc == 0) {
		rc = (int)op.u.cputopoinfo.num_cpus;
		if (max)
			memcpy(topo, b.p, (rc < (int)max ? (unsigned int)rc : max) * sizeof(*topo));
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "cputopoinfo");
}

int xc_numainfo(struct xc_interface *xch, unsigned int max, xc_meminfo_t *mem, uint32_t *distance)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_numainfo };
	struct xc_buf m = { 0 }, d = { 0 };
	unsigned int i, n;
	int rc = max <= 1024 ? buf_get(xch, &m, max * sizeof(*mem), NULL) : -EINVAL;

	if (rc == 0 && distance)
		rc = buf_get(xch, &d, (size_t)max * max * sizeof(*distance), NULL);
	if (rc == 0) {
		op.u.numainfo.num_nodes = max;
		set_xen_guest_handle(op.u.numainfo.meminfo, m.p);
		set_xen_guest_handle(op.u.numainfo.distance, d.p);
		rc = do_sysctl(xch, &op);
	}
	if (rc == 0) {
		rc = (int)op.u.numainfo.num_nodes;
		n = rc < (int)max ? (unsigned int)rc : max;
		if (n)
			memcpy(mem, m.p, n * sizeof(*mem));
		/* rows come packed for the nodes there are; ours are @max wide */
		for (i = 0; distance && i < n; i++)
			memcpy(distance + (size_t)i * max, (uint32_t *)d.p + (size_t)i * n,
			       n * sizeof(*distance));
	}
	buf_put(xch, &d);
	buf_put(xch, &m);
	return (int)xc_edge(xch, rc, "numainfo");
}

int xc_getcpuinfo(struct xc_interface *xch, unsigned int max, xc_cpuinfo_t *info)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_getcpuinfo };
	struct xc_buf b = { 0 };
	int rc = max && max <= LIST_MAX ? buf_get(xch, &b, max * sizeof(*info), NULL) : -EINVAL;

	if (rc == 0) {
		op.u.getcpuinfo.max_cpus = max;
		set_xen_guest_handle(op.u.getcpuinfo.info, b.p);
		rc = do_sysctl(xch, &op);
	}
	if (rc == 0 && op.u.getcpuinfo.nr_cpus > max)
		rc = -EPROTO;
	if (rc == 0) {
		rc = (int)op.u.getcpuinfo.nr_cpus;
		memcpy(info, b.p, (unsigned int)rc * sizeof(*info));
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "getcpuinfo");
}

int xc_availheap(struct xc_interface *xch, unsigned int min_width, unsigned int max_width,
		 int node, uint64_t *ret_bytes)
{
	struct xen_sysctl op = {
		.cmd = XEN_SYSCTL_availheap,
		.u.availheap = { .min_bitwidth = min_width, .max_bitwidth = max_width,
				 .node = node },
	};
	int rc = do_sysctl(xch, &op);

	if (rc == 0)
		*ret_bytes = op.u.availheap.avail_bytes;
	return (int)xc_edge(xch, rc, "availheap");
}

int xc_sched_id(struct xc_interface *xch, uint32_t *ret_sched_id)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_sched_id };
	int rc = do_sysctl(xch, &op);

	if (rc == 0)
		*ret_sched_id = op.u.sched_id.sched_id;
	return (int)xc_edge(xch, rc, "sched_id");
}

/* ---- console, keys --------------------------------------------------------------------------- */

int xc_readconsole(struct xc_interface *xch, char *buffer, unsigned int size, bool clear,
		   bool incremental, uint32_t *index)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_readconsole };
	struct xen_sysctl_readconsole *rd = &op.u.readconsole;
	struct xc_buf b = { 0 };
	int rc = size && size <= 1U << 24 ? buf_get(xch, &b, size, NULL) : -EINVAL;

	if (rc == 0) {
		rd->clear = clear;
		rd->incremental = incremental;
		rd->index = incremental && index ? *index : 0;
		rd->count = size;
		set_xen_guest_handle(rd->buffer, b.p);
		rc = do_sysctl(xch, &op);
	}
	if (rc == 0 && rd->count > size)
		rc = -EPROTO;
	if (rc == 0) {
		memcpy(buffer, b.p, rd->count);
		if (index)
			*index = rd->index;
		rc = (int)rd->count;
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "readconsole");
}

int xc_send_debug_keys(struct xc_interface *xch, const char *keys)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_debug_keys };
	size_t n = strlen(keys);
	struct xc_buf b = { 0 };
	int rc = n && n <= 128 ? buf_get(xch, &b, n, keys) : -EINVAL;

	if (rc == 0) {
		op.u.debug_keys.nr_keys = (uint32_t)n;
		set_xen_guest_handle(op.u.debug_keys.keys, b.p);
		rc = do_sysctl(xch, &op);
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "debug keys");
}

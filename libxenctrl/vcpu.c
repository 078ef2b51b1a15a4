/* SPDX-License-Identifier: MIT */
/* vcpu.c: contexts, affinities, cpu policies. */
#include <string.h>

#include "private.h"

#define MAP_BITS_MAX	65536U
#define POLICY_MAX	4096U /* leaves or MSRs */

static size_t map_bytes(unsigned int bits)
{
	return (bits + 7) / 8;
}

/* ---- contexts -------------------------------------------------------------------------------- */

int xc_vcpu_setcontext(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
		       const struct vcpu_guest_context *context)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpucontext, .domain = (domid_t)domid };
	struct xc_buf b = { 0 };
	int rc = context ? buf_get(xch, &b, sizeof(*context), context) : 0;

	if (rc == 0) {
		op.u.vcpucontext.vcpu = vcpu;
		set_xen_guest_handle(op.u.vcpucontext.ctxt, b.p);
		rc = do_domctl(xch, &op);
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "set up vcpu %u of domain %u", vcpu, domid);
}

int xc_vcpu_getcontext(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
		       struct vcpu_guest_context *ret_context)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpucontext, .domain = (domid_t)domid };
	struct xc_buf b;
	int rc = buf_get(xch, &b, sizeof(*ret_context), NULL);

	if (rc == 0) {
		op.u.vcpucontext.vcpu = vcpu;
		set_xen_guest_handle(op.u.vcpucontext.ctxt, b.p);
		rc = do_domctl(xch, &op);
		if (rc == 0)
			memcpy(ret_context, b.p, sizeof(*ret_context));
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "registers of vcpu %u of domain %u", vcpu, domid);
}

int xc_vcpu_getinfo(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
		    xc_vcpuinfo_t *ret_info)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_getvcpuinfo, .domain = (domid_t)domid,
		.u.getvcpuinfo.vcpu = vcpu,
	};
	int rc = do_domctl(xch, &op);

	if (rc == 0)
		*ret_info = op.u.getvcpuinfo;
	return (int)xc_edge(xch, rc, "vcpu %u of domain %u", vcpu, domid);
}

/* ---- affinity -------------------------------------------------------------------------------- */

/* One call for both maps: @hard and @soft in b[0] and b[1], those that are not NULL. */
static int affinity(struct xc_interface *xch, uint32_t cmd, uint32_t domid, uint32_t vcpu,
		    struct xc_buf b[2], unsigned int bits, uint32_t flags)
{
	struct xen_domctl op = { .cmd = cmd, .domain = (domid_t)domid };
	struct xen_domctl_vcpuaffinity *aff = &op.u.vcpuaffinity;

	aff->vcpu = vcpu;
	aff->flags = flags | (b[0].p ? XEN_VCPUAFFINITY_HARD : 0) | (b[1].p ? XEN_VCPUAFFINITY_SOFT : 0);
	aff->cpumap_hard.nr_bits = b[0].p ? bits : 0;
	aff->cpumap_soft.nr_bits = b[1].p ? bits : 0;
	set_xen_guest_handle(aff->cpumap_hard.bitmap, b[0].p);
	set_xen_guest_handle(aff->cpumap_soft.bitmap, b[1].p);
	return do_domctl(xch, &op);
}

static int set_affinity(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
			const uint8_t *hard, const uint8_t *soft, unsigned int bits, uint32_t flags)
{
	struct xc_buf b[2] = { { 0 }, { 0 } };
	int rc = bits && bits <= MAP_BITS_MAX && (hard || soft) ? 0 : -EINVAL;

	if (rc == 0 && hard)
		rc = buf_get(xch, &b[0], map_bytes(bits), hard);
	if (rc == 0 && soft)
		rc = buf_get(xch, &b[1], map_bytes(bits), soft);
	if (rc == 0)
		rc = affinity(xch, XEN_DOMCTL_setvcpuaffinity, domid, vcpu, b, bits, flags);
	buf_put(xch, &b[1]);
	buf_put(xch, &b[0]);
	return (int)xc_edge(xch, rc, "affinity of vcpu %u of domain %u", vcpu, domid);
}

int xc_vcpu_setaffinity(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
			const uint8_t *hard, const uint8_t *soft, unsigned int bits)
{
	return set_affinity(xch, domid, vcpu, hard, soft, bits, 0);
}

int xc_vcpu_forceaffinity(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
			  const uint8_t *hard, const uint8_t *soft, unsigned int bits)
{
	return set_affinity(xch, domid, vcpu, hard, soft, bits, XEN_VCPUAFFINITY_FORCE);
}

int xc_vcpu_getaffinity(struct xc_interface *xch, uint32_t domid, uint32_t vcpu, uint8_t *hard,
			uint8_t *soft, unsigned int bits)
{
	struct xc_buf b[2] = { { 0 }, { 0 } };
	int rc = bits && bits <= MAP_BITS_MAX && (hard || soft) ? 0 : -EINVAL;

	if (rc == 0 && hard)
		rc = buf_get(xch, &b[0], map_bytes(bits), NULL);
	if (rc == 0 && soft)
		rc = buf_get(xch, &b[1], map_bytes(bits), NULL);
	if (rc == 0)
		rc = affinity(xch, XEN_DOMCTL_getvcpuaffinity, domid, vcpu, b, bits, 0);
	if (rc == 0 && hard)
		memcpy(hard, b[0].p, map_bytes(bits));
	if (rc == 0 && soft)
		memcpy(soft, b[1].p, map_bytes(bits));
	buf_put(xch, &b[1]);
	buf_put(xch, &b[0]);
	return (int)xc_edge(xch, rc, "affinity of vcpu %u of domain %u", vcpu, domid);
}

static int nodes_op(struct xc_interface *xch, uint32_t cmd, uint32_t domid, struct xc_buf *b,
		    unsigned int bits)
{
	struct xen_domctl op = { .cmd = cmd, .domain = (domid_t)domid };

	op.u.nodeaffinity.nodemap.nr_bits = bits;
	set_xen_guest_handle(op.u.nodeaffinity.nodemap.bitmap, b->p);
	return do_domctl(xch, &op);
}

int xc_domain_node_setaffinity(struct xc_interface *xch, uint32_t domid, const uint8_t *nodes,
			       unsigned int bits)
{
	struct xc_buf b = { 0 };
	int rc = bits && bits <= MAP_BITS_MAX ? buf_get(xch, &b, map_bytes(bits), nodes) : -EINVAL;

	if (rc == 0)
		rc = nodes_op(xch, XEN_DOMCTL_setnodeaffinity, domid, &b, bits);
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "nodes of domain %u", domid);
}

int xc_domain_node_getaffinity(struct xc_interface *xch, uint32_t domid, uint8_t *nodes,
			       unsigned int bits)
{
	struct xc_buf b = { 0 };
	int rc = bits && bits <= MAP_BITS_MAX ? buf_get(xch, &b, map_bytes(bits), NULL) : -EINVAL;

	if (rc == 0)
		rc = nodes_op(xch, XEN_DOMCTL_getnodeaffinity, domid, &b, bits);
	if (rc == 0)
		memcpy(nodes, b.p, map_bytes(bits));
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "nodes of domain %u", domid);
}

/* ---- cpu policies ---------------------------------------------------------------------------- */

struct policy_bufs {
	struct xc_buf leaves, msrs;
};

static int policy_get_bufs(struct xc_interface *xch, struct policy_bufs *b, uint32_t nr_leaves,
			   const xen_cpuid_leaf_t *leaves, uint32_t nr_msrs,
			   const xen_msr_entry_t *msrs)
{
	int rc;

	if (nr_leaves > POLICY_MAX || nr_msrs > POLICY_MAX)
		return -EINVAL;
	rc = buf_get(xch, &b->leaves, nr_leaves * sizeof(*leaves), leaves);
	if (rc == 0)
		rc = buf_get(xch, &b->msrs, nr_msrs * sizeof(*msrs), msrs);
	return rc;
}

static void policy_put_bufs(struct xc_interface *xch, struct policy_bufs *b)
{
	buf_put(xch, &b->msrs);
	buf_put(xch, &b->leaves);
}

/* After a get: what was written goes to the caller, unless he only asked for the counts. */
static int policy_copy_out(const struct policy_bufs *b, uint32_t got_leaves, uint32_t got_msrs,
			   uint32_t *nr_leaves, xen_cpuid_leaf_t *leaves, uint32_t *nr_msrs,
			   xen_msr_entry_t *msrs)
{
	if ((leaves && got_leaves > *nr_leaves) || (msrs && got_msrs > *nr_msrs))
		return -EPROTO;
	if (leaves && got_leaves)
		memcpy(leaves, b->leaves.p, got_leaves * sizeof(*leaves));
	if (msrs && got_msrs)
		memcpy(msrs, b->msrs.p, got_msrs * sizeof(*msrs));
	*nr_leaves = got_leaves;
	*nr_msrs = got_msrs;
	return 0;
}

int xc_get_cpu_policy(struct xc_interface *xch, unsigned int index, uint32_t *nr_leaves,
		      xen_cpuid_leaf_t *leaves, uint32_t *nr_msrs, xen_msr_entry_t *msrs)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_get_cpu_policy };
	struct xen_sysctl_cpu_policy *p = &op.u.cpu_policy;
	struct policy_bufs b = { { 0 }, { 0 } };
	int rc = policy_get_bufs(xch, &b, leaves ? *nr_leaves : 0, NULL, msrs ? *nr_msrs : 0, NULL);

	if (rc == 0) {
		p->index = index;
		p->nr_leaves = leaves ? *nr_leaves : 0;
		p->nr_msrs = msrs ? *nr_msrs : 0;
		set_xen_guest_handle(p->leaves, b.leaves.p);
		set_xen_guest_handle(p->msrs, b.msrs.p);
		rc = do_sysctl(xch, &op);
	}
	if (rc == 0)
		rc = policy_copy_out(&b, p->nr_leaves, p->nr_msrs, nr_leaves, leaves, nr_msrs, msrs);
	policy_put_bufs(xch, &b);
	return (int)xc_edge(xch, rc, "cpu policy %u", index);
}

int xc_domain_get_cpu_policy(struct xc_interface *xch, uint32_t domid, uint32_t *nr_leaves,
			     xen_cpuid_leaf_t *leaves, uint32_t *nr_msrs, xen_msr_entry_t *msrs)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_get_cpu_policy, .domain = (domid_t)domid };
	struct xen_domctl_cpu_policy *p = &op.u.cpu_policy;
	struct policy_bufs b = { { 0 }, { 0 } };
	int rc = policy_get_bufs(xch, &b, leaves ? *nr_leaves : 0, NULL, msrs ? *nr_msrs : 0, NULL);

	if (rc == 0) {
		p->nr_leaves = leaves ? *nr_leaves : 0;
		p->nr_msrs = msrs ? *nr_msrs : 0;
		set_xen_guest_handle(p->leaves, b.leaves.p);
		set_xen_guest_handle(p->msrs, b.msrs.p);
		rc = do_domctl(xch, &op);
	}
	if (rc == 0)
		rc = policy_copy_out(&b, p->nr_leaves, p->nr_msrs, nr_leaves, leaves, nr_msrs, msrs);
	policy_put_bufs(xch, &b);
	return (int)xc_edge(xch, rc, "cpu policy of domain %u", domid);
}

int xc_domain_set_cpu_policy(struct xc_interface *xch, uint32_t domid, uint32_t nr_leaves,
			     const xen_cpuid_leaf_t *leaves, uint32_t nr_msrs,
			     const xen_msr_entry_t *msrs)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_set_cpu_policy, .domain = (domid_t)domid };
	struct xen_domctl_cpu_policy *p = &op.u.cpu_policy;
	struct policy_bufs b = { { 0 }, { 0 } };
	int rc = policy_get_bufs(xch, &b, nr_leaves, leaves, nr_msrs, msrs);

	if (rc == 0) {
		p->nr_leaves = nr_leaves;
		p->nr_msrs = nr_msrs;
		set_xen_guest_handle(p->leaves, b.leaves.p);
		set_xen_guest_handle(p->msrs, b.msrs.p);
		rc = do_domctl(xch, &op);
	}
	policy_put_bufs(xch, &b);
	return (int)xc_edge(xch, rc, "cpu policy of domain %u", domid);
}

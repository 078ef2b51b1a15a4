/* SPDX-License-Identifier: GPL-2.0-only */
/* vnuma.c: a domain's virtual nodes: its tools say which there are (setvnumainfo), the domain asks
 * (get_vnumainfo), and memory may be named by them (XENMEMF_vnode).
 *
 * A layout does not change: a new one takes its place, and the old one goes with its last reader.
 * Locks: vnuma_lock (LOCK_LEAF) guards every d->vnuma and the counts. */
#include "../domctl/private.h"
#include <hv/page.h>
#include "private.h"

struct vnuma {
	unsigned int refs;
	unsigned int nr_vnodes, nr_vmemranges, nr_vcpus;
	unsigned int *vdistance;      /* [nr_vnodes][nr_vnodes] */
	unsigned int *vcpu_to_vnode;
	unsigned int *vnode_to_pnode;
	xen_vmemrange_t *vmemrange;
};

static DEFINE_SPINLOCK(vnuma_lock, LOCK_LEAF);

static struct vnuma *vnuma_get(struct domain *d)
{
	struct vnuma *v;

	spin_lock(&vnuma_lock);
	v = d->vnuma;
	if (v)
		v->refs++;
	spin_unlock(&vnuma_lock);
	return v;
}

static void vnuma_put(struct vnuma *v)
{
	bool last = false;

	if (!v)
		return;
	spin_lock(&vnuma_lock);
	last = !--v->refs;
	spin_unlock(&vnuma_lock);
	if (last)
		xfree(v);
}

static void vnuma_replace(struct domain *d, struct vnuma *v)
{
	struct vnuma *old;

	spin_lock(&vnuma_lock);
	old = d->vnuma;
	d->vnuma = v;
	spin_unlock(&vnuma_lock);
	vnuma_put(old);
}

void vnuma_destroy(struct domain *d)
{
	vnuma_replace(d, NULL);
}

/* --- setting --------------------------------------------------------------------------------- */

/* Room for everything, in one piece; NULL: no memory. */
static struct vnuma *vnuma_new(const struct xen_domctl_vnuma *n)
{
	size_t ranges = n->nr_vmemranges * sizeof(xen_vmemrange_t);
	size_t words = (size_t)n->nr_vnodes * n->nr_vnodes + n->nr_vnodes + n->nr_vcpus;
	struct vnuma *v = xzalloc_bytes(sizeof(*v) + ranges + words * sizeof(unsigned int), 8);

	if (!v)
		return NULL;
	v->refs = 1;
	v->nr_vnodes = n->nr_vnodes;
	v->nr_vmemranges = n->nr_vmemranges;
	v->nr_vcpus = n->nr_vcpus;
	v->vmemrange = (xen_vmemrange_t *)(v + 1);
	v->vdistance = (unsigned int *)(v->vmemrange + v->nr_vmemranges);
	v->vnode_to_pnode = v->vdistance + (size_t)v->nr_vnodes * v->nr_vnodes;
	v->vcpu_to_vnode = v->vnode_to_pnode + v->nr_vnodes;
	return v;
}

/* What node a range is said to be of is between the tools and the guest. */
static int read_layout(struct vnuma *v, const struct xen_domctl_vnuma *n)
{
	unsigned int i;

	if (copy_from_guest(v->vdistance, n->vdistance, (size_t)v->nr_vnodes * v->nr_vnodes) ||
	    copy_from_guest(v->vmemrange, n->vmemrange, v->nr_vmemranges) ||
	    copy_from_guest(v->vcpu_to_vnode, n->vcpu_to_vnode, v->nr_vcpus) ||
	    copy_from_guest(v->vnode_to_pnode, n->vnode_to_pnode, v->nr_vnodes))
		return -EFAULT;
	for (i = 0; i < v->nr_vcpus; i++)
		if (v->vcpu_to_vnode[i] >= v->nr_vnodes)
			return -E2BIG;
	for (i = 0; i < v->nr_vnodes; i++)
		if (v->vnode_to_pnode[i] >= MAX_NODES)
			return -E2BIG;
	for (i = 0; i < v->nr_vmemranges; i++)
		if (v->vmemrange[i].flags)
			return -EINVAL;
	return 0;
}

/* The distances, and the ranges, fill a page at most. */
long domctl_setvnumainfo(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vnuma *n = &op->u.vnuma;
	struct vnuma *v;
	int rc;

	if (!n->nr_vnodes || !n->nr_vmemranges || n->nr_vcpus != d->max_vcpus || n->pad)
		return -EINVAL;
	if (n->nr_vnodes > PAGE_SIZE || n->nr_vnodes * n->nr_vnodes > PAGE_SIZE / sizeof(unsigned int) ||
	    n->nr_vmemranges > PAGE_SIZE / sizeof(xen_vmemrange_t))
		return -EINVAL;
	v = vnuma_new(n);
	if (!v)
		return -ENOMEM;
	rc = read_layout(v, n);
	if (rc)
		xfree(v);
	else
		vnuma_replace(d, v);
	return rc;
}

/* --- asking ---------------------------------------------------------------------------------- */

static bool has_room(const struct xen_vnuma_topology_info *t, const struct vnuma *v)
{
	return t->nr_vnodes >= v->nr_vnodes && t->nr_vcpus >= v->nr_vcpus &&
		t->nr_vmemranges >= v->nr_vmemranges;
}

/* The numbers go back in any case, so that a caller with too little room learns what it takes. */
static long write_layout(unsigned long guest, struct xen_vnuma_topology_info *t, const struct vnuma *v)
{
	long rc = has_room(t, v) ? 0 : -ENOBUFS;

	if (!rc && (copy_to_guest(t->vmemrange.h, v->vmemrange, v->nr_vmemranges) ||
	            copy_to_guest(t->vdistance.h, v->vdistance, (size_t)v->nr_vnodes * v->nr_vnodes) ||
	            copy_to_guest(t->vcpu_to_vnode.h, v->vcpu_to_vnode, v->nr_vcpus)))
		return -EFAULT;
	t->nr_vnodes = v->nr_vnodes;
	t->nr_vcpus = v->nr_vcpus;
	t->nr_vmemranges = v->nr_vmemranges;
	return copy_to_guest_raw((void *)guest, t, sizeof(*t)) ? -EFAULT : rc;
}

long memop_vnumainfo(unsigned long arg[], unsigned long start)
{
	struct xen_vnuma_topology_info topo;
	struct domain *d;
	struct vnuma *v;
	long rc;

	if (copy_from_guest_raw(&topo, (const void *)arg[1], sizeof(topo)))
		return -EFAULT;
	if (topo.pad)
		return -EINVAL;
	rc = target_get_permitted(topo.domid, &d);
	if (rc)
		return rc;
	v = vnuma_get(d);
	domain_put(d);
	rc = v ? write_layout(arg[1], &topo, v) : -EOPNOTSUPP;
	vnuma_put(v);
	return rc;
}

/* --- memory by virtual node ---------------------------------------------------------------------- */

int memop_vnode(struct domain *d, unsigned int mem_flags, unsigned int *x_memflags)
{
	struct vnuma *v;
	unsigned int vnode = XENMEMF_get_node(mem_flags);
	int rc = 0;

	if (!(mem_flags & XENMEMF_vnode))
		return 0;
	v = vnuma_get(d);
	if (v && vnode >= v->nr_vnodes)
		rc = -EINVAL;
	else if (v)
		*x_memflags |= MEMF_node(v->vnode_to_pnode[vnode]) |
			(mem_flags & XENMEMF_exact_node_request ? MEMF_exact_node : 0);
	vnuma_put(v);
	return rc;
}

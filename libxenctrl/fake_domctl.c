/* SPDX-License-Identifier: MIT */
/* fake_domctl.c: what the fake machine answers to domctl. */
#include <stdlib.h>
#include <string.h>

#include <xen/sched.h>

#include "fake_private.h"

void fake_describe(const struct fake *f, uint32_t domid, xc_domaininfo_t *info)
{
	const struct fake_domain *d = &f->dom[domid];

	memset(info, 0, sizeof(*info));
	info->domain = (domid_t)domid;
	info->flags = d->paused ? XEN_DOMINF_paused : XEN_DOMINF_blocked;
	if (d->shutdown)
		info->flags |= XEN_DOMINF_shutdown | SHUTDOWN_suspend << XEN_DOMINF_shutdownshift;
	info->tot_pages = d->tot_pages;
	info->max_pages = d->max_pages;
	info->shared_info_frame = d->shared_info;
	info->max_vcpu_id = d->max_vcpus - 1;
	memcpy(info->handle, d->handle, sizeof(info->handle));
}

static long do_create(struct fake *f, struct xen_domctl *op)
{
	const struct xen_domctl_createdomain *c = &op->u.createdomain;
	uint32_t id = op->domain;
	struct fake_domain *d;

	if (id == 0)
		while (id < FAKE_DOMAINS && f->dom[id].exists)
			id++;
	if (id >= FAKE_DOMAINS)
		return -ENOMEM;
	if (f->dom[id].exists)
		return -EEXIST;
	if (c->flags || c->max_vcpus == 0 || c->max_vcpus > FAKE_VCPUS)
		return -EINVAL;
	d = &f->dom[id];
	memset(d, 0, sizeof(*d));
	d->exists = true;
	d->paused = 1;
	d->max_vcpus = c->max_vcpus;
	d->next_port = 1;
	d->sched.weight = 256;
	memcpy(d->handle, c->handle, sizeof(d->handle));
	d->shared_info = (uint64_t)take_frames(f, id, 1);
	d->grant_frame = (uint64_t)take_frames(f, id, 1);
	op->domain = (domid_t)id;
	return 0;
}

long fake_destroy(struct fake *f, uint32_t domid)
{
	uint64_t i;
	int v;

	if (f->destroy_again) {
		f->destroy_again--;
		return -EAGAIN;
	}
	for (i = 0; i < f->frames; i++)
		if (f->owner[i] == domid + 1) {
			f->owner[i] = f->pinned[i] = 0;
			f->free++;
		}
	for (v = 0; v < FAKE_VCPUS; v++)
		free(f->dom[domid].vcpu[v]);
	memset(&f->dom[domid], 0, sizeof(f->dom[domid]));
	return 0;
}

static long do_context(struct fake_domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpucontext *v = &op->u.vcpucontext;

	if (v->vcpu >= d->max_vcpus)
		return -EINVAL;
	if (op->cmd == XEN_DOMCTL_getvcpucontext) {
		if (!d->vcpu[v->vcpu])
			return -ENODATA;
		memcpy(v->ctxt.p, d->vcpu[v->vcpu], sizeof(*v->ctxt.p));
		return 0;
	}
	if (!d->vcpu[v->vcpu])
		d->vcpu[v->vcpu] = malloc(sizeof(*v->ctxt.p));
	memcpy(d->vcpu[v->vcpu], v->ctxt.p, sizeof(*v->ctxt.p));
	return 0;
}

/* As getpageframeinfo3 of the tables that were pinned, and what hangs on them. */
static long do_frame_types(struct fake *f, uint32_t domid, struct xen_domctl_getpageframeinfo3 *g)
{
	uint64_t i;

	for (i = 0; i < g->num; i++) {
		uint64_t mfn = g->array.p[i];

		if (mfn >= f->frames || f->owner[mfn] != domid + 1)
			g->array.p[i] = XEN_DOMCTL_PFINFO_XTAB;
		else
			g->array.p[i] = (xen_pfn_t)f->pinned[mfn] << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
	}
	return 0;
}

static long do_shadow(struct fake *f, struct xen_domctl_shadow_op *op)
{
	uint64_t bytes, i;

	if (f->no_logdirty)
		return -EOPNOTSUPP;
	switch (op->op) {
	case XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY:
		if (f->logdirty)
			return -EINVAL;
		memset(f->dirty, 0, sizeof(f->dirty));
		f->logdirty = true;
		return 0;
	case XEN_DOMCTL_SHADOW_OP_OFF:
		f->logdirty = false;
		return 0;
	}
	if (!f->logdirty)
		return -EINVAL;
	op->stats.dirty_count = 0;
	for (i = 0; i < sizeof(f->dirty); i++)
		op->stats.dirty_count += (uint32_t)__builtin_popcount(f->dirty[i]);
	if (op->pages > FAKE_DIRTY_PAGES)
		op->pages = FAKE_DIRTY_PAGES;
	bytes = (op->pages + 7) / 8;
	if (op->dirty_bitmap.p)
		memcpy(op->dirty_bitmap.p, f->dirty, bytes);
	if (op->op == XEN_DOMCTL_SHADOW_OP_CLEAN)
		memset(f->dirty, 0, bytes);
	return 0;
}

static long do_xsave(struct xen_domctl_vcpuextstate *e)
{
	static uint64_t state[80];

	if (e->buffer.p && e->size == sizeof(state))
		memcpy(e->buffer.p, state, sizeof(state));
	else if (e->buffer.p && e->size)
		return -EINVAL;
	e->size = sizeof(state);
	return 0;
}

static long do_msrs(struct xen_domctl_vcpu_msrs *m)
{
	if (m->msrs.p)
		m->msrs.p[0] = (struct xen_domctl_vcpu_msr){ 0xc0000103, 0, 7 };
	m->msr_count = 1;
	return 0;
}

static void copy_map(struct xenctl_bitmap *map, uint8_t *mine, bool set)
{
	size_t bytes = (map->nr_bits + 7) / 8;

	if (bytes > 16)
		bytes = 16;
	if (set)
		memcpy(mine, map->bitmap.p, bytes);
	else
		memcpy(map->bitmap.p, mine, bytes);
}

static long do_affinity(struct fake_domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	bool set = op->cmd == XEN_DOMCTL_setvcpuaffinity;

	if (a->vcpu >= d->max_vcpus)
		return -ESRCH;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		copy_map(&a->cpumap_hard, d->hard, set);
	if (a->flags & XEN_VCPUAFFINITY_SOFT)
		copy_map(&a->cpumap_soft, d->soft, set);
	return 0;
}

static long do_sched(struct fake_domain *d, struct xen_domctl_scheduler_op *s)
{
	if (s->sched_id != XEN_SCHEDULER_CREDIT2)
		return -EINVAL;
	if (s->cmd == XEN_DOMCTL_SCHEDOP_putinfo && s->u.credit2.weight == 0)
		return -EINVAL;
	if (s->cmd == XEN_DOMCTL_SCHEDOP_putinfo) {
		d->sched.weight = s->u.credit2.weight;
		d->sched.cap = s->u.credit2.cap;
	}
	s->u.credit2.weight = d->sched.weight;
	s->u.credit2.cap = d->sched.cap;
	return 0;
}

static long do_policy(struct xen_domctl_cpu_policy *p)
{
	if (p->nr_leaves < FAKE_LEAVES || p->nr_msrs < FAKE_MSRS)
		return -ENOBUFS;
	for (uint32_t i = 0; i < FAKE_LEAVES; i++)
		p->leaves.p[i] = (xen_cpuid_leaf_t){ .leaf = i, .subleaf = XEN_CPUID_NO_SUBLEAF, .a = 13 };
	p->msrs.p[0] = (xen_msr_entry_t){ .idx = 0xce };
	p->nr_leaves = FAKE_LEAVES;
	p->nr_msrs = FAKE_MSRS;
	return 0;
}

static long do_domain_op(struct fake *f, struct fake_domain *d, struct xen_domctl *op)
{
	switch (op->cmd) {
	case XEN_DOMCTL_destroydomain:
		return fake_destroy(f, op->domain);
	case XEN_DOMCTL_pausedomain:
		d->paused++;
		return 0;
	case XEN_DOMCTL_unpausedomain:
		if (d->paused)
			d->paused--;
		return 0;
	case XEN_DOMCTL_max_vcpus:
		return op->u.max_vcpus.max == d->max_vcpus ? 0 : -EINVAL;
	case XEN_DOMCTL_max_mem:
		d->max_pages = op->u.max_mem.max_memkb / 4;
		return 0;
	case XEN_DOMCTL_setvcpucontext:
	case XEN_DOMCTL_getvcpucontext:
		return do_context(d, op);
	case XEN_DOMCTL_setvcpuaffinity:
	case XEN_DOMCTL_getvcpuaffinity:
		return do_affinity(d, op);
	case XEN_DOMCTL_scheduler_op:
		return do_sched(d, &op->u.scheduler_op);
	case XEN_DOMCTL_hypercall_init:
		d->hypercall_page = op->u.hypercall_init.gmfn;
		return 0;
	case XEN_DOMCTL_getpageframeinfo3:
		return do_frame_types(f, op->domain, &op->u.getpageframeinfo3);
	case XEN_DOMCTL_getvcpuinfo:
		op->u.getvcpuinfo.online = d->vcpu[op->u.getvcpuinfo.vcpu] != NULL;
		return 0;
	case XEN_DOMCTL_get_ext_vcpucontext:
	case XEN_DOMCTL_set_ext_vcpucontext:
	case XEN_DOMCTL_gettscinfo:
	case XEN_DOMCTL_settscinfo:
	case XEN_DOMCTL_setvcpuextstate:
	case XEN_DOMCTL_set_cpu_policy:
	case XEN_DOMCTL_set_vcpu_msrs:
		return 0;
	case XEN_DOMCTL_get_cpu_policy:
		return do_policy(&op->u.cpu_policy);
	case XEN_DOMCTL_getvcpuextstate:
		return do_xsave(&op->u.vcpuextstate);
	case XEN_DOMCTL_get_vcpu_msrs:
		return do_msrs(&op->u.vcpu_msrs);
	case XEN_DOMCTL_shadow_op:
		return do_shadow(f, &op->u.shadow_op);
	case XEN_DOMCTL_resumedomain:
		d->shutdown = false;
		return 0;
	case XEN_DOMCTL_get_address_size:
		op->u.address_size.size = 64;
		return 0;
	default:
		return -ENOSYS;
	}
}

long fake_domctl(struct fake *f, struct xen_domctl *op)
{
	if (op->interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -EACCES;
	if (op->cmd == XEN_DOMCTL_createdomain)
		return do_create(f, op);
	if (op->cmd == XEN_DOMCTL_getdomaininfo) { /* this one or the next */
		while (op->domain < FAKE_DOMAINS && !f->dom[op->domain].exists)
			op->domain++;
		if (op->domain >= FAKE_DOMAINS)
			return -ESRCH;
		fake_describe(f, op->domain, &op->u.getdomaininfo);
		return 0;
	}
	if (op->domain >= FAKE_DOMAINS || !f->dom[op->domain].exists)
		return -ESRCH;
	return do_domain_op(f, &f->dom[op->domain], op);
}

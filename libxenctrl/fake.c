/* SPDX-License-Identifier: MIT */
/* fake.c: the machine of fake.h. Only what the tests need is there; the rest is -ENOSYS. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/sched.h>

#include "fake.h"

#define M2P_BYTES ((size_t)2 << 20) /* a chunk: enough for 1 GiB */

/* ---- memory ---------------------------------------------------------------------------------- */

static int64_t take_frames(struct fake *f, uint32_t domid, uint64_t count)
{
	uint64_t i, j;

	for (i = 1; i + count <= f->frames; i++) {
		for (j = 0; j < count && !f->owner[i + j]; j++)
			;
		if (j == count) {
			memset(f->owner + i, (int)domid + 1, count);
			f->free -= count;
			return (int64_t)i;
		}
		i += j;
	}
	return -ENOMEM;
}

static int fake_alloc(void *ctx, size_t pages, void **ret_addr)
{
	struct fake *f = ctx;
	void *addr = mmap(NULL, pages << XC_PAGE_SHIFT, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (addr == MAP_FAILED)
		return -errno;
	f->buffers += pages;
	*ret_addr = addr;
	return 0;
}

static void fake_free(void *ctx, void *addr, size_t pages)
{
	struct fake *f = ctx;

	f->buffers -= pages;
	munmap(addr, pages << XC_PAGE_SHIFT);
}

static int window_add(struct fake *f, uint8_t *page, uint64_t mfn)
{
	struct fake_window *w = f->windows % 1024 ? f->window
			      : realloc(f->window, (f->windows + 1024) * sizeof(*w));

	if (!w)
		return -ENOMEM;
	f->window = w;
	w[f->windows++] = (struct fake_window){ page, mfn };
	return 0;
}

static void fake_unmap(void *ctx, void *addr, size_t count)
{
	struct fake *f = ctx;
	size_t i, w;

	for (i = count; i-- > 0;) {
		for (w = f->windows; w-- > 0;)
			if (f->window[w].page == (uint8_t *)addr + (i << XC_PAGE_SHIFT))
				break;
		f->window[w] = f->window[--f->windows];
	}
	munmap(addr, count << XC_PAGE_SHIFT);
}

static int fake_map(void *ctx, uint32_t domid, int prot, const xen_pfn_t *frames, size_t count,
		    int *errs, void **ret_addr)
{
	struct fake *f = ctx;
	uint8_t *addr = mmap(NULL, count << XC_PAGE_SHIFT, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = domid == DOMID_XEN ? f->m2p_fd : f->fd;
	size_t i;

	if (addr == MAP_FAILED)
		return -errno;
	for (i = 0; i < count; i++) {
		errs[i] = window_add(f, addr + (i << XC_PAGE_SHIFT),
				     prot & PROT_WRITE ? frames[i] : UINT64_MAX);
		if (domid != DOMID_XEN && (frames[i] >= f->frames || f->owner[frames[i]] != domid + 1))
			errs[i] = -EINVAL;
		else if (mmap(addr + (i << XC_PAGE_SHIFT), XC_PAGE_SIZE, prot,
			      MAP_SHARED | MAP_FIXED, fd,
			      (off_t)(frames[i] << XC_PAGE_SHIFT)) == MAP_FAILED)
			errs[i] = -errno;
	}
	*ret_addr = addr;
	return 0;
}

static int fake_resource(void *ctx, uint32_t domid, unsigned int type, unsigned int id,
			 unsigned long frame, unsigned long count, int prot, void **ret_addr)
{
	struct fake *f = ctx;
	xen_pfn_t mfn;
	int err;

	if (f->no_resource || type != XENMEM_resource_grant_table || id || frame || count != 1)
		return -EOPNOTSUPP;
	if (domid >= FAKE_DOMAINS || !f->dom[domid].exists)
		return -ESRCH;
	mfn = f->dom[domid].grant_frame;
	return fake_map(f, domid, prot, &mfn, 1, &err, ret_addr);
}

/* ---- domctl ---------------------------------------------------------------------------------- */

static void describe(const struct fake *f, uint32_t domid, xc_domaininfo_t *info)
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

static long do_destroy(struct fake *f, uint32_t domid)
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

static long give_back(struct fake *f, struct xen_memory_reservation *r)
{
	uint64_t mfn = r->extent_start.p[0];

	if (r->nr_extents != 1 || mfn >= f->frames || f->owner[mfn] != r->domid + 1)
		return 0;
	f->owner[mfn] = f->pinned[mfn] = 0;
	f->dom[r->domid].tot_pages--;
	f->free++;
	return 1;
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

static long do_domain_op(struct fake *f, struct fake_domain *d, struct xen_domctl *op)
{
	switch (op->cmd) {
	case XEN_DOMCTL_destroydomain:
		return do_destroy(f, op->domain);
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
	case XEN_DOMCTL_set_vcpu_msrs:
		return 0;
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

static long fake_domctl(struct fake *f, struct xen_domctl *op)
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
		describe(f, op->domain, &op->u.getdomaininfo);
		return 0;
	}
	if (op->domain >= FAKE_DOMAINS || !f->dom[op->domain].exists)
		return -ESRCH;
	return do_domain_op(f, &f->dom[op->domain], op);
}

/* ---- sysctl ---------------------------------------------------------------------------------- */

static long list_domains(struct fake *f, struct xen_sysctl_getdomaininfolist *l)
{
	uint32_t i;

	l->num_domains = 0;
	for (i = l->first_domain; i < FAKE_DOMAINS && l->num_domains < l->max_domains; i++)
		if (f->dom[i].exists)
			describe(f, i, &l->buffer.p[l->num_domains++]);
	return 0;
}

static long read_console(struct xen_sysctl_readconsole *r)
{
	static const char text[] = "(XEN) fake machine\n";
	uint32_t n = sizeof(text) - 1 - (r->incremental ? r->index : 0);

	if (n > r->count)
		n = r->count;
	memcpy(r->buffer.p, text + (r->incremental ? r->index : 0), n);
	r->index += n;
	r->count = n;
	return 0;
}

static long fake_sysctl(struct fake *f, struct xen_sysctl *op)
{
	if (op->interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -EACCES;
	switch (op->cmd) {
	case XEN_SYSCTL_physinfo:
		memset(&op->u.physinfo, 0, sizeof(op->u.physinfo));
		op->u.physinfo.nr_cpus = 2;
		op->u.physinfo.max_cpu_id = 1;
		op->u.physinfo.total_pages = f->frames;
		op->u.physinfo.free_pages = f->free;
		return 0;
	case XEN_SYSCTL_getdomaininfolist:
		return list_domains(f, &op->u.getdomaininfolist);
	case XEN_SYSCTL_readconsole:
		return read_console(&op->u.readconsole);
	case XEN_SYSCTL_sched_id:
		op->u.sched_id.sched_id = XEN_SCHEDULER_CREDIT2;
		return 0;
	default:
		return -ENOSYS;
	}
}

/* ---- memory_op, mmuext_op -------------------------------------------------------------------- */

static long populate(struct fake *f, const struct xen_memory_reservation *r)
{
	struct fake_domain *d = &f->dom[r->domid];
	uint64_t pages = 1ULL << r->extent_order, i, j;

	if (r->extent_order && f->no_large)
		return 0;
	for (i = 0; i < r->nr_extents; i++) {
		uint64_t gfn = r->extent_start.p[i];
		int64_t mfn;

		if (d->tot_pages + pages > d->max_pages)
			break;
		mfn = take_frames(f, r->domid, pages);
		if (mfn < 0)
			break;
		for (j = 0; j < pages; j++)
			f->m2p[(uint64_t)mfn + j] = gfn + j;
		d->tot_pages += pages;
		r->extent_start.p[i] = (xen_pfn_t)mfn;
	}
	return (long)i;
}

static long fake_memory_op(struct fake *f, uint64_t cmd, void *arg)
{
	struct xen_foreign_memory_map *m = arg;

	switch (cmd) {
	case XENMEM_populate_physmap:
		return populate(f, arg);
	case XENMEM_decrease_reservation:
		return give_back(f, arg);
	case XENMEM_maximum_ram_page:
		return (long)f->frames - 1;
	case XENMEM_machphys_mfn_list:
		((struct xen_machphys_mfn_list *)arg)->extent_start.p[0] = 0;
		((struct xen_machphys_mfn_list *)arg)->nr_extents = 1;
		return 0;
	case XENMEM_set_memory_map:
		memcpy(&f->dom[m->domid].e820, m->map.buffer.p, sizeof(struct xc_e820entry));
		return 0;
	default:
		return -ENOSYS;
	}
}

/* Collects the tables below @mfn in @seen; -EINVAL for what a hypervisor refuses. */
static int walk_tables(struct fake *f, uint32_t domid, uint64_t mfn, int level, uint8_t *seen)
{
	uint64_t table[512];
	int i, rc = 0;

	if (mfn >= f->frames || f->owner[mfn] != domid + 1)
		return -EINVAL;
	seen[mfn] = (uint8_t)level;
	f->pinned[mfn] = (uint8_t)level;
	if (pread(f->fd, table, sizeof(table), (off_t)(mfn << XC_PAGE_SHIFT)) != sizeof(table))
		return -EIO;
	for (i = 0; i < 512 && rc == 0; i++) {
		if (!(table[i] & 1))
			continue;
		if (table[i] & 0x7fe0000000000098ULL)
			rc = -EINVAL;
		else if (level > 1)
			rc = walk_tables(f, domid, (table[i] & 0xffffffffff000ULL) >> 12,
					 level - 1, seen);
	}
	return rc;
}

/* No leaf may be writable and show a table. */
static int check_leaves(struct fake *f, uint32_t domid, const uint8_t *seen)
{
	uint64_t table[512], m, mfn;
	int i;

	for (m = 0; m < f->frames; m++) {
		if (seen[m] != 1)
			continue;
		if (pread(f->fd, table, sizeof(table), (off_t)(m << XC_PAGE_SHIFT)) < 0)
			return -EIO;
		for (i = 0; i < 512; i++) {
			mfn = (table[i] & 0xffffffffff000ULL) >> 12;
			if (!(table[i] & 1))
				continue;
			if (mfn >= f->frames || f->owner[mfn] != domid + 1 ||
			    (seen[mfn] && (table[i] & 2)))
				return -EINVAL;
		}
	}
	return 0;
}

/* A writable window on a page table would hold a reference. */
static bool has_writer(const struct fake *f, const uint8_t *seen)
{
	size_t w;

	for (w = 0; w < f->windows; w++)
		if (f->window[w].mfn < f->frames && seen[f->window[w].mfn])
			return true;
	return false;
}

static long fake_mmuext(struct fake *f, const struct mmuext_op *op, uint32_t domid)
{
	static const uint8_t zero[XC_PAGE_SIZE];
	uint8_t *seen;
	int rc;

	if (op->cmd == MMUEXT_CLEAR_PAGE)
		return pwrite(f->fd, zero, sizeof(zero), (off_t)(op->arg1.mfn << XC_PAGE_SHIFT)) < 0
			? -EIO : 0;
	if (op->cmd != MMUEXT_PIN_L4_TABLE)
		return -EINVAL;
	seen = calloc(1, f->frames);
	rc = walk_tables(f, domid, op->arg1.mfn, 4, seen);
	if (rc == 0 && has_writer(f, seen))
		rc = -EINVAL;
	if (rc == 0)
		rc = check_leaves(f, domid, seen);
	if (rc == 0) {
		f->dom[domid].pinned_l4 = op->arg1.mfn;
		f->pinned[op->arg1.mfn] = 8 | 4;
	}
	free(seen);
	return rc;
}

static long fake_mmuext_list(struct fake *f, const struct mmuext_op *ops, uint64_t count,
			     uint32_t domid)
{
	long rc = 0;
	uint64_t i;

	for (i = 0; rc == 0 && i < count; i++)
		rc = fake_mmuext(f, &ops[i], domid);
	return rc;
}

/* ---- the table of hypercalls ----------------------------------------------------------------- */

static long fake_evtchn(struct fake *f, uint64_t cmd, struct evtchn_alloc_unbound *arg)
{
	if (cmd != EVTCHNOP_alloc_unbound)
		return -ENOSYS;
	if (arg->dom >= FAKE_DOMAINS || !f->dom[arg->dom].exists)
		return -ESRCH;
	arg->port = f->dom[arg->dom].next_port++;
	return 0;
}

static long fake_gnttab(struct fake *f, uint64_t cmd, struct gnttab_setup_table *op)
{
	if (cmd != GNTTABOP_setup_table || !f->dom[op->dom].exists)
		return -ENOSYS;
	op->frame_list.p[0] = f->dom[op->dom].grant_frame;
	return 0;
}

static bool wanted_failure(struct fake *f, unsigned int op, const uint64_t args[5])
{
	uint64_t cmd = args[0];

	if (!f->fail_errno || op != f->fail_op)
		return false;
	if (op == __HYPERVISOR_domctl || op == __HYPERVISOR_sysctl)
		cmd = *(uint32_t *)(uintptr_t)args[0];
	if (op == __HYPERVISOR_mmuext_op)
		cmd = ((struct mmuext_op *)(uintptr_t)args[0])->cmd;
	return cmd == f->fail_cmd && f->fail_after-- <= 0;
}

static long fake_hypercall(void *ctx, unsigned int op, const uint64_t args[5])
{
	struct fake *f = ctx;

	f->calls++;
	if (wanted_failure(f, op, args))
		return -f->fail_errno;
	switch (op) {
	case __HYPERVISOR_domctl:
		return fake_domctl(f, (void *)(uintptr_t)args[0]);
	case __HYPERVISOR_sysctl:
		return fake_sysctl(f, (void *)(uintptr_t)args[0]);
	case __HYPERVISOR_memory_op:
		return fake_memory_op(f, args[0], (void *)(uintptr_t)args[1]);
	case __HYPERVISOR_mmuext_op:
		return fake_mmuext_list(f, (void *)(uintptr_t)args[0], args[1], (uint32_t)args[3]);
	case __HYPERVISOR_event_channel_op:
		return fake_evtchn(f, args[0], (void *)(uintptr_t)args[1]);
	case __HYPERVISOR_grant_table_op:
		return fake_gnttab(f, args[0], (void *)(uintptr_t)args[1]);
	case __HYPERVISOR_xen_version:
		return args[0] == XENVER_version ? 0x40011 : -ENOSYS;
	default:
		return -ENOSYS;
	}
}

static void fake_close(void *ctx)
{
	struct fake *f = ctx;
	uint32_t i;

	f->destroy_again = 0;
	for (i = 0; i < FAKE_DOMAINS; i++)
		do_destroy(f, i);
	close(f->fd);
	munmap(f->m2p, M2P_BYTES);
	close(f->m2p_fd);
	free(f->window);
	free(f->owner);
	free(f->pinned);
	free(f);
}

static const struct xc_backend fake_backend = {
	.close = fake_close,
	.hypercall = fake_hypercall,
	.alloc = fake_alloc,
	.free = fake_free,
	.map_foreign = fake_map,
	.map_resource = fake_resource,
	.unmap = fake_unmap,
};

static int fake_memory(struct fake *f)
{
	f->fd = memfd_create("fake-machine", MFD_CLOEXEC);
	f->m2p_fd = memfd_create("fake-m2p", MFD_CLOEXEC);
	f->owner = calloc(1, f->frames);
	f->pinned = calloc(1, f->frames);
	if (f->fd < 0 || f->m2p_fd < 0 || !f->owner || !f->pinned ||
	    ftruncate(f->fd, (off_t)f->frames << 12) < 0 || ftruncate(f->m2p_fd, M2P_BYTES) < 0)
		return -ENOMEM;
	f->m2p = mmap(NULL, M2P_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, f->m2p_fd, 0);
	return f->m2p == MAP_FAILED ? -ENOMEM : 0;
}

int xc_fake_open(unsigned int mib, struct xc_interface **ret_xch, struct fake **ret_fake)
{
	struct fake *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->frames = f->free = (uint64_t)mib * 256;
	if (fake_memory(f) < 0) { /* a test ends here: nothing is undone */
		free(f->owner);
		free(f->pinned);
		free(f);
		return -ENOMEM;
	}
	f->dom[0].exists = true;
	f->dom[0].max_vcpus = 1;
	*ret_fake = f;
	return xc_open_backend(&fake_backend, f, ret_xch);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* logdirty.c: log-dirty mode on and off, and XEN_DOMCTL_shadow_op, as 4.17 with shadow paging has it.
 *
 * Locks:   d->hypercall_lock around each operation, so that the domain is not taken apart meanwhile; the
 *          domctl lock is held, too. The domain is paused and in no CPU: d->arch.logdirty changes only
 *          then. Those who write to its memory from elsewhere may see it late: what they wrote before it
 *          was on is there for the first reader.
 * Context: hypercalls of the privileged domain. */
#include <hv/arch.h>
#include <xen/domctl.h>
#include "logdirty.h"

#define MB_SHIFT (20 - PAGE_SHIFT)
#define POOL_SLACK 128UL /* pages, and so many for each vcpu: */
#define POOL_SLACK_VCPU 16UL
#define POOL_DEFAULT 1024UL
#define POOL_DEFAULT_VCPU 256UL
#define POOL_DEFAULT_MAX 16384UL

static unsigned long count_vcpus(const struct domain *d)
{
	unsigned long n = 0;
	struct vcpu *v;

	for_each_vcpu (d, v)
		n++;
	return n;
}

/* Room for the walks of all vcpus at once, and some more. */
static unsigned long pool_min(const struct domain *d)
{
	return POOL_SLACK + POOL_SLACK_VCPU * count_vcpus(d);
}

/* Two pages for each MiB of the domain's: enough for its tables, most of the time. */
static unsigned long pool_default(const struct domain *d)
{
	unsigned long vcpus = POOL_DEFAULT_VCPU * count_vcpus(d);

	return max(POOL_DEFAULT, vcpus + min(d->tot_pages >> 7, POOL_DEFAULT_MAX));
}

static struct shadow *shadow_create(void)
{
	struct shadow *sh = dirty_map_create();
	unsigned int i;

	if (!sh)
		return NULL;
	sh->bucket = xzalloc_array(uint32_t, SHADOW_BUCKETS);
	if (!sh->bucket) {
		dirty_map_destroy(sh);
		return NULL;
	}
	for (i = 0; i < SHADOW_BUCKETS; i++)
		sh->bucket[i] = PAGE_LIST_NULL;
	spin_lock_init(&sh->lock, LOCK_LEAF);
	page_list_init(&sh->free);
	return sh;
}

static int need_shadow(struct domain *d)
{
	if (!d->arch.shadow)
		d->arch.shadow = shadow_create();
	return d->arch.shadow ? 0 : -ENOMEM;
}

/* --- on and off --------------------------------------------------------------------------------- */

static void load_roots(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu (d, v)
		vcpu_update_roots(v);
}

static int enable(struct domain *d)
{
	struct shadow *sh;
	int rc = need_shadow(d);

	if (d->arch.logdirty)
		return -EINVAL;
	if (rc)
		return rc;
	sh = d->arch.shadow;
	if (sh->target < pool_min(d))
		sh->target = pool_default(d);
	rc = shadow_resize(d);
	if (!rc)
		rc = dirty_map_prepare(d);
	if (rc)
		return rc;
	rc = shadow_roots_create(d);
	if (!rc) {
		WRITE_ONCE(d->arch.logdirty, true);
		load_roots(d);
	}
	return rc;
}

/* Its vcpus do not run. */
static void leave_mode(struct domain *d)
{
	struct shadow *sh = d->arch.shadow;

	WRITE_ONCE(d->arch.logdirty, false);
	load_roots(d);
	shadow_roots_destroy(d);
	spin_lock(&sh->lock);
	shadow_remove_all(sh);
	spin_unlock(&sh->lock);
	sh->target = 0;
}

static long op_off(struct domain *d, struct xen_domctl_shadow_op *op)
{
	(void)op;
	if (!d->arch.shadow)
		return 0;
	if (d->arch.logdirty)
		leave_mode(d);
	return shadow_resize(d);
}

int logdirty_relinquish(struct domain *d)
{
	if (!d->arch.shadow)
		return 0;
	leave_mode(d);
	return shadow_resize(d);
}

void logdirty_destroy(struct domain *d)
{
	if (!d->arch.shadow)
		return;
	xfree(d->arch.shadow->bucket);
	dirty_map_destroy(d->arch.shadow);
	d->arch.shadow = NULL;
}

/* --- the other operations ------------------------------------------------------------------------ */

static long op_enable_logdirty(struct domain *d, struct xen_domctl_shadow_op *op)
{
	long rc = enable(d);

	(void)op;
	if (rc && rc != -ERESTART && d->arch.shadow && !d->arch.logdirty)
		d->arch.shadow->target = 0; /* goes with OFF */
	return rc;
}

/* Shadows without a log serve no purpose here. */
static long op_enable(struct domain *d, struct xen_domctl_shadow_op *op)
{
	if (op->mode & XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY)
		return op_enable_logdirty(d, op);
	return -EINVAL;
}

static void mark_foreign(struct domain *d)
{
	struct page *pg;

	if (!READ_ONCE(d->arch.foreign_writers))
		return;
	spin_lock(&d->page_lock);
	for (pg = page_list_first(&d->page_list); pg; pg = page_list_next(pg))
		if ((READ_ONCE(pg->type_info) & PGT_type_mask) == PGT_writable_page &&
		    (READ_ONCE(pg->type_info) & PGT_foreign_mask))
			logdirty_mark(d, page_to_mfn(pg));
	spin_unlock(&d->page_lock);
}

/* Pages that the hypervisor and the CPU write to at any time, and others by mappings of theirs. */
static void mark_mapped(struct domain *d)
{
	struct vcpu *v;
	unsigned int i;

	for_each_vcpu (d, v) {
		if (v->vcpu_info_page)
			logdirty_mark(d, page_to_mfn(v->vcpu_info_page));
		for (i = 0; i < DIV_ROUND_UP(v->arch.gdt_ents, 512); i++)
			logdirty_mark(d, v->arch.gdt_frames[i]);
	}
	mark_foreign(d);
	evtchn_mark_dirty(d);
	grant_table_mark_dirty(d);
}

static long read_map(struct domain *d, struct xen_domctl_shadow_op *op, bool clean)
{
	struct shadow *sh = d->arch.shadow;
	int rc;

	op->stats.fault_count = sh->fault_count;
	op->stats.dirty_count = sh->dirty_count;
	if (sh->lost)
		return -ENOMEM;
	op->pages = min(op->pages, sh->nr_gfns);
	rc = dirty_map_read(sh, (uint8_t *)op->dirty_bitmap.p, op->pages, clean);
	if (clean)
		shadow_protect_all(d);
	if (clean && !rc)
		sh->fault_count = sh->dirty_count = 0;
	return rc;
}

static long op_read(struct domain *d, struct xen_domctl_shadow_op *op)
{
	if (op->mode & ~(uint32_t)XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL)
		return -EINVAL;
	if (!d->arch.logdirty)
		return -EINVAL;
	if (op->mode & XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL)
		mark_mapped(d);
	return read_map(d, op, op->op == XEN_DOMCTL_SHADOW_OP_CLEAN);
}

static long op_get_allocation(struct domain *d, struct xen_domctl_shadow_op *op)
{
	unsigned long pages = d->arch.shadow ? d->arch.shadow->total : 0;

	op->mb = DIV_ROUND_UP(pages, 1UL << MB_SHIFT);
	return 0;
}

static long op_set_allocation(struct domain *d, struct xen_domctl_shadow_op *op)
{
	long rc;

	if (!op->mb && d->arch.logdirty)
		return -EINVAL;
	rc = need_shadow(d);
	if (rc)
		return rc;
	d->arch.shadow->target = op->mb ? max((unsigned long)op->mb << MB_SHIFT, pool_min(d)) : 0;
	rc = shadow_resize(d);
	if (!rc)
		return op_get_allocation(d, op);
	if (rc == -ENOMEM)
		d->arch.shadow->target = d->arch.shadow->total;
	return rc;
}

static const struct {
	uint32_t op;
	long (*run)(struct domain *d, struct xen_domctl_shadow_op *op);
} rows[] = {
	{ XEN_DOMCTL_SHADOW_OP_OFF, op_off },
	{ XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, op_enable_logdirty },
	{ XEN_DOMCTL_SHADOW_OP_ENABLE, op_enable },
	{ XEN_DOMCTL_SHADOW_OP_CLEAN, op_read },
	{ XEN_DOMCTL_SHADOW_OP_PEEK, op_read },
	{ XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION, op_get_allocation },
	{ XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, op_set_allocation },
};

static long run_op(struct domain *d, struct xen_domctl_shadow_op *op)
{
	unsigned int i;

	if (READ_ONCE(d->is_dying))
		return 0;
	if (!d->vcpu || !d->vcpu[0])
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].op == op->op)
			return rows[i].run(d, op);
	return -EINVAL;
}

long logdirty_domctl(struct domain *d, struct xen_domctl_shadow_op *op)
{
	long rc = -ERESTART;

	if (d == current->domain)
		return -EINVAL;
	domain_pause(d); /* before the lock: a vcpu may want it on its way out */
	if (spin_trylock(&d->hypercall_lock)) {
		rc = run_op(d, op);
		spin_unlock(&d->hypercall_lock);
	}
	domain_unpause(d);
	return rc;
}

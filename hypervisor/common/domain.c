/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.c: the set of domains: creation, lookup, references, final destruction.
 *
 * Locks:   domlist_lock (LOCK_DOMLIST) guards domain_list. A domain stays in it until its last
 *          reference is gone and the reaper has run; lookups do not revive it then.
 * Context: domain_put() anywhere: the work of the last one is left to a tasklet. */
#include <hv/domain.h>
#include <hv/arch.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/pool.h>
#include <hv/prof.h>
#include <hv/softirq.h>
#include <hv/trace.h>
#include "sched-private.h"
#include <asm/current.h>

struct domain *hardware_domain, *dom_xen, *dom_io;
struct vcpu *idle_vcpu[NR_CPUS];

static struct domain *idle_domain;
static DEFINE_SPINLOCK(domlist_lock, LOCK_DOMLIST);
static LIST_HEAD(domain_list); /* by domid; without the pseudo domains */
static domid_t last_domid;

static void reap(void *unused);
static struct tasklet reaper = TASKLET_INIT(reap, NULL);
static struct domain *dead_domains; /* chained by next_dead, pushed by compare-and-swap */

static_assert(sizeof(struct domain) <= PAGE_SIZE, "page_owner() needs a page for each");

/* --- references and lookup ------------------------------------------------------------------- */

void domain_get(struct domain *d)
{
	uint32_t old = __atomic_fetch_add(&d->refcnt, 1, __ATOMIC_RELAXED);

	ASSERT(old);
}

static bool get_unless_dead(struct domain *d)
{
	uint32_t old = __atomic_load_n(&d->refcnt, __ATOMIC_RELAXED);

	do {
		if (!old)
			return false;
	} while (!__atomic_compare_exchange_n(&d->refcnt, &old, old + 1, false, __ATOMIC_ACQUIRE,
		__ATOMIC_RELAXED));
	return true;
}

void domain_put(struct domain *d)
{
	struct domain *head;

	if (__atomic_fetch_sub(&d->refcnt, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	head = __atomic_load_n(&dead_domains, __ATOMIC_RELAXED);
	do {
		d->next_dead = head;
	} while (!__atomic_compare_exchange_n(&dead_domains, &head, d, false, __ATOMIC_RELEASE,
		__ATOMIC_RELAXED));
	tasklet_schedule(&reaper);
}

struct domain *domain_get_by_id(domid_t domid)
{
	struct domain *d = domain_get_next(domid);

	if (d && d->domain_id != domid) {
		domain_put(d);
		d = NULL;
	}
	return d;
}

struct domain *domain_get_next(domid_t domid)
{
	struct domain *d, *found = NULL;

	spin_lock(&domlist_lock);
	list_for_each_entry (d, &domain_list, list)
		if (d->domain_id >= domid && get_unless_dead(d)) {
			found = d;
			break;
		}
	spin_unlock(&domlist_lock);
	return found;
}

int domain_lookup_remote(domid_t domid, struct domain **ret_d)
{
	struct domain *d;

	if (domid == DOMID_SELF) {
		d = current->domain;
		domain_get(d);
	} else {
		d = domain_get_by_id(domid);
	}
	if (!d)
		return -ESRCH;
	*ret_d = d;
	return 0;
}

static bool domid_used(domid_t domid)
{
	struct domain *d;

	list_for_each_entry (d, &domain_list, list)
		if (d->domain_id == domid)
			return true;
	return false;
}

int domid_alloc(domid_t *ret_domid)
{
	domid_t id;
	int rc = -ENOSPC;

	spin_lock(&domlist_lock);
	for (unsigned int n = 1; n < DOMID_FIRST_RESERVED; n++) {
		id = (last_domid + n) % DOMID_FIRST_RESERVED;
		if (id && !domid_used(id)) {
			last_domid = id;
			*ret_domid = id;
			rc = 0;
			break;
		}
	}
	spin_unlock(&domlist_lock);
	return rc;
}

static int list_domain(struct domain *d)
{
	struct domain *pos;
	int rc = -EEXIST;

	spin_lock(&domlist_lock);
	if (!domid_used(d->domain_id)) {
		list_for_each_entry (pos, &domain_list, list)
			if (pos->domain_id > d->domain_id)
				break;
		list_add_tail(&d->list, &pos->list);
		rc = 0;
	}
	spin_unlock(&domlist_lock);
	return rc;
}

/* --- creation -------------------------------------------------------------------------------- */

/* Never the same twice: what a free page's contents are known by. */
static uint32_t next_serial(void)
{
	static uint32_t last;
	uint32_t old = __atomic_load_n(&last, __ATOMIC_RELAXED);

	do {
		if (old >= ~0U - 1)
			return 0;
	} while (!__atomic_compare_exchange_n(&last, &old, old + 1, false, __ATOMIC_RELAXED,
		__ATOMIC_RELAXED));
	return old + 1;
}

/* What every domain has, the pseudo ones included. One reference: the caller's, or the list's. */
static struct domain *domain_alloc(domid_t domid)
{
	struct domain *d = alloc_zeroed_page();

	if (!d)
		return NULL;
	d->domain_id = domid;
	d->serial = next_serial();
	d->refcnt = 1;
	d->shutdown_code = -1;
	list_init(&d->list);
	spin_lock_init(&d->page_lock, LOCK_PAGE_LIST);
	spin_lock_init(&d->hypercall_lock, LOCK_HYPERCALL);
	spin_lock_init(&d->shutdown_lock, LOCK_SHUTDOWN);
	spin_lock_init(&d->ev.lock, LOCK_EVTCHN);
	page_list_init(&d->page_list);
	page_list_init(&d->xenpage_list);
	return d;
}

/* First all leave the scheduler: a timer of it goes through the list of them. */
static void vcpus_free(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu (d, v)
		sched_vcpu_destroy(v);
	for (unsigned int i = 0; d->vcpu && i < d->max_vcpus; i++)
		if (d->vcpu[i])
			vcpu_free(d->vcpu[i]);
	xfree(d->vcpu);
}

/* Nobody refers to the domain any more, or it never was seen. Takes half-built ones. */
static void domain_free(struct domain *d)
{
	vnuma_destroy(d);
	prof_domain_destroy(d);
	vcpus_free(d);
	pool_remove_domain(d);
	if (d->grant)
		grant_table_destroy(d);
	evtchn_destroy_final(d);
	arch_domain_destroy(d);
	if (d->shared_info)
		arch_unshare_page(d->shared_info);
	free_xenheap_page(d->shared_info);
	free_xenheap_page(d);
}

static uint32_t or_default(int32_t asked, uint32_t usual)
{
	return asked < 0 ? usual : (uint32_t)asked;
}

static int create_parts(struct domain *d, const struct xen_domctl_createdomain *cfg)
{
	int rc = pool_add_domain(d, cfg->cpupool_id);

	if (rc)
		return rc;
	d->vcpu = xzalloc_array(struct vcpu *, d->max_vcpus);
	d->shared_info = alloc_zeroed_page();
	if (!d->vcpu || !d->shared_info)
		return -ENOMEM;
	rc = arch_domain_create(d, cfg);
	if (rc)
		return rc;
	arch_share_page(d->shared_info, d, true);
	rc = evtchn_init(d, cfg->max_evtchn_port, arch_nr_pirqs(d));
	if (rc)
		return rc;
	return grant_table_init(d, or_default(cfg->max_grant_frames, boot_params.gnttab_max_frames),
		or_default(cfg->max_maptrack_frames, boot_params.gnttab_max_maptrack_frames),
		XEN_DOMCTL_GRANT_version(cfg->grant_opts));
}

int domain_create(domid_t domid, const struct xen_domctl_createdomain *cfg, bool privileged,
	struct domain **ret_d)
{
	struct domain *d;
	int rc;

	if (domid >= DOMID_FIRST_RESERVED || !cfg->max_vcpus || cfg->max_vcpus > MAX_VIRT_CPUS)
		return -EINVAL;
	d = domain_alloc(domid);
	if (!d)
		return -ENOMEM;
	memcpy(d->handle, cfg->handle, sizeof(d->handle));
	d->options = cfg->flags;
	d->max_vcpus = cfg->max_vcpus;
	d->is_privileged = d->is_console = privileged;
	d->pause_count = d->controller_pause_count = 1;
	rc = create_parts(d, cfg);
	if (rc == 0)
		rc = list_domain(d);
	if (rc) {
		domain_free(d);
		return rc;
	}
	if (privileged)
		hardware_domain = d;
	trace(TRC_DOM0_DOM_ADD, d->domain_id);
	trace(TRC_SCHED_DOM_ADD, d->domain_id);
	*ret_d = d;
	return 0;
}

struct domain *idle_domain_get(void)
{
	if (idle_domain)
		return idle_domain;
	idle_domain = domain_alloc(DOMID_IDLE);
	if (idle_domain) {
		idle_domain->max_vcpus = NR_CPUS;
		idle_domain->vcpu = xzalloc_array(struct vcpu *, NR_CPUS);
	}
	if (!idle_domain || !idle_domain->vcpu)
		panic("no memory for the idle domain");
	return idle_domain;
}

void domains_init(void)
{
	idle_domain_get();
	dom_xen = domain_alloc(DOMID_XEN);
	dom_io = domain_alloc(DOMID_IO);
	if (!dom_xen || !dom_io)
		panic("no memory for the pseudo domains");
}

/* --- the end --------------------------------------------------------------------------------- */

static void reap(void *unused)
{
	struct domain *d = __atomic_exchange_n(&dead_domains, NULL, __ATOMIC_ACQUIRE), *next;

	for (; d; d = next) {
		next = d->next_dead;
		spin_lock(&domlist_lock);
		list_del(&d->list);
		spin_unlock(&domlist_lock);
		domain_free(d);
	}
}

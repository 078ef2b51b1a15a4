/* SPDX-License-Identifier: GPL-2.0-only */
/* pool.c: CPU pools: which CPUs a domain may use at all, and the interface (weights, slices) by which
 * its share is set; and CPUs taken out of use. A CPU is in one pool, or free, or offline.
 *
 * A CPU without a pool runs its idle vcpu only. One that is offline also is in no list that the tools
 * see, but goes on to serve the interrupts and timers that were bound to it, and TLB flushes.
 *
 * Locks:   pool_lock (LOCK_POOL) guards the list, n_dom and d->pool. The sets of CPUs are read without
 *          it by the scheduler: whoever takes a CPU out of one has each vcpu there looked at again.
 * Context: hypercalls. */
#include <hv/pool.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/sched.h>
#include "sched-private.h"

static DEFINE_SPINLOCK(pool_lock, LOCK_POOL);
static struct cpupool pool0;
static LIST_HEAD(pools); /* by id */

static const struct sched_kind { const char *name; unsigned int id, tslice_ms; } kinds[] = {
	{ "credit2", XEN_SCHEDULER_CREDIT2, 10 },
	{ "credit", XEN_SCHEDULER_CREDIT, 30 },
};

/* --- kinds and pools --------------------------------------------------------------------------------- */

static void set_kind(struct cpupool *p, const struct sched_kind *k)
{
	p->sched_id = k->id;
	p->tslice_ms = k->tslice_ms;
}

void pools_init(void)
{
	set_kind(&pool0, &kinds[0]);
	list_init(&pool0.list);
	if (list_empty(&pools))
		list_add_tail(&pool0.list, &pools);
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(boot_params.sched, kinds[i].name)) {
			set_kind(&pool0, &kinds[i]);
			return;
		}
	printk(LOG_WARN "sched=%s: there are credit2 and credit; using %s\n", boot_params.sched, kinds[0].name);
}

void pool_cpu_started(unsigned int cpu)
{
	cpumask_set(cpu, &pool0.cpus);
}

/* First with an id >= this one. Lock held. */
static struct cpupool *find_next(uint32_t id)
{
	struct cpupool *p;

	list_for_each_entry (p, &pools, list)
		if (p->id >= id)
			return p;
	return NULL;
}

static struct cpupool *find(uint32_t id)
{
	struct cpupool *p = find_next(id);

	return p && p->id == id ? p : NULL;
}

struct cpupool *pool_find(uint32_t id)
{
	struct cpupool *p;

	spin_lock(&pool_lock);
	p = find(id);
	spin_unlock(&pool_lock);
	return p;
}

static void free_cpus(struct cpumask *m)
{
	struct cpupool *p;

	cpumask_copy(m, &cpu_online_map);
	list_for_each_entry (p, &pools, list)
		cpumask_andnot(m, m, &p->cpus);
}

void pool_free_cpus(struct cpumask *ret_m)
{
	spin_lock(&pool_lock);
	free_cpus(ret_m);
	spin_unlock(&pool_lock);
}

int pool_get_info(uint32_t id, struct cpupool *ret_copy)
{
	const struct cpupool *p;

	spin_lock(&pool_lock);
	p = find_next(id);
	if (p)
		*ret_copy = *p;
	spin_unlock(&pool_lock);
	return p ? 0 : -ENOENT;
}

int pool_create(uint32_t id, unsigned int sched_id, uint32_t *ret_id)
{
	const struct sched_kind *k = NULL;
	struct cpupool *p, *pos;
	uint32_t next = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].id == sched_id)
			k = &kinds[i];
	if (!k)
		return -ENOENT;
	p = xzalloc(struct cpupool);
	if (!p)
		return -ENOMEM;
	set_kind(p, k);
	spin_lock(&pool_lock);
	if (id == CPUPOOL_ANY) {
		list_for_each_entry (pos, &pools, list)
			if (pos->id == next)
				next++;
		id = next;
	}
	if (find(id)) {
		spin_unlock(&pool_lock);
		xfree(p);
		return -EEXIST;
	}
	p->id = id;
	list_for_each_entry (pos, &pools, list)
		if (pos->id > id)
			break;
	list_add_tail(&p->list, &pos->list);
	spin_unlock(&pool_lock);
	*ret_id = id;
	return 0;
}

int pool_destroy(uint32_t id)
{
	struct cpupool *p;
	int rc = 0;

	spin_lock(&pool_lock);
	p = find(id);
	if (!p)
		rc = -ENOENT;
	else if (p == &pool0 || p->n_dom || !cpumask_empty(&p->cpus))
		rc = -EBUSY;
	else
		list_del(&p->list);
	spin_unlock(&pool_lock);
	if (!rc)
		xfree(p);
	return rc;
}

/* --- domains --------------------------------------------------------------------------------------------- */

int pool_add_domain(struct domain *d, uint32_t id)
{
	struct cpupool *p;
	int rc = 0;

	spin_lock(&pool_lock);
	p = find(id);
	if (!p || cpumask_empty(&p->cpus)) {
		rc = p ? -ENODEV : -ENOENT;
	} else {
		d->pool = p;
		p->n_dom++;
	}
	spin_unlock(&pool_lock);
	return rc;
}

void pool_remove_domain(struct domain *d)
{
	spin_lock(&pool_lock);
	if (d->pool)
		d->pool->n_dom--;
	d->pool = NULL;
	spin_unlock(&pool_lock);
}

/* A vcpu that may run nowhere any more runs wherever its pool has CPUs. */
static void vcpu_look_again(struct vcpu *v, const struct cpumask *cpus)
{
	if (!cpumask_intersects(&v->hard_affinity, cpus)) {
		printk(LOG_INFO "pool: d%uv%u may use any CPU now: those it was bound to are gone\n",
			v->domain->domain_id, v->vcpu_id);
		vcpu_free_affinity(v);
	}
	sched_ops->affinity_changed(v);
}

/* d is not the caller's. */
int pool_move_domain(struct domain *d, uint32_t id)
{
	struct cpupool *to;
	struct vcpu *v;
	int rc = 0;

	domain_pause(d);
	spin_lock(&pool_lock);
	to = find(id);
	if (!d->pool) {
		rc = -EINVAL;
	} else if (to != d->pool) {
		if (!to || cpumask_empty(&to->cpus)) {
			rc = -ENOENT;
		} else {
			d->pool->n_dom--;
			to->n_dom++;
			WRITE_ONCE(d->pool, to);
		}
	}
	spin_unlock(&pool_lock);
	if (!rc)
		for_each_vcpu (d, v)
			vcpu_look_again(v, &to->cpus);
	domain_unpause(d);
	return rc;
}

/* --- CPUs ------------------------------------------------------------------------------------------------ */

int pool_add_cpu(uint32_t id, uint32_t cpu)
{
	struct cpumask m;
	struct cpupool *p;
	int rc = 0;

	spin_lock(&pool_lock);
	free_cpus(&m);
	if (cpu == CPUPOOL_ANY)
		cpu = cpumask_first(&m);
	p = find(id);
	if (cpu >= nr_cpu_ids)
		rc = -EINVAL;
	else if (!cpumask_test(cpu, &m))
		rc = -ENODEV;
	else if (!p)
		rc = -ENOENT;
	else
		cpumask_set(cpu, &p->cpus);
	spin_unlock(&pool_lock);
	return rc;
}

static bool pinned_for_now(const struct cpupool *p, unsigned int cpu)
{
	domid_t next = 0;
	struct domain *d;
	bool found = false;

	while (!found && (d = domain_get_next(next))) {
		struct vcpu *v;

		for_each_vcpu (d, v)
			if (d->pool == p && v->pin_override && cpumask_test(cpu, &v->hard_affinity))
				found = true;
		next = d->domain_id + 1;
		domain_put(d);
	}
	return found;
}

/* Has everything that is on this CPU, runs, waits or sleeps, go elsewhere; true if something still has to. */
static bool clear_cpu(unsigned int cpu)
{
	domid_t next = 0;
	struct domain *d;
	bool left = false;

	while ((d = domain_get_next(next))) {
		struct vcpu *v;

		for_each_vcpu (d, v) {
			if (!d->pool)
				continue;
			if (!cpumask_test(cpu, &d->pool->cpus) && (v->processor == cpu ||
			    !cpumask_intersects(&v->hard_affinity, &d->pool->cpus)))
				vcpu_look_again(v, &d->pool->cpus);
			if (READ_ONCE(v->processor) == cpu)
				left = true;
		}
		next = d->domain_id + 1;
		domain_put(d);
	}
	return left || !is_idle_vcpu(cpu_current(cpu));
}

/* The last CPU stays as long as there are domains. Lock held. */
static int may_leave(const struct cpupool *p, unsigned int cpu)
{
	if (!cpumask_test(cpu, &p->cpus))
		return -ENODEV;
	if (p->n_dom && cpumask_weight(&p->cpus) == 1)
		return -EBUSY;
	return 0;
}

static unsigned int last_of(const struct cpumask *m)
{
	unsigned int cpu, last = NR_CPUS;

	for_each_cpu (cpu, m)
		last = cpu;
	return last;
}

/* The CPU that a remove is not through with: it is asked again with the same arguments. */
static unsigned int leaving = NR_CPUS;

int pool_remove_cpu(uint32_t id, uint32_t cpu)
{
	struct cpupool *p;
	int rc = 0;

	p = pool_find(id);
	if (!p)
		return -ENOENT;
	if (cpu == CPUPOOL_ANY)
		cpu = leaving < NR_CPUS ? leaving : last_of(&p->cpus);
	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	if (cpu != leaving && pinned_for_now(p, cpu))
		return -EADDRINUSE;
	spin_lock(&pool_lock);
	if (cpu != leaving) {
		rc = may_leave(p, cpu);
		if (!rc)
			cpumask_clear(cpu, &p->cpus);
	}
	spin_unlock(&pool_lock);
	if (rc)
		return rc;
	leaving = clear_cpu(cpu) ? cpu : NR_CPUS;
	return leaving == cpu ? -ERESTART : 0;
}

int cpu_take_offline(unsigned int cpu)
{
	struct cpumask m;
	int rc;

	if (cpu >= nr_cpu_ids || !cpu)
		return -EINVAL; /* the boot CPU stays */
	if (!cpumask_test(cpu, &cpu_online_map))
		return -EEXIST;
	pool_free_cpus(&m);
	if (cpumask_test(cpu, &pool0.cpus) || cpu == leaving) {
		rc = pool_remove_cpu(0, cpu);
		if (rc)
			return rc;
	} else if (!cpumask_test(cpu, &m)) {
		return -ENODEV; /* another pool's */
	}
	cpumask_clear(cpu, &cpu_online_map);
	printk(LOG_INFO "smp: CPU%u is out of use\n", cpu);
	return 0;
}

int cpu_bring_online(unsigned int cpu)
{
	if (cpu >= nr_cpu_ids || !cpumask_test(cpu, &cpu_present_map))
		return -EINVAL;
	if (cpumask_test(cpu, &cpu_online_map))
		return -EEXIST;
	if (!cpumask_test(cpu, &cpu_running_map))
		return -EIO; /* it did not start at boot */
	cpumask_set(cpu, &cpu_online_map);
	pool_cpu_started(cpu);
	printk(LOG_INFO "smp: CPU%u is in use again\n", cpu);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* api_sched.c: methods about processor time: weights, caps, affinities, pools and schedulers. */
#include "xend/api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define POOLS_MAX 64
#define WEIGHT_MAX 65535

static void add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

static void pool_name(uint32_t id, char *buf, size_t size)
{
	snprintf(buf, size, "Pool-%u", id);
}

/* ---- pools ------------------------------------------------------------------------------------- */

static struct json_object *pool_row(const struct hv_pool *p, unsigned int nr_cpus)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	char name[32];

	pool_name(p->id, name, sizeof(name));
	add_int(o, "id", p->id);
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "scheduler", json_object_new_string(p->scheduler));
	for (unsigned int c = 0; c < CPUSET_BITS; c++)
		if (cpuset_has(&p->cpus, c))
			json_object_array_add(list, json_object_new_int((int)c));
	json_object_object_add(o, "cpus", list);
	add_int(o, "domains", p->domains);
	add_int(o, "ratelimit_us", p->ratelimit_us);
	if (!strcmp(p->scheduler, "credit")) {
		add_int(o, "tslice_ms", p->tslice_ms);
		add_int(o, "migration_delay_us", p->migr_delay_us);
	}
	return o;
}

void api_host_pools(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	struct json_object *list = json_object_new_array();
	struct hv_pool p = { 0 };
	struct hv_host host = { 0 };
	int rc = core->ops->host(core->be, &host), count = 0;

	for (uint32_t id = 0; !rc && count < POOLS_MAX; id = p.id + 1, count++) {
		rc = core->ops->pool(core->be, id, &p);
		if (!rc)
			json_object_array_add(list, pool_row(&p, host.nr_cpus));
	}
	if (rc && rc != -ENOENT) {
		json_object_put(list);
		rpc_error(call, RPC_FAILED, rc, NULL, "host.pools: the hypervisor says: %s",
			strerror(-rc));
		return;
	}
	rpc_result(call, list);
}

/* By name or id; no word: pool 0. */
static int pool_find(struct core *core, const char *word, struct hv_pool *ret_pool)
{
	struct hv_pool p = { 0 };
	char name[32], id[32];

	for (uint32_t next = 0; core->ops->pool(core->be, next, &p) == 0; next = p.id + 1) {
		pool_name(p.id, name, sizeof(name));
		snprintf(id, sizeof(id), "%u", p.id);
		if (word ? strcmp(word, name) && strcmp(word, id) : p.id != 0)
			continue;
		*ret_pool = p;
		return 0;
	}
	return -ENOENT;
}

static int limit(struct json_object *params, const char *name, uint32_t *into)
{
	int64_t v = param_int(params, name, *into);

	if (v < 0 || v > UINT32_MAX)
		return -EINVAL;
	*into = (uint32_t)v;
	return 0;
}

void api_host_set_scheduler(struct rpc_call *call, struct json_object *params)
{
	const char *word = param_string(params, "pool"), *sched = param_string(params, "scheduler");
	struct core *core = rpc_call_arg(call);
	struct hv_pool p;
	int rc = pool_find(core, word, &p);

	if (rc) {
		rpc_error(call, RPC_FAILED, rc, NULL, "host.set_scheduler: there is no pool '%.64s'",
			word ? word : "Pool-0");
		return;
	}
	if (strcmp(p.scheduler, sched)) {
		rpc_error(call, RPC_STATE, EINVAL, NULL, "host.set_scheduler: the scheduler of pool %u "
			"is %s, not %.32s", p.id, p.scheduler, sched);
		return;
	}
	if (limit(params, "ratelimit_us", &p.ratelimit_us) || limit(params, "tslice_ms", &p.tslice_ms) ||
	    limit(params, "migration_delay_us", &p.migr_delay_us))
		rc = -ERANGE;
	if (!rc)
		rc = core->ops->set_pool(core->be, &p);
	if (rc) {
		rpc_error(call, RPC_FAILED, rc, NULL, "host.set_scheduler: pool %u: rate limit %u us%s: "
			"%s", p.id, p.ratelimit_us, strcmp(p.scheduler, "credit") ? "" :
			", time slice and migration delay", strerror(-rc));
		return;
	}
	rpc_result(call, NULL);
}

/* ---- weight and cap ---------------------------------------------------------------------------- */

static struct json_object *sched_row(struct core *core, const struct hv_dominfo *info,
	struct domain *d, const struct foreign *f)
{
	struct json_object *o = json_object_new_object();
	unsigned int weight = 0, cap = 0;
	struct hv_pool p;
	char name[32];

	json_object_object_add(o, "name", json_object_new_string(
		d ? d->cfg.name : f && f->name ? f->name : "(unknown)"));
	add_int(o, "domid", info ? (int64_t)info->domid : -1);
	if (!info || core->ops->pool(core->be, info->pool, &p) ||
	    core->ops->get_sched(core->be, info->domid, info->pool, &weight, &cap))
		return o;
	pool_name(p.id, name, sizeof(name));
	json_object_object_add(o, "pool", json_object_new_string(name));
	json_object_object_add(o, "scheduler", json_object_new_string(p.scheduler));
	add_int(o, "weight", weight);
	add_int(o, "cap", cap);
	return o;
}

void api_sched(struct rpc_call *call, struct json_object *params)
{
	api_rows(call, params, sched_row);
}

static int sched_refused(struct rpc_call *call, const struct domain_ref *r, const char *want)
{
	struct core *core = rpc_call_arg(call);
	struct hv_pool p;
	int rc = core->ops->pool(core->be, r->info.pool, &p);

	if (!rc && want && strcmp(want, p.scheduler)) {
		rpc_error(call, RPC_STATE, EINVAL, ref_name(r), "domain %s: its scheduler is %s, not "
			"%.32s", ref_name(r), p.scheduler, want);
		return -EINVAL;
	}
	return 0;
}

void api_set_sched(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	unsigned int weight = 0, cap = 0;
	struct domain_ref r;
	int64_t w, c;
	int rc;

	if (api_live_target(call, params, &r) ||
	    sched_refused(call, &r, param_string(params, "scheduler")))
		return;
	rc = core->ops->get_sched(core->be, r.info.domid, r.info.pool, &weight, &cap);
	w = param_int(params, "weight", weight);
	c = param_int(params, "cap", cap);
	if (!rc && (w < 1 || w > WEIGHT_MAX || c < 0 || c > 100 * (int64_t)r.info.vcpus_max)) {
		rpc_error(call, RPC_PARAMS, EINVAL, ref_name(&r), "domain %s: weight %lld, cap %lld: a "
			"weight of 1 to %d and a cap of 0 to %u are possible", ref_name(&r),
			(long long)w, (long long)c, WEIGHT_MAX, 100 * r.info.vcpus_max);
		return;
	}
	if (!rc)
		rc = core->ops->set_sched(core->be, r.info.domid, r.info.pool, (unsigned int)w,
			(unsigned int)c);
	if (rc) {
		rpc_error(call, RPC_FAILED, rc, ref_name(&r), "domain %s: weight and cap: %s",
			ref_name(&r), strerror(-rc));
		return;
	}
	if (r.d) {
		r.d->cfg.cpu_weight = w;
		r.d->cfg.cpu_cap = c;
		state_save(r.d, STATE_RUNNING);
	}
	rpc_result(call, NULL);
}

/* ---- affinity ---------------------------------------------------------------------------------- */

/* Reads one of the two sets; it must leave the vcpus a CPU of this machine. */
static int read_set(struct rpc_call *call, const struct domain_ref *r, const char *text,
	unsigned int nr_cpus, struct cpuset *set)
{
	unsigned int usable = 0;

	if (!cpuset_parse(text, set))
		for (unsigned int c = 0; c < nr_cpus; c++)
			usable += cpuset_has(set, c);
	if (usable)
		return 0;
	rpc_error(call, RPC_PARAMS, EINVAL, ref_name(r), "domain %s: '%.64s' is not a set of CPUs of "
		"this machine, which has 0 to %u", ref_name(r), text, nr_cpus - 1);
	return -EINVAL;
}

/* What was asked for, checked. */
struct pin {
	int64_t vcpu;		/* -1: all */
	const char *hard, *soft;
	struct cpuset hard_set, soft_set;
	bool force;
};

static int pin_read(struct rpc_call *call, const struct domain_ref *r, struct json_object *params,
	struct pin *p)
{
	struct core *core = rpc_call_arg(call);
	struct hv_host host = { 0 };

	core->ops->host(core->be, &host);
	p->vcpu = param_int(params, "vcpu", -1);
	p->hard = param_string(params, "hard");
	p->soft = param_string(params, "soft");
	p->force = param_bool(params, "force");
	if (p->vcpu < -1 || p->vcpu >= r->info.vcpus_max) {
		rpc_error(call, RPC_PARAMS, EINVAL, ref_name(r), "domain %s: there is no vcpu %lld; it has "
			"0 to %u", ref_name(r), (long long)p->vcpu, r->info.vcpus_max - 1);
		return -EINVAL;
	}
	if (!p->hard && !p->soft) {
		rpc_error(call, RPC_PARAMS, EINVAL, ref_name(r), "domain.pin: hard or soft must be given");
		return -EINVAL;
	}
	if (p->hard && read_set(call, r, p->hard, host.nr_cpus, &p->hard_set))
		return -EINVAL;
	return p->soft ? read_set(call, r, p->soft, host.nr_cpus, &p->soft_set) : 0;
}

static void pin_remember(struct domain *d, const struct pin *p)
{
	unsigned int max = (unsigned int)d->cfg.maxvcpus;
	int rc = p->hard ? config_cpus_set(&d->cfg.cpus, max, (int)p->vcpu, p->hard) : 0;

	if (!rc && p->soft)
		rc = config_cpus_set(&d->cfg.cpus_soft, max, (int)p->vcpu, p->soft);
	if (!rc)
		state_save(d, STATE_RUNNING);
}

void api_pin(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	struct domain_ref r;
	struct pin p;
	int rc = 0;

	if (api_live_target(call, params, &r) || pin_read(call, &r, params, &p))
		return;
	for (unsigned int v = 0; !rc && v < r.info.vcpus_max; v++) {
		if (p.vcpu >= 0 && v != p.vcpu)
			continue;
		rc = core->ops->set_affinity(core->be, r.info.domid, v, p.hard ? &p.hard_set : NULL,
			p.soft ? &p.soft_set : NULL, p.force);
		if (rc)
			rpc_error(call, RPC_FAILED, rc, ref_name(&r), "domain %s: affinity of vcpu %u: "
				"%s", ref_name(&r), v, rc == -EBUSY ? "the guest has pinned it itself; "
				"force overrides that" : strerror(-rc));
	}
	if (rc)
		return;
	if (r.d)
		pin_remember(r.d, &p);
	rpc_result(call, NULL);
}

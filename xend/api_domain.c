/* SPDX-License-Identifier: GPL-2.0-only */
/* api_domain.c: methods about domains that exist. */
#include "xend/api.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct domain *ours(struct core *core, const struct hv_dominfo *info)
{
	struct domain *d;

	TAILQ_FOREACH(d, &core->domains, link)
		if (d->domid == info->domid && !memcmp(d->uuid, info->uuid, sizeof(d->uuid)))
			return d;
	return NULL;
}

/* One row for each domain that the caller may see. */
static int list_all(struct rpc_call *call, list_row_fn *row, struct json_object *into)
{
	struct core *core = rpc_call_arg(call);
	struct hv_dominfo *list;
	unsigned int count;
	struct domain *d;
	int rc = core_list(core, &list, &count);

	if (rc) {
		rpc_error(call, RPC_FAILED, rc, NULL, "%s: the hypervisor says: %s",
			rpc_call_method(call), strerror(-rc));
		return rc;
	}
	for (unsigned int i = 0; i < count; i++) {
		d = ours(core, &list[i]);
		if (!d && !foreign_find(core, list[i].domid))
			foreign_refresh(core, list, count);
		if (api_may_see(call, d))
			json_object_array_add(into, row(core, &list[i], d,
				d ? NULL : foreign_find(core, list[i].domid)));
	}
	free(list);
	return 0;
}

static int list_some(struct rpc_call *call, struct json_object *refs, list_row_fn *row,
	struct json_object *into)
{
	int (*find)(struct core *, struct json_object *, struct domain_ref *) =
		rpc_call_peer(call)->admin ? core_find : core_find_ours;
	struct core *core = rpc_call_arg(call);
	struct domain_ref r;
	struct json_object *ref;

	for (size_t i = 0; i < json_object_array_length(refs); i++) {
		ref = json_object_array_get_idx(refs, i);
		if (find(core, ref, &r) || !api_may_see(call, r.d)) {
			rpc_error(call, RPC_NO_DOMAIN, ENOENT, json_object_get_string(ref),
				"domain '%.255s' does not exist", json_object_get_string(ref));
			return -ENOENT;
		}
		json_object_array_add(into, row(core, r.live ? &r.info : NULL, r.d, r.foreign));
	}
	return 0;
}

static int by_domid(const void *a, const void *b)
{
	struct json_object *x = *(struct json_object *const *)a, *v;
	struct json_object *y = *(struct json_object *const *)b, *w;

	if (!json_object_object_get_ex(x, "domid", &v) || !json_object_object_get_ex(y, "domid", &w))
		return 0;
	return json_object_get_int(v) - json_object_get_int(w);
}

void api_rows(struct rpc_call *call, struct json_object *params, list_row_fn *row)
{
	struct json_object *into = json_object_new_array(), *refs;
	bool some = json_object_object_get_ex(params, "domains", &refs);

	if (some ? list_some(call, refs, row, into) : list_all(call, row, into)) {
		json_object_put(into);
		return;
	}
	json_object_array_sort(into, by_domid);
	rpc_result(call, into);
}

void api_list(struct rpc_call *call, struct json_object *params)
{
	api_rows(call, params, describe_domain);
}

static void add_cpuset(struct json_object *o, const char *key, const struct cpuset *set,
	unsigned int nr_cpus)
{
	char text[512];

	cpuset_format(set, nr_cpus, text, sizeof(text));
	json_object_object_add(o, key, json_object_new_string(text));
}

static struct json_object *vcpu_row(unsigned int id, const struct hv_vcpuinfo *v,
	unsigned int nr_cpus)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "vcpu", json_object_new_int((int)id));
	json_object_object_add(o, "cpu", json_object_new_int(v->online ? v->cpu : -1));
	json_object_object_add(o, "online", json_object_new_boolean(v->online));
	json_object_object_add(o, "running", json_object_new_boolean(v->running));
	json_object_object_add(o, "blocked", json_object_new_boolean(v->blocked));
	json_object_object_add(o, "time_ns", json_object_new_int64((int64_t)v->cpu_ns));
	add_cpuset(o, "hard", &v->hard, nr_cpus);
	add_cpuset(o, "soft", &v->soft, nr_cpus);
	return o;
}

static struct json_object *vcpus_row(struct core *core, const struct hv_dominfo *info,
	struct domain *d, const struct foreign *f)
{
	struct json_object *o = json_object_new_object(), *vcpus = json_object_new_array();
	struct hv_host host = { 0 };
	struct hv_vcpuinfo v;

	core->ops->host(core->be, &host);
	json_object_object_add(o, "name", json_object_new_string(
		d ? d->cfg.name : f && f->name ? f->name : "(unknown)"));
	json_object_object_add(o, "domid", json_object_new_int(info ? (int)info->domid : -1));
	for (unsigned int i = 0; info && i < info->vcpus_max; i++)
		if (core->ops->vcpu(core->be, info->domid, i, &v) == 0)
			json_object_array_add(vcpus, vcpu_row(i, &v, host.nr_cpus));
	json_object_object_add(o, "vcpus", vcpus);
	return o;
}

void api_vcpus(struct rpc_call *call, struct json_object *params)
{
	api_rows(call, params, vcpus_row);
}

void api_info(struct rpc_call *call, struct json_object *params)
{
	struct domain_ref r;

	if (api_target(call, params, &r))
		return;
	rpc_result(call, describe_domain(rpc_call_arg(call), r.live ? &r.info : NULL, r.d,
		r.foreign));
}

static int refuse_dom0(struct rpc_call *call, const struct domain_ref *r)
{
	if (r->d || r->foreign->domid)
		return 0;
	rpc_error(call, RPC_STATE, EINVAL, "Domain-0", "domain Domain-0: %s: not possible, this "
		"is dom0", rpc_call_method(call));
	return -EINVAL;
}

static void set_paused(struct rpc_call *call, struct json_object *params, bool paused)
{
	struct core *core = rpc_call_arg(call);
	struct domain_ref r;
	bool dumped;
	int rc;

	if (api_target(call, params, &r) || refuse_dom0(call, &r))
		return;
	if (r.d && api_own_target(call, params, &r))
		return;
	/* The hypervisor counts pauses; a client's word is not to be counted, and waits for a dump. */
	dumped = r.d && r.d->dump_paused;
	rc = !r.live ? -ESRCH : r.info.paused == paused || dumped ? 0 :
		paused ? core->ops->pause(core->be, r.info.domid)
		       : core->ops->unpause(core->be, r.info.domid);
	if (rc) {
		rpc_error(call, RPC_FAILED, rc, ref_name(&r), "domain %s: %s: %s", ref_name(&r),
			paused ? "pause" : "unpause", strerror(-rc));
		return;
	}
	if (r.d && r.d->admin_paused != paused) {
		r.d->admin_paused = paused;
		state_save(r.d, STATE_RUNNING);
	}
	if (r.d && r.info.paused != paused && !dumped)
		event_emit(core, paused ? "domain.paused" : "domain.unpaused", r.d, NULL);
	rpc_result(call, NULL);
}

void api_pause(struct rpc_call *call, struct json_object *params)
{
	set_paused(call, params, true);
}

void api_unpause(struct rpc_call *call, struct json_object *params)
{
	set_paused(call, params, false);
}

/* A domain of somebody else's making gets an object of ours, to be torn down like any other. */
static int take_foreign(struct core *core, const struct domain_ref *r, struct domain **ret_domain)
{
	struct dom_config config = { .owner = -1 };
	struct domain *d;
	char text[UUID_TEXT];
	int rc;

	uuid_format(r->foreign->uuid, text);
	rc = config_set_string(&config.uuid, text);
	snprintf(text, sizeof(text), "Domain-%u", r->foreign->domid);
	if (!rc)
		rc = config_set_string(&config.name, config_name_ok(ref_name(r)) ? ref_name(r) : text);
	if (!rc)
		rc = domain_new(core, &config, false, &d);
	if (rc) {
		config_clear(&config);
		return rc;
	}
	d->domid = r->foreign->domid;
	d->exists = d->nodes = true;
	*ret_domain = d;
	return 0;
}

void api_destroy(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	struct domain_ref r;
	int rc = 0;

	if (api_target(call, params, &r) || refuse_dom0(call, &r))
		return;
	if (!r.d)
		rc = take_foreign(core, &r, &r.d);
	if (!rc)
		rc = domain_wait(&r.d->destroyers, call);
	if (rc) {
		rpc_error(call, RPC_FAILED, rc, NULL, "destroy: %s", strerror(-rc));
		return;
	}
	log_info("destroy", "%s: asked for by pid %d (uid %u)", r.d->cfg.name,
		(int)rpc_call_peer(call)->pid, rpc_call_peer(call)->uid);
	r.d->restart = false;
	teardown_start(r.d);
}

void api_shutdown(struct rpc_call *call, struct json_object *params)
{
	const char *mode = param_string(params, "mode");
	struct domain_ref r;

	if (!mode)
		mode = "poweroff";
	if (strcmp(mode, "poweroff") && strcmp(mode, "reboot") && strcmp(mode, "halt")) {
		rpc_error(call, RPC_PARAMS, EINVAL, NULL,
			"shutdown mode '%.32s' is unknown: poweroff, reboot and halt are possible", mode);
		return;
	}
	if (api_own_target(call, params, &r))
		return;
	if (r.d->preserved || (r.live && r.info.shutdown)) {
		rpc_error(call, RPC_STATE, EINVAL, r.d->cfg.name,
			"domain %s: shutdown: it has shut down already", r.d->cfg.name);
		return;
	}
	life_shutdown(r.d, call, mode, param_bool(params, "wait"));
}

void api_rename(struct rpc_call *call, struct json_object *params)
{
	const char *name = param_string(params, "name");
	struct core *core = rpc_call_arg(call);
	struct domain_ref r, other;
	struct json_object *ref;
	bool taken;

	if (!config_name_ok(name)) {
		rpc_error(call, RPC_PARAMS, EINVAL, NULL, "domain.rename: name '%.64s' is not "
			"possible: letters, digits and _-.:+ only, and not digits alone", name);
		return;
	}
	ref = json_object_new_string(name);
	taken = core_find(core, ref, &other) == 0;
	json_object_put(ref);
	if (taken) {
		rpc_error(call, RPC_EXISTS, EEXIST, name, "domain %s: a domain of that name exists",
			name);
		return;
	}
	if (api_own_target(call, params, &r) == 0)
		life_rename(r.d, call, name);
}

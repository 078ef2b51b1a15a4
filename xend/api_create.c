/* SPDX-License-Identifier: GPL-2.0-only */
/* api_create.c: domain.create: everything that can be refused is refused before anything is made. */
#include "xend/api.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What the hypervisor takes for itself beside a guest's memory. */
#define OVERHEAD_KIB(vcpus) (2048 + 256 * (uint64_t)(vcpus))

static int check_unique(struct core *core, const struct dom_config *c, char *why, size_t size)
{
	struct domain *d;
	struct foreign *f;
	uint8_t uuid[16];

	uuid_parse(c->uuid, uuid);
	TAILQ_FOREACH(d, &core->domains, link) {
		if (!memcmp(d->uuid, uuid, sizeof(uuid)))
			snprintf(why, size, "uuid %s is that of domain %s", c->uuid, d->cfg.name);
		else if (core_find_name(core, c->name) == d)
			snprintf(why, size, "a domain of that name exists (id %d)", (int)d->domid);
		else
			continue;
		return -EEXIST;
	}
	TAILQ_FOREACH(f, &core->foreigns, link) {
		if (memcmp(f->uuid, uuid, sizeof(uuid)) && (!f->name || strcmp(f->name, c->name)))
			continue;
		snprintf(why, size, "a domain of that name or uuid exists (id %u)", f->domid);
		return -EEXIST;
	}
	return 0;
}

/* Memory that domains being built have still to take. */
static uint64_t promised_kib(struct core *core)
{
	struct hv_dominfo info;
	struct domain *d;
	uint64_t kib = 0, want;

	TAILQ_FOREACH(d, &core->domains, link) {
		if (d->state != DOM_CREATING)
			continue;
		want = ((uint64_t)d->cfg.memory_mib << 10) + OVERHEAD_KIB(d->cfg.maxvcpus);
		if (d->domid == DOMID_NONE || core_getinfo(core, d->domid, &info))
			info.tot_kib = 0;
		kib += want > info.tot_kib ? want - info.tot_kib : 0;
	}
	return kib;
}

static int check_memory(struct core *core, const struct dom_config *c, char *why, size_t size)
{
	uint64_t need = ((uint64_t)c->memory_mib << 10) + OVERHEAD_KIB(c->maxvcpus);
	uint64_t promised = promised_kib(core), free_kib;
	struct hv_host host;
	int rc = core->ops->host(core->be, &host);

	if (rc) {
		snprintf(why, size, "cannot ask the hypervisor for its free memory: %s",
			strerror(-rc));
		return rc;
	}
	free_kib = host.free_kib > promised ? host.free_kib - promised : 0;
	if (need <= free_kib)
		return 0;
	snprintf(why, size, "not enough free memory: %llu MiB needed (%lld and %llu for the "
		"hypervisor's own use), %llu MiB free of %llu", (unsigned long long)((need + 1023) >> 10),
		(long long)c->memory_mib, (unsigned long long)((need + 1023) >> 10) -
		(unsigned long long)c->memory_mib, (unsigned long long)(free_kib >> 10),
		(unsigned long long)(host.total_kib >> 10));
	return -ENOMEM;
}

static const char *config_name(struct json_object *json)
{
	struct json_object *v;

	if (json_object_object_get_ex(json, "name", &v) && json_object_is_type(v, json_type_string))
		return json_object_get_string(v);
	return "(no name)";
}

/* All checks; 0, or the call was answered. */
static int create_check(struct rpc_call *call, struct json_object *json, struct dom_config *config)
{
	struct core *core = rpc_call_arg(call);
	const char *name = config_name(json);
	char why[4400] = "";
	int rc = config_from_json(json, config, why, sizeof(why));

	if (rc) {
		rpc_error(call, RPC_PARAMS, rc, name, "domain %.255s: configuration: %.500s", name,
			why);
		return rc;
	}
	life_scan(core);
	rc = check_unique(core, config, why, sizeof(why));
	if (!rc && !core->store_up) {
		rc = -ENOTCONN;
		snprintf(why, sizeof(why), "xenstored does not answer (is it running?)");
	}
	if (!rc)
		rc = config_check_host(config, why, sizeof(why));
	if (!rc)
		rc = check_memory(core, config, why, sizeof(why));
	if (rc)
		rpc_error(call, rc == -EEXIST ? RPC_EXISTS : RPC_FAILED, rc, config->name,
			"domain %s: %.700s", config->name, why);
	return rc;
}

/* What create would have made. */
static struct json_object *dry_result(const struct dom_config *config)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(config->name));
	json_object_object_add(o, "uuid", json_object_new_string(config->uuid));
	json_object_object_add(o, "domid", json_object_new_int(-1));
	json_object_object_add(o, "status", json_object_new_string("new"));
	json_object_object_add(o, "config", config_to_json(config));
	return o;
}

void api_create(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	struct dom_config config;
	struct json_object *json;
	struct domain *d;
	int rc;

	json_object_object_get_ex(params, "config", &json);
	if (create_check(call, json, &config)) {
		config_clear(&config);
		return;
	}
	if (param_bool(params, "dry_run")) {
		rpc_result(call, dry_result(&config));
		config_clear(&config);
		return;
	}
	rc = domain_new(core, &config, false, &d);
	if (rc) {
		rpc_error(call, RPC_FAILED, rc, config.name, "domain %s: %s", config.name,
			strerror(-rc));
		config_clear(&config);
		return;
	}
	d->creator = call;
	d->start_paused = param_bool(params, "paused");
	create_start(d);
}

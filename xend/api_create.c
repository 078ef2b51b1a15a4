/* SPDX-License-Identifier: GPL-2.0-only */
/* api_create.c: domain.create: everything that can be refused is refused before anything is made. */
#include "xend/api.h"
#include "xend/device.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
	rc = devices_check(config, why, sizeof(why));
	if (rc) {
		rpc_error(call, RPC_PARAMS, rc, name, "domain %.255s: %.500s", name, why);
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
		rc = memory_check(core, config, why, sizeof(why));
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

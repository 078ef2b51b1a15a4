/* SPDX-License-Identifier: GPL-2.0-only */
/* api.c: the method table, and finding the domain that a request names. */
#include "xend/api.h"

#include <errno.h>

const struct rpc_method api_methods[] = {
	{ "xend.version", RIGHT_ALL, api_version },
	{ "host.info", RIGHT_ALL, api_host_info, { { "topology", RPC_BOOL } } },
	{ "host.dmesg", RIGHT_ADMIN, api_host_dmesg, { { "clear", RPC_BOOL } } },
	{ "host.debug_keys", RIGHT_ADMIN, api_host_debug_keys, { { "keys", RPC_STRING, true } } },
	{ "host.pools", RIGHT_ALL, api_host_pools },
	{ "host.set_scheduler", RIGHT_ADMIN, api_host_set_scheduler,
		{ { "scheduler", RPC_STRING, true }, { "pool", RPC_STRING }, { "ratelimit_us", RPC_INT },
		  { "tslice_ms", RPC_INT }, { "migration_delay_us", RPC_INT } } },
	{ "domain.create", RIGHT_ADMIN, api_create,
		{ { "config", RPC_OBJECT, true }, { "paused", RPC_BOOL }, { "dry_run", RPC_BOOL } } },
	{ "domain.restore", RIGHT_ADMIN, api_restore,
		{ { "config", RPC_OBJECT, true }, { "fd", RPC_INT, true }, { "format", RPC_STRING },
		  { "paused", RPC_BOOL } } },
	{ "domain.save", RIGHT_ADMIN, api_save,
		{ { "domain", RPC_REF, true }, { "file", RPC_STRING }, { "fd", RPC_INT },
		  { "checkpoint", RPC_BOOL }, { "paused", RPC_BOOL }, { "compress", RPC_BOOL } } },
	{ "domain.suspend", RIGHT_ADMIN, api_suspend,
		{ { "domain", RPC_REF, true }, { "compress", RPC_BOOL } } },
	{ "domain.resume", RIGHT_ADMIN, api_resume,
		{ { "domain", RPC_REF, true }, { "paused", RPC_BOOL } } },
	{ "domain.suspended", RIGHT_ADMIN, api_suspended },
	{ "domain.delete", RIGHT_ADMIN, api_delete, { { "domain", RPC_REF, true } } },
	{ "domain.migrate", RIGHT_ADMIN, api_migrate,
		{ { "domain", RPC_REF, true }, { "host", RPC_STRING, true }, { "port", RPC_INT },
		  { "live", RPC_BOOL }, { "max_downtime_ms", RPC_INT }, { "bandwidth_kib", RPC_INT },
		  { "fd", RPC_INT } } },
	{ "domain.migrate_cancel", RIGHT_ADMIN, api_migrate_cancel,
		{ { "domain", RPC_REF, true }, { "force", RPC_BOOL } } },
	{ "domain.receive", RIGHT_ADMIN, api_receive, { { "fd", RPC_INT, true } } },
	{ "domain.list", RIGHT_FILTER, api_list, { { "domains", RPC_REFS } } },
	{ "domain.info", RIGHT_OWNER, api_info, { { "domain", RPC_REF, true } } },
	{ "domain.vcpus", RIGHT_FILTER, api_vcpus, { { "domains", RPC_REFS } } },
	{ "domain.sched", RIGHT_FILTER, api_sched, { { "domains", RPC_REFS } } },
	{ "domain.set_sched", RIGHT_ADMIN, api_set_sched,
		{ { "domain", RPC_REF, true }, { "scheduler", RPC_STRING }, { "weight", RPC_INT },
		  { "cap", RPC_INT } } },
	{ "domain.set_vcpus", RIGHT_ADMIN, api_set_vcpus,
		{ { "domain", RPC_REF, true }, { "vcpus", RPC_INT, true }, { "ignore_host", RPC_BOOL } } },
	{ "domain.pin", RIGHT_ADMIN, api_pin,
		{ { "domain", RPC_REF, true }, { "vcpu", RPC_INT }, { "hard", RPC_STRING },
		  { "soft", RPC_STRING }, { "force", RPC_BOOL } } },
	{ "domain.set_memory", RIGHT_ADMIN, api_set_memory,
		{ { "domain", RPC_REF, true }, { "memory_kib", RPC_INT, true } } },
	{ "domain.set_maxmem", RIGHT_ADMIN, api_set_maxmem,
		{ { "domain", RPC_REF, true }, { "memory_kib", RPC_INT, true } } },
	{ "domain.sysrq", RIGHT_OWNER, api_sysrq,
		{ { "domain", RPC_REF, true }, { "key", RPC_STRING, true } } },
	{ "domain.trigger", RIGHT_OWNER, api_trigger,
		{ { "domain", RPC_REF, true }, { "trigger", RPC_STRING, true }, { "vcpu", RPC_INT } } },
	{ "domain.dump_core", RIGHT_ADMIN, api_dump_core,
		{ { "domain", RPC_REF, true }, { "file", RPC_STRING }, { "live", RPC_BOOL },
		  { "crash", RPC_BOOL }, { "reset", RPC_BOOL } } },
	{ "domain.pause", RIGHT_OWNER, api_pause, { { "domain", RPC_REF, true } } },
	{ "domain.unpause", RIGHT_OWNER, api_unpause, { { "domain", RPC_REF, true } } },
	{ "domain.destroy", RIGHT_OWNER, api_destroy, { { "domain", RPC_REF, true } } },
	{ "domain.shutdown", RIGHT_OWNER, api_shutdown,
		{ { "domain", RPC_REF, true }, { "mode", RPC_STRING }, { "wait", RPC_BOOL } } },
	{ "domain.rename", RIGHT_ADMIN, api_rename,
		{ { "domain", RPC_REF, true }, { "name", RPC_STRING, true } } },
	{ "device.attach", RIGHT_ADMIN, api_device_attach,
		{ { "domain", RPC_REF, true }, { "class", RPC_STRING, true }, { "spec", RPC_STRING, true } } },
	{ "device.detach", RIGHT_ADMIN, api_device_detach,
		{ { "domain", RPC_REF, true }, { "class", RPC_STRING, true }, { "device", RPC_STRING, true },
		  { "force", RPC_BOOL } } },
	{ "device.resize", RIGHT_ADMIN, api_device_resize,
		{ { "domain", RPC_REF, true }, { "class", RPC_STRING, true }, { "device", RPC_STRING, true },
		  { "bytes", RPC_INT } } },
	{ "device.list", RIGHT_OWNER, api_device_list,
		{ { "domain", RPC_REF, true }, { "class", RPC_STRING, true } } },
	{ "image.create", RIGHT_ADMIN, api_image_create,
		{ { "name", RPC_STRING, true }, { "image", RPC_OBJECT, true } } },
	{ "image.clone", RIGHT_ADMIN, api_image_clone,
		{ { "name", RPC_STRING, true }, { "from", RPC_STRING, true }, { "image", RPC_OBJECT } } },
	{ "image.list", RIGHT_ADMIN, api_image_list },
	{ "image.delete", RIGHT_ADMIN, api_image_delete, { { "name", RPC_STRING, true } } },
	{ "console.attach", RIGHT_OWNER, api_console_attach,
		{ { "domain", RPC_REF, true }, { "number", RPC_INT }, { "readonly", RPC_BOOL },
		  { "takeover", RPC_BOOL }, { "backlog", RPC_BOOL }, { "lines", RPC_INT }, { "kib", RPC_INT },
		  { "ended", RPC_BOOL } } },
	{ "console.list", RIGHT_OWNER, api_console_list, { { "domain", RPC_REF, true } } },
	{ "events.subscribe", RIGHT_OWNER, api_events_subscribe, { { "domain", RPC_REF } } },
	{ NULL },
};

bool param_bool(struct json_object *params, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(params, name, &v) && json_object_get_boolean(v);
}

const char *param_string(struct json_object *params, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(params, name, &v) ? json_object_get_string(v) : NULL;
}

int64_t param_int(struct json_object *params, const char *name, int64_t otherwise)
{
	struct json_object *v;

	return json_object_object_get_ex(params, name, &v) ? json_object_get_int64(v) : otherwise;
}

static void no_domain(struct rpc_call *call, struct json_object *ref)
{
	const char *text = json_object_get_string(ref);

	rpc_error(call, RPC_NO_DOMAIN, ENOENT, text, "domain '%.255s' does not exist", text);
}

int api_target(struct rpc_call *call, struct json_object *params, struct domain_ref *ret_ref)
{
	struct json_object *ref = NULL;
	int rc;

	json_object_object_get_ex(params, "domain", &ref);
	rc = core_find(rpc_call_arg(call), ref, ret_ref);
	if (rc)
		no_domain(call, ref);
	return rc;
}

int api_own_target(struct rpc_call *call, struct json_object *params, struct domain_ref *ret_ref)
{
	static const char *const doing[] = {
		[DOM_CREATING] = "still being built", [DOM_RUNNING] = "being saved",
		[DOM_TEARDOWN] = "being destroyed",
	};
	struct domain_ref ref;
	int rc = api_target(call, params, &ref);

	if (rc)
		return rc;
	if (!ref.d) {
		rpc_error(call, RPC_STATE, EINVAL, ref_name(&ref), "domain %s: %s: not possible, %s",
			ref_name(&ref), rpc_call_method(call),
			ref.foreign->domid ? "xend did not make this domain" : "this is dom0");
		return -EINVAL;
	}
	if (ref.d->state != DOM_RUNNING || ref.d->save || ref.d->migrate) {
		rpc_error(call, RPC_STATE, EBUSY, ref.d->cfg.name,
			"domain %s: %s: not possible, it is %s", ref.d->cfg.name,
			rpc_call_method(call),
			ref.d->state == DOM_RUNNING && ref.d->migrate ? "being moved to another host"
								      : doing[ref.d->state]);
		return -EBUSY;
	}
	*ret_ref = ref;
	return 0;
}

int api_live_target(struct rpc_call *call, struct json_object *params, struct domain_ref *ret_ref)
{
	struct domain_ref ref;
	int rc = api_target(call, params, &ref);

	if (rc)
		return rc;
	if (ref.d && ref.d->state != DOM_RUNNING)
		return api_own_target(call, params, ret_ref);	/* which says why not */
	if (!ref.live || ref.info.dying) {
		rpc_error(call, RPC_STATE, EBUSY, ref_name(&ref), "domain %s: %s: not possible, it is "
			"being destroyed", ref_name(&ref), rpc_call_method(call));
		return -EBUSY;
	}
	*ret_ref = ref;
	return 0;
}

bool api_may_see(struct rpc_call *call, const struct domain *d)
{
	const struct rpc_peer *peer = rpc_call_peer(call);

	return peer->admin || (d && d->cfg.owner >= 0 && d->cfg.owner == (int64_t)peer->uid);
}

/* To strangers a domain that is not theirs and one that does not exist look the same. */
int api_check_owner(struct rpc_call *call, struct json_object *ref)
{
	struct domain_ref r;

	if (core_find_ours(rpc_call_arg(call), ref, &r) == 0 && api_may_see(call, r.d))
		return 0;
	rpc_error(call, RPC_ACCESS, EACCES, NULL,
		"%s: uid %u is not the owner of domain '%.255s' (root, group xen and the owner may)",
		rpc_call_method(call), rpc_call_peer(call)->uid, json_object_get_string(ref));
	return -EACCES;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* api_stream.c: methods that turn a connection into a stream: consoles and events. */
#include "xend/api.h"
#include "xend/hvc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The log of a domain that is no more, if that was asked for and is there. Only to admins: nobody knows
 * whose it was. */
static bool attach_ended(struct rpc_call *call, struct json_object *params, const struct console_view *view)
{
	struct core *core = rpc_call_arg(call);
	int64_t number = param_int(params, "number", 0);
	char name[CONFIG_NAME_MAX + 8];
	struct json_object *ref, *result;
	struct bufferevent *bev;
	struct domain_ref r;

	json_object_object_get_ex(params, "domain", &ref);
	if (!param_bool(params, "ended") || !rpc_call_peer(call)->admin ||
	    !config_name_ok(json_object_get_string(ref)) || core_find(core, ref, &r) == 0)
		return false;
	snprintf(name, sizeof(name), number ? "%s#%d" : "%s", json_object_get_string(ref), (int)number);
	if (!console_log_there(core->consoles, name))
		return false;
	result = json_object_new_object();
	json_object_object_add(result, "writer", json_object_new_boolean(false));
	json_object_object_add(result, "ended", json_object_new_boolean(true));
	bev = rpc_take_stream(call, result);
	if (bev)
		console_show_log(core->consoles, name, bev, view);
	return true;
}

/* A domain that has consoles; NULL: the call was answered. */
static struct domain *console_target(struct rpc_call *call, struct json_object *params)
{
	struct domain_ref r;

	if (api_target(call, params, &r))
		return NULL;
	if (!r.d)
		rpc_error(call, RPC_STATE, EINVAL, ref_name(&r), "domain %s: console: %s",
			ref_name(&r), r.foreign->domid ? "xend did not make this domain"
						       : "dom0 has none");
	return r.d;
}

void api_console_attach(struct rpc_call *call, struct json_object *params)
{
	struct console_view view = {
		.readonly = param_bool(params, "readonly"), .takeover = param_bool(params, "takeover"),
		.backlog = param_bool(params, "backlog"),
		.lines = param_int(params, "lines", -1), .kib = param_int(params, "kib", -1),
	};
	int64_t number = param_int(params, "number", 0);
	struct json_object *result;
	struct bufferevent *bev;
	struct console *con;
	struct domain *d;

	if (attach_ended(call, params, &view))
		return;
	d = console_target(call, params);
	if (!d)
		return;
	con = domain_console(d, number);
	if (!con || console_full(con)) {
		if (con)
			rpc_error(call, RPC_STATE, EBUSY, d->cfg.name,
				"domain %s: console: too many readers are attached", d->cfg.name);
		else
			rpc_error(call, RPC_STATE, ENODEV, d->cfg.name,
				"domain %s: console: there is no number %lld; the last is %u", d->cfg.name,
				(long long)number, d->hvc_count);
		return;
	}
	result = json_object_new_object();
	json_object_object_add(result, "writer", json_object_new_boolean(console_writes(con, &view)));
	bev = rpc_take_stream(call, result);
	if (bev)
		console_add_reader(con, bev, &view);
}

void api_console_list(struct rpc_call *call, struct json_object *params)
{
	struct domain *d = console_target(call, params);

	if (d)
		rpc_result(call, hvcs_describe(d));
}

void api_events_subscribe(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	struct rpc_conn *conn = rpc_call_conn(call);
	const char *uuid = NULL;
	struct domain_ref r;
	int rc;

	if (json_object_object_get_ex(params, "domain", NULL)) {
		if (api_target(call, params, &r))
			return;
		if (!r.d) {
			rpc_error(call, RPC_STATE, EINVAL, ref_name(&r),
				"domain %s: events: xend did not make this domain", ref_name(&r));
			return;
		}
		uuid = r.d->cfg.uuid;
	}
	rc = subscriber_add(core, conn, uuid);
	if (rc)
		rpc_error(call, RPC_FAILED, rc, NULL, "events.subscribe: %s", strerror(-rc));
	else
		rpc_result(call, NULL);
}

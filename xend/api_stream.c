/* SPDX-License-Identifier: GPL-2.0-only */
/* api_stream.c: methods that turn a connection into a stream: consoles and events. */
#include "xend/api.h"

#include <errno.h>
#include <string.h>

void api_console_attach(struct rpc_call *call, struct json_object *params)
{
	bool readonly = param_bool(params, "readonly"), backlog = param_bool(params, "backlog");
	struct bufferevent *bev;
	struct domain_ref r;

	if (api_target(call, params, &r))
		return;
	if (!r.d) {
		rpc_error(call, RPC_STATE, EINVAL, ref_name(&r), "domain %s: console: %s",
			ref_name(&r), r.foreign->domid ? "xend did not make this domain"
						       : "dom0 has none");
		return;
	}
	if (console_full(r.d->console)) {
		rpc_error(call, RPC_STATE, EBUSY, r.d->cfg.name,
			"domain %s: console: too many readers are attached", r.d->cfg.name);
		return;
	}
	bev = rpc_take_stream(call);
	if (bev)
		console_add_reader(r.d->console, bev, readonly, backlog);
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

/* SPDX-License-Identifier: GPL-2.0-only */
/* api_migrate.c: domain.migrate, its cancelling, and domain.receive, the other end over ssh. */
#include "xend/api.h"
#include "xend/migrate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool numbers_ok(struct json_object *params)
{
	int64_t port = param_int(params, "port", MIGRATE_PORT);

	return port > 0 && port < 65536 && param_int(params, "max_downtime_ms", 1) > 0 &&
	       param_int(params, "max_downtime_ms", 1) <= 3600000 &&
	       param_int(params, "bandwidth_kib", 1) > 0 && param_int(params, "bandwidth_kib", 1) < 1LL << 40;
}

void api_migrate(struct rpc_call *call, struct json_object *params)
{
	struct migrate_params p = {
		.port = (unsigned int)param_int(params, "port", MIGRATE_PORT), .fd = -1,
		.live = param_bool(params, "live"),
		.downtime_ms = (unsigned int)param_int(params, "max_downtime_ms", PACE_DOWNTIME_MS),
		.strict = json_object_object_get_ex(params, "max_downtime_ms", NULL),
		.limit = (uint64_t)param_int(params, "bandwidth_kib", 0) << 10,
		.host = (char *)(uintptr_t)param_string(params, "host"),
		.direct = !json_object_object_get_ex(params, "fd", NULL),
	};
	struct domain_ref r;

	if (!numbers_ok(params) || !*p.host) {
		rpc_error(call, RPC_PARAMS, EINVAL, NULL, "domain.migrate: host, port, max_downtime_ms (at most "
			"an hour) or bandwidth_kib is out of range");
		return;
	}
	if (api_save_target(call, params, "migrate", &r))
		return;
	if (!p.direct) {
		p.fd = api_peer_fd(call, param_int(params, "fd", -1));
		if (p.fd < 0) {
			rpc_error(call, RPC_FAILED, p.fd, r.d->cfg.name, "domain %s: migrate: descriptor %d: %s",
				r.d->cfg.name, (int)param_int(params, "fd", -1), strerror(-p.fd));
			return;
		}
	}
	migrate_start(r.d, call, &p);
}

void api_migrate_cancel(struct rpc_call *call, struct json_object *params)
{
	struct domain_ref r;
	int rc;

	if (api_target(call, params, &r))
		return;
	if (!r.d || !r.d->migrate) {
		rpc_error(call, RPC_STATE, EINVAL, ref_name(&r), "domain %s: it is not on its way to another host",
			ref_name(&r));
		return;
	}
	rc = param_bool(params, "force") ? migrate_force(r.d) : -EBUSY;
	if (rc)
		rc = migrate_stop(r.d, -ECANCELED, "it was cancelled");
	if (rc)
		rpc_error(call, RPC_STATE, EBUSY, r.d->cfg.name, "domain %s: that host has been told to start it "
			"already, and may have done so", r.d->cfg.name);
	else
		rpc_result(call, NULL);
}

void api_receive(struct rpc_call *call, struct json_object *params)
{
	int fd = api_peer_fd(call, param_int(params, "fd", -1)), rc = fd < 0 ? fd : 0;
	char who[64];

	snprintf(who, sizeof(who), "process %d", (int)rpc_call_peer(call)->pid);
	if (!rc)
		rc = receive_start(rpc_call_arg(call), fd, who);
	if (rc)
		rpc_error(call, RPC_FAILED, rc, NULL, "domain.receive: %s", strerror(-rc));
	else
		rpc_result(call, NULL);
}

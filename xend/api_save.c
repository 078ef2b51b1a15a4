/* SPDX-License-Identifier: GPL-2.0-only */
/* api_save.c: domain.save: what can be refused is refused before the guest is asked. */
#include "xend/api.h"

#include <errno.h>
#include <string.h>

static const char *not_possible(const struct domain_ref *r)
{
	if (r->d->preserved || (r->live && r->info.shutdown))
		return "it has shut down";
	if (r->d->dumping)
		return "its memory is being dumped";
	if (r->live && r->info.paused)
		return "it is paused, and has to suspend itself: unpause it first";
	return NULL;
}

int api_save_target(struct rpc_call *call, struct json_object *params, const char *doing,
	struct domain_ref *ret_ref)
{
	int rc = api_own_target(call, params, ret_ref);
	const char *why = rc ? NULL : not_possible(ret_ref);

	if (!why)
		return rc;
	rpc_error(call, RPC_STATE, EINVAL, ret_ref->d->cfg.name, "domain %s: %s: not possible, %s",
		ret_ref->d->cfg.name, doing, why);
	return -EINVAL;
}

void api_save(struct rpc_call *call, struct json_object *params)
{
	struct save_options o = {
		.file = param_string(params, "file"), .fd = -1,
		.checkpoint = param_bool(params, "checkpoint"),
		.paused = param_bool(params, "paused"),
		.compress = param_bool(params, "compress"),
	};
	bool stream = json_object_object_get_ex(params, "fd", NULL);
	struct domain_ref r;

	if (stream == !!o.file || (o.file && o.file[0] != '/')) {
		rpc_error(call, RPC_PARAMS, EINVAL, NULL, "domain.save: give a file (an absolute path) "
			"or a descriptor, fd");
		return;
	}
	if (api_save_target(call, params, "save", &r))
		return;
	if (stream) {
		o.fd = api_peer_fd(call, param_int(params, "fd", -1));
		if (o.fd < 0) {
			rpc_error(call, RPC_FAILED, o.fd, r.d->cfg.name, "domain %s: save: descriptor "
				"%d of process %d: %s", r.d->cfg.name, (int)param_int(params, "fd", -1),
				(int)rpc_call_peer(call)->pid, strerror(-o.fd));
			return;
		}
	}
	save_start(r.d, call, &o);
}

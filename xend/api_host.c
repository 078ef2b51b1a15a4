/* SPDX-License-Identifier: GPL-2.0-only */
/* api_host.c: methods about xend and the host. */
#include "xend/api.h"
#include "xend/version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void add(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

void api_version(struct rpc_call *call, struct json_object *params)
{
	struct json_object *o = json_object_new_object();

	add(o, "name", "xend");
	add(o, "version", XEND_VERSION);
	json_object_object_add(o, "pid", json_object_new_int(getpid()));
	rpc_result(call, o);
}

void api_host_info(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	struct json_object *o = json_object_new_object();
	struct utsname u;
	int rc;

	if (uname(&u) == 0) {
		add(o, "host", u.nodename);
		add(o, "release", u.release);
		add(o, "version", u.version);
		add(o, "machine", u.machine);
	}
	rc = core->ops->host_info(core->be, o);
	if (!rc && param_bool(params, "topology"))
		rc = core->ops->topology(core->be, o);
	if (rc) {
		json_object_put(o);
		rpc_error(call, RPC_FAILED, rc, NULL, "host.info: the hypervisor says: %s",
			strerror(-rc));
		return;
	}
	json_object_object_add(o, "xend_config_format", json_object_new_int(4));
	rpc_result(call, o);
}

void api_host_dmesg(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	struct json_object *o;
	char *text = NULL;
	int rc = core->ops->dmesg(core->be, param_bool(params, "clear"), &text);

	if (rc) {
		rpc_error(call, RPC_FAILED, rc, NULL, "host.dmesg: %s", strerror(-rc));
		return;
	}
	/* The hypervisor's text may have any byte; JSON must be UTF-8. */
	for (char *p = text; *p; p++)
		if ((*p & 0x80) || (*p < ' ' && *p != '\n' && *p != '\t' && *p != '\r'))
			*p = '?';
	o = json_object_new_object();
	add(o, "text", text);
	free(text);
	rpc_result(call, o);
}

void api_host_debug_keys(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	const char *keys = param_string(params, "keys");
	int rc = *keys ? core->ops->debug_keys(core->be, keys) : -EINVAL;

	if (!*keys)
		rpc_error(call, RPC_PARAMS, EINVAL, NULL, "no debug key is named");
	else if (rc)
		rpc_error(call, RPC_FAILED, rc, NULL, "debug keys '%.64s': %s", keys, strerror(-rc));
	else
		rpc_result(call, NULL);
}

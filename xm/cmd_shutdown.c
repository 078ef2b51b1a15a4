/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_shutdown.c: shutdown and reboot, of one domain or of all. */
#include "xm/cmds.h"
#include "xm/rpc.h"

#include <errno.h>
#include <stdlib.h>

static struct json_object *request(const char *domain, const char *mode, bool wait)
{
	struct json_object *o = xm_params("domain", domain);

	json_object_object_add(o, "mode", json_object_new_string(mode));
	json_object_object_add(o, "wait", json_object_new_boolean(wait));
	return o;
}

/* Answers in whatever order the domains end; each error is said. */
static int collect(struct xm_run *x, size_t count)
{
	struct rpc_message m;
	int rc, exit_code = XM_OK;

	while (count) {
		rc = rpc_receive(x->rpc, &m);
		if (rc)
			return xm_rpc_failed(x->rpc, rc, NULL);
		if (m.id < 0 && !m.error.code) {
			json_object_put(m.body);
			continue;
		}
		count--;
		if (m.error.code) {
			rpc_set_error(x->rpc, &m.error);
			/* A domain that went meanwhile is what was asked for. */
			if (m.error.code != RPC_NO_DOMAIN)
				exit_code = xm_rpc_failed(x->rpc, -EREMOTEIO, NULL);
		}
		json_object_put(m.body);
	}
	return exit_code;
}

/* All that run, but dom0; asked at once, waited for together. */
static int all(struct xm_run *x, const char *mode, bool wait)
{
	struct json_object *list = NULL;
	size_t sent = 0;
	int64_t id;
	int rc = xm_call(x, "domain.list", NULL, &list), send_rc = 0;

	if (rc)
		return rc;
	for (size_t i = 0; !send_rc && json_object_is_type(list, json_type_array) &&
			i < json_object_array_length(list); i++) {
		struct json_object *d = json_object_array_get_idx(list, i);
		struct json_object *flags = xm_get(d, "flags");

		/* Those of others have no configuration; xend cannot ask them. */
		if (xm_int(d, "domid", 0) == 0 || !xm_get(d, "config") || xm_bool(flags, "shutdown") ||
		    xm_bool(flags, "crashed") || xm_bool(flags, "dying"))
			continue;
		send_rc = rpc_send(x->rpc, "domain.shutdown", request(xm_string(d, "uuid", ""), mode,
			wait), &id);
		sent += !send_rc;
	}
	json_object_put(list);
	rc = collect(x, sent);
	return send_rc && !rc ? xm_rpc_failed(x->rpc, send_rc, NULL) : rc;
}

static int shut(struct xm_run *x, const char *mode)
{
	bool wait = xm_opt(x, "wait") != NULL;
	struct json_object *result = NULL;
	int rc;

	if (!x->argc == !xm_opt(x, "all")) {
		xm_error(x->argc ? "'xm %s': name a domain or give -a, not both."
				 : "'xm %s' requires 1 argument.", x->cmd->name);
		fprintf(stderr, "\n");
		xm_usage(x->cmd, stderr);
		return XM_FAILED;
	}
	if (!x->argc)
		return all(x, mode, wait);
	rc = xm_call(x, "domain.shutdown", request(x->argv[0], mode, wait), &result);
	json_object_put(result);
	return rc;
}

static int run_shutdown(struct xm_run *x)
{
	if (xm_opt(x, "halt") && xm_opt(x, "reboot"))
		return xm_error("'xm shutdown': -H and -R exclude each other.");
	return shut(x, xm_opt(x, "halt") ? "halt" : xm_opt(x, "reboot") ? "reboot" : "poweroff");
}

static int run_reboot(struct xm_run *x)
{
	return shut(x, "reboot");
}

const struct xm_cmd cmd_shutdown = {
	.name = "shutdown", .min = 0, .max = 1, .domains = true,
	.usage = "[-wHR] <Domain>|-a", .help = "ask a domain to shut down",
	.opts = {
		{ 'a', "all", NULL, "all domains but domain 0" },
		{ 'w', "wait", NULL, "until it has ended (or restarted, or is preserved)" },
		{ 'H', "halt", NULL, "halt instead of power off" },
		{ 'R', "reboot", NULL, "reboot" },
	},
	.run = run_shutdown,
};

const struct xm_cmd cmd_reboot = {
	.name = "reboot", .min = 0, .max = 1, .domains = true,
	.usage = "[-w] <Domain>|-a", .help = "ask a domain to reboot",
	.opts = {
		{ 'a', "all", NULL, "all domains but domain 0" },
		{ 'w', "wait", NULL, "until it has restarted" },
	},
	.run = run_reboot,
};

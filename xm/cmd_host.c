/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_host.c: the machine: info, dmesg, debug-keys. */
#include "xm/cmds.h"
#include "xm/format.h"

static int run_info(struct xm_run *x)
{
	struct json_object *params = xm_params(NULL, NULL), *info = NULL;
	bool numa = xm_opt(x, "numa") != NULL;
	int rc;

	if (numa)
		json_object_object_add(params, "topology", json_object_new_boolean(true));
	rc = xm_call(x, "host.info", params, &info);

	if (rc)
		return rc;
	if (x->json)
		xm_print_json(stdout, info);
	else
		format_info(stdout, info);
	if (!x->json && numa)
		format_topology(stdout, info);
	json_object_put(info);
	return XM_OK;
}

static int run_dmesg(struct xm_run *x)
{
	struct json_object *params = xm_params(NULL, NULL), *answer = NULL;
	int rc;

	if (xm_opt(x, "clear"))
		json_object_object_add(params, "clear", json_object_new_boolean(true));
	rc = xm_call(x, "host.dmesg", params, &answer);
	if (rc)
		return rc;
	if (x->json)
		xm_print_json(stdout, answer);
	else
		fputs(xm_string(answer, "text", ""), stdout);
	json_object_put(answer);
	return XM_OK;
}

static int run_debug_keys(struct xm_run *x)
{
	struct json_object *answer = NULL;
	int rc = xm_call(x, "host.debug_keys", xm_params("keys", x->argv[0]), &answer);

	json_object_put(answer);
	return rc;
}

const struct xm_cmd cmd_info = {
	.name = "info", .min = 0, .max = 0, .json = true,
	.usage = "[-n]", .help = "print what the machine and the hypervisor are",
	.opts = { { 'n', "numa", NULL, "and which CPU, device and memory is on which node" } },
	.run = run_info,
};

const struct xm_cmd cmd_dmesg = {
	.name = "dmesg", .min = 0, .max = 0, .json = true,
	.usage = "[-c]", .help = "print the hypervisor's messages",
	.opts = { { 'c', "clear", NULL, "and forget them" } },
	.run = run_dmesg,
};

const struct xm_cmd cmd_debug_keys = {
	.name = "debug-keys", .min = 1, .max = 1,
	.usage = "<Keys>", .help = "send debug keys to the hypervisor", .run = run_debug_keys,
};

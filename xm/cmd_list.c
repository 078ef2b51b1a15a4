/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_list.c: what runs: list, vcpu-list, uptime. */
#include "xm/cmds.h"
#include "xm/format.h"

static int run_list(struct xm_run *x)
{
	struct json_object *list = NULL;
	int rc = xm_call(x, "domain.list", xm_domain_list(x->argc, x->argv), &list);

	if (rc)
		return rc;
	if (x->json)
		xm_print_json(stdout, list);
	else if (xm_opt(x, "long"))
		format_list_long(stdout, list);
	else
		format_list(stdout, list);
	json_object_put(list);
	return XM_OK;
}

static int run_vcpu_list(struct xm_run *x)
{
	struct json_object *list = NULL;
	int rc = xm_call(x, "domain.vcpus", xm_domain_list(x->argc, x->argv), &list);

	if (rc)
		return rc;
	if (x->json)
		xm_print_json(stdout, list);
	else
		format_vcpus(stdout, list);
	json_object_put(list);
	return XM_OK;
}

static int run_uptime(struct xm_run *x)
{
	struct json_object *list = NULL;
	int rc = xm_call(x, "domain.list", xm_domain_list(x->argc, x->argv), &list);

	if (rc)
		return rc;
	if (x->json)
		format_uptime_json(stdout, list);
	else
		format_uptime(stdout, list, xm_opt(x, "short") != NULL, time(NULL));
	json_object_put(list);
	return XM_OK;
}

const struct xm_cmd cmd_list = {
	.name = "list", .min = 0, .max = XM_ANY, .json = true, .domains = true,
	.usage = "[-l] [<Domain>...]", .help = "list domains",
	.opts = { { 'l', "long", NULL, "everything about them, as S-expressions" } },
	.run = run_list,
};

const struct xm_cmd cmd_vcpu_list = {
	.name = "vcpu-list", .min = 0, .max = XM_ANY, .json = true, .domains = true,
	.usage = "[<Domain>...]", .help = "list the vcpus of domains",
	.run = run_vcpu_list,
};

const struct xm_cmd cmd_uptime = {
	.name = "uptime", .min = 0, .max = XM_ANY, .json = true, .domains = true,
	.usage = "[-s] [<Domain>...]", .help = "print how long domains have been running",
	.opts = { { 's', "short", NULL, "in one line each, as uptime(1) does" } },
	.run = run_uptime,
};

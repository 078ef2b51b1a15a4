/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_list.c: what runs: list, vcpu-list, uptime. */
#include "xm/cmds.h"
#include "xm/format.h"

#include <string.h>

static int list_suspended(struct xm_run *x)
{
	struct json_object *list = NULL;
	int rc;

	if (x->argc || xm_opt(x, "long"))
		return xm_error("'xm list --state=suspended' lists all, and in short.");
	rc = xm_call(x, "domain.suspended", NULL, &list);
	if (!rc && x->json)
		xm_print_json(stdout, list);
	else if (!rc)
		format_suspended(stdout, list);
	json_object_put(list);
	return rc;
}

static int run_list(struct xm_run *x)
{
	const char *state = xm_opt(x, "state");
	struct json_object *list = NULL;
	int rc;

	if (state && strcmp(state, "suspended"))
		return xm_error("'xm list --state': suspended is the only state to choose by.");
	if (state)
		return list_suspended(x);
	rc = xm_call(x, "domain.list", xm_domain_list(x->argc, x->argv), &list);
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
	.opts = { { 'l', "long", NULL, "everything about them, as S-expressions" },
		  { 0, "state", "STATE", "suspended: those that were put away by xm suspend" } },
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

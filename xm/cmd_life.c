/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_life.c: commands on one domain's life: pause, unpause, destroy, rename. */
#include "xm/cmds.h"

static int run_pause(struct xm_run *x)
{
	return xm_call_domain(x, "domain.pause", x->argv[0]);
}

static int run_unpause(struct xm_run *x)
{
	return xm_call_domain(x, "domain.unpause", x->argv[0]);
}

static int run_destroy(struct xm_run *x)
{
	return xm_call_domain(x, "domain.destroy", x->argv[0]);
}

static int run_rename(struct xm_run *x)
{
	struct json_object *params = xm_params("domain", x->argv[0]), *result = NULL;
	int rc;

	json_object_object_add(params, "name", json_object_new_string(x->argv[1]));
	rc = xm_call(x, "domain.rename", params, &result);
	json_object_put(result);
	return rc;
}

const struct xm_cmd cmd_pause = {
	.name = "pause", .min = 1, .max = 1, .domains = true,
	.usage = "<Domain>", .help = "stop a domain's vcpus", .run = run_pause,
};

const struct xm_cmd cmd_unpause = {
	.name = "unpause", .min = 1, .max = 1, .domains = true,
	.usage = "<Domain>", .help = "let a paused domain go on", .run = run_unpause,
};

const struct xm_cmd cmd_destroy = {
	.name = "destroy", .min = 1, .max = 1, .domains = true,
	.usage = "<Domain>", .help = "end a domain at once", .run = run_destroy,
};

const struct xm_cmd cmd_rename = {
	.name = "rename", .min = 2, .max = 2, .domains = true,
	.usage = "<Domain> <NewName>", .help = "give a domain another name", .run = run_rename,
};

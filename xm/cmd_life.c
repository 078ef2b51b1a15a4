/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_life.c: commands on one domain's life: pause, unpause, destroy, rename, dump-core. */
#include "xm/cmds.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

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

static int run_dump_core(struct xm_run *x)
{
	static const char *const flags[] = { "live", "crash", "reset" };
	struct json_object *params, *result = NULL;
	char cwd[PATH_MAX] = "", path[2 * PATH_MAX];
	int rc;

	if (xm_opt(x, "crash") && xm_opt(x, "reset"))
		return xm_error("'xm dump-core': -C and -R exclude each other.");
	params = xm_params("domain", x->argv[0]);
	if (x->argc > 1) {
		if (x->argv[1][0] != '/' && !getcwd(cwd, sizeof(cwd))) {
			json_object_put(params);
			return xm_error("'%s': there is no present folder.", x->argv[1]);
		}
		snprintf(path, sizeof(path), "%s%s%s", cwd, x->argv[1][0] == '/' ? "" : "/", x->argv[1]);
		json_object_object_add(params, "file", json_object_new_string(path));
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (xm_opt(x, flags[i]))
			json_object_object_add(params, flags[i], json_object_new_boolean(true));
	rc = xm_call(x, "domain.dump_core", params, &result);
	if (rc)
		return rc;
	if (x->json)
		xm_print_json(stdout, result);
	else
		printf("Dumped core of domain %s to %s\n", x->argv[0], xm_string(result, "file", ""));
	json_object_put(result);
	return XM_OK;
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

const struct xm_cmd cmd_dump_core = {
	.name = "dump-core", .min = 1, .max = 2, .json = true, .domains = true,
	.usage = "[-L] [-C|-R] <Domain> [<File>]", .help = "write a domain's memory to a file",
	.opts = {
		{ 'L', "live", NULL, "let it run meanwhile" },
		{ 'C', "crash", NULL, "and end it" },
		{ 'R', "reset", NULL, "and start it anew" },
	},
	.run = run_dump_core,
};

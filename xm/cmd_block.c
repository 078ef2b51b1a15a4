/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_block.c: a domain's disks: block-attach, block-detach, block-list. */
#include "xm/cmds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *device_params(struct xm_run *x)
{
	struct json_object *o = xm_params("domain", x->argv[0]);

	json_object_object_add(o, "class", json_object_new_string("vbd"));
	return o;
}

/* One specification, or its fields as operands of their own: xm's BACK FRONT MODE, xl's disk parts. */
static struct json_object *joined(int argc, char **argv)
{
	struct json_object *o;
	size_t size = 1;
	char *text;

	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	text = calloc(1, size);
	for (int i = 0; text && i < argc; i++) {
		strcat(text, i ? "," : "");
		strcat(text, argv[i]);
	}
	o = json_object_new_string(text ? text : "");
	free(text);
	return o;
}

static int run_attach(struct xm_run *x)
{
	struct json_object *params = device_params(x), *answer = NULL;
	int rc;

	json_object_object_add(params, "spec", joined(x->argc - 1, x->argv + 1));
	rc = xm_call(x, "device.attach", params, &answer);
	if (!rc && x->json)
		xm_print_json(stdout, answer);
	json_object_put(answer);
	return rc;
}

static int run_detach(struct xm_run *x)
{
	struct json_object *params = device_params(x), *answer = NULL;
	int rc;

	json_object_object_add(params, "device", json_object_new_string(x->argv[1]));
	json_object_object_add(params, "force", json_object_new_boolean(xm_opt(x, "force") != NULL));
	rc = xm_call(x, "device.detach", params, &answer);
	json_object_put(answer);
	return rc;
}

static void print_row(struct json_object *d)
{
	printf("%-5lld %-3lld %-6lld %-5lld %-6lld %-8lld %-30s\n", (long long)xm_int(d, "devid", -1),
		(long long)xm_int(d, "backend_id", -1), (long long)xm_int(d, "devid", -1),
		(long long)xm_int(d, "state", -1), (long long)xm_int(d, "event_channel", -1),
		(long long)xm_int(d, "ring_ref", -1), xm_string(d, "backend", "-"));
}

static int run_list(struct xm_run *x)
{
	struct json_object *list = NULL;
	int rc = xm_call(x, "device.list", device_params(x), &list);
	size_t count = rc ? 0 : json_object_array_length(list);

	if (!rc && x->json)
		xm_print_json(stdout, list);
	else if (count)
		printf("%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE", "handle", "state", "evt-ch",
			"ring-ref", "BE-path");
	for (size_t i = 0; !x->json && i < count; i++)
		print_row(json_object_array_get_idx(list, i));
	json_object_put(list);
	return rc;
}

const struct xm_cmd cmd_block_attach = {
	.name = "block-attach", .aliases = { "vbd-create" }, .min = 2, .max = 6, .json = true,
	.domains = true, .usage = "<Domain> <Disk> | <Domain> <BackDev> <FrontDev> <Mode>",
	.help = "give a running domain a disk", .run = run_attach,
};

const struct xm_cmd cmd_block_detach = {
	.name = "block-detach", .aliases = { "vbd-destroy" }, .min = 2, .max = 2, .domains = true,
	.usage = "[-f] <Domain> <FrontDev>", .help = "take a disk from a domain",
	.opts = { { 'f', "force", NULL, "even if the guest uses it" } },
	.run = run_detach,
};

const struct xm_cmd cmd_block_list = {
	.name = "block-list", .aliases = { "vbd-list" }, .min = 1, .max = 1, .json = true,
	.domains = true, .usage = "<Domain>", .help = "print a domain's disks", .run = run_list,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_network.c: a domain's network interfaces: network-attach, network-detach, network-list. */
#include "xm/cmds.h"

#include <stdlib.h>
#include <string.h>

static struct json_object *vif_params(struct xm_run *x)
{
	struct json_object *o = xm_params("domain", x->argv[0]);

	json_object_object_add(o, "class", json_object_new_string("vif"));
	return o;
}

/* The settings, KEY=VALUE each, as one text such as configurations have. */
static struct json_object *settings(int argc, char **argv)
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
	struct json_object *params = vif_params(x), *answer = NULL;
	int rc;

	json_object_object_add(params, "spec", settings(x->argc - 1, x->argv + 1));
	rc = xm_call(x, "device.attach", params, &answer);
	if (!rc && x->json)
		xm_print_json(stdout, answer);
	json_object_put(answer);
	return rc;
}

static int run_detach(struct xm_run *x)
{
	struct json_object *params = vif_params(x), *answer = NULL;
	int rc;

	json_object_object_add(params, "device", json_object_new_string(x->argv[1]));
	json_object_object_add(params, "force", json_object_new_boolean(xm_opt(x, "force") != NULL));
	rc = xm_call(x, "device.detach", params, &answer);
	json_object_put(answer);
	return rc;
}

/* A guest with one channel for each direction has the two in nodes of their own. */
static long long channel_of(struct json_object *d)
{
	return (long long)xm_int(d, "event_channel", xm_int(d, "event_channel_tx", -1));
}

static void print_row(struct json_object *d)
{
	printf("%-3lld %-2lld %-17s %6lld %5lld %6lld %5lld/%-11lld %s\n", (long long)xm_int(d, "devid", -1),
		(long long)xm_int(d, "backend_id", -1), xm_string(d, "mac", "-"),
		(long long)xm_int(d, "handle", -1), (long long)xm_int(d, "state", -1), channel_of(d),
		(long long)xm_int(d, "tx_ring_ref", -1), (long long)xm_int(d, "rx_ring_ref", -1),
		xm_string(d, "backend", "-"));
}

static int run_list(struct xm_run *x)
{
	struct json_object *list = NULL;
	int rc = xm_call(x, "device.list", vif_params(x), &list);
	size_t count = rc ? 0 : json_object_array_length(list);

	if (!rc && x->json)
		xm_print_json(stdout, list);
	else if (count)
		printf("%-3s %-2s %-17s %6s %5s %6s %5s/%-11s %s\n", "Idx", "BE", "MAC Addr.", "handle",
			"state", "evt-ch", "tx-", "rx-ring-ref", "BE-path");
	for (size_t i = 0; !x->json && i < count; i++)
		print_row(json_object_array_get_idx(list, i));
	json_object_put(list);
	return rc;
}

const struct xm_cmd cmd_network_attach = {
	.name = "network-attach", .min = 1, .max = XM_ANY, .json = true, .domains = true,
	.usage = "<Domain> [bridge=<Bridge>] [mac=<Mac>] [ip=<Ip>] [rate=<Rate>] [...]",
	.help = "give a running domain a network interface", .run = run_attach,
};

const struct xm_cmd cmd_network_detach = {
	.name = "network-detach", .min = 2, .max = 2, .domains = true,
	.usage = "[-f] <Domain> <Id|Mac>", .help = "take a network interface from a domain",
	.opts = { { 'f', "force", NULL, "even if the guest uses it" } },
	.run = run_detach,
};

const struct xm_cmd cmd_network_list = {
	.name = "network-list", .aliases = { "vif-list" }, .min = 1, .max = 1, .json = true,
	.domains = true, .usage = "<Domain>", .help = "print a domain's network interfaces",
	.run = run_list,
};

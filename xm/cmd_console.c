/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_console.c: console, channel-list. */
#include "xm/cmds.h"
#include "xm/console.h"

#include <string.h>

static int run_console(struct xm_run *x)
{
	struct console_want want = {
		.readonly = xm_opt(x, "readonly") != NULL, .takeover = xm_opt(x, "write") != NULL, .ended = true,
		.scrollback = xm_opt(x, "scrollback"),
	};
	const char *num = xm_opt(x, "num");
	struct rpc *rpc;
	bool ended;
	int rc;

	if (num && (num[0] < '0' || num[0] > '9' || num[1]))
		return xm_error("Not a console's number (0 to 9): '%s'.", num);
	want.number = num ? num[0] - '0' : 0;
	if (want.readonly && want.takeover)
		return xm_error("--readonly and --write contradict each other.");
	rc = console_attach(x->argv[0], &want, &rpc, &ended);
	if (rc)
		return rc;
	rc = console_run(rpc, x->argv[0], ended || xm_opt(x, "quiet"));
	if (rc || !ended)
		return rc;
	xm_error("Domain '%s' does not exist. That was the end of its console's log.", x->argv[0]);
	return XM_NO_DOMAIN;
}

const struct xm_cmd cmd_console = {
	.name = "console", .min = 1, .max = 1, .domains = true,
	.usage = "[-qrw] [-n <Number>] [-s <Lines>] <Domain>", .help = "attach to a domain's console; Ctrl-] leaves it",
	.opts = {
		{ 'q', "quiet", NULL, "do not say how to leave it" },
		{ 'n', "num", "NUMBER", "which console; 0 is the first" },
		{ 'r', "readonly", NULL, "only look" },
		{ 'w', "write", NULL, "type, even if somebody else does; they only look then" },
		{ 's', "scrollback", "LINES", "first only the last lines, or KiB with a k behind; 0: nothing" },
	},
	.run = run_console,
};

/* As xl's, with the name and the consoles of serial= as well. */
static int run_channel_list(struct xm_run *x)
{
	struct json_object *list = NULL, *o;
	int rc = xm_call(x, "console.list", xm_params("domain", x->argv[0]), &list);

	if (rc)
		return rc;
	if (x->json) {
		xm_print_json(stdout, list);
	} else {
		printf("%-3s %-2s %-5s %-10s %-20s %s\n", "Idx", "BE", "state", "connection", "name", "path");
		for (size_t i = 1; i < json_object_array_length(list); i++) {
			o = json_object_array_get_idx(list, i);
			printf("%-3d %-2d %-5d %-10s %-20s %s\n", (int)xm_int(o, "number", 0), 0,
				xm_bool(o, "connected") ? 4 : 2, xm_string(o, "connection", "-"),
				xm_string(o, "name", "-"), xm_string(o, "path", xm_string(o, "log", "-")));
		}
	}
	json_object_put(list);
	return XM_OK;
}

const struct xm_cmd cmd_channel_list = {
	.name = "channel-list", .min = 1, .max = 1, .domains = true, .json = true,
	.usage = "<Domain>", .help = "list a domain's consoles beside the first, and its channels",
	.run = run_channel_list,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_console.c: console. */
#include "xm/cmds.h"
#include "xm/console.h"

#include <string.h>

static int run_console(struct xm_run *x)
{
	const char *num = xm_opt(x, "num");
	struct rpc *rpc;
	int rc;

	if (num && strcmp(num, "0"))
		return xm_error("Domain '%s' has console 0 only.", x->argv[0]);
	rc = console_attach(x->argv[0], &rpc);
	return rc ? rc : console_run(rpc, x->argv[0], xm_opt(x, "quiet") != NULL);
}

const struct xm_cmd cmd_console = {
	.name = "console", .min = 1, .max = 1, .domains = true,
	.usage = "[-q] <Domain>", .help = "attach to a domain's console; Ctrl-] leaves it",
	.opts = {
		{ 'q', "quiet", NULL, "do not say how to leave it" },
		{ 'n', "num", "NUMBER", "console number; there is 0" },
	},
	.run = run_console,
};

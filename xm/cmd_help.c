/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_help.c: `xm help`: the table in print. */
#include "xm/cmds.h"

#include <string.h>

void xm_help(FILE *to, bool all)
{
	char left[64];

	fprintf(to, "Usage: xm <subcommand> [args]\n\n"
		"Create, control and list guests of the hypervisor.\n\n"
		"xm full list of subcommands:\n\n");
	for (int i = 0; xm_table[i]; i++) {
		snprintf(left, sizeof(left), "%s%s%s", xm_table[i]->name, *xm_table[i]->usage ? " " : "",
			xm_table[i]->usage);
		if (all) {
			fprintf(to, " %s\n", left);
			fprintf(to, "     %c%s.\n", xm_table[i]->help[0] & ~32, xm_table[i]->help + 1);
		} else {
			fprintf(to, " %-22s %c%s.\n", xm_table[i]->name, xm_table[i]->help[0] & ~32,
				xm_table[i]->help + 1);
		}
	}
	fprintf(to, "\n<Domain> can be a name, an id or a uuid. A unique beginning of a subcommand of two\n"
		"characters or more is enough. 'xm help SUBCOMMAND' has its options, xm(1) all of it.\n");
}

/* One line a command: name, operands are domains or not, options; completion and checks read it. */
static void table(FILE *to)
{
	for (int i = 0; xm_table[i]; i++) {
		const struct xm_cmd *c = xm_table[i];

		fprintf(to, "%s %s", c->name, c->domains ? "domains" : "-");
		for (int n = 0; n < XM_OPTS_MAX && c->opts[n].name; n++) {
			if (c->opts[n].letter)
				fprintf(to, " -%c", c->opts[n].letter);
			fprintf(to, " --%s%s", c->opts[n].name, c->opts[n].arg ? "=" : "");
		}
		fprintf(to, "%s -h --help\n", c->json ? " --json" : "");
	}
}

static int run_help(struct xm_run *x)
{
	const struct xm_cmd *cmd;
	bool alias;

	if (xm_opt(x, "table")) {
		table(stdout);
		return XM_OK;
	}
	if (x->argc == 0) {
		xm_help(stdout, xm_opt(x, "long"));
		return XM_OK;
	}
	if (xm_find(xm_table, x->argv[0], &cmd, &alias)) {
		const char *reason = xm_obsolete(x->argv[0]);

		if (reason)
			return xm_error("'xm %s' is not supported: %s.", x->argv[0], reason);
		return xm_error("Subcommand %s not found!", x->argv[0]);
	}
	xm_usage(cmd, stdout);
	return XM_OK;
}

const struct xm_cmd cmd_help = {
	.name = "help", .min = 0, .max = 1, .usage = "[--long] [SUBCOMMAND]",
	.help = "list the subcommands, or explain one",
	.opts = {
		{ 'l', "long", NULL, "with operands and options" },
		{ 0, "table", NULL, "names and options, for completion" },
	},
	.run = run_help,
};

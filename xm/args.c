/* SPDX-License-Identifier: GPL-2.0-only */
/* args.c: options and operands of any command, from its row; usage text from the same row. */
#include "xm/xm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What every command takes, and every one that prints data. */
static const struct xm_opt opt_help = { 'h', "help", NULL, "print this" };
static const struct xm_opt opt_json = { 0, "json", NULL, "print JSON" };

const char *xm_opt(const struct xm_run *x, const char *name)
{
	for (int i = 0; i < XM_OPTS_MAX && x->cmd->opts[i].name; i++)
		if (!strcmp(x->cmd->opts[i].name, name))
			return x->opt[i];
	return NULL;
}

static void usage_option(FILE *to, const struct xm_opt *o)
{
	char left[64];

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
		o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->arg ? "=" : "",
		o->arg ? o->arg : "");
	fprintf(to, "  %-28s %s\n", left, o->help);
}

void xm_usage(const struct xm_cmd *cmd, FILE *to)
{
	fprintf(to, "Usage: xm %s%s%s\n\n%c%s.\n\nOptions:\n", cmd->name, *cmd->usage ? " " : "",
		cmd->usage, cmd->help[0] & ~32, cmd->help + 1);
	for (int i = 0; i < XM_OPTS_MAX && cmd->opts[i].name; i++)
		usage_option(to, &cmd->opts[i]);
	if (cmd->json)
		usage_option(to, &opt_json);
	usage_option(to, &opt_help);
}

int xm_usage_error(const struct xm_cmd *cmd)
{
	const char *bound = cmd->min == cmd->max ? "" : "at least ";

	if (cmd->max == 0)
		xm_error("'xm %s' requires no arguments.", cmd->name);
	else if (cmd->max == XM_ANY || cmd->min == cmd->max)
		xm_error("'xm %s' requires %s%d argument%s.", cmd->name, bound, cmd->min,
			cmd->min == 1 ? "" : "s");
	else
		xm_error("'xm %s' requires %d to %d arguments.", cmd->name, cmd->min, cmd->max);
	fprintf(stderr, "\n");
	xm_usage(cmd, stderr);
	return XM_FAILED;
}

static int bad_option(const struct xm_cmd *cmd, const char *text, const char *option)
{
	xm_error("'xm %s': %s '%s'.", cmd->name, text, option);
	fprintf(stderr, "\n");
	xm_usage(cmd, stderr);
	return XM_FAILED;
}

struct word {
	struct xm_run *x;
	int argc, at;		/* of argv: the word looked at */
	char **argv;
};

/* Takes option number i, or one of the common ones. */
static int take(struct word *w, int i, const char *value)
{
	const struct xm_opt *o = &w->x->cmd->opts[i];

	if (!o->arg) {
		w->x->opt[i] = "";
		return XM_OK;
	}
	if (!value && w->at + 1 < w->argc)
		value = w->argv[++w->at];
	if (!value)
		return bad_option(w->x->cmd, "no value for option", o->name);
	w->x->opt[i] = value;
	return XM_OK;
}

/* --name, --name=value; an unambiguous beginning of the name is not enough. */
static int long_option(struct word *w, const char *arg)
{
	const struct xm_cmd *cmd = w->x->cmd;
	const char *equals = strchr(arg, '=');
	size_t len = equals ? (size_t)(equals - arg) : strlen(arg);

	if (!equals && !strcmp(arg, "help"))
		return -1;
	if (!equals && cmd->json && !strcmp(arg, "json")) {
		w->x->json = true;
		return XM_OK;
	}
	for (int i = 0; i < XM_OPTS_MAX && cmd->opts[i].name; i++) {
		if (strlen(cmd->opts[i].name) != len || strncmp(cmd->opts[i].name, arg, len))
			continue;
		if (equals && !cmd->opts[i].arg)
			return bad_option(cmd, "there is no value for option", cmd->opts[i].name);
		return take(w, i, equals ? equals + 1 : NULL);
	}
	return bad_option(cmd, "unknown option", arg - 2);
}

/* -a, -abc, -fVALUE, -f VALUE */
static int short_options(struct word *w, const char *arg)
{
	const struct xm_cmd *cmd = w->x->cmd;
	char text[3] = "-";
	int i, rc;

	for (; *arg; arg++) {
		if (*arg == 'h')
			return -1;
		for (i = 0; i < XM_OPTS_MAX && cmd->opts[i].name; i++)
			if (cmd->opts[i].letter == *arg)
				break;
		text[1] = *arg;
		if (i == XM_OPTS_MAX || !cmd->opts[i].name)
			return bad_option(cmd, "unknown option", text);
		if (cmd->opts[i].arg)
			return take(w, i, arg[1] ? arg + 1 : NULL);
		rc = take(w, i, NULL);
		if (rc)
			return rc;
	}
	return XM_OK;
}

int xm_args(struct xm_run *x, int argc, char **argv)
{
	struct word w = { .x = x, .argc = argc, .argv = argv };
	bool only_operands = false;
	char *arg;
	int rc;

	x->argv = argv;
	x->argc = 0;
	for (; w.at < argc; w.at++) {
		arg = argv[w.at];
		if (only_operands || arg[0] != '-' || !arg[1]) {
			argv[x->argc++] = arg;	/* never beyond w.at */
			continue;
		}
		if (!strcmp(arg, "--")) {
			only_operands = true;
			continue;
		}
		rc = arg[1] == '-' ? long_option(&w, arg + 2) : short_options(&w, arg + 1);
		if (rc)
			return rc;
	}
	if (x->argc < argc)
		argv[x->argc] = NULL;
	if (x->argc < x->cmd->min || (x->cmd->max != XM_ANY && x->argc > x->cmd->max))
		return xm_usage_error(x->cmd);
	return XM_OK;
}

int64_t xm_size_bytes(const char *text)
{
	static const char units[] = "kmgt";
	const char *unit;
	char *end;
	long long n;
	long shift;

	errno = 0;
	n = strtoll(text, &end, 10);
	unit = *end ? strchr(units, *end | 32) : units + 1;
	if (end == text || errno || n < 1 || !unit || !*unit || (*end && end[1]))
		return -1;
	shift = 10 * (unit - units + 1);
	return n <= INT64_MAX >> shift ? n << shift : -1;
}

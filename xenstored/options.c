/* SPDX-License-Identifier: GPL-2.0-only */
/* options.c: the command line, a row per option. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "xenstored/options.h"

struct option_row {
	char letter;
	const char *name;
	const char *arg; /* NULL: takes none */
	int (*set)(struct options *o, const char *arg, int id);
	int id;
	const char *help;
};

static int set_dir(struct options *o, const char *arg, int id)
{
	o->dir = arg;
	return 0;
}

static int set_pid_file(struct options *o, const char *arg, int id)
{
	o->pid_file = arg;
	return 0;
}

static int set_log_file(struct options *o, const char *arg, int id)
{
	o->log_file = arg;
	return 0;
}

static int set_trace(struct options *o, const char *arg, int id)
{
	o->log_file = arg;
	o->trace = true;
	return 0;
}

static int set_foreground(struct options *o, const char *arg, int id)
{
	o->foreground = true;
	return 0;
}

static int set_print_pid(struct options *o, const char *arg, int id)
{
	o->print_pid = true;
	return 0;
}

static int set_no_kernel(struct options *o, const char *arg, int id)
{
	o->own_kernel = false;
	return 0;
}

static int set_verbose(struct options *o, const char *arg, int id)
{
	o->verbose = true;
	return 0;
}

static int set_forget(struct options *o, const char *arg, int id)
{
	o->forget = true;
	return 0;
}

static int set_help(struct options *o, const char *arg, int id)
{
	o->help = true;
	return 0;
}

static int parse_count(const char *arg, unsigned int *ret)
{
	unsigned long v;
	char *end;

	if (arg[0] < '0' || arg[0] > '9')
		return -EINVAL;
	errno = 0;
	v = strtoul(arg, &end, 0);
	if (errno != 0 || *end != '\0' || v > INT32_MAX)
		return -EINVAL;
	*ret = v;
	return 0;
}

static int set_quota(struct options *o, const char *arg, int id)
{
	return parse_count(arg, &o->quota[id]);
}

/* NAME=VALUE; id: soft */
static int set_named_quota(struct options *o, const char *arg, int soft)
{
	const char *eq = strchr(arg, '=');
	char name[32];
	int id;

	if (!eq || (size_t)(eq - arg) >= sizeof(name))
		return -EINVAL;
	memcpy(name, arg, eq - arg);
	name[eq - arg] = '\0';
	id = quota_lookup(name, soft);
	return id < 0 ? -EINVAL : parse_count(eq + 1, &o->quota[id]);
}

static const struct option_row rows[] = {
	{ 'A', "perm-nb", "N", set_quota, QUOTA_PERMS, "permissions of one node" },
	{ 'D', "no-domain-init", NULL, set_no_kernel, 0, "do not serve this machine's own kernel" },
	{ 'd', "dir", "DIR", set_dir, 0, "folder of socket, state and lock (/run/xenstored)" },
	{ 'E', "entry-nb", "N", set_quota, QUOTA_NODES, "nodes per domain" },
	{ 'F', "pid-file", "FILE", set_pid_file, 0, "write the process id there" },
	{ 'H', "help", NULL, set_help, 0, "this text" },
	{ 'l', "log-file", "FILE", set_log_file, 0, "log there instead of stderr" },
	{ 'M', "path-max", "N", set_quota, QUOTA_PATH, "length of a path" },
	{ 'N', "no-fork", NULL, set_foreground, 0, "stay in the foreground" },
	{ 'P', "output-pid", NULL, set_print_pid, 0, "print the process id" },
	{ 'Q', "quota", "NAME=N", set_named_quota, 0, "any limit by name" },
	{ 'q', "quota-soft", "NAME=N", set_named_quota, 1, "any warning limit by name" },
	{ 'R', "no-recovery", NULL, set_forget, 0, "start empty, whatever the last one left" },
	{ 'S', "entry-size", "N", set_quota, QUOTA_NODE_SIZE, "bytes of one node" },
	{ 'T', "trace-file", "FILE", set_trace, 0, "log every request there" },
	{ 't', "transaction", "N", set_quota, QUOTA_TRANSACTIONS, "transactions per domain" },
	{ 'V', "verbose", NULL, set_verbose, 0, "log more" },
	{ 'W', "watch-nb", "N", set_quota, QUOTA_WATCHES, "watches per domain" },
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

void options_usage(FILE *out)
{
	char left[48];
	unsigned int i;

	fprintf(out, "Usage: xenstored [OPTION]...\n\nThe store daemon of a Xen machine.\n\n");
	for (i = 0; i < ROW_COUNT; i++) {
		snprintf(left, sizeof(left), "-%c, --%s%s%s", rows[i].letter, rows[i].name,
			 rows[i].arg ? " " : "", rows[i].arg ? rows[i].arg : "");
		fprintf(out, "  %-28s %s\n", left, rows[i].help);
	}
}

static const struct option_row *find_row(const char *word)
{
	size_t len = strcspn(word, "=");
	unsigned int i;

	for (i = 0; i < ROW_COUNT; i++) {
		if (word[1] == '-' ? strlen(rows[i].name) == len - 2 &&
					     strncmp(rows[i].name, word + 2, len - 2) == 0
				   : rows[i].letter == word[1])
			return &rows[i];
	}
	return NULL;
}

/* The argument: behind the letter, behind '=', or the next word. */
static const char *find_arg(const char *word, char *const *next, int *ret_used)
{
	const char *eq = strchr(word, '=');

	*ret_used = 0;
	if (word[1] == '-' && eq)
		return eq + 1;
	if (word[1] != '-' && word[2])
		return word + 2;
	*ret_used = 1;
	return *next;
}

static int parse_word(struct options *o, char **argv, int *ret_used, FILE *err)
{
	const struct option_row *row;
	const char *arg = NULL, *word = argv[0];

	*ret_used = 0;
	if (word[0] != '-' || !word[1] || !(row = find_row(word))) {
		fprintf(err, "xenstored: unknown option '%s'; xenstored --help lists all\n", word);
		return -EINVAL;
	}
	if (row->arg) {
		arg = find_arg(word, argv + 1, ret_used);
	} else if (strchr(word, '=') || (word[1] != '-' && word[2])) {
		fprintf(err, "xenstored: option -%c takes no argument: '%s'\n", row->letter, word);
		return -EINVAL;
	}
	if (row->arg && !arg) {
		fprintf(err, "xenstored: option '%s' needs %s\n", word, row->arg);
		return -EINVAL;
	}
	if (row->set(o, arg, row->id) < 0) {
		fprintf(err, "xenstored: option '%s': '%s' is not a valid %s\n", word, arg,
			row->arg);
		return -EINVAL;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *o, FILE *err)
{
	const char *dir = getenv("XENSTORED_RUNDIR");
	int i, used, ret;

	*o = (struct options){ .dir = dir ? dir : "/run/xenstored", .own_kernel = true };
	for (i = 0; i < QUOTA_COUNT; i++)
		o->quota[i] = UINT32_MAX;
	for (i = 1; i < argc; i += 1 + used) {
		ret = parse_word(o, argv + i, &used, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

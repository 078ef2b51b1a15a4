/* SPDX-License-Identifier: GPL-2.0-only */
/* xm.h: commands as table rows, and what a running command is given.
 *
 * A command is one `const struct xm_cmd` in a cmd_*.c, listed in table.c. Parsing of arguments,
 * usage, help, completion and the check of the manual page read the row. */
#ifndef XM_XM_H
#define XM_XM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <json.h>

#define XM_OPTS_MAX	12
#define XM_ALIASES_MAX	4
#define XM_ANY		(-1)	/* no upper limit */

enum xm_exit {
	XM_OK = 0,
	XM_FAILED = 1,
	XM_NO_DOMAIN = 3,
};

struct rpc;
struct xm_run;
struct xm_device_class;

struct xm_opt {
	char letter;		/* 0: none */
	const char *name;
	const char *arg;	/* NULL: a flag */
	const char *help;
};

struct xm_cmd {
	const char *name;
	const char *aliases[XM_ALIASES_MAX];	/* deprecated names */
	int min, max;				/* operands */
	bool json;				/* prints data, so takes --json */
	bool domains;				/* operands are domains, for completion */
	const char *usage, *help;
	const struct xm_device_class *devices;	/* of the commands on devices: device.h */
	struct xm_opt opts[XM_OPTS_MAX];	/* ends with a row without name */
	int (*run)(struct xm_run *x);
};

struct xm_run {
	const struct xm_cmd *cmd;
	int argc;
	char **argv;				/* operands only, NULL behind the last */
	const char *opt[XM_OPTS_MAX];		/* value, "" of a flag, NULL: not given */
	bool json;
	struct rpc *rpc;			/* opened by the first xm_call() */
};

extern const struct xm_cmd *const xm_table[];	/* NULL at the end */

/* All of xm; the exit code. */
int xm_main(int argc, char **argv);
/* One command, argv[0] its name. */
int xm_dispatch(int argc, char **argv);

/* table.c. Exact name, alias, then unique prefix of two characters or more. 0, -ENOENT, or
 * -ENOTUNIQ; *ret_alias: the name given is a deprecated one. */
int xm_find(const struct xm_cmd *const *table, const char *word, const struct xm_cmd **ret_cmd,
	bool *ret_alias);
/* Why a classic command that never comes does not; NULL: not one of those. */
const char *xm_obsolete(const char *word);

/* args.c. Sorts argv (behind the command's name) into x. XM_OK, or an exit code and all is said;
 * -1: help was asked for. Changes the order of argv. */
int xm_args(struct xm_run *x, int argc, char **argv);
const char *xm_opt(const struct xm_run *x, const char *name);
/* "2048" (MiB) or "4g", of k, m, g and t, in bytes; -1: it is no size. */
int64_t xm_size_bytes(const char *text);
/* "'xm X' requires N argument(s)." and the usage; XM_FAILED. */
int xm_usage_error(const struct xm_cmd *cmd);
void xm_usage(const struct xm_cmd *cmd, FILE *to);

/* cmd_help.c */
void xm_help(FILE *to, bool all);

/* call.c. "Error: ..." on stderr; XM_FAILED. */
int xm_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The connection of the run; XM_OK or XM_FAILED and it is said. */
int xm_connect(struct rpc **rpc);
/* Takes params (NULL: {}). XM_OK with the result, or an exit code and it is said. */
int xm_call(struct xm_run *x, const char *method, struct json_object *params,
	struct json_object **ret_result);
/* A method that takes one domain and answers {}. */
int xm_call_domain(struct xm_run *x, const char *method, const char *domain);
/* The name of the domain, which events carry. */
int xm_domain_name(struct xm_run *x, const char *domain, char *name, size_t size);
/* Says what the last answer's error was; its exit code. domain: as the user named it, or NULL. */
int xm_rpc_failed(const struct rpc *rpc, int rc, const char *domain);

/* json.c: building parameters, reading answers that may lack anything. */
struct json_object *xm_params(const char *key, const char *value);	/* NULL key: {} */
struct json_object *xm_domain_list(int argc, char **argv);	/* {"domains":[...]} or {} */
const char *xm_string(struct json_object *o, const char *key, const char *otherwise);
int64_t xm_int(struct json_object *o, const char *key, int64_t otherwise);
bool xm_bool(struct json_object *o, const char *key);
struct json_object *xm_get(struct json_object *o, const char *key);
/* Pretty, and a newline. XM_OK. */
int xm_print_json(FILE *to, struct json_object *o);

#endif

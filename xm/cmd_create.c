/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_create.c: create: a configuration file to a running domain. */
#include "xm/cmds.h"
#include "xm/config.h"
#include "xm/console.h"
#include "xm/progress.h"
#include "xm/rpc.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_FILE	"xmdefconfig"
#define DEFAULT_PATH	".:/etc/xen"

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* The file as named, or the first of that name in the folders of path; a folder that happens to be called so is
 * none. false: none. */
static bool find_file(const char *name, const char *path, char *ret, size_t size)
{
	size_t len;

	if (strchr(name, '/')) {
		snprintf(ret, size, "%s", name);
		return access(ret, F_OK) == 0;
	}
	for (; *path; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		if (len == 1 && *path == '.')
			snprintf(ret, size, "%s", name);
		else
			snprintf(ret, size, "%.*s/%s", (int)len, path, name);
		if (len && is_file(ret))
			return true;
	}
	return false;
}

/* Arguments first: the file may use them, and cannot change them. */
static int read_config(struct xm_run *x, const char *file, char **defines, struct cfg *cfg,
	struct json_object **ret_config)
{
	char err[CFG_ERROR_MAX], warning[2048];
	int rc = 0;

	for (int i = 0; !rc && defines[i]; i++)
		rc = cfg_define(cfg, defines[i], err, sizeof(err));
	if (!rc)
		rc = cfg_parse_file(cfg, file, err, sizeof(err));
	if (!rc)
		rc = config_from_cfg(cfg, file, ret_config, err, sizeof(err));
	if (rc)
		return xm_error("%s", err);
	config_warning(cfg, file, warning, sizeof(warning));
	if (*warning)
		fprintf(stderr, "%s\n", warning);
	return XM_OK;
}

/* domain.create. The name is kept for messages: the answer may be an error. */
static int request(struct xm_run *x, struct json_object *config, bool paused, bool dry_run,
	struct json_object **ret_domain)
{
	bool show = !xm_opt(x, "quiet") && !x->json && !dry_run && isatty(STDOUT_FILENO);
	struct json_object *params = json_object_new_object();
	char name[256];
	int rc = xm_connect(&x->rpc);

	snprintf(name, sizeof(name), "%s", xm_string(config, "name", ""));
	json_object_object_add(params, "config", json_object_get(config));
	json_object_object_add(params, "paused", json_object_new_boolean(paused));
	json_object_object_add(params, "dry_run", json_object_new_boolean(dry_run));
	if (rc) {
		json_object_put(params);
		return rc;
	}
	rc = show ? progress_call(x->rpc, name, "domain.create", params, ret_domain)
		  : rpc_call(x->rpc, "domain.create", params, ret_domain);
	return rc ? xm_rpc_failed(x->rpc, rc, name) : XM_OK;
}

/* A configuration file again: strings quoted, the rest as JSON writes it. */
static void print_config(FILE *to, struct json_object *config)
{
	static const char *const file_names[][2] = { { "memory_mib", "memory" },
		{ "maxmem_mib", "maxmem" } };

	json_object_object_foreach(config, key, value) {
		const char *name = key;

		for (size_t i = 0; i < sizeof(file_names) / sizeof(file_names[0]); i++)
			if (!strcmp(key, file_names[i][0]))
				name = file_names[i][1];
		if (value && !json_object_is_type(value, json_type_object))
			fprintf(to, "%-11s = %s\n", name, json_object_to_json_string_ext(value,
				JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	}
}

static int dry_run(struct xm_run *x, struct json_object *config)
{
	struct json_object *d = NULL;
	int rc = request(x, config, false, true, &d);

	if (rc)
		return rc;
	if (x->json)
		xm_print_json(stdout, xm_get(d, "config"));
	else
		print_config(stdout, xm_get(d, "config"));
	json_object_put(d);
	return XM_OK;
}

/* With a console: made paused, so that the console is there before the first word. */
static int start(struct xm_run *x, struct json_object *config)
{
	bool console = xm_opt(x, "console_autoconnect") != NULL, paused = xm_opt(x, "paused") != NULL;
	struct json_object *d = NULL;
	const struct console_want want = { .readonly = false };
	struct rpc *stream = NULL;
	const char *uuid;
	bool ended;
	int rc = request(x, config, paused || console, false, &d);

	if (rc)
		return rc;
	if (x->json)
		xm_print_json(stdout, d);
	else if (!xm_opt(x, "quiet"))
		printf("Started domain %s (id=%lld)\n", xm_string(d, "name", ""),
			(long long)xm_int(d, "domid", -1));
	fflush(stdout);
	uuid = xm_string(d, "uuid", "");
	if (console)
		rc = console_attach(uuid, &want, &stream, &ended);
	if (!rc && console && !paused)
		rc = xm_call_domain(x, "domain.unpause", uuid);
	if (!rc && console)
		rc = console_run(stream, xm_string(d, "name", ""), xm_opt(x, "quiet") != NULL);
	else
		rpc_close(stream);
	json_object_put(d);
	return rc;
}

static int help_config(void)
{
	const char *key;

	for (size_t i = 0; (key = config_key_name(i)); i++)
		printf("%s\n", key);
	return XM_OK;
}

static int run_create(struct xm_run *x)
{
	const char *name = xm_opt(x, "defconfig"), *path = xm_opt(x, "path");
	struct json_object *config = NULL;
	char file[PATH_MAX], **defines = x->argv;
	struct cfg *cfg;
	int rc;

	if (xm_opt(x, "help_config"))
		return help_config();
	/* The first argument is the file, unless it is VAR=VAL or -f names one. */
	if (!name && x->argc && !strchr(x->argv[0], '='))
		name = *defines++;
	if (!name)
		name = DEFAULT_FILE;
	if (!find_file(name, path ? path : DEFAULT_PATH, file, sizeof(file)))
		return xm_error("Cannot find config file \"%s\"%s%s", name, strchr(name, '/') ? ""
			: " in ", strchr(name, '/') ? "" : path ? path : DEFAULT_PATH);
	if (!xm_opt(x, "quiet") && !x->json)
		printf("Using config file \"%s\".\n", file);
	cfg = cfg_new();
	if (!cfg)
		return xm_error("%s", strerror(ENOMEM));
	rc = read_config(x, file, defines, cfg, &config);
	if (!rc)
		rc = xm_opt(x, "dryrun") ? dry_run(x, config) : start(x, config);
	json_object_put(config);
	cfg_free(cfg);
	return rc;
}

const struct xm_cmd cmd_create = {
	.name = "create", .min = 0, .max = XM_ANY, .json = true,
	.usage = "[-cnpq] <ConfigFile> [VAR=VAL...]", .help = "create and start a domain",
	.opts = {
		{ 'c', "console_autoconnect", NULL, "attach to its console" },
		{ 'p', "paused", NULL, "leave it paused" },
		{ 'n', "dryrun", NULL, "check and print the configuration, start nothing" },
		{ 'f', "defconfig", "FILE", "the configuration file (xmdefconfig)" },
		{ 0, "path", "PATH", "folders to look for it (.:/etc/xen)" },
		{ 'q', "quiet", NULL, "print errors only" },
		{ 0, "help_config", NULL, "list the keys of configuration files" },
	},
	.run = run_create,
};

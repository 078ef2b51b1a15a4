/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_save.c: a domain into an image, and back. */
#include "xm/cmds.h"
#include "xm/config_xl.h"
#include "xm/progress.h"
#include "util/savefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- save -------------------------------------------------------------------------------------- */

static int absolute(const char *file, char *to, size_t size)
{
	char cwd[PATH_MAX];
	int n;

	if (file[0] == '/')
		n = snprintf(to, size, "%s", file);
	else if (!getcwd(cwd, sizeof(cwd)))
		return xm_error("The current folder: %s.", strerror(errno));
	else
		n = snprintf(to, size, "%s/%s", cwd, file);
	return n < 0 || (size_t)n >= size ? xm_error("%s: the path is too long.", file) : XM_OK;
}

static int save_params(struct xm_run *x, struct json_object *o)
{
	char path[PATH_MAX];
	int rc = XM_OK;

	if (!strcmp(x->argv[1], "-")) {
		json_object_object_add(o, "fd", json_object_new_int(STDOUT_FILENO));
	} else {
		rc = absolute(x->argv[1], path, sizeof(path));
		if (!rc)
			json_object_object_add(o, "file", json_object_new_string(path));
	}
	json_object_object_add(o, "checkpoint", json_object_new_boolean(xm_opt(x, "checkpoint") != NULL));
	json_object_object_add(o, "paused", json_object_new_boolean(xm_opt(x, "paused") != NULL));
	json_object_object_add(o, "compress", json_object_new_boolean(xm_opt(x, "compress") != NULL));
	return rc;
}

/* On a terminal with its progress. The parameters are taken over. */
static int long_call(struct xm_run *x, const char *name, const char *method, struct json_object *o,
	struct json_object **ret_result)
{
	int rc;

	if (!isatty(STDOUT_FILENO) || x->json)
		return xm_call(x, method, o, ret_result);
	rc = xm_connect(&x->rpc);
	if (rc) {
		json_object_put(o);
		return rc;
	}
	rc = progress_call(x->rpc, name, method, o, ret_result);
	return rc ? xm_rpc_failed(x->rpc, rc, name) : XM_OK;
}

static void print_saved(struct xm_run *x, FILE *to, const char *done, const char *name,
	struct json_object *r)
{
	double mib = (double)xm_int(r, "bytes", 0) / 1048576, s = (double)xm_int(r, "write_ms", 0) / 1000;

	if (x->json)
		xm_print_json(to, r);
	if (x->json || xm_opt(x, "quiet"))
		return;
	fprintf(to, "%s %s: %lld pages, %lld of them zero; %.1f MiB in %.2f s (%.1f MiB/s); "
		"suspended in %.2f s\n", done, name, (long long)xm_int(r, "pages", 0),
		(long long)xm_int(r, "zero_pages", 0), mib, s, s > 0 ? mib / s : 0.0,
		(double)xm_int(r, "suspend_ms", 0) / 1000);
}

static int run_save(struct xm_run *x)
{
	struct json_object *o, *result = NULL;
	char name[256];
	int rc;

	if (!strcmp(x->argv[1], "-") && isatty(STDOUT_FILENO))
		return xm_error("An image is not for a terminal: redirect the output.");
	rc = xm_domain_name(x, x->argv[0], name, sizeof(name));
	if (rc)
		return rc;
	o = xm_params("domain", x->argv[0]);
	rc = save_params(x, o);
	if (rc) {
		json_object_put(o);
		return rc;
	}
	rc = long_call(x, name, "domain.save", o, &result);
	if (!rc)
		print_saved(x, strcmp(x->argv[1], "-") ? stdout : stderr, "Saved", name, result);
	json_object_put(result);
	return rc;
}

/* ---- restore ----------------------------------------------------------------------------------- */

static struct json_object *image_config(const struct savefile *im, const char *file)
{
	struct json_object *o = json_tokener_parse(im->config), *ours;
	const char *why;

	if (!json_object_is_type(o, json_type_object)) {
		xm_error("%s: the configuration is not JSON.", file);
		json_object_put(o);
		return NULL;
	}
	if (im->format == SAVEFILE_OURS)
		return o;
	ours = config_from_xl(o, &why);
	json_object_put(o);
	if (!ours)
		xm_error("%s: xl's configuration: %s.", file, why);
	return ours;
}

static void print_started(struct xm_run *x, const char *done, struct json_object *d)
{
	if (x->json)
		xm_print_json(stdout, d);
	else if (!xm_opt(x, "quiet"))
		printf("%s domain %s (id=%lld)\n", done, xm_string(d, "name", ""),
			(long long)xm_int(d, "domid", -1));
}

static int restore_call(struct xm_run *x, struct json_object *config, int fd, enum savefile_format format)
{
	struct json_object *o = json_object_new_object(), *d = NULL;
	char name[256];
	int rc;

	snprintf(name, sizeof(name), "%s", xm_string(config, "name", ""));
	json_object_object_add(o, "config", json_object_get(config));
	json_object_object_add(o, "fd", json_object_new_int(fd));
	json_object_object_add(o, "format", json_object_new_string(format == SAVEFILE_XL ? "xl" : "xend"));
	json_object_object_add(o, "paused", json_object_new_boolean(xm_opt(x, "paused") != NULL));
	rc = long_call(x, name, "domain.restore", o, &d);
	if (!rc)
		print_started(x, "Restored", d);
	json_object_put(d);
	return rc;
}

static int run_restore(struct xm_run *x)
{
	const char *file = strcmp(x->argv[0], "-") ? x->argv[0] : "the standard input";
	int fd = strcmp(x->argv[0], "-") ? open(x->argv[0], O_RDONLY | O_CLOEXEC) : STDIN_FILENO, rc;
	struct json_object *config;
	struct savefile im;

	if (fd < 0)
		return xm_error("%s: %s.", file, strerror(errno));
	rc = savefile_open(&im, fd);
	if (rc) {
		rc = xm_error("%s: %s.", file, im.why);
	} else {
		config = image_config(&im, file);
		rc = config ? restore_call(x, config, fd, im.format) : XM_FAILED;
		json_object_put(config);
	}
	savefile_clear(&im);
	if (fd != STDIN_FILENO)
		close(fd);
	return rc;
}

/* ---- suspend, resume, delete ------------------------------------------------------------------- */

static int run_suspend(struct xm_run *x)
{
	struct json_object *o, *result = NULL;
	char name[256];
	int rc = xm_domain_name(x, x->argv[0], name, sizeof(name));

	if (rc)
		return rc;
	o = xm_params("domain", x->argv[0]);
	json_object_object_add(o, "compress", json_object_new_boolean(xm_opt(x, "compress") != NULL));
	rc = long_call(x, name, "domain.suspend", o, &result);
	if (!rc)
		print_saved(x, stdout, "Suspended", name, result);
	json_object_put(result);
	return rc;
}

static int run_resume(struct xm_run *x)
{
	struct json_object *o = xm_params("domain", x->argv[0]), *d = NULL;
	int rc;

	json_object_object_add(o, "paused", json_object_new_boolean(xm_opt(x, "paused") != NULL));
	rc = long_call(x, x->argv[0], "domain.resume", o, &d);
	if (!rc)
		print_started(x, "Resumed", d);
	json_object_put(d);
	return rc;
}

static int run_delete(struct xm_run *x)
{
	return xm_call_domain(x, "domain.delete", x->argv[0]);
}

const struct xm_cmd cmd_save = {
	.name = "save", .min = 2, .max = 2, .domains = true, .json = true,
	.usage = "[-cpqz] <Domain> <File|->", .help = "save a domain to a file, and end it",
	.opts = {
		{ 'c', "checkpoint", NULL, "let it go on" },
		{ 'p', "paused", NULL, "keep it, paused" },
		{ 'z', "compress", NULL, "pack with zstd" },
		{ 'q', "quiet", NULL, "print errors only" },
	},
	.run = run_save,
};

const struct xm_cmd cmd_restore = {
	.name = "restore", .min = 1, .max = 1, .json = true,
	.usage = "[-pq] <File|->", .help = "start a domain from a saved file, ours or xl's",
	.opts = {
		{ 'p', "paused", NULL, "leave it paused" },
		{ 'q', "quiet", NULL, "print errors only" },
	},
	.run = run_restore,
};

const struct xm_cmd cmd_suspend = {
	.name = "suspend", .min = 1, .max = 1, .domains = true, .json = true,
	.usage = "[-qz] <Domain>", .help = "save a domain to xend's own folder, and end it",
	.opts = {
		{ 'z', "compress", NULL, "pack with zstd" },
		{ 'q', "quiet", NULL, "print errors only" },
	},
	.run = run_suspend,
};

const struct xm_cmd cmd_resume = {
	.name = "resume", .min = 1, .max = 1, .json = true,
	.usage = "[-pq] <Domain>", .help = "let a suspended domain go on",
	.opts = {
		{ 'p', "paused", NULL, "leave it paused" },
		{ 'q', "quiet", NULL, "print errors only" },
	},
	.run = run_resume,
};

const struct xm_cmd cmd_delete = {
	.name = "delete", .min = 1, .max = 1,
	.usage = "<Domain>", .help = "forget a suspended domain",
	.run = run_delete,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_image.c: disk images by name: image-create, image-clone, image-list, image-delete. */
#include "xm/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES (256 << 10)	/* of keys and user data: a request has a limit, too */

/* An option as it is. */
static void put_text(struct xm_run *x, struct json_object *image, const char *option, const char *key)
{
	const char *value = xm_opt(x, option);

	if (value)
		json_object_object_add(image, key, json_object_new_string(value));
}

/* What an option's file has. */
static int put_file(struct xm_run *x, struct json_object *image, const char *option, const char *key)
{
	const char *path = xm_opt(x, option);
	char *text;
	ssize_t n;
	int fd;

	if (!path)
		return XM_OK;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	text = malloc(FILE_MAX_BYTES + 1);
	n = fd >= 0 && text ? read(fd, text, FILE_MAX_BYTES + 1) : -1;
	if (n >= 0 && n <= FILE_MAX_BYTES)
		json_object_object_add(image, key, json_object_new_string_len(text, (int)n));
	if (fd >= 0)
		close(fd);
	free(text);
	if (n < 0)
		return xm_error("--%s: cannot read %s: %s", option, path, strerror(errno));
	if (n > FILE_MAX_BYTES)
		return xm_error("--%s: %s is longer than %d bytes", option, path, FILE_MAX_BYTES);
	return XM_OK;
}

static int put_size(struct xm_run *x, struct json_object *image)
{
	const char *text = xm_opt(x, "size");
	int64_t bytes = text ? xm_size_bytes(text) : 0;

	if (bytes < 0)
		return xm_error("--size: '%s' is not a size such as 2048 or 4g", text);
	if (text)
		json_object_object_add(image, "size_mib", json_object_new_int64(bytes >> 20));
	return XM_OK;
}

/* What clones have, too. */
static int put_common(struct xm_run *x, struct json_object *image)
{
	int rc = put_size(x, image);

	put_text(x, image, "format", "format");
	put_text(x, image, "hostname", "hostname");
	if (!rc)
		rc = put_file(x, image, "ssh-key", "ssh_key");
	return rc ? rc : put_file(x, image, "user-data", "user_data");
}

/* A path of the host's is an absolute one for xend. */
static int put_source(struct xm_run *x, struct json_object *image)
{
	const char *source = xm_opt(x, "from");
	char *path;

	if (!source || !strcmp(source, "debian")) {
		json_object_object_add(image, "source", json_object_new_string("debian"));
		return XM_OK;
	}
	path = realpath(source, NULL);
	if (!path)
		return xm_error("--from: %s: %s", source, strerror(errno));
	json_object_object_add(image, "source", json_object_new_string(path));
	free(path);
	return XM_OK;
}

static void print_made(struct xm_run *x, struct json_object *o)
{
	static const struct {
		const char *clone, *text;
	} ways[] = {
		{ "reflink", ", sharing blocks with its original" }, { "backing", ", building on its original" },
		{ "copy", ": copied, as this file system cannot share blocks" },
	};
	const char *way = "", *clone = xm_string(o, "clone", ""), *seed = xm_string(o, "seed", NULL);

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i].clone, clone))
			way = ways[i].text;
	printf("Made image %s%s.\n", xm_string(o, "name", ""), way);
	printf("disk = [ '%s:%s,xvda,w'", !strcmp(xm_string(o, "format", ""), "raw") ? "file" : "qcow2",
		xm_string(o, "path", ""));
	if (seed)
		printf(", 'file:%s,xvdz,r'", seed);
	printf(" ]\n");
}

static int request(struct xm_run *x, const char *method, struct json_object *params, struct json_object *image,
	int rc)
{
	struct json_object *answer = NULL;

	json_object_object_add(params, "name", json_object_new_string(x->argv[0]));
	json_object_object_add(params, "image", image);
	if (rc) {
		json_object_put(params);
		return rc;
	}
	rc = xm_call(x, method, params, &answer);
	if (!rc && x->json)
		xm_print_json(stdout, answer);
	else if (!rc)
		print_made(x, answer);
	json_object_put(answer);
	return rc;
}

static int run_create(struct xm_run *x)
{
	struct json_object *image = json_object_new_object();
	int rc = put_source(x, image);

	put_text(x, image, "suite", "suite");
	put_text(x, image, "mirror", "mirror");
	put_text(x, image, "packages", "packages");
	if (!rc)
		rc = put_common(x, image);
	return request(x, "image.create", json_object_new_object(), image, rc);
}

static int run_clone(struct xm_run *x)
{
	struct json_object *image = json_object_new_object(), *params = json_object_new_object();
	const char *from = x->argv[0];

	json_object_object_add(params, "from", json_object_new_string(from));
	x->argv++;
	return request(x, "image.clone", params, image, put_common(x, image));
}

static int run_delete(struct xm_run *x)
{
	struct json_object *params, *answer = NULL;
	int rc = XM_OK;

	for (int i = 0; !rc && i < x->argc; i++) {
		params = json_object_new_object();
		json_object_object_add(params, "name", json_object_new_string(x->argv[i]));
		rc = xm_call(x, "image.delete", params, &answer);
		json_object_put(answer);
	}
	return rc;
}

static int run_list(struct xm_run *x)
{
	struct json_object *list = NULL, *o;
	int rc = xm_call(x, "image.list", json_object_new_object(), &list);

	if (!rc && x->json)
		xm_print_json(stdout, list);
	else if (!rc)
		printf("%-24s %-6s %8s %8s %-5s %s\n", "Name", "Format", "Size", "Used", "Seed", "Source");
	for (size_t i = 0; !rc && !x->json && i < json_object_array_length(list); i++) {
		o = json_object_array_get_idx(list, i);
		printf("%-24s %-6s %8lld %8lld %-5s %s\n", xm_string(o, "name", ""), xm_string(o, "format", ""),
			(long long)xm_int(o, "size_mib", -1), (long long)xm_int(o, "used_mib", -1),
			xm_string(o, "seed", NULL) ? "yes" : "-", xm_string(o, "source", ""));
	}
	json_object_put(list);
	return rc;
}

#define COMMON                                                                                    \
	{ 's', "size", "MIB", "what the guest sees; also 4g" },                                   \
	{ 'f', "format", "FORMAT", "qcow2 (default) or raw" },                                    \
	{ 0, "hostname", "NAME", "the guest's name, for its first boot" },                        \
	{ 0, "ssh-key", "FILE", "public keys that may log in as root" },                          \
	{ 0, "user-data", "FILE", "a script, or what cloud-init understands" }

const struct xm_cmd cmd_image_create = {
	.name = "image-create", .min = 1, .max = 1, .json = true, .usage = "<Name>",
	.help = "make a disk image of Debian, a folder or an archive",
	.opts = { { 0, "from", "WHAT", "debian (default), a folder, or a tar archive" },
		  { 0, "suite", "SUITE", "of Debian (bookworm)" },
		  { 0, "mirror", "URL", "of Debian (deb.debian.org)" },
		  { 0, "packages", "LIST", "more of Debian's packages, with commas" }, COMMON },
	.run = run_create,
};

const struct xm_cmd cmd_image_clone = {
	.name = "image-clone", .min = 2, .max = 2, .json = true, .usage = "<Image> <Name>",
	.help = "make an image that starts as another one is", .opts = { COMMON }, .run = run_clone,
};

const struct xm_cmd cmd_image_delete = {
	.name = "image-delete", .min = 1, .max = XM_ANY, .usage = "<Name> ...",
	.help = "remove disk images", .run = run_delete,
};

const struct xm_cmd cmd_image_list = {
	.name = "image-list", .json = true, .usage = "", .help = "print the disk images", .run = run_list,
};

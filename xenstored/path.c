/* SPDX-License-Identifier: GPL-2.0-only */
/* path.c: the form of node paths. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "xen/io/xs_wire.h"
#include "xenstored/path.h"

static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_@";

bool path_special(const char *path)
{
	return path[0] == '@';
}

bool path_valid(const char *path, bool special_ok)
{
	size_t len = strlen(path);

	if (path[0] != '/' && !(special_ok && path_special(path)))
		return false;
	if (len > 1 && path[len - 1] == '/')
		return false;
	if (strstr(path, "//"))
		return false;
	return strspn(path, allowed) == len;
}

/* What counts against the quota on length: all that follows a domain's home. */
static size_t counted_length(const char *path)
{
	unsigned int domid;
	int home = 0;

	if (sscanf(path, "/local/domain/%5u/%n", &domid, &home) != 1)
		home = 0;
	return strlen(path) - home;
}

int path_resolve(const char *home, const char *name, bool special_ok, size_t max, char *buf)
{
	bool absolute = name[0] == '/' || path_special(name);
	size_t limit = absolute ? XENSTORE_ABS_PATH_MAX : XENSTORE_REL_PATH_MAX;

	if (strlen(name) > limit)
		return -EINVAL;
	if (absolute)
		snprintf(buf, PATH_BUF, "%s", name);
	else
		snprintf(buf, PATH_BUF, "%s/%s", home, name);
	if (!path_valid(buf, special_ok) || (max && counted_length(buf) > max))
		return -EINVAL;
	return 0;
}

size_t path_parent_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash != path ? (size_t)(slash - path) : 1;
}

bool path_is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	if (len == 1 && top[0] == '/')
		return path[0] == '/';
	return strncmp(path, top, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

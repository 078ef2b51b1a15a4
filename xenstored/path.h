/* SPDX-License-Identifier: GPL-2.0-only */
/* path.h: the form of node paths, and the paths that domains see relative to their home. */
#ifndef XENSTORED_PATH_H
#define XENSTORED_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_BUF 4200 /* any relative path of a message with a home before it */

bool path_valid(const char *path, bool special_ok);
bool path_special(const char *path);
/* The absolute form of what a client wrote into buf of PATH_BUF bytes. -EINVAL for a bad one.
 * home: "" or the client's "/local/domain/N". max: the quota on its length, 0 for none. */
int path_resolve(const char *home, const char *name, bool special_ok, size_t max, char *buf);
/* The parent's length in bytes; the root's parent is the root. */
size_t path_parent_len(const char *path);
bool path_is_below(const char *path, const char *top); /* or the same */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* cfg.h: domain configuration files of the xm and xl style, read without running anything.
 *
 * KEY = VALUE, separated by newlines or ';'. A value is a string, a number, True, False, None, a
 * list or tuple of values, the name of a key set before, or these joined by + - * and %. Whatever
 * else of Python a file has is refused with its place. A JSON object is accepted, too.
 *
 * Values are json-c objects, shared by reference: never change one. None is NULL. */
#ifndef UTIL_CFG_H
#define UTIL_CFG_H

#include <stdbool.h>
#include <stddef.h>

#include <json.h>

#define CFG_FILE_MAX	(1U << 20)	/* bytes of a file */
#define CFG_STRING_MAX	(1U << 16)	/* bytes of one string */
#define CFG_VALUES_MAX	4096		/* values in one list, counting those in lists within */
#define CFG_DEPTH_MAX	32
#define CFG_ENTRIES_MAX	1024
#define CFG_ERROR_MAX	512		/* enough for any message with its place */

struct cfg_entry {
	char *key;
	struct json_object *value;	/* NULL: None */
	int line, column;		/* of the last assignment; 0: cfg_define() */
	bool used;			/* by another key's value */
	bool fixed;			/* by cfg_define(): what a file says of the key is dropped */
};

struct cfg {
	struct cfg_entry *entries;	/* in the order of first assignment */
	size_t count;
};

struct cfg *cfg_new(void);
void cfg_free(struct cfg *cfg);

/* Reads text into cfg, over what is there; names set before may be used in values. 0, -EINVAL (bad
 * text), -EFBIG (a limit) or -ENOMEM; then err has "file:line:column: expected ...". */
int cfg_parse(struct cfg *cfg, const char *file, const char *text, size_t len, char *err,
	size_t err_size);
/* The same with the text of path. -Exxx of open and read as well. */
int cfg_parse_file(struct cfg *cfg, const char *path, char *err, size_t err_size);
/* KEY=VALUE of a command line, before any file is read: it counts more than what a file says of KEY.
 * VALUE is a string or a number as it is, but for what starts with a quote or [. */
int cfg_define(struct cfg *cfg, const char *assignment, char *err, size_t err_size);

const struct cfg_entry *cfg_find(const struct cfg *cfg, const char *key);

#endif

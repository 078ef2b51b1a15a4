/* SPDX-License-Identifier: GPL-2.0-only */
/* config.h: a configuration file's keys to the CONFIG of xend-rpc(7). */
#ifndef XM_CONFIG_H
#define XM_CONFIG_H

#include "util/cfg.h"

#define CONFIG_CMDLINE_MAX 4096

/* Reads cfg, that came from file. 0 and a CONFIG, or -EINVAL and one line in err, naming file, line
 * and key. Keys that mean nothing here are named in one warning on stderr (not if quiet) and go
 * along as extra_keys. */
int config_from_cfg(const struct cfg *cfg, const char *file, struct json_object **ret_config,
	char *err, size_t err_size);
/* The warning: "Warning: ..." about keys without effect, or "" when there is none. */
void config_warning(const struct cfg *cfg, const char *file, char *buf, size_t size);

/* A key's row: is there any for this key? For the check of the manual page, all names in turn. */
const char *config_key_name(size_t i);	/* NULL behind the last */

/* config_cmdline.c: ip=, root=, nfsroot= and extra, as the classic tool joined them; or cmdline.
 * 0, or -EINVAL with err. Empty when there is nothing to say. */
int config_cmdline(const struct cfg *cfg, const char *file, char *buf, size_t size, char *err,
	size_t err_size);
/* The value as text: of a string or a number, "" of None and of keys that are not there; NULL: it
 * is something else. */
const char *config_text(const struct cfg *cfg, const char *key);
/* config_vfb.c: the keys of a framebuffer that stand alone become one in config. */
int config_vfb(const struct cfg *cfg, const char *file, struct json_object *config, char *err, size_t err_size);
/* "file:line:column: " of an entry, or "argument " */
int config_error(const char *file, const struct cfg_entry *e, char *err, size_t err_size,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif

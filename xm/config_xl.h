/* SPDX-License-Identifier: GPL-2.0-only */
/* xm/config_xl.h: what the commands on images share. */
#ifndef XM_CONFIG_XL_H
#define XM_CONFIG_XL_H

#include <json.h>

/* config_xl.c: xend's configuration from libxl's, as the packaged xl saves it. NULL: it is none, and
 * *ret_why says what is missing. */
struct json_object *config_from_xl(struct json_object *xl, const char **ret_why);

#endif

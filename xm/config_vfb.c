/* SPDX-License-Identifier: GPL-2.0-only */
/* config_vfb.c: vnc=, vncpasswd= and so on beside each other in a file, as one framebuffer. */
#include "xm/config.h"

#include <stdio.h>
#include <string.h>

/* The first two ask for one; the others say how it is to be. */
static const char *const parts[] = {
	"vnc", "sdl", "vnclisten", "vncpasswd", "vncdisplay", "vncunused", "keymap", "opengl",
};
#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

static const char *part_text(const struct cfg *cfg, const char *key)
{
	const struct cfg_entry *e = cfg_find(cfg, key);

	if (e && json_object_is_type(e->value, json_type_boolean))
		return json_object_get_boolean(e->value) ? "1" : "0";
	return config_text(cfg, key);
}

static bool asked_for(const struct cfg *cfg, const char *key)
{
	const char *text = part_text(cfg, key);

	return text && *text && strcmp(text, "0") != 0;
}

int config_vfb(const struct cfg *cfg, const char *file, struct json_object *config, char *err, size_t err_size)
{
	char line[512] = "";
	struct json_object *list;
	size_t len = 0;
	const char *text;

	if (json_object_object_get_ex(config, "vfb", NULL) || (!asked_for(cfg, "vnc") && !asked_for(cfg, "sdl")))
		return 0;
	for (size_t i = 0; i < PART_COUNT; i++) {
		text = part_text(cfg, parts[i]);
		if (!text)
			return config_error(file, NULL, err, err_size, "expected a string or a number for %s",
				parts[i]);
		if (!*text)
			continue;
		if (strchr(text, ','))
			return config_error(file, NULL, err, err_size, "a comma is not possible in %s", parts[i]);
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s=%s", len ? "," : "", parts[i], text);
		if (len >= sizeof(line))
			return config_error(file, NULL, err, err_size, "%s is too long", parts[i]);
	}
	list = json_object_new_array();
	json_object_array_add(list, json_object_new_string(line));
	json_object_object_add(config, "vfb", list);
	return 0;
}

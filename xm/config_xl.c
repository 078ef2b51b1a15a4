/* SPDX-License-Identifier: GPL-2.0-only */
/* config_xl.c: libxl's configuration of a domain (JSON, as in its images) as xend's. */
#include "xm/config_xl.h"
#include "xm/xm.h"

#include <string.h>

static void copy_string(struct json_object *to, const char *key, struct json_object *from,
	const char *name)
{
	const char *s = xm_string(from, name, NULL);

	if (s && *s)
		json_object_object_add(to, key, json_object_new_string(s));
}

static void add_int(struct json_object *to, const char *key, int64_t value)
{
	if (value > 0)
		json_object_object_add(to, key, json_object_new_int64(value));
}

/* libxl's names have underscores, the classic ones dashes. */
static void copy_action(struct json_object *to, const char *key, struct json_object *xl)
{
	char text[32];

	snprintf(text, sizeof(text), "%s", xm_string(xl, key, ""));
	for (char *p = text; *p; p++)
		if (*p == '_')
			*p = '-';
	if (*text && strcmp(text, "soft-reset"))
		json_object_object_add(to, key, json_object_new_string(text));
}

static void add_disks(struct json_object *to, struct json_object *disks)
{
	struct json_object *list = json_object_new_array();
	char text[1200];

	for (size_t i = 0; json_object_is_type(disks, json_type_array) &&
			i < json_object_array_length(disks); i++) {
		struct json_object *d = json_object_array_get_idx(disks, i);

		snprintf(text, sizeof(text), "%s,%s,%s,%s", xm_string(d, "pdev_path", ""),
			xm_string(d, "format", "raw"), xm_string(d, "vdev", "xvda"),
			xm_int(d, "readwrite", 0) ? "rw" : "ro");
		json_object_array_add(list, json_object_new_string(text));
	}
	json_object_object_add(to, "disk", list);
}

static void add_nics(struct json_object *to, struct json_object *nics)
{
	struct json_object *list = json_object_new_array();
	char text[600];

	for (size_t i = 0; json_object_is_type(nics, json_type_array) &&
			i < json_object_array_length(nics); i++) {
		struct json_object *n = json_object_array_get_idx(nics, i);
		const char *bridge = xm_string(n, "bridge", NULL), *mac = xm_string(n, "mac", NULL);

		snprintf(text, sizeof(text), "%s%s%s%s%s", mac ? "mac=" : "", mac ? mac : "",
			mac && bridge ? "," : "", bridge ? "bridge=" : "", bridge ? bridge : "");
		json_object_array_add(list, json_object_new_string(text));
	}
	json_object_object_add(to, "vif", list);
}

static int64_t mib(struct json_object *b, const char *key)
{
	return (xm_int(b, key, 0) + 1023) / 1024;
}

struct json_object *config_from_xl(struct json_object *xl, const char **ret_why)
{
	struct json_object *c = xm_get(xl, "c_info"), *b = xm_get(xl, "b_info"), *pv, *o;

	*ret_why = NULL;
	if (!c || !b)
		*ret_why = "it has no c_info or b_info";
	else if (strcmp(xm_string(c, "type", "pv"), "pv"))
		*ret_why = "the guest is not paravirtual";
	if (*ret_why)
		return NULL;
	pv = xm_get(b, "type.pv");
	o = json_object_new_object();
	copy_string(o, "name", c, "name");
	copy_string(o, "uuid", c, "uuid");
	copy_string(o, "kernel", pv, "kernel");
	copy_string(o, "ramdisk", pv, "ramdisk");
	copy_string(o, "cmdline", pv, "cmdline");
	copy_string(o, "kernel", b, "kernel");
	copy_string(o, "ramdisk", b, "ramdisk");
	copy_string(o, "cmdline", b, "cmdline");
	add_int(o, "memory_mib", mib(b, "target_memkb") ? mib(b, "target_memkb") : mib(b, "max_memkb"));
	add_int(o, "maxmem_mib", mib(b, "max_memkb"));
	add_int(o, "maxvcpus", xm_int(b, "max_vcpus", 1));
	if (json_object_is_type(xm_get(b, "avail_vcpus"), json_type_array))
		add_int(o, "vcpus", (int64_t)json_object_array_length(xm_get(b, "avail_vcpus")));
	else
		add_int(o, "vcpus", xm_int(b, "max_vcpus", 1));
	copy_action(o, "on_poweroff", xl);
	copy_action(o, "on_reboot", xl);
	copy_action(o, "on_crash", xl);
	add_disks(o, xm_get(xl, "disks"));
	add_nics(o, xm_get(xl, "nics"));
	return o;
}

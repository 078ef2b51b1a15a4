/* SPDX-License-Identifier: GPL-2.0-only */
/* json.c: small helpers over json-c. */
#include "xm/xm.h"

struct json_object *xm_params(const char *key, const char *value)
{
	struct json_object *o = json_object_new_object();

	if (key)
		json_object_object_add(o, key, json_object_new_string(value));
	return o;
}

struct json_object *xm_domain_list(int argc, char **argv)
{
	struct json_object *o = json_object_new_object(), *list;

	if (!argc)
		return o;
	list = json_object_new_array();
	for (int i = 0; i < argc; i++)
		json_object_array_add(list, json_object_new_string(argv[i]));
	json_object_object_add(o, "domains", list);
	return o;
}

struct json_object *xm_get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (!json_object_is_type(o, json_type_object))
		return NULL;
	json_object_object_get_ex(o, key, &v);
	return v;
}

const char *xm_string(struct json_object *o, const char *key, const char *otherwise)
{
	struct json_object *v = xm_get(o, key);

	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : otherwise;
}

int64_t xm_int(struct json_object *o, const char *key, int64_t otherwise)
{
	struct json_object *v = xm_get(o, key);

	return json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : otherwise;
}

bool xm_bool(struct json_object *o, const char *key)
{
	struct json_object *v = xm_get(o, key);

	return json_object_is_type(v, json_type_boolean) && json_object_get_boolean(v);
}

int xm_print_json(FILE *to, struct json_object *o)
{
	fprintf(to, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
		JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
	return XM_OK;
}

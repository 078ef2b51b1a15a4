/* SPDX-License-Identifier: GPL-2.0-only */
/* device.c: attaching, detaching, resizing and listing a domain's devices of the class that the command's row names. */
#include "xm/device.h"

#include <stdlib.h>
#include <string.h>

static struct json_object *device_params(struct xm_run *x)
{
	struct json_object *o = xm_params("domain", x->argv[0]);

	json_object_object_add(o, "class", json_object_new_string(x->cmd->devices->name));
	return o;
}

static struct json_object *joined(int argc, char **argv)
{
	struct json_object *o;
	size_t size = 1;
	char *text;

	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	text = calloc(1, size);
	for (int i = 0; text && i < argc; i++) {
		strcat(text, i ? "," : "");
		strcat(text, argv[i]);
	}
	o = json_object_new_string(text ? text : "");
	free(text);
	return o;
}

int xm_device_attach(struct xm_run *x)
{
	struct json_object *params = device_params(x), *answer = NULL;
	int rc;

	json_object_object_add(params, "spec", joined(x->argc - 1, x->argv + 1));
	rc = xm_call(x, "device.attach", params, &answer);
	if (!rc && x->json)
		xm_print_json(stdout, answer);
	json_object_put(answer);
	return rc;
}

int xm_device_detach(struct xm_run *x)
{
	struct json_object *params = device_params(x), *answer = NULL;
	int rc;

	json_object_object_add(params, "device", json_object_new_string(x->argv[1]));
	json_object_object_add(params, "force", json_object_new_boolean(xm_opt(x, "force") != NULL));
	rc = xm_call(x, "device.detach", params, &answer);
	json_object_put(answer);
	return rc;
}

int xm_device_resize(struct xm_run *x)
{
	int64_t bytes = x->argc > 2 ? xm_size_bytes(x->argv[2]) : 0;
	struct json_object *params, *answer = NULL;
	int rc;

	if (bytes < 0)
		return xm_error("'%s' is not a size such as 2048 or 4g", x->argv[2]);
	params = device_params(x);
	json_object_object_add(params, "device", json_object_new_string(x->argv[1]));
	if (bytes)
		json_object_object_add(params, "bytes", json_object_new_int64(bytes));
	rc = xm_call(x, "device.resize", params, &answer);
	if (!rc && x->json)
		xm_print_json(stdout, answer);
	else if (!rc)
		printf("%s: %lld bytes\n", x->argv[1], (long long)xm_int(answer, "bytes", -1));
	json_object_put(answer);
	return rc;
}

int xm_device_list(struct xm_run *x)
{
	const struct xm_device_class *class = x->cmd->devices;
	struct json_object *list = NULL;
	int rc = xm_call(x, "device.list", device_params(x), &list);
	size_t count = rc ? 0 : json_object_array_length(list);

	if (!rc && x->json)
		xm_print_json(stdout, list);
	else if (count)
		class->print_head();
	for (size_t i = 0; !x->json && i < count; i++)
		class->print_row(json_object_array_get_idx(list, i));
	for (size_t i = 0; !x->json && class->print_error && i < count; i++)
		class->print_error(json_object_array_get_idx(list, i));
	json_object_put(list);
	return rc;
}

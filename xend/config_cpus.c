/* SPDX-License-Identifier: GPL-2.0-only */
/* config_cpus.c: which CPUs the vcpus may or should use, and which vcpus there are at the start. */
#include "xend/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int check_one(const char *key, struct json_object *v, char *why, size_t size)
{
	struct cpuset set;
	const char *text = json_object_get_string(v);

	if (!json_object_is_type(v, json_type_string)) {
		snprintf(why, size, "%s must be a set of CPUs such as 0-3,^1, or a list of such", key);
		return -EINVAL;
	}
	if (json_object_get_string_len(v) > 1024 || cpuset_parse(text, &set)) {
		snprintf(why, size, "%s '%.64s' is not a set of CPUs such as 0-3,^1", key, text);
		return -EINVAL;
	}
	return 0;
}

int config_cpus_check(const char *key, struct json_object *cpus, char *why, size_t size)
{
	int rc = 0;

	if (!json_object_is_type(cpus, json_type_array))
		return check_one(key, cpus, why, size);
	if (json_object_array_length(cpus) > CONFIG_VCPUS_MAX) {
		snprintf(why, size, "%s has %zu sets; %d are possible", key,
			json_object_array_length(cpus), CONFIG_VCPUS_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; !rc && i < json_object_array_length(cpus); i++)
		rc = check_one(key, json_object_array_get_idx(cpus, i), why, size);
	return rc;
}

static const char *text_of(struct json_object *cpus, unsigned int vcpu)
{
	if (!json_object_is_type(cpus, json_type_array))
		return json_object_get_string(cpus);
	return vcpu < json_object_array_length(cpus)
		? json_object_get_string(json_object_array_get_idx(cpus, vcpu)) : "all";
}

bool config_cpus_of(struct json_object *cpus, unsigned int vcpu, struct cpuset *ret_set)
{
	const char *text = text_of(cpus, vcpu);

	return text && strcmp(text, "all") && !cpuset_parse(text, ret_set);
}

int config_cpus_set(struct json_object **cpus, unsigned int maxvcpus, int vcpu, const char *text)
{
	struct json_object *list;

	if (vcpu < 0) {
		list = json_object_new_string(text);
	} else {
		list = json_object_new_array();
		for (unsigned int v = 0; v < maxvcpus; v++)
			json_object_array_add(list, json_object_new_string(
				(int)v == vcpu ? text : text_of(*cpus, v)));
	}
	if (!list)
		return -ENOMEM;
	json_object_put(*cpus);
	*cpus = list;
	return 0;
}

bool config_vcpu_online(const struct dom_config *config, unsigned int vcpu)
{
	if (config->vcpu_avail < 0)
		return vcpu < config->vcpus;
	return vcpu < 32 && (config->vcpu_avail >> vcpu & 1);
}

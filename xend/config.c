/* SPDX-License-Identifier: GPL-2.0-only */
/* config.c: a domain's configuration: one table of keys serves reading, printing, copying. */
#include "util/hvcspec.h"
#include "xend/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum key_type { KEY_STRING, KEY_INT, KEY_ACTION, KEY_LIST, KEY_OBJECT, KEY_CPUS };

struct key {
	const char *name;
	enum key_type type;
	size_t offset;
	int64_t min, max, def;	/* def of a list or string: unused */
};

#define OFF(f) offsetof(struct dom_config, f)
#define UNSET  INT64_MIN	/* filled in from another key */

static const struct key keys[] = {
	{ "name",	 KEY_STRING, OFF(name),	       1, CONFIG_NAME_MAX },
	{ "uuid",	 KEY_STRING, OFF(uuid),	       36, 36 },
	{ "kernel",	 KEY_STRING, OFF(kernel),      1, CONFIG_VALUE_MAX },
	{ "ramdisk",	 KEY_STRING, OFF(ramdisk),     0, CONFIG_VALUE_MAX },
	{ "cmdline",	 KEY_STRING, OFF(cmdline),     0, CONFIG_CMDLINE_MAX },
	{ "bootloader",	 KEY_STRING, OFF(bootloader),  1, 255 },
	{ "bootloader_args", KEY_LIST, OFF(bootloader_args) },
	{ "memory_mib",	 KEY_INT,    OFF(memory_mib),  1, 1 << 24, UNSET },
	{ "maxmem_mib",	 KEY_INT,    OFF(maxmem_mib),  1, 1 << 24, UNSET },
	{ "vcpus",	 KEY_INT,    OFF(vcpus),       1, CONFIG_VCPUS_MAX, 1 },
	{ "maxvcpus",	 KEY_INT,    OFF(maxvcpus),    1, CONFIG_VCPUS_MAX, UNSET },
	{ "vcpu_avail",	 KEY_INT,    OFF(vcpu_avail),  1, UINT32_MAX, UNSET },
	{ "cpus",	 KEY_CPUS,   OFF(cpus) },
	{ "cpus_soft",	 KEY_CPUS,   OFF(cpus_soft) },
	{ "cpu_weight",	 KEY_INT,    OFF(cpu_weight),  1, 65535, 256 },
	{ "cpu_cap",	 KEY_INT,    OFF(cpu_cap),     0, 100 * CONFIG_VCPUS_MAX, 0 },
	{ "on_poweroff", KEY_ACTION, OFF(on_poweroff), 0, 0, ACT_DESTROY },
	{ "on_reboot",	 KEY_ACTION, OFF(on_reboot),   0, 0, ACT_RESTART },
	{ "on_crash",	 KEY_ACTION, OFF(on_crash),    0, 0, ACT_RESTART },
	{ "description", KEY_STRING, OFF(description), 0, CONFIG_VALUE_MAX },
	{ "tsc_mode",	 KEY_INT,    OFF(tsc_mode),    0, 2, 0 },
	{ "owner",	 KEY_INT,    OFF(owner),       -1, UINT32_MAX, -1 },
	{ "extra_keys",	 KEY_OBJECT, OFF(extra_keys) },
	{ "disk",	 KEY_LIST,   OFF(disk) },
	{ "vif",	 KEY_LIST,   OFF(vif) },
	{ "serial",	 KEY_LIST,   OFF(serial) },
	{ "channel",	 KEY_LIST,   OFF(channel) },
	{ "vfb",	 KEY_LIST,   OFF(vfb) },
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static const char *const action_names[ACT_COUNT] = {
	[ACT_DESTROY] = "destroy",
	[ACT_RESTART] = "restart",
	[ACT_PRESERVE] = "preserve",
	[ACT_RENAME_RESTART] = "rename-restart",
	[ACT_COREDUMP_DESTROY] = "coredump-destroy",
	[ACT_COREDUMP_RESTART] = "coredump-restart",
};

const char *action_name(enum action a)
{
	return (unsigned int)a < ACT_COUNT ? action_names[a] : "destroy";
}

static char **key_string(struct dom_config *c, const struct key *k)
{
	return (char **)((char *)c + k->offset);
}

static int64_t *key_int(struct dom_config *c, const struct key *k)
{
	return (int64_t *)((char *)c + k->offset);
}

static struct json_object **key_json(struct dom_config *c, const struct key *k)
{
	return (struct json_object **)((char *)c + k->offset);
}

static bool is_json(const struct key *k)
{
	return k->type == KEY_LIST || k->type == KEY_OBJECT || k->type == KEY_CPUS;
}

int config_set_string(char **field, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int read_string(struct dom_config *c, const struct key *k, struct json_object *v, char *why,
	size_t size)
{
	const char *s = json_object_get_string(v);
	int64_t len = json_object_get_string_len(v);

	if (!json_object_is_type(v, json_type_string) || (int64_t)strlen(s) != len) {
		snprintf(why, size, "%s must be a string", k->name);
		return -EINVAL;
	}
	if (len < k->min || len > k->max) {
		if (k->min == k->max)
			snprintf(why, size, "%s is %lld characters long, not %lld", k->name, (long long)len,
				(long long)k->max);
		else
			snprintf(why, size, "%s is %lld characters long; %lld to %lld are possible", k->name,
				(long long)len, (long long)k->min, (long long)k->max);
		return -EINVAL;
	}
	return config_set_string(key_string(c, k), s);
}

static int read_int(struct dom_config *c, const struct key *k, struct json_object *v, char *why,
	size_t size)
{
	int64_t n = json_object_get_int64(v);

	if (!json_object_is_type(v, json_type_int)) {
		snprintf(why, size, "%s must be an integer", k->name);
		return -EINVAL;
	}
	if (n < k->min || n > k->max) {
		snprintf(why, size, "%s is %lld; %lld to %lld are possible", k->name, (long long)n,
			(long long)k->min, (long long)k->max);
		return -EINVAL;
	}
	*key_int(c, k) = n;
	return 0;
}

static int read_action(struct dom_config *c, const struct key *k, struct json_object *v, char *why,
	size_t size)
{
	const char *s = json_object_get_string(v);

	for (int a = 0; a < ACT_COUNT && json_object_is_type(v, json_type_string); a++) {
		if (!strcmp(s, action_names[a])) {
			*key_int(c, k) = a;
			return 0;
		}
	}
	snprintf(why, size, "%s is '%.32s'; destroy, restart, preserve, rename-restart, "
		"coredump-destroy and coredump-restart are possible", k->name, s ? s : "null");
	return -EINVAL;
}

static int read_json(struct dom_config *c, const struct key *k, struct json_object *v, char *why,
	size_t size)
{
	bool list = k->type == KEY_LIST;

	if (!json_object_is_type(v, list ? json_type_array : json_type_object)) {
		snprintf(why, size, "%s must be %s", k->name, list ? "a list of strings" : "an object");
		return -EINVAL;
	}
	if (list && json_object_array_length(v) > CONFIG_LIST_MAX) {
		snprintf(why, size, "%s has %zu entries; %d are possible", k->name, json_object_array_length(v),
			CONFIG_LIST_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; list && i < json_object_array_length(v); i++) {
		if (!json_object_is_type(json_object_array_get_idx(v, i), json_type_string)) {
			snprintf(why, size, "%s must be a list of strings", k->name);
			return -EINVAL;
		}
	}
	json_object_put(*key_json(c, k));
	*key_json(c, k) = json_object_get(v);
	return 0;
}

static int read_cpus(struct dom_config *c, const struct key *k, struct json_object *v, char *why,
	size_t size)
{
	int rc = config_cpus_check(k->name, v, why, size);

	if (rc)
		return rc;
	json_object_put(*key_json(c, k));
	*key_json(c, k) = json_object_get(v);
	return 0;
}

static int read_key(struct dom_config *c, const struct key *k, struct json_object *v, char *why,
	size_t size)
{
	static int (*const readers[])(struct dom_config *, const struct key *, struct json_object *,
		char *, size_t) = {
		[KEY_STRING] = read_string, [KEY_INT] = read_int, [KEY_ACTION] = read_action,
		[KEY_LIST] = read_json, [KEY_OBJECT] = read_json, [KEY_CPUS] = read_cpus,
	};

	return readers[k->type](c, k, v, why, size);
}

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

bool config_name_ok(const char *name)
{
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789_-.:+");

	/* Digits alone would be taken for a domain's id. */
	return len && len <= CONFIG_NAME_MAX && !name[len] && strspn(name, "0123456789") < len;
}

static int fill_defaults(struct dom_config *c, char *why, size_t size)
{
	char uuid[UUID_TEXT];
	int rc = 0;

	if (c->memory_mib == UNSET)
		c->memory_mib = 128;
	if (c->maxmem_mib == UNSET)
		c->maxmem_mib = c->memory_mib;
	if (c->maxvcpus == UNSET)
		c->maxvcpus = c->vcpus;
	if (!c->cpus)
		c->cpus = json_object_new_string("all");
	if (!c->cpus_soft)
		c->cpus_soft = json_object_new_string("all");
	if (!rc && !c->uuid) {
		rc = uuid_new(uuid);
		if (!rc)
			rc = config_set_string(&c->uuid, uuid);
	}
	if (!rc && c->ramdisk && !*c->ramdisk) {
		free(c->ramdisk);
		c->ramdisk = NULL;
	}
	if (rc)
		snprintf(why, size, "%s", strerror(-rc));
	return rc;
}

static int check_consoles(const struct dom_config *c, char *why, size_t size)
{
	size_t serials = c->serial ? json_object_array_length(c->serial) : 0;
	size_t channels = c->channel ? json_object_array_length(c->channel) : 0;
	struct hvc_spec spec;
	int rc = 0;

	if (serials + channels > HVC_MAX) {
		snprintf(why, size, "serial and channel are more than %d together", HVC_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; !rc && i < serials; i++)
		rc = serial_spec_parse(json_object_get_string(json_object_array_get_idx(c->serial, i)), &spec,
			why, size);
	for (size_t i = 0; !rc && i < channels; i++) {
		rc = channel_spec_parse(json_object_get_string(json_object_array_get_idx(c->channel, i)), &spec,
			why, size);
		hvc_spec_clear(&spec);
	}
	return rc;
}

/* What one key alone cannot tell. */
static int check_rules(struct dom_config *c, char *why, size_t size)
{
	uint8_t uuid[16];

	if (!c->name)
		snprintf(why, size, "name is missing");
	else if (!config_name_ok(c->name))
		snprintf(why, size, "name '%.64s' is not possible: letters, digits and _-.:+ only, "
			"and not digits alone", c->name);
	else if (!strcmp(c->name, "Domain-0"))
		snprintf(why, size, "name 'Domain-0' is taken");
	else if (uuid_parse(c->uuid, uuid))
		snprintf(why, size, "uuid '%.64s' is not a uuid", c->uuid);
	else if (c->maxmem_mib < c->memory_mib)
		snprintf(why, size, "maxmem_mib (%lld) is less than memory_mib (%lld)",
			(long long)c->maxmem_mib, (long long)c->memory_mib);
	else if (c->maxvcpus < c->vcpus)
		snprintf(why, size, "maxvcpus (%lld) is less than vcpus (%lld)",
			(long long)c->maxvcpus, (long long)c->vcpus);
	else if (!config_vcpu_online(c, 0))
		snprintf(why, size, "vcpu_avail (%lld) is without vcpu 0, which a guest starts on",
			(long long)c->vcpu_avail);
	else
		return check_consoles(c, why, size) ? -EINVAL : config_boot_check(c, why, size);
	return -EINVAL;
}

int config_from_json(struct json_object *json, struct dom_config *ret_config, char *why, size_t size)
{
	struct dom_config c = { 0 };
	const struct key *k;
	int rc = 0;

	for (size_t i = 0; i < KEY_COUNT; i++)
		if (keys[i].type == KEY_INT || keys[i].type == KEY_ACTION)
			*key_int(&c, &keys[i]) = keys[i].def;
	json_object_object_foreach(json, name, value) {
		k = key_find(name);
		if (!k) {
			snprintf(why, size, "unknown key '%.64s'", name);
			rc = -EINVAL;
		} else if (value) {
			rc = read_key(&c, k, value, why, size);
		}
		if (rc)
			break;
	}
	if (!rc)
		rc = fill_defaults(&c, why, size);
	if (!rc)
		rc = check_rules(&c, why, size);
	if (rc) {
		config_clear(&c);
		*ret_config = c;
		return rc;
	}
	*ret_config = c;
	return 0;
}

struct json_object *config_to_json(const struct dom_config *config)
{
	struct dom_config *c = (struct dom_config *)config;
	struct json_object *o = json_object_new_object(), *v;

	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct key *k = &keys[i];

		v = NULL;
		if (k->type == KEY_STRING && *key_string(c, k))
			v = json_object_new_string(*key_string(c, k));
		else if (k->type == KEY_INT && *key_int(c, k) >= 0)
			v = json_object_new_int64(*key_int(c, k));
		else if (k->type == KEY_ACTION)
			v = json_object_new_string(action_name((enum action)*key_int(c, k)));
		else if (is_json(k))
			v = json_object_get(*key_json(c, k));
		if (v)
			json_object_object_add(o, k->name, v);
	}
	return o;
}

int config_copy(const struct dom_config *from, struct dom_config *ret_to)
{
	struct json_object *json = config_to_json(from);
	char why[128];
	int rc = config_from_json(json, ret_to, why, sizeof(why));

	json_object_put(json);
	return rc;
}

void config_clear(struct dom_config *c)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (keys[i].type == KEY_STRING)
			free(*key_string(c, &keys[i]));
		else if (is_json(&keys[i]))
			json_object_put(*key_json(c, &keys[i]));
	}
	memset(c, 0, sizeof(*c));
}

static int check_file(const char *key, const char *path, char *why, size_t size)
{
	struct stat st;
	int fd, rc = 0;

	if (path[0] != '/') {
		snprintf(why, size, "%s '%s' is not an absolute path", key, path);
		return -EINVAL;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = -errno;
		snprintf(why, size, "cannot open %s %s: %s", key, path, strerror(-rc));
	} else if (!S_ISREG(st.st_mode) || st.st_size == 0) {
		rc = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
		snprintf(why, size, "%s %s is %s", key, path,
			S_ISREG(st.st_mode) ? "empty" : "not a regular file");
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

int config_check_host(const struct dom_config *c, char *why, size_t size)
{
	int rc = c->kernel ? check_file("kernel", c->kernel, why, size) : 0;

	if (!rc && c->ramdisk)
		rc = check_file("ramdisk", c->ramdisk, why, size);
	return rc;
}

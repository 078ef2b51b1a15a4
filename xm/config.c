/* SPDX-License-Identifier: GPL-2.0-only */
/* config.c: configuration keys as table rows: what each may be, and what it becomes in CONFIG. */
#include "xm/config.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PVGRUB64 "/usr/lib/grub-xen/grub-x86_64-xen.bin"

struct key;
/* Reads e's value into config. 0 or -EINVAL with err. */
typedef int key_read(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size);

static key_read read_string, read_path, read_int, read_cpus, read_cpu, read_list, read_pv, read_none,
	read_extra, read_part, read_bootloader, read_words, read_firmware, read_serial, read_tsc_mode;

static const struct key {
	const char *name;	/* in the file */
	const char *to;		/* in CONFIG */
	key_read *read;
} keys[] = {
	{ "name", "name", read_string },
	{ "uuid", "uuid", read_string },
	{ "description", "description", read_string },
	{ "kernel", "kernel", read_path },
	{ "ramdisk", "ramdisk", read_path },
	{ "firmware", "kernel", read_firmware },
	/* the kernel that is in the disk */
	{ "bootloader", "bootloader", read_bootloader },
	{ "bootloader_args", "bootloader_args", read_words },
	{ "bootargs", "bootloader_args", read_words },
	{ "memory", "memory_mib", read_int },
	{ "memory_mib", "memory_mib", read_int },
	{ "maxmem", "maxmem_mib", read_int },
	{ "maxmem_mib", "maxmem_mib", read_int },
	{ "vcpus", "vcpus", read_int },
	{ "maxvcpus", "maxvcpus", read_int },
	{ "cpu", "cpus", read_cpu },
	{ "cpus", "cpus", read_cpus },
	{ "cpus_soft", "cpus_soft", read_cpus },
	{ "vcpu_avail", "vcpu_avail", read_int },
	{ "cpu_weight", "cpu_weight", read_int },
	{ "cpu_cap", "cpu_cap", read_int },
	{ "cap", "cpu_cap", read_int },
	{ "tsc_mode", "tsc_mode", read_tsc_mode },
	{ "on_poweroff", "on_poweroff", read_string },
	{ "on_reboot", "on_reboot", read_string },
	{ "on_crash", "on_crash", read_string },
	{ "owner", "owner", read_int },
	{ "disk", "disk", read_list },
	{ "vif", "vif", read_list },
	{ "serial", "serial", read_serial },
	{ "channel", "channel", read_list },
	{ "vfb", "vfb", read_list },
	/* parts of a framebuffer, see config_vfb.c */
	{ "vnc", "vfb", read_part },
	{ "vnclisten", "vfb", read_part },
	{ "vncpasswd", "vfb", read_part },
	{ "vncdisplay", "vfb", read_part },
	{ "vncunused", "vfb", read_part },
	{ "keymap", "vfb", read_part },
	{ "sdl", "vfb", read_part },
	{ "opengl", "vfb", read_part },
	{ "extra_keys", "extra_keys", read_extra },
	/* what kind of guest: paravirtual is all there is */
	{ "builder", NULL, read_pv },
	{ "type", NULL, read_pv },
	/* asked for, but not to be had yet */
	{ "pci", NULL, read_none },
	{ "vtpm", NULL, read_none },
	{ "vscsi", NULL, read_none },
	{ "vif2", NULL, read_none },
	/* parts of the kernel's command line, see config_cmdline.c */
	{ "cmdline", "cmdline", read_part },
	{ "root", "cmdline", read_part },
	{ "extra", "cmdline", read_part },
	{ "ip", "cmdline", read_part },
	{ "dhcp", "cmdline", read_part },
	{ "gateway", "cmdline", read_part },
	{ "netmask", "cmdline", read_part },
	{ "hostname", "cmdline", read_part },
	{ "interface", "cmdline", read_part },
	{ "nfs_server", "cmdline", read_part },
	{ "nfs_root", "cmdline", read_part },
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

const char *config_key_name(size_t i)
{
	return i < KEY_COUNT ? keys[i].name : NULL;
}

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

int config_error(const char *file, const struct cfg_entry *e, char *err, size_t err_size,
	const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!e)
		n = snprintf(err, err_size, "%.200s: ", file);
	else if (!e->line)
		n = snprintf(err, err_size, "argument %.60s: ", e->key);
	else
		n = snprintf(err, err_size, "%.200s:%d:%d: ", file, e->line, e->column);
	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < err_size)
		vsnprintf(err + n, err_size - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static void put_string(struct json_object *config, const char *key, const char *value)
{
	json_object_object_add(config, key, json_object_new_string(value));
}

static bool is_text(struct json_object *v)
{
	return json_object_is_type(v, json_type_string) || json_object_is_type(v, json_type_int);
}

/* None, "" and [] are the same as no key. */
static bool is_empty(struct json_object *v)
{
	return !v || (json_object_is_type(v, json_type_string) && !json_object_get_string_len(v)) ||
		(json_object_is_type(v, json_type_array) && !json_object_array_length(v));
}

static int read_string(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	if (!is_text(e->value))
		return config_error(file, e, err, err_size, "expected a string for %s", k->name);
	put_string(config, k->to, json_object_get_string(e->value));
	return 0;
}

static int read_path(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	const char *path = json_object_get_string(e->value);
	char cwd[PATH_MAX], whole[2 * PATH_MAX];

	if (!json_object_is_type(e->value, json_type_string) || strlen(path) >= PATH_MAX)
		return config_error(file, e, err, err_size, "expected a path for %s", k->name);
	if (path[0] == '/') {
		put_string(config, k->to, path);
		return 0;
	}
	if (!getcwd(cwd, sizeof(cwd)))
		return config_error(file, e, err, err_size, "cannot make %s an absolute path: %s",
			path, strerror(errno));
	snprintf(whole, sizeof(whole), "%s/%s", strcmp(cwd, "/") ? cwd : "", path);
	put_string(config, k->to, whole);
	return 0;
}

/* Numbers, also in quotes, as xen-tools writes them. */
static int read_int(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	const char *text;
	char *end;
	int64_t n = json_object_get_int64(e->value);

	if (json_object_is_type(e->value, json_type_string)) {
		text = json_object_get_string(e->value);
		errno = 0;
		n = strtoll(text, &end, 0);
		while (isspace((unsigned char)*end))
			end++;
		if (end == text || *end || errno)
			return config_error(file, e, err, err_size, "expected a number for %s, found "
				"'%.60s'", k->name, text);
	} else if (!json_object_is_type(e->value, json_type_int)) {
		return config_error(file, e, err, err_size, "expected a number for %s", k->name);
	}
	json_object_object_add(config, k->to, json_object_new_int64(n));
	return 0;
}

/* xl's names, or their numbers. */
static int read_tsc_mode(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	static const char *const modes[] = { "default", "always_emulate", "native" };
	const char *text = json_object_get_string(e->value);

	for (int i = 0; json_object_is_type(e->value, json_type_string) && i < 3; i++) {
		if (strcmp(text, modes[i]) != 0)
			continue;
		json_object_object_add(config, k->to, json_object_new_int(i));
		return 0;
	}
	if (json_object_is_type(e->value, json_type_int) || isdigit((unsigned char)*text))
		return read_int(k, e, file, config, err, err_size);
	return config_error(file, e, err, err_size, "expected \"default\", \"always_emulate\" or "
		"\"native\" for tsc_mode");
}

static int read_cpu(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	const char *text = json_object_get_string(e->value);

	if (!is_text(e->value))
		return config_error(file, e, err, err_size, "expected a number for cpu");
	if (strcmp(text, "-1"))		/* the classic "any" */
		put_string(config, k->to, text);
	return 0;
}

/* "0-3,^1", a number, or a list: one set for each vcpu. */
static int read_cpus(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	struct json_object *v = e->value;
	struct json_object *list, *one;

	if (!json_object_is_type(v, json_type_array))
		return read_string(k, e, file, config, err, err_size);
	list = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		one = json_object_array_get_idx(v, i);
		if (!is_text(one)) {
			json_object_put(list);
			return config_error(file, e, err, err_size, "expected a list of sets of CPUs such "
				"as \"0-3\" for %s", k->name);
		}
		json_object_array_add(list, json_object_new_string(json_object_get_string(one)));
	}
	json_object_object_add(config, k->to, list);
	return 0;
}

static int read_list(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	struct json_object *v = e->value;

	if (!json_object_is_type(v, json_type_array))
		return config_error(file, e, err, err_size, "expected a list of strings for %s", k->name);
	for (size_t i = 0; i < json_object_array_length(v); i++)
		if (!json_object_is_type(json_object_array_get_idx(v, i), json_type_string))
			return config_error(file, e, err, err_size, "expected a list of strings for %s",
				k->name);
	json_object_object_add(config, k->to, json_object_get(v));
	return 0;
}

static int read_pv(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	static const char *const ours[] = { "linux", "generic", "pv" };
	const char *text = json_object_get_string(e->value);

	for (size_t i = 0; json_object_is_type(e->value, json_type_string) && i < 3; i++)
		if (!strcmp(text, ours[i]))
			return 0;
	return config_error(file, e, err, err_size, "expected a paravirtual guest (%s), found '%.60s'; "
		"others are not supported", k->name[0] == 't' ? "type = \"pv\"" : "builder = \"linux\"",
		text);
}

/* xend reads the disk itself; pygrub, wherever it is said to be, did the same. */
static int read_bootloader(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	const char *text = json_object_get_string(e->value), *base;

	base = text && strrchr(text, '/') ? strrchr(text, '/') + 1 : text;
	if (!json_object_is_type(e->value, json_type_string) ||
	    (strcmp(text, "builtin") != 0 && strcmp(base, "pygrub") != 0))
		return config_error(file, e, err, err_size, "expected \"builtin\" or \"pygrub\" for bootloader; "
			"other programs are not run");
	put_string(config, k->to, "builtin");
	return 0;
}

/* Where Debian's grub-xen-host has what xl calls pvgrub64. */
static int read_firmware(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	if (!json_object_is_type(e->value, json_type_string) ||
	    strcmp(json_object_get_string(e->value), "pvgrub64") != 0)
		return config_error(file, e, err, err_size, "expected \"pvgrub64\" for firmware");
	put_string(config, k->to, PVGRUB64);
	return 0;
}

/* A list, or one string whose blanks part words. */
static int read_words(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	struct json_object *list;
	const char *text;
	size_t len;

	if (json_object_is_type(e->value, json_type_array))
		return read_list(k, e, file, config, err, err_size);
	if (!json_object_is_type(e->value, json_type_string))
		return config_error(file, e, err, err_size, "expected words for %s", k->name);
	list = json_object_new_array();
	for (text = json_object_get_string(e->value); text += strspn(text, " \t"), *text; text += len) {
		len = strcspn(text, " \t");
		json_object_array_add(list, json_object_new_string_len(text, (int)len));
	}
	json_object_object_add(config, k->to, list);
	return 0;
}

/* One console, or a list of them; "none" is none. */
static int read_serial(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	struct json_object *list;

	if (!json_object_is_type(e->value, json_type_string))
		return read_list(k, e, file, config, err, err_size);
	if (!strcmp(json_object_get_string(e->value), "none"))
		return 0;
	list = json_object_new_array();
	json_object_array_add(list, json_object_get(e->value));
	json_object_object_add(config, k->to, list);
	return 0;
}

static int read_none(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	return config_error(file, e, err, err_size, "expected no %s: it is not supported yet", k->name);
}

static int read_extra(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	if (!json_object_is_type(e->value, json_type_object))
		return config_error(file, e, err, err_size, "expected an object for %s", k->name);
	json_object_object_add(config, k->to, json_object_get(e->value));
	return 0;
}

static int read_part(const struct key *k, const struct cfg_entry *e, const char *file,
	struct json_object *config, char *err, size_t err_size)
{
	return 0;	/* config_cmdline() and config_vfb() join them */
}

/* The file's name without folder and without ".cfg" or such. */
static void default_name(struct json_object *config, const char *file)
{
	const char *base = strrchr(file, '/'), *dot;
	char name[256];

	base = base ? base + 1 : file;
	dot = strrchr(base, '.');
	snprintf(name, sizeof(name), "%.*s", dot && dot != base ? (int)(dot - base) : (int)strlen(base),
		base);
	put_string(config, "name", name);
}

/* A helper variable of the file (another value was made of it), or one marked as private. */
static bool is_variable(const struct cfg_entry *e)
{
	return e->used || e->key[0] == '_';
}

static int read_entry(const struct cfg_entry *e, const char *file, struct json_object *config,
	struct json_object *extra, char *err, size_t err_size)
{
	const struct key *k = key_find(e->key);

	if (!k) {
		if (!is_variable(e))
			json_object_object_add(extra, e->key, json_object_get(e->value));
		return 0;
	}
	return is_empty(e->value) ? 0 : k->read(k, e, file, config, err, err_size);
}

int config_from_cfg(const struct cfg *cfg, const char *file, struct json_object **ret_config,
	char *err, size_t err_size)
{
	struct json_object *config = json_object_new_object(), *extra = json_object_new_object(), *given;
	char cmdline[CONFIG_CMDLINE_MAX];
	int rc = 0;

	for (size_t i = 0; !rc && i < cfg->count; i++)
		rc = read_entry(&cfg->entries[i], file, config, extra, err, err_size);
	if (!rc)
		rc = config_cmdline(cfg, file, cmdline, sizeof(cmdline), err, err_size);
	if (!rc)
		rc = config_vfb(cfg, file, config, err, err_size);
	if (!rc && *cmdline)
		put_string(config, "cmdline", cmdline);
	if (!rc && !json_object_object_get_ex(config, "name", NULL))
		default_name(config, file);
	if (!rc && !json_object_object_get_ex(config, "kernel", NULL) &&
	    !json_object_object_get_ex(config, "disk", NULL))
		rc = config_error(file, NULL, err, err_size, "expected a kernel, or a disk with one; neither is named");
	if (rc) {
		json_object_put(config);
		json_object_put(extra);
		return rc;
	}
	if (!json_object_object_get_ex(config, "extra_keys", &given) && json_object_object_length(extra))
		json_object_object_add(config, "extra_keys", json_object_get(extra));
	json_object_put(extra);
	*ret_config = config;
	return 0;
}

void config_warning(const struct cfg *cfg, const char *file, char *buf, size_t size)
{
	size_t len = 0;
	int n;

	*buf = '\0';
	for (size_t i = 0; i < cfg->count; i++) {
		const struct cfg_entry *e = &cfg->entries[i];

		if (key_find(e->key) || is_variable(e))
			continue;
		if (e->line)
			n = snprintf(buf + len, size - len, "%s%.64s (%.200s:%d)",
				len ? ", " : "Warning: keys without effect: ", e->key, file, e->line);
		else
			n = snprintf(buf + len, size - len, "%s%.64s (argument)",
				len ? ", " : "Warning: keys without effect: ", e->key);
		if (n < 0 || len + (size_t)n >= size)
			return;
		len += (size_t)n;
	}
}

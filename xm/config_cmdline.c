/* SPDX-License-Identifier: GPL-2.0-only */
/* config_cmdline.c: the guest kernel's command line out of root, extra, ip and their kin. */
#include "xm/config.h"

#include <stdio.h>
#include <string.h>

const char *config_text(const struct cfg *cfg, const char *key)
{
	const struct cfg_entry *e = cfg_find(cfg, key);

	if (!e || !e->value)
		return "";
	if (json_object_is_type(e->value, json_type_string) ||
	    json_object_is_type(e->value, json_type_int))
		return json_object_get_string(e->value);
	return NULL;
}

/* Appends one word, with a blank before it. */
static void add(char *buf, size_t size, const char *prefix, const char *text)
{
	size_t len = strlen(buf);

	if (*text)
		snprintf(buf + len, size - len, "%s%s%s", len ? " " : "", prefix, text);
}

/* dhcp = "dhcp" or 1: ask; "off", 0, or not there: do not. */
static const char *dhcp_of(const struct cfg *cfg)
{
	const struct cfg_entry *e = cfg_find(cfg, "dhcp");
	const char *text = config_text(cfg, "dhcp");

	if (e && json_object_is_type(e->value, json_type_boolean))
		return json_object_get_boolean(e->value) ? "dhcp" : "off";
	if (!text || !*text || !strcmp(text, "0") || !strcmp(text, "no"))
		return "off";
	return !strcmp(text, "1") || !strcmp(text, "yes") ? "dhcp" : text;
}

/* ip=CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:INTERFACE:AUTOCONF, as Linux reads it. */
static void add_ip(const struct cfg *cfg, char *buf, size_t size)
{
	const char *dhcp = dhcp_of(cfg), *interface = config_text(cfg, "interface");
	char ip[1024];

	if (!*config_text(cfg, "ip") && !strcmp(dhcp, "off"))
		return;
	/* somebody who gives the kernel's own syntax means it */
	if (strchr(config_text(cfg, "ip"), ':') || !strcmp(config_text(cfg, "ip"), "dhcp"))
		snprintf(ip, sizeof(ip), "%s", config_text(cfg, "ip"));
	else
		snprintf(ip, sizeof(ip), "%s:%s:%s:%s:%s:%s:%s", config_text(cfg, "ip"),
			config_text(cfg, "nfs_server"), config_text(cfg, "gateway"),
			config_text(cfg, "netmask"), config_text(cfg, "hostname"),
			*interface ? interface : "eth0", dhcp);
	add(buf, size, "ip=", ip);
}

static int check_texts(const struct cfg *cfg, const char *file, char *err, size_t err_size)
{
	static const char *const keys[] = { "cmdline", "root", "extra", "ip", "gateway", "netmask",
		"hostname", "interface", "nfs_server", "nfs_root" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!config_text(cfg, keys[i]))
			return config_error(file, cfg_find(cfg, keys[i]), err, err_size,
				"expected a string for %s", keys[i]);
		if (strpbrk(config_text(cfg, keys[i]), "\n\r"))
			return config_error(file, cfg_find(cfg, keys[i]), err, err_size,
				"expected a string of one line for %s", keys[i]);
	}
	if (*config_text(cfg, "nfs_root") && !*config_text(cfg, "nfs_server"))
		return config_error(file, cfg_find(cfg, "nfs_root"), err, err_size,
			"expected nfs_server to be set where nfs_root is");
	return 0;
}

int config_cmdline(const struct cfg *cfg, const char *file, char *buf, size_t size, char *err,
	size_t err_size)
{
	const struct cfg_entry *e;
	char nfs[1024];
	int rc = check_texts(cfg, file, err, err_size);

	if (rc)
		return rc;
	*buf = '\0';
	if (*config_text(cfg, "cmdline")) {
		add(buf, size, "", config_text(cfg, "cmdline"));
	} else {
		add_ip(cfg, buf, size);
		if (*config_text(cfg, "nfs_root")) {
			snprintf(nfs, sizeof(nfs), "%s:%s", config_text(cfg, "nfs_server"),
				config_text(cfg, "nfs_root"));
			if (!*config_text(cfg, "root"))
				add(buf, size, "root=", "/dev/nfs");
		}
		add(buf, size, "root=", config_text(cfg, "root"));
		if (*config_text(cfg, "nfs_root"))
			add(buf, size, "nfsroot=", nfs);
		add(buf, size, "", config_text(cfg, "extra"));
	}
	if (strlen(buf) + 1 < size)
		return 0;
	e = cfg_find(cfg, *config_text(cfg, "cmdline") ? "cmdline" : "extra");
	return config_error(file, e, err, err_size, "expected a command line of less than %zu bytes",
		size - 1);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* options.c: xend's command line and its file of options: one table for parsing and help. */
#include "xend/options.h"
#include "xend/version.h"
#include "util/hostlist.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { OPT_FLAG, OPT_PATH, OPT_NUMBER, OPT_BALLOON, OPT_NETWORK, OPT_NETWORK6, OPT_HOSTS, OPT_HELP, OPT_VERSION };

static const struct row {
	char letter;		/* 0: none */
	const char *name;
	enum kind kind;
	size_t offset;
	const char *arg, *help;
} rows[] = {
	{ 'F', "foreground", OPT_FLAG, offsetof(struct options, foreground), NULL,
		"stay in the foreground, log to stderr" },
	{ 'v', "verbose", OPT_FLAG, offsetof(struct options, verbose), NULL,
		"log every request that failed, too" },
	{ 0, "config", OPT_PATH, offsetof(struct options, config), "PATH",
		"a file with further options, a line each (/etc/xen/xend.conf)" },
	{ 0, "socket", OPT_PATH, offsetof(struct options, socket), "PATH",
		"socket to serve (/run/xend/xend.sock, or XEND_SOCKET)" },
	{ 0, "state-dir", OPT_PATH, offsetof(struct options, state_dir), "DIR",
		"where running domains are remembered (/var/lib/xend)" },
	{ 0, "log-dir", OPT_PATH, offsetof(struct options, log_dir), "DIR",
		"xend.log and console/NAME.log (/var/log/xend)" },
	{ 0, "image-dir", OPT_PATH, offsetof(struct options, image_dir), "DIR",
		"where disk images are made (/var/lib/xen/images)" },
	{ 0, "dump-dir", OPT_PATH, offsetof(struct options, dump_dir), "DIR",
		"where core dumps go (/var/lib/xen/dump)" },
	{ 0, "pidfile", OPT_PATH, offsetof(struct options, pidfile), "PATH",
		"holds the lock of the one instance (/run/xend/xend.pid)" },
	{ 0, "restart-window", OPT_NUMBER, offsetof(struct options, antiloop_s), "SECONDS",
		"a second restart of a domain within this time destroys it (60)" },
	{ 0, "autoballoon", OPT_BALLOON, offsetof(struct options, autoballoon), "on|off|auto",
		"take memory for new domains from domain 0; auto: unless dom0_mem= was given" },
	{ 0, "dom0-min-mem", OPT_NUMBER, offsetof(struct options, dom0_min_mib), "MIB",
		"what domain 0 keeps then (256)" },
	{ 0, "network", OPT_NETWORK, offsetof(struct options, network), "ADDR/BITS|off",
		"a network for guests that name no other: domain 0's address on it (off)" },
	{ 0, "network-ipv6", OPT_NETWORK6, offsetof(struct options, network), "ADDR/64|auto|off",
		"its address of IPv6; auto: one of a private prefix of this machine's own (auto)" },
	{ 0, "network-bridge", OPT_PATH, offsetof(struct options, network.bridge), "NAME",
		"what its bridge is called (xenbr0)" },
	{ 0, "network-late", OPT_FLAG, offsetof(struct options, network_late), NULL,
		"make it when the first guest needs it, not at once" },
	{ 0, "console-scrollback", OPT_NUMBER, offsetof(struct options, console_scrollback_kib), "KIB",
		"what is kept of each console for those who attach later (64)" },
	{ 0, "console-log-size", OPT_NUMBER, offsetof(struct options, console_log_kib), "KIB",
		"a console's log is rotated when it reaches this; 0: never (1024)" },
	{ 0, "console-log-keep", OPT_NUMBER, offsetof(struct options, console_log_keep), "COUNT",
		"old logs that are kept of each console: NAME.log.1 and so on (1)" },
	{ 0, "migrate-hosts", OPT_HOSTS, offsetof(struct options, migrate.hosts), "ADDR[/BITS],...",
		"hosts that send and get guests without certificates (none)" },
	{ 0, "migrate-tls-dir", OPT_PATH, offsetof(struct options, migrate.tls_dir), "DIR",
		"ca.pem, cert.pem and key.pem for all others (/etc/xen/tls)" },
	{ 0, "migrate-port", OPT_NUMBER, offsetof(struct options, migrate.port), "PORT",
		"where guests arrive, if any may; 0: nowhere (8002)" },
	{ 0, "migrate-address", OPT_PATH, offsetof(struct options, migrate.address), "ADDR",
		"of this host, at which they do (all)" },
	{ 0, "qemu", OPT_PATH, offsetof(struct options, qemu), "PATH",
		"what serves framebuffers (/usr/libexec/xen-qemu-system-i386)" },
	{ 'V', "version", OPT_VERSION, 0, NULL, "print the version" },
	{ 'h', "help", OPT_HELP, 0, NULL, "print this" },
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

#define DEFAULT_CONFIG "/etc/xen/xend.conf"	/* need not be there */

static const char *const balloon_names[] = { "off", "on", "auto" };

static void usage(FILE *to)
{
	char left[64];

	fprintf(to, "Usage: xend [OPTION]...\nThe domain management daemon.\n\n");
	for (size_t i = 0; i < ROW_COUNT; i++) {
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", rows[i].letter ? '-' : ' ',
			rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? "," : " ",
			rows[i].name, rows[i].arg ? " " : "", rows[i].arg ? rows[i].arg : "");
		fprintf(to, "  %-28s %s\n", left, rows[i].help);
	}
}

static const struct row *row_find(const char *arg, const char **ret_value)
{
	size_t len;

	*ret_value = NULL;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (arg[0] == '-' && arg[1] == rows[i].letter && arg[1] && !arg[2])
			return &rows[i];
		len = strlen(rows[i].name);
		if (strncmp(arg, "--", 2) || strncmp(arg + 2, rows[i].name, len))
			continue;
		if (!arg[2 + len])
			return &rows[i];
		if (arg[2 + len] == '=' && rows[i].arg) {
			*ret_value = arg + 3 + len;
			return &rows[i];
		}
	}
	return NULL;
}

static int bad(const char *text, const char *arg)
{
	fprintf(stderr, "xend: %s '%s' (xend --help lists what there is)\n", text, arg);
	return 2;
}

/* "192.168.127.1/24"; the address is kept without its prefix. */
static int network(const char *value, struct be_network *net)
{
	static char address[INET_ADDRSTRLEN];
	size_t len = strcspn(value, "/");
	struct in_addr in;
	char *end;

	net->address = NULL;
	if (!strcmp(value, "off"))
		return -1;
	if (len >= sizeof(address) || !value[len])
		return bad("not an address and its prefix, such as 192.168.127.1/24:", value);
	memcpy(address, value, len);
	address[len] = '\0';
	net->bits = (unsigned int)strtoul(value + len + 1, &end, 10);
	if (!value[len + 1] || *end || net->bits < 8 || net->bits > 29 || inet_pton(AF_INET, address, &in) != 1)
		return bad("not an address and its prefix (8 to 29), such as 192.168.127.1/24:", value);
	net->address = address;
	return -1;
}

static int network6(const char *value, struct be_network *net)
{
	static char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(value, "/");
	struct in6_addr in;

	net->address6 = !strcmp(value, "auto") ? "auto" : NULL;
	if (net->address6 || !strcmp(value, "off"))
		return -1;
	if (len >= sizeof(address) || strcmp(value + len, "/64"))
		return bad("not an address and its prefix of 64, such as fd12:3456:789a:1::1/64:", value);
	memcpy(address, value, len);
	address[len] = '\0';
	if (inet_pton(AF_INET6, address, &in) != 1)
		return bad("not an address and its prefix of 64, such as fd12:3456:789a:1::1/64:", value);
	net->address6 = address;
	return -1;
}

static int hosts(const char *value, const char **to)
{
	int len;
	const char *wrong = hostlist_bad(value, &len);
	char text[64];

	*to = value;
	if (!wrong)
		return -1;
	snprintf(text, sizeof(text), "%.*s", len < 60 ? len : 60, wrong);
	return bad("not the address of a host or of a network, as 10.0.0.0/24:", text);
}

static int apply(const struct row *r, const char *value, struct options *o)
{
	void *at = (char *)o + r->offset;
	char *end;

	switch (r->kind) {
	case OPT_FLAG:
		*(bool *)at = true;
		return -1;
	case OPT_PATH:
		*(const char **)at = value;
		return -1;
	case OPT_NUMBER:
		*(unsigned int *)at = (unsigned int)strtoul(value, &end, 10);
		return *value >= '0' && *value <= '9' && !*end && strlen(value) < 8 ? -1 : bad("not a number:", value);
	case OPT_BALLOON:
		for (int i = BALLOON_OFF; i <= BALLOON_AUTO; i++) {
			if (strcmp(value, balloon_names[i]))
				continue;
			*(enum autoballoon *)at = (enum autoballoon)i;
			return -1;
		}
		return bad("neither on, off nor auto:", value);
	case OPT_NETWORK:
		return network(value, at);
	case OPT_NETWORK6:
		return network6(value, at);
	case OPT_HOSTS:
		return hosts(value, at);
	case OPT_HELP:
		usage(stdout);
		return 0;
	case OPT_VERSION:
		printf("xend %s\n", XEND_VERSION);
		return 0;
	}
	return 2;
}

/* "name = value", "name value" or "name"; '#' begins a comment. Returns as apply() does. */
static int file_line(char *line, struct options *o)
{
	const struct row *r = NULL;
	char *name, *value;

	line[strcspn(line, "#")] = '\0';
	name = line + strspn(line, " \t");
	value = name + strcspn(name, " \t=");
	if (!*name)
		return -1;
	if (*value)
		*value++ = '\0';
	value += strspn(value, " \t=");
	for (size_t end = strlen(value); end && strchr(" \t\r\"", value[end - 1]); end--)
		value[end - 1] = '\0';
	value += *value == '"';
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (!strcmp(rows[i].name, name))
			r = &rows[i];
	if (!r || r->kind == OPT_HELP || r->kind == OPT_VERSION || !strcmp(name, "config"))
		return bad("unknown option", name);
	if (!r->arg != !*value)
		return bad(r->arg ? "no value for" : "no value is wanted for", name);
	return apply(r, value, o);
}

static int file_parse(const char *path, bool optional, struct options *o)
{
	static char *text;	/* as long-lived as argv: values stay in it */
	static size_t size;
	FILE *f = fopen(path, "re");
	char *line, *next;
	int rc = -1;

	if (!f && optional && errno == ENOENT)
		return -1;
	/* One "line" up to a NUL is all of it. */
	if (!f || (getdelim(&text, &size, '\0', f) < 0 && ferror(f))) {
		fprintf(stderr, "xend: cannot read %s: %s\n", path, strerror(errno));
		if (f)
			fclose(f);
		return 1;
	}
	line = feof(f) && !ftell(f) ? NULL : text;
	fclose(f);
	for (int number = 1; rc < 0 && line; number++, line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		rc = file_line(line, o);
		if (rc >= 0)
			fprintf(stderr, "xend: that is line %d of %s\n", number, path);
	}
	return rc;
}

static int arguments_parse(int argc, char **argv, struct options *o)
{
	const struct row *r;
	const char *value;
	int rc;

	for (int i = 1; i < argc; i++) {
		r = row_find(argv[i], &value);
		if (!r)
			return bad(argv[i][0] == '-' ? "unknown option" : "unexpected argument", argv[i]);
		if (r->arg && !value && !(value = argv[++i]))
			return bad("no value for", argv[i - 1]);
		rc = apply(r, value, o);
		if (rc >= 0)
			return rc;
	}
	return -1;
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options o = {
		.socket = getenv("XEND_SOCKET"), .state_dir = "/var/lib/xend",
		.log_dir = "/var/log/xend", .dump_dir = "/var/lib/xen/dump", .image_dir = "/var/lib/xen/images",
		.pidfile = "/run/xend/xend.pid", .antiloop_s = 60,
		.autoballoon = BALLOON_AUTO, .dom0_min_mib = 256,
		.migrate = { .port = MIGRATE_PORT, .tls_dir = "/etc/xen/tls" },
		.network = { .bridge = "xenbr0", .address6 = "auto", .run_dir = "/run/xen/network",
			.lease_file = "/var/lib/xen/network.leases" },
		.console_scrollback_kib = 64, .console_log_kib = 1024, .console_log_keep = 1,
	};
	struct options first = o;
	int rc;

	/* The arguments say which file, and hold against what it says. */
	rc = arguments_parse(argc, argv, &first);
	if (rc < 0)
		rc = file_parse(first.config ? first.config : DEFAULT_CONFIG, !first.config, &o);
	if (rc < 0)
		rc = arguments_parse(argc, argv, &o);
	if (rc >= 0)
		return rc;
	if (o.console_scrollback_kib > 16384 || o.console_log_keep > 99)
		return o.console_log_keep > 99 ? bad("at most 99 are possible for", "console-log-keep")
					       : bad("at most 16384 is possible for", "console-scrollback");
	if (!o.socket || !*o.socket)
		o.socket = "/run/xend/xend.sock";
	*ret_options = o;
	return -1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* format_sxp.c: `xm list -l`: domains as S-expressions, as the classic clients read them. */
#include "xm/format.h"
#include "xm/xm.h"

#include <string.h>

/* Clients find values by parentheses: a value has none, nor quotes or newlines. */
static void string(FILE *to, const char *indent, const char *key, struct json_object *o,
	const char *from)
{
	const char *value = xm_string(o, from, "");
	bool quote = strpbrk(value, " \t") != NULL;

	if (!*value)
		return;
	fprintf(to, "%s(%s %s", indent, key, quote ? "'" : "");
	for (; *value; value++)
		fputc(strchr("()\\'\"\n", *value) ? '_' : *value, to);
	fprintf(to, "%s)\n", quote ? "'" : "");
}

static void number(FILE *to, const char *key, int64_t value)
{
	fprintf(to, "    (%s %lld)\n", key, (long long)value);
}

static void image(FILE *to, struct json_object *config)
{
	fprintf(to, "    (image\n        (linux\n");
	string(to, "            ", "kernel", config, "kernel");
	string(to, "            ", "ramdisk", config, "ramdisk");
	string(to, "            ", "args", config, "cmdline");
	fprintf(to, "        )\n    )\n");
}

static void domain(FILE *to, struct json_object *d)
{
	static const char *const strings[] = { "description", "bootloader", "on_poweroff", "on_reboot", "on_crash",
		"cpus" };
	struct json_object *c = xm_get(d, "config");

	fprintf(to, "(domain\n");
	number(to, "domid", xm_int(d, "domid", -1));
	if (c) {
		number(to, "cpu_weight", xm_int(c, "cpu_weight", 256));
		number(to, "cpu_cap", xm_int(c, "cpu_cap", 0));
	}
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		string(to, "    ", strings[i], c, strings[i]);
	string(to, "    ", "uuid", d, "uuid");
	number(to, "vcpus", xm_int(d, "vcpus", 0));
	string(to, "    ", "name", d, "name");
	number(to, "maxmem", (xm_int(d, "maxmem_kib", 0) + 512) / 1024);
	number(to, "memory", (xm_int(d, "memory_kib", 0) + 512) / 1024);
	number(to, "start_time", xm_int(d, "start_time", 0));
	fprintf(to, "    (cpu_time %.9f)\n", (double)xm_int(d, "cpu_time_ns", 0) / 1e9);
	number(to, "online_vcpus", xm_int(d, "vcpus_online", 0));
	if (c)
		image(to, c);
	number(to, "status", strcmp(xm_string(d, "status", ""), "paused") ? 2 : 1);
	string(to, "    ", "state", d, "state");
	fprintf(to, ")\n");
}

void format_list_long(FILE *to, struct json_object *domains)
{
	size_t count = json_object_is_type(domains, json_type_array)
		? json_object_array_length(domains) : 0;

	for (size_t i = 0; i < count; i++)
		domain(to, json_object_array_get_idx(domains, i));
}

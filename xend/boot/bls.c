/* SPDX-License-Identifier: GPL-2.0-only */
/* bls.c: entries of the boot loader specification: a file each in loader/entries. The last version
 * comes first. Facts: the UAPI group's specification, type 1; Fedora's blscfg for variables in options. */
#include "xend/boot/grub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX   65536U	/* of one entry */
#define NAME_LEN   256

struct names {
	char name[BOOT_ENTRIES_MAX][NAME_LEN];
	unsigned int count;
};

static int keep_name(void *arg, const char *name)
{
	struct names *n = arg;
	size_t len = strlen(name);

	if (len < 6 || len >= NAME_LEN || strcmp(name + len - 5, ".conf") != 0)
		return 0;
	memcpy(n->name[n->count++], name, len + 1);
	return n->count == BOOT_ENTRIES_MAX;
}

static int later_first(const void *a, const void *b)
{
	return strverscmp(b, a);
}

/* options: with $variables of GRUB's environment. */
static int put_in(struct grub *g, const char *text, size_t size, char *out, size_t out_size)
{
	size_t n = 0, at = 0, len;
	const char *value;

	while (at < size) {
		if (text[at] != '$') {
			if (n + 1 >= out_size)
				return -E2BIG;
			out[n++] = text[at++];
			continue;
		}
		at++;
		for (len = 0; at + len < size && (strchr("_{}", text[at + len]) != NULL ||
				(text[at + len] >= 'a' && text[at + len] <= 'z') ||
				(text[at + len] >= 'A' && text[at + len] <= 'Z')); len++)
			;
		value = len > 2 && text[at] == '{' ? grub_get(g, text + at + 1, len - 2)
						   : grub_get(g, text + at, len);
		if (strlen(value) >= out_size - n)
			return -E2BIG;
		memcpy(out + n, value, strlen(value));
		n += strlen(value);
		at += len;
	}
	out[n] = '\0';
	return 0;
}

static int add_options(struct grub *g, struct boot_plan *plan, const char *text, size_t size)
{
	char args[BOOT_TEXT_MAX], *joined;
	int rc = put_in(g, text, size, args, sizeof(args));

	if (rc)
		return rc;
	if (strlen(args) + (plan->args ? strlen(plan->args) : 0) + 2 > BOOT_TEXT_MAX)
		return -E2BIG;
	if (asprintf(&joined, "%s%s%s", plan->args ? plan->args : "", plan->args ? " " : "", args) < 0)
		return -ENOMEM;
	free(plan->args);
	plan->args = joined;
	return 0;
}

static int add_initrds(struct grub *g, struct boot_plan *plan, char *value)
{
	char *save, text[BOOT_TEXT_MAX];
	int rc = put_in(g, value, strlen(value), text, sizeof(text));

	for (char *w = strtok_r(text, " \t", &save); !rc && w; w = strtok_r(NULL, " \t", &save)) {
		if (plan->initrd_count == BOOT_INITRDS_MAX)
			return -E2BIG;
		rc = boot_file_set(&plan->initrds[plan->initrd_count], "", w);
		plan->initrd_count += !rc;
	}
	return rc;
}

static int read_line(struct grub *g, struct boot_entry *e, char *line)
{
	char *key = line + strspn(line, " \t"), *value = key + strcspn(key, " \t"), *title;

	if (*value)
		*value++ = '\0';
	value += strspn(value, " \t");
	if (!strcmp(key, "title")) {
		title = strdup(value);
		free(e->title);
		e->title = title;
		return title ? 0 : -ENOMEM;
	}
	if (!strcmp(key, "linux"))
		return boot_file_set(&e->plan.kernel, "", value);
	if (!strcmp(key, "initrd"))
		return add_initrds(g, &e->plan, value);
	if (!strcmp(key, "options"))
		return add_options(g, &e->plan, value, strlen(value));
	return 0;
}

static int read_entry(struct grub *g, const char *folder, const char *name)
{
	char path[NAME_LEN + 64], id[NAME_LEN], why[128], *data, *save;
	struct boot_entry *e;
	size_t size;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (boot_fs_read(g->fs, path, FILE_MAX, &data, &size, why, sizeof(why)))
		return 0;
	snprintf(id, sizeof(id), "%.*s", (int)(strlen(name) - 5), name);
	e = boot_menu_add(g->menu, -1, id, id);
	if (!e)
		rc = -E2BIG;
	for (char *line = strtok_r(data, "\n\r", &save); !rc && line; line = strtok_r(NULL, "\n\r", &save))
		rc = read_line(g, e, line);
	free(data);
	return rc;
}

int bls_read(struct grub *g)
{
	static const char *const folders[] = { "/boot/loader/entries", "/loader/entries" };
	struct names *names = calloc(1, sizeof(*names));
	int rc = names ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && g->fs && i < sizeof(folders) / sizeof(folders[0]); i++) {
		names->count = 0;
		if (boot_fs_kind(g->fs, folders[i]) != BOOT_DIR ||
		    boot_fs_names(g->fs, folders[i], keep_name, names))
			continue;
		qsort(names->name, names->count, NAME_LEN, later_first);
		for (unsigned int n = 0; !rc && n < names->count; n++)
			rc = read_entry(g, folders[i], names->name[n]);
		if (names->count)
			break;
	}
	if (!rc)
		rc = names ? (int)names->count : 0;
	free(names);
	return rc;
}

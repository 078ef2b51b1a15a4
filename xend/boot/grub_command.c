/* SPDX-License-Identifier: GPL-2.0-only */
/* grub_command.c: GRUB's commands that a boot menu's outcome depends on. A status of 0 is true. */
#include "xend/boot/grub.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENV_MAX 65536U	/* of grubenv, which is 1024 bytes everywhere */

static const char *var(const struct grub *g, const char *name)
{
	return grub_get(g, name, strlen(name));
}

/* "(hd0,msdos1)/boot/x" or "/boot/x", which is on $root. */
static int file_set(struct grub *g, struct boot_file *file, const char *name)
{
	const char *end = name[0] == '(' ? strchr(name, ')') : NULL;
	char root[BOOT_TEXT_MAX];

	if (!end)
		return boot_file_set(file, var(g, "root"), name);
	snprintf(root, sizeof(root), "%.*s", (int)(end - name - 1), name + 1);
	return boot_file_set(file, root, end + 1);
}

/* For tests and includes: files on the configuration's own file system. */
static const char *local(const char *name)
{
	const char *end = name[0] == '(' ? strchr(name, ')') : NULL;

	return end ? end + 1 : name;
}

/* ---- variables ----------------------------------------------------------------------------------- */

static int run_set(struct grub *g, const struct grub_command *c)
{
	const char *eq = c->count > 1 ? strchr(c->words[1], '=') : NULL;
	char name[64];

	if (!eq || eq - c->words[1] >= (int)sizeof(name))
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)(eq - c->words[1]), c->words[1]);
	return grub_set(g, name, eq + 1);
}

static int run_unset(struct grub *g, const struct grub_command *c)
{
	return c->count > 1 ? grub_set(g, c->words[1], NULL) : 0;
}

/* NAME=VALUE lines; a backslash takes a sign's meaning. next_entry is for one boot only and would have
 * to be cleared on the disk, so it is not taken. */
static int load_env_line(struct grub *g, const char *line, size_t len)
{
	const char *eq = memchr(line, '=', len);
	char name[64], value[BOOT_TEXT_MAX];
	size_t n = 0;

	if (!eq || line[0] == '#' || eq - line >= (int)sizeof(name) || len >= sizeof(value))
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)(eq - line), line);
	for (const char *p = eq + 1; p < line + len; p++) {
		if (*p == '\\' && p + 1 < line + len)
			p++;
		value[n++] = *p;
	}
	value[n] = '\0';
	return strcmp(name, "next_entry") != 0 ? grub_set(g, name, value) : 0;
}

int grub_load_env(struct grub *g, const char *path)
{
	char *data, why[128];
	size_t size, len;
	int rc = 0;

	if (!g->fs || boot_fs_read(g->fs, path, ENV_MAX, &data, &size, why, sizeof(why)))
		return 1;
	for (char *line = data; !rc && line < data + size; line += len + 1) {
		len = strcspn(line, "\n");
		rc = load_env_line(g, line, len);
	}
	free(data);
	return rc;
}

static int run_load_env(struct grub *g, const struct grub_command *c)
{
	char path[BOOT_TEXT_MAX];

	snprintf(path, sizeof(path), "%.4000s/grubenv", local(var(g, "prefix")));
	return grub_load_env(g, path);
}

/* ---- test ---------------------------------------------------------------------------------------- */

struct test {
	struct grub *g;
	char *const *words;
	unsigned int count, at;
};

static bool test_unary(struct test *t, const char *op, const char *arg)
{
	enum boot_kind kind = BOOT_NONE;

	if (!strcmp(op, "-n"))
		return *arg;
	if (!strcmp(op, "-z"))
		return !*arg;
	if (t->g->fs)
		kind = boot_fs_kind(t->g->fs, local(arg));
	return !strcmp(op, "-d") ? kind == BOOT_DIR : !strcmp(op, "-e") ? kind != BOOT_NONE
									 : kind == BOOT_FILE;
}

static bool is_unary(const char *op)
{
	return op[0] == '-' && op[1] && strchr("nzdefs", op[1]) && !op[2];
}

static bool test_binary(const char *a, const char *op, const char *b, bool *ret_known)
{
	static const char *const ops[] = { "-eq", "-ne", "-lt", "-le", "-gt", "-ge" };
	long x = strtol(a, NULL, 10), y = strtol(b, NULL, 10);
	const bool results[] = { x == y, x != y, x < y, x <= y, x > y, x >= y };

	*ret_known = true;
	if (!strcmp(op, "=") || !strcmp(op, "=="))
		return !strcmp(a, b);
	if (!strcmp(op, "!="))
		return strcmp(a, b) != 0;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(op, ops[i]))
			return results[i];
	*ret_known = false;
	return false;
}

/* [!] -f X, A = B, or a word that is true if it is not empty. */
static bool test_one(struct test *t)
{
	bool not = false, known = false, value;

	while (t->at < t->count && !strcmp(t->words[t->at], "!")) {
		not = !not;
		t->at++;
	}
	if (t->count - t->at >= 3) {
		value = test_binary(t->words[t->at], t->words[t->at + 1], t->words[t->at + 2], &known);
		if (known) {
			t->at += 3;
			return value != not;
		}
	}
	if (t->count - t->at >= 2 && is_unary(t->words[t->at])) {
		value = test_unary(t, t->words[t->at], t->words[t->at + 1]);
		t->at += 2;
		return value != not;
	}
	value = t->at < t->count && *t->words[t->at];
	t->at += t->at < t->count;
	return value != not;
}

/* -a binds tighter than -o. */
static int run_test(struct grub *g, const struct grub_command *c)
{
	bool bracket = !strcmp(c->words[0], "[");
	struct test t = { g, c->words + 1, c->count - 1, 0 };
	bool all = true, any = false;

	if (bracket && t.count && !strcmp(t.words[t.count - 1], "]"))
		t.count--;
	/* A variable without quotes that is empty leaves no word: "= x" */
	while (t.at < t.count) {
		all &= test_one(&t);
		if (t.at < t.count && !strcmp(t.words[t.at], "-o")) {
			any |= all;
			all = true;
			t.at++;
		} else if (t.at < t.count && !strcmp(t.words[t.at], "-a")) {
			t.at++;
		}
	}
	return (any || (all && t.count)) ? 0 : 1;
}

static int run_true(struct grub *g, const struct grub_command *c)
{
	return 0;
}

static int run_false(struct grub *g, const struct grub_command *c)
{
	return 1;
}

/* ---- files --------------------------------------------------------------------------------------- */

/* search [--set=VAR] --fs-uuid|--label|--file WHAT: what is looked for is noted, and looked for when a
 * file is wanted from there. */
static int run_search(struct grub *g, const struct grub_command *c)
{
	const char *kind = "", *what = "", *set = "root";
	char value[BOOT_TEXT_MAX];

	for (unsigned int i = 1; i < c->count; i++) {
		const char *w = c->words[i];

		if (!strcmp(w, "--fs-uuid") || !strcmp(w, "-u"))
			kind = "UUID";
		else if (!strcmp(w, "--label") || !strcmp(w, "-l"))
			kind = "LABEL";
		else if (!strcmp(w, "--set") && i + 1 < c->count && c->words[i + 1][0] != '-')
			set = c->words[++i];
		else if (!strncmp(w, "--set=", 6))
			set = w + 6;
		else if (w[0] != '-')
			what = w;
	}
	if (!*kind || !*what)
		return 0;
	snprintf(value, sizeof(value), "%s/%.4000s", kind, what);
	return grub_set(g, set, value);
}

static int run_source(struct grub *g, const struct grub_command *c)
{
	char *data, why[128];
	size_t size;
	int rc;

	if (c->count < 2 || !g->fs ||
	    boot_fs_read(g->fs, local(c->words[1]), BOOT_CONFIG_MAX, &data, &size, why, sizeof(why)))
		return 1;
	rc = grub_run(g, data, size);
	free(data);
	return rc;
}

static int run_linux(struct grub *g, const struct grub_command *c)
{
	char args[BOOT_TEXT_MAX];
	size_t len = 0;

	if (c->count < 2)
		return 1;
	args[0] = '\0';
	for (unsigned int i = 2; i < c->count; i++) {
		int n = snprintf(args + len, sizeof(args) - len, "%s%s", i > 2 ? " " : "", c->words[i]);

		if (n < 0 || (size_t)n >= sizeof(args) - len)
			return -E2BIG;
		len += (size_t)n;
	}
	free(g->plan->args);
	g->plan->args = strdup(args);
	return g->plan->args ? file_set(g, &g->plan->kernel, c->words[1]) : -ENOMEM;
}

static int run_initrd(struct grub *g, const struct grub_command *c)
{
	struct boot_plan *plan = g->plan;
	int rc = 0;

	while (plan->initrd_count) {
		struct boot_file *f = &plan->initrds[--plan->initrd_count];

		free(f->root);
		free(f->path);
		*f = (struct boot_file){ 0 };
	}
	for (unsigned int i = 1; !rc && i < c->count; i++) {
		if (!strncmp(c->words[i], "--", 2) || !strncmp(c->words[i], "newc:", 5))
			continue;
		if (plan->initrd_count == BOOT_INITRDS_MAX)
			return -E2BIG;
		rc = file_set(g, &plan->initrds[plan->initrd_count], c->words[i]);
		plan->initrd_count += !rc;
	}
	return rc;
}

static int run_multiboot(struct grub *g, const struct grub_command *c)
{
	g->plan->multiboot = true;
	return 0;
}

static int run_boot(struct grub *g, const struct grub_command *c)
{
	g->booted = true;
	return 0;
}

static int run_blscfg(struct grub *g, const struct grub_command *c)
{
	int rc = bls_read(g);

	return rc < 0 ? rc : 0;
}

/* ---- the table ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(struct grub *g, const struct grub_command *c);
} commands[] = {
	{ "[", run_test },
	{ "test", run_test },
	{ "true", run_true },
	{ "false", run_false },
	{ "set", run_set },
	{ "unset", run_unset },
	{ "load_env", run_load_env },
	{ "search", run_search },
	{ "search.fs_uuid", run_search },
	{ "source", run_source },
	{ ".", run_source },
	{ "configfile", run_source },
	{ "linux", run_linux },
	{ "linux16", run_linux },
	{ "linuxefi", run_linux },
	{ "initrd", run_initrd },
	{ "initrd16", run_initrd },
	{ "initrdefi", run_initrd },
	{ "multiboot", run_multiboot },
	{ "multiboot2", run_multiboot },
	{ "xen_hypervisor", run_multiboot },
	{ "chainloader", run_multiboot },
	{ "boot", run_boot },
	{ "blscfg", run_blscfg },
	{ "loadfont", run_false },
	{ "keystatus", run_false },
	{ "background_image", run_false },
};

int grub_execute(struct grub *g, const struct grub_command *c)
{
	const char *word = c->words[0];

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(word, commands[i].name))
			return commands[i].run(g, c);
	/* name=value alone sets, too. */
	if (strchr(word, '=') && (isalpha((unsigned char)word[0]) || word[0] == '_')) {
		struct grub_command set = { .words = { NULL, c->words[0] }, .count = 2 };

		return run_set(g, &set);
	}
	return 0;
}

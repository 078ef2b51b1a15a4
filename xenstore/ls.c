/* SPDX-License-Identifier: GPL-2.0-only */
/* ls.c: the modes that go through a whole subtree: ls and chmod. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "xenstore/client.h"

#define VALUE_MARGIN 8	/* of a line, for quotes and the like */
#define PERMS_COLUMN 60

static char *join(const char *path, const char *name)
{
	char *child = NULL;

	if (asprintf(&child, "%s/%s", strcmp(path, "/") ? path : "", name) < 0)
		return NULL;
	return child;
}

static int line_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > VALUE_MARGIN
		       ? size.ws_col : 80;
}

/* Dots from column col to where all permissions stand; a cut value leaves no room for them. */
static void show_perms(struct session *s, const char *path, int col, bool cut)
{
	unsigned int i, count;
	struct xs_permissions *p = xs_get_permissions(s->xs, s->t, path, &count);
	char text[XS_PERM_STRLEN];

	if (!p)
		return;
	if (!cut) {
		out_printf(" ");
		for (col++; col < PERMS_COLUMN && !s->o.full; col++)
			out_printf("%c", col & 1 ? '.' : ' ');
	}
	out_printf("  (");
	for (i = 0; i < count; i++) {
		if (xs_perm_to_string(&p[i], text, sizeof(text)))
			out_printf("%s%s", i ? "," : "", text);
	}
	out_printf(")");
	free(p);
}

static int ls_below(struct session *s, const char *path, int depth);

static int ls_one(struct session *s, const char *path, const char *name, int depth)
{
	const char *shown = s->o.full ? path : name;
	int indent = s->o.full ? 0 : depth, room = line_width() - VALUE_MARGIN, col;
	unsigned int len;
	char *value = xs_read(s->xs, s->t, path, &len), *text;
	bool cut;

	if (!value && errno == ENOENT)
		return 0; /* went meanwhile */
	if (!value && errno != EACCES)
		return complain("xs_read (%s): %s", path, strerror(errno));
	text = value ? text_escape(value, len) : strdup("");
	room -= indent + (int)strlen(shown);
	if (room < 0)
		room = 0;
	cut = !s->o.full && text && (int)strlen(text) > room;
	if (cut)
		text[room] = '\0';
	out_printf("%*s%s = \"%s%s\"", indent, "", shown, text ? text : "", cut ? "\\..." : "");
	col = indent + strlen(shown) + strlen(text ? text : "") + strlen(" = \"\"");
	if (s->o.prefix)
		show_perms(s, path, col, cut);
	out_printf("\n");
	free(text);
	free(value);
	return ls_below(s, path, depth + 1);
}

static int ls_below(struct session *s, const char *path, int depth)
{
	unsigned int i, count;
	char **names = xs_directory(s->xs, s->t, path, &count), *child;
	int err = 0;

	if (!names && depth > 0 && (errno == ENOENT || errno == EACCES))
		return 0;
	if (!names)
		return complain("xs_directory (%s): %s", path, strerror(errno));
	for (i = 0; i < count && err == 0; i++) {
		child = join(path, names[i]);
		err = child ? ls_one(s, child, names[i], depth) : -ENOMEM;
		free(child);
	}
	free(names);
	return err;
}

int mode_ls(struct session *s)
{
	int i, err = 0;

	if (s->argc == 0)
		return ls_below(s, "/", 0);
	for (i = 0; i < s->argc && err == 0; i++)
		err = ls_below(s, s->argv[i], 0);
	return err;
}

/* ---- chmod ---------------------------------------------------------------------------------- */

struct new_perms {
	struct xs_permissions *p;
	unsigned int count;
};

static int chmod_one(struct session *s, const char *path, const struct new_perms *n)
{
	if (xs_set_permissions(s->xs, s->t, path, n->p, n->count))
		return 0;
	return complain("Error occurred setting permissions on '%s': %s", path, strerror(errno));
}

static int chmod_below(struct session *s, const char *path, const struct new_perms *n)
{
	unsigned int i, count;
	char **names = xs_directory(s->xs, s->t, path, &count), *child;
	int err = 0;

	if (!names)
		return complain("xs_directory (%s): %s", path, strerror(errno));
	for (i = 0; i < count && err == 0; i++) {
		child = join(path, names[i]);
		err = child ? chmod_one(s, child, n) : -ENOMEM;
		if (err == 0)
			err = chmod_below(s, child, n);
		free(child);
	}
	free(names);
	return err;
}

static int chmod_above(struct session *s, const char *path, const struct new_perms *n)
{
	char *copy = strdup(path), *slash;
	int err = copy ? 0 : -ENOMEM;

	while (err == 0 && (slash = strrchr(copy, '/')) && slash != copy) {
		*slash = '\0';
		err = chmod_one(s, copy, n);
	}
	free(copy);
	return err;
}

int mode_chmod(struct session *s)
{
	struct new_perms n = { .count = s->argc - 1 };
	int i, err = 0;

	n.p = calloc(n.count, sizeof(*n.p));
	if (!n.p)
		return complain("out of memory");
	for (i = 1; i < s->argc && err == 0; i++) {
		if (!xs_strings_to_perms(&n.p[i - 1], 1, s->argv[i]))
			err = complain("Invalid permission specification: '%s'", s->argv[i]);
	}
	if (err == 0)
		err = chmod_one(s, s->argv[0], &n);
	if (err == 0 && s->o.recurse)
		err = chmod_below(s, s->argv[0], &n);
	if (err == 0 && s->o.up)
		err = chmod_above(s, s->argv[0], &n);
	free(n.p);
	return err;
}

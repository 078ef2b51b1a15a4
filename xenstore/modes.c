/* SPDX-License-Identifier: GPL-2.0-only */
/* modes.c: what each mode of the tool does, but ls and chmod. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "xenstore/client.h"

static int read_one(struct session *s, const char *path)
{
	unsigned int len;
	char *value = xs_read(s->xs, s->t, path, &len), *text;

	if (!value)
		return complain("couldn't read path %s", path);
	if (s->o.prefix)
		out_printf("%s: ", path);
	if (s->o.raw) {
		out_bytes(value, len);
	} else {
		text = text_escape(value, len);
		out_printf("%s\n", text ? text : "");
		free(text);
	}
	free(value);
	return 0;
}

int mode_read(struct session *s)
{
	int i, err = 0;

	for (i = 0; i < s->argc && err == 0; i++)
		err = read_one(s, s->argv[i]);
	return err;
}

static int write_one(struct session *s, const char *path, char *typed)
{
	unsigned int len = strlen(typed);
	char *value = s->o.raw ? strdup(typed) : text_unescape(typed, &len);
	int err = 0;

	if (!value || !xs_write(s->xs, s->t, path, value, len))
		err = complain("could not write path %s", path);
	free(value);
	return err;
}

int mode_write(struct session *s)
{
	int i, err = 0;

	for (i = 0; i + 1 < s->argc && err == 0; i += 2)
		err = write_one(s, s->argv[i], s->argv[i + 1]);
	return err;
}

static int list_one(struct session *s, const char *path)
{
	unsigned int i, count;
	char **names = xs_directory(s->xs, s->t, path, &count);

	if (!names)
		return complain("could not list path %s", path);
	for (i = 0; i < count; i++) {
		if (s->o.prefix)
			out_printf("%s/%s\n", strcmp(path, "/") ? path : "", names[i]);
		else
			out_printf("%s\n", names[i]);
	}
	free(names);
	return 0;
}

int mode_list(struct session *s)
{
	int i, err = 0;

	for (i = 0; i < s->argc && err == 0; i++)
		err = list_one(s, s->argv[i]);
	return err;
}

/* Removes parents that hold neither a value nor children any more. */
static int tidy_up(struct session *s, char *path)
{
	unsigned int len, count;
	char *slash, *value, **names;
	bool empty;

	while ((slash = strrchr(path, '/')) && slash != path) {
		*slash = '\0';
		value = xs_read(s->xs, s->t, path, &len);
		names = value ? xs_directory(s->xs, s->t, path, &count) : NULL;
		empty = value && names && len == 0 && count == 0;
		free(value);
		free(names);
		if (!empty)
			return 0;
		if (!xs_rm(s->xs, s->t, path))
			return complain("could not remove path %s", path);
	}
	return 0;
}

static int rm_one(struct session *s, const char *path)
{
	char *copy;
	int err = 0;

	if (!xs_rm(s->xs, s->t, path))
		return complain("could not remove path %s", path);
	if (!s->o.tidy)
		return 0;
	copy = strdup(path);
	if (copy)
		err = tidy_up(s, copy);
	free(copy);
	return err;
}

int mode_rm(struct session *s)
{
	int i, err = 0;

	for (i = 0; i < s->argc && err == 0; i++)
		err = rm_one(s, s->argv[i]);
	return err;
}

int mode_exists(struct session *s)
{
	char *value;
	int i;

	for (i = 0; i < s->argc; i++) {
		value = xs_read(s->xs, s->t, s->argv[i], NULL);
		if (!value)
			return -errno;
		free(value);
	}
	return 0;
}

int mode_watch(struct session *s)
{
	char **event;
	long left = s->o.count;
	int i;

	for (i = 0; i < s->argc; i++) {
		if (!xs_watch(s->xs, s->argv[i], s->argv[i]))
			return complain("could not watch %s", s->argv[i]);
	}
	for (; left != 0; left -= left > 0) {
		event = xs_read_watch(s->xs, NULL);
		if (!event)
			return complain("the store went away");
		printf("%s\n", event[XS_WATCH_PATH]);
		fflush(stdout);
		free(event);
	}
	return 0;
}

int mode_control(struct session *s)
{
	size_t len = 0, used = 0;
	char *data, *answer;
	int i;

	for (i = 1; i < s->argc; i++)
		len += strlen(s->argv[i]) + 1;
	data = malloc(len + 1);
	if (!data)
		return complain("out of memory");
	for (i = 1; i < s->argc; i++)
		used += sprintf(data + used, "%s", s->argv[i]) + 1;
	answer = xs_control_command(s->xs, s->argv[0], data, len);
	free(data);
	if (!answer)
		return complain("%s: %s", s->argv[0], strerror(errno));
	printf("%s%s", answer, answer[0] && answer[strlen(answer) - 1] == '\n' ? "" : "\n");
	free(answer);
	return 0;
}

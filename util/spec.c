/* SPDX-License-Identifier: GPL-2.0-only */
/* spec.c: errors, strings and KEY=VALUE of the readers of devices. */
#include "util/spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int spec_bad(const struct spec_source *s, int err, const char *fmt, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(s->why, s->size, "%s '%.256s': %s", s->kind, s->text, text);
	return err;
}

int spec_set_string(const struct spec_source *s, char **field, const char *name, const char *value)
{
	if (*field)
		return spec_bad(s, -EINVAL, "%s is given twice", name);
	*field = strdup(value);
	return *field ? 0 : spec_bad(s, -ENOMEM, "out of memory");
}

/* The number-th one; pair is ours to change. */
static int read_pair(const struct spec_source *s, char *pair, unsigned int number, const struct spec_key *keys,
	size_t count)
{
	char *value = strchr(pair, '=');

	pair += strspn(pair, " \t");
	if (!value)
		return spec_bad(s, -EINVAL, "its part %u is not KEY=VALUE", number);
	*value++ = '\0';
	for (size_t end = strlen(value); end && strchr(" \t", value[end - 1]); end--)
		value[end - 1] = '\0';
	for (size_t i = 0; i < count; i++)
		if (!strcmp(pair, keys[i].name))
			return spec_set_string(s, keys[i].field, pair, value);
	return spec_bad(s, -EINVAL, "unknown key '%.64s'", pair);
}

int spec_pairs(const struct spec_source *s, const char *text, const struct spec_key *keys, size_t count)
{
	char *copy = strdup(text), *rest = copy, *pair;
	int rc = copy ? 0 : spec_bad(s, -ENOMEM, "out of memory");

	for (unsigned int i = 1; !rc && (pair = strsep(&rest, ",")); i++)
		rc = read_pair(s, pair, i, keys, count);
	if (copy)
		explicit_bzero(copy, strlen(text));
	free(copy);
	return rc;
}

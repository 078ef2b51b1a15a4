/* SPDX-License-Identifier: GPL-2.0-only */
/* spec.c: errors and strings of the readers of devices. */
#include "util/spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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

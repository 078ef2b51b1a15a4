/* SPDX-License-Identifier: GPL-2.0-only */
/* spec.h: what the readers of configurations' devices (diskspec.h, vifspec.h) share. */
#ifndef UTIL_SPEC_H
#define UTIL_SPEC_H

#include <stddef.h>

/* What is being read, and where to say what is wrong with it. */
struct spec_source {
	const char *kind;	/* "disk" */
	const char *text;
	char *why;
	size_t size;		/* of why */
};

/* Returns err; "disk 'TEXT': ..." is in why. */
int spec_bad(const struct spec_source *s, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* *field becomes a copy: 0, -EINVAL (there is one already), or -ENOMEM. */
int spec_set_string(const struct spec_source *s, char **field, const char *name, const char *value);

struct spec_key {
	const char *name;
	char **field;
};
/* Reads "KEY=VALUE,KEY=VALUE" into the keys' fields. 0, -EINVAL (an unknown key, one given twice), or -ENOMEM.
 * What is read may hold a secret: the message has no value. */
int spec_pairs(const struct spec_source *s, const char *text, const struct spec_key *keys, size_t count);

#endif

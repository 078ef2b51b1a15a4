/* SPDX-License-Identifier: GPL-2.0-only */
/* text.c: values as they are typed and shown: \n \r \t \\ \ooo \xhh. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "xenstore/client.h"

static const struct {
	char byte, letter;
} short_forms[] = { { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' }, { '\\', '\\' } };
#define FORM_COUNT (sizeof(short_forms) / sizeof(short_forms[0]))

static int escape_byte(unsigned char c, char *out)
{
	unsigned int i;

	for (i = 0; i < FORM_COUNT; i++) {
		if (short_forms[i].byte == (char)c)
			return sprintf(out, "\\%c", short_forms[i].letter);
	}
	if (c >= 32 && c < 127)
		return sprintf(out, "%c", c);
	return sprintf(out, c < 8 ? "\\%03o" : "\\x%02x", c);
}

char *text_escape(const char *value, unsigned int len)
{
	char *out = malloc(4 * (size_t)len + 1), *p = out;
	unsigned int i;

	if (!out)
		return NULL;
	for (i = 0; i < len; i++)
		p += escape_byte(value[i], p);
	*p = '\0';
	return out;
}

/* Up to `max` digits of the base; *pos moves behind them. */
static char number(const char **pos, int base, int max)
{
	int v = 0;

	for (; max > 0; max--, (*pos)++) {
		unsigned char c = **pos;
		int digit = isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : 99;

		if (digit >= base)
			break;
		v = v * base + digit;
	}
	return v;
}

static char unescape_one(const char **pos)
{
	char c = *(*pos)++;
	unsigned int i;

	for (i = 0; i < FORM_COUNT; i++) {
		if (short_forms[i].letter == c)
			return short_forms[i].byte;
	}
	if (c == 'x' && isxdigit((unsigned char)**pos))
		return number(pos, 16, 2);
	if (c >= '0' && c < '8') {
		(*pos)--;
		return number(pos, 8, 3);
	}
	return c;
}

char *text_unescape(const char *typed, unsigned int *ret_len)
{
	char *out = malloc(strlen(typed) + 1), *p = out;

	if (!out)
		return NULL;
	while (*typed) {
		if (*typed == '\\' && typed[1]) {
			typed++;
			*p++ = unescape_one(&typed);
		} else {
			*p++ = *typed++;
		}
	}
	*ret_len = p - out;
	*p = '\0';
	return out;
}

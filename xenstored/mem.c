/* SPDX-License-Identifier: GPL-2.0-only */
/* mem.c: allocation that does not fail, and a growing byte buffer. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/log.h"
#include "xenstored/mem.h"

static void *checked(void *p)
{
	if (!p) {
		log_error("store", "out of memory; ending, the state file is complete");
		_Exit(1);
	}
	return p;
}

void *mem_zalloc(size_t size)
{
	return checked(calloc(1, size));
}

void *mem_realloc(void *p, size_t size)
{
	return checked(realloc(p, size));
}

char *mem_strdup(const char *s)
{
	return checked(strdup(s));
}

void bytes_put(struct buf *b, const void *data, size_t len)
{
	if (b->len + len > b->size) {
		b->size = b->size ? b->size : 256;
		while (b->size < b->len + len)
			b->size *= 2;
		b->data = mem_realloc(b->data, b->size);
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

void bytes_printf(struct buf *b, const char *fmt, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	if (n > 0)
		bytes_put(b, line, n);
}

void bytes_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

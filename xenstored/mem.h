/* SPDX-License-Identifier: GPL-2.0-only */
/* mem.h: allocation that does not fail. Memory is bounded by quotas; if the machine has none left
 * all the same, the daemon ends with a log line, and its journal lets the next start go on. */
#ifndef XENSTORED_MEM_H
#define XENSTORED_MEM_H

#include <stddef.h>

void *mem_zalloc(size_t size);
void *mem_realloc(void *p, size_t size);
char *mem_strdup(const char *s);

/* A growing byte buffer; all zeroes is an empty one. */
struct buf {
	char *data;
	size_t len, size;
};
void bytes_put(struct buf *b, const void *data, size_t len);
void bytes_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bytes_free(struct buf *b);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* client.h: the xenstore command line tool: a row per mode, the helpers they share. */
#ifndef XENSTORE_CLIENT_H
#define XENSTORE_CLIENT_H

#include <stdbool.h>
#include "xenstore.h"

/* What the letters of a mode's row set. */
struct options {
	bool prefix, raw, tidy, full, up, recurse;
	long count; /* -n; -1: no end */
};

struct session {
	struct xs_handle *xs;
	xs_transaction_t t; /* XBT_NULL outside a transaction */
	struct options o;
	char **argv;
	int argc;
};

struct mode {
	const char *name;
	const char *letters; /* of struct options, as getopt wants them */
	const char *usage;
	int min, step; /* arguments at least, and in groups of */
	bool transaction; /* several paths are one transaction */
	/* 0, or -Exxx after a message. -EAGAIN is not reported: everything is done again. Output
	 * goes to out_printf(), which prints once the transaction stands. */
	int (*run)(struct session *s);
};

void out_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_bytes(const void *data, size_t len);
/* "program: text" on stderr; returns -errno as it was on entry. */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* text.c: values as they are typed and shown; results are malloc'ed. */
char *text_escape(const char *value, unsigned int len);
char *text_unescape(const char *typed, unsigned int *ret_len);

int mode_read(struct session *s);
int mode_write(struct session *s);
int mode_list(struct session *s);
int mode_ls(struct session *s);
int mode_rm(struct session *s);
int mode_exists(struct session *s);
int mode_chmod(struct session *s);
int mode_watch(struct session *s);
int mode_control(struct session *s);

#endif

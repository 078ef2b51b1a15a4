/* SPDX-License-Identifier: GPL-2.0-only */
/* request.h: one request: its table row, its parts, its answer. */
#ifndef XENSTORED_REQUEST_H
#define XENSTORED_REQUEST_H

#include "xenstored/conn.h"
#include "xenstored/path.h"
#include "xenstored/tx.h"

#define REQUEST_MAX_ARGS 8

struct request {
	struct conn *conn;
	struct store *s;
	struct tx *tx; /* NULL outside transactions */
	struct xsd_sockmsg hdr;
	const char *body;
	const char *arg[REQUEST_MAX_ARGS];
	unsigned int arg_count; /* strings found, arg[] holds the first REQUEST_MAX_ARGS */
	const char *data; /* OP_DATA: what follows the first string */
	size_t data_len;
	char path[PATH_BUF]; /* OP_PATH: arg[0] made absolute */
};

#define OP_PRIV	   0x01 /* only for dom0 */
#define OP_NO_TX   0x02 /* the transaction id means nothing here */
#define OP_PATH	   0x04 /* the first string is a node's path */
#define OP_SPECIAL 0x08 /* @names too */
#define OP_DATA	   0x10 /* bytes follow the first string */
#define OP_MORE	   0x20 /* any number of strings above min */

struct op_row {
	const char *name;
	/* Answers and returns 0, or returns -Exxx and the caller answers. */
	int (*run)(struct request *r);
	unsigned int min; /* strings; exactly so many without OP_MORE or OP_DATA */
	unsigned int flags;
};

void request_handle(struct conn *c, const struct xsd_sockmsg *hdr, const char *body);
int request_number(const char *s, uint64_t max, uint64_t *ret_value);

void request_answer(struct request *r, const void *data, size_t len);
int request_ok(struct request *r); /* answers "OK", returns 0 */

/* op_node.c */
int op_directory(struct request *r);
int op_directory_part(struct request *r);
int op_read(struct request *r);
int op_write(struct request *r);
int op_mkdir(struct request *r);
int op_rm(struct request *r);
int op_get_perms(struct request *r);
int op_set_perms(struct request *r);
/* op_conn.c */
int op_watch(struct request *r);
int op_unwatch(struct request *r);
int op_reset_watches(struct request *r);
int op_transaction_start(struct request *r);
int op_transaction_end(struct request *r);
/* op_domain.c */
int op_introduce(struct request *r);
int op_release(struct request *r);
int op_resume(struct request *r);
int op_set_target(struct request *r);
int op_get_domain_path(struct request *r);
int op_is_introduced(struct request *r);
/* op_control.c */
int op_control(struct request *r);

#endif

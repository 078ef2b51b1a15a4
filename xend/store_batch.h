/* SPDX-License-Identifier: GPL-2.0-only */
/* store_batch.h: a list of store requests that runs as one piece, in a transaction or not. */
#ifndef XEND_STORE_BATCH_H
#define XEND_STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum store_kind { ST_READ, ST_LIST, ST_WRITE, ST_RM, ST_PERMS, ST_INTRODUCE, ST_RELEASE,
	ST_RESUME };

/* A node's access: dom0 always owns or may do all; what may the guest do? */
enum store_access { ST_GUEST_NONE, ST_GUEST_READ, ST_GUEST_OWNS };

struct store_op {
	enum store_kind kind;
	bool optional;		/* its failure does not fail the batch */
	char *path;		/* of a domain for INTRODUCE, RELEASE: NULL */
	char *value;		/* WRITE: what; READ: the answer, NULL if there is none */
	size_t len;		/* of value; LIST: names each with its NUL */
	enum store_access access;
	uint32_t domid, port;
	uint64_t mfn;
};

struct store_batch;
typedef void store_done_fn(void *arg, int err, struct store_batch *batch);

struct store_batch {
	bool txn;
	struct store_op *ops;
	size_t count, room;
	bool oom;		/* an addition failed: submitting ends with -ENOMEM */
	size_t failed;		/* index of the request that failed */
	store_done_fn *done;	/* frees the batch with store_batch_free() */
	void *arg;
};

struct store_batch *store_batch_new(bool txn, store_done_fn *done, void *arg);
void store_batch_free(struct store_batch *b);

/* Paths and values are printf formats; a failure is remembered in b->oom. */
struct store_op *store_read(struct store_batch *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
struct store_op *store_list(struct store_batch *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void store_write(struct store_batch *b, const char *value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void store_rm(struct store_batch *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Writes "" and sets who may use the node: what xl makes with mknod. */
void store_mknod(struct store_batch *b, uint32_t domid, enum store_access access, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));
void store_introduce(struct store_batch *b, uint32_t domid, uint64_t mfn, uint32_t port);
void store_release(struct store_batch *b, uint32_t domid);
void store_resume(struct store_batch *b, uint32_t domid);	/* a shutdown was undone */

/* The path of the request that failed, for messages. */
const char *store_batch_what(const struct store_batch *b);

#endif

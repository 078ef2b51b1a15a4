/* SPDX-License-Identifier: GPL-2.0-only */
/* store_batch.c: a list of store requests that runs as one piece. */
#include "xend/store_batch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_batch *store_batch_new(bool txn, store_done_fn *done, void *arg)
{
	struct store_batch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->txn = txn;
	b->done = done;
	b->arg = arg;
	return b;
}

void store_batch_free(struct store_batch *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->count; i++) {
		free(b->ops[i].path);
		free(b->ops[i].value);
	}
	free(b->ops);
	free(b);
}

static struct store_op *batch_add(struct store_batch *b, enum store_kind kind)
{
	static struct store_op spare;	/* written to, never read, once memory ran out */
	struct store_op *ops;
	size_t room;

	if (b->count == b->room) {
		room = b->room ? b->room * 2 : 16;
		ops = reallocarray(b->ops, room, sizeof(*ops));
		if (!ops) {
			b->oom = true;
			return &spare;
		}
		b->ops = ops;
		b->room = room;
	}
	b->ops[b->count] = (struct store_op){ .kind = kind };
	return &b->ops[b->count++];
}

static struct store_op *batch_vadd(struct store_batch *b, enum store_kind kind, const char *fmt,
	va_list ap)
{
	struct store_op *op;
	char *path;

	if (vasprintf(&path, fmt, ap) < 0) {
		b->oom = true;
		path = NULL;
	}
	op = batch_add(b, kind);
	if (b->oom)
		free(path);
	else
		op->path = path;
	return op;
}

static void op_value(struct store_batch *b, struct store_op *op, const char *value)
{
	if (b->oom)
		return;
	op->value = strdup(value);
	op->len = strlen(value);
	if (!op->value)
		b->oom = true;
}

struct store_op *store_read(struct store_batch *b, const char *fmt, ...)
{
	struct store_op *op;
	va_list ap;

	va_start(ap, fmt);
	op = batch_vadd(b, ST_READ, fmt, ap);
	va_end(ap);
	op->optional = true;
	return op;
}

struct store_op *store_list(struct store_batch *b, const char *fmt, ...)
{
	struct store_op *op;
	va_list ap;

	va_start(ap, fmt);
	op = batch_vadd(b, ST_LIST, fmt, ap);
	va_end(ap);
	op->optional = true;
	return op;
}

void store_write(struct store_batch *b, const char *value, const char *fmt, ...)
{
	struct store_op *op;
	va_list ap;

	va_start(ap, fmt);
	op = batch_vadd(b, ST_WRITE, fmt, ap);
	va_end(ap);
	op_value(b, op, value);
}

void store_rm(struct store_batch *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	batch_vadd(b, ST_RM, fmt, ap)->optional = true;
	va_end(ap);
}

void store_mknod(struct store_batch *b, uint32_t domid, enum store_access access, const char *fmt,
	...)
{
	struct store_op *op;
	va_list ap;

	va_start(ap, fmt);
	op = batch_vadd(b, ST_WRITE, fmt, ap);
	va_end(ap);
	op_value(b, op, "");
	va_start(ap, fmt);
	op = batch_vadd(b, ST_PERMS, fmt, ap);
	va_end(ap);
	op->access = access;
	op->domid = domid;
}

void store_introduce(struct store_batch *b, uint32_t domid, uint64_t mfn, uint32_t port)
{
	struct store_op *op = batch_add(b, ST_INTRODUCE);

	op->domid = domid;
	op->mfn = mfn;
	op->port = port;
}

void store_release(struct store_batch *b, uint32_t domid)
{
	struct store_op *op = batch_add(b, ST_RELEASE);

	op->domid = domid;
	op->optional = true;
}

void store_resume(struct store_batch *b, uint32_t domid)
{
	struct store_op *op = batch_add(b, ST_RESUME);

	op->domid = domid;
	op->optional = true;
}

const char *store_batch_what(const struct store_batch *b)
{
	if (b->failed < b->count && b->ops[b->failed].path)
		return b->ops[b->failed].path;
	return b->failed < b->count && b->ops[b->failed].kind == ST_INTRODUCE ? "introduce"
									      : "transaction";
}

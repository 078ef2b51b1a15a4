/* SPDX-License-Identifier: MIT */
/* async_ops.c: short forms of xs_async_request(), and listings of any size. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libxenstore/async.h"

static int request_path(struct xs_async *xa, enum xsd_sockmsg_type type, xs_transaction_t t,
			const char *path, xs_async_done_fn *done, void *arg)
{
	return xs_async_request(xa, type, t, path, strlen(path) + 1, done, arg);
}

/* "path\0" and bytes behind it. */
static int request_data(struct xs_async *xa, enum xsd_sockmsg_type type, xs_transaction_t t,
			const char *path, const void *data, size_t len, xs_async_done_fn *done,
			void *arg)
{
	size_t path_size = strlen(path) + 1;
	char body[XENSTORE_PAYLOAD_MAX];

	if (path_size > sizeof(body) || len > sizeof(body) - path_size)
		return -E2BIG;
	memcpy(body, path, path_size);
	if (len > 0)
		memcpy(body + path_size, data, len);
	return xs_async_request(xa, type, t, body, path_size + len, done, arg);
}

int xs_async_read(struct xs_async *xa, xs_transaction_t t, const char *path,
		  xs_async_done_fn *done, void *arg)
{
	return request_path(xa, XS_READ, t, path, done, arg);
}

int xs_async_write(struct xs_async *xa, xs_transaction_t t, const char *path, const void *data,
		   unsigned int len, xs_async_done_fn *done, void *arg)
{
	return request_data(xa, XS_WRITE, t, path, data, len, done, arg);
}

int xs_async_mkdir(struct xs_async *xa, xs_transaction_t t, const char *path,
		   xs_async_done_fn *done, void *arg)
{
	return request_path(xa, XS_MKDIR, t, path, done, arg);
}

int xs_async_rm(struct xs_async *xa, xs_transaction_t t, const char *path,
		xs_async_done_fn *done, void *arg)
{
	return request_path(xa, XS_RM, t, path, done, arg);
}

int xs_async_set_permissions(struct xs_async *xa, xs_transaction_t t, const char *path,
			     const struct xs_permissions *perms, unsigned int num_perms,
			     xs_async_done_fn *done, void *arg)
{
	char buf[XENSTORE_PAYLOAD_MAX];
	unsigned int i;
	size_t used = 0;

	for (i = 0; i < num_perms; i++) {
		if (!xs_perm_to_string(&perms[i], buf + used, sizeof(buf) - used))
			return -EINVAL;
		used += strlen(buf + used) + 1;
	}
	return request_data(xa, XS_SET_PERMS, t, path, buf, used, done, arg);
}

int xs_async_transaction_start(struct xs_async *xa, xs_async_done_fn *done, void *arg)
{
	return request_path(xa, XS_TRANSACTION_START, XBT_NULL, "", done, arg);
}

int xs_async_transaction_end(struct xs_async *xa, xs_transaction_t t, bool abort,
			     xs_async_done_fn *done, void *arg)
{
	return request_path(xa, XS_TRANSACTION_END, t, abort ? "F" : "T", done, arg);
}

int xs_async_introduce_domain(struct xs_async *xa, unsigned int domid, unsigned long mfn,
			      unsigned int eventchn, xs_async_done_fn *done, void *arg)
{
	char body[80];
	int len = snprintf(body, sizeof(body), "%u%c%lu%c%u", domid, '\0', mfn, '\0', eventchn);

	return xs_async_request(xa, XS_INTRODUCE, XBT_NULL, body, len + 1, done, arg);
}

int xs_async_release_domain(struct xs_async *xa, unsigned int domid, xs_async_done_fn *done,
			    void *arg)
{
	char body[16];

	snprintf(body, sizeof(body), "%u", domid);
	return request_path(xa, XS_RELEASE, XBT_NULL, body, done, arg);
}

int xs_async_resume_domain(struct xs_async *xa, unsigned int domid, xs_async_done_fn *done,
			   void *arg)
{
	char body[16];

	snprintf(body, sizeof(body), "%u", domid);
	return request_path(xa, XS_RESUME, XBT_NULL, body, done, arg);
}

/* ---- listings ------------------------------------------------------------------------------- */

struct listing {
	xs_async_done_fn *done;
	void *arg;
	xs_transaction_t t;
	unsigned int len;
	char gen[32];
	char *names;
	char path[];
};

static void listing_end(struct xs_async *xa, struct listing *l, int err)
{
	if (l->done)
		l->done(xa, err, err ? "" : l->names, err ? 0 : l->len, l->arg);
	free(l->names);
	free(l);
}

static void listing_part(struct xs_async *xa, int err, const char *data, unsigned int len,
			 void *arg);

static int listing_next(struct xs_async *xa, struct listing *l)
{
	char offset[16];
	int n = snprintf(offset, sizeof(offset), "%u", l->len) + 1;

	return request_data(xa, XS_DIRECTORY_PART, l->t, l->path, offset, n, listing_part, l);
}

/* Adds one part: 1 when it was the last, 0 to go on, -Exxx. See directory_part() in ops.c. */
static int listing_add(struct listing *l, const char *data, unsigned int len)
{
	unsigned int skip = strlen(data) + 1;
	char *grown;

	if (skip > len || skip > sizeof(l->gen))
		return -EPROTO;
	if (l->len > 0 && strcmp(l->gen, data) != 0) {
		l->len = 0;
		return 0;
	}
	memcpy(l->gen, data, skip);
	grown = realloc(l->names, l->len + len - skip + 1);
	if (!grown)
		return -ENOMEM;
	l->names = grown;
	memcpy(grown + l->len, data + skip, len - skip);
	l->len += len - skip;
	if (len == skip)
		return 1;
	if (l->len == 1 || grown[l->len - 2] == '\0') {
		l->len--;
		return 1;
	}
	return 0;
}

static void listing_part(struct xs_async *xa, int err, const char *data, unsigned int len,
			 void *arg)
{
	struct listing *l = arg;
	int got = err ? -err : listing_add(l, data, len);

	if (got == 0)
		got = listing_next(xa, l);
	else if (got > 0) {
		listing_end(xa, l, 0);
		return;
	}
	if (got < 0)
		listing_end(xa, l, -got);
}

static void listing_first(struct xs_async *xa, int err, const char *data, unsigned int len,
			  void *arg)
{
	struct listing *l = arg;

	if (err == E2BIG) {
		err = -listing_next(xa, l);
		if (err)
			listing_end(xa, l, err);
		return;
	}
	if (l->done)
		l->done(xa, err, data, len, l->arg);
	free(l);
}

int xs_async_directory(struct xs_async *xa, xs_transaction_t t, const char *path,
		       xs_async_done_fn *done, void *arg)
{
	size_t size = strlen(path) + 1;
	struct listing *l = calloc(1, sizeof(*l) + size);
	int err;

	if (!l)
		return -ENOMEM;
	l->done = done;
	l->arg = arg;
	l->t = t;
	memcpy(l->path, path, size);
	err = request_path(xa, XS_DIRECTORY, t, path, listing_first, l);
	if (err < 0)
		free(l);
	return err;
}

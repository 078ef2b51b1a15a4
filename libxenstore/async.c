/* SPDX-License-Identifier: MIT */
/* async.c: the asynchronous client: queue of requests, output buffer, dispatch of answers. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "libxenstore/async.h"

#define OUT_MAX (16u << 20) /* requests queued and not taken by the daemon */

static int link_up(struct xs_async *xa)
{
	int err = xs_link_open(&xa->link);

	if (err < 0)
		return err;
	if (fcntl(xa->link.fd, F_SETFL, fcntl(xa->link.fd, F_GETFL) | O_NONBLOCK) != 0) {
		err = -errno;
		xs_link_close(&xa->link);
	}
	return err;
}

struct xs_async *xs_async_open(void)
{
	struct xs_async *xa = calloc(1, sizeof(*xa));
	int err;

	if (!xa)
		return NULL;
	xa->requests_end = &xa->requests;
	err = link_up(xa);
	if (err < 0) {
		free(xa);
		errno = -err;
		return NULL;
	}
	return xa;
}

/* Takes the first request off the queue and runs its callback. */
static void finish_first(struct xs_async *xa, int err, const char *data, unsigned int len)
{
	struct xs_async_request *r = xa->requests;

	xa->requests = r->next;
	if (!xa->requests)
		xa->requests_end = &xa->requests;
	xa->pending--;
	if (r->done) {
		xa->busy++;
		r->done(xa, err, data, len, r->arg);
		xa->busy--;
	}
	free(r);
}

/* Ends what was pending when called; a callback cannot add to it, the fd is closed by then. */
static void link_down(struct xs_async *xa, int err)
{
	xs_link_close(&xa->link);
	xa->out_start = xa->out_end = 0;
	xa->in.start = xa->in.end = 0;
	while (xa->requests)
		finish_first(xa, err, "", 0);
	xs_async_watch_sweep(xa, false);
}

void xs_async_close(struct xs_async *xa)
{
	if (!xa)
		return;
	link_down(xa, ECANCELED);
	xs_async_watch_sweep(xa, true);
	free(xa->out);
	free(xa);
}

int xs_async_fd(const struct xs_async *xa)
{
	return xa->link.fd;
}

bool xs_async_want_write(const struct xs_async *xa)
{
	return xa->link.fd >= 0 && xa->out_end > xa->out_start;
}

unsigned int xs_async_pending(const struct xs_async *xa)
{
	return xa->pending;
}

int xs_async_reopen(struct xs_async *xa)
{
	int err;

	if (xa->link.fd >= 0)
		return 0;
	err = link_up(xa);
	if (err == 0)
		xs_async_watch_rearm(xa);
	return err;
}

static int out_reserve(struct xs_async *xa, size_t len)
{
	size_t used = xa->out_end - xa->out_start, size = xa->out_size ? xa->out_size : 4096;
	char *grown;

	if (xa->out_end + len <= xa->out_size)
		return 0;
	if (xa->out_start > 0) {
		memmove(xa->out, xa->out + xa->out_start, used);
		xa->out_start = 0;
		xa->out_end = used;
	}
	if (used + len <= xa->out_size)
		return 0;
	if (used + len > OUT_MAX)
		return -ENOBUFS;
	while (size < used + len)
		size *= 2;
	grown = realloc(xa->out, size);
	if (!grown)
		return -ENOMEM;
	xa->out = grown;
	xa->out_size = size;
	return 0;
}

static void out_put(struct xs_async *xa, const void *data, size_t len)
{
	if (len > 0)
		memcpy(xa->out + xa->out_end, data, len);
	xa->out_end += len;
}

int xs_async_request(struct xs_async *xa, enum xsd_sockmsg_type type, xs_transaction_t t,
		     const void *payload, unsigned int len, xs_async_done_fn *done, void *arg)
{
	struct xsd_sockmsg hdr = { .type = type, .tx_id = t, .len = len };
	struct xs_async_request *r;
	int err;

	if (xa->link.fd < 0)
		return -ENOTCONN;
	if (len > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	err = out_reserve(xa, sizeof(hdr) + len);
	if (err < 0) {
		free(r);
		return err;
	}
	hdr.req_id = ++xa->next_id;
	r->type = type;
	r->req_id = hdr.req_id;
	r->done = done;
	r->arg = arg;
	*xa->requests_end = r;
	xa->requests_end = &r->next;
	xa->pending++;
	out_put(xa, &hdr, sizeof(hdr));
	out_put(xa, payload, len);
	return 0;
}

/* What to write next: on a socket all there is; the kernel's device takes one message a time and
 * throws away what is behind it. */
static size_t next_write(const struct xs_async *xa)
{
	size_t len = xa->out_end - xa->out_start;
	struct xsd_sockmsg hdr;

	if (xa->link.is_socket)
		return len;
	memcpy(&hdr, xa->out + xa->out_start, sizeof(hdr));
	return sizeof(hdr) + hdr.len;
}

static int flush(struct xs_async *xa)
{
	while (xs_async_want_write(xa)) {
		struct iovec iov = { xa->out + xa->out_start, next_write(xa) };
		ssize_t n = xs_link_send(&xa->link, &iov, 1);

		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return n;
		xa->out_start += n;
	}
	return 0;
}

/* One message. The body is copied first: callbacks get a NUL behind it. */
static int dispatch(struct xs_async *xa, const struct xs_msg *msg)
{
	struct xs_async_request *r = xa->requests;
	char body[XENSTORE_PAYLOAD_MAX + 1];
	int err;

	if (msg->hdr.type == XS_WATCH_EVENT) {
		xs_async_watch_event(xa, msg);
		return 0;
	}
	if (!r || r->req_id != msg->hdr.req_id)
		return -EPROTO;
	err = xs_reply_error(msg);
	if (err == 0 && msg->hdr.type != r->type)
		return -EPROTO;
	memcpy(body, msg->body, msg->hdr.len);
	body[msg->hdr.len] = '\0';
	finish_first(xa, -err, body, err ? 0 : msg->hdr.len);
	return 0;
}

static int receive(struct xs_async *xa)
{
	struct xs_msg msg;
	int got;

	for (;;) {
		while ((got = xs_in_next(&xa->in, &msg)) == 1) {
			got = dispatch(xa, &msg);
			if (got < 0)
				return got;
		}
		if (got < 0)
			return got;
		got = xs_in_fill(&xa->in, xa->link.fd);
		if (got == -EAGAIN)
			return 0;
		if (got < 0)
			return got;
	}
}

int xs_async_process(struct xs_async *xa)
{
	int err;

	if (xa->link.fd < 0)
		return -ENOTCONN;
	err = flush(xa);
	/* What the daemon said before it went is still worth hearing. */
	if (err == 0 || err == -EPIPE) {
		int got = receive(xa);

		err = err ? err : got;
	}
	if (err == 0)
		err = flush(xa); /* what callbacks queued */
	if (err < 0)
		link_down(xa, EPIPE);
	else
		xs_async_watch_sweep(xa, false);
	return err;
}

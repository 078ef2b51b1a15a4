/* SPDX-License-Identifier: MIT */
/* sync.c: the blocking client: handles, and one request with its answer at a time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libxenstore/sync.h"

#define MAX_PARTS 8

bool xs_result(int err)
{
	if (err < 0)
		errno = -err;
	return err == 0;
}

struct xs_handle *xs_open(unsigned long flags)
{
	struct xs_handle *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return NULL;
	h->poll_fd = h->queue_fd = -1;
	h->events_end = &h->events;
	h->unwatch_filter = flags & XS_UNWATCH_FILTER;
	err = xs_link_open(&h->link);
	if (err < 0) {
		free(h);
		errno = -err;
		return NULL;
	}
	return h;
}

void xs_close(struct xs_handle *h)
{
	struct xs_event *e;

	if (!h)
		return;
	while ((e = h->events)) {
		h->events = e->next;
		free(e->vec);
		free(e);
	}
	if (h->poll_fd >= 0)
		close(h->poll_fd);
	if (h->queue_fd >= 0)
		close(h->queue_fd);
	xs_link_close(&h->link);
	free(h);
}

struct xs_handle *xs_daemon_open(void)
{
	return xs_open(0);
}

struct xs_handle *xs_domain_open(void)
{
	return xs_open(0);
}

struct xs_handle *xs_daemon_open_readonly(void)
{
	return xs_open(XS_OPEN_READONLY);
}

void xs_daemon_close(struct xs_handle *h)
{
	xs_close(h);
}

void xs_daemon_destroy_postfork(struct xs_handle *h)
{
	xs_close(h);
}

/* Blocks until a whole message is there. */
static int receive(struct xs_handle *h, struct xs_msg *ret_msg)
{
	int got;

	while ((got = xs_in_next(&h->in, ret_msg)) == 0) {
		got = xs_in_fill(&h->in, h->link.fd);
		if (got < 0)
			return got;
	}
	return got < 0 ? got : 0;
}

int xs_take_event(struct xs_handle *h)
{
	struct xs_msg msg;
	int err = receive(h, &msg);

	if (err < 0)
		return err;
	if (msg.hdr.type != XS_WATCH_EVENT)
		return -EPROTO;
	return xs_queue_event(h, &msg);
}

static int send_all(struct xs_handle *h, struct iovec *iov, unsigned int count)
{
	ssize_t n;

	while (count > 0) {
		n = xs_link_send(&h->link, iov, count);
		if (n < 0)
			return n;
		while (count > 0 && (size_t)n >= iov->iov_len) {
			n -= iov->iov_len;
			iov++;
			count--;
		}
		if (count > 0) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= n;
		}
	}
	return 0;
}

static int copy_body(const struct xs_msg *msg, char **ret_body, unsigned int *ret_len)
{
	char *copy;

	if (!ret_body)
		return 0;
	copy = malloc(msg->hdr.len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, msg->body, msg->hdr.len);
	copy[msg->hdr.len] = '\0';
	*ret_body = copy;
	if (ret_len)
		*ret_len = msg->hdr.len;
	return 0;
}

/* An answer of another type or number than asked for means that the stream is out of step. */
static int check_answer(const struct xs_msg *msg, uint32_t type, uint32_t req_id)
{
	if (msg->hdr.req_id != req_id)
		return -EPROTO;
	if (msg->hdr.type == XS_ERROR)
		return xs_reply_error(msg);
	return msg->hdr.type == type ? 0 : -EPROTO;
}

int xs_talk(struct xs_handle *h, enum xsd_sockmsg_type type, xs_transaction_t t,
	    const struct iovec *parts, unsigned int count, char **ret_body, unsigned int *ret_len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = ++h->next_id, .tx_id = t };
	struct iovec iov[MAX_PARTS + 1];
	struct xs_msg msg;
	unsigned int i;
	size_t len = 0;
	int err;

	if (count > MAX_PARTS)
		return -E2BIG;
	iov[0] = (struct iovec){ &hdr, sizeof(hdr) };
	for (i = 0; i < count; i++) {
		iov[i + 1] = parts[i];
		len += parts[i].iov_len;
	}
	if (len > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;
	hdr.len = len;
	err = send_all(h, iov, count + 1);
	if (err < 0)
		return err;
	for (;;) {
		err = receive(h, &msg);
		if (err < 0)
			return err;
		if (msg.hdr.type != XS_WATCH_EVENT)
			break;
		err = xs_queue_event(h, &msg);
		if (err < 0)
			return err;
	}
	err = check_answer(&msg, type, hdr.req_id);
	return err < 0 ? err : copy_body(&msg, ret_body, ret_len);
}

int xs_talk_path(struct xs_handle *h, enum xsd_sockmsg_type type, xs_transaction_t t,
		 const char *path, char **ret_body, unsigned int *ret_len)
{
	struct iovec part = { (void *)path, strlen(path) + 1 };

	return xs_talk(h, type, t, &part, 1, ret_body, ret_len);
}

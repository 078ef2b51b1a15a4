/* SPDX-License-Identifier: GPL-2.0-only */
/* socket.c: a local program as a connection. Whoever may open the socket is dom0's administrator. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "xenstored/conn.h"
#include "xenstored/loop.h"
#include "xenstored/mem.h"

#define MAX_IOV 16

struct sock {
	int fd;
	struct event *readable, *writable;
	bool reading, writing; /* which of them are armed */
};

static void arm(struct event *ev, bool *armed, bool want)
{
	if (want == *armed)
		return;
	*armed = want;
	if (want)
		event_add(ev, NULL);
	else
		event_del(ev);
}

static int sock_fill(struct conn *c)
{
	struct sock *k = c->priv;
	ssize_t n = read(k->fd, c->in + c->in_end, sizeof(c->in) - c->in_end);

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n == 0)
		return -EPIPE;
	c->in_end += n;
	return 0;
}

static int send_some(struct conn *c)
{
	struct sock *k = c->priv;
	struct iovec iov[MAX_IOV];
	struct msghdr msg = { .msg_iov = iov };
	struct out_msg *m;
	ssize_t n;

	for (m = c->out; m && msg.msg_iovlen < MAX_IOV; m = m->next) {
		iov[msg.msg_iovlen].iov_base = m->data + m->sent;
		iov[msg.msg_iovlen++].iov_len = m->len - m->sent;
	}
	n = sendmsg(k->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	while (n > 0) {
		m = c->out;
		if ((size_t)n < m->len - m->sent) {
			m->sent += n;
			break;
		}
		n -= m->len - m->sent;
		conn_out_pop(c);
	}
	return 0;
}

static int sock_flush(struct conn *c)
{
	struct sock *k = c->priv;
	int err = 0;

	while (c->out && err == 0)
		err = send_some(c);
	arm(k->writable, &k->writing, c->out != NULL);
	/* A client that does not read its answers is not read from either. */
	arm(k->readable, &k->reading, conn_may_take(c));
	return err;
}

static void sock_close(struct conn *c)
{
	struct sock *k = c->priv;

	if (k->readable)
		event_free(k->readable);
	if (k->writable)
		event_free(k->writable);
	close(k->fd);
	free(k);
}

static const struct transport socket_transport = {
	.name = "socket",
	.fill = sock_fill,
	.flush = sock_flush,
	.close = sock_close,
};

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	conn_input(arg);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	conn_output(arg);
}

struct conn *socket_open(struct store *s, int fd)
{
	struct sock *k = mem_zalloc(sizeof(*k));
	struct conn *c = conn_new(s, &socket_transport, k, NULL);

	k->fd = fd;
	k->readable = event_new(loop_base(s), fd, EV_READ | EV_PERSIST, on_readable, c);
	k->writable = event_new(loop_base(s), fd, EV_WRITE | EV_PERSIST, on_writable, c);
	if (!k->readable || !k->writable) {
		conn_drop(c, "out of memory");
		return c;
	}
	arm(k->readable, &k->reading, true);
	return c;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* console_reader.c: one attached reader. A slow one loses its oldest unread output and is told so;
 * it never holds up the guest or other readers. */
#include "xend/console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/buffer.h>

#define READER_CHUNK  (16u << 10)	/* handed to the socket at a time */
#define READER_LINGER 10		/* seconds to read the rest after the end */

struct console_reader {
	struct console *con;		/* NULL once the console is gone */
	struct bufferevent *bev;
	struct evbuffer *queue;		/* not yet handed to bev */
	size_t skipped;			/* dropped since the last notice */
	bool readonly;
};

static void reader_free(struct console_reader *r)
{
	if (r->con)
		console_del_reader(r->con, r);
	bufferevent_free(r->bev);
	evbuffer_free(r->queue);
	free(r);
}

static void reader_notice(struct console_reader *r, struct evbuffer *out)
{
	if (!r->skipped)
		return;
	evbuffer_add_printf(out, "\r\n[xend: %zu bytes of output skipped]\r\n", r->skipped);
	r->skipped = 0;
}

static void reader_feed(struct console_reader *r)
{
	struct evbuffer *out = bufferevent_get_output(r->bev);
	size_t used = evbuffer_get_length(out);

	if (used >= READER_CHUNK)
		return;
	reader_notice(r, out);
	evbuffer_remove_buffer(r->queue, out, READER_CHUNK - used);
}

void reader_output(struct console_reader *r, const void *buf, size_t len)
{
	size_t have;

	evbuffer_add(r->queue, buf, len);
	reader_feed(r);
	have = evbuffer_get_length(r->queue);
	if (have > CONSOLE_UNREAD) {
		evbuffer_drain(r->queue, have - CONSOLE_UNREAD);
		r->skipped += have - CONSOLE_UNREAD;
	}
}

static void reader_written(struct bufferevent *bev, void *arg)
{
	struct console_reader *r = arg;

	reader_feed(r);
	if (!r->con && evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		reader_free(r);
}

static void reader_readable(struct bufferevent *bev, void *arg)
{
	struct console_reader *r = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	if (r->readonly || !r->con)
		evbuffer_drain(in, evbuffer_get_length(in));
	else if (!console_input(r->con, in))
		bufferevent_disable(bev, EV_READ);
}

void reader_resume(struct console_reader *r)
{
	if (bufferevent_get_enabled(r->bev) & EV_READ)
		return;
	bufferevent_enable(r->bev, EV_READ);
	bufferevent_trigger(r->bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
}

static void reader_event(struct bufferevent *bev, short what, void *arg)
{
	struct pollfd p = { .fd = bufferevent_getfd(bev), .events = POLLIN };

	/* The peer may have closed its sending side only; then it still reads. */
	if ((what & BEV_EVENT_EOF) && poll(&p, 1, 0) >= 0 && !(p.revents & POLLHUP)) {
		bufferevent_disable(bev, EV_READ);
		((struct console_reader *)arg)->readonly = true;
		return;
	}
	reader_free(arg);
}

void reader_finish(struct console_reader *r)
{
	static const struct timeval linger = { READER_LINGER, 0 };

	r->con = NULL;
	reader_feed(r);
	if (evbuffer_get_length(bufferevent_get_output(r->bev)) == 0) {
		reader_free(r);
		return;
	}
	bufferevent_set_timeouts(r->bev, NULL, &linger);
	bufferevent_setwatermark(r->bev, EV_WRITE, 0, 0);
}

int reader_new(struct console *con, struct bufferevent *bev, bool readonly,
	struct console_reader **ret_reader)
{
	struct console_reader *r = calloc(1, sizeof(*r));

	if (r)
		r->queue = evbuffer_new();
	if (!r || !r->queue) {
		free(r);
		return -ENOMEM;
	}
	r->con = con;
	r->bev = bev;
	r->readonly = readonly;
	bufferevent_setcb(bev, reader_readable, reader_written, reader_event, r);
	bufferevent_setwatermark(bev, EV_READ, 0, CONSOLE_INPUT);
	bufferevent_setwatermark(bev, EV_WRITE, READER_CHUNK / 2, 0);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_trigger(bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
	*ret_reader = r;
	return 0;
}

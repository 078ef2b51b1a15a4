/* SPDX-License-Identifier: GPL-2.0-only */
/* console_reader.c: those who are attached to a console. A slow one loses its oldest unread output and is
 * told so; it never holds up the guest or other readers. What the writer sends is the guest's input, what
 * the others send is thrown away. */
#include "xend/console_reader.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#define READER_CHUNK  (16u << 10)	/* handed to the socket at a time */
#define READER_LINGER 10		/* seconds to read the rest after the end */
#define READER_LOOK_MS 250		/* between two looks whether one that sends no more is there yet */

static const char writes_now[] = "\r\n[xend: the writer has left: what you type goes to the domain now]\r\n";
static const char writes_no_more[] = "\r\n[xend: another viewer writes now: this one only reads]\r\n";

struct console_reader {
	struct readers *rs;		/* NULL once the console is gone, as is con */
	struct console *con;
	struct bufferevent *bev;
	struct evbuffer *queue;		/* not yet handed to bev */
	size_t skipped;			/* dropped since the last notice */
	size_t limit;			/* of queue */
	struct event *look;		/* it sends no more */
	struct reader_want want;
};

static void reader_notice(struct console_reader *r, struct evbuffer *out)
{
	if (!r->skipped || r->want.quiet)
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

static void reader_output(struct console_reader *r, const void *buf, size_t len)
{
	size_t have;

	evbuffer_add(r->queue, buf, len);
	reader_feed(r);
	have = evbuffer_get_length(r->queue);
	if (have > r->limit && !r->want.lossless) {
		evbuffer_drain(r->queue, have - r->limit);
		r->skipped += have - r->limit;
	}
}

static void reader_says(struct console_reader *r, const char *text, size_t len)
{
	if (!r->want.quiet)
		reader_output(r, text, len);
}

static void reader_resume(struct console_reader *r)
{
	if (r->look || (bufferevent_get_enabled(r->bev) & EV_READ))
		return;
	bufferevent_enable(r->bev, EV_READ);
	bufferevent_trigger(r->bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
}

/* Nobody writes any more: the first that wants to does, a program rather than a viewer. */
static void next_writer(struct readers *rs)
{
	rs->writer = NULL;
	for (int quiet = 1; quiet >= 0 && !rs->writer; quiet--)
		for (size_t i = 0; i < rs->count && !rs->writer; i++)
			if (!rs->list[i]->want.readonly && rs->list[i]->want.quiet == quiet)
				rs->writer = rs->list[i];
	if (rs->writer)
		reader_says(rs->writer, writes_now, sizeof(writes_now) - 1);
}

static void reader_leaves(struct console_reader *r)
{
	struct readers *rs = r->rs;
	size_t i;

	r->rs = NULL;
	if (!rs)
		return;
	for (i = 0; i < rs->count && rs->list[i] != r; i++)
		;
	rs->count--;
	memmove(&rs->list[i], &rs->list[i + 1], (rs->count - i) * sizeof(rs->list[0]));
	if (rs->writer == r)
		next_writer(rs);
	if (r->want.lossless)
		console_readers_ready(r->con);
	if (r->want.gone)
		r->want.gone(r->want.arg);
}

static void reader_free(struct console_reader *r)
{
	reader_leaves(r);
	if (r->look)
		event_free(r->look);
	bufferevent_free(r->bev);
	evbuffer_free(r->queue);
	free(r);
}

static void reader_written(struct bufferevent *bev, void *arg)
{
	struct console_reader *r = arg;

	reader_feed(r);
	if (!r->rs && evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		reader_free(r);
	else if (r->rs && r->want.lossless && evbuffer_get_length(r->queue) < READER_CHUNK)
		console_readers_ready(r->con);
}

static void reader_readable(struct bufferevent *bev, void *arg)
{
	struct console_reader *r = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	if (!r->rs || r->rs->writer != r)
		evbuffer_drain(in, evbuffer_get_length(in));
	else if (!console_input(r->con, in))
		bufferevent_disable(bev, EV_READ);
}

static bool reader_hung_up(const struct console_reader *r)
{
	struct pollfd p = { .fd = bufferevent_getfd(r->bev), .events = POLLIN };

	return poll(&p, 1, 0) < 0 || (p.revents & POLLHUP);
}

static void reader_look(evutil_socket_t fd, short what, void *arg)
{
	if (reader_hung_up(arg))
		reader_free(arg);
}

/* Nothing is to be read from it any more, so nothing says when it goes: it is looked at. */
static int reader_half_closed(struct console_reader *r)
{
	static const struct timeval look = { 0, READER_LOOK_MS * 1000 };

	bufferevent_disable(r->bev, EV_READ);
	if (!r->look)
		r->look = event_new(bufferevent_get_base(r->bev), -1, EV_PERSIST, reader_look, r);
	return r->look && !event_add(r->look, &look) ? 0 : -ENOMEM;
}

static void reader_event(struct bufferevent *bev, short what, void *arg)
{
	struct console_reader *r = arg;

	/* The peer may have closed its sending side only; then it still reads. */
	if (!(what & BEV_EVENT_EOF) || reader_hung_up(r) || reader_half_closed(r)) {
		reader_free(r);
		return;
	}
	r->want.readonly = true;
	if (r->rs && r->rs->writer == r)
		next_writer(r->rs);
}

/* What is still to come to it, then the end of the stream. */
static void reader_finish(struct console_reader *r)
{
	static const struct timeval linger = { READER_LINGER, 0 };

	r->rs = NULL;
	r->con = NULL;
	reader_feed(r);
	if (evbuffer_get_length(bufferevent_get_output(r->bev)) == 0) {
		reader_free(r);
		return;
	}
	bufferevent_set_timeouts(r->bev, NULL, &linger);
	bufferevent_setwatermark(r->bev, EV_WRITE, 0, 0);
}

static int reader_new(struct bufferevent *bev, size_t limit, struct console_reader **ret_reader)
{
	struct console_reader *r = calloc(1, sizeof(*r));

	if (r)
		r->queue = evbuffer_new();
	if (!r || !r->queue) {
		free(r);
		return -ENOMEM;
	}
	r->bev = bev;
	r->limit = limit;
	bufferevent_setcb(bev, reader_readable, reader_written, reader_event, r);
	bufferevent_setwatermark(bev, EV_READ, 0, CONSOLE_INPUT);
	bufferevent_setwatermark(bev, EV_WRITE, READER_CHUNK / 2, 0);
	*ret_reader = r;
	return 0;
}

bool readers_full(const struct readers *rs)
{
	return rs->count == CONSOLE_READERS;
}

bool readers_free_to_write(const struct readers *rs)
{
	return !rs->writer;
}

bool readers_behind(const struct readers *rs)
{
	for (size_t i = 0; i < rs->count; i++)
		if (rs->list[i]->want.lossless && evbuffer_get_length(rs->list[i]->queue) >= READER_CHUNK)
			return true;
	return false;
}

int readers_add(struct readers *rs, struct console *con, struct bufferevent *bev,
	const struct reader_want *want)
{
	struct console_reader *r, *before = rs->writer;
	int rc = readers_full(rs) ? -EBUSY : reader_new(bev, CONSOLE_UNREAD + want->len, &r);

	if (rc) {
		bufferevent_free(bev);
		return rc;
	}
	r->rs = rs;
	r->con = con;
	r->want = *want;
	rs->list[rs->count++] = r;
	if (!want->readonly && (want->takeover || !before)) {
		rs->writer = r;
		if (before) {
			reader_says(before, writes_no_more, sizeof(writes_no_more) - 1);
			reader_resume(before);
		}
	}
	if (want->len)
		reader_output(r, want->first, want->len);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_trigger(bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
	return 0;
}

void readers_output(struct readers *rs, const void *buf, size_t len)
{
	for (size_t i = 0; i < rs->count; i++)
		reader_output(rs->list[i], buf, len);
}

void readers_resume(struct readers *rs)
{
	for (size_t i = 0; i < rs->count; i++)
		reader_resume(rs->list[i]);
}

void readers_finish(struct readers *rs)
{
	rs->writer = NULL;
	while (rs->count)
		reader_finish(rs->list[--rs->count]);
}

int reader_text(struct bufferevent *bev, const void *text, size_t len)
{
	struct console_reader *r;
	int rc = reader_new(bev, len, &r);

	if (rc) {
		bufferevent_free(bev);
		return rc;
	}
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	reader_output(r, text, len);
	reader_finish(r);
	return 0;
}

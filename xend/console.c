/* SPDX-License-Identifier: GPL-2.0-only */
/* console.c: one console: its ring, its log, the end of what it said, and how much of our time it gets. */
#include "xend/console_private.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A guest that floods is served this much in each window, then has to wait for the next one. */
#define CONSOLE_WINDOW_MS    100
#define CONSOLE_WINDOW_BYTES (1u << 20)
#define CONSOLE_EVENT_COST   256	/* what an event costs even when it brings nothing */

static void console_output(struct console *con, const void *buf, size_t len)
{
	bool was_broken = con->log.broken;
	int rc = con->logs ? logfile_write(&con->log, buf, len) : 0;
	size_t have;

	if (rc && !was_broken)
		log_error("console", "%s: log file: %s", con->name, strerror(-rc));
	con->log.broken = rc != 0;
	evbuffer_add(con->backlog, buf, len);
	have = evbuffer_get_length(con->backlog);
	if (have > con->s->opt.scrollback)
		evbuffer_drain(con->backlog, have - con->s->opt.scrollback);
	readers_output(&con->readers, buf, len);
}

/* The guest's indices are impossible: nothing can be read from such a ring any more. */
static void console_bad(struct console *con)
{
	static const char text[] = "\r\n[xend: the guest wrote rubbish into its console ring]\r\n";

	if (con->bad)
		return;
	con->bad = true;
	log_warn("console", "%s (domain %u) wrote impossible indices into its console ring: "
		"its console is shut", con->name, con->domid);
	if (con->logs)		/* programs behind a channel take what they read for the guest's word */
		console_output(con, text, sizeof(text) - 1);
}

static void console_push_input(struct console *con)
{
	unsigned char buf[1024];
	bool moved = false;
	ssize_t have;
	int n;

	while ((have = evbuffer_copyout(con->input, buf, sizeof(buf))) > 0) {
		n = ring_fill(&con->ring, buf, (size_t)have);
		if (n < 0) {
			console_bad(con);
			return;
		}
		if (n == 0)
			break;
		evbuffer_drain(con->input, (size_t)n);
		moved = true;
	}
	if (!moved)
		return;
	con->s->ops->evtchn_notify(con->s->be, con->local);
	readers_resume(&con->readers);
}

/* How much is in the ring for us, unless somebody who must not lose anything is behind: 0 then. */
static int console_take(struct console *con, char *buf, size_t size)
{
	int n;

	con->held = con->bound && readers_behind(&con->readers);
	if (con->held)
		return 0;
	n = ring_drain(&con->ring, buf, size);
	if (n < 0)
		console_bad(con);
	return n;
}

void console_drain(struct console *con)
{
	char buf[4096];
	int n;

	if (!con->page || con->bad)
		return;
	n = console_take(con, buf, sizeof(buf));
	if (n < 0)
		return;
	con->budget->bytes += (size_t)n + CONSOLE_EVENT_COST;
	if (n) {
		console_output(con, buf, (size_t)n);
		if (con->bound)
			con->s->ops->evtchn_notify(con->s->be, con->local);
	}
	if (con->bound)
		console_push_input(con);
}

void console_readers_ready(struct console *con)
{
	if (!con->held)
		return;
	con->held = false;
	console_drain(con);
}

bool console_input(struct console *con, struct evbuffer *from)
{
	if (!con->page || con->bad || !con->bound) {
		evbuffer_drain(from, evbuffer_get_length(from));
		return true;
	}
	if (evbuffer_get_length(con->input) < CONSOLE_INPUT)
		evbuffer_add_buffer(con->input, from);
	console_push_input(con);
	return evbuffer_get_length(con->input) < CONSOLE_INPUT;
}

/* True if the guest used its window up; then the port stays masked until the next one. */
static bool console_throttled(struct console *con)
{
	struct timeval now, next, wait;
	static const struct timeval window = { 0, CONSOLE_WINDOW_MS * 1000 };
	struct console_budget *b = con->budget;

	event_base_gettimeofday_cached(con->s->base, &now);
	timeradd(&b->start, &window, &next);
	if (timercmp(&now, &next, >=) || timercmp(&now, &b->start, <)) {
		b->start = now;
		b->bytes = 0;
		return false;
	}
	if (b->bytes < CONSOLE_WINDOW_BYTES)
		return false;
	timersub(&next, &now, &wait);
	evtimer_add(con->window, &wait);
	return true;
}

void console_serve(struct console *con)
{
	console_drain(con);
	if (!con->bad && con->bound && !console_throttled(con))
		con->s->ops->evtchn_unmask(con->s->be, con->local);
}

static void console_window(evutil_socket_t fd, short what, void *arg)
{
	console_serve(arg);
}

static void console_open_log(struct console *con)
{
	const struct console_options *opt = &con->s->opt;
	char *path;
	int rc;

	if (!con->logs)
		return;
	path = console_file(con->s, con->name);
	rc = path ? logfile_open(&con->log, path, opt->log_size, opt->log_keep) : -ENOMEM;
	free(path);
	con->log.broken = rc != 0;
	if (rc)
		log_error("console", "%s: cannot open %s/%s.log: %s", con->name, con->s->dir,
			con->name, strerror(-rc));
}

int console_new(struct console_service *s, const char *name, const struct console_how *how,
	struct console **ret_con)
{
	struct console *con = calloc(1, sizeof(*con));
	char *tail;

	if (!con)
		return -ENOMEM;
	con->s = s;
	con->log.fd = -1;
	con->logs = !how->no_log;
	con->budget = how->main ? how->main->budget : &con->own;
	LIST_INSERT_HEAD(&s->consoles, con, link);
	con->name = strdup(name);
	con->backlog = evbuffer_new();
	con->input = evbuffer_new();
	con->window = evtimer_new(s->base, console_window, con);
	if (!con->name || !con->backlog || !con->input || !con->window) {
		console_free(con);
		return -ENOMEM;
	}
	console_open_log(con);
	tail = how->adopt && con->log.path ? malloc(s->opt.scrollback + 1) : NULL;
	if (tail)
		evbuffer_add(con->backlog, tail, logfile_tail(con->log.path, tail, s->opt.scrollback));
	free(tail);
	*ret_con = con;
	return 0;
}

void console_free(struct console *con)
{
	if (!con)
		return;
	console_disconnect(con);
	readers_finish(&con->readers);
	LIST_REMOVE(con, link);
	if (con->window)
		event_free(con->window);
	if (con->backlog)
		evbuffer_free(con->backlog);
	if (con->input)
		evbuffer_free(con->input);
	logfile_close(&con->log);
	free(con->name);
	free(con);
}

int console_rename(struct console *con, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	free(con->name);
	con->name = copy;
	logfile_close(&con->log);
	console_open_log(con);
	return 0;
}

const char *console_log_path(const struct console *con)
{
	return con->log.path;
}

bool console_connected(const struct console *con)
{
	return con->page && !con->bad;
}

void console_begin(struct console *con)
{
	evbuffer_drain(con->backlog, evbuffer_get_length(con->backlog));
}

/* The page is mapped. */
static int console_bind(struct console *con, uint32_t domid, uint32_t port)
{
	const struct backend_ops *ops = con->s->ops;
	int rc;

	con->domid = domid;
	con->bad = con->held = false;
	rc = ops->evtchn_bind(con->s->be, domid, port, &con->local);
	if (rc) {
		ops->ring_unmap(con->s->be, con->page);
		con->page = NULL;
		return rc;
	}
	con->bound = true;
	if (ring_attach(&con->ring, con->page))
		console_bad(con);
	console_drain(con);
	return 0;
}

int console_connect(struct console *con, uint32_t domid, uint64_t mfn, uint32_t port)
{
	int rc;

	console_disconnect(con);
	rc = con->s->ops->ring_map(con->s->be, domid, mfn, &con->page);
	if (!rc)
		return console_bind(con, domid, port);
	con->page = NULL;
	return rc;
}

int console_connect_granted(struct console *con, uint32_t domid, uint32_t ref, uint32_t port)
{
	int rc;

	console_disconnect(con);
	rc = con->s->ops->ring_grant(con->s->be, domid, ref, &con->page);
	if (!rc)
		return console_bind(con, domid, port);
	con->page = NULL;
	return rc;
}

void console_disconnect(struct console *con)
{
	if (!con->page)
		return;
	if (con->bound) {
		evtimer_del(con->window);
		con->s->ops->evtchn_unbind(con->s->be, con->local);
		con->bound = false;
	}
	console_drain(con);
	con->s->ops->ring_unmap(con->s->be, con->page);
	con->page = NULL;
	evbuffer_drain(con->input, evbuffer_get_length(con->input));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* console.c: the console service: one event channel fd for all rings, a log file for each domain. */
#include "xend/console.h"
#include "util/log.h"
#include "xend/logfile.h"
#include "xend/ring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/buffer.h>

#define CONSOLE_READERS	 64		/* of one console */
#define CONSOLE_BURST	 64		/* event channels served before other work gets its turn */
/* A guest that floods is served this much in each window, then has to wait for the next one. */
#define CONSOLE_WINDOW_MS    100
#define CONSOLE_WINDOW_BYTES (1u << 20)
#define CONSOLE_EVENT_COST   256	/* what an event costs even when it brings nothing */

struct console {
	LIST_ENTRY(console) link;
	struct console_service *s;
	char *name;
	struct logfile log;
	struct evbuffer *backlog, *input;
	struct console_reader *readers[CONSOLE_READERS];
	struct ring ring;
	void *page;			/* NULL: no ring */
	uint32_t domid, local;
	bool bound, bad;
	struct event *window;		/* pending: the guest waits for the next window */
	struct timeval window_start;
	size_t window_bytes;
};

struct console_service {
	struct event_base *base;
	const struct backend_ops *ops;
	struct backend *be;
	struct event *ev;
	char *dir;
	LIST_HEAD(, console) consoles;
};

static void console_output(struct console *con, const void *buf, size_t len)
{
	bool was_broken = con->log.broken;
	size_t have;
	int rc;

	rc = logfile_write(&con->log, buf, len);
	if (rc && !was_broken)
		log_error("console", "%s: log file: %s", con->name, strerror(-rc));
	con->log.broken = rc != 0;
	evbuffer_add(con->backlog, buf, len);
	have = evbuffer_get_length(con->backlog);
	if (have > CONSOLE_BACKLOG)
		evbuffer_drain(con->backlog, have - CONSOLE_BACKLOG);
	for (size_t i = 0; i < CONSOLE_READERS; i++)
		if (con->readers[i])
			reader_output(con->readers[i], buf, len);
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
	for (size_t i = 0; i < CONSOLE_READERS; i++)
		if (con->readers[i])
			reader_resume(con->readers[i]);
}

void console_drain(struct console *con)
{
	char buf[4096];
	int n = 0;

	if (!con->page || con->bad)
		return;
	n = ring_drain(&con->ring, buf, sizeof(buf));
	if (n < 0) {
		console_bad(con);
		return;
	}
	con->window_bytes += (size_t)n + CONSOLE_EVENT_COST;
	if (n) {
		console_output(con, buf, (size_t)n);
		if (con->bound)
			con->s->ops->evtchn_notify(con->s->be, con->local);
	}
	if (con->bound)
		console_push_input(con);
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

	event_base_gettimeofday_cached(con->s->base, &now);
	timeradd(&con->window_start, &window, &next);
	if (timercmp(&now, &next, >=) || timercmp(&now, &con->window_start, <)) {
		con->window_start = now;
		con->window_bytes = 0;
		return false;
	}
	if (con->window_bytes < CONSOLE_WINDOW_BYTES)
		return false;
	timersub(&next, &now, &wait);
	evtimer_add(con->window, &wait);
	return true;
}

static void console_serve(struct console *con)
{
	console_drain(con);
	if (!con->bad && con->bound && !console_throttled(con))
		con->s->ops->evtchn_unmask(con->s->be, con->local);
}

static void console_window(evutil_socket_t fd, short what, void *arg)
{
	console_serve(arg);
}

static void service_event(evutil_socket_t fd, short what, void *arg)
{
	struct console_service *s = arg;
	struct console *con;
	uint32_t local;

	for (int i = 0; i < CONSOLE_BURST && s->ops->evtchn_next(s->be, &local) == 0; i++) {
		LIST_FOREACH(con, &s->consoles, link)
			if (con->bound && con->local == local)
				break;
		if (con)
			console_serve(con);
	}
}

int console_service_new(struct event_base *base, const struct backend_ops *ops, struct backend *be,
	const char *dir, struct console_service **ret_service)
{
	struct console_service *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->base = base;
	s->ops = ops;
	s->be = be;
	LIST_INIT(&s->consoles);
	s->dir = strdup(dir);
	s->ev = event_new(base, ops->evtchn_fd(be), EV_READ | EV_PERSIST, service_event, s);
	if (!s->dir || !s->ev || event_add(s->ev, NULL) < 0) {
		console_service_free(s);
		return -ENOMEM;
	}
	*ret_service = s;
	return 0;
}

void console_service_free(struct console_service *s)
{
	if (!s)
		return;
	while (!LIST_EMPTY(&s->consoles))
		console_free(LIST_FIRST(&s->consoles));
	if (s->ev)
		event_free(s->ev);
	free(s->dir);
	free(s);
}

static void console_open_log(struct console *con)
{
	char *path;
	int rc = -ENOMEM;

	if (asprintf(&path, "%s/%s.log", con->s->dir, con->name) >= 0) {
		rc = logfile_open(&con->log, path, CONSOLE_LOG_CAP);
		free(path);
	}
	con->log.broken = rc != 0;
	if (rc)
		log_error("console", "%s: cannot open %s/%s.log: %s", con->name, con->s->dir,
			con->name, strerror(-rc));
}

int console_new(struct console_service *s, const char *name, bool adopt, struct console **ret_con)
{
	struct console *con = calloc(1, sizeof(*con));
	char *tail;

	if (!con)
		return -ENOMEM;
	con->s = s;
	con->log.fd = -1;
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
	tail = adopt && con->log.path ? malloc(CONSOLE_BACKLOG) : NULL;
	if (tail)
		evbuffer_add(con->backlog, tail,
			logfile_tail(con->log.path, tail, CONSOLE_BACKLOG));
	free(tail);
	*ret_con = con;
	return 0;
}

void console_free(struct console *con)
{
	struct console_reader *r;

	if (!con)
		return;
	console_disconnect(con);
	for (size_t i = 0; i < CONSOLE_READERS; i++) {
		r = con->readers[i];
		con->readers[i] = NULL;
		if (r)
			reader_finish(r);
	}
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

void console_begin(struct console *con)
{
	evbuffer_drain(con->backlog, evbuffer_get_length(con->backlog));
}

int console_connect(struct console *con, uint32_t domid, uint64_t mfn, uint32_t port)
{
	const struct backend_ops *ops = con->s->ops;
	int rc;

	console_disconnect(con);
	rc = ops->ring_map(con->s->be, domid, mfn, &con->page);
	if (rc) {
		con->page = NULL;
		return rc;
	}
	con->domid = domid;
	con->bad = false;
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

bool console_full(const struct console *con)
{
	for (size_t i = 0; i < CONSOLE_READERS; i++)
		if (!con->readers[i])
			return false;
	return true;
}

int console_add_reader(struct console *con, struct bufferevent *bev, bool readonly, bool backlog)
{
	unsigned char *text;
	size_t i, len;
	int rc;

	for (i = 0; i < CONSOLE_READERS && con->readers[i]; i++)
		;
	rc = i < CONSOLE_READERS ? reader_new(con, bev, readonly, &con->readers[i]) : -EBUSY;
	if (rc) {
		bufferevent_free(bev);
		return rc;
	}
	len = evbuffer_get_length(con->backlog);
	text = backlog && len ? evbuffer_pullup(con->backlog, -1) : NULL;
	if (text)
		reader_output(con->readers[i], text, len);
	return 0;
}

void console_del_reader(struct console *con, struct console_reader *r)
{
	for (size_t i = 0; i < CONSOLE_READERS; i++)
		if (con->readers[i] == r)
			con->readers[i] = NULL;
}

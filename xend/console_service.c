/* SPDX-License-Identifier: GPL-2.0-only */
/* console_service.c: all consoles: one event channel fd for their rings; and who may look at what. */
#include "xend/console_private.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONSOLE_BURST 64	/* event channels served before other work gets its turn */

static void service_event(evutil_socket_t fd, short what, void *arg)
{
	struct console_service *s = arg;
	struct console *con, *next;
	uint32_t local;

	for (int i = 0; i < CONSOLE_BURST && s->ops->evtchn_next(s->be, &local) == 0; i++) {
		for (con = LIST_FIRST(&s->consoles); con; con = next) {
			next = LIST_NEXT(con, link);
			if (con->bound && con->local == local)
				console_serve(con);
		}
	}
}

int console_service_new(struct event_base *base, const struct backend_ops *ops, struct backend *be,
	const char *dir, const struct console_options *opt, struct console_service **ret_service)
{
	struct console_service *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->base = base;
	s->ops = ops;
	s->be = be;
	s->opt = *opt;
	if (s->opt.log_size && s->opt.log_size < CONSOLE_LOG_MIN)
		s->opt.log_size = CONSOLE_LOG_MIN;
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

void console_service_reopen(struct console_service *s)
{
	struct console *con;
	int rc;

	LIST_FOREACH(con, &s->consoles, link) {
		if (!con->logs)
			continue;
		rc = logfile_reopen(&con->log);
		if (rc)
			log_error("console", "%s: cannot open %s: %s", con->name,
				con->log.path ? con->log.path : "its log", strerror(-rc));
	}
}

char *console_file(const struct console_service *s, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s.log", s->dir, name) >= 0 ? path : NULL;
}

bool console_full(const struct console *con)
{
	return readers_full(&con->readers);
}

bool console_writes(const struct console *con, const struct console_view *view)
{
	return !view->readonly && (view->takeover || readers_free_to_write(&con->readers));
}

/* Where the last of these lines begins, and not more than so many bytes of whole lines. */
static size_t view_start(const struct console_view *view, const char *text, size_t len)
{
	size_t at = len, least = 0;
	const char *line;
	int64_t lines = view->lines;

	if (view->kib >= 0 && (uint64_t)view->kib << 10 < len) {
		least = len - ((size_t)view->kib << 10);
		line = memchr(text + least, '\n', len - least);
		if (text[least - 1] != '\n' && line && line + 1 < text + len)
			least = (size_t)(line + 1 - text);
	}
	if (lines < 0)
		return least;
	if (!lines)
		return len;
	if (at > least)		/* the end of the last line is not another line */
		at--;
	while (at > least && (text[at - 1] != '\n' || --lines))
		at--;
	return at;
}

int console_add_reader(struct console *con, struct bufferevent *bev, const struct console_view *view)
{
	size_t len = evbuffer_get_length(con->backlog), from = 0;
	char *text = view->backlog && len ? (char *)evbuffer_pullup(con->backlog, -1) : NULL;

	if (text)
		from = view_start(view, text, len);
	return readers_add(&con->readers, con, bev, &(struct reader_want){
		.readonly = view->readonly, .takeover = view->takeover,
		.first = text ? text + from : NULL, .len = text ? len - from : 0,
	});
}

int console_add_end(struct console *con, struct bufferevent *bev, bool lossless, void (*gone)(void *arg),
	void *arg)
{
	return readers_add(&con->readers, con, bev, &(struct reader_want){
		.takeover = true, .quiet = true, .lossless = lossless, .gone = gone, .arg = arg,
	});
}

bool console_log_there(const struct console_service *s, const char *name)
{
	char *path = console_file(s, name);
	bool there = path && access(path, R_OK) == 0;

	free(path);
	return there;
}

int console_show_log(const struct console_service *s, const char *name, struct bufferevent *bev,
	const struct console_view *view)
{
	char *path = console_file(s, name), *text = malloc(s->opt.scrollback + 1);
	size_t len, from;
	int rc;

	if (!path || !text) {
		bufferevent_free(bev);
		rc = -ENOMEM;
	} else {
		len = logfile_tail(path, text, s->opt.scrollback);
		from = view_start(view, text, len);
		rc = reader_text(bev, text + from, len - from);
	}
	free(path);
	free(text);
	return rc;
}

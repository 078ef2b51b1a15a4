/* SPDX-License-Identifier: GPL-2.0-only */
/* console.h: the console service: rings to log files and readers, readers' input to rings. */
#ifndef XEND_CONSOLE_H
#define XEND_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "xend/backend.h"

#define CONSOLE_LOG_MIN	(16u << 10)	/* a cap below this is taken as this */

struct console_service;
struct console;

struct console_options {
	size_t scrollback;	/* bytes kept for readers that come later */
	size_t log_size;	/* bytes of log before it is rotated; 0: it just grows */
	unsigned int log_keep;	/* old logs: NAME.log.1, the newest, up to this */
};
#define CONSOLE_DEFAULTS { .scrollback = 64u << 10, .log_size = 1u << 20, .log_keep = 1 }

/* What one who attaches wants. */
struct console_view {
	bool readonly, takeover;	/* never write; write though another does */
	bool backlog;			/* first what was written before */
	int64_t lines, kib;		/* no more of that than the last lines, KiB; < 0: all there is */
};

/* Logs go to DIR/NAME.log. */
int console_service_new(struct event_base *base, const struct backend_ops *ops, struct backend *be,
	const char *dir, const struct console_options *opt, struct console_service **ret_service);
void console_service_free(struct console_service *s);
/* The log files may have been renamed: opens them anew. */
void console_service_reopen(struct console_service *s);
/* The log of a domain that is no more. show: as to a reader; the stream is taken over. */
bool console_log_there(const struct console_service *s, const char *name);
int console_show_log(const struct console_service *s, const char *name, struct bufferevent *bev,
	const struct console_view *view);

struct console_how {
	bool adopt;		/* the backlog starts with the end of the log file */
	bool no_log;
	struct console *main;	/* the domain's first console, with which it shares our time; NULL: it is it */
};

/* A console belongs to a named domain and outlives its rings (restarts), but not the domain's first one. A
 * log that cannot be opened is reported, and the console works. */
int console_new(struct console_service *s, const char *name, const struct console_how *how,
	struct console **ret_con);
/* Readers get what is still to come to them, then the end of the stream. NULL allowed. */
void console_free(struct console *con);
int console_rename(struct console *con, const char *name);
const char *console_log_path(const struct console *con);	/* NULL: it has none */
bool console_connected(const struct console *con);

/* The domain starts, perhaps again: the backlog begins anew, before the new kernel says anything. */
void console_begin(struct console *con);
int console_connect(struct console *con, uint32_t domid, uint64_t mfn, uint32_t port);
/* The ring is a page that the guest granted. */
int console_connect_granted(struct console *con, uint32_t domid, uint32_t ref, uint32_t port);
/* Takes the last output (a dead domain's page stays readable) and lets go of page and port. */
void console_disconnect(struct console *con);
void console_drain(struct console *con);

bool console_full(const struct console *con);	/* no more readers */
/* Would such a reader write now? If not, it will when those before it have left, unless readonly. */
bool console_writes(const struct console *con, const struct console_view *view);
/* Takes the stream over. */
int console_add_reader(struct console *con, struct bufferevent *bev, const struct console_view *view);
/* A program at the other end, not a viewer: it writes, and is told nothing but what the guest says. lossless: the guest
 * waits for it. gone: it has left; not called when the console is freed. */
int console_add_end(struct console *con, struct bufferevent *bev, bool lossless, void (*gone)(void *arg),
	void *arg);

#endif

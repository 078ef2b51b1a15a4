/* SPDX-License-Identifier: GPL-2.0-only */
/* console.h: the console service: rings to log files and readers, readers' input to rings. */
#ifndef XEND_CONSOLE_H
#define XEND_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "xend/backend.h"

#define CONSOLE_LOG_CAP	 (1u << 20)	/* bytes of log before it is rotated */
#define CONSOLE_BACKLOG	 (64u << 10)	/* kept for readers that come later */
#define CONSOLE_UNREAD	 (256u << 10)	/* a reader's unread output before the oldest is dropped */
#define CONSOLE_INPUT	 4096		/* input that the guest has not taken before we stop reading */

struct console_service;
struct console;

/* Logs go to DIR/NAME.log. */
int console_service_new(struct event_base *base, const struct backend_ops *ops, struct backend *be,
	const char *dir, struct console_service **ret_service);
void console_service_free(struct console_service *s);

/* A console belongs to a named domain and outlives its rings (restarts). `adopt`: the backlog starts
 * with the end of the log file. A log that cannot be opened is reported, and the console works. */
int console_new(struct console_service *s, const char *name, bool adopt, struct console **ret_con);
/* Readers get what is still to come to them, then the end of the stream. NULL allowed. */
void console_free(struct console *con);
int console_rename(struct console *con, const char *name);
const char *console_log_path(const struct console *con);

/* The domain starts, perhaps again: the backlog begins anew, before the new kernel says anything. */
void console_begin(struct console *con);
int console_connect(struct console *con, uint32_t domid, uint64_t mfn, uint32_t port);
/* Takes the last output (a dead domain's page stays readable) and lets go of page and port. */
void console_disconnect(struct console *con);
void console_drain(struct console *con);

bool console_full(const struct console *con);	/* no more readers */
/* Takes the stream over. */
int console_add_reader(struct console *con, struct bufferevent *bev, bool readonly, bool backlog);

/* console_reader.c, for console.c */
struct console_reader;
void reader_output(struct console_reader *r, const void *buf, size_t len);
void reader_resume(struct console_reader *r);	/* the guest took input: read on */
void reader_finish(struct console_reader *r);	/* the console is gone */
int reader_new(struct console *con, struct bufferevent *bev, bool readonly,
	struct console_reader **ret_reader);
/* console.c, for console_reader.c: whether more input may be read after this. */
bool console_input(struct console *con, struct evbuffer *from);
void console_del_reader(struct console *con, struct console_reader *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* console_reader.h: those who are attached to one console: all see it, one writes. */
#ifndef XEND_CONSOLE_READER_H
#define XEND_CONSOLE_READER_H

#include <stdbool.h>
#include <stddef.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#define CONSOLE_READERS 64		/* of one console */
#define CONSOLE_UNREAD	(256u << 10)	/* a reader's unread output before the oldest is dropped */
#define CONSOLE_INPUT	4096		/* input that the guest has not taken before we stop reading */

struct console;
struct console_reader;

struct reader_want {
	bool readonly, takeover;
	bool quiet;		/* no words of ours in its stream */
	bool lossless;		/* it loses nothing: whoever has output waits for it */
	const void *first;	/* what it is given before all else */
	size_t len;
	void (*gone)(void *arg);	/* it has left, while its console is there; or NULL */
	void *arg;
};

/* In the order of their coming: when the writer leaves, the next that wants to writes. */
struct readers {
	struct console_reader *list[CONSOLE_READERS];
	size_t count;
	struct console_reader *writer;	/* or NULL */
};

bool readers_full(const struct readers *rs);
/* Would the next to come be the writer? */
bool readers_free_to_write(const struct readers *rs);
/* Takes the stream over, also on failure. */
int readers_add(struct readers *rs, struct console *con, struct bufferevent *bev,
	const struct reader_want *want);
/* One that must not lose anything has enough to read. console_readers_ready() follows. */
bool readers_behind(const struct readers *rs);
void readers_output(struct readers *rs, const void *buf, size_t len);
void readers_resume(struct readers *rs);	/* the guest took input: read on */
void readers_finish(struct readers *rs);	/* the console is gone */
/* A stream of no console: this text, then its end. */
int reader_text(struct bufferevent *bev, const void *text, size_t len);

/* console.c: whether more input may be read after this. */
bool console_input(struct console *con, struct evbuffer *from);
void console_readers_ready(struct console *con);

#endif

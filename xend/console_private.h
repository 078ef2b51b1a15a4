/* SPDX-License-Identifier: GPL-2.0-only */
/* console_private.h: what console.c and console_service.c share. */
#ifndef XEND_CONSOLE_PRIVATE_H
#define XEND_CONSOLE_PRIVATE_H

#include <sys/queue.h>

#include <event2/buffer.h>

#include "xend/console.h"
#include "xend/console_reader.h"
#include "xend/logfile.h"
#include "xend/ring.h"

/* What a guest may do in each window, with all its consoles. */
struct console_budget {
	struct timeval start;
	size_t bytes;
};

struct console {
	LIST_ENTRY(console) link;
	struct console_service *s;
	char *name;
	bool logs;
	struct logfile log;
	struct evbuffer *backlog, *input;
	struct readers readers;
	struct ring ring;
	void *page;			/* NULL: no ring */
	uint32_t domid, local;
	bool bound, bad;
	bool held;			/* output stays in the ring: a reader that must not lose any is behind */
	struct event *window;		/* pending: the guest waits for the next window */
	struct console_budget own, *budget;	/* budget: of the domain's first console */
};

struct console_service {
	struct event_base *base;
	const struct backend_ops *ops;
	struct backend *be;
	struct event *ev;
	char *dir;
	struct console_options opt;
	LIST_HEAD(, console) consoles;
};

/* console.c: an event for it. */
void console_serve(struct console *con);
/* console_service.c: DIR/NAME.log; to be freed, NULL: no memory. */
char *console_file(const struct console_service *s, const char *name);

#endif

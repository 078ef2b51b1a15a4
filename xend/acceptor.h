/* SPDX-License-Identifier: GPL-2.0-only */
/* acceptor.h: a listener that rests for a second when accept() fails. Without that it would be told again at
 * once, and for as long as there is no descriptor to be had. */
#ifndef XEND_ACCEPTOR_H
#define XEND_ACCEPTOR_H

#include <event2/event.h>
#include <event2/listener.h>

struct acceptor {
	struct evconnlistener *listener;
	struct event *rest;
	const char *tag;
};

/* Takes the listener over (NULL: -errno), which stays closed on failure. */
int acceptor_start(struct acceptor *a, struct event_base *base, struct evconnlistener *listener, const char *tag);
void acceptor_failed(struct acceptor *a);	/* to be called by the listener's error callback */
void acceptor_stop(struct acceptor *a);		/* all zeroes: does nothing */

#endif

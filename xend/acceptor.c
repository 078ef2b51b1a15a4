/* SPDX-License-Identifier: GPL-2.0-only */
/* acceptor.c: listeners that rest when accept() fails. */
#include "xend/acceptor.h"
#include "util/log.h"

#include <errno.h>
#include <string.h>

static void rested(evutil_socket_t fd, short what, void *arg)
{
	evconnlistener_enable(arg);
}

void acceptor_failed(struct acceptor *a)
{
	static const struct timeval second = { 1, 0 };

	log_error(a->tag, "accept: %s; those who connect wait", strerror(EVUTIL_SOCKET_ERROR()));
	if (evtimer_add(a->rest, &second) == 0)
		evconnlistener_disable(a->listener);
}

int acceptor_start(struct acceptor *a, struct event_base *base, struct evconnlistener *listener, const char *tag)
{
	*a = (struct acceptor){ .listener = listener, .tag = tag };
	if (!listener)
		return errno ? -errno : -EIO;
	a->rest = evtimer_new(base, rested, listener);
	if (a->rest)
		return 0;
	acceptor_stop(a);
	return -ENOMEM;
}

void acceptor_stop(struct acceptor *a)
{
	if (a->rest)
		event_free(a->rest);
	if (a->listener)
		evconnlistener_free(a->listener);
	*a = (struct acceptor){ 0 };
}

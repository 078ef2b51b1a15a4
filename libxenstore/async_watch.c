/* SPDX-License-Identifier: MIT */
/* async_watch.c: watches of the asynchronous client. A watch outlives the connection. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libxenstore/async.h"

static struct xs_async_watch *find(struct xs_async *xa, const char *token)
{
	struct xs_async_watch *w;

	for (w = xa->watches; w; w = w->next) {
		if (w->fn && strcmp(w->token, token) == 0)
			return w;
	}
	return NULL;
}

void xs_async_watch_event(struct xs_async *xa, const struct xs_msg *msg)
{
	const char *path, *token;
	struct xs_async_watch *w;

	if (xs_check_watch_body(msg, &path, &token) < 0)
		return;
	w = find(xa, token); /* NULL: dropped while this event was under way */
	if (!w)
		return;
	xa->busy++;
	w->fn(w, path, w->arg);
	xa->busy--;
}

/* "path\0token\0" */
static int send_watch(struct xs_async_watch *w, enum xsd_sockmsg_type type, xs_async_done_fn *done,
		      void *arg)
{
	char body[XENSTORE_PAYLOAD_MAX];
	int len = snprintf(body, sizeof(body), "%s%c%s", w->path, '\0', w->token) + 1;

	if (len > (int)sizeof(body))
		return -E2BIG;
	return xs_async_request(w->xa, type, XBT_NULL, body, len, done, arg);
}

/* arg is the token's number: the watch itself may be gone by now. */
static void registered(struct xs_async *xa, int err, const char *data, unsigned int len, void *arg)
{
	char token[24];
	struct xs_async_watch *w;

	if (err == 0 || err == EPIPE || err == ECANCELED)
		return;
	snprintf(token, sizeof(token), "a%lx", (unsigned long)(uintptr_t)arg);
	w = find(xa, token);
	if (w) {
		errno = err;
		w->fn(w, NULL, w->arg);
	}
}

static int send_register(struct xs_async_watch *w)
{
	return send_watch(w, XS_WATCH, registered,
			  (void *)(uintptr_t)strtoul(w->token + 1, NULL, 16));
}

struct xs_async_watch *xs_async_watch(struct xs_async *xa, const char *path, xs_async_watch_fn *fn,
				      void *arg)
{
	size_t size = strlen(path) + 1;
	struct xs_async_watch *w = calloc(1, sizeof(*w) + size);
	int err;

	if (!w)
		return NULL;
	w->xa = xa;
	w->fn = fn;
	w->arg = arg;
	memcpy(w->path, path, size);
	snprintf(w->token, sizeof(w->token), "a%x", ++xa->next_token);
	err = send_register(w);
	if (err < 0 && err != -ENOTCONN) {
		free(w);
		errno = -err;
		return NULL;
	}
	w->next = xa->watches;
	xa->watches = w;
	return w;
}

void xs_async_unwatch(struct xs_async_watch *w)
{
	if (!w)
		return;
	/* If this cannot be sent the connection is down or about to be; the daemon then forgets
	 * the watch by itself, and events nobody asked for are dropped meanwhile. */
	if (send_watch(w, XS_UNWATCH, NULL, NULL) < 0)
		errno = 0;
	w->fn = NULL;
	xs_async_watch_sweep(w->xa, false);
}

void xs_async_watch_rearm(struct xs_async *xa)
{
	struct xs_async_watch *w;

	for (w = xa->watches; w; w = w->next) {
		if (w->fn && send_register(w) < 0)
			return; /* out of memory: the owner reopens again after the next loss */
	}
}

/* Frees dropped watches, or all of them, unless a callback of this handle is running. */
void xs_async_watch_sweep(struct xs_async *xa, bool all)
{
	struct xs_async_watch **pos = &xa->watches, *w;

	if (xa->busy)
		return;
	while ((w = *pos)) {
		if (all || !w->fn) {
			*pos = w->next;
			free(w);
		} else {
			pos = &w->next;
		}
	}
}

/* SPDX-License-Identifier: MIT */
/* async.h: the asynchronous client's connection, shared by its files. */
#ifndef LIBXENSTORE_ASYNC_H
#define LIBXENSTORE_ASYNC_H

#include "libxenstore/private.h"

struct xs_async_request {
	struct xs_async_request *next;
	uint32_t type, req_id;
	xs_async_done_fn *done;
	void *arg;
};

struct xs_async_watch {
	struct xs_async_watch *next;
	struct xs_async *xa;
	xs_async_watch_fn *fn; /* NULL: dropped, freed when no callback is running */
	void *arg;
	char token[24];
	char path[];
};

struct xs_async {
	struct xs_link link;
	uint32_t next_id, next_token;
	unsigned int pending, busy; /* busy: inside a callback */
	struct xs_async_request *requests, **requests_end; /* sent or queued, in order */
	struct xs_async_watch *watches;
	char *out; /* bytes to send: out[out_start..out_end) */
	size_t out_start, out_end, out_size;
	struct xs_in in;
};

/* async_watch.c */
void xs_async_watch_event(struct xs_async *xa, const struct xs_msg *msg);
void xs_async_watch_rearm(struct xs_async *xa);
void xs_async_watch_sweep(struct xs_async *xa, bool all);

#endif

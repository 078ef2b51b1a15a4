/* SPDX-License-Identifier: MIT */
/* sync.h: the blocking client's handle and its one request function. */
#ifndef LIBXENSTORE_SYNC_H
#define LIBXENSTORE_SYNC_H

#include "libxenstore/private.h"

/* A watch event waiting to be fetched: vec and the two strings it points at in one allocation. */
struct xs_event {
	struct xs_event *next;
	char **vec;
};

struct xs_handle {
	struct xs_link link;
	uint32_t next_id;
	bool unwatch_filter;
	int poll_fd;  /* epoll over link.fd and queue_fd, made by xs_fileno(); -1 before */
	int queue_fd; /* eventfd, set while events are queued; -1 before xs_fileno() */
	struct xs_event *events, **events_end;
	struct xs_in in;
};

/* Sends one request and waits for its answer. 0, or -Exxx as the daemon said or as the connection
 * failed. *ret_body (may be NULL): malloc'ed, a NUL after its *ret_len bytes. */
int xs_talk(struct xs_handle *h, enum xsd_sockmsg_type type, xs_transaction_t t,
	    const struct iovec *parts, unsigned int count, char **ret_body, unsigned int *ret_len);
/* The same with one string, its NUL included. */
int xs_talk_path(struct xs_handle *h, enum xsd_sockmsg_type type, xs_transaction_t t,
		 const char *path, char **ret_body, unsigned int *ret_len);
/* Takes in one message that must be a watch event. Blocks. */
int xs_take_event(struct xs_handle *h);
int xs_queue_event(struct xs_handle *h, const struct xs_msg *msg);
bool xs_result(int err); /* 0 -> true, -Exxx -> errno and false */

#endif

/* SPDX-License-Identifier: MIT */
/* watch.c: watches of the blocking client, and the queue of events nobody has fetched yet. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "libxenstore/sync.h"

/* Keeps queue_fd readable exactly while events are queued, so that polling xs_fileno() works
 * although the event's bytes left the socket during somebody's request. */
static void signal_queue(struct xs_handle *h)
{
	uint64_t value = 1;

	if (h->queue_fd < 0)
		return;
	if (h->events) {
		if (write(h->queue_fd, &value, sizeof(value)) < 0)
			return; /* the counter is full: readable already */
	} else if (read(h->queue_fd, &value, sizeof(value)) < 0) {
		return; /* was not set */
	}
}

int xs_queue_event(struct xs_handle *h, const struct xs_msg *msg)
{
	const char *path, *token;
	struct xs_event *e;
	size_t path_size, token_size;
	char *strings;
	int err;

	err = xs_check_watch_body(msg, &path, &token);
	if (err < 0)
		return err;
	path_size = strlen(path) + 1;
	token_size = strlen(token) + 1;
	e = calloc(1, sizeof(*e));
	if (e)
		e->vec = malloc(2 * sizeof(char *) + path_size + token_size);
	if (!e || !e->vec) {
		free(e);
		return -ENOMEM;
	}
	strings = (char *)(e->vec + 2);
	memcpy(strings, path, path_size);
	memcpy(strings + path_size, token, token_size);
	e->vec[XS_WATCH_PATH] = strings;
	e->vec[XS_WATCH_TOKEN] = strings + path_size;
	*h->events_end = e;
	h->events_end = &e->next;
	signal_queue(h);
	return 0;
}

static char **pop_event(struct xs_handle *h)
{
	struct xs_event *e = h->events;
	char **vec = e->vec;

	h->events = e->next;
	if (!h->events) {
		h->events_end = &h->events;
		signal_queue(h);
	}
	free(e);
	return vec;
}

static int add_to_poll(int poll_fd, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	return epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &ev);
}

int xs_fileno(struct xs_handle *h)
{
	if (h->poll_fd >= 0)
		return h->poll_fd;
	h->queue_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	h->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (h->queue_fd < 0 || h->poll_fd < 0 || add_to_poll(h->poll_fd, h->link.fd) != 0 ||
	    add_to_poll(h->poll_fd, h->queue_fd) != 0) {
		if (h->poll_fd >= 0)
			close(h->poll_fd);
		if (h->queue_fd >= 0)
			close(h->queue_fd);
		h->poll_fd = h->queue_fd = -1;
		return -1;
	}
	signal_queue(h);
	return h->poll_fd;
}

/* Takes in whatever arrived, without waiting for more. */
static int drain(struct xs_handle *h)
{
	struct pollfd pfd = { .fd = h->link.fd, .events = POLLIN };
	struct xs_msg msg;
	int got;

	for (;;) {
		while ((got = xs_in_next(&h->in, &msg)) == 1) {
			if (msg.hdr.type != XS_WATCH_EVENT)
				return -EPROTO;
			got = xs_queue_event(h, &msg);
			if (got < 0)
				return got;
		}
		if (got < 0)
			return got;
		if (poll(&pfd, 1, 0) <= 0)
			return 0;
		got = xs_in_fill(&h->in, h->link.fd);
		if (got < 0)
			return got;
	}
}

char **xs_check_watch(struct xs_handle *h)
{
	int err = 0;

	if (!h->events)
		err = drain(h);
	if (h->events)
		return pop_event(h);
	errno = err < 0 ? -err : EAGAIN;
	return NULL;
}

char **xs_read_watch(struct xs_handle *h, unsigned int *num)
{
	int err;

	while (!h->events) {
		err = xs_take_event(h);
		if (err < 0) {
			errno = -err;
			return NULL;
		}
	}
	if (num)
		*num = 2;
	return pop_event(h);
}

static int talk_watch(struct xs_handle *h, enum xsd_sockmsg_type type, const char *path,
		      const char *token)
{
	struct iovec parts[] = {
		{ (void *)path, strlen(path) + 1 },
		{ (void *)token, strlen(token) + 1 },
	};

	return xs_talk(h, type, XBT_NULL, parts, 2, NULL, NULL);
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	return xs_result(talk_watch(h, XS_WATCH, path, token));
}

/* Events of a watch carry paths at or below it; a special watch's path is its own name. */
static void drop_events(struct xs_handle *h, const char *path, const char *token)
{
	struct xs_event **pos = &h->events, *e;

	while ((e = *pos)) {
		if (strcmp(e->vec[XS_WATCH_TOKEN], token) == 0 &&
		    xs_path_is_subpath(path, e->vec[XS_WATCH_PATH])) {
			*pos = e->next;
			free(e->vec);
			free(e);
		} else {
			pos = &e->next;
		}
	}
	h->events_end = pos;
	if (!h->events)
		signal_queue(h);
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
	int err = talk_watch(h, XS_UNWATCH, path, token);

	if (err == 0 && h->unwatch_filter)
		drop_events(h, path, token);
	return xs_result(err);
}

bool xs_reset_watches(struct xs_handle *h)
{
	return xs_result(xs_talk_path(h, XS_RESET_WATCHES, XBT_NULL, "", NULL, NULL));
}

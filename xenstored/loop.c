/* SPDX-License-Identifier: GPL-2.0-only */
/* loop.c: the event loop: the listening socket, the hypervisor's events, signals. */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "util/log.h"
#include "xenstored/conn.h"
#include "xenstored/domain.h"
#include "xenstored/loop.h"
#include "xenstored/mem.h"

#define BACKEND_BURST 64 /* events taken before others get a turn */

static const int stop_signals[] = { SIGTERM, SIGINT };

struct loop {
	struct event_base *base;
	struct event *listener, *resume, *backend, *hup;
	struct event *stops[2];
	int listen_fd;
	bool stop;
};

struct event_base *loop_base(const struct store *s)
{
	return s->loop->base;
}

static void loop_stop(struct store *s)
{
	s->loop->stop = true;
	event_base_loopbreak(s->loop->base);
}

static void on_stop(evutil_socket_t sig, short what, void *arg)
{
	log_info("store", "signal %d: ending, the state is kept", (int)sig);
	loop_stop(arg);
}

static void on_hup(evutil_socket_t sig, short what, void *arg)
{
	int err = log_reopen();

	if (err < 0)
		log_warn("store", "cannot open the log again: %s", strerror(-err));
}

int loop_new(struct store *s)
{
	struct loop *l = mem_zalloc(sizeof(*l));
	unsigned int i;

	l->listen_fd = -1;
	l->base = event_base_new();
	s->loop = l;
	if (!l->base)
		return -ENOMEM;
	for (i = 0; i < 2; i++) {
		l->stops[i] = evsignal_new(l->base, stop_signals[i], on_stop, s);
		if (!l->stops[i] || event_add(l->stops[i], NULL) != 0)
			return -ENOMEM;
	}
	l->hup = evsignal_new(l->base, SIGHUP, on_hup, s);
	return l->hup && event_add(l->hup, NULL) == 0 ? 0 : -ENOMEM;
}

static void free_event(struct event *ev)
{
	if (ev)
		event_free(ev);
}

void loop_free(struct store *s)
{
	struct loop *l = s->loop;

	if (!l)
		return;
	free_event(l->listener);
	free_event(l->resume);
	free_event(l->backend);
	free_event(l->hup);
	free_event(l->stops[0]);
	free_event(l->stops[1]);
	if (l->listen_fd >= 0)
		close(l->listen_fd);
	if (l->base)
		event_base_free(l->base);
	free(l);
	s->loop = NULL;
}

/* ---- the socket ----------------------------------------------------------------------------- */

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;

	event_add(s->loop->listener, NULL);
}

/* Out of descriptors: those who wait in the queue get theirs later. */
static void pause_accepting(struct store *s, int err)
{
	struct timeval second = { .tv_sec = 1 };

	log_warn("store", "cannot accept a client: %s", strerror(err));
	event_del(s->loop->listener);
	event_add(s->loop->resume, &second);
}

static void on_accept(evutil_socket_t listen_fd, short what, void *arg)
{
	struct store *s = arg;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		socket_open(s, fd);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		pause_accepting(s, errno);
}

static int bind_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err = 0;
	mode_t old;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	old = umask(0177);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(fd, 128) != 0)
		err = -errno;
	umask(old);
	if (err < 0) {
		close(fd);
		return err;
	}
	return fd;
}

int loop_listen(struct store *s, const char *path)
{
	struct loop *l = s->loop;

	l->listen_fd = bind_socket(path);
	if (l->listen_fd < 0)
		return l->listen_fd;
	l->listener = event_new(l->base, l->listen_fd, EV_READ | EV_PERSIST, on_accept, s);
	l->resume = evtimer_new(l->base, on_resume, s);
	return l->listener && l->resume && event_add(l->listener, NULL) == 0 ? 0 : -ENOMEM;
}

/* ---- the hypervisor ------------------------------------------------------------------------- */

static void on_backend(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;
	struct conn *c;
	int port, burst;

	for (burst = 0; burst < BACKEND_BURST; burst++) {
		port = s->backend.ops->next_event(s->backend.b);
		if (port == -1)
			return;
		if (port == BACKEND_PORT_DOMAINS) {
			domain_scan(s);
			continue;
		}
		c = domain_conn_by_port(s, port);
		if (c) {
			conn_output(c);
			conn_input(c);
		}
	}
}

int loop_watch_backend(struct store *s)
{
	struct loop *l = s->loop;

	l->backend = event_new(l->base, s->backend.ops->event_fd(s->backend.b),
			       EV_READ | EV_PERSIST, on_backend, s);
	return l->backend && event_add(l->backend, NULL) == 0 ? 0 : -ENOMEM;
}

/* Polls between turns, so that new work joins the queue however much is waiting. */
void loop_run(struct store *s)
{
	bool more = conn_turns(s);

	while (!s->loop->stop) {
		event_base_loop(s->loop->base, EVLOOP_ONCE | (more ? EVLOOP_NONBLOCK : 0));
		more = conn_turns(s);
	}
}

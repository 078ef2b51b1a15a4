/* SPDX-License-Identifier: GPL-2.0-only */
/* listen.c: the port at which guests of other hosts arrive: who may, and by which transport. The first byte
 * tells: a line of JSON begins with '{', TLS with 22. */
#include "xend/acceptor.h"
#include "xend/core.h"
#include "xend/migrate.h"
#include "xend/migrate_tls.h"
#include "util/hostlist.h"
#include "util/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>


#define WAITING_MAX  32
#define FIRST_BYTE_S 10
#define TLS_BYTE     0x16

struct visitor {
	TAILQ_ENTRY(visitor) link;
	struct migrate_listener *l;
	struct event *ev;
	int fd;
	struct sockaddr_storage sa;
	char who[64];
};

struct migrate_listener {
	struct core *core;
	struct acceptor acceptor;
	TAILQ_HEAD(, visitor) visitors;
	unsigned int count;
	struct log_pace refused;
};

static void visitor_free(struct visitor *v)
{
	TAILQ_REMOVE(&v->l->visitors, v, link);
	v->l->count--;
	if (v->ev)
		event_free(v->ev);
	if (v->fd >= 0)
		close(v->fd);
	free(v);
}

/* Anybody on the network may knock: nobody is to wash away the log by it. */
static void complain(struct visitor *v, const char *text)
{
	unsigned int more;

	if (log_paced(&v->l->refused, &more))
		log_warn("migrate", "from %s: %s (%u more before)", v->who, text, more);
}

static void turn_away(struct visitor *v, const char *text)
{
	struct json_object *o = wire_error(-EACCES, text);
	const char *line = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);

	complain(v, text);
	if (send(v->fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		(void)!send(v->fd, "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	json_object_put(o);
	shutdown(v->fd, SHUT_WR);
}

static void first_byte(evutil_socket_t fd, short what, void *arg)
{
	struct visitor *v = arg;
	struct core *core = v->l->core;
	const struct migrate_options *opt = &core->opt.migrate;
	unsigned char c = 0;
	int plain = -1, rc;

	if (what & EV_TIMEOUT || recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) != 1) {
		complain(v, "nothing comes");
	} else if (c == TLS_BYTE && tls_available(opt->tls_dir)) {
		rc = tls_accept(opt, fd, &plain);
		if (rc)
			log_warn("migrate", "from %s: xend-tls: %s", v->who, strerror(-rc));
		else
			receive_start(core, plain, v->who);
	} else if (c != '{') {
		turn_away(v, "that is no xend that sends a guest, or it uses TLS and this host has no certificate");
	} else if (!hostlist_has(opt->hosts, (const struct sockaddr *)&v->sa)) {
		turn_away(v, "this host takes guests with a certificate only (xend.conf: migrate-tls-dir), or from "
			"the hosts that its migrate-hosts names");
	} else {
		receive_start(core, v->fd, v->who);
		v->fd = -1;
	}
	visitor_free(v);
}

static void on_visit(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg)
{
	static const struct timeval patience = { FIRST_BYTE_S, 0 };
	struct migrate_listener *l = arg;
	struct visitor *v = l->count < WAITING_MAX ? calloc(1, sizeof(*v)) : NULL;

	if (!v) {
		close(fd);
		return;
	}
	v->l = l;
	v->fd = fd;
	memcpy(&v->sa, sa, (size_t)len < sizeof(v->sa) ? (size_t)len : sizeof(v->sa));
	if (getnameinfo(sa, (socklen_t)len, v->who, sizeof(v->who), NULL, 0, NI_NUMERICHOST))
		snprintf(v->who, sizeof(v->who), "(unknown)");
	wire_keep_alive(fd);
	TAILQ_INSERT_TAIL(&l->visitors, v, link);
	l->count++;
	v->ev = event_new(l->core->base, fd, EV_READ, first_byte, v);
	if (!v->ev || event_add(v->ev, &patience))
		visitor_free(v);
}

static void on_error(struct evconnlistener *listener, void *arg)
{
	struct migrate_listener *l = arg;

	acceptor_failed(&l->acceptor);
}

/* 0 and NULL: nobody may send us anything, so nobody is listened to. */
int migrate_listen(struct core *core, struct migrate_listener **ret, char *why, size_t size)
{
	const struct migrate_options *opt = &core->opt.migrate;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICHOST };
	struct migrate_listener *l;
	struct addrinfo *ai;
	int rc = -ENOMEM;
	char port[8];

	*ret = NULL;
	if (!opt->port || (!opt->hosts && !tls_available(opt->tls_dir)))
		return 0;
	snprintf(port, sizeof(port), "%u", opt->port);
	if (getaddrinfo(opt->address ? opt->address : "0.0.0.0", port, &hints, &ai)) {
		snprintf(why, size, "migrate-address %.100s is no address", opt->address);
		return -EINVAL;
	}
	l = calloc(1, sizeof(*l));
	if (l) {
		l->core = core;
		TAILQ_INIT(&l->visitors);
		rc = acceptor_start(&l->acceptor, core->base, evconnlistener_new_bind(core->base, on_visit, l,
			LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 16, ai->ai_addr,
			(int)ai->ai_addrlen), "migrate");
	}
	freeaddrinfo(ai);
	if (rc) {
		/* Everything else works: guests that are here need their xend. */
		log_error("migrate", "cannot listen on port %u: %s: no guests can arrive", opt->port, strerror(-rc));
		free(l);
		return 0;
	}
	evconnlistener_set_error_cb(l->acceptor.listener, on_error);
	log_info("migrate", "guests may arrive at port %u", opt->port);
	*ret = l;
	return 0;
}

void migrate_listener_free(struct migrate_listener *l)
{
	if (!l)
		return;
	while (!TAILQ_EMPTY(&l->visitors))
		visitor_free(TAILQ_FIRST(&l->visitors));
	acceptor_stop(&l->acceptor);
	free(l);
}

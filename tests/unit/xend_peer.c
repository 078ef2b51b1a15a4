/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_peer.c: the other host of a migration, played by a test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

static void peer_event(struct bufferevent *bev, short what, void *arg)
{
	((struct peer *)arg)->eof = true;
}

static void peer_nothing(struct bufferevent *bev, void *arg)
{
}

struct peer *peer_on(struct env *e, int fd, int theirs)
{
	struct peer *p = calloc(1, sizeof(*p));

	p->e = e;
	p->theirs = theirs;
	evutil_make_socket_nonblocking(fd);
	p->bev = bufferevent_socket_new(e->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(p->bev, peer_nothing, NULL, peer_event, p);
	bufferevent_enable(p->bev, EV_READ | EV_WRITE);
	return p;
}

struct peer *peer_new(struct env *e)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	return peer_on(e, fds[0], fds[1]);
}

void peer_hang_up(struct peer *p)
{
	bufferevent_free(p->bev);
	if (p->theirs >= 0)
		close(p->theirs);
	free(p);
}

void peer_say(struct peer *p, const char *text)
{
	bufferevent_write(p->bev, text, strlen(text));
	bufferevent_write(p->bev, "\n", 1);
}

struct json_object *peer_hear(struct peer *p)
{
	struct json_object *o;
	char *line = NULL;

	env_until(p->e, (line = evbuffer_readln(bufferevent_get_input(p->bev), NULL, EVBUFFER_EOL_LF)) || p->eof);
	if (!line)
		return NULL;
	o = json_tokener_parse(line);
	free(line);
	return o;
}

void peer_hears(struct peer *p, const char *key, const char *text)
{
	struct json_object *o = peer_hear(p);

	assert_non_null(o);
	if (!strstr(wire_string(o, key), text))
		fail_msg("%s '%s' wanted, got %s", key, text, json_object_to_json_string(o));
	json_object_put(o);
}

void expect_goes_on(struct client *c)
{
	env_until(c->e, !first_domain(c)->migrate && !first_domain(c)->worker);
	assert_false(fake_find(1)->shutdown);
	assert_false(fake_find(1)->live);
	expect(client_call(c, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
	assert_int_equal(env_state_files(c->e), 1);
}

void restart(struct client **c)
{
	struct env *e = (*c)->e;

	env_restart(e, true);
	client_free(*c);
	*c = client_new(e);
}

struct peer *peer_migrate(struct client *c, const char *more, char token[MIGRATE_TOKEN])
{
	struct peer *p = peer_new(c->e);
	struct json_object *o, *config;

	if (!first_domain(c))
		expect(client_create(c, "web", ""), 0, "");
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"domain.migrate\",\"params\":"
		"{\"domain\":\"web\",\"host\":\"other\",\"live\":true,\"fd\":%d%s}}\n", p->theirs, more);
	o = peer_hear(p);
	close(p->theirs);
	p->theirs = -1;
	assert_true(json_object_object_get_ex(o, "config", &config));
	assert_string_equal(wire_string(config, "name"), "web");
	snprintf(token, MIGRATE_TOKEN, "%s", wire_string(o, "token"));
	json_object_put(o);
	return p;
}

bool peer_has(struct peer *p, const char *text)
{
	return evbuffer_search(bufferevent_get_input(p->bev), text, strlen(text), NULL).pos >= 0;
}

void peer_ready(struct peer *p)
{
	/* Units of the headers, a record, the end. */
	const size_t guest = 32 + 40 + 32 + 8 + 32 + 16;

	env_until(p->e, evbuffer_get_length(bufferevent_get_input(p->bev)) >= guest);
	peer_say(p, "{\"step\":\"ready\"}");
}

void peer_pass(struct peer *p, long ms)
{
	struct timeval tv = { 0, ms * 1000 };

	event_base_loopexit(p->e->base, &tv);
	event_base_dispatch(p->e->base);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_migrate_test.c: domain.migrate: the connection is cut, the other host refuses, a worker or xend is killed, at
 * each point: the guest runs on exactly one side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include <xen/sched.h>

/* ---- the sender ------------------------------------------------------------------------------------ */

static void test_it_moves(void **state)
{
	struct client *c = *state;
	char token[MIGRATE_TOKEN];
	struct peer *p = peer_migrate(c, "", token);

	expect(client_call(c, "domain.list", "{}"), 0, "");
	peer_say(p, "{\"step\":\"send\"}");
	guest_suspends(c);
	peer_ready(p);
	peer_say(p, "{\"step\":\"running\"}");
	expect(client_line(c), 0, "");
	assert_null(first_domain(c));
	assert_null(fake_find(1));
	assert_int_equal(env_state_files(c->e), 0);
	peer_hang_up(p);
}

static void test_cut_at_each_point(void **state)
{
	static const char *const says[] = { "{\"step\":\"send\"}", "{\"step\":\"ready\"}" };
	struct client *c = *state;
	char token[MIGRATE_TOKEN];

	for (unsigned int n = 0; n < 3; n++) {
		struct peer *p = peer_migrate(c, "", token);

		for (unsigned int i = 0; i < n && i < 1; i++)
			peer_say(p, says[i]);
		if (n == 1)	/* in the stream */
			env_until(c->e, fake_find(1)->live || guest_asked(c));
		if (n == 2)	/* behind it */
			guest_suspends(c);
		peer_hang_up(p);
		if (n == 1)	/* small streams fit into a socket: it may not notice yet */
			guest_suspends(c);
		expect(client_line(c), RPC_FAILED, "the domain goes on here");
		expect_goes_on(c);
		expect(client_call(c, "domain.unpause", "{\"domain\":\"web\"}"), 0, "");
	}
}

static void test_refused_with_a_reason(void **state)
{
	struct client *c = *state;
	char token[MIGRATE_TOKEN];
	struct peer *p = peer_migrate(c, "", token);

	peer_say(p, "{\"error\":\"no room for 64 MiB\",\"errno\":\"ENOMEM\"}");
	expect(client_line(c), RPC_FAILED, "no room for 64 MiB; the domain goes on here");
	expect_goes_on(c);
	peer_hang_up(p);
}

static struct peer *begin_sending(struct client *c)
{
	char token[MIGRATE_TOKEN];
	struct peer *p = peer_migrate(c, "", token);

	peer_say(p, "{\"step\":\"send\"}");
	return p;
}

/* Not only when all of it is sent. */
static void test_refused_in_the_stream(void **state)
{
	struct client *c = *state;
	struct peer *p;

	fake->many_rounds = true;
	p = begin_sending(c);
	while (!fake_find(1)->live)
		peer_pass(p, 5);
	peer_say(p, "{\"error\":\"no frames left\",\"errno\":\"ENOMEM\"}");
	expect(client_line(c), RPC_FAILED, "no frames left; the domain goes on here");
	fake->many_rounds = false;
	expect_goes_on(c);
	peer_hang_up(p);
}

static void test_refused_at_the_end(void **state)
{
	struct client *c = *state;
	char token[MIGRATE_TOKEN];

	for (int n = 0; n < 2; n++) {
		struct peer *p = peer_migrate(c, "", token);

		peer_say(p, "{\"step\":\"send\"}");
		guest_suspends(c);
		if (n) {	/* it was told to start, and could not */
			peer_ready(p);
			env_until(c->e, peer_has(p, "\"start\""));
		}
		peer_say(p, "{\"error\":\"pinning page tables\",\"errno\":\"EINVAL\"}");
		expect(client_line(c), RPC_FAILED, "pinning page tables; the domain goes on here");
		expect_goes_on(c);
		expect(client_call(c, "domain.unpause", "{\"domain\":\"web\"}"), 0, "");
		peer_hang_up(p);
	}
}

static void test_no_log_dirty_mode(void **state)
{
	struct client *c = *state;
	struct peer *p;

	fake->no_live = true;
	p = begin_sending(c);
	expect(client_line(c), RPC_FAILED, "no log-dirty mode; the domain goes on here");
	expect_goes_on(c);
	peer_hang_up(p);
}

/* begin(), and a worker that sends until hang_build is false. */
static struct peer *begin_and_hang(struct client *c, char token[MIGRATE_TOKEN])
{
	struct peer *p;

	expect(client_create(c, "web", ""), 0, "");
	fake->building = 0;
	fake->hang_build = true;
	p = peer_migrate(c, "", token);
	peer_say(p, "{\"step\":\"send\"}");
	env_until(c->e, fake->building);
	return p;
}

static void test_cancelled(void **state)
{
	struct client *c = *state, *other = client_new(c->e);
	char token[MIGRATE_TOKEN];
	struct peer *p;

	p = begin_and_hang(c, token);
	expect(client_call(other, "domain.pause", "{\"domain\":\"web\"}"), RPC_STATE, "being moved");
	expect(client_call(other, "domain.migrate_cancel", "{\"domain\":\"web\"}"), 0, "");
	expect(client_line(c), RPC_FAILED, "it was cancelled; the domain goes on here");
	fake->hang_build = false;
	expect(client_call(other, "domain.migrate_cancel", "{\"domain\":\"web\"}"), RPC_STATE, "not on its way");
	expect_goes_on(c);
	client_free(other);
	peer_hang_up(p);
}

static void test_worker_killed(void **state)
{
	struct client *c = *state;
	char token[MIGRATE_TOKEN];
	struct peer *p;

	p = begin_and_hang(c, token);
	worker_kill(first_domain(c)->worker);
	expect(client_line(c), RPC_FAILED, "killed by signal 9 (Killed); the domain goes on here");
	fake->hang_build = false;
	expect_goes_on(c);
	peer_hang_up(p);
}

static void test_destroyed_meanwhile(void **state)
{
	struct client *c = *state, *other = client_new(c->e);
	char token[MIGRATE_TOKEN];
	struct peer *p;

	p = begin_and_hang(c, token);
	expect(client_call(other, "domain.destroy", "{\"domain\":\"web\"}"), 0, "");
	expect(client_line(c), RPC_FAILED, "destroyed while it was being moved");
	assert_null(first_domain(c));
	client_free(other);
	peer_hang_up(p);
}

static void test_it_does_not_suspend(void **state)
{
	struct client *c = *state;
	struct peer *p = begin_sending(c);

	env_until(c->e, guest_asked(c));
	event_active(first_domain(c)->asking.timer, EV_TIMEOUT, 0);
	expect(client_line(c), RPC_FAILED, "did not suspend itself within 60 s; the domain goes on here");
	env_until(c->e, !guest_asked(c));
	expect_goes_on(c);
	peer_hang_up(p);
}

static void test_it_powers_off_instead(void **state)
{
	struct client *c = *state;
	char token[MIGRATE_TOKEN];
	struct peer *p = peer_migrate(c, "", token);

	peer_say(p, "{\"step\":\"send\"}");
	env_until(c->e, guest_asked(c));
	fake_shutdown(1, SHUTDOWN_poweroff);
	expect(client_line(c), RPC_FAILED, "shut down instead");
	env_until(c->e, !first_domain(c));
	peer_hang_up(p);
}

/* Up to the moment in which nobody knows. */
static struct peer *told_to_start(struct client *c, const char *more)
{
	char token[MIGRATE_TOKEN];
	struct peer *p = peer_migrate(c, more, token);

	peer_say(p, "{\"step\":\"send\"}");
	guest_suspends(c);
	peer_ready(p);
	env_until(c->e, peer_has(p, "\"start\""));
	return p;
}

/* Through ssh there is no way to ask: an administrator looks. */
static void test_doubt_and_force(void **state)
{
	struct client *c = *state;
	struct peer *p = told_to_start(c, "");

	expect(client_call(c, "domain.migrate_cancel", "{\"domain\":\"web\"}"), RPC_STATE, "told to start");
	peer_hang_up(p);
	expect(client_line(c), RPC_FAILED, "stays suspended here");
	assert_true(fake_find(1)->shutdown);
	expect(client_call(c, "domain.unpause", "{\"domain\":\"web\"}"), RPC_STATE, "being moved");
	expect(client_call(c, "domain.migrate_cancel", "{\"domain\":\"web\"}"), RPC_STATE, "told to start");
	expect(client_call(c, "domain.migrate_cancel", "{\"domain\":\"web\",\"force\":true}"), 0, "");
	expect_goes_on(c);
}

static void test_doubt_and_destroy(void **state)
{
	struct client *c = *state;
	struct peer *p = told_to_start(c, "");

	worker_kill(first_domain(c)->worker);
	expect(client_line(c), RPC_FAILED, "stays suspended here");
	peer_hang_up(p);
	expect(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"), 0, "");
	assert_null(first_domain(c));
}

static void test_xend_killed_while_it_sends(void **state)
{
	struct client *c = *state;
	char token[MIGRATE_TOKEN];
	struct peer *p = peer_migrate(c, "", token);

	peer_say(p, "{\"step\":\"send\"}");
	guest_suspends(c);
	restart(&c);
	*state = c;
	env_until(c->e, !fake_find(1)->shutdown);
	expect_goes_on(c);
	peer_hang_up(p);
}

static void test_xend_killed_in_doubt(void **state)
{
	struct client *c = *state;
	struct peer *p = told_to_start(c, "");

	restart(&c);
	*state = c;
	json_object_put(client_call(c, "domain.list", "{}"));
	assert_true(fake_find(1)->shutdown);
	expect(client_call(c, "domain.unpause", "{\"domain\":\"web\"}"), RPC_STATE, "being moved");
	expect(client_call(c, "domain.migrate_cancel", "{\"domain\":\"web\",\"force\":true}"), 0, "");
	expect_goes_on(c);
	peer_hang_up(p);
}

/* ---- by TCP the other host can be asked -------------------------------------------------------------- */

static int listen_on(unsigned int *ret_port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*ret_port = ntohs(sa.sin_port);
	return fd;
}

static struct peer *peer_accept(struct client *c, int listener)
{
	int fd = -1;
	struct timeval tick = { 0, 2000 };

	while (fd < 0) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0) {
			event_base_loopexit(c->e->base, &tick);
			event_base_dispatch(c->e->base);
		}
	}
	return peer_on(c->e, fd, -1);
}

static struct peer *tcp_to_doubt(struct client *c, int listener, unsigned int port)
{
	struct peer *p;

	expect(client_create(c, "web", ""), 0, "");
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"domain.migrate\",\"params\":"
		"{\"domain\":\"web\",\"host\":\"127.0.0.1\",\"port\":%u}}\n", port);
	p = peer_accept(c, listener);
	json_object_put(peer_hear(p));
	peer_say(p, "{\"step\":\"send\"}");
	guest_suspends(c);
	peer_ready(p);
	env_until(c->e, peer_has(p, "\"start\""));
	peer_hang_up(p);
	p = peer_accept(c, listener);
	peer_hears(p, "token", migrate_token(first_domain(c)));
	return p;
}

static void test_asked_and_it_runs_there(void **state)
{
	struct client *c = *state;
	unsigned int port;
	int listener = listen_on(&port);
	struct peer *p = tcp_to_doubt(c, listener, port);

	peer_say(p, "{\"step\":\"running\"}");
	expect(client_line(c), 0, "");
	assert_null(first_domain(c));
	peer_hang_up(p);
	close(listener);
}

static void test_asked_and_it_does_not(void **state)
{
	struct client *c = *state;
	unsigned int port;
	int listener = listen_on(&port);
	struct peer *p = tcp_to_doubt(c, listener, port);

	peer_say(p, "{\"step\":\"unknown\"}");
	expect(client_line(c), RPC_FAILED, "has not taken it over; the domain goes on here");
	expect_goes_on(c);
	peer_hang_up(p);
	close(listener);
}

/* The first question is not answered; xend is killed; the next one asks again. */
static void test_asked_by_the_next_xend(void **state)
{
	struct client *c = *state;
	unsigned int port;
	int listener = listen_on(&port);
	struct peer *p = tcp_to_doubt(c, listener, port);

	peer_hang_up(p);
	expect(client_line(c), RPC_FAILED, "stays suspended here until that host has said");
	restart(&c);
	*state = c;
	p = peer_accept(c, listener);
	peer_hears(p, "token", migrate_token(first_domain(c)));
	peer_say(p, "{\"step\":\"running\"}");
	env_until(c->e, !first_domain(c));
	peer_hang_up(p);
	close(listener);
}

static void test_not_in_the_list(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	c->e->core->opt.migrate.hosts = NULL;
	expect(client_call(c, "domain.migrate", "{\"domain\":\"web\",\"host\":\"127.0.0.1\",\"port\":1}"),
		RPC_FAILED, "Connection refused");
	expect(client_call(c, "domain.migrate", "{\"domain\":\"web\",\"host\":\"127.0.0.1\",\"port\":%u}",
		c->e->migrate_port), RPC_FAILED, "migrate-hosts does not name 127.0.0.1");
	expect_goes_on(c);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, store_setup, client_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_it_moves), CASE(test_cut_at_each_point), CASE(test_refused_with_a_reason),
		CASE(test_refused_in_the_stream),
		CASE(test_refused_at_the_end), CASE(test_no_log_dirty_mode), CASE(test_cancelled),
		CASE(test_worker_killed), CASE(test_destroyed_meanwhile), CASE(test_it_powers_off_instead),
		CASE(test_it_does_not_suspend),
		CASE(test_doubt_and_force), CASE(test_doubt_and_destroy),
		CASE(test_xend_killed_while_it_sends), CASE(test_xend_killed_in_doubt),
		CASE(test_asked_and_it_runs_there), CASE(test_asked_and_it_does_not),
		CASE(test_asked_by_the_next_xend), CASE(test_not_in_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_receive_test.c: domain.receive: what is lost, wrong or refused leaves nothing; what was taken over is
 * remembered. Then both sides on one host, and the small parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_peer.h"
#include "util/hostlist.h"
#include "util/savefile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include <xen/sched.h>

#define TOKEN "0123456789abcdef0123456789abcdef"

/* ---- the receiver ------------------------------------------------------------------------------------ */

static struct peer *arrive_with(struct client *c, const char *name, const char *more)
{
	struct peer *p = peer_new(c->e);
	char text[512];

	expect(client_call(c, "domain.receive", "{\"fd\":%d}", p->theirs), 0, "");
	close(p->theirs);
	p->theirs = -1;
	snprintf(text, sizeof(text), "{\"migrate\":1,\"token\":\"" TOKEN "\",\"config\":{\"name\":\"%s\",\"kernel\":"
		"\"/none\",\"memory_mib\":64,\"uuid\":\"00000000-0000-4000-8000-000000000001\"%s}}", name, more);
	peer_say(p, text);
	return p;
}

static struct peer *arrive(struct client *c, const char *name)
{
	return arrive_with(c, name, "");
}

/* No descriptor for its memory: it is refused before anything is made, and by no means started anew. */
static void test_no_descriptor(void **state)
{
	struct client *c = *state;
	struct peer *p = peer_new(c->e);
	struct rlimit was, few;
	unsigned int calls;
	int fd;

	expect(client_call(c, "domain.receive", "{\"fd\":%d}", p->theirs), 0, "");
	calls = fake->calls;
	getrlimit(RLIMIT_NOFILE, &was);
	few = was;
	fd = dup(p->theirs);
	few.rlim_cur = (rlim_t)fd;
	close(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	peer_say(p, "{\"migrate\":1,\"token\":\"" TOKEN "\",\"config\":{\"name\":\"web\",\"kernel\":\"/none\"}}");
	peer_hears(p, "error", "Too many open files");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(fake->calls, calls);
	assert_null(first_domain(c));
	peer_hang_up(p);
}

/* What the fake's restore wants. */
static void send_guest(struct peer *p, bool whole)
{
	static char headers[40], record[8];
	struct iovec iov[] = { { headers, sizeof(headers) }, { record, sizeof(record) } };
	struct savefile_out out;
	int fd = bufferevent_getfd(p->bev);

	savefile_resume(&out, fd);
	assert_int_equal(savefile_put(&out, &iov[0], 1), 0);
	if (whole) {
		assert_int_equal(savefile_put(&out, &iov[1], 1), 0);
		assert_int_equal(savefile_finish(&out), 0);
	}
	savefile_out_clear(&out);
}

static void expect_nothing(struct client *c)
{
	env_until(c->e, !first_domain(c));
	assert_null(fake_find(1));
	assert_int_equal(env_state_files(c->e), 0);
	assert_int_equal(fake_store_count("/local/domain/1"), 0);
}

/* Asks on a connection of its own. */
static void expect_taken(struct client *c, const char *step)
{
	struct peer *p = peer_new(c->e);

	expect(client_call(c, "domain.receive", "{\"fd\":%d}", p->theirs), 0, "");
	peer_say(p, "{\"ask\":1,\"token\":\"" TOKEN "\"}");
	peer_hears(p, "step", step);
	peer_hang_up(p);
}

static struct peer *arrived(struct client *c)
{
	struct peer *p = arrive(c, "web");

	peer_hears(p, "step", "send");
	send_guest(p, true);
	peer_hears(p, "step", "ready");
	assert_true(fake_find(1)->paused);
	return p;
}

static void test_it_arrives(void **state)
{
	struct client *c = *state;
	struct peer *p = arrived(c);

	peer_say(p, "{\"step\":\"start\"}");
	peer_hears(p, "step", "running");
	assert_false(fake_find(1)->paused);
	assert_string_equal(first_domain(c)->cfg.name, "web");
	expect_taken(c, "running");
	peer_hang_up(p);
	restart(&c);
	*state = c;
	json_object_put(client_call(c, "domain.list", "{}"));
	expect_taken(c, "running");
	expect(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"), 0, "");
	expect_taken(c, "running");	/* it did run here */
}

#define DISKS ",\"disk\":[\"phy:/dev/a,xvda,w\",\"qcow2:/b,xvdb,w\"]"

/* The other host's server of an image writes to it until that one lets go. */
static void test_images_are_opened_last(void **state)
{
	struct client *c = *state;
	struct peer *p = arrive_with(c, "web", DISKS);

	peer_hears(p, "step", "send");
	send_guest(p, true);
	peer_hears(p, "step", "ready");
	assert_int_equal(fake_disks(), 1);
	peer_say(p, "{\"step\":\"start\"}");
	peer_hears(p, "step", "running");
	assert_int_equal(fake_disks(), 2);
	expect(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"), 0, "");
	assert_int_equal(fake_disks(), 0);
	peer_hang_up(p);
}

static void test_its_disk_is_not_here(void **state)
{
	struct client *c = *state;
	struct peer *p = arrive_with(c, "web", ",\"disk\":[\"phy:/nosuch,xvda,w\"]");

	peer_hears(p, "step", "send");
	peer_hears(p, "error", "domain web: building: its disk xvda: /nosuch: No such file or directory");
	expect_nothing(c);
	peer_hang_up(p);
}

static void test_lost_at_each_point(void **state)
{
	struct client *c = *state;

	for (int n = 0; n < 4; n++) {
		struct peer *p = n < 3 ? arrive(c, "web") : arrived(c);

		if (n > 0 && n < 3)
			peer_hears(p, "step", "send");
		if (n == 2)
			send_guest(p, false);
		fake->next_domid = 1;
		peer_hang_up(p);
		expect_nothing(c);
		expect_taken(c, "unknown");
	}
}

/* One that is refused while it sends learns why, however much it still sends. */
static void test_the_reason_arrives(void **state)
{
	static const char zeros[1 << 20];
	struct client *c = *state;
	struct peer *p = arrive(c, "web");

	peer_hears(p, "step", "send");
	bufferevent_write(p->bev, "nonsense that is long enough to be the header of a unit", 56);
	for (int n = 0; n < 8; n++)
		bufferevent_write(p->bev, zeros, sizeof(zeros));
	env_until(c->e, !evbuffer_get_length(bufferevent_get_output(p->bev)));
	peer_hears(p, "error", "check sum");
	peer_hang_up(p);
	env_until(c->e, TAILQ_EMPTY(&c->e->core->incomings));
	expect_nothing(c);
}

static void test_a_bad_stream(void **state)
{
	struct client *c = *state;
	struct peer *p = arrive(c, "web");

	peer_hears(p, "step", "send");
	bufferevent_write(p->bev, "nonsense that is long enough to be the header of a unit", 56);
	peer_hears(p, "error", "check sum");
	expect_nothing(c);
	peer_hang_up(p);
}

static void test_it_cannot_be_built(void **state)
{
	struct client *c = *state;

	for (unsigned int at = 1;; at++) {
		struct json_object *o;
		struct peer *p;

		fake->calls = 0;
		fake->fail_at = at;
		fake->failed[0] = '\0';
		fake->next_domid = 1;
		p = arrive_with(c, "web", DISKS);
		o = peer_hear(p);
		if (!strcmp(wire_string(o, "step"), "send")) {
			json_object_put(o);
			send_guest(p, true);
			o = peer_hear(p);
		}
		if (!strcmp(wire_string(o, "step"), "ready")) {
			json_object_put(o);
			peer_say(p, "{\"step\":\"start\"}");
			o = peer_hear(p);
		}
		assert_non_null(o);
		fake->fail_at = 0;
		if (!fake->failed[0]) {
			assert_string_equal(wire_string(o, "step"), "running");
			json_object_put(o);
			peer_hang_up(p);
			return;
		}
		if (!*wire_string(o, "error"))
			fail_msg("%s failed, and %s", fake->failed, json_object_to_json_string(o));
		json_object_put(o);
		expect_nothing(c);
		expect_taken(c, "unknown");
		peer_hang_up(p);
	}
}

static void test_no_room_for_it(void **state)
{
	struct client *c = *state;
	struct peer *p;

	fake->free_kib = 32 << 10;
	c->e->core->autoballoon = false;
	p = arrive(c, "web");
	peer_hears(p, "error", "not enough free memory: 67 MiB needed (64 and 3 for the hypervisor's own use)");
	expect_nothing(c);
	peer_hang_up(p);
}

static void test_the_worker_is_killed(void **state)
{
	struct client *c = *state;
	struct peer *p;

	fake->building = 0;
	fake->hang_build = true;
	p = arrive(c, "web");
	peer_hears(p, "step", "send");
	env_until(c->e, fake->building);
	worker_kill(first_domain(c)->worker);
	peer_hears(p, "error", "killed by signal 9");
	fake->hang_build = false;
	expect_nothing(c);
	expect_taken(c, "unknown");
	peer_hang_up(p);
}

/* Asking ends what has not been started. */
static void test_asked_while_it_waits(void **state)
{
	struct client *c = *state;
	struct peer *p = arrived(c);

	expect_taken(c, "unknown");
	peer_hears(p, "error", "destroyed");
	expect_nothing(c);
	peer_hang_up(p);
}

static void test_not_welcome(void **state)
{
	struct client *c = *state;
	struct peer *p;

	expect(client_create(c, "web", ""), 0, "");
	p = arrive(c, "web");
	peer_hears(p, "error", "a domain of that name exists");
	peer_hang_up(p);
	p = arrive(c, "");
	peer_hears(p, "error", "configuration");
	peer_hang_up(p);
	p = peer_new(c->e);
	expect(client_call(c, "domain.receive", "{\"fd\":%d}", p->theirs), 0, "");
	peer_say(p, "GET / HTTP/1.0");
	peer_hears(p, "error", "not the language");
	peer_hang_up(p);
	p = peer_new(c->e);
	expect(client_call(c, "domain.receive", "{\"fd\":%d}", p->theirs), 0, "");
	peer_say(p, "{\"migrate\":2,\"token\":\"" TOKEN "\"}");
	peer_hears(p, "error", "version 1");
	peer_hang_up(p);
}

/* kill -9 in the moment between the promise and the start. */
static void test_xend_killed_before_it_starts_it(void **state)
{
	struct client *c = *state;
	struct peer *p = arrived(c);
	struct domain *d = first_domain(c);

	memcpy(d->token, TOKEN, sizeof(d->token));
	d->taking = true;
	assert_int_equal(state_save(d, STATE_RUNNING), 0);
	restart(&c);
	*state = c;
	json_object_put(client_call(c, "domain.list", "{}"));
	assert_false(fake_find(1)->paused);
	expect_taken(c, "running");
	peer_hang_up(p);
}

/* ---- both on one host ---------------------------------------------------------------------------------- */

static void test_to_itself(void **state)
{
	struct client *c = *state;
	uint8_t uuid[16];

	expect(client_create(c, "web", ""), 0, "");
	memcpy(uuid, fake_find(1)->uuid, sizeof(uuid));
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"domain.migrate\",\"params\":{\"domain\":\"web\","
		"\"host\":\"127.0.0.1\",\"port\":%u,\"live\":true}}\n", c->e->migrate_port);
	guest_suspends(c);
	expect(client_line(c), 0, "");
	assert_null(fake_find(1));
	assert_string_equal(first_domain(c)->cfg.name, "web");
	assert_memory_equal(fake_find(2)->uuid, uuid, sizeof(uuid));
	assert_false(fake_find(2)->paused);
	env_until(c->e, !strcmp(fake_store_get("/local/domain/2/name"), "web"));
	assert_int_equal(env_state_files(c->e), 1);
	assert_int_equal(fake_store_count("/vm/"), fake_store_count(fake_store_get("/local/domain/2/vm")));
	expect(client_call(c, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
}

static void test_to_itself_fails(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"domain.migrate\",\"params\":{\"domain\":\"web\","
		"\"host\":\"127.0.0.1\",\"port\":%u,\"live\":true}}\n", c->e->migrate_port);
	env_until(c->e, guest_asked(c));
	expect(client_call(c, "domain.destroy", "{\"domain\":\"web--incoming\"}"), 0, "");
	fake_shutdown(1, SHUTDOWN_suspend);
	expect(client_line(c), RPC_FAILED, "the domain goes on here");
	expect_goes_on(c);
}

/* ---- small parts --------------------------------------------------------------------------------------- */

static void test_pace(void **state)
{
	struct pace p = { .downtime_ms = 100, .memory_pages = 65536 };
	char why[256];

	/* 256 MiB in 2.56 s, 10 MiB/s dirty: 25 MiB, then 2.5, then enough */
	pace_begin(&p, 0);
	pace_sent(&p, 256 << 20, 0);
	assert_int_equal(pace_round(&p, 6400, 65536, 2560000, why, sizeof(why)), 0);
	pace_begin(&p, 2560000);
	pace_sent(&p, 25 << 20, 0);
	assert_int_equal(pace_round(&p, 640, 6400, 2810000, why, sizeof(why)), 1);

	/* one that writes as fast as we send: it stops anyway, or never if it was to stay below */
	for (int strict = 0; strict < 2; strict++) {
		int rc = 0;
		unsigned int n;

		p = (struct pace){ .downtime_ms = 100, .memory_pages = 65536, .strict = strict };
		for (n = 0; !rc && n < 100; n++) {
			pace_begin(&p, n * 2000000);
			pace_sent(&p, 200 << 20, 0);
			rc = pace_round(&p, 51200, 51200, (n + 1) * 2000000, why, sizeof(why));
		}
		assert_int_equal(rc, strict ? -ETIMEDOUT : 1);
		assert_in_range(n, 2, 10);
	}
	assert_non_null(strstr(why, "100 are allowed"));

	p = (struct pace){ .limit = 1 << 20 };
	pace_begin(&p, 1000);
	assert_int_equal(pace_sent(&p, 1 << 19, 1000), 500000);
	assert_int_equal(pace_sent(&p, 1 << 19, 2000000), 0);
}

static bool in_list(const char *list, const char *host)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct sockaddr_in6 b = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, host, &a.sin_addr) == 1)
		return hostlist_has(list, (struct sockaddr *)&a);
	assert_int_equal(inet_pton(AF_INET6, host, &b.sin6_addr), 1);
	return hostlist_has(list, (struct sockaddr *)&b);
}

static void test_hostlist(void **state)
{
	const char *list = "10.0.0.7, 192.168.4.0/22\tfe80::/10,::1";
	int len = 0;

	assert_null(hostlist_bad(list, &len));
	assert_true(in_list(list, "10.0.0.7") && in_list(list, "192.168.7.255") && in_list(list, "fe80::9"));
	assert_true(in_list(list, "::ffff:10.0.0.7"));
	assert_false(in_list(list, "10.0.0.6") || in_list(list, "192.168.8.0") || in_list(list, "fec0::"));
	assert_false(in_list(NULL, "::1") || in_list("", "::1"));
	assert_string_equal(hostlist_bad("1.2.3.4 web.example/3,::1", &len), "web.example/3,::1");
	assert_int_equal(len, 13);
	assert_non_null(hostlist_bad("1.2.3.4/33", &len));
	assert_non_null(hostlist_bad("::/129", &len));
	assert_non_null(hostlist_bad("1.2.3.4/", &len));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, store_setup, client_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_it_arrives), CASE(test_no_descriptor), CASE(test_images_are_opened_last),
		CASE(test_its_disk_is_not_here), CASE(test_lost_at_each_point), CASE(test_a_bad_stream),
		CASE(test_the_reason_arrives), CASE(test_it_cannot_be_built), CASE(test_no_room_for_it),
		CASE(test_the_worker_is_killed), CASE(test_asked_while_it_waits), CASE(test_not_welcome),
		CASE(test_xend_killed_before_it_starts_it), CASE(test_to_itself), CASE(test_to_itself_fails),
		cmocka_unit_test(test_pace), cmocka_unit_test(test_hostlist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_settle_test.c: a domain with disks is moved: the other host is told to start it when nothing is under
 * way here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_peer.h"

#include <string.h>

/* Suspended, and the stream is over; its last request is under way. */
static struct peer *begin(struct client *c)
{
	char token[MIGRATE_TOKEN];
	struct peer *p;

	expect(client_create(c, "web", ",\"disk\":[\"phy:/dev/a,xvda,w\",\"phy:/dev/b,xvdb,r\"]"), 0, "");
	fake->unsettled = true;
	p = peer_migrate(c, "", token);
	peer_say(p, "{\"step\":\"send\"}");
	guest_suspends(c);
	peer_ready(p);
	while (fake->settles != 1)	/* in the worker, which says nothing of it */
		peer_pass(p, 5);
	return p;
}

static void test_its_disks_come_to_rest_first(void **state)
{
	struct client *c = *state;
	struct peer *p = begin(c);

	peer_pass(p, 50);
	assert_false(peer_has(p, "start"));
	fake->unsettled = false;
	env_until(c->e, peer_has(p, "start"));
	assert_int_equal(fake->settles, 1);	/* the other one is only read */
	peer_say(p, "{\"step\":\"running\"}");
	expect(client_line(c), 0, "");
	assert_null(first_domain(c));
	peer_hang_up(p);
}

static void test_they_never_do(void **state)
{
	struct client *c = *state;
	struct peer *p = begin(c);

	fake->never_settles = true;
	fake->unsettled = false;
	expect(client_line(c), RPC_FAILED, "its disk xvda: a request is under way; the domain goes on here");
	assert_false(peer_has(p, "start"));
	expect_goes_on(c);
	peer_hang_up(p);
}

static void test_cancelled_meanwhile(void **state)
{
	struct client *c = *state, *other = client_new(c->e);
	struct peer *p = begin(c);

	expect(client_call(other, "domain.migrate_cancel", "{\"domain\":\"web\"}"), 0, "");
	expect(client_line(c), RPC_FAILED, "it was cancelled; the domain goes on here");
	assert_false(peer_has(p, "start"));
	expect_goes_on(c);
	client_free(other);
	peer_hang_up(p);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, store_setup, client_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_its_disks_come_to_rest_first), CASE(test_they_never_do), CASE(test_cancelled_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

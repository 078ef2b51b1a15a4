/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_adopt_test.c: a new xend takes up what an old one left: domains, and what is none any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xen/sched.h>

static void test_adopt_running(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "a", ",\"memory_mib\":32"), 0, "");
	env_restart(c->e, true);
	client_reconnect(state);
	c = *state;
	assert_int_equal(fake_mapped(), 1);
	assert_int_equal(fake_bound(), 1);
	assert_int_equal(first_domain(c)->cfg.memory_mib, 32);
	expect(client_create(c, "a", ""), RPC_EXISTS, "exists");
	expect(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"), 0, "");
	expect_nothing_left(c);
}

static void test_adopt_shut_down(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "a", ",\"on_crash\":\"preserve\""), 0, "");
	expect(client_create(c, "b", ""), 0, "");
	expect(client_create(c, "c", ""), 0, "");
	fake_find(1)->shutdown = fake_find(2)->shutdown = true;
	fake_find(1)->code = SHUTDOWN_crash;
	fake_find(3)->used = false;	/* gone altogether */
	env_restart(c->e, true);
	client_reconnect(state);
	c = *state;
	env_until(c->e, first_domain(c) && first_domain(c)->preserved &&
		!TAILQ_NEXT(first_domain(c), link));
	assert_int_equal(fake_domains(), 1);
	assert_int_equal(fake_store_count("/local/domain/2"), 0);
	assert_int_equal(fake_store_count("/local/domain/3"), 0);
	env_restart(c->e, true);	/* preserved stays preserved */
	client_reconnect(state);
	c = *state;
	assert_true(first_domain(c)->preserved);
}

/* kill -9 at every step of a creation: the next xend leaves nothing of it. */
static void test_adopt_killed_everywhere(void **state)
{
	struct client *c = *state;
	unsigned int good, n;

	env_until(c->e, fake->calls == 1);
	expect(client_create(c, "a", ""), 0, "");
	good = fake->calls - 1;
	expect(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"), 0, "");
	for (n = 1; n < good; n++) {
		fake->calls = 0;
		client_send_create(c, "");
		env_until(c->e, fake->calls >= n);
		env_restart(c->e, true);
		client_reconnect(state);
		c = *state;
		env_until(c->e, !first_domain(c) || first_domain(c)->state == DOM_RUNNING);
		if (first_domain(c)) {
			/* It had got to its end already. */
			expect(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"), 0, "");
		}
		expect_nothing_left(c);
	}
}

static void test_adopt_rubbish(void **state)
{
	struct client *c = *state;
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/running/x.json", c->e->dir);
	f = fopen(path, "w");
	fputs("{\"status\":", f);
	fclose(f);
	env_restart(c->e, true);
	client_reconnect(state);
	assert_int_equal(access(path, F_OK), -1);
	strcat(path, ".bad");
	assert_int_equal(access(path, F_OK), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_adopt_running), T(test_adopt_shut_down), T(test_adopt_killed_everywhere),
		T(test_adopt_rubbish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_suspend_test.c: domains put away in xend's own folder, and taken up again: whatever happens
 * between, there is the image or the domain that runs, and never both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char uuid[UUID_TEXT];

static const char *file(struct client *c, const char *suffix)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/suspended/%s%s", c->e->dir, uuid, suffix);
	return path;
}

static int teardown(void **state)
{
	struct client *c = *state;
	struct env *e = c->e;

	unlink(file(c, ".img"));
	unlink(file(c, ".resuming"));
	client_free(c);
	env_free(e);
	return 0;
}

static bool there(struct client *c, const char *suffix)
{
	return access(file(c, suffix), F_OK) == 0;
}

static size_t suspended(struct client *c)
{
	struct json_object *o = client_call(c, "domain.suspended", "{}"), *list;
	size_t n;

	assert_true(json_object_object_get_ex(o, "result", &list));
	n = json_object_array_length(list);
	json_object_put(o);
	return n;
}

/* A domain that has been put away. */
static void put_away(struct client *c)
{
	expect(client_create(c, "web", ""), 0, "");
	snprintf(uuid, sizeof(uuid), "%s", first_domain(c)->cfg.uuid);
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"domain.suspend\",\"params\":"
		"{\"domain\":\"web\"}}\n");
	guest_suspends(c);
	expect(client_line(c), 0, "");
	assert_null(first_domain(c));
	assert_true(there(c, ".img"));
	assert_false(there(c, ".img.part"));
}

static struct client *restart(void **state)
{
	struct client *c = *state, *next;

	env_restart(c->e, true);
	next = client_new(c->e);
	client_free(c);
	*state = next;
	return next;
}

static void test_there_and_back(void **state)
{
	struct client *c = *state;

	assert_int_equal(suspended(c), 0);
	put_away(c);
	assert_int_equal(suspended(c), 1);
	expect(client_call(c, "domain.resume", "{\"domain\":\"other\"}"), RPC_NO_DOMAIN, "suspended");
	expect(client_call(c, "domain.resume", "{\"domain\":\"web\"}"), 0, "");
	assert_string_equal(first_domain(c)->cfg.uuid, uuid);
	assert_false(fake_find(first_domain(c)->domid)->paused);
	assert_false(there(c, ".img") || there(c, ".resuming"));
	assert_int_equal(suspended(c), 0);
}

static void test_by_uuid_paused_after_a_restart(void **state)
{
	struct client *c = *state;

	put_away(c);
	c = restart(state);
	expect(client_call(c, "domain.resume", "{\"domain\":\"%s\",\"paused\":true}", uuid), 0, "");
	assert_true(fake_find(first_domain(c)->domid)->paused);
	assert_int_equal(suspended(c), 0);
}

static void test_it_cannot_be_built(void **state)
{
	struct client *c = *state;

	put_away(c);
	fake->fail_at = fake->calls + 1;
	expect(client_call(c, "domain.resume", "{\"domain\":\"web\"}"), RPC_FAILED, "web");
	env_until(c->e, !first_domain(c));
	assert_true(there(c, ".img"));
	assert_int_equal(suspended(c), 1);
	expect(client_call(c, "domain.resume", "{\"domain\":\"web\"}"), 0, "");
	assert_int_equal(suspended(c), 0);
}

static void test_xend_is_killed_meanwhile(void **state)
{
	struct client *c = *state;

	put_away(c);
	fake->building = 0;
	fake->hang_build = true;
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"domain.resume\",\"params\":"
		"{\"domain\":\"web\"}}\n");
	env_until(c->e, fake->building);
	assert_true(there(c, ".resuming"));
	assert_false(there(c, ".img"));
	fake->hang_build = false;
	c = restart(state);
	env_until(c->e, !first_domain(c));
	assert_int_equal(suspended(c), 1);
	expect(client_call(c, "domain.resume", "{\"domain\":\"web\"}"), 0, "");
}

/* kill -9 behind the start: the domain runs, so its image must not. */
static void test_xend_is_killed_when_it_runs(void **state)
{
	struct client *c = *state;
	FILE *f;

	put_away(c);
	expect(client_call(c, "domain.resume", "{\"domain\":\"web\"}"), 0, "");
	f = fopen(file(c, ".resuming"), "w");
	fclose(f);
	c = restart(state);
	assert_non_null(first_domain(c));
	assert_false(there(c, ".resuming"));
	assert_int_equal(suspended(c), 0);
}

static void test_another_has_its_place(void **state)
{
	struct client *c = *state;
	char with[64];

	put_away(c);
	snprintf(with, sizeof(with), ",\"uuid\":\"%s\"", uuid);
	expect(client_create(c, "web", with), 0, "");
	expect(client_call(c, "domain.suspend", "{\"domain\":\"web\"}"), RPC_EXISTS, "delete it");
	expect(client_call(c, "domain.resume", "{\"domain\":\"web\"}"), RPC_EXISTS, "web");
	assert_int_equal(suspended(c), 1);
	expect(client_call(c, "domain.delete", "{\"domain\":\"web\"}"), 0, "");
	assert_int_equal(suspended(c), 0);
	assert_false(there(c, ".img"));
	assert_non_null(first_domain(c));
}

static void test_what_is_no_image(void **state)
{
	struct client *c = *state;
	FILE *f;

	put_away(c);
	f = fopen(file(c, ".img"), "w");
	fputs("not an image", f);
	fclose(f);
	assert_int_equal(suspended(c), 0);
	expect(client_call(c, "domain.resume", "{\"domain\":\"web\"}"), RPC_NO_DOMAIN, "web");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, store_setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_there_and_back), CASE(test_by_uuid_paused_after_a_restart),
		CASE(test_it_cannot_be_built), CASE(test_xend_is_killed_meanwhile),
		CASE(test_xend_is_killed_when_it_runs), CASE(test_another_has_its_place),
		CASE(test_what_is_no_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

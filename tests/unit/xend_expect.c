/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_expect.c: a client for each test; answers as they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"

#include <stdio.h>
#include <string.h>

#include <xen/sched.h>

int client_setup(void **state)
{
	*state = client_new(env_new());
	return 0;
}

int store_setup(void **state)
{
	client_setup(state);
	json_object_put(client_call(*state, "xend.version", "{}"));
	return 0;
}

int client_teardown(void **state)
{
	struct client *c = *state;
	struct env *e = c->e;

	client_free(c);
	env_free(e);
	return 0;
}

void expect(struct json_object *answer, int code, const char *text)
{
	assert_non_null(answer);
	if (answer_code(answer) != code || !strstr(answer_text(answer), text))
		fail_msg("%d '%s' wanted, got %s", code, text, json_object_to_json_string(answer));
	json_object_put(answer);
}

void ok(struct json_object *answer)
{
	expect(answer, 0, "");
}

void client_reconnect(void **state)
{
	struct client *c = *state;

	*state = client_new(c->e);
	client_free(c);
}

struct domain *first_domain(struct client *c)
{
	return TAILQ_FIRST(&c->e->core->domains);
}

void expect_nothing_left(struct client *c)
{
	assert_int_equal(fake_domains(), 0);
	assert_null(first_domain(c));
	assert_int_equal(fake_store_count("/vm/"), 0);
	assert_int_equal(fake_store_count("/local/domain/") - fake_store_count("/local/domain/0"), 0);
	assert_int_equal(fake_mapped(), 0);
	assert_int_equal(fake_bound(), 0);
	assert_int_equal(env_state_files(c->e), 0);
}

static const char *shutdown_node(struct client *c)
{
	static char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", first_domain(c)->domid);
	return path;
}

bool guest_asked(struct client *c)
{
	const char *s = fake_store_get(shutdown_node(c));

	return s && !strcmp(s, "suspend");
}

void guest_suspends(struct client *c)
{
	env_until(c->e, guest_asked(c));
	fake_store_set(shutdown_node(c), "");
	fake_shutdown(first_domain(c)->domid, SHUTDOWN_suspend);
}

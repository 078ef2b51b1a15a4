/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_expect.c: a client for each test; answers as they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"

#include <string.h>

int client_setup(void **state)
{
	*state = client_new(env_new());
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

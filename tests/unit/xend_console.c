/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_console.c: readers of a console, and what they and the guest should see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_console.h"

#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <xen/io/console.h>

int console_setup(void **state)
{
	struct client *c = client_new(env_new());

	ok(client_create(c, "a", ",\"on_crash\":\"destroy\""));
	*state = c;
	return 0;
}

struct client *console_attach(struct env *e, const char *more)
{
	struct client *c = client_new(e);

	ok(client_call(c, "console.attach", "{\"domain\":\"a\"%s}", more));
	return c;
}

void console_expect(struct client *c, const char *text)
{
	struct evbuffer_ptr at;

	env_until(c->e, (at = evbuffer_search(c->in, text, strlen(text), NULL)).pos >= 0 ||
		c->closed);
	if (at.pos < 0)
		fail_msg("closed before '%s'", text);
	evbuffer_drain(c->in, (size_t)at.pos + strlen(text));
}

void console_expect_input(struct env *e, struct xencons_interface *ring, const char *text)
{
	env_until(e, ring->in_prod - ring->in_cons >= strlen(text));
	for (; *text; text++)
		assert_int_equal(ring->in[ring->in_cons++ % sizeof(ring->in)], *text);
	assert_int_equal(ring->in_cons, ring->in_prod);
}

void console_expect_log(struct env *e, const char *text)
{
	char path[256], buf[65536];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/console/a.log", e->log_dir);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = '\0';
	fclose(f);
	if (!strstr(buf, text))
		fail_msg("'%s' is not in the log: %s", text, buf);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_devices.c: calls about devices of one class; each step of a domain's creation fails once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_devices.h"

struct env *e;
struct client *c;

int begin(void **state)
{
	e = env_new();
	c = client_new(e);
	return 0;
}

int end(void **state)
{
	client_free(c);
	env_free(e);
	assert_int_equal(fake_watches(), 0);
	return 0;
}

struct json_object *attach(const char *domain, const char *spec)
{
	return client_call(c, "device.attach", "{\"domain\":\"%s\",\"class\":\"%s\",\"spec\":\"%s\"}", domain,
		device_class, spec);
}

struct json_object *detach(const char *domain, const char *name, bool force)
{
	return client_call(c, "device.detach", "{\"domain\":\"%s\",\"class\":\"%s\",\"device\":\"%s\","
		"\"force\":%s}", domain, device_class, name, force ? "true" : "false");
}

static void send_one(struct client *by, const char *method, const char *key, const char *value)
{
	client_send(by, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{\"domain\":\"web\","
		"\"class\":\"%s\",\"%s\":\"%s\"}}\n", method, device_class, key, value);
}

void attach_sent(struct client *by, const char *spec)
{
	send_one(by, "device.attach", "spec", spec);
}

void detach_sent(struct client *by, const char *name)
{
	send_one(by, "device.detach", "device", name);
}

void answered(struct client *by)
{
	ok(client_line(by));
	client_free(by);
}

void each_step_fails(const char *config, unsigned int (*left)(void), int least)
{
	bool failed;
	int n = 0;

	do {
		struct json_object *a;

		client_free(c);
		env_free(e);
		begin(NULL);
		fake->fail_at = (unsigned int)++n;
		a = client_create(c, "web", config);
		failed = fake->failed[0];
		if (!answer_code(a))
			ok(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"));
		json_object_put(a);
		env_until(e, TAILQ_EMPTY(&e->core->domains));
		if (left() || fake_store_count("/local/domain/0/backend") || fake_watches())
			fail_msg("step %d (%s): something is left", n, fake->failed);
	} while (failed);
	assert_true(n > least);
}

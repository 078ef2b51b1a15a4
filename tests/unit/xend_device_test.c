/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_device_test.c: disks of domains: attached, detached, refused, failing at each step, adopted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACK "/local/domain/0/backend/vbd/1/51712"

const char device_class[] = "vbd";

static size_t listed(const char *domain)
{
	struct json_object *a = client_call(c, "device.list", "{\"domain\":\"%s\",\"class\":\"vbd\"}", domain);
	struct json_object *list;
	size_t n;

	assert_true(json_object_object_get_ex(a, "result", &list));
	n = json_object_array_length(list);
	json_object_put(a);
	return n;
}

static void test_create_with_disks(void **state)
{
	ok(client_create(c, "web", ",\"disk\":[\"phy:/dev/a,xvda,w\",\"file:/b,xvdb,r\"]"));
	assert_int_equal(fake_disks(), 2);
	/* both were opened at the same time: which of the two was the first is open */
	assert_memory_equal(fake_store_get(BACK "/physical-device"), "7:", 2);
	assert_string_equal(fake_store_get(BACK "/mode"), "w");
	assert_string_equal(fake_store_get("/local/domain/1/device/vbd/51712/backend"), BACK);
	assert_int_equal(listed("web"), 2);
	ok(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"));
	assert_int_equal(fake_disks(), 0);
	assert_int_equal(fake_store_count("/local/domain/0/backend"), 0);
	assert_int_equal(fake_watches(), 0);
}

static void test_attach_detach(void **state)
{
	ok(client_create(c, "web", ""));
	ok(attach("web", "phy:/dev/a,xvda,w"));
	assert_int_equal(listed("web"), 1);
	expect(attach("web", "phy:/dev/b,xvda,w"), -17, "already");
	expect(detach("web", "xvdb", false), -1, "no vbd 'xvdb'");
	ok(detach("web", "51712", false));
	assert_int_equal(fake_disks(), 0);
	assert_int_equal(listed("web"), 0);
	assert_int_equal(fake_store_count("/local/domain/0/backend/vbd/1/"), 0);
}

static void has(struct json_object *disk, const char *key, const char *value)
{
	struct json_object *v;

	assert_true(json_object_object_get_ex(disk, key, &v));
	assert_string_equal(json_object_get_string(v), value);
}

/* The first is said, those right behind it are counted; another device's is nobody's. */
static void test_requests_fail(void **state)
{
	struct be_disk_error e1 = { .major = 7, .minor = 0, .sector = 2048, .write = true, .err = 28 };
	struct be_disk_error e2 = { .major = 8, .minor = 0, .sector = 1, .err = 5 };
	struct json_object *a, *list, *event, *v;
	struct client *w = client_new(e);

	ok(client_call(w, "events.subscribe", "{}"));
	ok(client_create(c, "web", ",\"disk\":[\"file:/b,xvda,w\"]"));
	fake_disk_fails(&e2);
	fake_disk_fails(&e1);
	for (event = client_line(w); !strstr(json_object_to_json_string(event), "\"device.error\"");
	     event = client_line(w))
		json_object_put(event);
	assert_true(json_object_object_get_ex(event, "params", &v));
	has(v, "io_error", "/b: writing sector 2048 failed: No space left on device");
	has(v, "io_errors", "1");
	json_object_put(event);
	e1.sector = 8;
	e1.write = false;
	fake_disk_fails(&e1);
	do {
		a = client_call(c, "device.list", "{\"domain\":\"web\",\"class\":\"vbd\"}");
		assert_true(json_object_object_get_ex(a, "result", &list));
		v = json_object_object_get(json_object_array_get_idx(list, 0), "io_errors");
		if (json_object_get_int(v) == 2)
			has(json_object_array_get_idx(list, 0), "io_error",
				"/b: reading sector 8 failed: No space left on device");
		list = json_object_get_int(v) == 2 ? NULL : list;
		json_object_put(a);
	} while (list);
	client_free(w);
	ok(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"));
}

static void test_refused(void **state)
{
	expect(client_create(c, "web", ",\"disk\":[\"nonsense\"]"), -32602, "nonsense");
	expect(client_create(c, "web", ",\"disk\":[\"phy:/dev/a,xvda,w\",\"phy:/dev/b,xvda,w\"]"), -32602,
		"there already");
	expect(client_create(c, "web", ",\"disk\":[\"phy:/dev/a,xvda,w\",\"phy:/nosuch,xvdb,w\"]"), -1,
		"cannot open /nosuch: No such file");
	assert_int_equal(fake_disks(), 0);
	ok(client_create(c, "web", ""));
	expect(attach("web", "phy:/nosuch,xvda,w"), -1, "cannot open /nosuch: No such file");
	expect(attach("web", "phy:/dev/a,nosuch,w"), -32602, "nosuch");
	assert_int_equal(listed("web"), 0);
	assert_int_equal(fake_disks(), 0);
}

static void test_sharing(void **state)
{
	ok(client_create(c, "one", ",\"disk\":[\"phy:/dev/a,xvda,w\"]"));
	expect(client_create(c, "two", ",\"disk\":[\"phy:/dev/a,xvda,r\"]"), -1, "domain one has it as xvda (w)");
	ok(client_create(c, "two", ",\"disk\":[\"phy:/dev/b,xvda,w!\"]"));
	ok(attach("one", "phy:/dev/b,xvdb,w!"));
	expect(attach("one", "phy:/dev/b,xvdc,w"), -1, "domain");
	ok(attach("one", "phy:/dev/c,xvdc,r"));
	ok(attach("two", "phy:/dev/c,xvdc,r"));
	assert_int_equal(fake_disks(), 5);
}

static void test_driver_says_no(void **state)
{
	fake->driver_fails = true;
	expect(client_create(c, "web", ",\"disk\":[\"phy:/dev/a,xvda,w\"]"), -1, "19 creating vbd structure");
	fake->driver_fails = false;
	ok(client_create(c, "web", ""));
	fake->driver_fails = true;
	expect(attach("web", "phy:/dev/a,xvda,w"), -1, "19 creating vbd structure");
	assert_int_equal(fake_disks(), 0);
	assert_int_equal(fake_store_count("/local/domain/0/backend/vbd/2/"), 0);
}

static void test_destroyed_while_attaching(void **state)
{
	struct client *other = client_new(e);

	ok(client_create(c, "web", ""));
	fake->driver_silent = true;
	attach_sent(other, "phy:/dev/a,xvda,w");
	env_until(e, fake_store_get(BACK "/state"));
	ok(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"));
	json_object_put(client_line(other));
	client_free(other);
	assert_int_equal(fake_disks(), 0);
	assert_int_equal(fake_store_count("/local/domain/0/backend"), 0);
}

static void test_guest_holds_it(void **state)
{
	struct client *other = client_new(e);

	ok(client_create(c, "web", ""));
	ok(attach("web", "phy:/dev/a,xvda,w"));
	fake->guest_holds = true;
	detach_sent(other, "xvda");
	env_until(e, fake_store_get(BACK "/online") && !strcmp(fake_store_get(BACK "/online"), "0"));
	expect(detach("web", "xvda", true), -16, "being attached, detached or resized");
	assert_int_equal(fake_disks(), 1);
	fake_guest_lets_go();
	answered(other);
	assert_int_equal(fake_disks(), 0);
	ok(attach("web", "phy:/dev/a,xvda,w"));
	fake->guest_holds = true;
	ok(detach("web", "xvda", true));
	assert_int_equal(fake_disks(), 0);
}

static void test_restart_keeps_disks(void **state)
{
	ok(client_create(c, "web", ",\"disk\":[\"phy:/dev/a,xvda,w\"]"));
	ok(attach("web", "phy:/dev/b,xvdb,w"));
	fake_shutdown(1, 1);	/* reboot */
	env_until(e, fake_find(2) && fake_find(2)->built && !fake_find(2)->paused);
	env_until(e, listed("web") == 2);
	assert_int_equal(fake_disks(), 2);
	assert_int_equal(fake_store_count("/local/domain/0/backend/vbd/1/"), 0);
}

static void test_rename_restart(void **state)
{
	ok(client_create(c, "web", ",\"disk\":[\"phy:/dev/a,xvda,w\"],\"on_crash\":\"rename-restart\""));
	fake_shutdown(1, 3);
	env_until(e, fake_find(2) && !fake_find(2)->paused);
	assert_int_equal(fake_disks(), 1);
	assert_non_null(fake_find(1));
}

static void test_adopted(void **state)
{
	ok(client_create(c, "web", ",\"disk\":[\"phy:/dev/a,xvda,w\"]"));
	ok(attach("web", "phy:/dev/b,xvdb,w"));
	client_free(c);
	env_restart(e, true);
	c = client_new(e);
	assert_int_equal(fake_disks(), 2);
	assert_int_equal(listed("web"), 2);
	expect(attach("web", "phy:/dev/a,xvdc,w"), -1, "has it as xvda");
	ok(detach("web", "xvda", false));
	ok(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"));
	assert_int_equal(fake_disks(), 0);
}

/* xend is killed when the driver has not yet taken the disk up: it is not left half there. */
static void test_killed_while_attaching(void **state)
{
	struct client *other = client_new(e);

	ok(client_create(c, "web", ""));
	fake->driver_silent = true;
	attach_sent(other, "phy:/dev/a,xvda,w");
	env_until(e, fake_store_get(BACK "/state"));
	client_free(other);
	client_free(c);
	env_restart(e, true);
	c = client_new(e);
	env_until(e, TAILQ_EMPTY(&TAILQ_FIRST(&e->core->domains)->devices));
	fake->driver_silent = false;
	ok(attach("web", "phy:/dev/a,xvda,w"));
}

static struct json_object *resize(const char *name, const char *more)
{
	return client_call(c, "device.resize", "{\"domain\":\"web\",\"class\":\"vbd\",\"device\":\"%s\"%s}", name,
		more);
}

static void test_resize(void **state)
{
	ok(client_create(c, "web", ",\"disk\":[\"file:/a,xvda,w\"]"));
	expect(resize("xvdb", ""), -1, "no vbd 'xvdb'");
	expect(resize("xvda", ",\"bytes\":1000"), -32602, "512");
	expect(client_call(c, "device.resize", "{\"domain\":\"web\",\"class\":\"vif\",\"device\":\"0\"}"), -32602,
		"only disks");
	ok(resize("xvda", ""));		/* nobody is connected who had to be told */
	assert_int_equal(fake->disks[0].bytes, 4096);
	fake_store_set(BACK "/state", "4");
	ok(resize("51712", ",\"bytes\":1048576"));
	assert_string_equal(fake_store_get(BACK "/sectors"), "2048");
	fake->fail_at = fake->calls + 1;
	expect(resize("xvda", ""), -1, "domain web: disk 'file:/a,xvda,w': /a: ");
	fake->fail_at = 0;
	ok(resize("xvda", ""));
	assert_string_equal(fake_store_get(BACK "/sectors"), "8");
}

static void resize_sent(struct client *by)
{
	client_send(by, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"device.resize\",\"params\":{"
		"\"domain\":\"web\",\"class\":\"vbd\",\"device\":\"xvda\",\"bytes\":8192}}\n");
	env_until(e, fake->disks[0].bytes == 8192);
}

/* The driver tells the guest late; the domain goes before it has; xend does. */
static void test_resize_waits(void **state)
{
	struct client *other = client_new(e);

	ok(client_create(c, "web", ",\"disk\":[\"file:/a,xvda,w\"]"));
	fake_store_set(BACK "/state", "4");
	fake->driver_silent = true;
	resize_sent(other);
	expect(detach("web", "xvda", true), -16, "resized");
	expect(resize("xvda", ""), -16, "resized");
	fake->driver_silent = false;
	fake_guest_lets_go();		/* the driver looks */
	answered(other);

	other = client_new(e);
	fake->driver_silent = true;
	fake->disks[0].bytes = 0;
	fake_store_set(BACK "/sectors", "0");
	resize_sent(other);
	ok(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"));
	expect(client_line(other), -1, "it goes away");
	assert_int_equal(fake_disks(), 0);

	fake->driver_silent = false;
	ok(client_create(c, "web", ",\"disk\":[\"file:/a,xvda,w\"]"));
	fake_store_set("/local/domain/0/backend/vbd/2/51712/state", "4");
	fake->driver_silent = true;
	resize_sent(other);
	client_free(other);
	client_free(c);
	env_restart(e, false);
	c = client_new(e);
	assert_int_equal(fake_disks(), 1);
}

static void test_each_step_fails(void **state)
{
	each_step_fails(",\"disk\":[\"phy:/dev/a,xvda,w\"]", fake_disks, 15);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(test_create_with_disks), T(test_attach_detach), T(test_requests_fail), T(test_refused),
		T(test_sharing), T(test_driver_says_no), T(test_destroyed_while_attaching), T(test_guest_holds_it),
		T(test_restart_keeps_disks), T(test_rename_restart), T(test_adopted),
		T(test_resize), T(test_resize_waits), T(test_killed_while_attaching), T(test_each_step_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_domain_test.c: the life of a domain: created, failing at every step, destroyed meanwhile, shut down,
 * restarted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"

#include <stdio.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <string.h>

#include <xen/sched.h>

static int setup(void **state)
{
	struct client *c = client_new(env_new());

	json_object_put(client_call(c, "xend.version", "{}"));	/* accepted: counts of fds are steady */
	*state = c;
	return 0;
}

static unsigned int open_fds(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_create_destroy(void **state)
{
	struct client *c = *state;
	unsigned int fds = open_fds();

	expect(client_create(c, "web", ",\"cpus\":\"0-1\",\"description\":\"a b\""), 0, "");
	assert_false(fake_find(1)->paused);
	assert_string_equal(fake_store_get("/local/domain/1/name"), "web");
	assert_string_equal(fake_store_get("/local/domain/1/control/shutdown"), "");
	assert_string_equal(fake_store_get("/local/domain/1/memory/target"), "65536");
	assert_string_equal(fake_store_get("/local/domain/1/cpu/0/availability"), "online");
	assert_string_equal(fake_store_get("/local/domain/1/console/ring-ref"), "2001");
	assert_string_equal(fake_store_get("/local/domain/0/name"), "Domain-0");
	assert_string_equal(fake_store_get("/local/pool/0/name"), "Pool-0");	/* as xl wants it */
	assert_int_equal(env_state_files(c->e), 1);
	expect(client_create(c, "web", ""), RPC_EXISTS, "a domain of that name exists (id 1)");
	expect(client_call(c, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
	assert_true(fake_find(1)->paused);
	expect(client_call(c, "domain.unpause", "{\"domain\":1}"), 0, "");
	assert_false(fake_find(1)->paused);
	expect(client_call(c, "domain.vcpus", "{}"), 0, "");
	expect(client_call(c, "domain.rename", "{\"domain\":1,\"name\":\"Domain-0\"}"), RPC_EXISTS, "");
	expect(client_call(c, "domain.rename", "{\"domain\":1,\"name\":\"w2\"}"), 0, "");
	assert_string_equal(fake_store_get("/local/domain/1/name"), "w2");
	expect(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"), RPC_NO_DOMAIN, "web");
	expect(client_call(c, "domain.destroy", "{\"domain\":\"w2\"}"), 0, "");
	expect_nothing_left(c);
	assert_int_equal(open_fds(), fds);
}

/* The state file cannot be written: the domain is what it was, to clients, store and console. */
static void test_rename_fails(void **state)
{
	struct client *c = *state;
	char path[256];

	expect(client_create(c, "web", ""), 0, "");
	snprintf(path, sizeof(path), "%s/running/%s.json.new", c->e->dir, first_domain(c)->cfg.uuid);
	assert_int_equal(mkdir(path, 0700), 0);
	expect(client_call(c, "domain.rename", "{\"domain\":1,\"name\":\"w2\"}"), RPC_FAILED,
		"domain web: rename: ");
	expect(client_call(c, "domain.info", "{\"domain\":\"w2\"}"), RPC_NO_DOMAIN, "");
	expect(client_call(c, "domain.info", "{\"domain\":\"web\"}"), 0, "");
	assert_string_equal(fake_store_get("/local/domain/1/name"), "web");
	assert_non_null(strstr(console_log_path(first_domain(c)->console), "/web.log"));
	assert_int_equal(rmdir(path), 0);
	expect(client_call(c, "domain.rename", "{\"domain\":1,\"name\":\"w2\"}"), 0, "");
	assert_string_equal(fake_store_get("/local/domain/1/name"), "w2");
}

static void test_refused_before(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "a", ",\"ramdisk\":\"/none/x\""), RPC_FAILED,
		"cannot open ramdisk /none/x: No such file");
	expect(client_call(c, "domain.create", "{\"config\":{\"name\":\"a\",\"kernel\":\"/none\"}}"),
		RPC_FAILED, "domain a: cannot open kernel /none: No such file");
	expect(client_call(c, "domain.create", "{\"config\":{\"name\":\"a\",\"kernel\":\"/tmp\"}}"),
		RPC_FAILED, "not a regular file");
	expect(client_call(c, "domain.create", "{\"config\":{\"name\":\"a\",\"kernel\":\"x\"}}"),
		RPC_FAILED, "not an absolute path");
	fake->free_kib = 32 << 10;
	expect(client_create(c, "a", ""), RPC_FAILED, "32 MiB free");
	assert_int_equal(fake->calls, 1);	/* dom0's nodes */
	expect_nothing_left(c);
}

static void test_dry_run(void **state)
{
	struct client *c = *state;

	expect(client_call(c, "domain.create", "{\"config\":{\"name\":\"a\",\"kernel\":\"%s\"},"
		"\"dry_run\":true}", c->e->kernel), 0, "");
	expect_nothing_left(c);
}

static void test_create_fails_everywhere(void **state)
{
	struct client *c = *state;
	unsigned int fds = open_fds(), n, good;

	env_until(c->e, fake->calls == 1);
	expect(client_create(c, "a", ",\"cpus\":\"0\""), 0, "");
	good = fake->calls - 1;
	expect(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"), 0, "");
	assert_true(good >= 11);
	for (n = 1; n <= good; n++) {
		fake->calls = 0;
		fake->fail_at = n;
		expect(client_create(c, "a", ",\"cpus\":\"0\""), RPC_FAILED, "domain a: ");
		fake->fail_at = 0;
		expect_nothing_left(c);
		assert_int_equal(open_fds(), fds);
	}
	expect(client_create(c, "a", ""), 0, "");
}

static void test_destroy_fails_everywhere(void **state)
{
	struct client *c = *state;
	unsigned int n = 0;

	do {
		expect(client_create(c, "a", ""), 0, "");
		fake->calls = 0;
		fake->failed[0] = '\0';
		fake->fail_at = ++n;
		expect(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"), 0, "");
		expect_nothing_left(c);
	} while (fake->failed[0]);
	assert_true(n >= 3);	/* worker, destroy, store */
}

static void test_destroy_while_building(void **state)
{
	struct client *c = *state, *other = client_new(c->e);

	fake->hang_build = true;
	client_send_create(other, "");
	env_until(c->e, fake->building == 1);
	/* Others are served meanwhile. */
	expect(client_call(c, "domain.list", "{}"), 0, "");
	expect(client_create(c, "a", ""), RPC_EXISTS, "exists");
	expect(client_call(c, "domain.pause", "{\"domain\":\"a\"}"), RPC_STATE, "still being built");
	expect(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"), 0, "");
	expect(client_line(other), RPC_FAILED, "destroyed while it was being built");
	expect_nothing_left(c);
	client_free(other);
}

static void test_memory_promised(void **state)
{
	struct client *c = *state;

	fake->hang_build = true;
	fake->free_kib = 100 << 10;
	client_send_create(c, "");
	env_until(c->e, fake->building == 1);
	expect(client_create(c, "b", ""), RPC_FAILED, "not enough free memory");
}

static void test_shutdown_wait(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "a", ""), 0, "");
	fake_store_set("/local/domain/1/control/feature-reboot", "1");
	expect(client_call(c, "domain.shutdown", "{\"domain\":\"a\"}"), RPC_STATE, "cannot do poweroff");
	fake_store_set("/local/domain/1/control/feature-poweroff", "1");
	expect(client_call(c, "domain.shutdown", "{\"domain\":\"a\",\"mode\":\"x\"}"), RPC_PARAMS, "x");
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.shutdown\",\"params\":"
		"{\"domain\":\"a\",\"wait\":true}}\n");
	env_until(c->e, !strcmp(fake_store_get("/local/domain/1/control/shutdown"), "poweroff"));
	assert_int_equal(fake_domains(), 1);
	fake_shutdown(1, SHUTDOWN_poweroff);
	expect(client_line(c), 0, "");
	expect_nothing_left(c);
}

static void test_actions(void **state)
{
	static const struct {
		const char *config;
		unsigned int code;
		int restarts, preserved;
	} rows[] = {
		{ "", SHUTDOWN_poweroff, 0, 0 },
		{ "", SHUTDOWN_reboot, 1, 0 },
		{ "", SHUTDOWN_crash, 1, 0 },
		{ ",\"on_crash\":\"destroy\"", SHUTDOWN_crash, 0, 0 },
		{ ",\"on_crash\":\"destroy\"", SHUTDOWN_watchdog, 0, 0 },
		{ ",\"on_crash\":\"preserve\"", SHUTDOWN_crash, 0, 1 },
		{ ",\"on_poweroff\":\"preserve\"", SHUTDOWN_poweroff, 0, 1 },
		{ ",\"on_poweroff\":\"restart\"", SHUTDOWN_poweroff, 1, 0 },
		{ ",\"on_crash\":\"rename-restart\"", SHUTDOWN_crash, 1, 1 },
		{ ",\"on_crash\":\"coredump-destroy\"", SHUTDOWN_crash, 0, 0 },
		{ ",\"on_crash\":\"coredump-restart\"", SHUTDOWN_crash, 1, 0 },
		{ "", SHUTDOWN_suspend, 0, 1 },
	};
	struct client *c = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t id = fake->next_domid;
		struct domain *d;

		expect(client_create(c, "a", rows[i].config), 0, "");
		fake_shutdown(id, rows[i].code);
		if (rows[i].restarts) {
			env_until(c->e, (d = core_find_name(c->e->core, "a")) && d->domid == id + 1 &&
				d->state == DOM_RUNNING);
			expect(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"), 0, "");
		}
		if (rows[i].preserved) {
			env_until(c->e, (d = first_domain(c)) && d->preserved);
			assert_int_equal(d->domid, id);
			expect(client_call(c, "domain.shutdown", "{\"domain\":%u}", id), RPC_STATE,
				"shut down already");
			expect(client_call(c, "domain.destroy", "{\"domain\":%u}", id), 0, "");
		}
		env_until(c->e, !first_domain(c));
		expect_nothing_left(c);
	}
}

static void test_anti_loop(void **state)
{
	struct client *c = *state;
	struct domain *d;

	expect(client_create(c, "a", ""), 0, "");
	fake_shutdown(1, SHUTDOWN_crash);
	env_until(c->e, (d = first_domain(c)) && d->domid == 2 && d->state == DOM_RUNNING);
	fake_shutdown(2, SHUTDOWN_crash);
	env_until(c->e, !first_domain(c));
	expect_nothing_left(c);

	c->e->core->opt.antiloop_s = 0;
	expect(client_create(c, "a", ""), 0, "");
	for (uint32_t id = 3; id < 8; id++) {
		fake_shutdown(id, SHUTDOWN_reboot);
		env_until(c->e, (d = first_domain(c)) && d->domid == id + 1 &&
			d->state == DOM_RUNNING);
	}
}

static void test_restart_fails(void **state)
{
	struct client *c = *state;
	struct json_object *o, *params, *type;
	bool gone = false;

	expect(client_create(c, "a", ""), 0, "");
	expect(client_call(c, "events.subscribe", "{}"), 0, "");
	unlink(c->e->kernel);	/* the fake does not mind; the injected error does */
	fake->calls = 0;
	fake->fail_at = 5;	/* worker_init, destroy, store; create, then set_maxmem */
	fake_shutdown(1, SHUTDOWN_reboot);
	while (!gone) {
		o = client_line(c);
		json_object_object_get_ex(o, "params", &params);
		json_object_object_get_ex(params, "type", &type);
		gone = !strcmp(json_object_get_string(type), "domain.destroyed");
		json_object_put(o);
	}
	assert_string_equal(fake->failed, "set_maxmem");
	expect_nothing_left(c);
}

static void test_events(void **state)
{
	static const char *const wanted[] = { "domain.progress", "domain.created", "domain.started",
		"domain.paused", "domain.unpaused", "domain.crashed", "domain.destroyed" };
	struct client *c = *state, *ear = client_new(c->e);
	struct json_object *o, *params, *type;

	expect(client_call(ear, "events.subscribe", "{}"), 0, "");
	expect(client_create(c, "a", ",\"on_crash\":\"destroy\""), 0, "");
	expect(client_call(c, "domain.pause", "{\"domain\":\"a\"}"), 0, "");
	expect(client_call(c, "domain.unpause", "{\"domain\":\"a\"}"), 0, "");
	fake_shutdown(1, SHUTDOWN_crash);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		o = client_line(ear);
		json_object_object_get_ex(o, "params", &params);
		json_object_object_get_ex(params, "type", &type);
		assert_string_equal(json_object_get_string(type), wanted[i]);
		json_object_put(o);
	}
	client_free(ear);
	expect(client_create(c, "a", ""), 0, "");	/* nobody listens any more */
}

static void test_destroyed_by_others(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "a", ""), 0, "");
	fake_find(1)->used = false;
	fake_store_up(true);	/* any event makes xend look */
	env_until(c->e, !first_domain(c));
	expect_nothing_left(c);
}

static void test_foreign(void **state)
{
	struct client *c = *state;
	struct json_object *o, *list, *name;

	fake->doms[1] = (struct fake_domain){ .used = true, .domid = 5, .uuid = { 9 } };
	fake_store_set("/local/domain/5/name", "of-xl");
	fake_store_up(true);
	do {
		o = client_call(c, "domain.list", "{}");
		json_object_object_get_ex(o, "result", &list);
		assert_int_equal(json_object_array_length(list), 2);
		json_object_object_get_ex(json_object_array_get_idx(list, 1), "name", &name);
		if (!strcmp(json_object_get_string(name), "of-xl"))
			break;
		json_object_put(o);
	} while (1);
	json_object_put(o);
	expect(client_create(c, "of-xl", ""), RPC_EXISTS, "exists (id 5)");
	expect(client_call(c, "console.attach", "{\"domain\":\"of-xl\"}"), RPC_STATE, "did not make");
	expect(client_call(c, "domain.pause", "{\"domain\":\"of-xl\"}"), 0, "");
	expect(client_call(c, "domain.destroy", "{\"domain\":\"of-xl\"}"), 0, "");
	expect_nothing_left(c);
}

static void test_store_restart(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "a", ""), 0, "");
	fake_store_up(false);
	expect(client_create(c, "b", ""), RPC_FAILED, "domain b: xenstored does not answer");
	expect(client_call(c, "domain.list", "{}"), 0, "");
	fake_find(1)->shutdown = true;	/* while nobody could say so */
	fake_store_up(true);
	env_until(c->e, !first_domain(c));
	expect_nothing_left(c);
}

/* The store goes away in the middle: the client hears, and the remains go when it is back. */
static void test_store_lost(void **state)
{
	struct client *c = *state, *other = client_new(c->e);

	fake->hang_build = true;
	client_send_create(other, "");
	env_until(c->e, fake->building == 1);
	fake->hang_build = false;
	expect(client_create(c, "b", ""), 0, "");
	fake_store_up(false);
	expect(client_call(c, "domain.destroy", "{\"domain\":\"b\"}"), RPC_FAILED, "Broken pipe");
	assert_null(fake_find(2));
	fake_store_up(true);
	env_until(c->e, fake_store_count("/local/domain/2") == 0);
	expect(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"), 0, "");
	expect(client_line(other), RPC_FAILED, "destroyed while");
	env_until(c->e, !first_domain(c));
	expect_nothing_left(c);
	client_free(other);
}

/* Nothing is lost over many lives: descriptors, nodes, files; LeakSanitizer looks at the memory. */
static void test_many(void **state)
{
	struct client *c = *state;
	unsigned int fds = open_fds();

	for (int i = 0; i < 60; i++) {
		fake->next_domid = 1;
		expect(client_create(c, "a", ""), 0, "");
		expect(client_create(c, "b", ""), 0, "");
		expect(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"), 0, "");
		expect(client_call(c, "domain.destroy", "{\"domain\":\"b\"}"), 0, "");
	}
	expect_nothing_left(c);
	assert_int_equal(open_fds(), fds);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_create_destroy), T(test_refused_before), T(test_rename_fails), T(test_dry_run),
		T(test_create_fails_everywhere), T(test_destroy_fails_everywhere),
		T(test_destroy_while_building), T(test_memory_promised), T(test_shutdown_wait),
		T(test_actions), T(test_anti_loop), T(test_restart_fails), T(test_events),
		T(test_destroyed_by_others), T(test_foreign), T(test_store_restart), T(test_store_lost), T(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

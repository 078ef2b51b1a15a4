/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_tune_test.c: what is changed of a running domain: vcpus, CPUs, memory, weights, triggers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xen/sched.h>

/* The domain's configuration as xend tells it, after another xend has read it again. */
static void expect_config(void **state, const char *key, const char *value)
{
	struct client *c = *state;
	struct json_object *answer, *o = NULL;

	env_restart(c->e, true);
	*state = client_new(c->e);
	client_free(c);
	answer = client_call(*state, "domain.info", "{\"domain\":\"web\"}");
	assert_true(json_object_object_get_ex(answer, "result", &o) &&
		    json_object_object_get_ex(o, "config", &o) && json_object_object_get_ex(o, key, &o));
	assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), value);
	json_object_put(answer);
}

static void test_create(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ",\"vcpus\":2,\"maxvcpus\":4,\"vcpu_avail\":5,\"cpus\":[\"0\",\"all\","
		"\"2-3\"],\"cpus_soft\":\"1\",\"cpu_weight\":512,\"cpu_cap\":80"), 0, "");
	assert_int_equal(fake_find(1)->hard[0].map[0], 1);
	assert_int_equal(fake_find(1)->hard[1].map[0], 0xff);
	assert_int_equal(fake_find(1)->hard[2].map[0], 0xc);
	assert_int_equal(fake_find(1)->hard[3].map[0], 0xff);
	assert_int_equal(fake_find(1)->soft[3].map[0], 2);
	assert_int_equal(fake_find(1)->weight, 512);
	assert_int_equal(fake_find(1)->cap, 80);
	assert_string_equal(fake_store_get("/local/domain/1/cpu/0/availability"), "online");
	assert_string_equal(fake_store_get("/local/domain/1/cpu/1/availability"), "offline");
	assert_string_equal(fake_store_get("/local/domain/1/cpu/2/availability"), "online");
	expect_config(state, "vcpu_avail", "5");
}

static void test_vcpus(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ",\"vcpus\":1,\"maxvcpus\":4"), 0, "");
	expect(client_call(c, "domain.set_vcpus", "{\"domain\":\"web\",\"vcpus\":3}"), 0, "");
	assert_string_equal(fake_store_get("/local/domain/1/cpu/2/availability"), "online");
	assert_string_equal(fake_store_get("/local/domain/1/cpu/3/availability"), "offline");
	expect(client_call(c, "domain.set_vcpus", "{\"domain\":\"web\",\"vcpus\":0}"), RPC_PARAMS, "1 to 4");
	expect(client_call(c, "domain.set_vcpus", "{\"domain\":\"web\",\"vcpus\":5}"), RPC_PARAMS, "1 to 4");
	expect(client_call(c, "domain.set_vcpus", "{\"domain\":0,\"vcpus\":1}"), 0, "");
	assert_string_equal(fake_store_get("/local/domain/0/cpu/1/availability"), "offline");
	fake_store_up(false);
	expect(client_call(c, "domain.set_vcpus", "{\"domain\":\"web\",\"vcpus\":3}"), RPC_FAILED, "store");
	fake_store_up(true);
	expect_config(state, "vcpus", "3");
}

/* More vcpus than the machine (of 4 CPUs) has. */
static void test_vcpus_beyond(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ",\"maxvcpus\":4"), 0, "");
	fake_find(1)->vcpus = 6;
	expect(client_call(c, "domain.set_vcpus", "{\"domain\":\"web\",\"vcpus\":5}"), RPC_PARAMS,
		"more than the machine's 4 CPUs");
	expect(client_call(c, "domain.set_vcpus", "{\"domain\":\"web\",\"vcpus\":5,\"ignore_host\":true}"), 0, "");
}

static void test_pin(void **state)
{
	static const struct {
		const char *rest, *text;
		int code;
	} bad[] = {
		{ "", "hard or soft", RPC_PARAMS }, { ",\"hard\":\"x\"", "'x' is not a set", RPC_PARAMS },
		{ ",\"hard\":\"4-7\"", "has 0 to 3", RPC_PARAMS }, { ",\"soft\":\"1,^1\"", "'1,^1'", RPC_PARAMS },
		{ ",\"vcpu\":4,\"hard\":\"0\"", "there is no vcpu 4", RPC_PARAMS },
		{ ",\"vcpu\":-2,\"hard\":\"0\"", "there is no vcpu -2", RPC_PARAMS },
	};
	struct client *c = *state;

	expect(client_create(c, "web", ",\"maxvcpus\":4"), 0, "");
	expect(client_call(c, "domain.pin",
		"{\"domain\":\"web\",\"vcpu\":1,\"hard\":\"0-1\",\"soft\":\"1\"}"), 0, "");
	assert_int_equal(fake_find(1)->hard[0].map[0], 0xff);
	assert_int_equal(fake_find(1)->hard[1].map[0], 3);
	assert_int_equal(fake_find(1)->soft[1].map[0], 2);
	expect_config(state, "cpus", "[\"all\",\"0-1\",\"all\",\"all\"]");
	c = *state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(client_call(c, "domain.pin", "{\"domain\":\"web\"%s}", bad[i].rest), bad[i].code,
			bad[i].text);
	fake_find(1)->pinned_itself = true;
	expect(client_call(c, "domain.pin", "{\"domain\":\"web\",\"hard\":\"2\"}"), RPC_FAILED, "force");
	expect(client_call(c, "domain.pin", "{\"domain\":\"web\",\"hard\":\"2\",\"force\":true}"), 0, "");
	assert_int_equal(fake_find(1)->hard[3].map[0], 4);
	expect_config(state, "cpus", "\"2\"");
}

static void test_memory(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ",\"maxmem_mib\":96"), 0, "");
	expect(client_call(c, "domain.set_memory", "{\"domain\":\"web\",\"memory_kib\":40000}"), 0, "");
	assert_string_equal(fake_store_get("/local/domain/1/memory/target"), "40000");
	assert_string_equal(fake_store_get("/local/domain/1/memory/static-max"), "98304");
	assert_int_equal(fake_find(1)->maxmem_kib, 40000 + MAXMEM_SLACK_KIB);
	expect(client_call(c, "domain.set_memory", "{\"domain\":\"web\",\"memory_kib\":98305}"), RPC_PARAMS,
		"at most 98304 KiB");
	expect(client_call(c, "domain.set_memory", "{\"domain\":\"web\",\"memory_kib\":1}"), RPC_PARAMS, "1024 to");
	expect(client_call(c, "domain.set_maxmem", "{\"domain\":\"web\",\"memory_kib\":39999}"), RPC_PARAMS,
		"its target is 40000 KiB");
	expect(client_call(c, "domain.set_maxmem", "{\"domain\":\"web\",\"memory_kib\":131072}"), 0, "");
	assert_string_equal(fake_store_get("/local/domain/1/memory/static-max"), "131072");
	expect(client_call(c, "domain.set_memory", "{\"domain\":\"web\",\"memory_kib\":131072}"), 0, "");
	expect_config(state, "memory_mib", "128");
	expect_config(state, "maxmem_mib", "128");
}

/* Domain 0 has no limit in the store until somebody sets its memory: the hypervisor's counts. */
static void test_memory_dom0(void **state)
{
	struct client *c = *state;

	expect(client_call(c, "domain.set_memory", "{\"domain\":0,\"memory_kib\":131071}"), RPC_PARAMS, "131072 to");
	expect(client_call(c, "domain.set_memory", "{\"domain\":0,\"memory_kib\":2000000}"), RPC_PARAMS,
		"at most 1048576 KiB");
	expect(client_call(c, "domain.set_memory", "{\"domain\":0,\"memory_kib\":200000}"), 0, "");
	assert_string_equal(fake_store_get("/local/domain/0/memory/static-max"), "1048576");
	expect(client_call(c, "domain.set_memory", "{\"domain\":0,\"memory_kib\":1048576}"), 0, "");
	assert_int_equal(fake_find(0)->maxmem_kib, 1048576 + MAXMEM_SLACK_KIB);
}

/* Another xend, with these options. */
static struct client *restart_with(void **state, enum autoballoon balloon, const char *cmdline)
{
	struct client *c = *state;

	strcpy(fake->cmdline, cmdline);
	c->e->autoballoon = balloon;
	c->e->dom0_min_mib = 256;
	env_restart(c->e, false);
	*state = client_new(c->e);
	client_free(c);
	return *state;
}

/* Domain 0 gives what a new domain lacks, down to what it keeps, and only if that is wanted. */
static void test_autoballoon(void **state)
{
	struct client *c = *state;

	fake->free_kib = 20 << 10;
	fake->dom0_gives_kib = UINT64_MAX;
	expect(client_create(c, "web", ""), RPC_FAILED, "20 MiB free of 4096");
	c = restart_with(state, BALLOON_AUTO, "console=com1 dom0_mem=1G");
	expect(client_create(c, "web", ""), RPC_FAILED, "20 MiB free of 4096");
	c = restart_with(state, BALLOON_AUTO, "xdom0_mem=5");
	expect(client_create(c, "web", ""), 0, "");
	/* 64 MiB, 2.25 for the hypervisor, 4 more; less the 20 there were */
	assert_int_equal(fake->dom0_kib, (1 << 20) - (64 + 6 - 20) * 1024 - 256);
	expect(client_create(c, "big", ",\"memory_mib\":2000"), RPC_FAILED, "and keeps 256");
	c = restart_with(state, BALLOON_ON, "dom0_mem=1G");
	fake->free_kib = 0;
	expect(client_create(c, "two", ""), 0, "");
}

/* One that gives too little: the creation ends with that as the reason, and leaves nothing. */
static void test_autoballoon_fails(void **state)
{
	struct client *c = restart_with(state, BALLOON_ON, "");

	fake->free_kib = 20 << 10;
	fake->dom0_gives_kib = 10 << 10;
	expect(client_create(c, "web", ""), RPC_FAILED, "making room: domain 0 did not give enough memory "
		"back: 30 MiB are free");
	assert_null(TAILQ_FIRST(&c->e->core->domains));
	/* and one that is destroyed while it waits */
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.create\",\"params\":{\"config\":"
		"{\"name\":\"web\",\"memory_mib\":64,\"kernel\":\"%s\"}}}\n", c->e->kernel);
	env_until(c->e, TAILQ_FIRST(&c->e->core->domains) != NULL);
	expect(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"), RPC_FAILED,
		"destroyed while it was being built");	/* the creation's answer, then the other */
	expect(client_line(c), 0, "");
	assert_null(TAILQ_FIRST(&c->e->core->domains));
}

static void test_sched(void **state)
{
	struct client *c = *state;
	struct json_object *answer, *o;

	expect(client_create(c, "web", ""), 0, "");
	expect(client_call(c, "domain.set_sched",
		"{\"domain\":\"web\",\"scheduler\":\"credit2\",\"weight\":300}"), 0, "");
	expect(client_call(c, "domain.set_sched", "{\"domain\":\"web\",\"cap\":100}"), 0, "");
	assert_int_equal(fake_find(1)->weight, 300);
	assert_int_equal(fake_find(1)->cap, 100);
	expect(client_call(c, "domain.set_sched", "{\"domain\":\"web\",\"cap\":101}"), RPC_PARAMS, "0 to 100");
	expect(client_call(c, "domain.set_sched", "{\"domain\":\"web\",\"weight\":0}"), RPC_PARAMS, "1 to 65535");
	expect(client_call(c, "domain.set_sched", "{\"domain\":\"web\",\"scheduler\":\"credit\"}"), RPC_STATE,
		"its scheduler is credit2");
	answer = client_call(c, "domain.sched", "{}");
	assert_true(json_object_object_get_ex(answer, "result", &o));
	assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
		"[{\"name\":\"Domain-0\",\"domid\":0,\"pool\":\"Pool-0\",\"scheduler\":\"credit2\",\"weight\":256,"
		"\"cap\":0},{\"name\":\"web\",\"domid\":1,\"pool\":\"Pool-0\",\"scheduler\":\"credit2\","
		"\"weight\":300,\"cap\":100}]");
	json_object_put(answer);
	expect_config(state, "cpu_weight", "300");
}

static void test_pools(void **state)
{
	struct client *c = *state;
	struct json_object *answer, *o;

	expect(client_call(c, "host.set_scheduler", "{\"scheduler\":\"credit2\",\"ratelimit_us\":500}"), 0, "");
	expect(client_call(c, "host.set_scheduler", "{\"scheduler\":\"credit\"}"), RPC_STATE, "is credit2");
	expect(client_call(c, "host.set_scheduler", "{\"scheduler\":\"credit2\",\"pool\":\"x\"}"), RPC_FAILED, "'x'");
	expect(client_call(c, "host.set_scheduler",
		"{\"scheduler\":\"credit2\",\"ratelimit_us\":-1}"), RPC_FAILED, "");
	expect(client_call(c, "host.set_scheduler",
		"{\"scheduler\":\"credit2\",\"ratelimit_us\":500001}"), RPC_FAILED,
		"Invalid argument");
	answer = client_call(c, "host.pools", "{}");
	assert_true(json_object_object_get_ex(answer, "result", &o));
	assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
		"[{\"id\":0,\"name\":\"Pool-0\",\"scheduler\":\"credit2\",\"cpus\":[0,1,2,3],\"domains\":1,"
		"\"ratelimit_us\":500}]");
	json_object_put(answer);
}

static void test_signals(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	expect(client_call(c, "domain.sysrq", "{\"domain\":\"web\",\"key\":\"h\"}"), 0, "");
	assert_string_equal(fake_store_get("/local/domain/1/control/sysrq"), "h");
	expect(client_call(c, "domain.sysrq", "{\"domain\":\"web\",\"key\":\"hh\"}"), RPC_PARAMS, "'hh'");
	expect(client_call(c, "domain.sysrq", "{\"domain\":\"no\",\"key\":\"h\"}"), RPC_NO_DOMAIN, "");
	expect(client_call(c, "domain.trigger", "{\"domain\":\"web\",\"trigger\":\"nmi\"}"), 0, "");
	assert_int_equal(fake_find(1)->trigger, 1);
	expect(client_call(c, "domain.trigger",
		"{\"domain\":\"web\",\"trigger\":\"power\"}"), RPC_FAILED, "nmi only");
	expect(client_call(c, "domain.trigger", "{\"domain\":\"web\",\"trigger\":\"x\"}"), RPC_PARAMS, "is unknown");
	expect(client_call(c, "domain.trigger",
		"{\"domain\":\"web\",\"trigger\":\"nmi\",\"vcpu\":1}"), RPC_PARAMS, "there is no vcpu 1");
}

/* Whoever asked for the pause is remembered; a new xend still knows. */
static void test_paused_by_admin(void **state)
{
	struct client *c = *state;
	struct json_object *answer, *o;

	expect(client_create(c, "web", ""), 0, "");
	expect(client_call(c, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
	for (int i = 0; i < 2; i++) {
		expect_config(state, "name", "\"web\"");
		answer = client_call(*state, "domain.info", "{\"domain\":\"web\"}");
		assert_true(json_object_object_get_ex(answer, "result", &o) &&
			    json_object_object_get_ex(o, "paused_by_admin", &o));
		assert_int_equal(json_object_get_boolean(o), i == 0);
		json_object_put(answer);
		expect(client_call(*state, "domain.unpause", "{\"domain\":\"web\"}"), 0, "");
	}
}

/* The text of a file of the environment's folder, and the file is gone; NULL: there is none. */
static const char *take(struct client *c, const char *name)
{
	static char text[64];
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", c->e->dir, name);
	f = fopen(path, "r");
	if (!f)
		return NULL;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	unlink(path);
	return text;
}

static unsigned int dumps(struct client *c)
{
	DIR *dir = opendir(c->e->dump_dir);
	unsigned int n = 0;
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		n += strstr(e->d_name, "-web.") && strstr(e->d_name, ".core");
	if (dir)
		closedir(dir);
	return n;
}

static void test_dump(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	expect(client_call(c, "domain.dump_core", "{\"domain\":\"web\",\"file\":\"%s/a\"}", c->e->dir), 0, "");
	assert_string_equal(take(c, "a"), "paused");
	assert_false(fake_find(1)->paused);
	expect(client_call(c, "domain.dump_core", "{\"domain\":\"web\",\"live\":true,\"file\":\"%s/a\"}",
		c->e->dir), 0, "");
	assert_string_equal(take(c, "a"), "runnin");
	expect(client_call(c, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
	expect(client_call(c, "domain.dump_core", "{\"domain\":\"web\"}"), 0, "");
	assert_true(fake_find(1)->paused);
	assert_int_equal(dumps(c), 1);
	expect(client_call(c, "domain.unpause", "{\"domain\":\"web\"}"), 0, "");
	expect(client_call(c, "domain.dump_core", "{\"domain\":\"web\",\"file\":\"a\"}"), RPC_PARAMS, "absolute");
	expect(client_call(c, "domain.dump_core", "{\"domain\":\"web\",\"file\":\"/no/such\"}"), RPC_FAILED,
		"/no/such: No such file");
	expect(client_call(c, "domain.dump_core", "{\"domain\":0}"), RPC_STATE, "dom0");
	fake->fail_at = fake->calls + 2;	/* behind worker_init */
	expect(client_call(c, "domain.dump_core", "{\"domain\":\"web\",\"file\":\"%s/a\",\"crash\":true}",
		c->e->dir), RPC_FAILED, "no room");
	assert_null(take(c, "a"));
	assert_false(fake_find(1)->paused);
	expect(client_call(c, "domain.dump_core", "{\"domain\":\"web\",\"reset\":true}"), 0, "");
	env_until(c->e, fake_find(2) && TAILQ_FIRST(&c->e->core->domains)->state == DOM_RUNNING);
	expect(client_call(c, "domain.dump_core", "{\"domain\":\"web\",\"crash\":true}"), 0, "");
	env_until(c->e, !TAILQ_FIRST(&c->e->core->domains));
	assert_in_range(dumps(c), 2, 3);	/* those of one second are one file */
}

/* A crash writes one; so does the next xend if the first is killed while it writes. */
static void test_dump_crash(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ",\"on_crash\":\"coredump-destroy\""), 0, "");
	fake->building = 0;
	fake->hang_build = true;
	fake_shutdown(1, SHUTDOWN_crash);
	env_until(c->e, fake->building == 1);
	expect(client_call(c, "domain.dump_core", "{\"domain\":\"web\"}"), RPC_STATE, "already");
	fake->hang_build = false;
	env_restart(c->e, true);
	*state = client_new(c->e);
	client_free(c);
	c = *state;
	env_until(c->e, !TAILQ_FIRST(&c->e->core->domains));
	assert_int_equal(fake->building, 2);
	assert_in_range(dumps(c), 1, 2);
}

/* Killed while it writes a running domain, which was paused for that: the next xend lets it go on. */
static void test_dump_killed(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	fake->building = 0;
	fake->hang_build = true;
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.dump_core\",\"params\":"
		"{\"domain\":\"web\"}}\n");
	env_until(c->e, fake->building == 1);
	assert_true(fake_find(1)->paused);
	expect_config(state, "name", "\"web\"");
	assert_false(fake_find(1)->paused);
	/* destroyed while it is written: the writer ends first */
	c = *state;
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.dump_core\",\"params\":"
		"{\"domain\":\"web\"}}\n");
	env_until(c->e, fake->building == 2);
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"domain.destroy\",\"params\":"
		"{\"domain\":\"web\"}}\n");
	expect(client_line(c), RPC_FAILED, "dump: worker killed");
	expect(client_line(c), 0, "");
	assert_null(TAILQ_FIRST(&c->e->core->domains));
	fake->hang_build = false;
}

static void send_dump(struct client *c, bool live)
{
	unsigned int before = fake->building;

	fake->hang_build = true;
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.dump_core\",\"params\":"
		"{\"domain\":\"web\",\"live\":%s}}\n", live ? "true" : "false");
	env_until(c->e, fake->building == before + 1);
}

/* Kills the writer, as a client would that destroys the domain; so nobody has to wait for it. */
static void end_dump(struct client *c)
{
	worker_kill(first_domain(c)->worker);
	expect(client_line(c), RPC_FAILED, "dump: worker killed");
	fake->hang_build = false;
}

/* Paused for the dump, and paused and unpaused by somebody meanwhile: his word holds afterwards. */
static void test_dump_and_pause(void **state)
{
	struct client *c = *state, *other = client_new(c->e);

	expect(client_create(c, "web", ""), 0, "");
	send_dump(c, false);
	expect(client_call(other, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
	end_dump(c);
	assert_true(fake_find(1)->paused);
	expect(client_call(other, "domain.unpause", "{\"domain\":\"web\"}"), 0, "");
	assert_false(fake_find(1)->paused);
	send_dump(c, false);
	expect(client_call(other, "domain.unpause", "{\"domain\":\"web\"}"), 0, "");
	assert_true(fake_find(1)->paused);	/* the dump is of one moment */
	expect(client_call(other, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
	expect(client_call(other, "domain.unpause", "{\"domain\":\"web\"}"), 0, "");
	end_dump(c);
	assert_false(fake_find(1)->paused);
	/* and it does when xend is killed meanwhile */
	send_dump(c, false);
	expect(client_call(other, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
	client_free(other);
	fake->hang_build = false;
	env_restart(c->e, true);
	*state = client_new(c->e);
	client_free(c);
	assert_true(fake_find(1)->paused);
}

/* It shuts down while it is dumped: nothing else may happen for hours that would have us look. */
static void test_dump_and_shutdown(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	send_dump(c, true);
	fake_shutdown(1, SHUTDOWN_poweroff);
	event_base_loop(c->e->base, EVLOOP_NONBLOCK);
	end_dump(c);
	env_until(c->e, !first_domain(c));
}

#define T(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_create), T(test_vcpus), T(test_vcpus_beyond), T(test_pin),
		T(test_memory), T(test_memory_dom0), T(test_autoballoon),
		T(test_autoballoon_fails), T(test_sched), T(test_pools), T(test_signals),
		T(test_dump), T(test_dump_crash), T(test_dump_killed),
		T(test_dump_and_pause), T(test_dump_and_shutdown),
		T(test_paused_by_admin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

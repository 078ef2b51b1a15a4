/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_save_test.c: domain.save and domain.restore: whatever fails, the domain goes on and no half
 * file is left; an older file stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"
#include "util/savefile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xen/sched.h>

static char file[128], part[140];

static int setup(void **state)
{
	store_setup(state);
	snprintf(file, sizeof(file), "%s/web.img", ((struct client *)*state)->e->dir);
	snprintf(part, sizeof(part), "%s.part", file);
	return 0;
}

static int teardown(void **state)
{
	struct client *c = *state;
	struct env *e = c->e;

	unlink(file);
	unlink(part);
	client_free(c);
	env_free(e);
	return 0;
}

/* Asks for a save with these parameters, and waits until the guest was asked in turn. */
static void save_ask(struct client *c, const char *params, ...) __attribute__((format(printf, 2, 3)));

static void save_ask(struct client *c, const char *params, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, params);
	vsnprintf(text, sizeof(text), params, ap);
	va_end(ap);
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"domain.save\",\"params\":"
		"{\"domain\":\"web\",%s}}\n", text);
	env_until(c->e, guest_asked(c));
}

static void save_begin(struct client *c, const char *more)
{
	save_ask(c, "\"file\":\"%s\"%s", file, more);
	guest_suspends(c);
}

static void old_file(void)
{
	FILE *f = fopen(file, "w");

	fputs("old", f);
	fclose(f);
}

static void expect_old_file(void)
{
	char text[8] = "";
	FILE *f = fopen(file, "r");

	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "old");
	assert_int_not_equal(access(part, F_OK), 0);
}

static void expect_goes_on(struct client *c)
{
	env_until(c->e, !first_domain(c)->save && !first_domain(c)->worker);
	assert_non_null(fake_find(1));
	assert_false(fake_find(1)->shutdown);
	expect(client_call(c, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
}

/* Saves "web", which is there, and restores it as domain 2. */
static void there_and_back(struct client *c)
{
	struct savefile s;
	int fd;

	save_begin(c, "");
	expect(client_line(c), 0, "");
	assert_null(first_domain(c));
	fd = open(file, O_RDONLY);
	assert_int_equal(savefile_open(&s, fd), 0);
	expect(client_call(c, "domain.restore", "{\"config\":%s,\"fd\":%d}", s.config, fd), 0, "");
	assert_int_equal(first_domain(c)->domid, 2);
	savefile_clear(&s);
	close(fd);
}

static void test_save_and_restore(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	there_and_back(c);
	assert_int_not_equal(access(part, F_OK), 0);
	assert_string_equal(first_domain(c)->cfg.name, "web");
	assert_false(fake_find(2)->paused);
	assert_true(fake_find(2)->built);
}

static void test_its_devices_come_along(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ",\"disk\":[\"phy:/dev/a,xvda,w\",\"qcow2:/b,xvdb,w\"],\"vif\":[\"bridge=br0\"],"
		"\"serial\":[\"pty\"],\"channel\":[\"connection=pty,name=agent\"],"
		"\"vfb\":[\"vnc=1,vncpasswd=word\"]"), 0, "");
	there_and_back(c);
	assert_int_equal(fake_disks(), 2);
	assert_non_null(fake_vif("vif2.0"));
	assert_null(fake_vif("vif1.0"));
	assert_int_equal(fake->qemu.domid, 2);
	assert_string_equal(fake->qemu.passwd, "word");
	assert_string_equal(fake_store_get("/local/domain/2/device/console/1/state"), "1");
	assert_string_equal(fake_store_get("/local/domain/2/device/console/2/name"), "agent");
	assert_int_equal(fake_store_count("/local/domain/0/backend/console/1"), 0);
	assert_int_equal(fake_store_count("/local/domain/0/backend/vbd/1/"), 0);
	expect(client_call(c, "domain.destroy", "{\"domain\":\"web\"}"), 0, "");
	expect_nothing_left(c);
}

static void test_restore_of_half_a_file(void **state)
{
	struct client *c = *state;
	struct savefile s;
	int fd;

	expect(client_create(c, "web", ""), 0, "");
	save_begin(c, "");
	expect(client_line(c), 0, "");
	fd = open(file, O_RDWR);
	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - 20), 0);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(savefile_open(&s, fd), 0);
	expect(client_call(c, "domain.restore", "{\"config\":%s,\"fd\":%d}", s.config, fd), RPC_FAILED,
		"truncated");
	assert_null(first_domain(c));
	savefile_clear(&s);
	close(fd);
	expect(client_call(c, "domain.restore", "{\"config\":{\"name\":\"web\",\"kernel\":\"/k\"},"
		"\"fd\":999}"), RPC_FAILED, "descriptor");
}

static void test_restore_whose_worker_is_killed(void **state)
{
	struct client *c = *state;
	int fd = open("/dev/null", O_RDONLY);

	fake->building = 0;
	fake->hang_build = true;
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"domain.restore\",\"params\":"
		"{\"config\":{\"name\":\"web\",\"kernel\":\"/k\",\"memory_mib\":64},\"fd\":%d}}\n", fd);
	env_until(c->e, fake->building);
	worker_kill(first_domain(c)->worker);
	expect(client_line(c), RPC_FAILED, "domain web: building: worker killed by signal 9");
	fake->hang_build = false;
	expect_nothing_left(c);
	close(fd);
}

static void test_checkpoint(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	save_begin(c, ",\"checkpoint\":true");
	expect(client_line(c), 0, "");
	assert_int_equal(access(file, F_OK), 0);
	expect_goes_on(c);
	expect(client_call(c, "domain.unpause", "{\"domain\":\"web\"}"), 0, "");
	save_begin(c, ",\"paused\":true");
	expect(client_line(c), 0, "");
	assert_true(fake_find(1)->paused);
	assert_false(fake_find(1)->shutdown);
}

static void test_the_hypervisor_fails(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	old_file();
	save_ask(c, "\"file\":\"%s\"", file);
	fake->fail_at = fake->calls + 2;	/* behind worker_init */
	fake_shutdown(1, SHUTDOWN_suspend);
	expect(client_line(c), RPC_FAILED, "the domain goes on");
	assert_string_equal(fake->failed, "save");
	expect_old_file();
	expect_goes_on(c);
}

static void save_fails(struct client *c, const char *to, const char *why)
{
	expect(client_create(c, "web", ""), 0, "");
	save_ask(c, "%s", to);
	fake_shutdown(1, SHUTDOWN_suspend);
	expect(client_line(c), RPC_FAILED, why);
	expect_goes_on(c);
}

/* Renaming over it would take it away. */
static void test_a_device_stays(void **state)
{
	save_fails(*state, "\"file\":\"/dev/full\"", "no regular file");
}

static void test_no_such_folder(void **state)
{
	save_fails(*state, "\"file\":\"/none/such\"", "cannot write /none/such.part: No such file");
}

static void test_the_disk_is_full(void **state)
{
	int fd = open("/dev/full", O_WRONLY);
	char to[32];

	snprintf(to, sizeof(to), "\"fd\":%d", fd);
	save_fails(*state, to, "No space left on device");
	close(fd);
}

static void test_the_worker_is_killed(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	old_file();
	fake->building = 0;
	fake->hang_build = true;
	save_begin(c, "");
	env_until(c->e, fake->building);
	assert_int_equal(access(part, F_OK), 0);
	expect(client_call(c, "domain.pause", "{\"domain\":\"web\"}"), RPC_STATE, "being saved");
	worker_kill(first_domain(c)->worker);
	expect(client_line(c), RPC_FAILED, "killed by signal 9");
	expect_old_file();
	fake->hang_build = false;
	expect_goes_on(c);
}

static void test_destroyed_meanwhile(void **state)
{
	struct client *c = *state, *other = client_new(c->e);

	expect(client_create(c, "web", ""), 0, "");
	fake->building = 0;
	fake->hang_build = true;
	save_begin(c, "");
	env_until(c->e, fake->building);
	expect(client_call(other, "domain.destroy", "{\"domain\":\"web\"}"), 0, "");
	expect(client_line(c), RPC_FAILED, "destroyed while it was being saved");
	assert_null(first_domain(c));
	assert_int_not_equal(access(part, F_OK), 0);
	client_free(other);
}

/* It is not asked any more; if it does so all the same it goes on. */
static void test_it_does_not_suspend(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	save_ask(c, "\"file\":\"%s\"", file);
	event_active(first_domain(c)->asking.timer, EV_TIMEOUT, 0);
	expect(client_line(c), RPC_FAILED, "the guest did not suspend itself within 60 s; it goes on");
	env_until(c->e, !guest_asked(c));
	fake_shutdown(1, SHUTDOWN_suspend);
	env_until(c->e, !fake_find(1)->shutdown);
	expect_goes_on(c);
	assert_int_not_equal(access(part, F_OK), 0);
}

static void test_it_powers_off_instead(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	save_ask(c, "\"file\":\"%s\"", file);
	fake_shutdown(1, SHUTDOWN_poweroff);
	expect(client_line(c), RPC_FAILED, "shut down instead");
	env_until(c->e, !first_domain(c));
	assert_int_not_equal(access(file, F_OK), 0);
}

/* kill -9 of xend while it writes: the next one lets the guest go on. */
static void test_xend_is_killed(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	old_file();
	fake->building = 0;
	fake->hang_build = true;
	save_begin(c, "");
	env_until(c->e, fake->building);
	fake->hang_build = false;
	env_restart(c->e, true);
	*state = client_new(c->e);
	client_free(c);
	c = *state;
	env_until(c->e, !fake_find(1)->shutdown);
	expect_old_file();
	expect_goes_on(c);
}

static void test_refused(void **state)
{
	struct client *c = *state;

	expect(client_create(c, "web", ""), 0, "");
	expect(client_call(c, "domain.save", "{\"domain\":\"web\"}"), RPC_PARAMS, "absolute");
	expect(client_call(c, "domain.save", "{\"domain\":\"web\",\"file\":\"x\"}"), RPC_PARAMS,
		"absolute");
	expect(client_call(c, "domain.save", "{\"domain\":0,\"file\":\"/x\"}"), RPC_STATE, "dom0");
	expect(client_call(c, "domain.save", "{\"domain\":\"w\",\"file\":\"/x\"}"), RPC_NO_DOMAIN, "");
	expect(client_call(c, "domain.pause", "{\"domain\":\"web\"}"), 0, "");
	expect(client_call(c, "domain.save", "{\"domain\":\"web\",\"file\":\"/x\"}"), RPC_STATE,
		"unpause it first");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_save_and_restore), CASE(test_its_devices_come_along),
		CASE(test_restore_of_half_a_file), CASE(test_checkpoint),
		CASE(test_restore_whose_worker_is_killed),
		CASE(test_the_hypervisor_fails), CASE(test_no_such_folder), CASE(test_a_device_stays),
		CASE(test_the_disk_is_full), CASE(test_the_worker_is_killed),
		CASE(test_destroyed_meanwhile), CASE(test_it_powers_off_instead),
		CASE(test_it_does_not_suspend),
		CASE(test_xend_is_killed), CASE(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_console_log_test.c: what is kept of consoles: backlog, last words, restarts, log files and their rotation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_console.h"
#include "xend/logfile.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <xen/io/console.h>
#include <xen/sched.h>

static void test_backlog(void **state)
{
	struct client *c = *state, *r = console_attach(c->e, ""), *late;

	fake_guest_writes(1, "early words\n");
	console_expect(r, "early words");
	late = console_attach(c->e, ",\"backlog\":true");
	console_expect(late, "early words");
	client_free(late);
	late = console_attach(c->e, "");
	fake_guest_writes(1, "now\n");
	console_expect(late, "now");
	client_free(late);
	client_free(r);
}

static void expect_view(struct env *e, const char *more, const char *want)
{
	struct client *r = console_attach(e, more);

	fake_guest_writes(1, "$");
	console_expect(r, want);
	assert_int_equal(evbuffer_get_length(r->in), 0);
	client_free(r);
}

static void test_scrollback(void **state)
{
	struct client *c = *state, *r = console_attach(c->e, "");
	char line[1025], want[2100];

	fake_guest_writes(1, "one\ntwo\nthree\n");
	console_expect(r, "three");
	expect_view(c->e, ",\"backlog\":true", "one\ntwo\nthree\n$");
	expect_view(c->e, ",\"backlog\":true,\"lines\":2", "three\n$$");	/* the prompt is one */
	expect_view(c->e, ",\"backlog\":true,\"lines\":3", "two\nthree\n$$$");
	expect_view(c->e, ",\"backlog\":true,\"lines\":100", "one\ntwo\nthree\n$$$$");
	expect_view(c->e, ",\"backlog\":true,\"lines\":0", "$");
	expect_view(c->e, ",\"lines\":2", "$");
	fake_guest_writes(1, "\n");
	memset(line, 'k', 1023);
	line[1023] = '\n';
	line[1024] = '\0';
	for (int i = 0; i < 100; i++) {	/* no more is kept than that */
		fake_guest_writes(1, line);
		console_expect(r, line);
	}
	snprintf(want, sizeof(want), "%s%s", line, line);
	strcat(want, "$");
	expect_view(c->e, ",\"backlog\":true,\"kib\":2", want);
	snprintf(want, sizeof(want), "%s$$", line);
	expect_view(c->e, ",\"backlog\":true,\"kib\":2,\"lines\":2", want);
	snprintf(want, sizeof(want), "%s$$$", line);	/* whole lines only */
	expect_view(c->e, ",\"backlog\":true,\"kib\":2", want);
	client_free(r);
	r = console_attach(c->e, ",\"backlog\":true");
	fake_guest_writes(1, "end");
	env_until(c->e, evbuffer_get_length(r->in) == 65536 + 3);
	client_free(r);
}

/* After the end of the domain there is still its log, for those who may see all. */
static void test_ended(void **state)
{
	struct client *c = *state, *r = console_attach(c->e, "");
	struct json_object *o, *v;

	fake_guest_writes(1, "first\nlast words\n");
	console_expect(r, "last words");
	client_free(r);
	o = client_call(c, "domain.destroy", "{\"domain\":\"a\"}");
	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	r = client_new(c->e);
	o = client_call(r, "console.attach", "{\"domain\":\"a\",\"backlog\":true}");
	assert_int_equal(answer_code(o), RPC_NO_DOMAIN);
	json_object_put(o);
	for (int i = 0; i < 2; i++) {
		static const char *const nosuch[] = { "never", "../console/a" };

		o = client_call(r, "console.attach", "{\"domain\":\"%s\",\"ended\":true}", nosuch[i]);
		assert_int_equal(answer_code(o), RPC_NO_DOMAIN);
		json_object_put(o);
	}
	o = client_call(r, "console.attach", "{\"domain\":\"a\",\"backlog\":true,\"lines\":1,\"ended\":true}");
	assert_int_equal(answer_code(o), 0);
	json_object_object_get_ex(o, "result", &v);
	assert_true(json_object_object_get_ex(v, "ended", NULL));
	json_object_put(o);
	env_until(c->e, r->closed);
	assert_int_equal(evbuffer_get_length(r->in), strlen("last words\n"));
	client_free(r);
}

/* Written just before the crash, no event for it: kept in the log and given to readers. */
static void test_last_words(void **state)
{
	struct client *c = *state, *r = console_attach(c->e, "");
	struct xencons_interface *ring = fake_ring(1);

	for (const char *p = "Kernel panic: famous last words"; *p; p++)
		ring->out[ring->out_prod++ % sizeof(ring->out)] = *p;
	fake_shutdown(1, SHUTDOWN_crash);
	console_expect(r, "famous last words");
	env_until(c->e, r->closed);	/* the domain is gone: the end of the stream */
	console_expect_log(c->e, "famous last words");
	client_free(r);
}

/* Readers stay attached over a restart and hear the new guest. */
static void test_restart(void **state)
{
	struct client *c = *state, *r = console_attach(c->e, "");
	struct domain *d = TAILQ_FIRST(&c->e->core->domains);

	fake_guest_writes(1, "first");
	console_expect(r, "first");
	fake_shutdown(1, SHUTDOWN_reboot);
	env_until(c->e, d->state == DOM_RUNNING && d->domid == 2);
	fake_guest_writes(2, "second");
	console_expect(r, "second");
	client_free(r);
	console_expect_log(c->e, "firstsecond");
}

/* Who attaches while the new kernel is being built does not see the old one's words as its own. */
static void test_restart_backlog(void **state)
{
	struct client *c = *state, *r;
	struct domain *d = TAILQ_FIRST(&c->e->core->domains);

	fake_guest_writes(1, "old prompt");
	fake->hang_build = true;
	fake_shutdown(1, SHUTDOWN_reboot);
	env_until(c->e, fake->building == 2 && d->domid == 2);
	r = console_attach(c->e, ",\"backlog\":true");
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.destroy\","
		"\"params\":{\"domain\":\"a\"}}\n");
	env_until(c->e, r->closed);
	assert_int_equal(evbuffer_get_length(r->in), 0);
	client_free(r);
	console_expect_log(c->e, "old prompt");
}

static void test_xend_restart(void **state)
{
	struct client *c = *state, *r;

	fake_guest_writes(1, "before\n");
	r = console_attach(c->e, ",\"backlog\":true");
	console_expect(r, "before");
	client_free(r);
	for (const char *p = "while nobody listened\n"; *p; p++)
		fake_ring(1)->out[fake_ring(1)->out_prod++ % sizeof(fake_ring(1)->out)] = *p;
	env_restart(c->e, true);
	r = console_attach(c->e, ",\"backlog\":true");
	console_expect(r, "before\nwhile nobody listened");
	client_free(r);
	console_expect_log(c->e, "before\nwhile nobody listened\n");
}

static unsigned int logs(struct env *e, const char *suffix)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/console/a.log%s", e->log_dir, suffix);
	return access(path, F_OK) == 0;
}

/* Writes this much, and waits until all of it is read. */
static void write_log(struct env *e, struct client *r, size_t size)
{
	char text[1501];

	memset(text, 'q', 1500);
	text[1500] = '\0';
	for (size_t n = 0; n <= size; n += 1500) {
		fake_guest_writes(1, text);
		console_expect(r, text);
	}
}

static void test_log_rotation(void **state)
{
	struct client *c = *state, *r = console_attach(c->e, "");

	write_log(c->e, r, c->e->console.log_size);
	assert_true(logs(c->e, ".1"));
	assert_false(logs(c->e, ".2"));
	client_free(r);
}

static void rotation(struct client *c, unsigned int keep, size_t size)
{
	struct client *r;

	c->e->console.log_size = 20000;
	c->e->console.log_keep = keep;
	env_restart(c->e, false);
	r = console_attach(c->e, "");
	write_log(c->e, r, size);
	client_free(r);
}

static void test_log_rotation_keeps(void **state)
{
	struct client *c = *state;
	char path[256], tail[40000];

	rotation(c, 3, 100000);
	assert_true(logs(c->e, ".1") && logs(c->e, ".2") && logs(c->e, ".3"));
	assert_false(logs(c->e, ".4"));
	/* the tail goes back into the log before */
	snprintf(path, sizeof(path), "%s/console/a.log", c->e->log_dir);
	assert_true(logfile_tail(path, tail, sizeof(tail)) > 20000);
}

static void test_log_rotation_keeps_none(void **state)
{
	struct client *c = *state;
	struct stat st;
	char path[256];

	rotation(c, 0, 50000);
	assert_false(logs(c->e, ".1"));
	snprintf(path, sizeof(path), "%s/console/a.log", c->e->log_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size <= 20000);
}

/* Somebody else renamed it. */
static void test_log_reopened(void **state)
{
	struct client *c = *state, *r = console_attach(c->e, "");
	char path[256], old[256];

	fake_guest_writes(1, "before");
	console_expect(r, "before");
	snprintf(path, sizeof(path), "%s/console/a.log", c->e->log_dir);
	snprintf(old, sizeof(old), "%s/console/old", c->e->log_dir);
	assert_int_equal(rename(path, old), 0);
	core_reopen_logs(c->e->core);
	fake_guest_writes(1, "after");
	console_expect(r, "after");
	console_expect_log(c->e, "after");
	client_free(r);
}

#define T(name) cmocka_unit_test_setup_teardown(name, console_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_backlog), T(test_scrollback), T(test_ended), T(test_last_words),
		T(test_restart), T(test_restart_backlog), T(test_xend_restart),
		T(test_log_rotation), T(test_log_rotation_keeps), T(test_log_rotation_keeps_none),
		T(test_log_reopened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

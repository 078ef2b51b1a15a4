/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_console_test.c: rings, logs and readers: rubbish indices, slow readers, last words, backlog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"
#include "xend/logfile.h"
#include "xend/ring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <xen/io/console.h>
#include <xen/sched.h>

static int setup(void **state)
{
	struct client *c = client_new(env_new());
	struct json_object *o = client_create(c, "a", ",\"on_crash\":\"destroy\"");

	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	*state = c;
	return 0;
}

static struct client *attach(struct env *e, const char *more)
{
	struct client *c = client_new(e);
	struct json_object *o = client_call(c, "console.attach", "{\"domain\":\"a\"%s}", more);

	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	return c;
}

/* ... and whether it was told that it writes. */
static struct client *attach_told(struct env *e, const char *more, bool writer)
{
	struct client *c = client_new(e);
	struct json_object *o = client_call(c, "console.attach", "{\"domain\":\"a\"%s}", more), *v;

	assert_int_equal(answer_code(o), 0);
	json_object_object_get_ex(o, "result", &v);
	json_object_object_get_ex(v, "writer", &v);
	assert_int_equal(json_object_get_boolean(v), writer);
	json_object_put(o);
	return c;
}

/* Waits until the reader has seen text, and takes everything up to its end. */
static void expect_text(struct client *c, const char *text)
{
	struct evbuffer_ptr at;

	env_until(c->e, (at = evbuffer_search(c->in, text, strlen(text), NULL)).pos >= 0 ||
		c->closed);
	if (at.pos < 0)
		fail_msg("closed before '%s'", text);
	evbuffer_drain(c->in, (size_t)at.pos + strlen(text));
}

static void expect_log(struct env *e, const char *text)
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

static void test_ring(void **state)
{
	struct xencons_interface page = { 0 };
	struct ring r;
	char buf[4096];

	page.out_prod = page.out_cons = UINT32_MAX - 2;	/* the indices wrap */
	page.in_prod = page.in_cons = UINT32_MAX;
	assert_int_equal(ring_attach(&r, &page), 0);
	assert_int_equal(ring_drain(&r, buf, sizeof(buf)), 0);
	for (int i = 0; i < 10; i++)
		page.out[page.out_prod++ % sizeof(page.out)] = (char)('0' + i);
	assert_int_equal(ring_drain(&r, buf, 4), 4);
	assert_int_equal(ring_drain(&r, buf + 4, sizeof(buf)), 6);
	assert_memory_equal(buf, "0123456789", 10);
	assert_int_equal(page.out_cons, page.out_prod);

	memset(buf, 'x', sizeof(buf));
	assert_int_equal(ring_fill(&r, buf, sizeof(buf)), sizeof(page.in));
	assert_int_equal(ring_fill(&r, buf, 1), 0);
	page.in_cons += 7;
	assert_int_equal(ring_fill(&r, buf, 100), 7);

	page.out_cons = 12345;	/* the guest may write there: our own index counts */
	assert_int_equal(ring_drain(&r, buf, sizeof(buf)), 0);
	page.out_prod += sizeof(page.out) + 1;
	assert_int_equal(ring_drain(&r, buf, sizeof(buf)), -EPROTO);
	page.in_cons = page.in_prod + 1;
	assert_int_equal(ring_fill(&r, buf, 1), -EPROTO);
	assert_int_equal(ring_attach(&r, &page), -EPROTO);
}

static void test_output_and_input(void **state)
{
	struct client *c = *state, *r1 = attach(c->e, ""), *r2 = attach(c->e, ",\"readonly\":true");
	struct xencons_interface *ring = fake_ring(1);

	fake_guest_writes(1, "login: ");
	expect_text(r1, "login: ");
	expect_text(r2, "login: ");
	client_send(r2, "not me");
	client_send(r1, "root\n");
	env_until(c->e, ring->in_prod == 5);
	assert_memory_equal(ring->in, "root\n", 5);
	expect_log(c->e, "login: ");
	client_free(r1);
	fake_guest_writes(1, "more");
	expect_text(r2, "more");
	client_free(r2);
}

/* What the guest has got of these. */
static void expect_input(struct env *e, const char *text)
{
	struct xencons_interface *ring = fake_ring(1);

	env_until(e, ring->in_prod - ring->in_cons >= strlen(text));
	for (; *text; text++)
		assert_int_equal(ring->in[ring->in_cons++ % sizeof(ring->in)], *text);
	assert_int_equal(ring->in_cons, ring->in_prod);
}

/* One writes; when it leaves the next does that wants to, in the order of their coming. */
static void test_one_writer(void **state)
{
	struct client *c = *state, *first = attach_told(c->e, "", true),
		*looker = attach_told(c->e, ",\"readonly\":true", false),
		*second = attach_told(c->e, "", false), *third = attach_told(c->e, "", false), *taker;

	client_send(second, "thrown away");
	client_send(third, "too");
	client_send(first, "1\n");
	expect_input(c->e, "1\n");
	client_free(first);
	expect_text(second, "what you type goes to the domain now]");
	client_send(looker, "never");
	client_send(second, "2\n");
	expect_input(c->e, "2\n");
	taker = attach_told(c->e, ",\"takeover\":true", true);
	expect_text(second, "this one only reads]");
	client_send(second, "no more");
	client_send(taker, "4\n");
	expect_input(c->e, "4\n");
	/* second came before third */
	client_free(taker);
	expect_text(second, "what you type goes to the domain now]");
	client_send(second, "2\n");
	expect_input(c->e, "2\n");
	shutdown(second->fd, SHUT_WR);	/* reads on */
	expect_text(third, "what you type goes to the domain now]");
	client_send(third, "3\n");
	expect_input(c->e, "3\n");
	fake_guest_writes(1, "to all");
	expect_text(second, "to all");
	expect_text(third, "to all");
	expect_text(looker, "to all");
	client_free(second);
	client_free(third);
	client_free(looker);
	client_free(attach_told(c->e, "", true));
}

/* The writer's input waits for the guest; whoever takes over does not wait for the writer. */
static void test_takeover_of_a_stuck_writer(void **state)
{
	struct client *c = *state, *stuck = attach(c->e, ""), *taker;
	struct xencons_interface *ring = fake_ring(1);
	char text[8001];

	memset(text, 'y', 8000);
	text[8000] = '\0';
	client_send(stuck, "%s", text);
	env_until(c->e, ring->in_prod == sizeof(ring->in));
	taker = attach(c->e, ",\"takeover\":true");
	client_send(stuck, "%s", text);		/* is read, and thrown away */
	client_send(taker, "z");
	while (ring->in[(ring->in_prod - 1) % sizeof(ring->in)] != 'z') {
		ring->in_cons = ring->in_prod;
		fake_guest_raise(1);
		env_loop(c->e);
	}
	client_free(stuck);
	client_free(taker);
}

/* More input than the ring takes: kept and given when the guest has read. */
static void test_much_input(void **state)
{
	struct client *c = *state, *r = attach(c->e, "");
	struct xencons_interface *ring = fake_ring(1);
	char text[3001];
	unsigned int got = 0;

	memset(text, 'y', 3000);
	text[3000] = '\0';
	client_send(r, "%s", text);
	while (got < 3000) {
		env_until(c->e, ring->in_prod != ring->in_cons);
		got += ring->in_prod - ring->in_cons;
		ring->in_cons = ring->in_prod;
		fake_guest_raise(1);
	}
	assert_int_equal(got, 3000);
	client_free(r);
}

static void test_backlog(void **state)
{
	struct client *c = *state, *r = attach(c->e, ""), *late;

	fake_guest_writes(1, "early words\n");
	expect_text(r, "early words");
	late = attach(c->e, ",\"backlog\":true");
	expect_text(late, "early words");
	client_free(late);
	late = attach(c->e, "");
	fake_guest_writes(1, "now\n");
	expect_text(late, "now");
	client_free(late);
	client_free(r);
}

static void expect_view(struct env *e, const char *more, const char *want)
{
	struct client *r = attach(e, more);

	fake_guest_writes(1, "$");
	expect_text(r, want);
	assert_int_equal(evbuffer_get_length(r->in), 0);
	client_free(r);
}

static void test_scrollback(void **state)
{
	struct client *c = *state, *r = attach(c->e, "");
	char line[1025], want[2100];

	fake_guest_writes(1, "one\ntwo\nthree\n");
	expect_text(r, "three");
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
		expect_text(r, line);
	}
	snprintf(want, sizeof(want), "%s%s", line, line);
	strcat(want, "$");
	expect_view(c->e, ",\"backlog\":true,\"kib\":2", want);
	snprintf(want, sizeof(want), "%s$$", line);
	expect_view(c->e, ",\"backlog\":true,\"kib\":2,\"lines\":2", want);
	snprintf(want, sizeof(want), "%s$$$", line);	/* whole lines only */
	expect_view(c->e, ",\"backlog\":true,\"kib\":2", want);
	client_free(r);
	r = attach(c->e, ",\"backlog\":true");
	fake_guest_writes(1, "end");
	env_until(c->e, evbuffer_get_length(r->in) == 65536 + 3);
	client_free(r);
}

/* After the end of the domain there is still its log, for those who may see all. */
static void test_ended(void **state)
{
	struct client *c = *state, *r = attach(c->e, "");
	struct json_object *o, *v;

	fake_guest_writes(1, "first\nlast words\n");
	expect_text(r, "last words");
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

/* One reader never reads: the guest and the other go on; later it is told what it missed. */
static void test_slow_reader(void **state)
{
	struct client *c = *state, *slow = attach(c->e, ""), *good = attach(c->e, "");
	char line[1025];

	event_del(slow->ev);
	memset(line, 'z', 1024);
	line[1024] = '\0';
	for (int i = 0; i < 2000; i++) {
		memcpy(line, "0000", 4);
		line[sprintf(line, "%04d", i)] = 'z';
		fake_guest_writes(1, line);
		line[4] = '\0';
		expect_text(good, line);
		line[4] = 'z';
	}
	event_add(slow->ev, NULL);
	expect_text(slow, "bytes of output skipped]");
	expect_text(slow, "1999z");
	client_free(slow);
	client_free(good);
}

static void test_rubbish(void **state)
{
	struct client *c = *state, *r = attach(c->e, "");
	struct json_object *o;

	fake_guest_writes(1, "so far so good");
	expect_text(r, "good");
	fake_ring(1)->out_prod += 1u << 30;
	fake_guest_raise(1);
	expect_text(r, "rubbish into its console ring");
	fake_guest_raise(1);
	client_send(r, "hello?");
	o = client_call(c, "domain.destroy", "{\"domain\":\"a\"}");
	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	assert_int_equal(fake_mapped(), 0);
	client_free(r);
}

/* Written just before the crash, no event for it: kept in the log and given to readers. */
static void test_last_words(void **state)
{
	struct client *c = *state, *r = attach(c->e, "");
	struct xencons_interface *ring = fake_ring(1);

	for (const char *p = "Kernel panic: famous last words"; *p; p++)
		ring->out[ring->out_prod++ % sizeof(ring->out)] = *p;
	fake_shutdown(1, SHUTDOWN_crash);
	expect_text(r, "famous last words");
	env_until(c->e, r->closed);	/* the domain is gone: the end of the stream */
	expect_log(c->e, "famous last words");
	client_free(r);
}

/* Readers stay attached over a restart and hear the new guest. */
static void test_restart(void **state)
{
	struct client *c = *state, *r = attach(c->e, "");
	struct domain *d = TAILQ_FIRST(&c->e->core->domains);

	fake_guest_writes(1, "first");
	expect_text(r, "first");
	fake_shutdown(1, SHUTDOWN_reboot);
	env_until(c->e, d->state == DOM_RUNNING && d->domid == 2);
	fake_guest_writes(2, "second");
	expect_text(r, "second");
	client_free(r);
	expect_log(c->e, "firstsecond");
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
	r = attach(c->e, ",\"backlog\":true");
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.destroy\","
		"\"params\":{\"domain\":\"a\"}}\n");
	env_until(c->e, r->closed);
	assert_int_equal(evbuffer_get_length(r->in), 0);
	client_free(r);
	expect_log(c->e, "old prompt");
}

static void test_xend_restart(void **state)
{
	struct client *c = *state, *r;

	fake_guest_writes(1, "before\n");
	r = attach(c->e, ",\"backlog\":true");
	expect_text(r, "before");
	client_free(r);
	for (const char *p = "while nobody listened\n"; *p; p++)
		fake_ring(1)->out[fake_ring(1)->out_prod++ % sizeof(fake_ring(1)->out)] = *p;
	env_restart(c->e, true);
	r = attach(c->e, ",\"backlog\":true");
	expect_text(r, "before\nwhile nobody listened");
	client_free(r);
	expect_log(c->e, "before\nwhile nobody listened\n");
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
		expect_text(r, text);
	}
}

static void test_log_rotation(void **state)
{
	struct client *c = *state, *r = attach(c->e, "");

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
	r = attach(c->e, "");
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
	struct client *c = *state, *r = attach(c->e, "");
	char path[256], old[256];

	fake_guest_writes(1, "before");
	expect_text(r, "before");
	snprintf(path, sizeof(path), "%s/console/a.log", c->e->log_dir);
	snprintf(old, sizeof(old), "%s/console/old", c->e->log_dir);
	assert_int_equal(rename(path, old), 0);
	core_reopen_logs(c->e->core);
	fake_guest_writes(1, "after");
	expect_text(r, "after");
	expect_log(c->e, "after");
	client_free(r);
}

static void test_readers_limit(void **state)
{
	struct client *c = *state, *r[64];
	struct json_object *o;

	for (int i = 0; i < 64; i++)
		r[i] = attach(c->e, "");
	o = client_call(c, "console.attach", "{\"domain\":\"a\"}");
	assert_int_equal(answer_code(o), RPC_STATE);
	json_object_put(o);
	fake_guest_writes(1, "all");
	for (int i = 0; i < 64; i++)
		expect_text(r[i], "all");
	for (int i = 0; i < 64; i++)
		client_free(r[i]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring), T(test_output_and_input), T(test_one_writer),
		T(test_takeover_of_a_stuck_writer), T(test_much_input), T(test_scrollback), T(test_ended),
		T(test_backlog), T(test_restart_backlog),
		T(test_slow_reader), T(test_rubbish), T(test_last_words),
		T(test_restart), T(test_xend_restart), T(test_log_rotation),
		T(test_log_rotation_keeps), T(test_log_rotation_keeps_none), T(test_log_reopened),
		T(test_readers_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_console_test.c: console rings and who is attached: rubbish indices, one writer, slow readers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_console.h"
#include "xend/ring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <xen/io/console.h>

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
	struct client *c = *state, *r1 = console_attach(c->e, ""), *r2 = console_attach(c->e, ",\"readonly\":true");
	struct xencons_interface *ring = fake_ring(1);

	fake_guest_writes(1, "login: ");
	console_expect(r1, "login: ");
	console_expect(r2, "login: ");
	client_send(r2, "not me");
	client_send(r1, "root\n");
	env_until(c->e, ring->in_prod == 5);
	assert_memory_equal(ring->in, "root\n", 5);
	console_expect_log(c->e, "login: ");
	client_free(r1);
	fake_guest_writes(1, "more");
	console_expect(r2, "more");
	client_free(r2);
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
	console_expect_input(c->e, fake_ring(1), "1\n");
	client_free(first);
	console_expect(second, "what you type goes to the domain now]");
	client_send(looker, "never");
	client_send(second, "2\n");
	console_expect_input(c->e, fake_ring(1), "2\n");
	taker = attach_told(c->e, ",\"takeover\":true", true);
	console_expect(second, "this one only reads]");
	client_send(second, "no more");
	client_send(taker, "4\n");
	console_expect_input(c->e, fake_ring(1), "4\n");
	/* second came before third */
	client_free(taker);
	console_expect(second, "what you type goes to the domain now]");
	client_send(second, "2\n");
	console_expect_input(c->e, fake_ring(1), "2\n");
	shutdown(second->fd, SHUT_WR);	/* reads on */
	console_expect(third, "what you type goes to the domain now]");
	client_send(third, "3\n");
	console_expect_input(c->e, fake_ring(1), "3\n");
	fake_guest_writes(1, "to all");
	console_expect(second, "to all");
	console_expect(third, "to all");
	console_expect(looker, "to all");
	client_free(second);
	client_free(third);
	client_free(looker);
	client_free(attach_told(c->e, "", true));
}

/* The writer's input waits for the guest; whoever takes over does not wait for the writer. */
static void test_takeover_of_a_stuck_writer(void **state)
{
	struct client *c = *state, *stuck = console_attach(c->e, ""), *taker;
	struct xencons_interface *ring = fake_ring(1);
	char text[8001];

	memset(text, 'y', 8000);
	text[8000] = '\0';
	client_send(stuck, "%s", text);
	env_until(c->e, ring->in_prod == sizeof(ring->in));
	taker = console_attach(c->e, ",\"takeover\":true");
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
	struct client *c = *state, *r = console_attach(c->e, "");
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

/* One reader never reads: the guest and the other go on; later it is told what it missed. */
static void test_slow_reader(void **state)
{
	struct client *c = *state, *slow = console_attach(c->e, ""), *good = console_attach(c->e, "");
	char line[1025];

	event_del(slow->ev);
	memset(line, 'z', 1024);
	line[1024] = '\0';
	for (int i = 0; i < 2000; i++) {
		memcpy(line, "0000", 4);
		line[sprintf(line, "%04d", i)] = 'z';
		fake_guest_writes(1, line);
		line[4] = '\0';
		console_expect(good, line);
		line[4] = 'z';
	}
	event_add(slow->ev, NULL);
	console_expect(slow, "bytes of output skipped]");
	console_expect(slow, "1999z");
	client_free(slow);
	client_free(good);
}

static void test_rubbish(void **state)
{
	struct client *c = *state, *r = console_attach(c->e, "");
	struct json_object *o;

	fake_guest_writes(1, "so far so good");
	console_expect(r, "good");
	fake_ring(1)->out_prod += 1u << 30;
	fake_guest_raise(1);
	console_expect(r, "rubbish into its console ring");
	fake_guest_raise(1);
	client_send(r, "hello?");
	o = client_call(c, "domain.destroy", "{\"domain\":\"a\"}");
	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	assert_int_equal(fake_mapped(), 0);
	client_free(r);
}

static void test_readers_limit(void **state)
{
	struct client *c = *state, *r[64];
	struct json_object *o;

	for (int i = 0; i < 64; i++)
		r[i] = console_attach(c->e, "");
	o = client_call(c, "console.attach", "{\"domain\":\"a\"}");
	assert_int_equal(answer_code(o), RPC_STATE);
	json_object_put(o);
	fake_guest_writes(1, "all");
	for (int i = 0; i < 64; i++)
		console_expect(r[i], "all");
	for (int i = 0; i < 64; i++)
		client_free(r[i]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, console_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring), T(test_output_and_input), T(test_one_writer),
		T(test_takeover_of_a_stuck_writer), T(test_much_input), T(test_slow_reader),
		T(test_rubbish), T(test_readers_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

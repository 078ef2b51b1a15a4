/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_hvc_test.c: consoles beside the first and channels: the handshake, their ends, hostile guests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_console.h"
#include "xend/hvc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <xen/io/console.h>
#include <xen/sched.h>

#define FRONT "/local/domain/%u/device/console/%u"
#define BACK  "/local/domain/0/backend/console/%u/%u"

static void set(const char *value, const char *fmt, uint32_t domid, unsigned int number, const char *name)
{
	char path[128], whole[160];

	snprintf(path, sizeof(path), fmt, domid, number);
	snprintf(whole, sizeof(whole), "%s/%s", path, name);
	fake_store_set(whole, value);
}

static const char *get(const char *fmt, uint32_t domid, unsigned int number, const char *name)
{
	char path[128], whole[160];

	snprintf(path, sizeof(path), fmt, domid, number);
	snprintf(whole, sizeof(whole), "%s/%s", path, name);
	return fake_store_get(whole) ? fake_store_get(whole) : "";
}

static void guest_state(uint32_t domid, unsigned int number, const char *state)
{
	set(state, FRONT, domid, number, "state");
	fake_store_event();
}

static void until_state(struct env *e, uint32_t domid, unsigned int number, const char *state)
{
	env_until(e, !strcmp(get(BACK, domid, number, "state"), state));
}

/* As Linux does: grant 100 + number, port 200 + number. */
static struct xencons_interface *guest_connects(struct env *e, uint32_t domid, unsigned int number)
{
	struct xencons_interface *ring = fake_grant(domid, 100 + number);
	char text[16];

	snprintf(text, sizeof(text), "%u", 100 + number);
	set(text, FRONT, domid, number, "ring-ref");
	snprintf(text, sizeof(text), "%u", 200 + number);
	set(text, FRONT, domid, number, "port");
	guest_state(domid, number, "3");
	until_state(e, domid, number, "4");
	guest_state(domid, number, "4");
	env_loop(e);
	return ring;
}

static void guest_says(struct xencons_interface *r, uint32_t domid, const char *text)
{
	for (; *text; text++)
		r->out[r->out_prod++ % sizeof(r->out)] = *text;
	fake_guest_raise(domid);
}

static struct client *attach(struct env *e, int number, const char *more)
{
	char all[128];

	snprintf(all, sizeof(all), ",\"number\":%d%s", number, more);
	return console_attach(e, all);
}

static void destroy(struct client *c)
{
	ok(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"));
	assert_int_equal(fake_mapped(), 0);
	assert_int_equal(fake_bound(), 0);
	assert_int_equal(fake_watches(), 0);
	assert_int_equal(fake_store_count("/local/domain/0/backend/console"), 0);
}

/* A program on a channel's socket. */
static struct client *program(struct env *e, const char *path)
{
	char saved[sizeof(e->socket)];
	struct client *c;

	memcpy(saved, e->socket, sizeof(saved));
	snprintf(e->socket, sizeof(e->socket), "%s", path);
	c = client_new(e);
	memcpy(e->socket, saved, sizeof(saved));
	return c;
}

static void test_consoles(void **state)
{
	struct client *c = *state, *main, *first, *second;
	struct xencons_interface *one, *two;
	char path[256];

	ok(client_create(c, "a", ",\"serial\":[\"pty\",\"pty\"]"));
	assert_string_equal(get(FRONT, 1, 1, "backend"), "/local/domain/0/backend/console/1/1");
	assert_string_equal(get(FRONT, 1, 1, "backend-id"), "0");
	assert_string_equal(get(FRONT, 1, 2, "state"), "1");
	assert_string_equal(get(BACK, 1, 2, "frontend"), "/local/domain/1/device/console/2");
	assert_string_equal(get(BACK, 1, 2, "state"), "2");
	main = attach(c->e, 0, "");
	first = attach(c->e, 1, "");
	second = attach(c->e, 2, "");
	one = guest_connects(c->e, 1, 1);
	two = guest_connects(c->e, 1, 2);
	guest_says(one, 1, "on hvc1");
	guest_says(two, 1, "on hvc2");
	fake_guest_writes(1, "on hvc0");
	console_expect(main, "on hvc0");
	console_expect(first, "on hvc1");
	console_expect(second, "on hvc2");
	assert_int_equal(evbuffer_get_length(main->in), 0);
	client_send(first, "to 1");
	client_send(second, "to 2");
	console_expect_input(c->e, one, "to 1");
	console_expect_input(c->e, two, "to 2");
	snprintf(path, sizeof(path), "%s/console/a#2.log", c->e->log_dir);
	assert_int_equal(access(path, R_OK), 0);
	expect(client_call(c, "console.attach", "{\"domain\":\"a\",\"number\":3}"), RPC_STATE,
		"no number 3; the last is 2");
	expect(client_call(c, "console.attach", "{\"domain\":\"a\",\"number\":-1}"), RPC_STATE, "no number");
	destroy(c);
	client_free(main);
	client_free(first);
	client_free(second);
	/* its log is there yet */
	second = client_new(c->e);
	ok(client_call(second, "console.attach", "{\"domain\":\"a\",\"number\":2,\"ended\":true,\"backlog\":true}"));
	console_expect(second, "on hvc2");
	client_free(second);
	expect(client_call(c, "console.attach", "{\"domain\":\"a\",\"number\":3,\"ended\":true}"), RPC_NO_DOMAIN, "");
}

static void test_list(void **state)
{
	struct client *c = *state;
	struct json_object *o, *list;
	const char *text;

	ok(client_create(c, "a", ",\"serial\":[\"pty\"],\"channel\":[\"name=x,connection=pty\"]"));
	guest_connects(c->e, 1, 1);
	o = client_call(c, "console.list", "{\"domain\":\"a\"}");
	json_object_object_get_ex(o, "result", &list);
	assert_int_equal(json_object_array_length(list), 3);
	text = json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	assert_non_null(strstr(text, "{\"number\":1,\"connection\":\"console\",\"connected\":true,\"log\":"));
	assert_non_null(strstr(text, "{\"number\":2,\"connection\":\"pty\",\"connected\":false,\"name\":\"x\","
		"\"path\":\"/dev/pts/"));
	json_object_put(o);
	expect(client_call(c, "console.list", "{\"domain\":0}"), RPC_STATE, "dom0 has none");
}

/* Words that no ring can be, rings and ports that are not there: this console is closed, until the guest
 * begins anew. The others go on. */
static void test_rubbish_nodes(void **state)
{
	static const char *const refs[] = { "101", "x", "-1", "99999999999999999999", "7", "", "101x", "101" };
	static const char *const ports[] = { "y", "201", "201", "201", "201", "201", "201", "99999" };
	struct client *c = *state, *main;

	ok(client_create(c, "a", ",\"serial\":[\"pty\"]"));
	main = attach(c->e, 0, "");
	fake_grant(1, 101);
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		set(refs[i], FRONT, 1, 1, "ring-ref");
		set(ports[i], FRONT, 1, 1, "port");
		guest_state(1, 1, "3");
		until_state(c->e, 1, 1, "6");
		assert_int_equal(fake_mapped(), 1);
		assert_int_equal(fake_bound(), 1);
		guest_state(1, 1, "1");
		until_state(c->e, 1, 1, "2");
	}
	/* the port of the first console is taken */
	set("2", FRONT, 1, 1, "port");
	set("101", FRONT, 1, 1, "ring-ref");
	guest_state(1, 1, "3");
	until_state(c->e, 1, 1, "6");
	guest_state(1, 1, "rubbish");
	until_state(c->e, 1, 1, "2");
	guest_connects(c->e, 1, 1);
	fake_guest_writes(1, "well");
	console_expect(main, "well");
	client_free(main);
	destroy(c);
}

/* Other states as fast as it can: the daemon looks a few times in a second and serves the others. */
static void test_flapping(void **state)
{
	static const char *const states[] = { "3", "1", "5", "4", "6", "", "3" };
	struct client *c = *state, *main;
	unsigned int calls;

	ok(client_create(c, "a", ",\"serial\":[\"pty\"]"));
	main = attach(c->e, 0, "");
	guest_connects(c->e, 1, 1);
	calls = fake->calls;
	for (int i = 0; i < 700; i++) {
		guest_state(1, 1, states[i % 7]);
		fake_guest_writes(1, "tick");
		console_expect(main, "tick");
	}
	/* 700 turns are far less than a second; each look costs four calls at most */
	assert_true(fake->calls - calls < 200);
	client_free(main);
	destroy(c);
}

static void test_rubbish_ring(void **state)
{
	struct client *c = *state, *main, *r;
	struct xencons_interface *ring;

	ok(client_create(c, "a", ",\"serial\":[\"pty\"]"));
	main = attach(c->e, 0, "");
	r = attach(c->e, 1, "");
	ring = guest_connects(c->e, 1, 1);
	guest_says(ring, 1, "fine");
	console_expect(r, "fine");
	ring->out_prod += 1u << 30;
	fake_guest_raise(1);
	console_expect(r, "rubbish into its console ring");
	client_send(r, "hello?");
	fake_guest_writes(1, "well");
	console_expect(main, "well");
	/* it may begin anew */
	memset(ring, 0, sizeof(*ring));
	guest_state(1, 1, "6");
	until_state(c->e, 1, 1, "6");
	guest_connects(c->e, 1, 1);
	guest_says(ring, 1, "again");
	console_expect(r, "again");
	client_free(main);
	client_free(r);
	destroy(c);
}

/* Another ring without a word in between, as after a resume. */
static void test_another_ring(void **state)
{
	struct client *c = *state, *r;
	struct xencons_interface *ring;

	ok(client_create(c, "a", ",\"serial\":[\"pty\"]"));
	r = attach(c->e, 1, "");
	guest_connects(c->e, 1, 1);
	ring = fake_grant(1, 150);
	set("150", FRONT, 1, 1, "ring-ref");
	set("250", FRONT, 1, 1, "port");
	guest_says(ring, 1, "new ring");
	guest_state(1, 1, "3");
	console_expect(r, "new ring");
	assert_int_equal(fake_mapped(), 2);
	client_free(r);
	destroy(c);
}

static void test_restarts(void **state)
{
	struct client *c = *state, *r;
	struct xencons_interface *ring;

	ok(client_create(c, "a", ",\"serial\":[\"pty\"],\"channel\":[\"name=x,connection=pty\"]"));
	r = attach(c->e, 1, "");
	guest_says(guest_connects(c->e, 1, 1), 1, "first");
	console_expect(r, "first");
	fake_shutdown(1, SHUTDOWN_reboot);
	env_until(c->e, TAILQ_FIRST(&c->e->core->domains)->state == DOM_RUNNING &&
		TAILQ_FIRST(&c->e->core->domains)->domid == 2);
	assert_string_equal(get(BACK, 1, 1, "state"), "");
	ring = guest_connects(c->e, 2, 1);
	guest_says(ring, 2, "second");
	console_expect(r, "second");
	client_free(r);
	env_restart(c->e, true);
	r = attach(c->e, 1, ",\"backlog\":true");
	console_expect(r, "second");
	env_until(c->e, fake_mapped() == 2);
	guest_says(ring, 2, "third");
	console_expect(r, "third");
	client_free(r);
	r = client_new(c->e);
	destroy(r);
	client_free(r);
}

static void socket_create(struct client *c, char *path, size_t size, int code, const char *text)
{
	char more[256];

	snprintf(path, size, "%s/agent", c->e->dir);
	snprintf(more, sizeof(more), ",\"on_reboot\":\"rename-restart\",\"channel\":"
		"[\"name=org.example.agent, connection=SOCKET, path=%s\"]", path);
	expect(client_create(c, "a", more), code, text);
}

static void test_socket(void **state)
{
	struct client *c = *state, *one, *two, *looker;
	struct xencons_interface *ring;
	struct stat st;
	char path[80];

	socket_create(c, path, sizeof(path), 0, "");
	assert_string_equal(get(FRONT, 1, 1, "name"), "org.example.agent");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ring = guest_connects(c->e, 1, 1);
	guest_says(ring, 1, "nobody hears");
	env_until(c->e, ring->out_cons == ring->out_prod);
	one = program(c->e, path);
	client_send(one, "ask");
	console_expect_input(c->e, ring, "ask");
	two = program(c->e, path);		/* waits until the first has left */
	client_send(two, "next");
	looker = attach(c->e, 1, "");
	client_send(looker, "not me");
	guest_says(ring, 1, "answer");
	console_expect(one, "answer");
	console_expect(looker, "answer");
	client_free(one);
	console_expect(looker, "goes to the domain now");	/* but programs go before */
	console_expect(looker, "only reads");
	client_free(looker);
	console_expect_input(c->e, ring, "next");
	guest_says(ring, 1, "well");
	console_expect(two, "well");
	assert_int_equal(evbuffer_get_length(two->in), 0);
	/* one that has sent all, and then goes while the guest is silent: the next gets its turn */
	shutdown(two->fd, SHUT_WR);
	guest_says(ring, 1, "more");
	console_expect(two, "more");
	one = program(c->e, path);
	client_send(one, "third");
	client_free(two);
	console_expect_input(c->e, ring, "third");
	client_free(one);
	destroy(c);
	assert_int_equal(access(path, F_OK), -1);
}

/* A program that does not read: the guest waits, and nothing is lost. */
static void test_socket_that_does_not_read(void **state)
{
	struct client *c = *state, *p;
	struct xencons_interface *ring;
	unsigned int said = 0, heard = 0;
	unsigned char *got;
	size_t len;
	char path[80];

	socket_create(c, path, sizeof(path), 0, "");
	ring = guest_connects(c->e, 1, 1);
	p = program(c->e, path);
	client_send(p, "hello");
	console_expect_input(c->e, ring, "hello");
	event_del(p->ev);
	for (int idle = 0; idle < 20; idle++) {
		while (ring->out_prod - ring->out_cons < sizeof(ring->out)) {
			ring->out[ring->out_prod++ % sizeof(ring->out)] = (char)(said++ % 251);
			idle = 0;
		}
		fake_guest_raise(1);
		env_loop(c->e);
	}
	assert_true(said > sizeof(ring->out));
	client_send(p, "still");		/* the other way goes on */
	console_expect_input(c->e, ring, "still");
	event_add(p->ev, NULL);
	while (heard < said) {
		env_until(c->e, evbuffer_get_length(p->in));
		len = evbuffer_get_length(p->in);
		got = evbuffer_pullup(p->in, -1);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(got[i], heard++ % 251);
		evbuffer_drain(p->in, len);
	}
	client_free(p);
	destroy(c);
}

static void test_socket_path(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct client *c = *state, *p;
	char path[80];
	int fd;

	/* a file; a socket that is served; one that nobody serves any more */
	snprintf(path, sizeof(path), "%s/agent", c->e->dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	socket_create(c, path, sizeof(path), RPC_FAILED, "is not a socket");
	assert_int_equal(unlink(path), 0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(sa.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	socket_create(c, path, sizeof(path), RPC_FAILED, "consoles: socket");
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	socket_create(c, path, sizeof(path), 0, "");
	env_restart(c->e, true);
	p = program(c->e, path);
	guest_says(guest_connects(c->e, 1, 1), 1, "there again");
	console_expect(p, "there again");
	/* the new start has it, the dead domain has none */
	fake_shutdown(1, SHUTDOWN_reboot);
	env_until(c->e, fake_find(2) && !strcmp(get(BACK, 2, 1, "state"), "2") && p->closed);
	client_free(p);
	p = program(c->e, path);
	guest_says(guest_connects(c->e, 2, 1), 2, "second");
	console_expect(p, "second");
	client_free(p);
}

static void test_pty(void **state)
{
	struct client *c = *state, *p = calloc(1, sizeof(*p));
	struct xencons_interface *ring;
	const char *tty;
	char text[64];

	ok(client_create(c, "a", ",\"channel\":[\"name=x,connection=pty\"]"));
	ring = guest_connects(c->e, 1, 1);
	for (int i = 0; i < 2; i++) {
		tty = get(FRONT, 1, 1, "tty");
		p->fd = open(tty, O_RDWR | O_NOCTTY | O_NONBLOCK);
		assert_true(p->fd >= 0);
		guest_says(ring, 1, "by terminal\n");
		snprintf(text, sizeof(text), "no");
		env_until(c->e, read(p->fd, text, sizeof(text)) == 12 || text[0] == 'b');
		assert_memory_equal(text, "by terminal\n", 12);
		assert_int_equal(write(p->fd, "and back", 8), 8);
		console_expect_input(c->e, ring, "and back");
		close(p->fd);
		if (!i)		/* a new one, whose name is in the store */
			env_restart(c->e, true);
		env_until(c->e, fake_mapped() == 2 && access(get(FRONT, 1, 1, "tty"), F_OK) == 0);
	}
	free(p);
}

#define T(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_consoles), T(test_list), T(test_rubbish_nodes), T(test_flapping), T(test_rubbish_ring),
		T(test_another_ring), T(test_restarts), T(test_socket), T(test_socket_that_does_not_read),
		T(test_socket_path), T(test_pty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

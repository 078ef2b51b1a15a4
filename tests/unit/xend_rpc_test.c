/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_rpc_test.c: framing, malformed and oversized requests, the method table, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xend_expect.h"
#include "util/log.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <xen/sched.h>

static void expect_code(struct client *c, const char *line, int code, const char *text)
{
	struct json_object *o;

	client_send(c, "%s\n", line);
	o = client_line(c);
	assert_non_null(o);
	if (answer_code(o) != code || !strstr(answer_text(o), text))
		fail_msg("%s -> %s", line, json_object_to_json_string(o));
	json_object_put(o);
}

#define CALL(method, params) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}"

static void test_malformed(void **state)
{
	static const struct {
		const char *line;
		int code;
		const char *text;
	} rows[] = {
		{ "nonsense", RPC_PARSE, "not JSON at byte" },
		{ "{\"jsonrpc\":\"2.0\"", RPC_PARSE, "not JSON" },
		{ "{}}", RPC_PARSE, "not JSON at byte 2" },
		{ "{\"a\":tru}", RPC_PARSE, "not JSON" },
		{ "{\"a\":\"\xff\"}", RPC_PARSE, "not JSON" },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", RPC_PARSE, "" },
		{ "[]", RPC_INVALID, "batches" },
		{ "17", RPC_INVALID, "object" },
		{ "null", RPC_INVALID, "object" },
		{ "{}", RPC_INVALID, "jsonrpc" },
		{ "{\"jsonrpc\":\"1.0\",\"method\":\"xend.version\"}", RPC_INVALID, "2.0" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1}", RPC_INVALID, "method" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"x\"}", RPC_INVALID, "id" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", RPC_INVALID, "method" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"extra\":1}", RPC_INVALID, "only" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":[]}", RPC_INVALID, "params" },
		{ CALL("no.such", "{}"), RPC_NO_METHOD, "unknown method 'no.such'" },
		{ CALL("xend.version", "{\"a\":1}"), RPC_PARAMS, "unknown parameter 'a'" },
		{ CALL("domain.info", "{}"), RPC_PARAMS, "'domain' is missing" },
		{ CALL("domain.info", "{\"domain\":[]}"), RPC_PARAMS, "'domain' must be" },
		{ CALL("domain.info", "{\"domain\":\"a\\u0000b\"}"), RPC_PARAMS, "'domain' must be" },
		{ CALL("domain.list", "{\"domains\":[{}]}"), RPC_PARAMS, "'domains' must be" },
		{ CALL("host.dmesg", "{\"clear\":1}"), RPC_PARAMS, "'clear' must be a boolean" },
		{ CALL("domain.info", "{\"domain\":\"nope\"}"), RPC_NO_DOMAIN, "'nope' does not exist" },
		{ CALL("domain.info", "{\"domain\":-1}"), RPC_NO_DOMAIN, "does not exist" },
		{ CALL("domain.info", "{\"domain\":99999999999}"), RPC_NO_DOMAIN, "not exist" },
		{ CALL("domain.destroy", "{\"domain\":0}"), RPC_STATE, "dom0" },
		{ CALL("domain.pause", "{\"domain\":\"Domain-0\"}"), RPC_STATE, "dom0" },
		{ CALL("console.attach", "{\"domain\":\"0\"}"), RPC_STATE, "dom0" },
		{ CALL("host.debug_keys", "{\"keys\":\"\"}"), RPC_PARAMS, "no debug key" },
	};

	/* Every one of them on the same connection: a bad line loses the line only. */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_code(*state, rows[i].line, rows[i].code, rows[i].text);
	expect_code(*state, CALL("xend.version", "{}"), 0, "");
}

static void test_methods_complete(void **state)
{
	for (const struct rpc_method *m = api_methods; m->name; m++) {
		assert_non_null(m->run);
		for (const struct rpc_method *n = m + 1; n->name; n++)
			assert_string_not_equal(m->name, n->name);
		/* An owner can be asked for only where a domain is named. */
		if (m->right == RIGHT_OWNER)
			assert_string_equal(m->params[0].name, "domain");
	}
	assert_true(backend_check(&backend_fake));
	assert_true(backend_check(&(struct backend_ops){ 0 }) == false);
}

static void test_oversized(void **state)
{
	struct client *c = *state;
	char *big = malloc(RPC_MAX_LINE + 65536);
	struct json_object *o;

	memset(big, ' ', RPC_MAX_LINE + 65535);
	big[RPC_MAX_LINE + 65535] = '\0';
	client_send(c, "%s", big);
	free(big);
	o = client_line(c);
	assert_int_equal(answer_code(o), RPC_PARSE);
	json_object_put(o);
	assert_null(client_line(c));	/* framing is lost: closed */
}

static void test_large_but_legal(void **state)
{
	char *big = malloc(RPC_MAX_LINE);

	memset(big, ' ', RPC_MAX_LINE - 200);
	strcpy(big + RPC_MAX_LINE - 200, CALL("xend.version", "{}"));
	expect_code(*state, big, 0, "");
	free(big);
}

static void test_pipelined(void **state)
{
	struct client *c = *state;
	struct json_object *o, *id;

	for (int i = 0; i < 300; i++)
		client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"domain.list\"}\n", i);
	for (int i = 0; i < 300; i++) {
		o = client_line(c);
		assert_true(json_object_object_get_ex(o, "id", &id));
		assert_int_equal(json_object_get_int(id), i);
		json_object_put(o);
	}
}

static void test_split_and_notification(void **state)
{
	struct client *c = *state;
	struct json_object *o, *id;

	/* No id: no answer, so the next one is that of the second request. */
	client_send(c, "{\"jsonrpc\":\"2.0\",\"method\":\"xend.version\"}\n\n  \n{\"json");
	env_loop(c->e);
	client_send(c, "rpc\":\"2.0\",\"id\":\"two\",\"method\":\"xend.version\"}\n");
	o = client_line(c);
	json_object_object_get_ex(o, "id", &id);
	assert_string_equal(json_object_get_string(id), "two");
	json_object_put(o);
}

/* A client that asks and asks, and reads nothing: it is held back, others are served. */
static void test_never_reads(void **state)
{
	struct client *c = *state, *rude = client_new(c->e);
	char line[] = CALL("host.dmesg", "{}") "\n";
	struct json_object *o;
	size_t sent = 0;
	ssize_t n;

	event_del(rude->ev);
	for (int turn = 0; turn < 2000; turn++) {
		n = send(rude->fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
		event_base_loop(c->e->base, EVLOOP_NONBLOCK);
	}
	assert_true(sent > 0);
	o = client_call(c, "xend.version", "{}");
	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	client_free(rude);
	o = client_call(c, "xend.version", "{}");
	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
}

static void test_hang_up(void **state)
{
	struct client *c = *state, *gone = client_new(c->e);
	struct json_object *o;

	fake->hang_build = true;
	client_send_create(gone, "");
	env_until(c->e, fake->building == 1);
	client_free(gone);
	o = client_call(c, "domain.destroy", "{\"domain\":\"a\"}");
	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	assert_int_equal(env_state_files(c->e), 0);
}

/* printf ... | socat - UNIX: sends, closes its side and still reads. */
static void test_half_close(void **state)
{
	struct client *c = *state, *half = client_new(c->e);
	struct json_object *o;

	client_send_create(half, "");
	shutdown(half->fd, SHUT_WR);
	o = client_line(half);
	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	assert_null(client_line(half));
	client_free(half);
}

static unsigned int open_fds(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* It sends no more, waits for an answer that does not come, and goes. */
static void test_half_close_and_gone(void **state)
{
	struct client *c = *state, *half;
	unsigned int fds;

	expect_code(c, CALL("xend.version", "{}"), 0, "");
	ok(client_create(c, "a", ""));
	fds = open_fds();
	half = client_new(c->e);
	client_send(half, CALL("domain.shutdown", "{\"domain\":\"a\",\"wait\":true}") "\n");
	shutdown(half->fd, SHUT_WR);
	env_until(c->e, fake_store_get("/local/domain/1/control/shutdown")[0]);
	event_base_loop(c->e->base, EVLOOP_NONBLOCK);
	client_free(half);
	env_until(c->e, open_fds() == fds);
}

/* As "xm shutdown -a -w" of so many: each is asked though none of them answers. */
static void test_many_waits(void **state)
{
	struct client *c = *state;
	struct json_object *o;

	ok(client_create(c, "a", ""));
	for (int i = 0; i < 300; i++)
		client_send(c, CALL("domain.shutdown", "{\"domain\":\"a\",\"wait\":true}") "\n");
	o = client_call(c, "xend.version", "{}");
	assert_true(json_object_object_get_ex(o, "result", NULL));
	json_object_put(o);
	fake_shutdown(1, SHUTDOWN_poweroff);
	for (int i = 0; i < 300; i++)
		ok(client_line(c));
}

/* No descriptor is left for a client: he waits, and the daemon does not spin meanwhile. */
static void test_no_descriptors(void **state)
{
	struct client *c = *state, *late;
	struct rlimit was, few;
	char path[128], text[4096] = "";
	unsigned int turns = 0;
	int fd;

	expect_code(c, CALL("xend.version", "{}"), 0, "");
	getrlimit(RLIMIT_NOFILE, &was);
	late = client_new(c->e);
	few = was;
	snprintf(path, sizeof(path), "%s/errors", c->e->dir);
	assert_int_equal(log_open(path), 0);
	fd = dup(late->fd);	/* the lowest one that is free: none below it, as the limit, is */
	few.rlim_cur = (rlim_t)fd;
	close(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	client_send(late, CALL("xend.version", "{}") "\n");
	while (event_base_loop(c->e->base, EVLOOP_NONBLOCK) == 0 && ++turns < 50)
		;
	assert_int_equal(evbuffer_get_length(late->in), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	env_until(c->e, evbuffer_get_length(late->in));
	json_object_put(client_line(late));
	expect_code(late, CALL("xend.version", "{}"), 0, "");
	log_open(NULL);
	client_free(late);
	fd = open(path, O_RDONLY);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_non_null(strstr(text, "rpc: accept: Too many open files"));
	assert_true(strchr(strchr(text, '\n') + 1, '\n') == NULL);	/* said once */
}

/* Twice the same on one connection is told once. */
static void test_subscribed_twice(void **state)
{
	struct client *c = *state;
	struct json_object *o, *method;
	unsigned int events = 0;

	for (int i = 0; i < 100; i++)
		ok(client_call(c, "events.subscribe", "{}"));
	client_send_create(c, "");
	while ((o = client_line(c)) && json_object_object_get_ex(o, "method", &method)) {
		events++;
		json_object_put(o);
	}
	json_object_put(o);
	assert_in_range(events, 2, 10);
}

#define STRANGER 12345

/* What a stranger is told; "" when there was no answer. Runs the daemon meanwhile. */
static void as_stranger(struct env *e, const char *line, char *answer, size_t size)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fds[2], fd, status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		strcpy(sa.sun_path, e->socket);
		if (setgroups(0, NULL) || setresgid(STRANGER, STRANGER, STRANGER) ||
		    setresuid(STRANGER, STRANGER, STRANGER) ||
		    connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
			_exit(1);
		if (write(fd, line, strlen(line)) < 0)
			_exit(1);
		n = read(fd, answer, size);
		_exit(n > 0 && write(fds[1], answer, (size_t)n) == n ? 0 : 1);
	}
	close(fds[1]);
	while (waitpid(pid, &status, WNOHANG) == 0)
		event_base_loop(e->base, EVLOOP_NONBLOCK);
	n = read(fds[0], answer, size - 1);
	answer[n > 0 ? n : 0] = '\0';
	close(fds[0]);
}

static void test_rights(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ CALL("xend.version", "{}"), "\"result\"" },
		{ CALL("domain.list", "{}"), "\"name\":\"mine\"" },
		{ CALL("domain.info", "{\"domain\":\"mine\"}"), "\"result\"" },
		{ CALL("domain.info", "{\"domain\":\"other\"}"), "EACCES" },
		{ CALL("domain.info", "{\"domain\":\"nowhere\"}"), "EACCES" },
		{ CALL("domain.pause", "{\"domain\":2}"), "EACCES" },
		{ CALL("domain.pause", "{\"domain\":1}"), "\"result\"" },
		{ CALL("domain.destroy", "{\"domain\":0}"), "EACCES" },
		{ CALL("domain.rename", "{\"domain\":1,\"name\":\"x\"}"), "EACCES" },
		{ CALL("domain.create", "{\"config\":{}}"), "EACCES" },
		{ CALL("host.dmesg", "{}"), "EACCES" },
		{ CALL("events.subscribe", "{}"), "EACCES" },
		{ CALL("domain.destroy", "{\"domain\":\"mine\"}"), "\"result\"" },
	};
	struct client *c = *state;
	struct json_object *o;
	char line[256], answer[4096];
	unsigned int lists;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(c->e->dir, 0755), 0);
	o = client_create(c, "mine", ",\"owner\":12345");
	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	o = client_create(c, "other", "");
	assert_int_equal(answer_code(o), 0);
	json_object_put(o);
	lists = fake->lists;
	for (int i = 0; i < 3; i++) {	/* what a stranger asks for in vain costs the hypervisor nothing */
		as_stranger(c->e, CALL("domain.info", "{\"domain\":\"nowhere\"}") "\n", answer, sizeof(answer));
		assert_non_null(strstr(answer, "EACCES"));
		as_stranger(c->e, CALL("domain.list", "{\"domains\":[\"nowhere\"]}") "\n", answer, sizeof(answer));
		assert_non_null(strstr(answer, "ENOENT"));
	}
	assert_int_equal(fake->lists, lists);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line), "%s\n", rows[i].line);
		as_stranger(c->e, line, answer, sizeof(answer));
		if (!strstr(answer, rows[i].want) || strstr(answer, "\"name\":\"other\""))
			fail_msg("%s -> %s", rows[i].line, answer);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_malformed), T(test_methods_complete), T(test_oversized),
		T(test_large_but_legal), T(test_pipelined), T(test_split_and_notification),
		T(test_never_reads), T(test_hang_up), T(test_half_close), T(test_half_close_and_gone),
		T(test_many_waits), T(test_no_descriptors), T(test_subscribed_twice), T(test_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

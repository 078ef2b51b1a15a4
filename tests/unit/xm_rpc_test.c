/* SPDX-License-Identifier: GPL-2.0-only */
/* xm_rpc_test.c: answers of every kind, good and bad, to the client and to whole commands.
 *
 * The peer is a thread that reads a request's line, then writes what the case says and hangs up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xm_env.h"
#include "xm/rpc.h"
#include "xm/xm.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct peer {
	int fd, listen_fd;		/* listen_fd -1: a socketpair */
	const char *answers[4];		/* one per request line */
	char requests[8192];
	pthread_t thread;
};

static void put(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len && (n = send(fd, text, len, MSG_NOSIGNAL)) > 0) {
		text += n;
		len -= (size_t)n;
	}
}

static void *peer_main(void *arg)
{
	struct peer *p = arg;
	size_t len = 0;
	char c;

	if (p->listen_fd >= 0)
		p->fd = accept(p->listen_fd, NULL, NULL);
	for (int i = 0; i < 4 && p->answers[i]; i++) {
		while (read(p->fd, &c, 1) == 1 && c != '\n')
			if (len < sizeof(p->requests) - 2)
				p->requests[len++] = c;
		p->requests[len++] = '\n';
		put(p->fd, p->answers[i], strlen(p->answers[i]));
	}
	close(p->fd);
	return NULL;
}

static struct rpc *peer_pair(struct peer *p)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	p->listen_fd = -1;
	p->fd = fds[1];
	assert_int_equal(pthread_create(&p->thread, NULL, peer_main, p), 0);
	return rpc_from_fd(fds[0]);
}

/* One call answered with text: its return code. */
static int call(const char *text, struct json_object **ret, struct rpc_error *ret_error)
{
	struct peer p = { .answers = { text } };
	struct rpc *rpc = peer_pair(&p);
	int rc = rpc_call(rpc, "domain.list", NULL, ret);

	*ret_error = *rpc_last_error(rpc);
	rpc_close(rpc);
	pthread_join(p.thread, NULL);
	assert_string_equal(p.requests,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.list\",\"params\":{}}\n");
	return rc;
}

#define HEAD "{\"jsonrpc\":\"2.0\","

static void test_framing(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ HEAD "\"id\":1,\"result\":{}}\n", 0 },
		{ HEAD "\"id\":1,\"result\":null}\n", 0 },
		{ HEAD "\"method\":\"event\",\"params\":{}}\n" HEAD "\"id\":1,\"result\":{}}\n", 0 },
		{ HEAD "\"id\":7,\"result\":{}}\n" HEAD "\"id\":1,\"result\":{}}\n", 0 },
		{ HEAD "\"id\":1,\"error\":{\"code\":-3,\"message\":\"no\"}}\n", -EREMOTEIO },
		{ HEAD "\"id\":null,\"error\":{\"code\":-32700,\"message\":\"no\"}}\n", -EREMOTEIO },
		{ HEAD "\"id\":1,\"error\":{\"code\":0,\"message\":\"no\"}}\n", -EPROTO },
		{ HEAD "\"id\":1,\"error\":{\"message\":\"no\"}}\n", -EPROTO },
		{ HEAD "\"id\":1,\"error\":{\"code\":-3,\"message\":5}}\n", -EPROTO },
		{ HEAD "\"id\":1}\n", -EPROTO },
		{ "[1]\n", -EPROTO }, { "null\n", -EPROTO }, { "5\n", -EPROTO }, { "\n", -EPROTO },
		{ "{} {}\n", -EPROTO }, { "{\n", -EPROTO }, { "HTTP/1.1 200 OK\r\n", -EPROTO },
		{ HEAD "\"id\":1,\"resu", -EPIPE },		/* hung up within a line */
		{ HEAD "\"id\":1,\"result\":{}}", -EPIPE },	/* without a newline it is not one */
		{ "", -EPIPE },
	};
	struct json_object *result;
	struct rpc_error error;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		result = NULL;
		if (call(cases[i].text, &result, &error) != cases[i].rc)
			fail_msg("case %zu: %s", i, cases[i].text);
		json_object_put(result);
	}
	assert_int_equal(call(HEAD "\"id\":1,\"error\":{\"code\":-3,\"message\":\"no\","
		"\"data\":{\"domain\":\"web\"}}}\n", &result, &error), -EREMOTEIO);
	assert_int_equal(error.code, -3);
	assert_string_equal(error.domain, "web");
}

static void test_oversized(void **state)
{
	size_t len = RPC_ANSWER_MAX + 4096;
	char *text = malloc(len + 1);
	struct json_object *result = NULL, *params = json_object_new_object();
	struct rpc_error error;
	struct peer p = { .answers = { NULL } };
	struct rpc *rpc;
	int64_t id;

	memset(text, ' ', len);
	text[len] = '\0';
	assert_int_equal(call(text, &result, &error), -EFBIG);
	/* and ours is refused before it is sent */
	rpc = peer_pair(&p);
	json_object_object_add(params, "x", json_object_new_string(text));
	assert_int_equal(rpc_send(rpc, "m", params, &id), -EMSGSIZE);
	rpc_close(rpc);
	pthread_join(p.thread, NULL);
	free(text);
}

/* A list of two thousand domains, about as long as they are. */
static void test_long_list(void **state)
{
	size_t size = 3U << 20, at;
	char *text = malloc(size);
	struct json_object *result = NULL;
	struct rpc_error error;

	at = (size_t)sprintf(text, HEAD "\"id\":1,\"result\":[");
	for (int i = 0; i < 2000; i++)
		at += (size_t)sprintf(text + at, "%s{\"name\":\"web%d\",\"config\":\"%01400d\"}", i ? "," : "", i, i);
	snprintf(text + at, size - at, "]}\n");
	assert_int_equal(call(text, &result, &error), 0);
	assert_int_equal(json_object_array_length(result), 2000);
	json_object_put(result);
	free(text);
}

/* Bytes right behind the answer belong to the stream. */
static void test_rest(void **state)
{
	struct peer p = { .answers = { HEAD "\"id\":1,\"result\":{}}\nlogin: \xff" } };
	struct rpc *rpc = peer_pair(&p);
	struct json_object *result = NULL;
	const char *rest;
	size_t len;

	assert_int_equal(rpc_call(rpc, "console.attach", NULL, &result), 0);
	json_object_put(result);
	len = rpc_rest(rpc, &rest);
	assert_true(len <= 8 && !memcmp(rest, "login: \xff", len));
	rpc_close(rpc);
	pthread_join(p.thread, NULL);
}

/* -- whole commands on a listening socket */

static char dir[] = "/tmp/xm-rpc-XXXXXX", sock[64];

static int serve_start(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(sock, sizeof(sock), "%s/sock", dir);
	return setenv("XEND_SOCKET", sock, 1);
}

static int serve_end(void **state)
{
	unlink(sock);
	return rmdir(dir);
}

static void peer_listen(struct peer *p)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	unlink(sock);
	strcpy(addr.sun_path, sock);
	p->listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(p->listen_fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(p->listen_fd, 4), 0);
	assert_int_equal(pthread_create(&p->thread, NULL, peer_main, p), 0);
}

static void peer_end(struct peer *p)
{
	pthread_join(p->thread, NULL);
	close(p->listen_fd);
}

#define ERROR(code, text) HEAD "\"id\":1,\"error\":{\"code\":" code ",\"message\":\"" text "\"}}\n"

static void test_exit_codes(void **state)
{
	static const struct {
		const char *answer;
		int rc;
		const char *err;
	} cases[] = {
		{ HEAD "\"id\":1,\"result\":{}}\n", XM_OK, "" },
		{ ERROR("-3", "domain 'web' does not exist"), XM_NO_DOMAIN,
			"Error: Domain 'web' does not exist.\n" },
		{ ERROR("-16", "domain web: it is being built"), XM_FAILED,
			"Error: Domain web: it is being built\n" },
		{ "rubbish\n", XM_FAILED, "Error: xend's answer cannot be understood; is " },
		{ "{\"id\"", XM_FAILED, "Error: xend closed the connection before it answered" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer p = { .answers = { cases[i].answer } };

		peer_listen(&p);
		assert_int_equal(xm_ran("pause", "web", NULL), cases[i].rc);
		peer_end(&p);
		assert_memory_equal(xm_err, cases[i].err, strlen(cases[i].err));
		assert_string_equal(xm_out, "");
		assert_non_null(strstr(p.requests, "\"params\":{\"domain\":\"web\"}"));
	}
}

/* Words of a command, and the parameters that xend gets; NULL: refused before anything is asked. */
static void test_requests(void **state)
{
	static const struct {
		const char *words[6], *method, *params;
	} cases[] = {
		{ { "vcpu-set", "web", "2" }, "domain.set_vcpus", "{\"domain\":\"web\",\"vcpus\":2}" },
		{ { "vcpu-set", "-i", "web", "9" }, "domain.set_vcpus",
			"{\"domain\":\"web\",\"vcpus\":9,\"ignore_host\":true}" },
		{ { "vcpu-set", "web", "two" } },
		{ { "vcpu-pin", "web", "all", "0-1" }, "domain.pin", "{\"domain\":\"web\",\"hard\":\"0-1\"}" },
		{ { "vcpu-pin", "web", "1", "-", "all" }, "domain.pin",
			"{\"domain\":\"web\",\"vcpu\":1,\"soft\":\"all\"}" },
		{ { "vcpu-pin", "web", "1", "0", "-", "-f" }, "domain.pin",
			"{\"domain\":\"web\",\"vcpu\":1,\"hard\":\"0\",\"force\":true}" },
		{ { "vcpu-pin", "web", "x", "0" } },
		{ { "mem-set", "web", "64" }, "domain.set_memory", "{\"domain\":\"web\",\"memory_kib\":65536}" },
		{ { "mem-set", "web", "2G" }, "domain.set_memory",
			"{\"domain\":\"web\",\"memory_kib\":2097152}" },
		{ { "mem-max", "web", "70000k" }, "domain.set_maxmem",
			"{\"domain\":\"web\",\"memory_kib\":70000}" },
		{ { "mem-max", "web", "4096b" }, "domain.set_maxmem", "{\"domain\":\"web\",\"memory_kib\":4}" },
		{ { "mem-set", "web", "64x" } }, { { "mem-set", "web", "64mm" } }, { { "mem-set", "web", "k" } },
		{ { "mem-set", "web", "99999999999999999999" } }, { { "mem-set", "web", "9999999999999t" } },
		{ { "sysrq", "web", "h" }, "domain.sysrq", "{\"domain\":\"web\",\"key\":\"h\"}" },
		{ { "trigger", "web", "nmi", "1" }, "domain.trigger",
			"{\"domain\":\"web\",\"trigger\":\"nmi\",\"vcpu\":1}" },
		{ { "trigger", "web", "nmi", "x" } }, { { "trigger", "web", "s3resume" } },
		{ { "sched-credit2", "-d", "web", "-w", "300" }, "domain.set_sched",
			"{\"domain\":\"web\",\"scheduler\":\"credit2\",\"weight\":300}" },
		{ { "sched-credit", "-dweb", "-c", "50", "-w1" }, "domain.set_sched",
			"{\"domain\":\"web\",\"scheduler\":\"credit\",\"weight\":1,\"cap\":50}" },
		{ { "sched-credit2", "-s", "-r", "100" }, "host.set_scheduler",
			"{\"scheduler\":\"credit2\",\"ratelimit_us\":100}" },
		{ { "sched-credit2", "-w", "300" } }, { { "sched-credit2", "-r", "100" } },
		{ { "sched-credit2", "-s", "-d", "web" } }, { { "sched-credit2", "-d", "web", "-w", "x" } },
		{ { "cpupool-list" }, "host.pools", "{}" },
		{ { "dump-core", "-L", "web", "/a" }, "domain.dump_core",
			"{\"domain\":\"web\",\"file\":\"/a\",\"live\":true}" },
		{ { "dump-core", "-CR", "web" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer p = { .answers = { HEAD "\"id\":1,\"result\":[]}\n" } };
		const char *const *w = cases[i].words;
		char want[256];

		if (!cases[i].method) {
			assert_int_equal(xm_ran(w[0], w[1], w[2], w[3], w[4], w[5], NULL), XM_FAILED);
			assert_memory_equal(xm_err, "Error: ", 7);
			continue;
		}
		peer_listen(&p);
		if (xm_ran(w[0], w[1], w[2], w[3], w[4], w[5], NULL) != XM_OK)
			fail_msg("case %zu: %s", i, xm_err);
		peer_end(&p);
		snprintf(want, sizeof(want), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}\n",
			cases[i].method, cases[i].params);
		assert_string_equal(p.requests, want);
	}
}

/* The other scheduler's command says which is there; ours asks for pools, then for domains. */
static void test_sched_shown(void **state)
{
	struct peer p = { .answers = {
		HEAD "\"id\":1,\"result\":[{\"name\":\"Pool-0\",\"scheduler\":\"credit2\",\"ratelimit_us\":7}]}\n",
		HEAD "\"id\":2,\"result\":[{\"name\":\"a\",\"domid\":4,\"scheduler\":\"credit2\","
		"\"pool\":\"Pool-0\",\"weight\":512,\"cap\":20}]}\n" } }, other = { .answers = { p.answers[0] } };

	peer_listen(&p);
	assert_int_equal(xm_ran("sched-credit2", NULL), XM_OK);
	peer_end(&p);
	assert_non_null(strstr(xm_out, "Cpupool Pool-0: ratelimit=7us\n"));
	assert_non_null(strstr(xm_out, "\na                                    4    512   20\n"));
	peer_listen(&other);
	assert_int_equal(xm_ran("sched-credit", NULL), XM_FAILED);
	peer_end(&other);
	assert_non_null(strstr(xm_err, "without the credit scheduler"));
}

static void test_list_command(void **state)
{
	struct peer p = { .answers = { HEAD "\"id\":1,\"result\":[{\"name\":\"a\",\"domid\":1,"
		"\"state\":\"r-----\"}]}\n" } }, again = p;

	peer_listen(&p);
	assert_int_equal(xm_ran("list", "a", NULL), XM_OK);
	peer_end(&p);
	assert_non_null(strstr(p.requests, "\"params\":{\"domains\":[\"a\"]}"));
	assert_non_null(strstr(xm_out, "\na                                            1     0     0"));
	peer_listen(&again);
	assert_int_equal(xm_ran("list", "--json", NULL), XM_OK);
	peer_end(&again);
	assert_memory_equal(xm_out, "[\n", 2);
}

/* Two are asked, the one without configuration and dom0 are not; a failure is said, and counts. */
static void test_shutdown_all(void **state)
{
	struct peer p = { .answers = {
		HEAD "\"id\":1,\"result\":[{\"domid\":0,\"config\":{}},{\"domid\":4,\"config\":null},"
		"{\"domid\":1,\"uuid\":\"u1\",\"config\":{}},{\"domid\":2,\"uuid\":\"u2\",\"config\":{}}]}\n",
		"", HEAD "\"id\":3,\"error\":{\"code\":-16,\"message\":\"domain b: no\"}}\n"
		HEAD "\"id\":2,\"result\":{}}\n" } };

	peer_listen(&p);
	assert_int_equal(xm_ran("shutdown", "-aw", NULL), XM_FAILED);
	peer_end(&p);
	assert_string_equal(xm_err, "Error: Domain b: no\n");
	assert_non_null(strstr(p.requests, "\"domain\":\"u1\",\"mode\":\"poweroff\",\"wait\":true"));
	assert_non_null(strstr(p.requests, "\"domain\":\"u2\""));
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void test_create_command(void **state)
{
	struct peer p = { .answers = { HEAD "\"id\":1,\"result\":{\"name\":\"two\",\"domid\":5}}\n" } };
	char path[128], want[256];

	snprintf(path, sizeof(path), "%s/web.cfg", dir);
	write_file(path, "kernel = '/k'\nbogus = 1\nmemory = 64\n");
	peer_listen(&p);
	assert_int_equal(xm_ran("create", path, "name=two", "memory=96", NULL), XM_OK);
	peer_end(&p);
	snprintf(want, sizeof(want), "Using config file \"%s\".\nStarted domain two (id=5)\n", path);
	assert_string_equal(xm_out, want);
	snprintf(want, sizeof(want), "Warning: keys without effect: bogus (%s:2)\n", path);
	assert_string_equal(xm_err, want);
	assert_non_null(strstr(p.requests, "\"name\":\"two\""));
	assert_non_null(strstr(p.requests, "\"memory_mib\":96"));
	write_file(path, "kernel = '/k'\nmemory = \n");
	assert_int_equal(xm_ran("create", "-q", path, NULL), XM_FAILED);
	snprintf(want, sizeof(want), "Error: %s:2:10: expected a value", path);
	assert_memory_equal(xm_err, want, strlen(want));
	unlink(path);
}

static void test_no_access(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (geteuid() == 0) {
		/* root may open anything; without its rights it may not */
		if (seteuid(65534))
			skip();
	}
	unlink(sock);
	strcpy(addr.sun_path, "/proc/1/cwd/sock");
	setenv("XEND_SOCKET", addr.sun_path, 1);
	assert_int_equal(xm_ran("list", NULL), XM_FAILED);
	setenv("XEND_SOCKET", sock, 1);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	close(fd);
	assert_string_equal(xm_err,
		"Error: Most commands need root access. Please try again as root.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing), cmocka_unit_test(test_oversized),
		cmocka_unit_test(test_long_list), cmocka_unit_test(test_rest),
		cmocka_unit_test(test_exit_codes), cmocka_unit_test(test_requests), cmocka_unit_test(test_sched_shown),
		cmocka_unit_test(test_list_command),
		cmocka_unit_test(test_shutdown_all), cmocka_unit_test(test_create_command),
		cmocka_unit_test(test_no_access),
	};

	return cmocka_run_group_tests(tests, serve_start, serve_end);
}

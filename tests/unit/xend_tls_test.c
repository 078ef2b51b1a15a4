/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_tls_test.c: xend-tls between two sockets: bytes pass both ways if the certificates are right; else the
 * plain side hears why, and not a byte of the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xend/migrate_tls.h"

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char dir[] = "/tmp/xend-tls-XXXXXX";
static char program[4096 + 32];

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void shell(const char *fmt, ...)
{
	char command[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command))
		fail_msg("%s", command);
}

#define NEW_KEY "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -batch 2>/dev/null"

static void authority(const char *name)
{
	shell("cd %s && %s -x509 -days 2 -subj /CN=%s -keyout %s.key -out %s.pem", dir, NEW_KEY, name, name, name);
}

/* A host's folder. */
static void host(const char *name, const char *ca, const char *names)
{
	shell("cd %s && mkdir %s && cp %s.pem %s/ca.pem && %s -subj /CN=x -keyout %s/key.pem -out %s/req && "
		"printf 'subjectAltName=%s\\n' > ext && openssl x509 -req -days 2 -in %s/req -CA %s.pem -CAkey %s.key "
		"-CAcreateserial -extfile ext -out %s/cert.pem 2>/dev/null && chmod -R go+rX .", dir, name, ca, name,
		NEW_KEY, name, name, names, name, ca, ca, name);
}

static int setup(void **state)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	assert_true(n > 0);
	self[n] = '\0';
	snprintf(program, sizeof(program), "%s/xend/xend-tls", dirname(dirname(self)));
	assert_non_null(mkdtemp(dir));
	authority("one");
	authority("two");
	host("a", "one", "DNS:alpha.example");
	host("b", "one", "DNS:beta.example,IP:10.0.0.2");
	host("stranger", "two", "DNS:alpha.example,DNS:beta.example");
	return 0;
}

static int teardown(void **state)
{
	shell("rm -r %s", dir);
	return 0;
}

/* Both ends of a connection over TLS, from the folder of one host to that of another. */
static void connect_hosts(const char *client, const char *server, const char *name, int *ret_client, int *ret_server)
{
	struct migrate_options options = { .tls_program = program };
	char path[2][64];
	int fds[2];

	snprintf(path[0], sizeof(path[0]), "%s/%s", dir, client);
	snprintf(path[1], sizeof(path[1]), "%s/%s", dir, server);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	options.tls_dir = path[1];
	assert_true(tls_available(path[1]));
	assert_int_equal(tls_accept(&options, fds[1], ret_server), 0);
	close(fds[1]);
	options.tls_dir = path[0];
	assert_int_equal(tls_start(&options, name, &fds[0]), 0);
	*ret_client = fds[0];
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void hears(int fd, const char *text)
{
	char buf[600] = "";
	size_t at = 0;
	ssize_t n;

	while (at < sizeof(buf) - 1 && !strstr(buf, text)) {
		n = recv(fd, buf + at, sizeof(buf) - 1 - at, 0);
		if (n <= 0)
			fail_msg("'%s' wanted, got '%s'", text, buf);
		at += (size_t)n;
	}
}

static void hears_the_end(int fd)
{
	char c;
	ssize_t n;

	do
		n = recv(fd, &c, 1, 0);
	while (n == 1);
	assert_true(n == 0 || errno == ECONNRESET);
}

static void test_bytes_pass(void **state)
{
	static char big[3 << 20];
	static const char *const names[] = { "beta.example", "10.0.0.2" };
	size_t at = 0;
	int c, s;

	for (int i = 0; i < 2; i++) {
		connect_hosts("a", "b", names[i], &c, &s);
		say(c, "hello\n");
		hears(s, "hello\n");
		say(s, "send\n");
		hears(c, "send\n");
		if (fork() == 0) {
			memset(big, 'x', sizeof(big));
			for (size_t n = 0; n < sizeof(big);)
				n += (size_t)send(c, big + n, sizeof(big) - n, 0);
			_exit(0);
		}
		close(c);
		for (ssize_t n = 1; n > 0; at += n > 0 ? (size_t)n : 0)
			n = recv(s, big, sizeof(big), 0);
		close(s);
	}
	assert_int_equal(at, 2 * sizeof(big));
}

static void test_the_end_passes(void **state)
{
	int c, s;

	connect_hosts("a", "b", "beta.example", &c, &s);
	say(c, "last words");
	close(c);
	hears(s, "last words");
	hears_the_end(s);
	close(s);
}

static void test_not_that_host(void **state)
{
	int c, s;

	connect_hosts("a", "b", "gamma.example", &c, &s);
	say(c, "secret");
	hears(c, "TLS: hostname mismatch");
	hears_the_end(c);
	hears(s, "\"tls\":true");
	hears_the_end(s);
	close(c);
	close(s);
}

static void test_strangers(void **state)
{
	int c, s;

	connect_hosts("stranger", "b", "beta.example", &c, &s);
	hears(c, "certificate");
	hears_the_end(c);
	hears_the_end(s);
	close(c);
	close(s);
	connect_hosts("a", "stranger", "beta.example", &c, &s);
	hears(c, "certificate");
	hears_the_end(c);
	hears_the_end(s);
	close(c);
	close(s);
}

static void test_what_is_no_tls(void **state)
{
	struct migrate_options options = { .tls_program = program };
	char path[64];
	int fds[2], plain;

	snprintf(path, sizeof(path), "%s/b", dir);
	options.tls_dir = path;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(tls_accept(&options, fds[1], &plain), 0);
	close(fds[1]);
	say(fds[0], "\x16 nonsense that is no hello at all, and long enough to be read as one");
	hears(plain, "TLS: ");
	hears_the_end(plain);
	close(plain);
	close(fds[0]);
}

static void test_no_program(void **state)
{
	struct migrate_options options = { .tls_program = "/none/such", .tls_dir = dir };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(tls_start(&options, "x", &fds[0]), 0);
	hears(fds[0], "xend-tls cannot be started");
	hears_the_end(fds[0]);
	close(fds[0]);
	close(fds[1]);
	assert_false(tls_available(dir));
	assert_false(tls_available(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_pass), cmocka_unit_test(test_the_end_passes),
		cmocka_unit_test(test_not_that_host), cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_what_is_no_tls), cmocka_unit_test(test_no_program),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

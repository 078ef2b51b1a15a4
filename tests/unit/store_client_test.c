/* SPDX-License-Identifier: GPL-2.0-only */
/* store_client_test.c: libxenstore, blocking and asynchronous, with a daemon in a child process
 * that is killed and started again. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "xenstore.h"
#include "xenstored/domain.h"
#include "xenstored/journal.h"
#include "xenstored/loop.h"

static char dir[] = "/tmp/store_client_test.XXXXXX";
static char socket_path[64], state_path[64];
static pid_t daemon_pid;

static void serve(int ready)
{
	struct store *s = store_new();

	if (loop_new(s) < 0 || journal_open(s, state_path) < 0)
		_exit(1);
	store_init_tree(s);
	journal_compact(s);
	if (loop_listen(s, socket_path) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	loop_run(s);
	_exit(0);
}

static void start_daemon(void)
{
	int fds[2];
	char c;

	assert_int_equal(pipe(fds), 0);
	daemon_pid = fork();
	if (daemon_pid == 0)
		serve(fds[1]);
	close(fds[1]);
	assert_int_equal(read(fds[0], &c, 1), 1);
	close(fds[0]);
}

static void kill_daemon(void)
{
	kill(daemon_pid, SIGKILL);
	waitpid(daemon_pid, NULL, 0);
}

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	sprintf(socket_path, "%s/socket", dir);
	sprintf(state_path, "%s/state", dir);
	setenv("XENSTORED_PATH", socket_path, 1);
	start_daemon();
	return 0;
}

static int teardown(void **state)
{
	kill_daemon();
	unlink(socket_path);
	unlink(state_path);
	return rmdir(dir);
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static void classic_calls(void **state)
{
	struct xs_permissions perms[] = { { 0, XS_PERM_NONE }, { 3, XS_PERM_READ } }, *got;
	struct xs_handle *h = xs_open(0);
	unsigned int len, num;
	char *value, **names;
	xs_transaction_t t;

	assert_non_null(h);
	assert_true(xs_write(h, XBT_NULL, "/c/bin", "a\0b", 3));
	value = xs_read(h, XBT_NULL, "/c/bin", &len);
	assert_int_equal(len, 3);
	assert_memory_equal(value, "a\0b", 4);
	free(value);
	assert_null(xs_read(h, XBT_NULL, "/c/none", &len));
	assert_int_equal(errno, ENOENT);
	assert_true(xs_mkdir(h, XBT_NULL, "/c/dir"));
	names = xs_directory(h, XBT_NULL, "/c", &num);
	assert_int_equal(num, 2);
	assert_string_equal(names[1], "dir");
	free(names);
	assert_true(xs_set_permissions(h, XBT_NULL, "/c/dir", perms, 2));
	got = xs_get_permissions(h, XBT_NULL, "/c/dir", &num);
	assert_int_equal(num, 2);
	assert_memory_equal(got, perms, sizeof(perms));
	free(got);
	t = xs_transaction_start(h);
	assert_true(xs_write(h, t, "/c/t", "1", 1));
	assert_null(xs_read(h, XBT_NULL, "/c/t", &len));
	assert_true(xs_transaction_end(h, t, true));
	assert_true(xs_rm(h, XBT_NULL, "/c"));
	value = xs_get_domain_path(h, 5);
	assert_string_equal(value, "/local/domain/5");
	free(value);
	assert_false(xs_is_domain_introduced(h, 5));
	assert_false(xs_introduce_domain(h, 5, 1, 1));
	assert_int_equal(errno, ENOSYS);
	assert_false(xs_write(h, XBT_NULL, "/bad path", "", 0));
	assert_int_equal(errno, EINVAL);
	xs_close(h);
}

static void large_directory(void **state)
{
	struct xs_handle *h = xs_open(0);
	char path[64], **names;
	unsigned int i, num;

	for (i = 0; i < 1000; i++) {
		sprintf(path, "/large/name-%04u", i);
		assert_true(xs_write(h, XBT_NULL, path, "", 0));
	}
	names = xs_directory(h, XBT_NULL, "/large", &num);
	assert_int_equal(num, 1000);
	for (i = 0; i < 1000; i++) {
		sprintf(path, "name-%04u", i);
		assert_string_equal(names[i], path);
	}
	free(names);
	xs_close(h);
}

/* An event that comes while an answer is awaited is queued, and the descriptor says so. */
static void blocking_watches(void **state)
{
	struct xs_handle *h = xs_open(XS_UNWATCH_FILTER);
	unsigned int num;
	char **event;

	assert_true(xs_watch(h, "/w", "token"));
	event = xs_read_watch(h, &num);
	assert_string_equal(event[XS_WATCH_PATH], "/w");
	assert_string_equal(event[XS_WATCH_TOKEN], "token");
	free(event);
	assert_null(xs_check_watch(h));
	assert_int_equal(errno, EAGAIN);
	assert_false(readable(xs_fileno(h), 0));
	assert_true(xs_write(h, XBT_NULL, "/w/x", "", 0));
	free(xs_read(h, XBT_NULL, "/w/x", NULL));
	assert_true(readable(xs_fileno(h), 1000));
	event = xs_check_watch(h);
	assert_string_equal(event[XS_WATCH_PATH], "/w/x");
	free(event);
	assert_false(readable(xs_fileno(h), 0));
	assert_true(xs_write(h, XBT_NULL, "/w/y", "", 0));
	assert_true(xs_unwatch(h, "/w", "token"));
	assert_null(xs_check_watch(h));
	xs_close(h);
}

/* A socket's relative paths are below domain 0's home, as watches report them: what QEMU's backends use. */
static void relative_paths(void **state)
{
	struct xs_handle *h = xs_open(0);
	unsigned int num;
	char **event, *value;

	assert_true(xs_write(h, XBT_NULL, "r/x", "1", 1));
	value = xs_read(h, XBT_NULL, "/local/domain/0/r/x", &num);
	assert_string_equal(value, "1");
	free(value);
	assert_true(xs_watch(h, "r", "token"));
	event = xs_read_watch(h, &num);
	assert_string_equal(event[XS_WATCH_PATH], "r");
	free(event);
	assert_true(xs_write(h, XBT_NULL, "/local/domain/0/r/y", "2", 1));
	event = xs_read_watch(h, &num);
	assert_string_equal(event[XS_WATCH_PATH], "r/y");
	free(event);
	assert_true(xs_rm(h, XBT_NULL, "r"));
	xs_close(h);
}

/* ---- the asynchronous client ------------------------------------------------------------------ */

struct seen {
	int calls, err, events;
	unsigned int len;
	char data[256], path[256];
};

static void done(struct xs_async *xa, int err, const char *data, unsigned int len, void *arg)
{
	struct seen *seen = arg;

	seen->calls++;
	seen->err = err;
	seen->len = len;
	snprintf(seen->data, sizeof(seen->data), "%s", data);
}

static void fired(struct xs_async_watch *w, const char *path, void *arg)
{
	struct seen *seen = arg;

	seen->events++;
	snprintf(seen->path, sizeof(seen->path), "%s", path ? path : "refused");
}

/* As an event loop would. */
static int pump(struct xs_async *xa, const int *until, int value)
{
	int tries, err = 0;

	for (tries = 0; tries < 100000 && *until < value && err == 0; tries++) {
		struct pollfd p = { .fd = xs_async_fd(xa), .events = POLLIN };

		if (xs_async_want_write(xa))
			p.events |= POLLOUT;
		poll(&p, 1, 100);
		err = xs_async_process(xa);
	}
	return err;
}

static void async_requests(void **state)
{
	struct xs_async *xa = xs_async_open();
	struct seen a = { 0 }, b = { 0 }, c = { 0 };
	char path[64];
	int i;

	assert_non_null(xa);
	assert_int_equal(xs_async_write(xa, 0, "/as/a", "value", 5, done, &a), 0);
	assert_int_equal(xs_async_read(xa, 0, "/as/a", done, &b), 0);
	assert_int_equal(xs_async_read(xa, 0, "/as/none", done, &c), 0);
	assert_int_equal(xs_async_pending(xa), 3);
	assert_int_equal(pump(xa, &c.calls, 1), 0);
	assert_int_equal(a.err, 0);
	assert_string_equal(b.data, "value");
	assert_int_equal(c.err, ENOENT);
	/* many under way, and a folder that needs parts */
	for (i = 0; i < 2000; i++) {
		sprintf(path, "/as/many/%d", i);
		assert_int_equal(xs_async_write(xa, 0, path, "", 0, done, &a), 0);
	}
	assert_int_equal(xs_async_directory(xa, 0, "/as/many", done, &b), 0);
	assert_int_equal(pump(xa, &b.calls, 2), 0);
	assert_int_equal(a.calls, 2001);
	assert_int_equal(b.err, 0);
	assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4 + 1000 * 5);
	assert_int_equal(xs_async_request(xa, XS_WRITE, 0, path, 5000, done, &a), -E2BIG);
	/* closing answers what is open */
	assert_int_equal(xs_async_read(xa, 0, "/as/a", done, &c), 0);
	xs_async_close(xa);
	assert_int_equal(c.err, ECANCELED);
}

static void async_watches(void **state)
{
	struct xs_async *xa = xs_async_open();
	struct seen a = { 0 }, b = { 0 }, c = { 0 };
	struct xs_async_watch *wa = xs_async_watch(xa, "/aw", fired, &a);
	struct xs_async_watch *wb = xs_async_watch(xa, "/aw/x", fired, &b);
	struct xs_async_watch *wc = xs_async_watch(xa, "bad path", fired, &c);

	assert_int_equal(pump(xa, &c.events, 1), 0);
	assert_string_equal(c.path, "refused");
	assert_int_equal(pump(xa, &b.events, 1), 0);
	assert_int_equal(xs_async_write(xa, 0, "/aw/x", "1", 1, NULL, NULL), 0);
	assert_int_equal(pump(xa, &b.events, 2), 0);
	assert_int_equal(pump(xa, &a.events, 2), 0);
	assert_string_equal(a.path, "/aw/x");
	xs_async_unwatch(wb);
	assert_int_equal(xs_async_write(xa, 0, "/aw/x", "2", 1, NULL, NULL), 0);
	assert_int_equal(pump(xa, &a.events, 3), 0);
	assert_int_equal(b.events, 2);
	xs_async_unwatch(wc);
	xs_async_unwatch(wa);
	xs_async_close(xa);
}

/* The daemon is killed: requests end with EPIPE, reopening finds what was there, watches hold. */
static void async_restart(void **state)
{
	struct xs_async *xa = xs_async_open();
	struct seen a = { 0 }, w = { 0 };

	assert_non_null(xs_async_watch(xa, "/ar", fired, &w));
	assert_int_equal(xs_async_write(xa, 0, "/ar/a", "kept", 4, done, &a), 0);
	assert_int_equal(pump(xa, &w.events, 2), 0);
	kill_daemon();
	assert_int_equal(xs_async_read(xa, 0, "/ar/a", done, &a), 0);
	assert_true(pump(xa, &a.calls, 3) < 0);
	assert_int_equal(a.err, EPIPE);
	assert_int_equal(xs_async_fd(xa), -1);
	assert_int_equal(xs_async_read(xa, 0, "/ar/a", done, &a), -ENOTCONN);
	assert_true(xs_async_reopen(xa) < 0);
	start_daemon();
	assert_int_equal(xs_async_reopen(xa), 0);
	assert_int_equal(pump(xa, &w.events, 3), 0);
	assert_int_equal(xs_async_read(xa, 0, "/ar/a", done, &a), 0);
	assert_int_equal(pump(xa, &a.calls, 3), 0);
	assert_int_equal(a.err, 0);
	assert_string_equal(a.data, "kept");
	xs_async_close(xa);
}

static void helpers(void **state)
{
	struct xs_permissions p[2];
	char text[XS_PERM_STRLEN];

	assert_true(xs_strings_to_perms(p, 2, "n0\0b17"));
	assert_true(xs_perm_to_string(&p[1], text, sizeof(text)));
	assert_string_equal(text, "b17");
	assert_false(xs_strings_to_perms(p, 1, "x1"));
	assert_false(xs_strings_to_perms(p, 1, "n"));
	assert_false(xs_strings_to_perms(p, 1, "n-1"));
	assert_false(xs_strings_to_perms(p, 1, "n99999999999"));
	assert_true(xs_path_is_subpath("/a", "/a/b"));
	assert_true(xs_path_is_subpath("/a", "/a"));
	assert_true(xs_path_is_subpath("/", "/a"));
	assert_false(xs_path_is_subpath("/a", "/ab"));
	assert_int_equal(xs_error_number("EAGAIN"), EAGAIN);
	assert_int_equal(xs_error_number("EWHATEVER"), EINVAL);
	assert_null(xs_error_name(EPIPE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classic_calls),
		cmocka_unit_test(large_directory),
		cmocka_unit_test(blocking_watches),
		cmocka_unit_test(relative_paths),
		cmocka_unit_test(async_requests),
		cmocka_unit_test(async_watches),
		cmocka_unit_test(async_restart),
		cmocka_unit_test(helpers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* console.c: bytes between our terminal and xend, both ways, until one side has enough.
 *
 * Standard input need not be a terminal: at its end the console stays, and what the domain writes
 * is still shown; the byte of Ctrl-] leaves in any case. */
#include "xm/console.h"
#include "xm/rpc.h"
#include "xm/xm.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE	0x1d	/* Ctrl-] */

static struct termios saved;
static volatile sig_atomic_t raw, stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
}

static void terminal_raw(void)
{
	struct termios t;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved) < 0)
		return;
	t = saved;
	cfmakeraw(&t);
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &t) == 0)
		raw = 1;
}

static void terminal_restore(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	raw = 0;
}

static int wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

/* The terminal may be non-blocking (we may share it). 0 or -Exxx. */
static int write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len && !stop_signal) {
		n = write(fd, data, len);
		if (n < 0 && errno == EAGAIN && !wait_for(fd, POLLOUT))
			continue;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* What was typed and xend has not taken yet. */
struct typed {
	char data[4096];
	size_t len;
	bool eof, leave;
};

static void read_input(struct typed *t)
{
	ssize_t n = read(STDIN_FILENO, t->data + t->len, sizeof(t->data) - t->len);
	char *escape;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		t->eof = true;
		return;
	}
	escape = memchr(t->data + t->len, ESCAPE, (size_t)n);
	t->len = escape ? (size_t)(escape - t->data) : t->len + (size_t)n;
	t->leave = t->eof = escape != NULL;
}

/* Without waiting: a guest that does not read must not keep us from showing what it writes. */
static int send_input(int fd, struct typed *t)
{
	ssize_t n = send(fd, t->data, t->len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	t->len -= (size_t)n;
	memmove(t->data, t->data + n, t->len);
	return 0;
}

/* 1: the domain is gone; 0 or -Exxx of our output. */
static int show_output(int fd)
{
	char buf[16384];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	return n <= 0 ? 1 : write_all(STDOUT_FILENO, buf, (size_t)n);
}

static int loop(int fd)
{
	struct typed t = { .len = 0 };
	struct pollfd p[2];
	int rc = 0;

	while (!rc && !stop_signal && !(t.leave && !t.len)) {
		p[0] = (struct pollfd){ .fd = fd, .events = (short)(POLLIN | (t.len ? POLLOUT : 0)) };
		p[1] = (struct pollfd){ .fd = t.eof || t.len == sizeof(t.data) ? -1 : STDIN_FILENO,
			.events = POLLIN };
		if (poll(p, 2, -1) < 0)
			continue;	/* a signal */
		if (p[0].revents & (POLLIN | POLLHUP | POLLERR))
			rc = show_output(fd);
		if (!rc && p[1].revents)
			read_input(&t);
		if (!rc && t.len && (p[0].revents & POLLOUT) && send_input(fd, &t) < 0)
			t.len = 0;	/* its end will be read */
	}
	return rc;
}

/* "100" lines or "16k" KiB. */
static int add_scrollback(struct json_object *params, const char *text)
{
	char *end;
	long n = text ? strtol(text, &end, 10) : 1;
	bool kib = text && end != text && *end == 'k';

	if (text && (end == text || n < 0 || n > 1 << 24 || end[kib]))
		return xm_error("Not a number of lines, or of KiB such as 16k: '%s'.", text);
	json_object_object_add(params, "backlog", json_object_new_boolean(n > 0));
	if (text && n)
		json_object_object_add(params, kib ? "kib" : "lines", json_object_new_int64(n));
	return XM_OK;
}

int console_attach(const char *domain, const struct console_want *want, struct rpc **ret_rpc, bool *ret_ended)
{
	struct json_object *params = xm_params("domain", domain), *result = NULL;
	struct rpc *rpc = NULL;
	int rc = add_scrollback(params, want->scrollback);

	if (!rc)
		rc = xm_connect(&rpc);
	if (rc) {
		json_object_put(params);
		return rc;
	}
	if (want->number)
		json_object_object_add(params, "number", json_object_new_int(want->number));
	if (want->readonly)
		json_object_object_add(params, "readonly", json_object_new_boolean(true));
	if (want->takeover)
		json_object_object_add(params, "takeover", json_object_new_boolean(true));
	if (want->ended && xm_bool(params, "backlog"))
		json_object_object_add(params, "ended", json_object_new_boolean(true));
	rc = rpc_call(rpc, "console.attach", params, &result);
	if (rc) {
		rc = xm_rpc_failed(rpc, rc, domain);
		rpc_close(rpc);
		return rc;
	}
	*ret_ended = xm_bool(result, "ended");
	if (!*ret_ended && !want->readonly && xm_get(result, "writer") && !xm_bool(result, "writer"))
		fprintf(stderr, "Somebody else types on this console: it is read-only here until they leave "
			"(-w takes it over).\n");
	json_object_put(result);
	*ret_rpc = rpc;
	return XM_OK;
}

int console_run(struct rpc *rpc, const char *domain, bool quiet)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction sa = { .sa_handler = on_signal };
	bool hint = !quiet && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	const char *rest;
	size_t len = rpc_rest(rpc, &rest);
	int rc;

	fflush(stdout);
	stop_signal = 0;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	if (hint)
		fprintf(stderr, "Console of %s; Ctrl-] leaves it.\n", domain);
	terminal_raw();
	rc = write_all(STDOUT_FILENO, rest, len);
	if (!rc)
		rc = loop(rpc_fd(rpc));
	terminal_restore();
	rpc_close(rpc);
	if (hint)
		fprintf(stderr, "\n");
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	if (stop_signal == SIGTERM || stop_signal == SIGHUP)
		return XM_FAILED;
	return rc < 0 && rc != -EPIPE ? xm_error("Cannot write the console's output: %s",
		strerror(-rc)) : XM_OK;
}

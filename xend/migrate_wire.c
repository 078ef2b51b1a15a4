/* SPDX-License-Identifier: GPL-2.0-only */
/* migrate_wire.c: lines between two hosts, for workers: they may wait, but not for ever. */
#include "xend/migrate.h"
#include "xend/rpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "util/hostlist.h"
#include "xend/migrate_tls.h"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void wire_timeouts(int fd, int seconds)
{
	struct timeval tv = { seconds, 0 };

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

void wire_keep_alive(int fd)
{
	const int one = 1, idle = 10, count = 4, interval = 5, unacked_ms = 30000;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof(unacked_ms));
}

/* ---- lines --------------------------------------------------------------------------------------- */

static int wait_readable(int fd, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left = until - now_ms();
	int n = poll(&p, 1, left > 0 ? (int)left : 0);

	if (n < 0 && errno == EINTR)
		return 0;
	return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

/* Up to the newline and no further: what follows may be the guest. A line is short or the first of its
 * kind, so looking at what has come first costs nothing that counts. */
static int read_line(int fd, int seconds, char **ret_line, size_t *ret_len)
{
	int64_t until = now_ms() + seconds * 1000LL;
	size_t len = 0, room = 4096;
	char *line = malloc(room), *end;
	ssize_t n;
	int rc = line ? 0 : -ENOMEM;

	while (!rc) {
		if (len == room && room < MIGRATE_LINE_MAX) {
			char *more = realloc(line, room * 2);

			rc = more ? 0 : -ENOMEM;
			line = more ? more : line;
			room *= more ? 2 : 1;
		}
		if (!rc && len == room)
			rc = -EMSGSIZE;
		if (!rc)
			rc = wait_readable(fd, until);
		if (rc)
			break;
		n = recv(fd, line + len, room - len, MSG_PEEK);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			rc = n < 0 ? -errno : -ENODATA;
			break;
		}
		end = memchr(line + len, '\n', (size_t)n);
		n = recv(fd, line + len, end ? (size_t)(end + 1 - line) - len : (size_t)n, 0);
		if (n > 0)
			len += (size_t)n;
		if (end && n > 0 && line[len - 1] == '\n')
			break;
	}
	if (rc) {
		free(line);
		return rc;
	}
	line[len - 1] = '\0';
	*ret_line = line;
	*ret_len = len;
	return 0;
}

int wire_read(int fd, int seconds, struct json_object **ret, char *why, size_t size)
{
	char *line;
	size_t len;
	int rc = read_line(fd, seconds, &line, &len);

	if (rc) {
		if (rc == -ETIMEDOUT)
			snprintf(why, size, "no word from the other host within %d s", seconds);
		else
			snprintf(why, size, "%s%s", rc == -ENODATA ? "the other host hung up" :
				"reading from the other host: ", rc == -ENODATA ? "" : strerror(-rc));
		return rc;
	}
	*ret = json_tokener_parse(line);
	free(line);
	if (json_object_is_type(*ret, json_type_object))
		return 0;
	json_object_put(*ret);
	snprintf(why, size, "what the other host says is no answer: is that xend?");
	return -EPROTO;
}

int wire_write(int fd, struct json_object *o)
{
	size_t len, at = 0;
	const char *text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, &len);
	char *line = malloc(len + 1);
	int rc = line ? 0 : -ENOMEM;

	if (line) {
		memcpy(line, text, len);
		line[len++] = '\n';
	}
	while (!rc && at < len) {
		ssize_t n = send(fd, line + at, len - at, MSG_NOSIGNAL);

		if (n > 0)
			at += (size_t)n;
		else if (errno != EINTR)
			rc = errno == EAGAIN ? -ETIMEDOUT : -errno;
	}
	free(line);
	json_object_put(o);
	return rc;
}

struct json_object *wire_step(const char *step)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "step", json_object_new_string(step));
	return o;
}

struct json_object *wire_error(int err, const char *text)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "error", json_object_new_string(text));
	json_object_object_add(o, "errno", json_object_new_string(errno_name(err)));
	return o;
}

const char *wire_string(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string)
		? json_object_get_string(v) : "";
}

/* Numbers of errors are not the same everywhere: their names are. */
static int errno_of(const char *name)
{
	for (int e = 1; e < 134; e++)
		if (!strcmp(errno_name(e), name))
			return -e;
	return -EREMOTEIO;
}

int wire_expect(struct json_object *o, const char *step, char *why, size_t size)
{
	if (!strcmp(wire_string(o, "step"), step))
		return 0;
	if (*wire_string(o, "error")) {
		snprintf(why, size, "%s%.400s", json_object_object_get_ex(o, "tls", NULL) ? "" :
			"the other host says: ", wire_string(o, "error"));
		return errno_of(wire_string(o, "errno"));
	}
	snprintf(why, size, "the other host says '%.40s', and '%s' was awaited", wire_string(o, "step"), step);
	return -EPROTO;
}

/* ---- connecting ----------------------------------------------------------------------------------- */

static int connect_one(const struct addrinfo *ai, int *ret_fd)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	wire_timeouts(fd, MIGRATE_CONNECT_S);	/* connect() keeps it, too */
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) < 0) {
		int rc = errno == EINPROGRESS || errno == EAGAIN ? -ETIMEDOUT : -errno;

		close(fd);
		return rc;
	}
	wire_keep_alive(fd);
	*ret_fd = fd;
	return 0;
}

/* With our certificates, or without any if our configuration names that host. */
static int secure(const struct migrate_options *opt, const char *host, const struct addrinfo *ai, int *fd,
	char *why, size_t size)
{
	if (tls_available(opt->tls_dir) && !hostlist_has(opt->hosts, ai->ai_addr))
		return tls_start(opt, host, fd);
	if (hostlist_has(opt->hosts, ai->ai_addr))
		return 0;
	snprintf(why, size, "there is no certificate in %s, and xend.conf's migrate-hosts does not name %s",
		opt->tls_dir ? opt->tls_dir : "(none)", host);
	return -EACCES;
}

int wire_connect(const struct migrate_options *opt, const char *host, unsigned int port, int *ret_fd,
	char *why, size_t size)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *ai;
	char service[8];
	int rc, fd = -1;

	snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(host, service, &hints, &list);
	if (rc) {
		snprintf(why, size, "%s: %s", host, gai_strerror(rc));
		return -EHOSTUNREACH;
	}
	rc = -EHOSTUNREACH;
	for (ai = list; ai; ai = ai->ai_next) {
		rc = connect_one(ai, &fd);
		if (!rc)
			break;
	}
	if (rc)
		snprintf(why, size, "%s, port %u: %s%s", host, port, strerror(-rc),
			rc == -ECONNREFUSED ? " (does its xend take guests? see xend.conf there)" : "");
	if (!rc)
		rc = secure(opt, host, ai, &fd, why, size);
	freeaddrinfo(list);
	if (rc && fd >= 0)
		close(fd);
	if (!rc)
		*ret_fd = fd;
	return rc;
}

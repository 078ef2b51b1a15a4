/* SPDX-License-Identifier: GPL-2.0-only */
/* qmp.c: QEMU's monitor protocol: a JSON object a line, both ways. The program serves a guest that may have
 * taken it over: what it says is bounded, in length, in number and in time. */
#include "xend/qmp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_S    30		/* QEMU may be starting on a busy host */
#define MESSAGE_MAX 64		/* events before an answer */

static int bad(char *why, size_t size, int err, const char *what)
{
	snprintf(why, size, "QEMU's monitor: %s: %s", what, strerror(-err));
	return err;
}

/* The next line in buf, without its end; the rest stays behind it. */
static int read_line(struct qmp *q, char *line, size_t room)
{
	char *end;
	size_t len;
	ssize_t n;

	while (!(end = memchr(q->buf, '\n', q->len))) {
		if (q->len == sizeof(q->buf))
			return -EMSGSIZE;
		n = recv(q->fd, q->buf + q->len, sizeof(q->buf) - q->len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? errno == EAGAIN ? -ETIMEDOUT : -errno : -EPIPE;
		q->len += (size_t)n;
	}
	len = (size_t)(end - q->buf);
	if (len >= room)
		return -EMSGSIZE;
	memcpy(line, q->buf, len);
	line[len] = '\0';
	q->len -= len + 1;
	memmove(q->buf, end + 1, q->len);
	return 0;
}

/* 1: not an answer. */
static int take_message(const char *line, const char *command, struct json_object **ret_return, char *why,
	size_t size)
{
	struct json_object *o = json_tokener_parse(line), *v, *desc;
	int rc = 1;

	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return bad(why, size, -EPROTO, command);
	}
	if (json_object_object_get_ex(o, "return", &v)) {
		if (ret_return)
			*ret_return = json_object_get(v);
		rc = 0;
	} else if (json_object_object_get_ex(o, "error", &v)) {
		if (!json_object_object_get_ex(v, "desc", &desc))
			desc = NULL;
		snprintf(why, size, "QEMU's monitor: %s: %.200s", command,
			desc ? json_object_get_string(desc) : "failed");
		rc = -EIO;
	}
	json_object_put(o);
	return rc;
}

int qmp_call(struct qmp *q, const char *command, struct json_object *arguments, struct json_object **ret_return,
	char *why, size_t size)
{
	struct json_object *o = json_object_new_object();
	char line[sizeof(q->buf)];
	const char *text;
	size_t len;
	int rc;

	json_object_object_add(o, "execute", json_object_new_string(command));
	if (arguments)
		json_object_object_add(o, "arguments", arguments);
	text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, &len);
	rc = send(q->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len && send(q->fd, "\n", 1, MSG_NOSIGNAL) == 1
		? 0 : -errno;
	json_object_put(o);
	if (rc)
		return bad(why, size, rc, command);
	for (int i = 0; i < MESSAGE_MAX; i++) {
		rc = read_line(q, line, sizeof(line));
		if (rc)
			return bad(why, size, rc, command);
		rc = take_message(line, command, ret_return, why, size);
		if (rc <= 0)
			return rc;
	}
	return bad(why, size, -EPROTO, command);
}

int qmp_connect(const char *path, struct qmp *ret_qmp, char *why, size_t size)
{
	static const struct timeval patience = { ANSWER_S, 0 };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct qmp *q = ret_qmp;
	int rc;

	if (strlen(path) >= sizeof(sa.sun_path))
		return bad(why, size, -ENAMETOOLONG, path);
	strcpy(sa.sun_path, path);
	q->len = 0;
	q->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (q->fd < 0)
		return bad(why, size, -errno, "socket");
	if (setsockopt(q->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(q->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(q->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		rc = bad(why, size, -errno, path);
	else
		rc = qmp_call(q, "qmp_capabilities", NULL, NULL, why, size);
	if (rc)
		qmp_close(q);
	return rc;
}

void qmp_close(struct qmp *q)
{
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* rpc.c: the connection to xend. */
#include "xm/rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct rpc {
	int fd;
	int64_t last_id;
	char *buf;		/* received and not read yet */
	size_t len, size;
	struct rpc_error error;
};

const char *rpc_socket_path(void)
{
	const char *path = getenv("XEND_SOCKET");

	return path && *path ? path : "/run/xend/xend.sock";
}

struct rpc *rpc_from_fd(int fd)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));

	if (!rpc) {
		close(fd);
		return NULL;
	}
	rpc->fd = fd;
	return rpc;
}

int rpc_open(struct rpc **ret_rpc)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = rpc_socket_path();
	int fd, rc;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	while (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		rc = -errno;
		if (rc == -EINTR)
			continue;
		close(fd);
		return rc;
	}
	*ret_rpc = rpc_from_fd(fd);
	return *ret_rpc ? 0 : -ENOMEM;
}

void rpc_close(struct rpc *rpc)
{
	if (!rpc)
		return;
	close(rpc->fd);
	free(rpc->buf);
	free(rpc);
}

int rpc_fd(const struct rpc *rpc)
{
	return rpc->fd;
}

const struct rpc_error *rpc_last_error(const struct rpc *rpc)
{
	return &rpc->error;
}

void rpc_set_error(struct rpc *rpc, const struct rpc_error *error)
{
	rpc->error = *error;
}

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int rpc_send(struct rpc *rpc, const char *method, struct json_object *params, int64_t *ret_id)
{
	struct json_object *o = json_object_new_object();
	const char *text;
	char *line = NULL;
	size_t len;
	int rc;

	json_object_object_add(o, "jsonrpc", json_object_new_string("2.0"));
	json_object_object_add(o, "id", json_object_new_int64(++rpc->last_id));
	json_object_object_add(o, "method", json_object_new_string(method));
	json_object_object_add(o, "params", params ? params : json_object_new_object());
	text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN |
		JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	rc = text ? 0 : -ENOMEM;
	if (!rc && len + 1 > RPC_LINE_MAX)
		rc = -EMSGSIZE;
	if (!rc && !(line = malloc(len + 1)))
		rc = -ENOMEM;
	if (!rc) {
		memcpy(line, text, len);
		line[len] = '\n';
		rc = write_all(rpc->fd, line, len + 1);
	}
	free(line);
	json_object_put(o);
	if (!rc)
		*ret_id = rpc->last_id;
	return rc;
}

int rpc_pending(const struct rpc *rpc)
{
	return rpc->len && memchr(rpc->buf, '\n', rpc->len);
}

/* Reads until a whole line is in the buffer; its length without the newline. */
static int fill_line(struct rpc *rpc, size_t *ret_len)
{
	size_t searched = 0;
	char *newline, *more;
	ssize_t n;

	for (;;) {
		newline = rpc->len > searched ? memchr(rpc->buf + searched, '\n', rpc->len - searched)
					      : NULL;
		if (newline) {
			*ret_len = (size_t)(newline - rpc->buf);
			return 0;
		}
		searched = rpc->len;
		if (rpc->len >= RPC_ANSWER_MAX)
			return -EFBIG;
		if (rpc->len == rpc->size) {
			more = realloc(rpc->buf, rpc->size ? rpc->size * 2 : 4096);
			if (!more)
				return -ENOMEM;
			rpc->buf = more;
			rpc->size = rpc->size ? rpc->size * 2 : 4096;
		}
		n = read(rpc->fd, rpc->buf + rpc->len, rpc->size - rpc->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 || errno == ECONNRESET ? -EPIPE : -errno;
		rpc->len += (size_t)n;
	}
}

static void drop(struct rpc *rpc, size_t len)
{
	rpc->len -= len;
	memmove(rpc->buf, rpc->buf + len, rpc->len);
}

static struct json_object *member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *v;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v))
		return NULL;
	return json_object_is_type(v, type) ? v : NULL;
}

static int read_error(struct json_object *o, struct rpc_error *ret)
{
	struct json_object *code = member(o, "code", json_type_int), *domain,
			   *message = member(o, "message", json_type_string);

	if (!code || !message || !json_object_get_int(code))
		return -EPROTO;
	domain = member(member(o, "data", json_type_object), "domain", json_type_string);
	ret->code = json_object_get_int(code);
	snprintf(ret->message, sizeof(ret->message), "%s", json_object_get_string(message));
	snprintf(ret->domain, sizeof(ret->domain), "%s", domain ? json_object_get_string(domain) : "");
	return 0;
}

/* One parsed line to a message, or -EPROTO. */
static int read_message(struct json_object *o, struct rpc_message *ret)
{
	struct json_object *id = member(o, "id", json_type_int), *body,
			   *error = member(o, "error", json_type_object);
	struct rpc_message m = { .id = -1 };
	int rc = 0;

	if (!json_object_is_type(o, json_type_object))
		return -EPROTO;
	if (id)
		m.id = json_object_get_int64(id);
	if (error)			/* one without an id: the request could not be read */
		rc = read_error(error, &m.error);
	else if (id && json_object_object_get_ex(o, "result", &body))
		m.body = json_object_get(body);
	else if (!id && member(o, "method", json_type_string))
		m.body = json_object_get(member(o, "params", json_type_object));
	else
		rc = -EPROTO;
	if (!rc)
		*ret = m;
	return rc;
}

int rpc_receive(struct rpc *rpc, struct rpc_message *ret)
{
	struct json_tokener *tok;
	struct json_object *o;
	size_t len = 0;
	int rc = fill_line(rpc, &len);

	if (rc)
		return rc;
	tok = json_tokener_new();
	if (!tok)
		return -ENOMEM;
	o = json_tokener_parse_ex(tok, rpc->buf, (int)len);
	rc = o && json_tokener_get_parse_end(tok) == len ? read_message(o, ret) : -EPROTO;
	json_object_put(o);
	json_tokener_free(tok);
	drop(rpc, len + 1);
	return rc;
}

int rpc_call(struct rpc *rpc, const char *method, struct json_object *params,
	struct json_object **ret_result)
{
	struct rpc_message m;
	int64_t id;
	int rc = rpc_send(rpc, method, params, &id);

	memset(&rpc->error, 0, sizeof(rpc->error));
	while (!rc) {
		rc = rpc_receive(rpc, &m);
		if (rc)
			break;
		if (m.error.code) {
			rpc->error = m.error;
			return -EREMOTEIO;
		}
		if (m.id == id) {
			*ret_result = m.body;
			return 0;
		}
		json_object_put(m.body);
	}
	return rc;
}

size_t rpc_rest(struct rpc *rpc, const char **ret_data)
{
	*ret_data = rpc->buf;
	return rpc->len;
}

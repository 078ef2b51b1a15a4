/* SPDX-License-Identifier: GPL-2.0-only */
/* rpc_call.c: one request: parsing, checks against its method's row, its answer. */
#include "xend/rpc.h"
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RPC_MAX_DEPTH 16

struct rpc_call {
	struct rpc_call *next;		/* rpc_call_link() */
	struct rpc_conn *conn;		/* NULL after a hang-up */
	struct rpc_peer peer;
	void *arg;
	const struct rpc_method *method;
	struct json_object *id;		/* NULL: a notification, not answered */
	bool notification;
};

struct rpc_call **rpc_call_link(struct rpc_call *call)
{
	return &call->next;
}

void rpc_call_orphan(struct rpc_call *call)
{
	call->conn = NULL;
}

struct rpc_conn *rpc_call_conn(struct rpc_call *call)
{
	return call->conn;
}

const struct rpc_peer *rpc_call_peer(struct rpc_call *call)
{
	return &call->peer;
}

void *rpc_call_arg(struct rpc_call *call)
{
	return call->arg;
}

const char *rpc_call_method(struct rpc_call *call)
{
	return call->method->name;
}

const char *errno_name(int err)
{
	const char *name = strerrorname_np(err < 0 ? -err : err);

	return name && err ? name : "EIO";
}

static struct json_object *message_new(struct json_object *id)
{
	struct json_object *m = json_object_new_object();

	json_object_object_add(m, "jsonrpc", json_object_new_string("2.0"));
	json_object_object_add(m, "id", json_object_get(id));
	return m;
}

static struct json_object *error_new(enum rpc_code code, const char *text, int err,
	const char *domain)
{
	struct json_object *e = json_object_new_object(), *data;

	json_object_object_add(e, "code", json_object_new_int(code));
	json_object_object_add(e, "message", json_object_new_string(text));
	if (err) {
		data = json_object_new_object();
		json_object_object_add(data, "error", json_object_new_string(errno_name(err)));
		if (domain)
			json_object_object_add(data, "domain", json_object_new_string(domain));
		json_object_object_add(e, "data", data);
	}
	return e;
}

void rpc_send_error(struct rpc_conn *conn, struct json_object *id, enum rpc_code code,
	const char *text)
{
	struct json_object *m = message_new(id);

	json_object_object_add(m, "error", error_new(code, text, 0, NULL));
	rpc_conn_send(conn, m);
	json_object_put(m);
}

/* Sends `what` under `key` and ends the call; takes `what` over. */
static void call_end(struct rpc_call *call, const char *key, struct json_object *what)
{
	struct json_object *m = message_new(call->id);

	json_object_object_add(m, key, what);
	if (call->conn) {
		if (!call->notification)
			rpc_conn_send(call->conn, m);
		rpc_conn_del_call(call->conn, call);
	}
	json_object_put(m);
	json_object_put(call->id);
	free(call);
}

void rpc_result(struct rpc_call *call, struct json_object *result)
{
	call_end(call, "result", result ? result : json_object_new_object());
}

void rpc_error(struct rpc_call *call, enum rpc_code code, int err, const char *domain,
	const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_debug("rpc", "%s from pid %d: %s", call->method->name, (int)call->peer.pid, text);
	call_end(call, "error", error_new(code, text, err, domain));
}

void rpc_notify(struct rpc_conn *conn, const char *method, struct json_object *params)
{
	struct json_object *m = json_object_new_object();

	json_object_object_add(m, "jsonrpc", json_object_new_string("2.0"));
	json_object_object_add(m, "method", json_object_new_string(method));
	json_object_object_add(m, "params", json_object_get(params));
	rpc_conn_send(conn, m);
	json_object_put(m);
}

struct bufferevent *rpc_take_stream(struct rpc_call *call, struct json_object *result)
{
	struct rpc_conn *conn = call->conn;

	if (!conn || rpc_conn_pending(conn) != 1 || call->notification) {
		json_object_put(result);
		rpc_error(call, RPC_STATE, EBUSY, NULL,
			"%s: other answers are still to come on this connection",
			call->method->name);
		return NULL;
	}
	rpc_result(call, result);
	return rpc_conn_release(conn);
}

static bool ref_ok(struct json_object *v)
{
	return json_object_is_type(v, json_type_int) ||
	       (json_object_is_type(v, json_type_string) &&
		strlen(json_object_get_string(v)) == (size_t)json_object_get_string_len(v));
}

static bool refs_ok(struct json_object *v)
{
	if (!json_object_is_type(v, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(v); i++)
		if (!ref_ok(json_object_array_get_idx(v, i)))
			return false;
	return true;
}

static bool param_ok(enum rpc_type type, struct json_object *v)
{
	switch (type) {
	case RPC_STRING:
		return json_object_is_type(v, json_type_string) && ref_ok(v);
	case RPC_INT:
		return json_object_is_type(v, json_type_int);
	case RPC_BOOL:
		return json_object_is_type(v, json_type_boolean);
	case RPC_OBJECT:
		return json_object_is_type(v, json_type_object);
	case RPC_REF:
		return ref_ok(v);
	case RPC_REFS:
		return refs_ok(v);
	}
	return false;
}

static const char *const type_names[] = {
	"a string", "an integer", "a boolean", "an object", "a domain's name, id or uuid",
	"a list of domains",
};

static const struct rpc_param *param_find(const struct rpc_method *m, const char *name)
{
	for (size_t i = 0; i < sizeof(m->params) / sizeof(m->params[0]) && m->params[i].name; i++)
		if (!strcmp(m->params[i].name, name))
			return &m->params[i];
	return NULL;
}

/* Every parameter is known and of its type, every required one is there. On failure writes why. */
static int params_check(const struct rpc_method *m, struct json_object *params, char *why,
	size_t size)
{
	const struct rpc_param *p;

	json_object_object_foreach(params, key, value) {
		p = param_find(m, key);
		if (!p) {
			snprintf(why, size, "%s: unknown parameter '%.64s'", m->name, key);
			return -EINVAL;
		}
		if (!param_ok(p->type, value)) {
			snprintf(why, size, "%s: parameter '%s' must be %s", m->name, key,
				type_names[p->type]);
			return -EINVAL;
		}
	}
	for (size_t i = 0; i < sizeof(m->params) / sizeof(m->params[0]) && m->params[i].name; i++) {
		p = &m->params[i];
		if (p->required && !json_object_object_get_ex(params, p->name, NULL)) {
			snprintf(why, size, "%s: parameter '%s' is missing", m->name, p->name);
			return -EINVAL;
		}
	}
	return 0;
}

static bool right_ok(struct rpc_call *call, const struct rpc_server_config *config,
	struct json_object *params)
{
	struct json_object *ref = NULL;

	if (call->peer.admin || call->method->right == RIGHT_ALL ||
	    call->method->right == RIGHT_FILTER)
		return true;
	if (call->method->right == RIGHT_OWNER && config->check_owner &&
	    json_object_object_get_ex(params, "domain", &ref))
		return config->check_owner(call, ref) == 0;
	rpc_error(call, RPC_ACCESS, EACCES, NULL,
		"%s: uid %u may not do that (root and group xen may)", call->method->name,
		call->peer.uid);
	return false;
}

static const struct rpc_method *method_find(const struct rpc_method *m, const char *name)
{
	for (; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

static void call_run(struct rpc_conn *conn, const struct rpc_method *method, struct json_object *id,
	bool notification, struct json_object *params)
{
	const struct rpc_server_config *config = rpc_conn_config(conn);
	struct rpc_call *call = calloc(1, sizeof(*call));

	if (!call) {
		rpc_send_error(conn, id, RPC_FAILED, "out of memory");
		return;
	}
	call->conn = conn;
	call->peer = *rpc_conn_peer(conn);
	call->arg = config->arg;
	call->method = method;
	call->id = json_object_get(id);
	call->notification = notification;
	rpc_conn_add_call(conn, call);
	if (right_ok(call, config, params))
		method->run(call, params);
}

/* The envelope: {"jsonrpc":"2.0","id":ID,"method":NAME,"params":{...}} and nothing else. */
static const char *envelope_check(struct json_object *m)
{
	struct json_object *v;

	if (json_object_is_type(m, json_type_array))
		return "batches are not supported: send one object a line";
	if (!json_object_is_type(m, json_type_object))
		return "a request is an object";
	json_object_object_foreach(m, key, value) {
		if (strcmp(key, "jsonrpc") && strcmp(key, "id") && strcmp(key, "method") &&
		    strcmp(key, "params"))
			return "a request has jsonrpc, id, method and params only";
		if (!strcmp(key, "id") && value && !json_object_is_type(value, json_type_string) &&
		    !json_object_is_type(value, json_type_int))
			return "id is a string, an integer or null";
	}
	if (!json_object_object_get_ex(m, "jsonrpc", &v) ||
	    !json_object_is_type(v, json_type_string) || strcmp(json_object_get_string(v), "2.0"))
		return "jsonrpc must be \"2.0\"";
	if (!json_object_object_get_ex(m, "method", &v) ||
	    !json_object_is_type(v, json_type_string))
		return "method is missing or not a string";
	if (json_object_object_get_ex(m, "params", &v) && !json_object_is_type(v, json_type_object))
		return "params must be an object (named parameters)";
	return NULL;
}

static void dispatch_message(struct rpc_conn *conn, struct json_object *m)
{
	struct json_object *id = NULL, *params = NULL, *name;
	const struct rpc_method *method;
	const char *bad = envelope_check(m);
	char why[256];
	bool has_id = false;

	if (json_object_is_type(m, json_type_object))
		has_id = json_object_object_get_ex(m, "id", &id);
	if (bad) {
		if (id && !json_object_is_type(id, json_type_string) &&
		    !json_object_is_type(id, json_type_int))
			id = NULL;
		rpc_send_error(conn, id, RPC_INVALID, bad);
		return;
	}
	json_object_object_get_ex(m, "method", &name);
	method = method_find(rpc_conn_config(conn)->methods, json_object_get_string(name));
	if (!method) {
		snprintf(why, sizeof(why), "unknown method '%.64s'", json_object_get_string(name));
		rpc_send_error(conn, id, RPC_NO_METHOD, why);
		return;
	}
	if (json_object_object_get_ex(m, "params", &params))
		json_object_get(params);
	else
		params = json_object_new_object();
	if (params_check(method, params, why, sizeof(why)))
		rpc_send_error(conn, id, RPC_PARAMS, why);
	else
		call_run(conn, method, id, !has_id, params);
	json_object_put(params);
}

static bool line_blank(const char *line, size_t len)
{
	return strspn(line, " \t\r") == len;
}

bool rpc_dispatch(struct rpc_conn *conn, const char *line, size_t len)
{
	struct json_tokener *tok;
	struct json_object *m;
	enum json_tokener_error jerr;
	size_t used;
	char why[160];

	if (line_blank(line, len))
		return true;
	tok = json_tokener_new_ex(RPC_MAX_DEPTH);
	if (!tok)
		return false;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* The terminating NUL is passed too: it ends a bare number, and one inside is an error. */
	m = json_tokener_parse_ex(tok, line, (int)len + 1);
	jerr = json_tokener_get_error(tok);
	used = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (jerr != json_tokener_success || used < len - strspn(line + used, " \t\r")) {
		json_object_put(m);
		snprintf(why, sizeof(why), "not JSON at byte %zu: %s", used,
			jerr == json_tokener_success ? "more text after the object"
						     : json_tokener_error_desc(jerr));
		rpc_send_error(conn, NULL, RPC_PARSE, why);
		return true;
	}
	dispatch_message(conn, m);
	json_object_put(m);
	return true;
}

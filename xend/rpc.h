/* SPDX-License-Identifier: GPL-2.0-only */
/* rpc.h: the JSON-RPC 2.0 server: connections, framing, limits, the method table's shape, replies.
 *
 * A call outlives its connection: when the client hangs up, the call stays valid and its answer goes
 * nowhere. Every call is ended exactly once, by rpc_result() or rpc_error(). */
#ifndef XEND_RPC_H
#define XEND_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <json-c/json.h>

#define RPC_MAX_LINE	  (1u << 20)	/* one request */
#define RPC_MAX_OUTPUT	  (8u << 20)	/* unread answers and events before the connection is dropped */
#define RPC_PAUSE_OUTPUT  (1u << 20)	/* unread answers before we stop reading requests */
#define RPC_MAX_CONNS	  512
#define RPC_MAX_STRANGERS 128		/* connections of those who are not root or xen */
#define RPC_MAX_PENDING	  128		/* unanswered requests of one connection ... */
#define RPC_ADMIN_PENDING 4096		/* ... of root or xen: xm shutdown -a -w has one for each domain */
#define RPC_SEND_TIMEOUT  60		/* seconds a client may leave answers unread */

/* JSON-RPC's own codes, then ours (xend-rpc(7)). */
enum rpc_code {
	RPC_PARSE = -32700, RPC_INVALID = -32600, RPC_NO_METHOD = -32601, RPC_PARAMS = -32602,
	RPC_FAILED = -1, RPC_NO_DOMAIN = -3, RPC_ACCESS = -13, RPC_STATE = -16, RPC_EXISTS = -17,
};

enum rpc_type { RPC_STRING, RPC_INT, RPC_BOOL, RPC_OBJECT, RPC_REF, RPC_REFS };

struct rpc_param {
	const char *name;
	enum rpc_type type;
	bool required;
};

/* Who may call: anybody; root and group xen; those and the owner of the domain named by the
 * "domain" parameter; anybody, and the handler leaves out what is not the caller's. */
enum rpc_right { RIGHT_ALL, RIGHT_ADMIN, RIGHT_OWNER, RIGHT_FILTER };

struct rpc_call;
struct domain_ref;	/* core.h */

struct rpc_method {
	const char *name;
	enum rpc_right right;
	void (*run)(struct rpc_call *call, struct json_object *params);
	struct rpc_param params[9];	/* ends at the first row without a name */
};

struct rpc_peer {
	uid_t uid;
	pid_t pid;
	bool admin;
};

struct rpc_server;
struct rpc_conn;

struct rpc_server_config {
	struct event_base *base;
	const char *path;
	const struct rpc_method *methods;	/* ends with a row without a name */
	void *arg;				/* rpc_call_arg() */
	/* May this peer act on the domain that `ref` names? 0, or an error reply was sent (-Exxx). */
	int (*check_owner)(struct rpc_call *call, struct json_object *ref);
	/* The connection is going away; drop what refers to it. */
	void (*closed)(void *arg, struct rpc_conn *conn);
};

int rpc_server_new(const struct rpc_server_config *config, struct rpc_server **ret_server);
void rpc_server_free(struct rpc_server *server);

struct rpc_conn *rpc_call_conn(struct rpc_call *call);	/* NULL after a hang-up */
const struct rpc_peer *rpc_call_peer(struct rpc_call *call);
void *rpc_call_arg(struct rpc_call *call);
const char *rpc_call_method(struct rpc_call *call);

/* Both end the call; `result` is taken over (NULL sends {}). */
void rpc_result(struct rpc_call *call, struct json_object *result);
void rpc_error(struct rpc_call *call, enum rpc_code code, int err, const char *domain,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Sends {"jsonrpc","method","params"}; params is not taken over. Drops a peer that does not read. */
void rpc_notify(struct rpc_conn *conn, const char *method, struct json_object *params);

/* Sends the call's answer (result is taken over) and hands the connection's stream to the caller, who frees
 * it. NULL (and an error was sent) when other answers are still to come. */
struct bufferevent *rpc_take_stream(struct rpc_call *call, struct json_object *result);

const char *errno_name(int err);	/* positive or negative; "EIO" for unknown ones */

/* rpc_call.c, for rpc_conn.c: one line -> dispatch. Returns false if the connection must close. */
bool rpc_dispatch(struct rpc_conn *conn, const char *line, size_t len);
void rpc_send_error(struct rpc_conn *conn, struct json_object *id, enum rpc_code code,
	const char *text);
/* rpc_conn.c, for rpc_call.c */
const struct rpc_server_config *rpc_conn_config(struct rpc_conn *conn);
const struct rpc_peer *rpc_conn_peer(struct rpc_conn *conn);
void rpc_conn_send(struct rpc_conn *conn, struct json_object *message);
void rpc_conn_add_call(struct rpc_conn *conn, struct rpc_call *call);
void rpc_conn_del_call(struct rpc_conn *conn, struct rpc_call *call);
unsigned int rpc_conn_pending(struct rpc_conn *conn);
struct bufferevent *rpc_conn_release(struct rpc_conn *conn);
/* rpc_call.c: the connection behind a call is gone. */
void rpc_call_orphan(struct rpc_call *call);
struct rpc_call **rpc_call_link(struct rpc_call *call);	/* list link owned by the connection */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* rpc.h: a client of xend: JSON-RPC 2.0, one object a line, see xend-rpc(7). */
#ifndef XM_RPC_H
#define XM_RPC_H

#include <stdint.h>

#include <json.h>

#define RPC_LINE_MAX	(1U << 20)	/* a request */
#define RPC_ANSWER_MAX	(16U << 20)	/* a list of many domains has many words */
#define RPC_NO_DOMAIN	(-3)

struct rpc_error {
	int code;		/* of JSON-RPC; 0: none, the transport failed */
	char message[1024];
	char domain[256];	/* data.domain, or "" */
};

/* An answer or a notification. */
struct rpc_message {
	int64_t id;			/* -1: a notification */
	struct json_object *body;	/* result or the notification's params; NULL of an error */
	struct rpc_error error;
};

struct rpc;

const char *rpc_socket_path(void);	/* XEND_SOCKET, or the usual place */
/* 0 or -Exxx. */
int rpc_open(struct rpc **ret_rpc);
struct rpc *rpc_from_fd(int fd);	/* takes fd; NULL: no memory (and fd is closed) */
void rpc_close(struct rpc *rpc);	/* NULL is fine */
int rpc_fd(const struct rpc *rpc);

/* Takes params (NULL: {}). 0 or -Exxx; -EMSGSIZE: the request is too long. */
int rpc_send(struct rpc *rpc, const char *method, struct json_object *params, int64_t *ret_id);
/* The next message, waiting for it; the caller puts ret->body. 0, or -EPIPE (xend hung up),
 * -EPROTO (what came is not an answer), -EMSGSIZE (it is too long), -Exxx of read. */
int rpc_receive(struct rpc *rpc, struct rpc_message *ret);
/* Is a whole line here already, so that rpc_receive() would not wait? */
int rpc_pending(const struct rpc *rpc);
/* One request and its answer; notifications in between are dropped. 0, -Exxx, or -EREMOTEIO when
 * xend answered with an error. rpc_last_error() has that. */
int rpc_call(struct rpc *rpc, const char *method, struct json_object *params,
	struct json_object **ret_result);
const struct rpc_error *rpc_last_error(const struct rpc *rpc);
void rpc_set_error(struct rpc *rpc, const struct rpc_error *error);
/* Bytes that came behind the last answer, once the connection is a raw stream. */
size_t rpc_rest(struct rpc *rpc, const char **ret_data);

#endif

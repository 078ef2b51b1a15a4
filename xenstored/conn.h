/* SPDX-License-Identifier: GPL-2.0-only */
/* conn.h: a client's connection: bytes in, one request a turn, bytes out. */
#ifndef XENSTORED_CONN_H
#define XENSTORED_CONN_H

#include "xenstored/access.h"
#include "xenstored/store.h"

#define CONN_IN_SIZE (2 * (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX))
#define CONN_OUT_MAX (4u << 20) /* a client this far behind with reading is dropped */

struct conn;
struct watch;
struct tx;
struct out_msg;

/* Socket or ring. Functions return 0, -EAGAIN (nothing to do now) or -Exxx (drop the client). */
struct transport {
	const char *name;
	bool edge; /* the loop hears of news once, so fill until nothing is left */
	int (*fill)(struct conn *c);	     /* get bytes into c->in */
	int (*flush)(struct conn *c);	     /* send from c->out */
	void (*queued)(struct conn *c, struct out_msg *m); /* a reply is about to be queued */
	void (*fail)(struct conn *c, uint32_t code);	   /* the peer broke the protocol */
	void (*reset)(struct conn *c);
	void (*close)(struct conn *c);
};

struct out_msg {
	struct out_msg *next;
	struct watch *watch; /* NULL for a reply; only compared, may be gone */
	uint32_t len, sent;
	bool reply;
	bool kept; /* ring: in the journal with its place, because it does not go in at once */
	bool late; /* ring: the reply to a request that was consumed before */
	uint32_t consumed; /* ring: the request index that stands when this is sent */
	char data[];
};

struct conn {
	struct store *s;
	struct conn *next, *ready_next;
	const struct transport *transport;
	void *priv; /* the transport's */
	struct subject who;
	struct domain *domain; /* NULL on a socket */
	char home[32];
	unsigned int in_start, in_end;
	struct out_msg *out, **out_end;
	size_t out_bytes;
	unsigned int out_replies;
	struct watch *watches;
	unsigned int watch_count;
	struct tx *txs;
	unsigned int tx_count;
	bool ready, dead;
	bool restored; /* a domain's, from before a restart */
	char in[CONN_IN_SIZE];
};

struct conn *conn_new(struct store *s, const struct transport *t, void *priv,
		      struct domain *d);
void conn_drop(struct conn *c, const char *why); /* freed by the next conn_turns() */
void conn_reset(struct conn *c);		 /* watches, transactions and buffers go */
/* The transport has something to read, or room to write. */
void conn_input(struct conn *c);
void conn_output(struct conn *c);
bool conn_may_take(const struct conn *c); /* a further request, though answers are unread */
/* One request for each that waits for its turn, then frees dropped ones. true: more to do. */
bool conn_turns(struct store *s);
void conn_run_idle(struct store *s); /* turns until nothing is waiting (tests, shutdown) */

void conn_close(struct conn *c); /* at once; not from within a turn */

/* For transports: queue a whole message, take the first one off. */
struct out_msg *conn_queue(struct conn *c, bool reply, const void *data, size_t len);
void conn_out_pop(struct conn *c);

/* Queue a message. */
void conn_reply(struct conn *c, const struct xsd_sockmsg *req, uint32_t type, const void *data,
		size_t len);
void conn_reply_error(struct conn *c, const struct xsd_sockmsg *req, int err);
void conn_event(struct conn *c, struct watch *w, const char *path, const char *token);

#endif

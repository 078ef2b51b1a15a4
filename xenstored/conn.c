/* SPDX-License-Identifier: GPL-2.0-only */
/* conn.c: connections: queues, and turns of one request each so that nobody starves another. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/log.h"
#include "xenstored/domain.h"
#include "xenstored/journal.h"
#include "xenstored/mem.h"
#include "xenstored/request.h"
#include "xenstored/tx.h"
#include "xenstored/watch.h"

#define DEDUP_DEPTH 128 /* how far back a queued event is searched for its like */

struct conn *conn_new(struct store *s, const struct transport *t, void *priv, struct domain *d)
{
	struct conn *c = mem_zalloc(sizeof(*c));

	c->s = s;
	c->transport = t;
	c->priv = priv;
	c->domain = d;
	c->who.domid = d ? d->domid : 0;
	c->who.target = d ? d->target : DOMID_NONE;
	/* A socket's relative paths are domain 0's: QEMU counts on that. */
	snprintf(c->home, sizeof(c->home), "/local/domain/%u", d ? d->domid : 0);
	c->out_end = &c->out;
	c->next = s->conns;
	s->conns = c;
	s->conn_count++;
	if (d)
		d->conn = c;
	return c;
}

/* ---- queues --------------------------------------------------------------------------------- */

struct out_msg *conn_queue(struct conn *c, bool reply, const void *data, size_t len)
{
	struct out_msg *m = mem_zalloc(sizeof(*m) + len);

	m->reply = reply;
	m->len = len;
	memcpy(m->data, data, len);
	*c->out_end = m;
	c->out_end = &m->next;
	c->out_bytes += sizeof(*m) + len;
	c->out_replies += reply;
	return m;
}

void conn_out_pop(struct conn *c)
{
	struct out_msg *m = c->out;

	c->out = m->next;
	if (!c->out)
		c->out_end = &c->out;
	c->out_bytes -= sizeof(*m) + m->len;
	c->out_replies -= m->reply;
	free(m);
}

static void clear_queues(struct conn *c)
{
	while (c->out)
		conn_out_pop(c);
	c->in_start = c->in_end = 0;
}

static bool have_message(const struct conn *c)
{
	struct xsd_sockmsg hdr;
	unsigned int have = c->in_end - c->in_start;

	if (have < sizeof(hdr))
		return false;
	memcpy(&hdr, c->in + c->in_start, sizeof(hdr));
	/* An oversized one is taken at once, to be refused. */
	return hdr.len > XENSTORE_PAYLOAD_MAX || have >= sizeof(hdr) + hdr.len;
}

/* Requests wait while too many answers do. A ring takes the next request only when the last one's
 * answer is in it, see ring.c. */
bool conn_may_take(const struct conn *c)
{
	return c->out_replies < (c->domain ? 1 : c->s->quota[QUOTA_OUTSTANDING]);
}

static void make_ready(struct conn *c)
{
	struct store *s = c->s;

	if (c->ready || c->dead)
		return;
	c->ready = true;
	c->ready_next = NULL;
	*s->ready_end = c;
	s->ready_end = &c->ready_next;
}

/* ---- the end of a connection ---------------------------------------------------------------- */

void conn_drop(struct conn *c, const char *why)
{
	if (c->dead)
		return;
	if (why)
		log_info("store", "domain %u (%s): connection dropped: %s", c->who.domid,
			 c->transport->name, why);
	c->dead = true;
	c->s->any_dead = true;
}

void conn_reset(struct conn *c)
{
	watch_remove_all(c);
	tx_end_all(c);
	clear_queues(c);
	if (c->transport->reset)
		c->transport->reset(c);
	journal_flush(c->s);
}

static void conn_free(struct conn *c)
{
	struct conn **pos;

	watch_remove_all(c);
	tx_end_all(c);
	clear_queues(c);
	for (pos = &c->s->conns; *pos != c; pos = &(*pos)->next)
		;
	*pos = c->next;
	c->s->conn_count--;
	if (c->domain)
		c->domain->conn = NULL;
	c->transport->close(c);
	free(c);
}

static void unready(struct conn *c)
{
	struct store *s = c->s;
	struct conn **pos = &s->ready;

	if (!c->ready)
		return;
	while (*pos != c)
		pos = &(*pos)->ready_next;
	*pos = c->ready_next;
	if (!*pos)
		s->ready_end = pos;
	c->ready = false;
}

void conn_close(struct conn *c)
{
	unready(c);
	conn_free(c);
}

static void free_dead(struct store *s)
{
	struct conn *c, *next;

	s->any_dead = false;
	for (c = s->conns; c; c = next) {
		next = c->next;
		if (c->dead)
			conn_close(c);
	}
}

/* A peer that broke the protocol. Its domain goes on, its connection does not. */
static void fail(struct conn *c, uint32_t code, const char *why)
{
	if (c->transport->fail)
		c->transport->fail(c, code);
	conn_drop(c, why);
}

/* ---- input and output ----------------------------------------------------------------------- */

static void after_transport(struct conn *c, int err)
{
	if (err == -ERANGE)
		fail(c, XENSTORE_ERROR_RINGIDX, "bad ring indices");
	else if (err < 0 && err != -EAGAIN)
		conn_drop(c, err == -EPIPE || err == -ECONNRESET ? NULL : strerror(-err));
	else if (have_message(c) && conn_may_take(c))
		make_ready(c);
}

void conn_output(struct conn *c)
{
	if (c->dead)
		return;
	journal_flush(c->s);
	after_transport(c, c->transport->flush(c));
}

void conn_input(struct conn *c)
{
	int err = 0;

	if (c->dead)
		return;
	if (c->in_start > 0) {
		memmove(c->in, c->in + c->in_start, c->in_end - c->in_start);
		c->in_end -= c->in_start;
		c->in_start = 0;
	}
	if (!have_message(c))
		err = c->transport->fill(c);
	after_transport(c, err);
}

/* Handles the first message in c->in. */
static void take_message(struct conn *c)
{
	struct xsd_sockmsg hdr;
	const char *body;

	memcpy(&hdr, c->in + c->in_start, sizeof(hdr));
	if (hdr.len > XENSTORE_PAYLOAD_MAX) {
		fail(c, XENSTORE_ERROR_PROTO, "message too long");
		return;
	}
	body = c->in + c->in_start + sizeof(hdr);
	c->in_start += sizeof(hdr) + hdr.len;
	request_handle(c, &hdr, body);
}

static void turn(struct conn *c)
{
	if (!c->dead && have_message(c) && conn_may_take(c))
		take_message(c);
	conn_output(c);
	if (c->transport->edge && !c->ready && conn_may_take(c))
		conn_input(c);
}

bool conn_turns(struct store *s)
{
	struct conn *c;
	unsigned int count = 0;

	for (c = s->ready; c; c = c->ready_next)
		count++;
	/* A turn may end other connections, ready ones too. */
	while (count-- > 0 && (c = s->ready)) {
		unready(c);
		turn(c);
	}
	journal_flush(s);
	if (s->any_dead)
		free_dead(s);
	tx_limit(s);
	journal_tidy(s);
	return s->ready != NULL;
}

void conn_run_idle(struct store *s)
{
	while (conn_turns(s))
		;
}

/* ---- messages ------------------------------------------------------------------------------- */

/* A guest holds at most its memory quota, a socket client CONN_OUT_MAX. */
static void check_backlog(struct conn *c)
{
	size_t max = c->domain && !domain_privileged(c->who.domid) ? c->s->quota[QUOTA_MEMORY]
								   : CONN_OUT_MAX;

	if (c->out_bytes > max)
		fail(c, XENSTORE_ERROR_COMM, "it does not read its messages");
}

void conn_reply(struct conn *c, const struct xsd_sockmsg *req, uint32_t type, const void *data,
		size_t len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = req->req_id, .tx_id = req->tx_id };
	char whole[sizeof(hdr) + XENSTORE_PAYLOAD_MAX];
	struct out_msg *m;

	if (len > XENSTORE_PAYLOAD_MAX) {
		conn_reply_error(c, req, -E2BIG);
		return;
	}
	hdr.len = len;
	memcpy(whole, &hdr, sizeof(hdr));
	if (len > 0)
		memcpy(whole + sizeof(hdr), data, len);
	m = conn_queue(c, true, whole, sizeof(hdr) + len);
	if (c->transport->queued)
		c->transport->queued(c, m);
	check_backlog(c);
}

void conn_reply_error(struct conn *c, const struct xsd_sockmsg *req, int err)
{
	const char *name = xs_error_name(-err);

	if (!name)
		name = "EINVAL";
	conn_reply(c, req, XS_ERROR, name, strlen(name) + 1);
}

static bool queued_already(const struct conn *c, const struct watch *w, const char *body,
			   size_t len)
{
	const struct out_msg *m = c->out;
	unsigned int depth;

	for (depth = 0; m && depth < DEDUP_DEPTH; m = m->next, depth++) {
		if (m->watch == w && m->sent == 0 && m->len == sizeof(struct xsd_sockmsg) + len &&
		    memcmp(m->data + sizeof(struct xsd_sockmsg), body, len) == 0)
			return true;
	}
	return false;
}

void conn_event(struct conn *c, struct watch *w, const char *path, const char *token)
{
	struct xsd_sockmsg hdr = { .type = XS_WATCH_EVENT };
	size_t path_size = strlen(path) + 1, token_size = strlen(token) + 1;
	char whole[sizeof(hdr) + XENSTORE_PAYLOAD_MAX];

	if (c->dead || path_size + token_size > XENSTORE_PAYLOAD_MAX)
		return;
	hdr.len = path_size + token_size;
	memcpy(whole, &hdr, sizeof(hdr));
	memcpy(whole + sizeof(hdr), path, path_size);
	memcpy(whole + sizeof(hdr) + path_size, token, token_size);
	if (queued_already(c, w, whole + sizeof(hdr), hdr.len))
		return;
	conn_queue(c, false, whole, sizeof(hdr) + hdr.len)->watch = w;
	make_ready(c);
	check_backlog(c);
}

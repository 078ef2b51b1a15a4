/* SPDX-License-Identifier: GPL-2.0-only */
/* ring.c: a domain's shared page as a connection.
 *
 * The other side may write anything into the page at any time: indices are read once, checked, and
 * only our own copies of the ones that are ours are used.
 *
 * The page outlives the daemon, so the indices say after a restart how far things got, if they are
 * moved only when nothing can be lost any more: a request is consumed when its reply is in the
 * ring, and a message goes into the ring whole. The exceptions, requests of which only a part has
 * come and messages that do not fit into the ring, are written to the journal first; so is the reply
 * to a request that changed something, lest the change be made twice. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "util/log.h"
#include "xenstored/journal.h"
#include "xenstored/mem.h"
#include "xenstored/ring.h"

#define RING XENSTORE_RING_SIZE

struct ring {
	struct xenstore_domain_interface *page;
	uint32_t copied;   /* requests up to here are in c->in or handled */
	uint32_t consumed; /* published in req_cons */
	uint32_t rsp_prod; /* published in rsp_prod */
};

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store_index(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_SEQ_CST);
}

static void notify(struct conn *c)
{
	struct store *s = c->s;

	s->backend.ops->notify(s->backend.b, c->domain->local_port);
}

static void copy_out(struct ring *r, const char *data, uint32_t len)
{
	uint32_t at = MASK_XENSTORE_IDX(r->rsp_prod), first = RING - at < len ? RING - at : len;

	memcpy(r->page->rsp + at, data, first);
	memcpy(r->page->rsp, data + first, len - first);
}

static void copy_in(const struct ring *r, uint32_t from, char *to, uint32_t len)
{
	uint32_t at = MASK_XENSTORE_IDX(from), first = RING - at < len ? RING - at : len;

	memcpy(to, r->page->req + at, first);
	memcpy(to + first, r->page->req, len - first);
}

static void publish_consumed(struct ring *r, uint32_t consumed)
{
	r->consumed = consumed;
	store_index(&r->page->req_cons, consumed);
}

/* A piece of a request is ours once the journal has it. */
static void consume_piece(struct conn *c, struct ring *r)
{
	uint32_t have = r->copied - r->consumed;

	journal_input(c->s, c->domain->domid, r->consumed, c->in + c->in_end - have, have);
	journal_flush(c->s);
	publish_consumed(r, r->copied);
	notify(c);
}

static bool long_message(const struct conn *c)
{
	struct xsd_sockmsg hdr;

	if (c->in_end - c->in_start < sizeof(hdr))
		return false;
	memcpy(&hdr, c->in + c->in_start, sizeof(hdr));
	return hdr.len <= XENSTORE_PAYLOAD_MAX && hdr.len + sizeof(hdr) > RING;
}

/* The rest is still to come. The other side notifies us of it only if it sees that what it wrote
 * before was taken (Linux writes header and body one after the other), so a piece is taken. */
static bool part_only(const struct conn *c)
{
	uint32_t have = c->in_end - c->in_start;
	struct xsd_sockmsg hdr;

	if (have < sizeof(hdr))
		return have > 0;
	memcpy(&hdr, c->in + c->in_start, sizeof(hdr));
	return hdr.len <= XENSTORE_PAYLOAD_MAX && have < sizeof(hdr) + hdr.len;
}

/* The other side asks for a fresh start (it was reset, or a new kernel took over). */
static bool wants_reconnect(struct conn *c, struct ring *r)
{
	if (load(&r->page->connection) != XENSTORE_RECONNECT)
		return false;
	conn_reset(c);
	return true;
}

/* Copies what is there. Bytes, or -ERANGE. */
static int copy_requests(struct conn *c, struct ring *r)
{
	uint32_t prod = load(&r->page->req_prod), len, room;

	if (prod - r->consumed > RING || prod - r->copied > RING)
		return -ERANGE;
	len = prod - r->copied;
	room = sizeof(c->in) - c->in_end;
	if (len > room)
		len = room;
	copy_in(r, r->copied, c->in + c->in_end, len);
	c->in_end += len;
	r->copied += len;
	return len;
}

static int ring_fill(struct conn *c)
{
	struct ring *r = c->priv;
	int len, total = 0;

	/* Until the last answer is placed, its request still counts as unread. */
	if (c->out_replies > 0 || wants_reconnect(c, r))
		return -EAGAIN;
	/* A piece may be new or have come with the request before, which is answered now. After it is
	 * taken, look again: what came before that is not notified. */
	while ((len = copy_requests(c, r)) >= 0) {
		total += len;
		if (r->copied == r->consumed || (!long_message(c) && !part_only(c)))
			return total ? 0 : -EAGAIN;
		consume_piece(c, r);
	}
	return len;
}

/* Replies to requests that changed something are kept with the change, replies to long requests
 * with the fact that these were handled. */
static void ring_queued(struct conn *c, struct out_msg *m)
{
	struct ring *r = c->priv;

	/* in_start is behind the message that is being handled */
	m->consumed = r->copied - (c->in_end - c->in_start);
	m->late = (int32_t)(m->consumed - r->consumed) <= 0;
	if (m->late || journal_dirty(c->s))
		journal_reply(c->s, c->domain->domid, m->late ? KEPT_QUEUED : KEPT_UNREAD,
			      m->consumed, 0, m->data, m->len);
}

/* Places what fits of the first message. true: it is done. If not, the ring is full: that matters, for
 * Linux tells us that it has read only where the ring was full. */
static bool place(struct conn *c, struct ring *r, struct out_msg *m, uint32_t room)
{
	uint32_t left = m->len - m->sent, len = left < room ? left : room;

	if ((len < left || m->late) && !m->kept) {
		journal_reply(c->s, c->domain->domid, m->reply ? KEPT_PLACED : KEPT_EVENT,
			      m->consumed, r->rsp_prod, m->data, m->len);
		journal_flush(c->s);
		m->kept = true;
	}
	copy_out(r, m->data + m->sent, len);
	m->sent += len;
	r->rsp_prod += len;
	store_index(&r->page->rsp_prod, r->rsp_prod);
	if (m->reply && (int32_t)(m->consumed - r->consumed) > 0)
		publish_consumed(r, m->consumed);
	return m->sent == m->len;
}

static int ring_flush(struct conn *c)
{
	struct ring *r = c->priv;
	struct out_msg *m;
	uint32_t used, start = r->rsp_prod;

	/* Until the ring is full even after another look: what was read before it was is not notified. */
	while ((m = c->out)) {
		used = r->rsp_prod - load(&r->page->rsp_cons);
		if (used > RING)
			return -ERANGE;
		if (used == RING)
			break;
		if (place(c, r, m, RING - used))
			conn_out_pop(c);
	}
	if (r->rsp_prod != start)
		notify(c);
	return c->out ? -EAGAIN : 0;
}

static void ring_fail(struct conn *c, uint32_t code)
{
	struct ring *r = c->priv;

	store_index(&r->page->error, code);
	notify(c);
}

static void ring_reset(struct conn *c)
{
	struct ring *r = c->priv;

	r->copied = r->consumed = r->rsp_prod = 0;
	store_index(&r->page->req_cons, 0);
	store_index(&r->page->req_prod, 0);
	store_index(&r->page->rsp_cons, 0);
	store_index(&r->page->rsp_prod, 0);
	store_index(&r->page->error, XENSTORE_ERROR_NONE);
	store_index(&r->page->connection, XENSTORE_CONNECTED);
	journal_reply(c->s, c->domain->domid, KEPT_UNREAD, 0, 0, NULL, 0);
	journal_flush(c->s);
	notify(c);
}

static void ring_close(struct conn *c)
{
	struct store *s = c->s;
	struct ring *r = c->priv;
	struct domain *d = c->domain;

	s->backend.ops->unbind(s->backend.b, d->local_port);
	s->backend.ops->unmap_ring(s->backend.b, r->page);
	free(r);
}

static const struct transport ring_transport = {
	.name = "ring",
	.edge = true,
	.fill = ring_fill,
	.flush = ring_flush,
	.queued = ring_queued,
	.fail = ring_fail,
	.reset = ring_reset,
	.close = ring_close,
};

struct conn *ring_open(struct store *s, struct domain *d, struct xenstore_domain_interface *page)
{
	struct ring *r = mem_zalloc(sizeof(*r));
	struct conn *c;

	r->page = page;
	r->consumed = r->copied = load(&page->req_cons);
	r->rsp_prod = load(&page->rsp_prod);
	c = conn_new(s, &ring_transport, r, d);
	if (load(&page->req_prod) - r->consumed > RING ||
	    r->rsp_prod - load(&page->rsp_cons) > RING) {
		log_info("store", "domain %u: its ring held rubbish, starting from zero", d->domid);
		ring_reset(c);
	}
	store_index(&page->server_features,
		    XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
	store_index(&page->error, XENSTORE_ERROR_NONE);
	store_index(&page->connection, XENSTORE_CONNECTED);
	return c;
}

void ring_keep(struct conn *c)
{
	struct ring *r = c->priv;
	uint32_t unconsumed = r->copied - r->consumed, have = c->in_end - c->in_start;
	struct out_msg *m;

	for (m = c->out; m; m = m->next) {
		enum kept how = !m->reply ? KEPT_EVENT : m->kept ? KEPT_PLACED
							 : m->late ? KEPT_QUEUED : KEPT_UNREAD;

		if (m->reply || m->kept)
			journal_reply(c->s, c->domain->domid, how, m->consumed,
				      r->rsp_prod - m->sent, m->data, m->len);
	}
	if (c->out_replies == 0 && have > unconsumed)
		journal_input(c->s, c->domain->domid, r->consumed - (have - unconsumed),
			      c->in + c->in_start, have - unconsumed);
}

void ring_restore_reply(struct conn *c, enum kept how, uint32_t consumed, uint32_t rsp_base,
			const void *data, size_t len)
{
	struct ring *r = c->priv;
	bool handled = (int32_t)(consumed - r->consumed) <= 0;
	bool by_index = how == KEPT_PLACED || how == KEPT_EVENT;
	uint32_t placed = by_index ? r->rsp_prod - rsp_base : 0;
	struct out_msg *m;

	/* An event of which nothing is in the ring comes anew with its watch. */
	if (by_index ? placed >= len || (how == KEPT_EVENT && placed == 0)
		     : how == KEPT_UNREAD && handled)
		return;
	m = conn_queue(c, how != KEPT_EVENT, data, len);
	m->sent = placed;
	m->kept = by_index;
	m->late = handled;
	m->consumed = consumed;
	if (how == KEPT_EVENT || handled)
		return;
	r->copied = consumed;
	if (placed > 0)
		publish_consumed(r, consumed);
}

void ring_restore_input(struct conn *c, uint32_t start, const void *data, size_t len)
{
	struct ring *r = c->priv;

	if (start + len != r->consumed || len > sizeof(c->in))
		return;
	memcpy(c->in, data, len);
	c->in_start = 0;
	c->in_end = len;
}

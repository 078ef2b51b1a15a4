/* SPDX-License-Identifier: GPL-2.0-only */
/* store_fake.c: domains as pages in this process. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/store_fake.h"
#include "xenstore.h"
#include "xenstored/conn.h"
#include "xenstored/domain.h"
#include "xenstored/journal_format.h"
#include "xenstored/mem.h"

#define PORT(domid) (100 + (domid))

static void fake_close(void *b)
{
}

static int fake_map_ring(void *b, uint32_t domid, uint64_t gfn,
			 struct xenstore_domain_interface **ret_ring)
{
	struct fake *f = b;

	if (domid >= FAKE_DOMAINS || !f->d[domid].exists || gfn == 0)
		return -EINVAL;
	f->d[domid].mapped = true;
	*ret_ring = &f->d[domid].page;
	return 0;
}

static int fake_map_own(void *b, struct xenstore_domain_interface **ret_ring, uint32_t *ret_port)
{
	*ret_port = 1;
	return fake_map_ring(b, 0, 1, ret_ring);
}

static void fake_unmap(void *b, struct xenstore_domain_interface *ring)
{
	struct fake *f = b;
	unsigned int i;

	for (i = 0; i < FAKE_DOMAINS; i++) {
		if (&f->d[i].page == ring)
			f->d[i].mapped = false;
	}
}

static int fake_bind(void *b, uint32_t domid, uint32_t remote_port, uint32_t *ret_local)
{
	if (remote_port > 1000)
		return -EINVAL;
	*ret_local = PORT(domid);
	return 0;
}

static void fake_unbind(void *b, uint32_t local)
{
}

static void fake_notify(void *b, uint32_t local)
{
	struct fake *f = b;

	f->d[local - PORT(0)].notified++;
}

static int fake_state(void *b, uint32_t domid, struct domain_state *ret_state)
{
	struct fake *f = b;

	f->asked++;
	if (domid >= FAKE_DOMAINS || !f->d[domid].exists)
		return -ENOENT;
	ret_state->dying = f->d[domid].dying;
	ret_state->shutdown = f->d[domid].shutdown;
	return 0;
}

const struct backend_ops fake_ops = {
	.close = fake_close,
	.map_ring = fake_map_ring,
	.map_own_ring = fake_map_own,
	.unmap_ring = fake_unmap,
	.bind = fake_bind,
	.unbind = fake_unbind,
	.notify = fake_notify,
	.domain_state = fake_state,
};

struct store *fake_start(struct fake *f, const char *state)
{
	struct store *s = store_new();

	f->d[0].exists = true;
	s->backend.ops = &fake_ops;
	s->backend.b = f;
	s->own_kernel = true;
	if (state && journal_open(s, state) < 0)
		abort();
	store_init_tree(s);
	domain_resume_all(s);
	domain_scan(s);
	journal_compact(s);
	conn_run_idle(s);
	return s;
}

void fake_kill(struct store *s)
{
	/* What is not in the file yet is lost, and the rings stay as they are. */
	if (s->journal)
		s->journal->batch.len = 0;
	s->closing = true;
	store_free(s);
}

size_t fake_put(struct fake *f, uint32_t domid, const void *data, size_t len)
{
	struct xenstore_domain_interface *p = &f->d[domid].page;
	size_t i;

	for (i = 0; i < len && p->req_prod - p->req_cons < XENSTORE_RING_SIZE; i++)
		p->req[MASK_XENSTORE_IDX(p->req_prod++)] = ((const char *)data)[i];
	return i;
}

int fake_take(struct fake *f, uint32_t domid, void *data, size_t len)
{
	struct xenstore_domain_interface *p = &f->d[domid].page;
	size_t i;

	for (i = 0; i < len && p->rsp_cons != p->rsp_prod; i++)
		((char *)data)[i] = p->rsp[MASK_XENSTORE_IDX(p->rsp_cons++)];
	return i;
}

void fake_poke(struct store *s, uint32_t domid)
{
	struct domain *d = domain_find(s, domid);

	if (d && d->conn) {
		conn_output(d->conn);
		conn_input(d->conn);
	}
	conn_run_idle(s);
}

/* Bytes from the ring, waiting for the daemon where needed. */
static int take_all(struct store *s, struct fake *f, uint32_t domid, char *data, size_t len)
{
	size_t got = 0;
	int tries;

	for (tries = 0; got < len && tries < 20; tries++) {
		got += fake_take(f, domid, data + got, len - got);
		if (got < len)
			fake_poke(s, domid);
	}
	return got == len ? 0 : -ETIMEDOUT;
}

static void note_event(struct fake *f, uint32_t domid, const char *body)
{
	if (f->event_count < 256)
		snprintf(f->events[f->event_count++], sizeof(f->events[0]), "%u %.200s %.200s",
			 domid, body, body + strlen(body) + 1);
}

static int take_message(struct store *s, struct fake *f, uint32_t domid, struct xsd_sockmsg *hdr,
			char *body)
{
	int err = take_all(s, f, domid, (char *)hdr, sizeof(*hdr));

	if (err == 0 && hdr->len > XENSTORE_PAYLOAD_MAX)
		return -EPROTO;
	if (err == 0)
		err = take_all(s, f, domid, body, hdr->len);
	if (err == 0)
		body[hdr->len] = '\0';
	return err;
}

static void drain_events(struct store *s, struct fake *f)
{
	char body[XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg hdr;
	uint32_t id;

	conn_run_idle(s);
	for (id = 0; id < FAKE_DOMAINS; id++) {
		while (f->d[id].page.rsp_prod != f->d[id].page.rsp_cons &&
		       take_message(s, f, id, &hdr, body) == 0)
			note_event(f, id, body);
	}
}

int fake_call(struct store *s, struct fake *f, uint32_t domid, uint32_t type, uint32_t tx,
	      const void *body, size_t len, char *answer)
{
	struct xsd_sockmsg hdr = { type, ++f->d[domid].next_req, tx, len }, got;
	char whole[sizeof(hdr) + XENSTORE_PAYLOAD_MAX], room[XENSTORE_PAYLOAD_MAX + 1];
	size_t sent = 0, total = sizeof(hdr) + len;
	int tries, err;

	memcpy(whole, &hdr, sizeof(hdr));
	memcpy(whole + sizeof(hdr), body, len);
	for (tries = 0; sent < total && tries < 20; tries++) {
		sent += fake_put(f, domid, whole + sent, total - sent);
		fake_poke(s, domid);
	}
	for (;;) {
		err = take_message(s, f, domid, &got, room);
		if (err < 0)
			return err;
		if (got.type != XS_WATCH_EVENT)
			break;
		note_event(f, domid, room);
	}
	if (got.req_id != hdr.req_id)
		return -EPROTO;
	if (got.type == XS_ERROR)
		return -xs_error_number(room);
	if (answer)
		memcpy(answer, room, got.len + 1);
	return got.type == type ? (int)got.len : -EPROTO;
}

int fake_path(struct store *s, struct fake *f, uint32_t domid, uint32_t type, uint32_t tx,
	      const char *path, char *answer)
{
	return fake_call(s, f, domid, type, tx, path, strlen(path) + 1, answer);
}

int fake_write(struct store *s, struct fake *f, uint32_t domid, uint32_t tx, const char *path,
	       const char *value)
{
	char body[XENSTORE_PAYLOAD_MAX];
	int len = snprintf(body, sizeof(body), "%s%c%s", path, '\0', value);

	return fake_call(s, f, domid, XS_WRITE, tx, body, len, NULL);
}

int fake_perms(struct store *s, struct fake *f, const char *path, const char *perms, size_t len)
{
	char body[XENSTORE_PAYLOAD_MAX];
	size_t size = strlen(path) + 1;

	memcpy(body, path, size);
	memcpy(body + size, perms, len);
	return fake_call(s, f, 0, XS_SET_PERMS, 0, body, size + len, NULL);
}

int fake_watch(struct store *s, struct fake *f, uint32_t domid, const char *path,
	       const char *token)
{
	char body[XENSTORE_PAYLOAD_MAX];
	int len = snprintf(body, sizeof(body), "%s%c%s", path, '\0', token) + 1;

	return fake_call(s, f, domid, XS_WATCH, 0, body, len, NULL);
}

uint32_t fake_tx(struct store *s, struct fake *f, uint32_t domid)
{
	char answer[XENSTORE_PAYLOAD_MAX + 1];

	if (fake_path(s, f, domid, XS_TRANSACTION_START, 0, "", answer) < 0)
		return 0;
	return strtoul(answer, NULL, 10);
}

int fake_introduce(struct store *s, struct fake *f, uint32_t domid)
{
	char body[64];
	int len = snprintf(body, sizeof(body), "%u%c%u%c%u", domid, '\0', domid + 10, '\0', 7) + 1;

	f->d[domid].exists = true;
	return fake_call(s, f, 0, XS_INTRODUCE, 0, body, len, NULL);
}

bool fake_saw(struct store *s, struct fake *f, const char *event)
{
	bool found = false;
	unsigned int i;

	drain_events(s, f);
	for (i = 0; i < f->event_count; i++)
		found |= strcmp(f->events[i], event) == 0;
	f->event_count = 0;
	return found;
}

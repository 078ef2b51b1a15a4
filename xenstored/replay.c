/* SPDX-License-Identifier: GPL-2.0-only */
/* replay.c: the state file: reading it back. Nothing in it is trusted to be well formed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "util/log.h"
#include "xenstored/edit.h"
#include "xenstored/journal_format.h"
#include "xenstored/path.h"
#include "xenstored/ring.h"
#include "xenstored/watch.h"

/* A cursor over one batch; once something is missing, everything reads as zero. */
struct reader {
	const char *p, *end;
	bool bad;
	struct store *s;
	struct journal *j;
};

static void get(struct reader *r, void *to, size_t len)
{
	if (r->bad || (size_t)(r->end - r->p) < len) {
		r->bad = true;
		memset(to, 0, len);
		return;
	}
	memcpy(to, r->p, len);
	r->p += len;
}

static uint8_t get_u8(struct reader *r)
{
	uint8_t v;

	get(r, &v, sizeof(v));
	return v;
}

static uint32_t get_u32(struct reader *r)
{
	uint32_t v;

	get(r, &v, sizeof(v));
	return v;
}

static uint64_t get_u64(struct reader *r)
{
	uint64_t v;

	get(r, &v, sizeof(v));
	return v;
}

static const char *get_block(struct reader *r, size_t *ret_len)
{
	const char *data;
	size_t len = get_u32(r);

	if (r->bad || (size_t)(r->end - r->p) < len) {
		r->bad = true;
		*ret_len = 0;
		return "";
	}
	data = r->p;
	r->p += len;
	*ret_len = len;
	return data;
}

/* A copy with a NUL, to be freed. */
static char *get_string(struct reader *r)
{
	size_t len;
	const char *data = get_block(r, &len);
	char *copy = mem_zalloc(len + 1);

	memcpy(copy, data, len);
	return copy;
}

static uint32_t get_domid(struct reader *r)
{
	uint32_t domid = get_u32(r);

	if (domid >= DOMID_COUNT)
		r->bad = true;
	return r->bad ? 0 : domid;
}

/* ---- pending traffic of domains --------------------------------------------------------------- */

static struct pending *pending_find(struct journal *j, uint32_t domid)
{
	struct pending *p;

	for (p = j->pending; p && p->domid != domid; p = p->next)
		;
	return p;
}

static struct pending *pending_make(struct journal *j, uint32_t domid)
{
	struct pending *p = pending_find(j, domid);

	if (p)
		return p;
	p = mem_zalloc(sizeof(*p));
	p->domid = domid;
	p->next = j->pending;
	j->pending = p;
	return p;
}

static void drop_watches(struct pending *p, const char *path, const char *token)
{
	struct pending_watch **pos = &p->watches, *w;

	while ((w = *pos)) {
		if (path && (strcmp(w->path, path) != 0 || strcmp(w->token, token) != 0)) {
			pos = &w->next;
			continue;
		}
		*pos = w->next;
		free(w->path);
		free(w->token);
		free(w);
	}
}

static void pending_drop(struct journal *j, uint32_t domid)
{
	struct pending **pos = &j->pending, *p;

	while ((p = *pos) && p->domid != domid)
		pos = &p->next;
	if (!p)
		return;
	*pos = p->next;
	drop_watches(p, NULL, NULL);
	bytes_free(&p->reply.data);
	bytes_free(&p->event.data);
	bytes_free(&p->input);
	free(p);
}

void journal_drop_pending(struct journal *j)
{
	while (j->pending)
		pending_drop(j, j->pending->domid);
}

static void restore_message(struct conn *c, const struct pending_msg *m)
{
	if (m->data.len > 0)
		ring_restore_reply(c, m->how, m->consumed, m->rsp_base, m->data.data, m->data.len);
}

void journal_restore_ring(struct store *s, struct conn *c)
{
	struct pending *p = s->journal ? pending_find(s->journal, c->domain->domid) : NULL;
	struct pending_watch *w;
	struct watch *made;

	if (!p)
		return;
	if (p->input.len > 0)
		ring_restore_input(c, p->in_start, p->input.data, p->input.len);
	restore_message(c, &p->event);
	restore_message(c, &p->reply);
	/* Each fires once: its owner sees what it may have missed. */
	for (w = p->watches; w; w = w->next) {
		if (watch_add(c, w->path, w->home_len, w->token, &made) == 0)
			watch_send(made, w->path);
	}
	pending_drop(s->journal, c->domain->domid);
}

/* ---- one function per record ------------------------------------------------------------------ */

static void replay_node(struct reader *r)
{
	char *path = get_string(r);
	size_t len;
	const char *data = get_block(r, &len);
	uint32_t i, count = get_u32(r);
	struct xs_permissions *p;
	struct perms *perms;
	struct value *v;

	if (count == 0 || count > XENSTORE_PAYLOAD_MAX || !path_valid(path, true))
		r->bad = true;
	if (r->bad) {
		free(path);
		return;
	}
	p = mem_zalloc(count * sizeof(*p));
	for (i = 0; i < count; i++) {
		p[i].id = get_u32(r);
		p[i].perms = get_u32(r) & (XS_PERM_READ | XS_PERM_WRITE);
		if (p[i].id < DOMID_COUNT)
			domain_make(r->s, p[i].id);
	}
	if (!r->bad && (!path_special(path) || strcmp(path, "@introduceDomain") == 0 ||
			strcmp(path, "@releaseDomain") == 0)) {
		perms = perms_new(p, count);
		v = value_new(data, len);
		edit_put(r->s, path, v, perms);
		perms_put(perms);
		free(v);
	}
	free(p);
	free(path);
}

static void replay_drop(struct reader *r)
{
	char *path = get_string(r);

	if (!r->bad && path_valid(path, false))
		edit_drop(r->s, path);
	free(path);
}

static void replay_domain(struct reader *r)
{
	uint32_t domid = get_domid(r);
	uint64_t gfn = get_u64(r);
	uint32_t port = get_u32(r), target = get_u32(r);
	bool introduced = get_u8(r), shutdown = get_u8(r);
	struct domain *d;

	if (r->bad || domid == 0)
		return;
	d = domain_make(r->s, domid);
	d->gfn = gfn;
	d->remote_port = port;
	d->target = target < DOMID_COUNT ? target : DOMID_NONE;
	d->introduced = introduced;
	d->shutdown = shutdown;
}

static void replay_release(struct reader *r)
{
	uint32_t domid = get_domid(r);
	struct domain *d;

	if (r->bad || domid == 0)
		return;
	pending_drop(r->j, domid);
	d = domain_find(r->s, domid);
	if (d)
		d->introduced = false;
	r->s->died[domid] = store_stamp(r->s);
}

static void replay_watch(struct reader *r)
{
	uint32_t domid = get_domid(r), home_len = get_u32(r);
	char *path = get_string(r), *token = get_string(r);
	struct pending_watch *w, **end;

	if (r->bad || !path_valid(path, true) || home_len > strlen(path)) {
		free(path);
		free(token);
		return;
	}
	w = mem_zalloc(sizeof(*w));
	w->home_len = home_len;
	w->path = path;
	w->token = token;
	for (end = &pending_make(r->j, domid)->watches; *end; end = &(*end)->next)
		;
	*end = w;
}

static void replay_unwatch(struct reader *r)
{
	uint32_t domid = get_domid(r);
	char *path = get_string(r), *token = get_string(r);
	struct pending *p = r->bad ? NULL : pending_find(r->j, domid);

	if (p)
		drop_watches(p, path, token);
	free(path);
	free(token);
}

static void replay_unwatch_all(struct reader *r)
{
	struct pending *p = pending_find(r->j, get_domid(r));

	if (p && !r->bad)
		drop_watches(p, NULL, NULL);
}

static void replay_tx_ids(struct reader *r)
{
	uint32_t id = get_u32(r);

	if (!r->bad)
		r->s->last_tx = r->s->tx_reserved = r->s->tx_restored = id;
}

static void replay_quota(struct reader *r)
{
	int soft = get_u8(r), id;
	char *name = get_string(r);
	uint32_t value = get_u32(r);

	id = quota_lookup(name, soft);
	if (!r->bad && id >= 0)
		r->s->quota[id] = value;
	free(name);
}

/* No bytes: the ring was reset. */
static void replay_reply(struct reader *r)
{
	uint32_t domid = get_domid(r), how = get_u8(r), consumed = get_u32(r), base = get_u32(r);
	size_t len;
	const char *data = get_block(r, &len);
	struct pending_msg *m;
	struct pending *p;

	if (r->bad || how >= KEPT_COUNT)
		return;
	p = pending_make(r->j, domid);
	m = how == KEPT_EVENT ? &p->event : &p->reply;
	m->how = how;
	m->consumed = consumed;
	m->rsp_base = base;
	m->data.len = 0;
	bytes_put(&m->data, data, len);
	if (how != KEPT_EVENT)
		p->input.len = 0;
	if (len == 0)
		p->event.data.len = 0;
}

static void replay_input(struct reader *r)
{
	uint32_t domid = get_domid(r), start = get_u32(r);
	size_t len;
	const char *data = get_block(r, &len);
	struct pending *p;

	if (r->bad)
		return;
	p = pending_make(r->j, domid);
	if (p->in_start + p->input.len != start) {
		p->in_start = start;
		p->input.len = 0;
	}
	bytes_put(&p->input, data, len);
}

static void (*const replay_rows[REC_COUNT])(struct reader *r) = {
	[REC_NODE] = replay_node,
	[REC_DROP] = replay_drop,
	[REC_DOMAIN] = replay_domain,
	[REC_RELEASE] = replay_release,
	[REC_WATCH] = replay_watch,
	[REC_UNWATCH] = replay_unwatch,
	[REC_UNWATCH_ALL] = replay_unwatch_all,
	[REC_TX_IDS] = replay_tx_ids,
	[REC_QUOTA] = replay_quota,
	[REC_REPLY] = replay_reply,
	[REC_INPUT] = replay_input,
};

/* ---- the file ------------------------------------------------------------------------------- */

static bool replay_batch(struct reader *r)
{
	while (!r->bad && r->p < r->end) {
		uint8_t type = get_u8(r);

		if (type >= REC_COUNT || !replay_rows[type])
			r->bad = true;
		else
			replay_rows[type](r);
	}
	return !r->bad;
}

void journal_replay(struct store *s, const char *data, size_t len, size_t *ret_good)
{
	size_t magic = sizeof(JOURNAL_MAGIC) - 1, at = magic;
	struct batch_header h;

	*ret_good = 0;
	if (len < magic || memcmp(data, JOURNAL_MAGIC, magic) != 0)
		return;
	s->replaying = true;
	while (len - at >= sizeof(h)) {
		struct reader r = { .s = s, .j = s->journal };

		memcpy(&h, data + at, sizeof(h));
		r.p = data + at + sizeof(h);
		if (len - at - sizeof(h) < h.len || journal_sum(r.p, h.len) != h.sum)
			break;
		r.end = r.p + h.len;
		if (!replay_batch(&r))
			break;
		at += sizeof(h) + h.len;
	}
	s->replaying = false;
	*ret_good = at;
}

static int read_file(const char *path, struct buf *b)
{
	char chunk[65536];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		bytes_put(b, chunk, n);
	err = n < 0 ? -errno : 0;
	close(fd);
	return err;
}

int journal_open(struct store *s, const char *path)
{
	struct journal *j = mem_zalloc(sizeof(*j));
	struct buf b = { 0 };
	size_t good = 0;
	int err;

	j->path = mem_strdup(path);
	j->fd = -1;
	s->journal = j;
	err = read_file(path, &b);
	if (err == 0 && b.len > 0) {
		journal_replay(s, b.data, b.len, &good);
		if (good == 0)
			log_error("store", "%s is not a state file; starting empty", path);
		else if (good < b.len)
			log_warn("store", "%s: the last %zu bytes are not whole and were dropped",
				 path, b.len - good);
	}
	bytes_free(&b);
	return err;
}

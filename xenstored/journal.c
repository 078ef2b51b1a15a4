/* SPDX-License-Identifier: GPL-2.0-only */
/* journal.c: the state file: writing it. replay.c reads it back.
 *
 * File: an 8-byte magic, then batches: u32 length, u32 checksum, records. Record: u8 type, then
 * fields in the machine's byte order; a string or a block is u32 length and bytes. The file never
 * leaves the machine, nor outlives its boot (it belongs on a tmpfs), so there is no fsync. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "util/io.h"
#include "util/log.h"
#include "xenstored/journal_format.h"
#include "xenstored/mem.h"
#include "xenstored/ring.h"
#include "xenstored/watch.h"

#define COMPACT_MIN (1u << 20) /* a file below this is left alone */
#define UNWRITTEN_MAX (64u << 10) /* what waits for room on a full file system */

uint32_t journal_sum(const char *data, size_t len)
{
	uint32_t h = 0x811c9dc5u;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)data[i]) * 0x01000193u;
	return h;
}

static struct buf *batch(const struct store *s)
{
	return s->journal && !s->replaying ? &s->journal->batch : NULL;
}

bool journal_dirty(const struct store *s)
{
	return s->journal && s->journal->batch.len > 0;
}

static void put_u8(struct buf *b, uint8_t v)
{
	bytes_put(b, &v, sizeof(v));
}

static void put_u32(struct buf *b, uint32_t v)
{
	bytes_put(b, &v, sizeof(v));
}

static void put_u64(struct buf *b, uint64_t v)
{
	bytes_put(b, &v, sizeof(v));
}

static void put_block(struct buf *b, const void *data, size_t len)
{
	put_u32(b, len);
	bytes_put(b, data, len);
}

static void put_string(struct buf *b, const char *s)
{
	put_block(b, s, strlen(s));
}

/* ---- records -------------------------------------------------------------------------------- */

void journal_node(struct store *s, const char *path, const struct node *n)
{
	struct buf *b = batch(s);
	unsigned int i, count = 0;
	size_t count_at;

	if (!b)
		return;
	put_u8(b, REC_NODE);
	put_string(b, path);
	put_block(b, n->value ? n->value->data : "", n->value ? n->value->len : 0);
	count_at = b->len;
	put_u32(b, 0);
	for (i = 0; i < n->perms->count; i++) {
		if (i > 0 && access_stale(s, &n->perms->p[i], n->perm_gen))
			continue;
		put_u32(b, n->perms->p[i].id);
		put_u32(b, n->perms->p[i].perms);
		count++;
	}
	memcpy(b->data + count_at, &count, sizeof(count));
}

void journal_drop(struct store *s, const char *path)
{
	struct buf *b = batch(s);

	if (!b)
		return;
	put_u8(b, REC_DROP);
	put_string(b, path);
}

void journal_domain(struct store *s, const struct domain *d)
{
	struct buf *b = batch(s);

	if (!b || d->domid == 0)
		return;
	put_u8(b, REC_DOMAIN);
	put_u32(b, d->domid);
	put_u64(b, d->gfn);
	put_u32(b, d->remote_port);
	put_u32(b, d->target);
	put_u8(b, d->introduced);
	put_u8(b, d->shutdown);
}

void journal_release(struct store *s, uint32_t domid)
{
	struct buf *b = batch(s);

	if (!b)
		return;
	put_u8(b, REC_RELEASE);
	put_u32(b, domid);
}

/* Socket clients come back by themselves and watch anew; only domains' watches are kept. */
void journal_watch(struct conn *c, const char *path, size_t home_len, const char *token)
{
	struct buf *b = c->domain ? batch(c->s) : NULL;

	if (!b)
		return;
	put_u8(b, REC_WATCH);
	put_u32(b, c->domain->domid);
	put_u32(b, home_len);
	put_string(b, path);
	put_string(b, token);
}

void journal_unwatch(struct conn *c, const char *path, const char *token)
{
	struct buf *b = c->domain ? batch(c->s) : NULL;

	if (!b)
		return;
	put_u8(b, REC_UNWATCH);
	put_u32(b, c->domain->domid);
	put_string(b, path);
	put_string(b, token);
}

void journal_unwatch_all(struct conn *c)
{
	struct buf *b = c->domain ? batch(c->s) : NULL;

	if (!b || c->s->closing)
		return;
	put_u8(b, REC_UNWATCH_ALL);
	put_u32(b, c->domain->domid);
}

void journal_tx_ids(struct store *s)
{
	struct buf *b = batch(s);

	if (!b || s->last_tx < s->tx_reserved)
		return;
	s->tx_reserved = s->last_tx + TX_ID_BLOCK;
	put_u8(b, REC_TX_IDS);
	put_u32(b, s->tx_reserved);
}

void journal_quota(struct store *s, unsigned int id)
{
	struct buf *b = batch(s);

	if (!b)
		return;
	put_u8(b, REC_QUOTA);
	put_u8(b, quota_rows[id].soft);
	put_string(b, quota_rows[id].name);
	put_u32(b, s->quota[id]);
}

void journal_reply(struct store *s, uint32_t domid, enum kept how, uint32_t consumed,
		   uint32_t rsp_base, const void *data, size_t len)
{
	struct buf *b = batch(s);

	if (!b)
		return;
	put_u8(b, REC_REPLY);
	put_u32(b, domid);
	put_u8(b, how);
	put_u32(b, consumed);
	put_u32(b, rsp_base);
	put_block(b, data, len);
}

void journal_input(struct store *s, uint32_t domid, uint32_t start, const void *data, size_t len)
{
	struct buf *b = batch(s);

	if (!b)
		return;
	put_u8(b, REC_INPUT);
	put_u32(b, domid);
	put_u32(b, start);
	put_block(b, data, len);
}

/* ---- the file ------------------------------------------------------------------------------- */

/* Room for the batch's header is kept at its start, so that one write() does. */
static int write_batch(int fd, struct buf *b, size_t *size)
{
	struct batch_header h = { .len = b->len, .sum = journal_sum(b->data, b->len) };
	struct buf whole = { 0 };
	int err;

	bytes_put(&whole, &h, sizeof(h));
	bytes_put(&whole, b->data, b->len);
	err = io_write_all(fd, whole.data, whole.len);
	if (err == 0)
		*size += whole.len;
	bytes_free(&whole);
	return err;
}

static void complain(struct journal *j, const char *path, int err)
{
	if (!j->failed)
		log_error("store", "cannot write %s: %s; changes are lost if this daemon ends now",
			  path, strerror(-err));
	j->failed = true;
}

/* A full file system: what could not be written is tried again with the next batch. When that has
 * become too much, it is forgotten: a whole new file is written once there is room. */
void journal_flush(struct store *s)
{
	struct journal *j = s->journal;
	int err;

	if (!j || j->batch.len == 0)
		return;
	if (j->fd < 0 || j->behind) {
		j->batch.len = 0;
		return;
	}
	err = write_batch(j->fd, &j->batch, &j->size);
	if (err == 0) {
		j->batch.len = 0;
		j->failed = false;
		return;
	}
	if (ftruncate(j->fd, j->size) != 0 || lseek(j->fd, j->size, SEEK_SET) < 0)
		err = -errno;
	complain(j, j->path, err);
	if (j->batch.len > UNWRITTEN_MAX) {
		j->batch.len = 0;
		j->behind = true;
	}
}

static int snapshot_node(const char *path, const struct node *n, void *arg)
{
	journal_node(arg, path, n);
	return 0;
}

static int snapshot_special(const struct entry *e, void *arg)
{
	journal_node(arg, e->name, e->node);
	return 0;
}

static void snapshot(struct store *s)
{
	struct domain *d;
	struct conn *c;
	struct watch *w;
	uint32_t id;
	unsigned int i;

	for (i = 0; i < QUOTA_COUNT; i++) {
		if (s->quota[i] != quota_rows[i].initial)
			journal_quota(s, i);
	}
	s->tx_reserved = s->last_tx;
	journal_tx_ids(s);
	node_walk(s->root, "/", snapshot_node, s);
	node_each_child(s->special, snapshot_special, s);
	for (id = 1; id < DOMID_COUNT; id++) {
		d = s->domains[id];
		if (d && d->introduced)
			journal_domain(s, d);
	}
	for (c = s->conns; c; c = c->next) {
		for (w = c->domain ? c->watches : NULL; w; w = w->conn_next)
			journal_watch(c, w->path, w->home_len, w->token);
		if (c->domain && c->transport->edge)
			ring_keep(c);
	}
}

static int write_snapshot(struct store *s, int fd, size_t *ret_size)
{
	struct journal *j = s->journal;
	struct buf kept = j->batch;
	size_t size = sizeof(JOURNAL_MAGIC) - 1;
	int err;

	j->batch = (struct buf){ 0 };
	snapshot(s);
	err = io_write_all(fd, JOURNAL_MAGIC, size);
	if (err == 0)
		err = write_batch(fd, &j->batch, &size);
	bytes_free(&j->batch);
	j->batch = kept;
	*ret_size = size;
	return err;
}

void journal_compact(struct store *s)
{
	struct journal *j = s->journal;
	size_t size = 0;
	char *aside;
	int fd, err;

	if (!j)
		return;
	aside = mem_zalloc(strlen(j->path) + 5);
	sprintf(aside, "%s.new", j->path);
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : write_snapshot(s, fd, &size);
	if (err == 0 && rename(aside, j->path) != 0)
		err = -errno;
	if (err < 0) {
		complain(j, aside, err);
		if (fd >= 0) {
			close(fd);
			unlink(aside);
		}
		/* try again when it has doubled */
		j->snapshot_size = j->size;
	} else {
		if (j->fd >= 0)
			close(j->fd);
		j->fd = fd;
		j->size = j->snapshot_size = size;
		j->batch.len = 0;
		j->failed = j->behind = false;
	}
	free(aside);
}

void journal_tidy(struct store *s)
{
	struct journal *j = s->journal;
	time_t now;

	if (j && (j->behind || j->fd < 0)) {
		now = time(NULL);
		if (now != j->tried)
			journal_compact(s);
		j->tried = now;
	} else if (j && j->size > COMPACT_MIN && j->size > 4 * j->snapshot_size)
		journal_compact(s);
}

void journal_close(struct store *s)
{
	struct journal *j = s->journal;

	if (!j)
		return;
	journal_flush(s);
	if (j->fd >= 0)
		close(j->fd);
	journal_drop_pending(j);
	bytes_free(&j->batch);
	free(j->path);
	free(j);
	s->journal = NULL;
}

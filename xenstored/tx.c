/* SPDX-License-Identifier: GPL-2.0-only */
/* tx.c: transactions.
 *
 * A transaction works on its own root. For every node it touches it notes, from the snapshot it
 * began with, the stamps of those parts that it read. At the end each must still be the same in
 * the tree of that moment; then what it changed goes there, and nothing else. A new child changes
 * its parent's list of children but does not count as reading it, so that two transactions that
 * add different children do not disturb each other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "xenstored/domain.h"
#include "xenstored/edit.h"
#include "xenstored/journal.h"
#include "xenstored/mem.h"
#include "xenstored/tx.h"
#include "xenstored/watch.h"

/* What open transactions may keep alive of the tree as it was, in all. Not a domain's alone: the
 * values are those of others, too. Nobody comes near it in the time that a transaction should take. */
#define TX_LEFT_MAX (32u << 20)

static void begin(struct tx *tx)
{
	tx->base = node_get(tx->conn->s->root);
	tx->root = node_get(tx->conn->s->root);
	tx->left = node_left;
}

struct tx *tx_start(struct conn *c, uint32_t id)
{
	struct store *s = c->s;
	struct tx *tx = mem_zalloc(sizeof(*tx));

	if (id == 0) {
		do {
			id = ++s->last_tx;
		} while (id == 0 || tx_find(c, id));
		journal_tx_ids(s);
	}
	tx->id = id;
	tx->conn = c;
	begin(tx);
	if (s->tx_count == 0)
		s->tx_oldest = tx->left;
	tx->next = c->txs;
	c->txs = tx;
	c->tx_count++;
	s->tx_count++;
	if (c->domain)
		c->domain->txs++;
	return tx;
}

struct tx *tx_find(struct conn *c, uint32_t id)
{
	struct tx *tx;

	for (tx = c->txs; tx && tx->id != id; tx = tx->next)
		;
	return tx;
}

static size_t note_bytes(const char *path)
{
	return sizeof(struct tx_note) + sizeof(struct smap_item) + 2 * strlen(path);
}

bool tx_room(const struct conn *c, const struct tx *tx, unsigned int notes, const char *path,
	     size_t bytes)
{
	const unsigned int *quota = c->s->quota;

	if (!tx || domain_privileged(c->who.domid))
		return true;
	return tx->count + notes <= quota[QUOTA_TX_NODES] &&
	       c->domain->bytes + c->domain->tx_bytes + notes * note_bytes(path) + bytes <=
		       quota[QUOTA_MEMORY];
}

void tx_hold(struct tx *tx, size_t bytes)
{
	if (!tx)
		return;
	tx->bytes += bytes;
	if (tx->conn->domain)
		tx->conn->domain->tx_bytes += bytes;
}

void tx_note(struct tx *tx, const char *path, unsigned int flags)
{
	struct tx_note *note = smap_get(&tx->by_path, path);
	const struct node *n;

	if (!note) {
		note = mem_zalloc(sizeof(*note) + strlen(path) + 1);
		strcpy(note->path, path);
		n = node_find(tx->base, path);
		if (n) {
			note->gen = n->gen;
			note->perm_gen = n->perm_gen;
			note->list_gen = n->list_gen;
		}
		if (tx->count == tx->size) {
			tx->size = tx->size ? tx->size * 2 : 16;
			tx->notes = mem_realloc(tx->notes, tx->size * sizeof(*tx->notes));
		}
		tx->notes[tx->count++] = note;
		tx_hold(tx, note_bytes(path));
		smap_put(&tx->by_path, path, note);
	}
	note->flags |= flags;
}

struct tx_delta *tx_delta(struct tx *tx, uint32_t domid)
{
	struct tx_delta *d;

	for (d = tx->deltas; d && d->domid != domid; d = d->next)
		;
	if (!d) {
		d = mem_zalloc(sizeof(*d));
		d->domid = domid;
		d->next = tx->deltas;
		tx->deltas = d;
	}
	return d;
}

/* All that it has done is forgotten, and the trees are let go of. */
static void forget(struct tx *tx)
{
	struct tx_delta *d;
	unsigned int i;

	smap_clear(&tx->by_path, NULL);
	for (i = 0; i < tx->count; i++)
		free(tx->notes[i]);
	free(tx->notes);
	tx->notes = NULL;
	tx->count = tx->size = 0;
	while ((d = tx->deltas)) {
		tx->deltas = d->next;
		free(d);
	}
	if (tx->conn->domain)
		tx->conn->domain->tx_bytes -= tx->bytes;
	tx->bytes = 0;
	node_put(tx->base);
	node_put(tx->root);
}

static void tx_free(struct tx *tx)
{
	struct tx **pos = &tx->conn->txs;

	while (*pos != tx)
		pos = &(*pos)->next;
	*pos = tx->next;
	tx->conn->tx_count--;
	tx->conn->s->tx_count--;
	if (tx->conn->domain)
		tx->conn->domain->txs--;
	forget(tx);
	free(tx);
}

void tx_limit(struct store *s)
{
	struct conn *c;
	struct tx *tx;

	if (s->tx_count == 0 || node_left - s->tx_oldest <= TX_LEFT_MAX)
		return;
	s->tx_oldest = node_left;
	for (c = s->conns; c; c = c->next) {
		for (tx = c->txs; tx; tx = tx->next) {
			if (node_left - tx->left > TX_LEFT_MAX) {
				forget(tx);
				begin(tx);
				tx->doomed = true;
			}
			if (tx->left < s->tx_oldest)
				s->tx_oldest = tx->left;
		}
	}
}

/* What the transaction read of this node is as it was. */
static bool unchanged(const struct tx_note *note, const struct node *root)
{
	const struct node *n;

	if (!(note->flags & TX_READ))
		return true;
	n = node_find(root, note->path);
	if ((note->flags & TX_READ_VALUE) && (n ? n->gen : 0) != note->gen)
		return false;
	if ((note->flags & TX_READ_PERMS) && (n ? n->perm_gen : 0) != note->perm_gen)
		return false;
	if ((note->flags & TX_READ_LIST) && (n ? n->list_gen : 0) != note->list_gen)
		return false;
	return true;
}

static bool conflicts(const struct tx *tx)
{
	unsigned int i;

	for (i = 0; i < tx->count; i++) {
		if (!unchanged(tx->notes[i], tx->conn->s->root))
			return true;
	}
	return false;
}

static int check_quotas(const struct tx *tx)
{
	const struct tx_delta *d;
	int err;

	if (domain_privileged(tx->conn->who.domid))
		return 0;
	for (d = tx->deltas; d; d = d->next) {
		if (d->nodes <= 0 && d->bytes <= 0)
			continue;
		err = domain_may_add(tx->conn->s, d->domid, d->nodes > 0 ? d->nodes : 0,
				     d->bytes > 0 ? d->bytes : 0);
		if (err < 0)
			return err;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp((*(struct tx_note *const *)a)->path, (*(struct tx_note *const *)b)->path);
}

/* One node's changes go into the tree; parents come before their children. */
static void merge_note(struct tx *tx, const struct tx_note *note)
{
	const struct node *n = node_find(tx->root, note->path);

	if (note->flags & TX_REMOVED)
		edit_drop(tx->conn->s, note->path);
	if (n && (note->flags & (TX_SET_VALUE | TX_SET_PERMS))) {
		static const struct value empty = { .refs = 1 };
		const struct value *v = n->value ? n->value : &empty;

		edit_put(tx->conn->s, note->path, note->flags & TX_SET_VALUE ? v : NULL,
			 note->flags & TX_SET_PERMS ? n->perms : NULL);
	}
}

/* Nobody changed anything meanwhile: the transaction's tree is the tree. */
static void adopt_note(struct tx *tx, const struct tx_note *note)
{
	const struct node *n = node_find(tx->root, note->path);

	if (note->flags & TX_REMOVED)
		journal_drop(tx->conn->s, note->path);
	if (n && (note->flags & (TX_SET_VALUE | TX_SET_PERMS)))
		journal_node(tx->conn->s, note->path, n);
}

static void adopt_root(struct tx *tx)
{
	struct store *s = tx->conn->s;
	const struct tx_delta *d;

	node_put(s->root);
	s->root = node_get(tx->root);
	for (d = tx->deltas; d; d = d->next)
		domain_account(s, d->domid, d->nodes, d->bytes);
}

static void apply(struct tx *tx)
{
	struct store *s = tx->conn->s;
	bool alone = s->root == tx->base;
	struct tx_note **sorted = mem_zalloc((tx->count + 1) * sizeof(*sorted));
	unsigned int i;

	if (tx->count > 0)
		memcpy(sorted, tx->notes, tx->count * sizeof(*sorted));
	qsort(sorted, tx->count, sizeof(*sorted), by_path);
	if (alone)
		adopt_root(tx);
	for (i = 0; i < tx->count; i++) {
		if (!(sorted[i]->flags & TX_CHANGED))
			continue;
		if (alone)
			adopt_note(tx, sorted[i]);
		else
			merge_note(tx, sorted[i]);
	}
	free(sorted);
}

/* A node above went, too, and its watchers hear of all that was below it. */
static bool went_with_parent(const struct tx *tx, const char *path)
{
	const struct tx_note *note;
	struct smap_scan scan;
	size_t len = 0;

	smap_scan_start(&scan, &tx->by_path, path);
	for (;;) {
		len += 1 + strcspn(path + len + 1, "/");
		if (path[len] == '\0')
			return false;
		note = smap_scan_to(&scan, len);
		if (note && note->flags & TX_REMOVED)
			return true;
	}
}

static void fire(struct tx *tx)
{
	struct store *s = tx->conn->s;
	const struct tx_note *note;
	const struct node *was;
	unsigned int i;

	for (i = 0; i < tx->count; i++) {
		note = tx->notes[i];
		if (!(note->flags & TX_CHANGED))
			continue;
		was = note->flags & TX_REMOVED ? node_find(tx->base, note->path) : NULL;
		if (was && went_with_parent(tx, note->path))
			watch_fire_alone(s, note->path, was, node_find(s->root, note->path));
		else
			watch_fire(s, note->path, was, node_find(s->root, note->path));
	}
}

int tx_end(struct tx *tx, bool commit)
{
	struct store *s = tx->conn->s;
	int err = 0;

	if (commit && (tx->doomed || (s->root != tx->base && conflicts(tx))))
		err = -EAGAIN;
	if (commit && err == 0)
		err = check_quotas(tx);
	if (commit && err == 0) {
		apply(tx);
		fire(tx);
	}
	tx_free(tx);
	return err;
}

void tx_end_all(struct conn *c)
{
	while (c->txs)
		tx_end(c->txs, false);
}

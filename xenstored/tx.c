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
	tx->base = node_get(s->root);
	tx->root = node_get(s->root);
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

static void tx_free(struct tx *tx)
{
	struct tx **pos = &tx->conn->txs;
	struct tx_delta *d;
	unsigned int i;

	while (*pos != tx)
		pos = &(*pos)->next;
	*pos = tx->next;
	tx->conn->tx_count--;
	tx->conn->s->tx_count--;
	if (tx->conn->domain)
		tx->conn->domain->txs--;
	smap_clear(&tx->by_path, NULL);
	for (i = 0; i < tx->count; i++)
		free(tx->notes[i]);
	free(tx->notes);
	while ((d = tx->deltas)) {
		tx->deltas = d->next;
		free(d);
	}
	node_put(tx->base);
	node_put(tx->root);
	free(tx);
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

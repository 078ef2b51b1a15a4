/* SPDX-License-Identifier: GPL-2.0-only */
/* tx.h: transactions: a snapshot to work on, notes of what was read and changed, and a merge. */
#ifndef XENSTORED_TX_H
#define XENSTORED_TX_H

#include "xenstored/conn.h"

/* What of a node was read (and must be unchanged at the end) and what was changed. */
#define TX_READ_VALUE 0x01
#define TX_READ_PERMS 0x02
#define TX_READ_LIST  0x04
#define TX_READ	      (TX_READ_VALUE | TX_READ_PERMS | TX_READ_LIST)
#define TX_SET_VALUE  0x10
#define TX_SET_PERMS  0x20
#define TX_REMOVED    0x40
#define TX_CHANGED    (TX_SET_VALUE | TX_SET_PERMS | TX_REMOVED)

struct tx_note {
	unsigned int flags;
	uint64_t gen, perm_gen, list_gen; /* in the snapshot; all 0: there was no such node */
	char path[];
};

struct tx_delta {
	struct tx_delta *next;
	uint32_t domid;
	int nodes;
	long bytes;
};

struct tx {
	struct tx *next;
	struct conn *conn;
	uint32_t id;
	bool doomed; /* began before a restart, or far too long ago: ends with EAGAIN */
	struct node *base, *root;
	uint64_t left; /* node_left when it began */
	size_t bytes;  /* of notes and new values */
	struct smap by_path;
	struct tx_note **notes; /* in order of first touch */
	unsigned int count, size;
	struct tx_delta *deltas;
};

struct tx *tx_start(struct conn *c, uint32_t id); /* id 0: the next one */
struct tx *tx_find(struct conn *c, uint32_t id);
/* Has a guest's transaction room for so many notes of this path, and these bytes? tx may be NULL. */
bool tx_room(const struct conn *c, const struct tx *tx, unsigned int notes, const char *path,
	     size_t bytes);
void tx_hold(struct tx *tx, size_t bytes); /* it has them now; NULL allowed */
void tx_note(struct tx *tx, const char *path, unsigned int flags);
struct tx_delta *tx_delta(struct tx *tx, uint32_t domid);
/* Ends and frees it. 0, -EAGAIN (somebody changed what it used), -ENOSPC. */
int tx_end(struct tx *tx, bool commit);
void tx_end_all(struct conn *c);
/* Between turns: those that keep too much of an older tree alive let go of it, and are doomed. */
void tx_limit(struct store *s);

#endif

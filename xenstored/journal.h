/* SPDX-License-Identifier: GPL-2.0-only */
/* journal.h: the state file: every change as it happens, so that the next start goes on from it.
 *
 * Changes of one request collect in memory and are written as one batch, by one write(), before
 * the client hears of it. A batch is length, checksum, records; a torn last batch is dropped. When
 * the file has grown well beyond the state, a new one is written aside and renamed over it. */
#ifndef XENSTORED_JOURNAL_H
#define XENSTORED_JOURNAL_H

#include "xenstored/conn.h"
#include "xenstored/domain.h"

/* Opens or makes the file and replays it. -Exxx: it cannot be used at all. */
int journal_open(struct store *s, const char *path);
void journal_close(struct store *s);
void journal_tidy(struct store *s); /* compacts when that is worth it; between turns */
void journal_flush(struct store *s);
bool journal_dirty(const struct store *s); /* the batch has records */
/* Writes the whole state as a new file. Once after journal_open() and domains are served. */
void journal_compact(struct store *s);
/* What the replay found of a domain's ring traffic, handed to its new connection. */
void journal_restore_ring(struct store *s, struct conn *c);

/* Each adds a record to the batch; nothing without a journal or while replaying. */
void journal_node(struct store *s, const char *path, const struct node *n);
void journal_drop(struct store *s, const char *path);
void journal_domain(struct store *s, const struct domain *d);
void journal_release(struct store *s, uint32_t domid);
void journal_watch(struct conn *c, const char *path, size_t home_len, const char *token);
void journal_unwatch(struct conn *c, const char *path, const char *token);
void journal_unwatch_all(struct conn *c);
void journal_tx_ids(struct store *s);
void journal_quota(struct store *s, unsigned int id);
/* Ring traffic that a restart must not lose; see ring.c. A reply ends what input was kept. */
enum kept {
	KEPT_UNREAD, /* a reply; it is in the ring if its request is consumed */
	KEPT_QUEUED, /* a reply that is not in the ring yet, its request is consumed */
	KEPT_PLACED, /* a reply being placed from rsp_base on */
	KEPT_EVENT,  /* an event being placed from rsp_base on */
	KEPT_COUNT
};
void journal_reply(struct store *s, uint32_t domid, enum kept how, uint32_t consumed,
		   uint32_t rsp_base, const void *data, size_t len);
void journal_input(struct store *s, uint32_t domid, uint32_t start, const void *data, size_t len);

#endif

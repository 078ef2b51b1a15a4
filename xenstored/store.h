/* SPDX-License-Identifier: GPL-2.0-only */
/* store.h: the daemon's state: the tree, who is connected, and what they may hold. */
#ifndef XENSTORED_STORE_H
#define XENSTORED_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include "xenstored/backend.h"
#include "xenstored/node.h"
#include "xenstored/quota.h"
#include "xenstored/smap.h"

#define DOMID_COUNT 0x7ff0u /* domain ids below the reserved ones */
#define DOMID_NONE  0xffffffffu

struct conn;
struct domain;
struct journal;
struct loop;

struct store {
	struct node *root;
	struct node *special; /* "/@introduceDomain", "/@releaseDomain": only their permissions count */
	uint64_t gen;	      /* the last stamp given */
	struct domain **domains;  /* by id */
	uint64_t *died;	      /* by id: permissions older than this were for a former domain */
	struct smap watches;  /* path -> struct watch list */
	unsigned int watch_count, tx_count, conn_count;
	struct conn *conns;
	struct conn *ready, **ready_end; /* have a whole message waiting for their turn */
	uint64_t tx_oldest;   /* node_left when the oldest open transaction began, or less */
	uint32_t last_tx;     /* the last id given */
	uint32_t tx_reserved; /* the journal knows that ids up to here may be given */
	uint32_t tx_restored; /* ids up to here may have been given before a restart */
	unsigned int quota[QUOTA_COUNT];
	struct journal *journal; /* NULL: nothing is kept */
	struct backend backend;	 /* ops NULL: no hypervisor */
	struct loop *loop;	/* NULL in tests that turn by hand */
	bool trace, replaying, any_dead;
	bool own_kernel; /* serve this machine's own kernel */
	bool closing; /* the daemon ends: what domains hold stays in the journal */
};

struct store *store_new(void);
void store_free(struct store *s);
uint64_t store_stamp(struct store *s);
/* Nodes every store has, /tool/xenstored/domid among them. */
void store_init_tree(struct store *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.h: domains the store knows: introduced ones, and those that permissions name. */
#ifndef XENSTORED_DOMAIN_H
#define XENSTORED_DOMAIN_H

#include "util/log.h"
#include "xenstored/store.h"

struct domain {
	uint32_t domid;
	bool introduced, shutdown, soft_warned;
	struct log_pace soft_said;
	uint64_t gfn;
	uint32_t remote_port, local_port;
	uint32_t target; /* DOMID_NONE, or the domain this one acts for */
	struct conn *conn;
	unsigned int nodes, watches, txs;
	size_t bytes, tx_bytes; /* tx_bytes: what its open transactions hold beside that */
};

struct domain *domain_find(const struct store *s, uint32_t domid);
struct domain *domain_make(struct store *s, uint32_t domid); /* found or made */
bool domain_privileged(uint32_t domid);

/* Maps the ring and starts serving it; a second time: rebinds and resets the connection. */
int domain_introduce(struct store *s, uint32_t domid, uint64_t gfn, uint32_t port);
/* Stops serving, deletes what the domain owned, tells watchers of @releaseDomain. */
void domain_release(struct store *s, struct domain *d);
/* Some domain shut down or died: looks at all that are known. */
void domain_scan(struct store *s);
/* At the start: serve our own kernel, and the domains that a replay brought back. */
void domain_resume_all(struct store *s);
struct conn *domain_conn_by_port(struct store *s, uint32_t local_port);
void domain_free_all(struct store *s);

/* What a domain holds; negative to give back. Quotas are checked before, with domain_may_add(). */
void domain_account(struct store *s, uint32_t domid, int nodes, long bytes);
/* 0, or -ENOSPC (nodes), -ENOMEM (bytes). Privileged domains may always. */
int domain_may_add(struct store *s, uint32_t domid, int nodes, long bytes);

#endif

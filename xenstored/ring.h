/* SPDX-License-Identifier: GPL-2.0-only */
/* ring.h: a domain's shared page as a connection. */
#ifndef XENSTORED_RING_H
#define XENSTORED_RING_H

#include "xenstored/conn.h"
#include "xenstored/domain.h"
#include "xenstored/journal.h"

/* Takes over a mapped page and a bound port: closing the connection gives them back. fresh: the
 * page is a new domain's, whatever indices it holds count only if they make sense. */
struct conn *ring_open(struct store *s, struct domain *d, struct xenstore_domain_interface *page);
/* Puts what is under way into a new journal file. */
void ring_keep(struct conn *c);
/* After a replay: what was under way when the daemon ended. See journal_reply/_input. */
void ring_restore_reply(struct conn *c, enum kept how, uint32_t consumed, uint32_t rsp_base,
			const void *data, size_t len);
void ring_restore_input(struct conn *c, uint32_t start, const void *data, size_t len);

#endif

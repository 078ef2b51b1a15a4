/* SPDX-License-Identifier: GPL-2.0-only */
/* hvc.h: a domain's consoles beside the first, which Linux calls hvc1 to hvc9. We are their backend: the
 * guest grants a ring for each when it finds them in the store. */
#ifndef XEND_HVC_H
#define XEND_HVC_H

#include "util/hvcspec.h"
#include "xend/domain.h"

/* A step of create.c, and when a domain is adopted: they are there, with their ends in domain 0. 0, or -Exxx
 * with the reason. What there is already begins anew. */
int hvcs_open(struct domain *d, bool adopt, char *why, size_t size);
void hvcs_free(struct domain *d);
int hvcs_rename(struct domain *d, const char *name);

/* What they have in the store, in the transaction that writes the domain's nodes. */
void hvcs_nodes(struct store_batch *b, const struct domain *d);

/* The domain is introduced to the store: connects them whenever the guest wants to. */
int hvcs_start(struct domain *d);
/* -EINPROGRESS: a request to the store is under way; teardown_advance() follows. */
int hvcs_stop(struct domain *d);

/* 0 is the first console; NULL: there is none of this number. */
struct console *domain_console(struct domain *d, int64_t number);
/* A list of all, for clients. */
struct json_object *hvcs_describe(const struct domain *d);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* access.h: who may do what with a node. */
#ifndef XENSTORED_ACCESS_H
#define XENSTORED_ACCESS_H

#include "xenstored/store.h"

/* A client as permissions see it: the domain itself and the one it acts for (or DOMID_NONE). */
struct subject {
	uint32_t domid, target;
};

bool access_may(const struct store *s, const struct subject *who, const struct node *n,
		unsigned int want);
/* The entry is for a domain that died after it was made. */
bool access_stale(const struct store *s, const struct xs_permissions *p, uint64_t stamp);

#endif

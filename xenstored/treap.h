/* SPDX-License-Identifier: GPL-2.0-only */
/* treap.h: a node's children: a persistent treap, its priorities a seeded hash of the name. */
#ifndef XENSTORED_TREAP_H
#define XENSTORED_TREAP_H

#include "xenstored/node.h"

void treap_put(struct entry *e);
struct entry *treap_find(struct entry *e, const char *name, size_t len);
/* The same, every entry on the way made the caller's own. The name must be there. */
struct entry *treap_own(struct entry **root, const char *name, size_t len);
void treap_insert(struct entry **root, const char *name, size_t len, struct node *node);
/* Takes the name out and returns its node, the reference with it. The name must be there. */
struct node *treap_remove(struct entry **root, const char *name, size_t len);

#endif

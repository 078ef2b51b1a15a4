/* SPDX-License-Identifier: GPL-2.0-only */
/* edit.h: changes to the tree, directly or inside a transaction: access, quotas, accounting,
 * journal and watches. 0 or -Exxx; on failure nothing changed. Paths are absolute and valid. */
#ifndef XENSTORED_EDIT_H
#define XENSTORED_EDIT_H

#include "xenstored/tx.h"

/* The node at path if the client may do `want` with it. Else -ENOENT or -EACCES: absence is told
 * only to those who may read the nearest parent. facet: TX_READ_* noted. */
int edit_find(struct conn *c, struct tx *tx, const char *path, unsigned int want,
	      unsigned int facet, const struct node **ret_node);
int edit_write(struct conn *c, struct tx *tx, const char *path, const void *data, size_t len);
int edit_mkdir(struct conn *c, struct tx *tx, const char *path);
int edit_remove(struct conn *c, struct tx *tx, const char *path);
int edit_set_perms(struct conn *c, struct tx *tx, const char *path,
		   const struct xs_permissions *p, unsigned int count);

/* Without access checks: the daemon itself, the journal's replay, a commit's merge. put creates
 * the node (its parents too) or replaces value and permissions; NULL leaves them. */
void edit_put(struct store *s, const char *path, const struct value *v, struct perms *p);
void edit_drop(struct store *s, const char *path);
/* After all of a request's edit_put/edit_drop. */
size_t node_bytes(const struct node *n, size_t name_len);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* watch.h: watches, found by the path they are on. */
#ifndef XENSTORED_WATCH_H
#define XENSTORED_WATCH_H

#include "xenstored/conn.h"

struct watch {
	struct watch *next;	 /* on the same path */
	struct watch *conn_next; /* of the same connection */
	struct conn *conn;
	size_t home_len; /* bytes cut off reported paths, for a relative watch; else 0 */
	char *token;
	char path[];
};

/* path: absolute. home_len: see struct watch. -EEXIST when the same is there. */
int watch_add(struct conn *c, const char *path, size_t home_len, const char *token,
	      struct watch **ret_watch);
int watch_remove(struct conn *c, const char *path, const char *token); /* -ENOENT */
void watch_remove_all(struct conn *c);
void watch_send(struct watch *w, const char *path); /* whatever it is on */

/* Something at path changed. now, was: the node after and before (NULL: there is or was none);
 * clients are told only of nodes that they may read, or whose parent they may read.
 * A node that went takes along all below it: watches there hear of the path they are on. */
void watch_fire(struct store *s, const char *path, const struct node *was, const struct node *now);
/* Leaves out what is below: it is told with a node above. */
void watch_fire_alone(struct store *s, const char *path, const struct node *was,
		      const struct node *now);
void watch_fire_special(struct store *s, const char *name);

#endif

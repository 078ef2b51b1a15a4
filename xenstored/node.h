/* SPDX-License-Identifier: GPL-2.0-only */
/* node.h: the tree as a persistent structure.
 *
 * A node that anybody else can see is never changed. Whoever holds the root through one reference
 * and reaches a node only through single references owns it and may change it in place; otherwise
 * it is copied on the way down (node_own). So a snapshot is one more reference to the root. */
#ifndef XENSTORED_NODE_H
#define XENSTORED_NODE_H

#include <stddef.h>
#include <stdint.h>
#include "xenstore.h"

struct value {
	uint32_t refs, len;
	char data[];
};

struct perms {
	uint32_t refs, count;
	struct xs_permissions p[]; /* p[0]: the owner, and what all others may do */
};

/* A child's place in its parent: an element of a treap ordered by name. */
struct entry {
	uint32_t refs, prio;
	struct entry *left, *right;
	struct node *node;
	uint16_t len;
	char name[];
};

struct node {
	uint32_t refs;
	uint32_t child_count;
	uint32_t child_bytes; /* of the names, with their NULs */
	/* Stamps of the last change to the value, the permissions, the set of children. */
	uint64_t gen, perm_gen, list_gen;
	struct value *value;
	struct perms *perms;
	struct entry *children;
};

/* Bytes that changes have left to other references, ever: what a snapshot keeps alive of an older
 * tree is no more than this has grown since it was taken. */
extern uint64_t node_left;

struct value *value_new(const void *data, size_t len);
struct perms *perms_new(const struct xs_permissions *p, unsigned int count);
struct perms *perms_get(struct perms *p);
void perms_put(struct perms *p);

struct node *node_new(struct perms *perms, uint64_t gen); /* takes a reference of its own on perms */
struct node *node_get(const struct node *n);
void node_put(struct node *n); /* NULL allowed */
void node_set_value(struct node *n, const void *data, size_t len, uint64_t gen);
void node_set_perms(struct node *n, struct perms *p, uint64_t gen);

/* Lookup by absolute path, already checked for its form. NULL if there is none. */
const struct node *node_find(const struct node *root, const char *path);
/* The deepest node on the way to path; *ret_len: how many bytes of path name it ("/": 1). */
const struct node *node_find_deepest(const struct node *root, const char *path, size_t *ret_len);
/* The existing node at path, owned by the holder of *root. */
struct node *node_own(struct node **root, const char *path);
/* Puts child (its reference is taken) below an owned parent under a name not in use there. */
void node_add_child(struct node *parent, const char *name, size_t len, struct node *child,
		    uint64_t gen);
/* Takes the node at path out; its reference passes to the caller. NULL if there is none. */
struct node *node_detach(struct node **root, const char *path, uint64_t gen);

/* Children in order of name. fn returns nonzero to stop. */
typedef int node_child_fn(const struct entry *e, void *arg);
int node_each_child(const struct node *n, node_child_fn *fn, void *arg);
/* The node at path and all below it, parents first. */
typedef int node_walk_fn(const char *path, const struct node *n, void *arg);
int node_walk(const struct node *n, const char *path, node_walk_fn *fn, void *arg);

#endif

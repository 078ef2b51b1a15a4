/* SPDX-License-Identifier: GPL-2.0-only */
/* treap.c: a node's children as a persistent treap. Depth is logarithmic whatever the names are,
 * because guests do not know the seed of the priorities. */
#include <stdlib.h>
#include <string.h>
#include "xenstored/mem.h"
#include "xenstored/smap.h"
#include "xenstored/treap.h"

static int compare(const char *name, size_t len, const struct entry *e)
{
	int c = memcmp(name, e->name, len < e->len ? len : e->len);

	return c ? c : (int)len - (int)e->len;
}

static struct entry *entry_new(const char *name, size_t len)
{
	struct entry *e = mem_zalloc(sizeof(*e) + len + 1);

	e->refs = 1;
	e->len = len;
	e->prio = smap_hash(name, len);
	memcpy(e->name, name, len);
	return e;
}

static struct entry *entry_get(struct entry *e)
{
	if (e)
		e->refs++;
	return e;
}

void treap_put(struct entry *e)
{
	if (!e || --e->refs > 0)
		return;
	treap_put(e->left);
	treap_put(e->right);
	node_put(e->node);
	free(e);
}

/* Makes *pos the caller's own, who must own whatever holds pos. */
static struct entry *own(struct entry **pos)
{
	struct entry *e = *pos, *copy;

	if (e->refs == 1)
		return e;
	node_left += sizeof(*e) + e->len;
	copy = entry_new(e->name, e->len);
	copy->left = entry_get(e->left);
	copy->right = entry_get(e->right);
	copy->node = node_get(e->node);
	e->refs--;
	*pos = copy;
	return copy;
}

struct entry *treap_find(struct entry *e, const char *name, size_t len)
{
	int c;

	while (e && (c = compare(name, len, e)) != 0)
		e = c < 0 ? e->left : e->right;
	return e;
}

struct entry *treap_own(struct entry **root, const char *name, size_t len)
{
	struct entry *e;
	int c;

	for (;;) {
		e = own(root);
		c = compare(name, len, e);
		if (c == 0)
			return e;
		root = c < 0 ? &e->left : &e->right;
	}
}

static void rotate_right(struct entry **pos)
{
	struct entry *e = *pos, *up = e->left;

	e->left = up->right;
	up->right = e;
	*pos = up;
}

static void rotate_left(struct entry **pos)
{
	struct entry *e = *pos, *up = e->right;

	e->right = up->left;
	up->left = e;
	*pos = up;
}

void treap_insert(struct entry **pos, const char *name, size_t len, struct node *node)
{
	struct entry *e;

	if (!*pos) {
		*pos = entry_new(name, len);
		(*pos)->node = node;
		return;
	}
	e = own(pos);
	if (compare(name, len, e) < 0) {
		treap_insert(&e->left, name, len, node);
		if (e->left->prio > e->prio)
			rotate_right(pos);
	} else {
		treap_insert(&e->right, name, len, node);
		if (e->right->prio > e->prio)
			rotate_left(pos);
	}
}

/* One treap of two whose names do not overlap; both references pass in, one comes out. */
static struct entry *merge(struct entry *left, struct entry *right)
{
	if (!left || !right)
		return left ? left : right;
	if (left->prio > right->prio) {
		own(&left);
		left->right = merge(left->right, right);
		return left;
	}
	own(&right);
	right->left = merge(left, right->left);
	return right;
}

struct node *treap_remove(struct entry **root, const char *name, size_t len)
{
	struct entry *e;
	struct node *node;
	int c;

	for (;;) {
		e = own(root);
		c = compare(name, len, e);
		if (c == 0)
			break;
		root = c < 0 ? &e->left : &e->right;
	}
	node = e->node;
	*root = merge(e->left, e->right);
	free(e);
	return node;
}

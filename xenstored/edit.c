/* SPDX-License-Identifier: GPL-2.0-only */
/* edit.c: changes to the tree: check access and quotas, then steps that cannot fail. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "xenstored/domain.h"
#include "xenstored/edit.h"
#include "xenstored/journal.h"
#include "xenstored/mem.h"
#include "xenstored/path.h"
#include "xenstored/watch.h"

#define NODE_HEADER 24 /* what a node counts before its value, permissions and names */
#define SPECIAL_BUF (PATH_BUF + 1)

size_t node_bytes(const struct node *n, size_t name_len)
{
	return NODE_HEADER + name_len + 8 * n->perms->count + (n->value ? n->value->len : 0);
}

static void account(struct store *s, struct tx *tx, uint32_t domid, int nodes, long bytes)
{
	struct tx_delta *d;

	if (!tx) {
		domain_account(s, domid, nodes, bytes);
		return;
	}
	d = tx_delta(tx, domid);
	d->nodes += nodes;
	d->bytes += bytes;
}

/* A node comes (sign 1) or goes (-1). */
static void account_node(struct store *s, struct tx *tx, const char *path, const struct node *n,
			 int sign)
{
	long bytes = node_bytes(n, strlen(path) - path_parent_len(path));

	account(s, tx, n->perms->p[0].id, sign, sign < 0 ? -bytes : bytes);
}

/* May the client make `owner` hold more? Only unprivileged clients are asked. */
static int may_add(struct conn *c, struct tx *tx, uint32_t owner, int nodes, long bytes)
{
	struct tx_delta *d;

	if (domain_privileged(c->who.domid))
		return 0;
	if (tx) {
		d = tx_delta(tx, owner);
		nodes += d->nodes;
		bytes += d->bytes;
	}
	return domain_may_add(c->s, owner, nodes, bytes);
}

static bool size_ok(struct conn *c, const struct node *n, size_t value_len, size_t perm_count,
		    size_t more_names)
{
	size_t size = NODE_HEADER + value_len + 8 * perm_count + n->child_bytes + more_names;

	return domain_privileged(c->who.domid) || size < c->s->quota[QUOTA_NODE_SIZE];
}

static size_t value_len(const struct node *n)
{
	return n->value ? n->value->len : 0;
}

/* ---- lookup --------------------------------------------------------------------------------- */

/* The tree that holds path: *ret_path is its path there, in buf for the special ones. */
static struct node **tree_of(struct store *s, struct tx *tx, const char *path, char *buf,
			     const char **ret_path)
{
	*ret_path = path;
	if (!path_special(path))
		return tx ? &tx->root : &s->root;
	snprintf(buf, SPECIAL_BUF, "/%s", path);
	*ret_path = buf;
	return &s->special;
}

int edit_find(struct conn *c, struct tx *tx, const char *path, unsigned int want,
	      unsigned int facet, const struct node **ret_node)
{
	const struct node *n, *deepest;
	char buf[SPECIAL_BUF];
	const char *at;
	struct node **root = tree_of(c->s, tx, path, buf, &at);
	size_t len;

	if (!tx_room(c, tx, 1, path, 0))
		return -ENOSPC;
	deepest = node_find_deepest(*root, at, &len);
	n = len == strlen(at) ? deepest : NULL;
	if (tx && !path_special(path)) {
		if (!domain_privileged(c->who.domid))
			facet |= TX_READ_PERMS;
		tx_note(tx, path, facet);
	}
	if (!access_may(c->s, &c->who, deepest, want))
		return -EACCES;
	if (!n)
		return -ENOENT;
	*ret_node = n;
	return 0;
}

/* ---- create and write ----------------------------------------------------------------------- */

/* The permissions of a new child: the parent's without entries for domains that died, and an
 * unprivileged creator owns what it creates. A reference for the caller. */
static struct perms *inherit(struct store *s, const struct node *parent, uint32_t owner)
{
	struct perms *p = parent->perms, *copy;
	unsigned int i, count = 1;

	for (i = 1; i < p->count && !access_stale(s, &p->p[i], parent->perm_gen); i++)
		;
	if (i == p->count && owner == p->p[0].id)
		return perms_get(p);
	copy = perms_new(p->p, p->count);
	copy->p[0].id = owner;
	for (i = 1; i < p->count; i++) {
		if (!access_stale(s, &p->p[i], parent->perm_gen))
			copy->p[count++] = p->p[i];
	}
	copy->count = count;
	return copy;
}

/* Creates path and what is missing above it. have: length of the deepest existing path. */
static void create(struct store *s, struct tx *tx, struct node **root, const char *path,
		   size_t have, uint32_t owner, const void *data, size_t len)
{
	size_t total = strlen(path), end;
	char *part = mem_strdup(path);
	struct node *parent, *n;
	struct perms *p;
	uint64_t stamp = store_stamp(s);

	for (; have < total; have = end) {
		size_t start = have == 1 ? 1 : have + 1;

		end = start + strcspn(path + start, "/");
		memcpy(part, path, total + 1);
		part[have] = '\0';
		parent = node_own(root, part);
		p = inherit(s, parent, owner);
		n = node_new(p, stamp);
		perms_put(p);
		if (end == total)
			node_set_value(n, data, len, stamp);
		node_add_child(parent, path + start, end - start, n, stamp);
		memcpy(part, path, total + 1);
		part[end] = '\0';
		account_node(s, tx, part, n, 1);
		if (tx)
			tx_note(tx, part, TX_READ_VALUE | TX_SET_VALUE | TX_SET_PERMS);
		else
			journal_node(s, part, n);
	}
	free(part);
}

static unsigned int parts_missing(const char *path, size_t have)
{
	unsigned int count = 0;
	size_t i;

	for (i = have == 1 ? 0 : have; path[i]; i++)
		count += path[i] == '/';
	return count;
}

static int write_new(struct conn *c, struct tx *tx, const char *path, size_t have,
		     const struct node *parent, const void *data, size_t len)
{
	struct store *s = c->s;
	bool privileged = domain_privileged(c->who.domid);
	uint32_t owner = privileged ? parent->perms->p[0].id : c->who.domid;
	unsigned int missing = parts_missing(path, have);
	size_t name_len = strlen(path) - have;
	size_t bytes = len + name_len + missing * (NODE_HEADER + 8 * (size_t)parent->perms->count);
	char *top;
	int err;

	if (!tx_room(c, tx, missing + 1, path, bytes))
		return -ENOSPC;
	if (!privileged && (NODE_HEADER + len + 8 * parent->perms->count >= s->quota[QUOTA_NODE_SIZE] ||
			    !size_ok(c, parent, value_len(parent), parent->perms->count, name_len)))
		return -ENOSPC;
	err = may_add(c, tx, owner, missing, bytes);
	if (err < 0)
		return err;
	if (tx) {
		tx_hold(tx, bytes);
		top = mem_strdup(path);
		top[have] = '\0';
		tx_note(tx, top, TX_READ_PERMS);
		free(top);
	}
	create(s, tx, tx ? &tx->root : &s->root, path, have, owner, data, len);
	return 0;
}

static int write_old(struct conn *c, struct tx *tx, const char *path, const struct node *n,
		     const void *data, size_t len)
{
	struct store *s = c->s;
	long more = (long)len - (long)value_len(n);
	uint32_t owner = n->perms->p[0].id;
	struct node *mine;
	int err;

	if (!tx_room(c, tx, 1, path, len) || !size_ok(c, n, len, n->perms->count, 0))
		return -ENOSPC;
	err = more > 0 ? may_add(c, tx, owner, 0, more) : 0;
	if (err < 0)
		return err;
	if (tx)
		tx_note(tx, path, TX_READ_VALUE | TX_READ_PERMS | TX_SET_VALUE);
	tx_hold(tx, len);
	mine = node_own(tx ? &tx->root : &s->root, path);
	node_set_value(mine, data, len, store_stamp(s));
	account(s, tx, owner, 0, more);
	if (!tx)
		journal_node(s, path, mine);
	return 0;
}

static int write_node(struct conn *c, struct tx *tx, const char *path, const void *data,
		      size_t len, bool only_new)
{
	struct node *root = tx ? tx->root : c->s->root;
	const struct node *n;
	size_t have;
	int err;

	n = node_find_deepest(root, path, &have);
	if (!tx_room(c, tx, 1, path, 0))
		return -ENOSPC;
	if (tx && !domain_privileged(c->who.domid))
		tx_note(tx, path, TX_READ_PERMS);
	if (!access_may(c->s, &c->who, n, XS_PERM_WRITE))
		return -EACCES;
	if (path[have] == '\0' && only_new) {
		if (tx)
			tx_note(tx, path, TX_READ_PERMS);
		return 0;
	}
	if (path[have] == '\0')
		err = write_old(c, tx, path, n, data, len);
	else
		err = write_new(c, tx, path, have, n, data, len);
	if (err == 0 && !tx)
		watch_fire(c->s, path, NULL, node_find(c->s->root, path));
	return err;
}

int edit_write(struct conn *c, struct tx *tx, const char *path, const void *data, size_t len)
{
	return write_node(c, tx, path, data, len, false);
}

int edit_mkdir(struct conn *c, struct tx *tx, const char *path)
{
	return write_node(c, tx, path, "", 0, true);
}

/* ---- remove --------------------------------------------------------------------------------- */

struct removal {
	struct store *s;
	struct tx *tx;
	unsigned int count;
};

static int count_one(const char *path, const struct node *n, void *arg)
{
	((struct removal *)arg)->count++;
	return 0;
}

static int remove_one(const char *path, const struct node *n, void *arg)
{
	struct removal *r = arg;

	account_node(r->s, r->tx, path, n, -1);
	node_left += node_bytes(n, 0);
	if (r->tx)
		tx_note(r->tx, path, TX_READ);
	return 0;
}

/* Out of the tree at *root; the subtree for the caller. */
static struct node *take_out(struct store *s, struct tx *tx, struct node **root, const char *path)
{
	struct removal r = { .s = s, .tx = tx };
	struct node *gone = node_detach(root, path, store_stamp(s));

	if (gone)
		node_walk(gone, path, remove_one, &r);
	if (gone && tx)
		tx_note(tx, path, TX_REMOVED);
	return gone;
}

/* Nothing is there: fine if its parent is, as if it had been removed a moment ago. */
static int remove_absent(struct tx *tx, const struct node *root, const char *path)
{
	char *parent = mem_strdup(path);
	bool found;

	parent[path_parent_len(path)] = '\0';
	found = node_find(root, parent) != NULL;
	if (tx)
		tx_note(tx, parent, TX_READ_PERMS);
	free(parent);
	return found ? 0 : -ENOENT;
}

int edit_remove(struct conn *c, struct tx *tx, const char *path)
{
	struct node **root = tx ? &tx->root : &c->s->root, *gone;
	struct removal r = { .s = c->s, .tx = tx };
	const struct node *n;
	int err;

	if (strcmp(path, "/") == 0)
		return -EINVAL;
	err = edit_find(c, tx, path, XS_PERM_WRITE, TX_READ_VALUE, &n);
	if (err == -ENOENT)
		return remove_absent(tx, *root, path);
	if (err < 0)
		return err;
	node_walk(n, path, count_one, &r);
	if (!tx_room(c, tx, r.count, path, 0))
		return -ENOSPC;
	gone = take_out(c->s, tx, root, path);
	if (!tx) {
		journal_drop(c->s, path);
		watch_fire(c->s, path, gone, NULL);
	}
	node_put(gone);
	return 0;
}

/* ---- permissions ---------------------------------------------------------------------------- */

static void replace_perms(struct store *s, struct tx *tx, struct node **root, const char *path,
			  struct perms *p)
{
	struct node *n = node_own(root, path);

	account_node(s, tx, path, n, -1);
	node_set_perms(n, p, store_stamp(s));
	account_node(s, tx, path, n, 1);
}

static int set_special_perms(struct conn *c, const char *path, const char *at, struct perms *p)
{
	struct node *n = node_own(&c->s->special, at);

	node_set_perms(n, p, store_stamp(c->s));
	journal_node(c->s, path, n);
	return 0;
}

int edit_set_perms(struct conn *c, struct tx *tx, const char *path,
		   const struct xs_permissions *p, unsigned int count)
{
	bool privileged = domain_privileged(c->who.domid);
	char buf[SPECIAL_BUF];
	const char *at;
	struct node **root = tree_of(c->s, tx, path, buf, &at);
	const struct node *n;
	struct perms *perms;
	int err;

	err = edit_find(c, tx, path, XS_PERM_WRITE | XS_PERM_OWNER, TX_READ_PERMS, &n);
	if (err < 0)
		return err;
	if (!privileged && p[0].id != n->perms->p[0].id)
		return -EPERM;
	if (!privileged && count > c->s->quota[QUOTA_PERMS])
		return -ENOSPC;
	if (!size_ok(c, n, value_len(n), count, 0))
		return -ENOSPC;
	perms = perms_new(p, count);
	if (path_special(path)) {
		err = set_special_perms(c, path, at, perms);
	} else {
		if (tx)
			tx_note(tx, path, TX_SET_PERMS);
		replace_perms(c->s, tx, root, at, perms);
		if (!tx) {
			n = node_find(c->s->root, path);
			journal_node(c->s, path, n);
			watch_fire(c->s, path, NULL, n);
		}
	}
	perms_put(perms);
	return err;
}

/* ---- without a client ----------------------------------------------------------------------- */

void edit_put(struct store *s, const char *path, const struct value *v, struct perms *p)
{
	char buf[SPECIAL_BUF];
	const char *at;
	struct node **root = tree_of(s, NULL, path, buf, &at), *n;
	const struct node *deepest;
	size_t have;

	deepest = node_find_deepest(*root, at, &have);
	if (at[have] != '\0')
		create(s, NULL, root, at, have, deepest->perms->p[0].id, "", 0);
	n = node_own(root, at);
	account_node(s, NULL, at, n, -1);
	if (v)
		node_set_value(n, v->data, v->len, store_stamp(s));
	if (p)
		node_set_perms(n, p, store_stamp(s));
	account_node(s, NULL, at, n, 1);
	journal_node(s, path, n);
}

void edit_drop(struct store *s, const char *path)
{
	struct node *gone = take_out(s, NULL, &s->root, path);

	if (gone)
		journal_drop(s, path);
	node_put(gone);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* node.c: nodes of the persistent tree, and finding and changing them by path. */
#include <stdlib.h>
#include <string.h>
#include "xenstored/mem.h"
#include "xenstored/node.h"
#include "xenstored/treap.h"

uint64_t node_left;

struct value *value_new(const void *data, size_t len)
{
	struct value *v = mem_zalloc(sizeof(*v) + len + 1);

	v->refs = 1;
	v->len = len;
	if (len > 0)
		memcpy(v->data, data, len);
	return v;
}

static void value_put(struct value *v)
{
	if (v && --v->refs == 0)
		free(v);
}

struct perms *perms_new(const struct xs_permissions *p, unsigned int count)
{
	struct perms *perms = mem_zalloc(sizeof(*perms) + count * sizeof(*p));

	perms->refs = 1;
	perms->count = count;
	memcpy(perms->p, p, count * sizeof(*p));
	return perms;
}

struct perms *perms_get(struct perms *p)
{
	p->refs++;
	return p;
}

void perms_put(struct perms *p)
{
	if (p && --p->refs == 0)
		free(p);
}

struct node *node_new(struct perms *perms, uint64_t gen)
{
	struct node *n = mem_zalloc(sizeof(*n));

	n->refs = 1;
	n->perms = perms_get(perms);
	n->gen = n->perm_gen = n->list_gen = gen;
	return n;
}

struct node *node_get(const struct node *n)
{
	struct node *m = (struct node *)n;

	m->refs++;
	return m;
}

void node_put(struct node *n)
{
	if (!n || --n->refs > 0)
		return;
	value_put(n->value);
	perms_put(n->perms);
	treap_put(n->children);
	free(n);
}

void node_set_value(struct node *n, const void *data, size_t len, uint64_t gen)
{
	struct value *v = len ? value_new(data, len) : NULL;

	value_put(n->value);
	n->value = v;
	n->gen = gen;
}

void node_set_perms(struct node *n, struct perms *p, uint64_t gen)
{
	perms_get(p);
	perms_put(n->perms);
	n->perms = p;
	n->perm_gen = gen;
}

/* Makes *pos the caller's own, who must own whatever holds pos. */
static struct node *own(struct node **pos)
{
	struct node *n = *pos, *copy;

	if (n->refs == 1)
		return n;
	node_left += sizeof(*n) + (n->value ? n->value->len : 0);
	copy = mem_zalloc(sizeof(*copy));
	*copy = *n;
	copy->refs = 1;
	if (copy->value)
		copy->value->refs++;
	perms_get(copy->perms);
	if (copy->children)
		copy->children->refs++;
	n->refs--;
	*pos = copy;
	return copy;
}

/* The next part of a path: *pos moves behind it. 0 at the end. */
static size_t next_part(const char **pos, const char **ret_part)
{
	const char *p = *pos;
	size_t len;

	while (*p == '/')
		p++;
	len = strcspn(p, "/");
	*ret_part = p;
	*pos = p + len;
	return len;
}

const struct node *node_find_deepest(const struct node *root, const char *path, size_t *ret_len)
{
	const char *pos = path, *part;
	const struct node *n = root;
	struct entry *e;
	size_t len;

	*ret_len = 1;
	while ((len = next_part(&pos, &part))) {
		e = treap_find(n->children, part, len);
		if (!e)
			return n;
		n = e->node;
		*ret_len = pos - path;
	}
	return n;
}

const struct node *node_find(const struct node *root, const char *path)
{
	size_t len;
	const struct node *n = node_find_deepest(root, path, &len);

	return len == strlen(path) ? n : NULL;
}

struct node *node_own(struct node **root, const char *path)
{
	const char *pos = path, *part;
	struct node *n = own(root);
	size_t len;

	while ((len = next_part(&pos, &part)))
		n = own(&treap_own(&n->children, part, len)->node);
	return n;
}

void node_add_child(struct node *parent, const char *name, size_t len, struct node *child,
		    uint64_t gen)
{
	treap_insert(&parent->children, name, len, child);
	parent->child_count++;
	parent->child_bytes += len + 1;
	parent->list_gen = gen;
}

struct node *node_detach(struct node **root, const char *path, uint64_t gen)
{
	const char *slash = strrchr(path, '/');
	size_t name_len = strlen(slash + 1);
	struct node *parent, *child;
	char *parent_path;

	if (name_len == 0 || !node_find(*root, path))
		return NULL;
	parent_path = mem_strdup(path);
	parent_path[slash == path ? 1 : slash - path] = '\0';
	parent = node_own(root, parent_path);
	free(parent_path);
	child = treap_remove(&parent->children, slash + 1, name_len);
	parent->child_count--;
	parent->child_bytes -= name_len + 1;
	parent->list_gen = gen;
	return child;
}

static int each(const struct entry *e, node_child_fn *fn, void *arg)
{
	int stop;

	if (!e)
		return 0;
	stop = each(e->left, fn, arg);
	if (!stop)
		stop = fn(e, arg);
	return stop ? stop : each(e->right, fn, arg);
}

int node_each_child(const struct node *n, node_child_fn *fn, void *arg)
{
	return each(n->children, fn, arg);
}

struct walk {
	struct buf path;
	node_walk_fn *fn;
	void *arg;
};

static int walk_node(const struct node *n, struct walk *w);

static int walk_child(const struct entry *e, void *arg)
{
	struct walk *w = arg;
	size_t len = w->path.len;
	int stop;

	if (len > 1)
		bytes_put(&w->path, "/", 1);
	bytes_put(&w->path, e->name, e->len);
	stop = walk_node(e->node, w);
	w->path.len = len;
	return stop;
}

static int walk_node(const struct node *n, struct walk *w)
{
	int stop;

	bytes_put(&w->path, "", 1);
	w->path.len--;
	stop = w->fn(w->path.data, n, w->arg);
	return stop ? stop : node_each_child(n, walk_child, w);
}

int node_walk(const struct node *n, const char *path, node_walk_fn *fn, void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };
	int stop;

	bytes_put(&w.path, path, strlen(path));
	stop = walk_node(n, &w);
	bytes_free(&w.path);
	return stop;
}

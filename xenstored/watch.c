/* SPDX-License-Identifier: GPL-2.0-only */
/* watch.c: watches, found by the path they are on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "xenstored/domain.h"
#include "xenstored/journal.h"
#include "xenstored/mem.h"
#include "xenstored/path.h"
#include "xenstored/watch.h"

#define WATCH_BYTES 64

static long watch_bytes(const struct watch *w)
{
	return WATCH_BYTES + strlen(w->path) + strlen(w->token);
}

static struct watch *find(struct conn *c, const char *path, const char *token)
{
	struct watch *w;

	for (w = c->watches; w; w = w->conn_next) {
		if (strcmp(w->path, path) == 0 && strcmp(w->token, token) == 0)
			return w;
	}
	return NULL;
}

int watch_add(struct conn *c, const char *path, size_t home_len, const char *token,
	      struct watch **ret_watch)
{
	struct store *s = c->s;
	size_t size = strlen(path) + 1;
	struct watch *w;

	if (find(c, path, token))
		return -EEXIST;
	w = mem_zalloc(sizeof(*w) + size);
	memcpy(w->path, path, size);
	w->conn = c;
	w->home_len = home_len;
	w->token = mem_strdup(token);
	w->conn_next = c->watches;
	c->watches = w;
	w->next = smap_del(&s->watches, path);
	smap_put(&s->watches, path, w);
	c->watch_count++;
	s->watch_count++;
	if (c->domain) {
		c->domain->watches++;
		domain_account(s, c->domain->domid, 0, watch_bytes(w));
	}
	journal_watch(c, path, home_len, token);
	*ret_watch = w;
	return 0;
}

static void destroy(struct watch *w)
{
	struct conn *c = w->conn;
	struct store *s = c->s;
	struct watch *list = smap_del(&s->watches, w->path), **pos = &list;
	struct out_msg *m;

	while (*pos != w)
		pos = &(*pos)->next;
	*pos = w->next;
	if (list)
		smap_put(&s->watches, w->path, list);
	for (pos = &c->watches; *pos != w; pos = &(*pos)->conn_next)
		;
	*pos = w->conn_next;
	for (m = c->out; m; m = m->next) {
		if (m->watch == w)
			m->watch = NULL;
	}
	c->watch_count--;
	s->watch_count--;
	if (c->domain) {
		c->domain->watches--;
		domain_account(s, c->domain->domid, 0, -watch_bytes(w));
	}
	free(w->token);
	free(w);
}

int watch_remove(struct conn *c, const char *path, const char *token)
{
	struct watch *w = find(c, path, token);

	if (!w)
		return -ENOENT;
	destroy(w);
	journal_unwatch(c, path, token);
	return 0;
}

void watch_remove_all(struct conn *c)
{
	if (!c->watches)
		return;
	while (c->watches)
		destroy(c->watches);
	journal_unwatch_all(c);
}

void watch_send(struct watch *w, const char *path)
{
	path += w->home_len;
	if (w->home_len && *path == '/')
		path++;
	conn_event(w->conn, w, path, w->token);
}

/* What decides whether a client hears of a change. */
struct change {
	struct store *s;
	const struct node *was, *now, *parent;
};

static bool may_hear(const struct change *ch, const struct conn *c)
{
	const struct node *n = ch->now ? ch->now : ch->was;

	if (n && access_may(ch->s, &c->who, n, XS_PERM_READ))
		return true;
	return ch->parent && access_may(ch->s, &c->who, ch->parent, XS_PERM_READ);
}

static void tell(struct watch *list, const char *path, const struct change *ch)
{
	struct watch *w;

	for (w = list; w; w = w->next) {
		if (!w->conn->dead && may_hear(ch, w->conn))
			watch_send(w, path);
	}
}

static int tell_below(const char *path, const struct node *n, void *arg)
{
	struct change ch = *(struct change *)arg;

	ch.was = n;
	ch.now = NULL;
	ch.parent = NULL;
	tell(smap_get(&ch.s->watches, path), path, &ch);
	return 0;
}

struct below {
	struct change *ch;
	const char *top;
	size_t top_len;
};

static int tell_strictly_below(const char *path, const struct node *n, void *arg)
{
	const struct below *b = arg;

	return path[b->top_len] == '\0' ? 0 : tell_below(path, n, b->ch);
}

/* The watches on the path and on all above it. */
static void tell_above(const char *path, struct change *ch)
{
	struct store *s = ch->s;
	size_t len = strlen(path), parent_len;
	struct smap_scan scan;

	ch->parent = node_find_deepest(s->root, path, &parent_len);
	if (parent_len == len) {
		char *parent = mem_strdup(path);

		parent[path_parent_len(path)] = '\0';
		ch->parent = node_find(s->root, parent);
		free(parent);
	}
	/* "/", then each parent, then the path itself; a guest's path may have a thousand parts */
	smap_scan_start(&scan, &s->watches, path);
	tell(smap_scan_to(&scan, 1), path, ch);
	for (len = 1; path[len];) {
		len += 1 + strcspn(path + len + 1, "/");
		tell(smap_scan_to(&scan, len), path, ch);
	}
}

void watch_fire_alone(struct store *s, const char *path, const struct node *was,
		      const struct node *now)
{
	struct change ch = { .s = s, .was = was, .now = now };

	if (s->watch_count > 0 && !s->replaying)
		tell_above(path, &ch);
}

void watch_fire(struct store *s, const char *path, const struct node *was, const struct node *now)
{
	struct change ch = { .s = s, .was = was, .now = now };
	struct below below = { &ch, path, strlen(path) };

	if (s->watch_count == 0 || s->replaying)
		return;
	tell_above(path, &ch);
	if (was)
		node_walk(was, path, tell_strictly_below, &below);
}

void watch_fire_special(struct store *s, const char *name)
{
	struct change ch = { .s = s };
	char at[64] = "/";

	strncat(at, name, sizeof(at) - 2);
	ch.now = node_find(s->special, at);
	tell(smap_get(&s->watches, name), name, &ch);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_fake_store.c: the fake store: nodes, watches, batches, and dom0's drivers that look at it. */
#include "tests/unit/xend_fake_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
	TAILQ_ENTRY(node) link;
	char *path, *value;
};

static TAILQ_HEAD(, node) nodes = TAILQ_HEAD_INITIALIZER(nodes);
bool fake_store_is_up = true;

static struct node *node_find(const char *path)
{
	struct node *n;

	TAILQ_FOREACH(n, &nodes, link)
		if (!strcmp(n->path, path))
			return n;
	return NULL;
}

const char *fake_store_get(const char *path)
{
	struct node *n = node_find(path);

	return n ? n->value : NULL;
}

void fake_store_set(const char *path, const char *value)
{
	struct node *n = node_find(path);

	if (!n) {
		n = calloc(1, sizeof(*n));
		n->path = strdup(path);
		TAILQ_INSERT_TAIL(&nodes, n, link);
	}
	free(n->value);
	n->value = strdup(value);
}

static void node_free(struct node *n)
{
	TAILQ_REMOVE(&nodes, n, link);
	free(n->path);
	free(n->value);
	free(n);
}

static void store_rm_tree(const char *path)
{
	struct node *n, *next;
	size_t len = strlen(path);

	for (n = TAILQ_FIRST(&nodes); n; n = next) {
		next = TAILQ_NEXT(n, link);
		if (!strncmp(n->path, path, len) && (!n->path[len] || n->path[len] == '/'))
			node_free(n);
	}
}

unsigned int fake_store_count(const char *prefix)
{
	struct node *n;
	unsigned int count = 0;

	TAILQ_FOREACH(n, &nodes, link)
		count += !strncmp(n->path, prefix, strlen(prefix));
	return count;
}

static void dom0_balloon(uint64_t target)
{
	uint64_t give = target < fake->dom0_kib ? fake->dom0_kib - target : 0;

	if (give > fake->dom0_gives_kib)
		give = fake->dom0_gives_kib;
	fake->dom0_gives_kib -= give;
	fake->dom0_kib -= give;
	fake->free_kib += give;
}

/* The names below path, each with its NUL. */
static void store_dir(struct store_op *op)
{
	size_t len = strlen(op->path), room = 4096, have;
	struct node *n;

	op->value = calloc(1, room);
	op->len = 0;
	TAILQ_FOREACH(n, &nodes, link) {
		const char *name = n->path + len + 1, *p = op->value;

		if (strncmp(n->path, op->path, len) || n->path[len] != '/')
			continue;
		have = strcspn(name, "/");
		while (p < op->value + op->len && (strncmp(p, name, have) || p[have]))
			p += strlen(p) + 1;
		if (p < op->value + op->len || op->len + have + 1 > room)
			continue;
		memcpy(op->value + op->len, name, have);
		op->len += have + 1;
	}
}

struct store_watch {
	TAILQ_ENTRY(store_watch) link;
	store_watch_fn *fn;
	void *arg;
	char *path, *seen;
	bool fresh;
};
static TAILQ_HEAD(, store_watch) watches = TAILQ_HEAD_INITIALIZER(watches);

int f_watch(struct backend *be, const char *path, store_watch_fn *fn, void *arg,
	struct store_watch **ret_watch)
{
	struct store_watch *w = calloc(1, sizeof(*w));

	*w = (struct store_watch){ .fn = fn, .arg = arg, .path = strdup(path), .fresh = true };
	TAILQ_INSERT_TAIL(&watches, w, link);
	event_active(be->over, EV_TIMEOUT, 0);
	*ret_watch = w;
	return 0;
}

void f_unwatch(struct backend *be, struct store_watch *w)
{
	TAILQ_REMOVE(&watches, w, link);
	free(w->path);
	free(w->seen);
	free(w);
}

unsigned int fake_watches(void)
{
	struct store_watch *w;
	unsigned int n = 0;

	TAILQ_FOREACH(w, &watches, link)
		n++;
	return n;
}

/* One watch whose node changed fires; true: look again. */
static bool watches_fire(void)
{
	struct store_watch *w;

	TAILQ_FOREACH(w, &watches, link) {
		const char *now = fake_store_get(w->path);

		if (!w->fresh && !strcmp(now ? now : "", w->seen ? w->seen : ""))
			continue;
		w->fresh = false;
		free(w->seen);
		w->seen = now ? strdup(now) : NULL;
		w->fn(w->arg);
		return true;
	}
	return false;
}

/* A disk that is in use has got another size. */
static void driver_sizes(const char *state_path)
{
	char path[256], text[24];
	const char *device;
	unsigned int i;

	snprintf(path, sizeof(path), "%.*s/physical-device", (int)strlen(state_path) - 6, state_path);
	device = fake_store_get(path);
	if (!device || sscanf(device, "7:%x", &i) != 1 || i >= FAKE_DISKS || !fake->disks[i].bytes)
		return;
	snprintf(path, sizeof(path), "%.*s/sectors", (int)strlen(state_path) - 6, state_path);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)fake->disks[i].bytes / 512);
	fake_store_set(path, text);
}

/* dom0's drivers look at their backends. */
static void driver_look(void)
{
	struct node *n;
	char path[256];

	TAILQ_FOREACH(n, &nodes, link) {
		size_t len = strlen(n->path);

		if (len < 34 || (strncmp(n->path, "/local/domain/0/backend/vbd/", 28) &&
			strncmp(n->path, "/local/domain/0/backend/vif/", 28) &&
			strncmp(n->path, "/local/domain/0/backend/vfb/", 28)) ||
		    strcmp(n->path + len - 6, "/state") || fake->driver_silent)
			continue;
		if (!strcmp(n->value, "1") && fake->driver_fails) {
			snprintf(path, sizeof(path), "/local/domain/0/error/%.*s/error",
				(int)len - 6 - 16, n->path + 16);
			fake_store_set(path, "19 creating vbd structure");
			fake_store_set(n->path, "6");
		} else if (!strcmp(n->value, "1")) {
			fake_store_set(n->path, "2");
		} else if (!strcmp(n->value, "4")) {
			driver_sizes(n->path);
		} else if (!strcmp(n->value, "5") && !fake->guest_holds) {
			fake_store_set(n->path, "6");
		}
	}
}

void fake_guest_lets_go(void)
{
	fake->guest_holds = false;
	event_active(the_be->over, EV_TIMEOUT, 0);
}

static void store_run(struct store_batch *b)
{
	const char *value;

	for (size_t i = 0; i < b->count; i++) {
		struct store_op *op = &b->ops[i];

		if (op->kind == ST_WRITE && !strcmp(op->path, "/local/domain/0/memory/target"))
			dom0_balloon(strtoull(op->value, NULL, 10));
		if (op->kind == ST_WRITE)
			fake_store_set(op->path, op->value);
		if (op->kind == ST_RM)
			store_rm_tree(op->path);
		if (op->kind == ST_LIST)
			store_dir(op);
		if (op->kind == ST_READ && (value = fake_store_get(op->path)))
			op->value = strdup(value);
	}
}

void f_store_over(evutil_socket_t fd, short what, void *arg)
{
	struct backend *be = arg;
	struct store_batch *b;
	int rc;

	while (be->queued) {
		b = be->queue[0];
		memmove(be->queue, be->queue + 1, --be->queued * sizeof(be->queue[0]));
		/* A read of other domains' names may come at any time: not one of the steps. */
		rc = b->ops[0].kind == ST_READ || b->ops[0].kind == ST_LIST ? 0 : step("store");
		if (!fake_store_is_up)
			rc = -EPIPE;
		if (!rc)
			store_run(b);
		b->done(b->arg, rc, b);
	}
	driver_look();
	while (fake_store_is_up && watches_fire())
		;
	if (be->queued)
		event_active(be->over, EV_TIMEOUT, 0);
}

void f_store(struct backend *be, struct store_batch *b)
{
	if (be->queued == 64)
		abort();
	be->queue[be->queued++] = b;
	event_active(be->over, EV_TIMEOUT, 0);
}

void f_store_stop(struct backend *be)
{
	struct store_batch *b;

	while (be->queued) {
		b = be->queue[--be->queued];
		b->done(b->arg, -ECANCELED, b);
	}
}

void fake_store_up(bool up)
{
	fake_store_is_up = up;
	the_be->fn(the_be->arg, up ? BE_STORE_UP : BE_STORE_DOWN);
}

void fake_store_reset(void)
{
	fake_store_is_up = true;
	while (!TAILQ_EMPTY(&nodes))
		node_free(TAILQ_FIRST(&nodes));
}

void fake_store_event(void)
{
	event_active(the_be->over, EV_TIMEOUT, 0);
}

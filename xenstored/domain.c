/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.c: domains the store knows: coming, going, and what each holds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "util/log.h"
#include "xenstored/domain.h"
#include "xenstored/edit.h"
#include "xenstored/journal.h"
#include "xenstored/mem.h"
#include "xenstored/path.h"
#include "xenstored/ring.h"
#include "xenstored/watch.h"

struct domain *domain_find(const struct store *s, uint32_t domid)
{
	return domid < DOMID_COUNT ? s->domains[domid] : NULL;
}

struct domain *domain_make(struct store *s, uint32_t domid)
{
	struct domain *d = s->domains[domid];

	if (d)
		return d;
	d = mem_zalloc(sizeof(*d));
	d->domid = domid;
	d->target = DOMID_NONE;
	s->domains[domid] = d;
	return d;
}

bool domain_privileged(uint32_t domid)
{
	return domid == 0;
}

void domain_account(struct store *s, uint32_t domid, int nodes, long bytes)
{
	struct domain *d;
	unsigned int more;

	if (domid >= DOMID_COUNT)
		return;
	d = domain_make(s, domid);
	d->nodes += nodes;
	d->bytes += bytes;
	if (domain_privileged(domid) || s->replaying)
		return;
	if (d->bytes > s->quota[QUOTA_MEMORY_SOFT] && !d->soft_warned) {
		d->soft_warned = true;
		if (log_paced(&d->soft_said, &more))
			log_warn("store", "domain %u holds %zu bytes, near its limit of %u", domid,
				 d->bytes, s->quota[QUOTA_MEMORY]);
	} else if (d->bytes < s->quota[QUOTA_MEMORY_SOFT] / 4 * 3) {
		d->soft_warned = false;
	}
}

int domain_may_add(struct store *s, uint32_t domid, int nodes, long bytes)
{
	struct domain *d;

	if (domid >= DOMID_COUNT || domain_privileged(domid))
		return 0;
	d = domain_make(s, domid);
	if (nodes > 0 && (long)d->nodes + nodes > (long)s->quota[QUOTA_NODES])
		return -ENOSPC;
	if (bytes > 0 && (long)d->bytes + bytes > (long)s->quota[QUOTA_MEMORY])
		return -ENOMEM;
	return 0;
}

/* ---- coming --------------------------------------------------------------------------------- */

/* Maps and binds; d is as it was on failure. */
static int connect_ring(struct store *s, struct domain *d, uint64_t gfn, uint32_t port)
{
	const struct backend_ops *ops = s->backend.ops;
	struct xenstore_domain_interface *page;
	uint32_t local;
	int err;

	if (!ops)
		return -ENOSYS;
	err = ops->map_ring(s->backend.b, d->domid, gfn, &page);
	if (err < 0) {
		log_warn("store", "domain %u: cannot map its ring: %s", d->domid, strerror(-err));
		return err;
	}
	err = ops->bind(s->backend.b, d->domid, port, &local);
	if (err < 0) {
		log_warn("store", "domain %u: cannot bind event channel %u: %s", d->domid, port,
			 strerror(-err));
		ops->unmap_ring(s->backend.b, page);
		return err;
	}
	d->gfn = gfn;
	d->remote_port = port;
	d->local_port = local;
	ring_open(s, d, page);
	ops->notify(s->backend.b, local);
	return 0;
}

/* Introduced again: a new event channel for the same page, and a connection as new. */
static int rebind(struct store *s, struct domain *d, uint32_t port)
{
	const struct backend_ops *ops = s->backend.ops;
	uint32_t local;
	int err;

	ops->unbind(s->backend.b, d->local_port);
	err = ops->bind(s->backend.b, d->domid, port, &local);
	if (err < 0) {
		conn_drop(d->conn, "its event channel cannot be bound");
		return err;
	}
	d->remote_port = port;
	d->local_port = local;
	conn_reset(d->conn);
	return 0;
}

int domain_introduce(struct store *s, uint32_t domid, uint64_t gfn, uint32_t port)
{
	struct domain_state state;
	struct domain *d;
	int err;

	if (!s->backend.ops)
		return -ENOSYS;
	err = s->backend.ops->domain_state(s->backend.b, domid, &state);
	if (err < 0)
		return err;
	d = domain_make(s, domid);
	if (d->conn && d->conn->dead)
		conn_close(d->conn);
	if (d->introduced && d->conn && d->gfn == gfn) {
		err = rebind(s, d, port);
	} else {
		if (d->conn)
			conn_close(d->conn);
		err = connect_ring(s, d, gfn, port);
	}
	if (err < 0)
		return err;
	d->introduced = true;
	d->shutdown = false;
	journal_domain(s, d);
	watch_fire_special(s, "@introduceDomain");
	return 0;
}

/* Serves our own kernel. */
static void domain_own_ring(struct store *s)
{
	const struct backend_ops *ops = s->backend.ops;
	struct xenstore_domain_interface *page;
	struct domain *d = domain_make(s, 0);
	uint32_t port, local;
	int err;

	err = ops->map_own_ring(s->backend.b, &page, &port);
	if (err < 0) {
		log_warn("store", "cannot serve this machine's own kernel: %s", strerror(-err));
		return;
	}
	err = ops->bind(s->backend.b, 0, port, &local);
	if (err < 0) {
		log_warn("store", "cannot bind the own kernel's event channel %u: %s", port,
			 strerror(-err));
		ops->unmap_ring(s->backend.b, page);
		return;
	}
	d->introduced = true;
	d->remote_port = port;
	d->local_port = local;
	ring_open(s, d, page);
	ops->notify(s->backend.b, local);
	watch_fire_special(s, "@introduceDomain");
}

/* After a replay: serve again the domains that were served before. */
static void resume_one(struct store *s, struct domain *d)
{
	struct domain_state state;

	if (!s->backend.ops || s->backend.ops->domain_state(s->backend.b, d->domid, &state) < 0 ||
	    state.dying) {
		log_info("store", "domain %u went while nobody was watching", d->domid);
		domain_release(s, d);
		return;
	}
	if (connect_ring(s, d, d->gfn, d->remote_port) < 0)
		return;
	d->conn->restored = true;
}

void domain_resume_all(struct store *s)
{
	uint32_t id;

	for (id = 0; id < DOMID_COUNT; id++) {
		struct domain *d = s->domains[id];

		if (!d || (id == 0 && !s->backend.ops))
			continue;
		if (id != 0 && d->introduced)
			resume_one(s, d);
		if (id == 0 && s->own_kernel)
			domain_own_ring(s);
		d = s->domains[id];
		if (d && d->conn) {
			d->conn->restored = true;
			journal_restore_ring(s, d->conn);
			conn_output(d->conn);
			conn_input(d->conn);
		}
	}
}

/* ---- going ---------------------------------------------------------------------------------- */

struct owned {
	uint32_t domid;
	struct buf paths; /* NUL-terminated, of topmost owned nodes */
	size_t last;	  /* where the last one starts */
};

static int collect_owned(const char *path, const struct node *n, void *arg)
{
	struct owned *o = arg;

	if (n->perms->p[0].id != o->domid || path[1] == '\0')
		return 0;
	if (o->paths.len > 0 && path_is_below(path, o->paths.data + o->last))
		return 0;
	o->last = o->paths.len;
	bytes_put(&o->paths, path, strlen(path) + 1);
	return 0;
}

static void delete_owned(struct store *s, uint32_t domid)
{
	struct owned o = { .domid = domid };
	struct node *was;
	const char *path;

	node_walk(s->root, "/", collect_owned, &o);
	for (path = o.paths.data; path && path < o.paths.data + o.paths.len;
	     path += strlen(path) + 1) {
		was = node_get(node_find(s->root, path));
		edit_drop(s, path);
		watch_fire(s, path, was, NULL);
		node_put(was);
	}
	bytes_free(&o.paths);
}

static void untarget(struct store *s, uint32_t domid)
{
	struct domain *d;
	uint32_t id;

	for (id = 0; id < DOMID_COUNT; id++) {
		d = s->domains[id];
		if (!d || d->target != domid)
			continue;
		d->target = DOMID_NONE;
		if (d->conn)
			d->conn->who.target = DOMID_NONE;
		journal_domain(s, d);
	}
}

void domain_release(struct store *s, struct domain *d)
{
	uint32_t domid = d->domid;
	bool introduced = d->introduced;

	d->introduced = false;
	if (d->conn)
		conn_close(d->conn);
	if (d->nodes > 0)
		delete_owned(s, domid);
	s->died[domid] = store_stamp(s);
	if (introduced)		/* only such a one is a target */
		untarget(s, domid);
	journal_release(s, domid);
	free(s->domains[domid]);
	s->domains[domid] = NULL;
	if (introduced)
		watch_fire_special(s, "@releaseDomain");
}

void domain_scan(struct store *s)
{
	struct domain_state state;
	struct domain *d;
	bool tell = false;
	uint32_t id;

	if (!s->backend.ops)
		return;
	for (id = 1; id < DOMID_COUNT; id++) {
		d = s->domains[id];
		if (!d)
			continue;
		if (s->backend.ops->domain_state(s->backend.b, id, &state) < 0 || state.dying) {
			domain_release(s, d);
			continue;
		}
		if (d->introduced && state.shutdown && !d->shutdown) {
			d->shutdown = true;
			journal_domain(s, d);
			tell = true;
		}
	}
	if (tell)
		watch_fire_special(s, "@releaseDomain");
	journal_flush(s);
}

struct conn *domain_conn_by_port(struct store *s, uint32_t local_port)
{
	struct conn *c;

	for (c = s->conns; c; c = c->next) {
		if (c->domain && c->domain->local_port == local_port)
			return c;
	}
	return NULL;
}

void domain_free_all(struct store *s)
{
	uint32_t id;

	for (id = 0; id < DOMID_COUNT; id++)
		free(s->domains[id]);
}

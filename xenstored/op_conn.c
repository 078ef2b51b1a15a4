/* SPDX-License-Identifier: GPL-2.0-only */
/* op_conn.c: requests about what a connection holds: watches and transactions. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "xenstored/domain.h"
#include "xenstored/request.h"
#include "xenstored/watch.h"

int op_watch(struct request *r)
{
	struct conn *c = r->conn;
	bool relative = r->arg[0][0] != '/' && r->arg[0][0] != '@';
	size_t home_len = relative ? strlen(c->home) : 0;
	struct domain *d = c->domain;
	struct watch *w;
	int err;

	if (d && !domain_privileged(d->domid) && d->watches >= r->s->quota[QUOTA_WATCHES])
		return -E2BIG;
	if (d && domain_may_add(r->s, d->domid, 0, strlen(r->path) + strlen(r->arg[1])) < 0)
		return -E2BIG;
	err = watch_add(c, r->path, home_len, r->arg[1], &w);
	if (err < 0)
		return err;
	request_ok(r);
	watch_send(w, r->path);
	return 0;
}

int op_unwatch(struct request *r)
{
	int err = watch_remove(r->conn, r->path, r->arg[1]);

	return err < 0 ? err : request_ok(r);
}

int op_reset_watches(struct request *r)
{
	watch_remove_all(r->conn);
	return request_ok(r);
}

int op_transaction_start(struct request *r)
{
	struct conn *c = r->conn;
	char id[16];
	int len;

	if (r->hdr.tx_id != 0)
		return -EBUSY;
	if (c->who.domid != 0 && c->tx_count >= r->s->quota[QUOTA_TRANSACTIONS])
		return -ENOSPC;
	len = snprintf(id, sizeof(id), "%u", tx_start(c, 0)->id);
	request_answer(r, id, len + 1);
	return 0;
}

int op_transaction_end(struct request *r)
{
	bool commit = strcmp(r->arg[0], "T") == 0;
	int err;

	if (!commit && strcmp(r->arg[0], "F") != 0)
		return -EINVAL;
	if (!r->tx)
		return -ENOENT;
	err = tx_end(r->tx, commit);
	return err < 0 ? err : request_ok(r);
}

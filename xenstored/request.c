/* SPDX-License-Identifier: GPL-2.0-only */
/* request.c: the table of requests, and the way of one from bytes to its handler. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "util/log.h"
#include "xenstored/request.h"

static const struct op_row op_rows[XS_TYPE_COUNT] = {
	[XS_CONTROL] = { "CONTROL", op_control, 1, OP_PRIV | OP_NO_TX | OP_MORE },
	[XS_DIRECTORY] = { "DIRECTORY", op_directory, 1, OP_PATH },
	[XS_READ] = { "READ", op_read, 1, OP_PATH },
	[XS_GET_PERMS] = { "GET_PERMS", op_get_perms, 1, OP_PATH | OP_SPECIAL },
	[XS_WATCH] = { "WATCH", op_watch, 2, OP_NO_TX | OP_PATH | OP_SPECIAL },
	[XS_UNWATCH] = { "UNWATCH", op_unwatch, 2, OP_NO_TX | OP_PATH | OP_SPECIAL },
	[XS_TRANSACTION_START] = { "TRANSACTION_START", op_transaction_start, 0, OP_MORE },
	[XS_TRANSACTION_END] = { "TRANSACTION_END", op_transaction_end, 1, 0 },
	[XS_INTRODUCE] = { "INTRODUCE", op_introduce, 3, OP_PRIV | OP_NO_TX | OP_MORE },
	[XS_RELEASE] = { "RELEASE", op_release, 1, OP_PRIV | OP_NO_TX },
	[XS_GET_DOMAIN_PATH] = { "GET_DOMAIN_PATH", op_get_domain_path, 1, OP_NO_TX },
	[XS_WRITE] = { "WRITE", op_write, 1, OP_PATH | OP_DATA },
	[XS_MKDIR] = { "MKDIR", op_mkdir, 1, OP_PATH },
	[XS_RM] = { "RM", op_rm, 1, OP_PATH },
	[XS_SET_PERMS] = { "SET_PERMS", op_set_perms, 2, OP_PATH | OP_SPECIAL | OP_MORE },
	[XS_IS_DOMAIN_INTRODUCED] = { "IS_DOMAIN_INTRODUCED", op_is_introduced, 1,
				      OP_PRIV | OP_NO_TX },
	[XS_RESUME] = { "RESUME", op_resume, 1, OP_PRIV | OP_NO_TX },
	[XS_SET_TARGET] = { "SET_TARGET", op_set_target, 2, OP_PRIV | OP_NO_TX },
	[XS_RESET_WATCHES] = { "RESET_WATCHES", op_reset_watches, 0, OP_NO_TX | OP_MORE },
	[XS_DIRECTORY_PART] = { "DIRECTORY_PART", op_directory_part, 2, OP_PATH },
};

void request_answer(struct request *r, const void *data, size_t len)
{
	conn_reply(r->conn, &r->hdr, r->hdr.type, data, len);
}

int request_ok(struct request *r)
{
	request_answer(r, "OK", 3);
	return 0;
}

int request_number(const char *s, uint64_t max, uint64_t *ret_value)
{
	unsigned long long v;
	char *end;

	if (s[0] < '0' || s[0] > '9')
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, 0);
	if (errno != 0 || *end != '\0' || v > max)
		return -EINVAL;
	*ret_value = v;
	return 0;
}

/* Splits a body as its row says. 0 or -EINVAL. */
static int request_parse(struct request *r, const struct op_row *row, const char *body, size_t len)
{
	const char *end = body + len, *p = body, *nul;

	r->arg_count = 0;
	while (p < end) {
		nul = memchr(p, '\0', end - p);
		if (!nul)
			return -EINVAL;
		if (r->arg_count < REQUEST_MAX_ARGS)
			r->arg[r->arg_count] = p;
		r->arg_count++;
		p = nul + 1;
		if (row->flags & OP_DATA) {
			r->data = p;
			r->data_len = end - p;
			break;
		}
	}
	if (r->arg_count < row->min)
		return -EINVAL;
	if (!(row->flags & (OP_MORE | OP_DATA)) && r->arg_count != row->min)
		return -EINVAL;
	return 0;
}

static int resolve_path(struct request *r, const struct op_row *row)
{
	struct conn *c = r->conn;
	size_t max = c->who.domid == 0 ? 0 : r->s->quota[QUOTA_PATH];

	return path_resolve(c->home, r->arg[0], row->flags & OP_SPECIAL, max, r->path);
}

/* A domain that was served before a restart may go on with a transaction from then: it gets an
 * empty one that ends with EAGAIN, upon which it tries again. */
static int find_tx(struct request *r)
{
	struct conn *c = r->conn;
	uint32_t id = r->hdr.tx_id;

	r->tx = tx_find(c, id);
	if (!r->tx && c->restored && id <= r->s->tx_restored &&
	    c->tx_count < r->s->quota[QUOTA_TRANSACTIONS]) {
		r->tx = tx_start(c, id);
		r->tx->doomed = true;
	}
	return r->tx ? 0 : -ENOENT;
}

static int handle(struct request *r, const struct op_row *row)
{
	struct conn *c = r->conn;
	int err;

	if (!row->run)
		return -ENOSYS;
	if ((row->flags & OP_PRIV) && c->who.domid != 0)
		return -EACCES;
	err = request_parse(r, row, r->body, r->hdr.len);
	if (err == 0 && r->hdr.tx_id != 0 && !(row->flags & OP_NO_TX))
		err = find_tx(r);
	if (err == 0 && (row->flags & OP_PATH))
		err = resolve_path(r, row);
	return err < 0 ? err : row->run(r);
}

void request_handle(struct conn *c, const struct xsd_sockmsg *hdr, const char *body)
{
	static const struct op_row unknown = { "unknown" };
	const struct op_row *row = hdr->type < XS_TYPE_COUNT ? &op_rows[hdr->type] : &unknown;
	struct request r;
	int err;

	r.conn = c;
	r.s = c->s;
	r.tx = NULL;
	r.hdr = *hdr;
	r.body = body;
	r.data = NULL;
	r.data_len = 0;
	err = handle(&r, row);
	if (c->s->trace)
		log_info("trace", "domain %u %s tx %u %.*s: %s", c->who.domid,
			 row->name ? row->name : "unknown", hdr->tx_id,
			 (int)(hdr->len < 200 ? hdr->len : 200), hdr->len ? body : "",
			 err < 0 ? strerror(-err) : "ok");
	if (err < 0)
		conn_reply_error(c, &r.hdr, err);
}

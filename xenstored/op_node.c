/* SPDX-License-Identifier: GPL-2.0-only */
/* op_node.c: requests on nodes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "xenstored/domain.h"
#include "xenstored/edit.h"
#include "xenstored/mem.h"
#include "xenstored/request.h"

int op_read(struct request *r)
{
	const struct node *n;
	int err = edit_find(r->conn, r->tx, r->path, XS_PERM_READ, TX_READ_VALUE, &n);

	if (err < 0)
		return err;
	request_answer(r, n->value ? n->value->data : "", n->value ? n->value->len : 0);
	return 0;
}

int op_write(struct request *r)
{
	int err = edit_write(r->conn, r->tx, r->path, r->data, r->data_len);

	return err < 0 ? err : request_ok(r);
}

int op_mkdir(struct request *r)
{
	int err = edit_mkdir(r->conn, r->tx, r->path);

	return err < 0 ? err : request_ok(r);
}

int op_rm(struct request *r)
{
	int err = edit_remove(r->conn, r->tx, r->path);

	return err < 0 ? err : request_ok(r);
}

/* ---- listings ------------------------------------------------------------------------------- */

static int put_name(const struct entry *e, void *arg)
{
	bytes_put(arg, e->name, e->len + 1);
	return 0;
}

int op_directory(struct request *r)
{
	struct buf names = { 0 };
	const struct node *n;
	int err = edit_find(r->conn, r->tx, r->path, XS_PERM_READ, TX_READ_LIST, &n);

	if (err < 0)
		return err;
	if (n->child_bytes > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;
	node_each_child(n, put_name, &names);
	request_answer(r, names.data, names.len);
	bytes_free(&names);
	return 0;
}

struct part {
	size_t skip, room;
	struct buf out;
};

/* Names before the offset are skipped; stops when the next does not fit. */
static int put_part(const struct entry *e, void *arg)
{
	struct part *p = arg;
	size_t size = e->len + 1;

	if (p->skip >= size) {
		p->skip -= size;
		return 0;
	}
	if (size - p->skip > p->room)
		return 1;
	bytes_put(&p->out, e->name + p->skip, size - p->skip);
	p->room -= size - p->skip;
	p->skip = 0;
	return 0;
}

/* The answer: the list's stamp, names from the offset on, an empty string after the last. */
int op_directory_part(struct request *r)
{
	struct part p = { 0 };
	const struct node *n;
	uint64_t offset;
	int err, cut;

	err = request_number(r->arg[1], UINT32_MAX, &offset);
	if (err == 0)
		err = edit_find(r->conn, r->tx, r->path, XS_PERM_READ, TX_READ_LIST, &n);
	if (err < 0)
		return err;
	bytes_printf(&p.out, "%llu", (unsigned long long)n->list_gen);
	bytes_put(&p.out, "", 1);
	p.skip = offset;
	p.room = XENSTORE_PAYLOAD_MAX - p.out.len - 1;
	cut = offset < n->child_bytes ? node_each_child(n, put_part, &p) : 0;
	if (!cut)
		bytes_put(&p.out, "", 1);
	request_answer(r, p.out.data, p.out.len);
	bytes_free(&p.out);
	return 0;
}

/* ---- permissions ---------------------------------------------------------------------------- */

int op_get_perms(struct request *r)
{
	struct buf out = { 0 };
	char text[XS_PERM_STRLEN];
	const struct node *n;
	unsigned int i;
	int err;

	err = edit_find(r->conn, r->tx, r->path, XS_PERM_READ, TX_READ_PERMS, &n);
	if (err < 0)
		return err;
	for (i = 0; i < n->perms->count; i++) {
		if (i > 0 && access_stale(r->s, &n->perms->p[i], n->perm_gen))
			continue;
		if (xs_perm_to_string(&n->perms->p[i], text, sizeof(text)))
			bytes_put(&out, text, strlen(text) + 1);
	}
	request_answer(r, out.data, out.len);
	bytes_free(&out);
	return 0;
}

/* Domains named in permissions are known from now on, so that their end is noticed. A guest may
 * name all there could be: those that do not exist have ended already. */
static void remember_domains(struct store *s, const struct xs_permissions *p, unsigned int count)
{
	const struct backend *b = &s->backend;
	struct domain_state state;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (p[i].id >= DOMID_COUNT || domain_find(s, p[i].id))
			continue;
		if (b->ops && b->ops->domain_state(b->b, p[i].id, &state) == -ENOENT)
			s->died[p[i].id] = store_stamp(s);
		else
			domain_make(s, p[i].id);
	}
}

int op_set_perms(struct request *r)
{
	unsigned int i, count = r->arg_count - 1;
	struct xs_permissions *p = mem_zalloc(count * sizeof(*p));
	const char *text = r->arg[1];
	int err = 0;

	if (!xs_strings_to_perms(p, count, text))
		err = -EINVAL;
	for (i = 0; i < count && err == 0; i++) {
		if (p[i].id >= DOMID_COUNT && p[i].id != 0x7ff4) /* DOMID_INVALID, a nobody */
			err = -EINVAL;
	}
	if (err == 0)
		err = edit_set_perms(r->conn, r->tx, r->path, p, count);
	if (err == 0)
		remember_domains(r->s, p, count);
	free(p);
	return err < 0 ? err : request_ok(r);
}

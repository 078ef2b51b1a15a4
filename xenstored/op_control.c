/* SPDX-License-Identifier: GPL-2.0-only */
/* op_control.c: the CONTROL request: a table of commands for the administrator. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "util/log.h"
#include "xenstored/domain.h"
#include "xenstored/edit.h"
#include "xenstored/journal.h"
#include "xenstored/mem.h"
#include "xenstored/request.h"

/* Writes its answer to out, or returns -Exxx. */
struct control_row {
	const char *name;
	int (*run)(struct request *r, struct buf *out);
	unsigned int min, max; /* arguments */
	const char *usage;
};

static const struct control_row rows[];

struct tally {
	unsigned int nodes, children;
	size_t bytes;
	long held[2]; /* nodes, of all domains */
};

static int tally_one(const char *path, const struct node *n, void *arg)
{
	struct tally *t = arg;

	t->nodes++;
	t->children += n->child_count;
	t->bytes += node_bytes(n, strlen(path) - path_parent_len(path));
	return 0;
}

/* Counts the tree and compares with what the domains are charged. */
static int control_check(struct request *r, struct buf *out)
{
	struct tally t = { 0 };
	long charged = 0;
	uint32_t id;

	node_walk(r->s->root, "/", tally_one, &t);
	for (id = 0; id < DOMID_COUNT; id++)
		charged += r->s->domains[id] ? r->s->domains[id]->nodes : 0;
	if (t.children + 1 != t.nodes || charged != t.nodes) {
		log_error("store", "check: %u nodes, %u children, %ld charged", t.nodes, t.children,
			  charged);
		return -EIO;
	}
	bytes_printf(out, "OK");
	return 0;
}

static int control_log(struct request *r, struct buf *out)
{
	if (r->arg_count == 1) {
		bytes_printf(out, "%s", r->s->trace ? "on" : "off");
		return 0;
	}
	if (strcmp(r->arg[1], "on") == 0)
		r->s->trace = true;
	else if (strcmp(r->arg[1], "off") == 0)
		r->s->trace = false;
	else
		return -EINVAL;
	bytes_printf(out, "OK");
	return 0;
}

static int control_logfile(struct request *r, struct buf *out)
{
	int err = log_open(r->arg[1]);

	if (err == 0)
		bytes_printf(out, "OK");
	return err;
}

static int control_memreport(struct request *r, struct buf *out)
{
	struct tally t = { 0 };
	struct mallinfo2 m = mallinfo2();

	node_walk(r->s->root, "/", tally_one, &t);
	log_info("store", "memory: %u nodes with %zu bytes, %u watches, %u transactions, "
		 "%u connections; heap %zu in use of %zu",
		 t.nodes, t.bytes, r->s->watch_count, r->s->tx_count, r->s->conn_count,
		 m.uordblks, m.arena + m.hblkhd);
	bytes_printf(out, "OK");
	return 0;
}

static int control_print(struct request *r, struct buf *out)
{
	log_info("store", "print: %s", r->arg[1]);
	bytes_printf(out, "OK");
	return 0;
}

static void quota_list(struct store *s, int soft, struct buf *out)
{
	unsigned int i;

	bytes_printf(out, "Limits for every domain:\n");
	for (i = 0; i < QUOTA_COUNT; i++) {
		if (quota_rows[i].soft == soft)
			bytes_printf(out, "%-17s: %8u %s\n", quota_rows[i].name, s->quota[i],
				   quota_rows[i].help);
	}
}

static int quota_domain(struct store *s, const char *arg, struct buf *out)
{
	struct domain *d;
	uint64_t domid;
	int err = request_number(arg, DOMID_COUNT - 1, &domid);

	if (err < 0)
		return err;
	d = domain_find(s, domid);
	if (!d)
		return -ENOENT;
	bytes_printf(out, "Domain %u:\n", d->domid);
	bytes_printf(out, "%-17s: %8u\n", "nodes", d->nodes);
	bytes_printf(out, "%-17s: %8u\n", "watches", d->watches);
	bytes_printf(out, "%-17s: %8u\n", "transactions", d->txs);
	bytes_printf(out, "%-17s: %8u\n", "outstanding", d->conn ? d->conn->out_replies : 0);
	bytes_printf(out, "%-17s: %8zu\n", "memory", d->bytes + d->tx_bytes);
	return 0;
}

/* quota; quota DOMID; quota set NAME VALUE */
static int quota_command(struct request *r, int soft, struct buf *out)
{
	uint64_t value;
	int id, err;

	if (r->arg_count == 1) {
		quota_list(r->s, soft, out);
		return 0;
	}
	if (strcmp(r->arg[1], "set") != 0)
		return r->arg_count == 2 && !soft ? quota_domain(r->s, r->arg[1], out) : -EINVAL;
	if (r->arg_count != 4)
		return -EINVAL;
	id = quota_lookup(r->arg[2], soft);
	err = request_number(r->arg[3], INT32_MAX, &value);
	if (id < 0 || err < 0)
		return -EINVAL;
	r->s->quota[id] = value;
	journal_quota(r->s, id);
	bytes_printf(out, "OK");
	return 0;
}

static int control_quota(struct request *r, struct buf *out)
{
	return quota_command(r, 0, out);
}

static int control_quota_soft(struct request *r, struct buf *out)
{
	return quota_command(r, 1, out);
}

/* Nothing to hand over: the journal has it all at any time. */
static int control_live_update(struct request *r, struct buf *out)
{
	bytes_printf(out, "not needed: stop this xenstored and start the new one, its state is kept");
	return 0;
}

static int control_help(struct request *r, struct buf *out);

static const struct control_row rows[] = {
	{ "check", control_check, 0, 0, "" },
	{ "help", control_help, 0, 0, "" },
	{ "live-update", control_live_update, 0, REQUEST_MAX_ARGS, "" },
	{ "log", control_log, 0, 1, "[on|off]" },
	{ "logfile", control_logfile, 1, 1, "<file>" },
	{ "memreport", control_memreport, 0, 1, "" },
	{ "print", control_print, 1, 1, "<text>" },
	{ "quota", control_quota, 0, 3, "[<domid>|set <name> <value>]" },
	{ "quota-soft", control_quota_soft, 0, 3, "[set <name> <value>]" },
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static int control_help(struct request *r, struct buf *out)
{
	unsigned int i;

	for (i = 0; i < ROW_COUNT; i++)
		bytes_printf(out, "%s%s%s\n", rows[i].name, rows[i].usage[0] ? " " : "",
			   rows[i].usage);
	return 0;
}

int op_control(struct request *r)
{
	struct buf out = { 0 };
	unsigned int i, args = r->arg_count - 1;
	int err = -EINVAL;

	for (i = 0; i < ROW_COUNT; i++) {
		if (strcmp(rows[i].name, r->arg[0]) == 0)
			break;
	}
	if (i < ROW_COUNT && args >= rows[i].min && args <= rows[i].max)
		err = rows[i].run(r, &out);
	if (err == 0) {
		bytes_put(&out, "", 1);
		request_answer(r, out.data, out.len);
	}
	bytes_free(&out);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* store.c: the daemon's state, empty and at the end. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "xenstored/conn.h"
#include "xenstored/domain.h"
#include "xenstored/edit.h"
#include "xenstored/journal.h"
#include "xenstored/mem.h"
#include "xenstored/store.h"

static const char *const specials[] = { "@introduceDomain", "@releaseDomain" };
static const char *const first_nodes[] = { "/local", "/tool/xenstored" };

uint64_t store_stamp(struct store *s)
{
	return ++s->gen;
}

struct store *store_new(void)
{
	struct xs_permissions none = { 0, XS_PERM_NONE };
	struct perms *p = perms_new(&none, 1);
	struct store *s = mem_zalloc(sizeof(*s));
	uint32_t seed;
	unsigned int i;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
		smap_seed(seed);
	s->domains = mem_zalloc(DOMID_COUNT * sizeof(*s->domains));
	s->died = mem_zalloc(DOMID_COUNT * sizeof(*s->died));
	s->ready_end = &s->ready;
	for (i = 0; i < QUOTA_COUNT; i++)
		s->quota[i] = quota_rows[i].initial;
	s->root = node_new(p, store_stamp(s));
	s->special = node_new(p, s->gen);
	for (i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		node_add_child(s->special, specials[i], strlen(specials[i]), node_new(p, s->gen),
			       s->gen);
	perms_put(p);
	domain_account(s, 0, 1, node_bytes(s->root, 0));
	return s;
}

void store_init_tree(struct store *s)
{
	struct value *domid = value_new("0", 1);
	unsigned int i;

	for (i = 0; i < sizeof(first_nodes) / sizeof(first_nodes[0]); i++) {
		if (!node_find(s->root, first_nodes[i]))
			edit_put(s, first_nodes[i], NULL, NULL);
	}
	edit_put(s, "/tool/xenstored/domid", domid, NULL);
	free(domid);
	journal_flush(s);
}

void store_free(struct store *s)
{
	s->closing = true;
	while (s->conns)
		conn_close(s->conns);
	journal_close(s);
	if (s->backend.ops)
		s->backend.ops->close(s->backend.b);
	domain_free_all(s);
	smap_clear(&s->watches, NULL);
	node_put(s->root);
	node_put(s->special);
	free(s->domains);
	free(s->died);
	free(s);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* access.c: who may do what with a node. */
#include "xenstored/access.h"
#include "xenstored/domain.h"

#define ALL (XS_PERM_READ | XS_PERM_WRITE | XS_PERM_OWNER)

bool access_stale(const struct store *s, const struct xs_permissions *p, uint64_t stamp)
{
	return p->id < DOMID_COUNT && s->died[p->id] >= stamp && s->died[p->id] != 0;
}

static bool is_subject(const struct subject *who, uint32_t domid)
{
	return domid == who->domid || (who->target != DOMID_NONE && domid == who->target);
}

/* A set of XS_PERM_READ, _WRITE, _OWNER. stamp: the node's perm_gen. */
static unsigned int access_of(const struct store *s, const struct subject *who, const struct perms *p,
		       uint64_t stamp)
{
	unsigned int i;

	if (domain_privileged(who->domid))
		return ALL;
	if (is_subject(who, p->p[0].id) && !access_stale(s, &p->p[0], stamp))
		return ALL;
	for (i = 1; i < p->count; i++) {
		if (is_subject(who, p->p[i].id) && !access_stale(s, &p->p[i], stamp))
			return p->p[i].perms & (XS_PERM_READ | XS_PERM_WRITE);
	}
	return p->p[0].perms & (XS_PERM_READ | XS_PERM_WRITE);
}

bool access_may(const struct store *s, const struct subject *who, const struct node *n,
		unsigned int want)
{
	return (access_of(s, who, n->perms, n->perm_gen) & want) == want;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* events.c: who wants to hear what happens to domains, and telling them. */
#include "xend/domain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct subscriber {
	TAILQ_ENTRY(subscriber) link;
	struct rpc_conn *conn;
	char *uuid;	/* of one domain, or NULL: all */
};

int subscriber_add(struct core *core, struct rpc_conn *conn, const char *filter)
{
	struct subscriber *s;

	TAILQ_FOREACH(s, &core->subscribers, link)
		if (s->conn == conn && (filter && s->uuid ? !strcmp(s->uuid, filter) : s->uuid == filter))
			return 0;	/* told once, however often it asks */
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->conn = conn;
	s->uuid = filter ? strdup(filter) : NULL;
	if (filter && !s->uuid) {
		free(s);
		return -ENOMEM;
	}
	TAILQ_INSERT_TAIL(&core->subscribers, s, link);
	return 0;
}

void subscriber_closed(struct core *core, struct rpc_conn *conn)
{
	struct subscriber *s, *next;

	for (s = TAILQ_FIRST(&core->subscribers); s; s = next) {
		next = TAILQ_NEXT(s, link);
		if (s->conn != conn)
			continue;
		TAILQ_REMOVE(&core->subscribers, s, link);
		free(s->uuid);
		free(s);
	}
}

void event_emit(struct core *core, const char *type, struct domain *d, struct json_object *extra)
{
	struct json_object *e = extra ? extra : json_object_new_object();
	struct subscriber *s;

	json_object_object_add(e, "type", json_object_new_string(type));
	json_object_object_add(e, "domain", json_object_new_string(d->cfg.name));
	json_object_object_add(e, "uuid", json_object_new_string(d->cfg.uuid));
	json_object_object_add(e, "domid",
		json_object_new_int64(d->domid == DOMID_NONE ? -1 : (int64_t)d->domid));
	TAILQ_FOREACH(s, &core->subscribers, link)
		if (!s->uuid || !strcmp(s->uuid, d->cfg.uuid))
			rpc_notify(s->conn, "event", e);
	json_object_put(e);
}

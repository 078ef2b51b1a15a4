/* SPDX-License-Identifier: GPL-2.0-only */
/* core_foreign.c: the host's other domains: names and start times from the store, kept here so that
 * a list never waits for the store. */
#include "xend/domain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct foreign *foreign_find(struct core *core, uint32_t domid)
{
	struct foreign *f;

	TAILQ_FOREACH(f, &core->foreigns, link)
		if (f->domid == domid)
			return f;
	return NULL;
}

static void foreign_free(struct core *core, struct foreign *f)
{
	TAILQ_REMOVE(&core->foreigns, f, link);
	free(f->name);
	free(f);
}

void foreign_free_all(struct core *core)
{
	while (!TAILQ_EMPTY(&core->foreigns))
		foreign_free(core, TAILQ_FIRST(&core->foreigns));
}

struct foreign_query {
	struct core *core;
	uint32_t domid;
};

static void foreign_answer(void *arg, int err, struct store_batch *b)
{
	struct foreign_query *q = arg;
	struct foreign *f = q->core->exiting || err ? NULL : foreign_find(q->core, q->domid);

	if (f && b->ops[0].value && *b->ops[0].value) {
		free(f->name);
		f->name = b->ops[0].value;
		b->ops[0].value = NULL;
	}
	if (f && b->ops[1].value)
		f->start_time = strtoll(b->ops[1].value, NULL, 10);
	store_batch_free(b);
	free(q);
}

static void foreign_ask(struct core *core, struct foreign *f)
{
	struct foreign_query *q = calloc(1, sizeof(*q));
	struct store_batch *b = q ? store_batch_new(false, foreign_answer, q) : NULL;
	char uuid[UUID_TEXT];

	if (!b) {
		free(q);
		return;
	}
	q->core = core;
	q->domid = f->domid;
	uuid_format(f->uuid, uuid);
	store_read(b, "/local/domain/%u/name", f->domid);
	store_read(b, "/vm/%s/start_time", uuid);
	core->ops->store(core->be, b);
}

static int64_t host_start_time(void)
{
	struct timespec up;

	clock_gettime(CLOCK_BOOTTIME, &up);
	return time(NULL) - up.tv_sec;
}

static struct foreign *foreign_new(struct core *core, const struct hv_dominfo *info)
{
	struct foreign *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->domid = info->domid;
	memcpy(f->uuid, info->uuid, sizeof(f->uuid));
	if (!f->domid) {
		f->name = strdup("Domain-0");
		f->start_time = host_start_time();
	}
	TAILQ_INSERT_TAIL(&core->foreigns, f, link);
	return f;
}

static bool is_ours(struct core *core, const struct hv_dominfo *info)
{
	struct domain *d;

	TAILQ_FOREACH(d, &core->domains, link)
		if (d->domid == info->domid && !memcmp(d->uuid, info->uuid, sizeof(d->uuid)))
			return true;
	return false;
}

void foreign_refresh(struct core *core, const struct hv_dominfo *list, unsigned int count)
{
	struct foreign *f, *next;

	TAILQ_FOREACH(f, &core->foreigns, link)
		f->seen = false;
	for (unsigned int i = 0; i < count; i++) {
		if (is_ours(core, &list[i]))
			continue;
		f = foreign_find(core, list[i].domid);
		if (f && memcmp(f->uuid, list[i].uuid, sizeof(f->uuid))) {
			foreign_free(core, f);
			f = NULL;
		}
		if (!f)
			f = foreign_new(core, &list[i]);
		if (!f)
			continue;
		f->seen = true;
		/* A dying domain's nodes are gone: the name it had is kept. */
		if (f->domid && core->store_up && !list[i].dying)
			foreign_ask(core, f);
	}
	for (f = TAILQ_FIRST(&core->foreigns); f; f = next) {
		next = TAILQ_NEXT(f, link);
		if (!f->seen)
			foreign_free(core, f);
	}
}

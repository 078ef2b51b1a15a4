/* SPDX-License-Identifier: GPL-2.0-only */
/* memory.c: room for new domains: what is free, what is promised, and what domain 0 gives back.
 *
 * Domains being built have their memory in the order of their creation; domain 0 is asked for what
 * all of them lack. It is never asked to take memory back. */
#include "xend/domain.h"
#include "util/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the hypervisor takes for itself beside a guest's memory. */
#define OVERHEAD_KIB(vcpus) (2048 + 256 * (uint64_t)(vcpus))
#define GIVE_SLACK_KIB	    4096	/* asked of domain 0 beyond what is needed */
#define TICK_MS		    100
#define PATIENCE_TICKS	    100		/* that pass without domain 0 giving anything */

static uint64_t need_kib(const struct dom_config *c)
{
	return ((uint64_t)c->memory_mib << 10) + OVERHEAD_KIB(c->maxvcpus);
}

/* What domains being built have still to take: all, or those up to `last` and it. */
static uint64_t promised_kib(struct core *core, const struct domain *last)
{
	struct hv_dominfo info;
	struct domain *d;
	uint64_t kib = 0, want;

	TAILQ_FOREACH(d, &core->domains, link) {
		if (d->state != DOM_CREATING)
			continue;
		want = need_kib(&d->cfg);
		if (d->domid == DOMID_NONE || core_getinfo(core, d->domid, &info))
			info.tot_kib = 0;
		kib += want > info.tot_kib ? want - info.tot_kib : 0;
		if (d == last)
			break;
	}
	return kib;
}

/* A machine whose owner gave domain 0 its memory keeps it so. */
static bool dom0_mem_given(struct core *core)
{
	struct json_object *info = json_object_new_object(), *v;
	const char *at = "";
	bool given = false;

	if (!core->ops->host_info(core->be, info) &&
	    json_object_object_get_ex(info, "xen_commandline", &v))
		at = json_object_get_string(v);
	for (const char *line = at; (at = strstr(at, "dom0_mem=")) && !given; at++)
		given = at == line || at[-1] == ' ';
	json_object_put(info);
	return given;
}

void memory_init(struct core *core)
{
	core->autoballoon = core->opt.autoballoon == BALLOON_ON ||
		(core->opt.autoballoon == BALLOON_AUTO && !dom0_mem_given(core));
}

/* What domain 0 can be asked for. */
static uint64_t dom0_spare_kib(struct core *core, uint64_t *ret_has)
{
	uint64_t least = (uint64_t)core->opt.dom0_min_mib << 10;
	struct hv_dominfo info;

	*ret_has = 0;
	if (!core->autoballoon || core_getinfo(core, 0, &info))
		return 0;
	*ret_has = info.tot_kib;
	return info.tot_kib > least ? info.tot_kib - least : 0;
}

int memory_check(struct core *core, const struct dom_config *c, char *why, size_t size)
{
	uint64_t need = need_kib(c), promised = promised_kib(core, NULL), free_kib, spare, has;
	unsigned long long mib = (need + 1023) >> 10;
	struct hv_host host;
	size_t n;
	int rc = core->ops->host(core->be, &host);

	if (rc) {
		snprintf(why, size, "cannot ask the hypervisor for its free memory: %s",
			strerror(-rc));
		return rc;
	}
	free_kib = host.free_kib > promised ? host.free_kib - promised : 0;
	spare = dom0_spare_kib(core, &has);
	spare += host.free_kib;
	if (need <= free_kib || (core->autoballoon && need + promised + GIVE_SLACK_KIB <= spare))
		return 0;
	n = (size_t)snprintf(why, size, "not enough free memory: %llu MiB needed (%lld and %llu for the "
		"hypervisor's own use), %llu MiB free of %llu", mib, (long long)c->memory_mib,
		mib - (unsigned long long)c->memory_mib, (unsigned long long)(free_kib >> 10),
		(unsigned long long)(host.total_kib >> 10));
	if (core->autoballoon && n < size)
		snprintf(why + n, size - n, "; domain 0 has %llu MiB and keeps %u",
			(unsigned long long)(has >> 10), core->opt.dom0_min_mib);
	return -ENOMEM;
}

static void asked(void *arg, int err, struct store_batch *b)
{
	if (err && err != -ECANCELED)
		log_warn("memory", "cannot set domain 0's memory: %s", strerror(-err));
	store_batch_free(b);
}

static void ask_dom0(struct core *core, uint64_t kib)
{
	struct store_batch *b = store_batch_new(true, asked, NULL);
	char text[24];

	if (!b)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, kib);
	log_info("memory", "domain 0 is asked to go down to %s KiB", text);
	store_write(b, text, "/local/domain/0/memory/target");
	core->ops->store(core->be, b);
}

static int wait_more(struct domain *d)
{
	unsigned int ms = d->core->opt.room_tick_ms ? d->core->opt.room_tick_ms : TICK_MS;
	const struct timeval tick = { ms / 1000, ms % 1000 * 1000 };

	return evtimer_add(d->timer, &tick) ? -ENOMEM : -EINPROGRESS;
}

static void memory_tick(evutil_socket_t fd, short what, void *arg)
{
	struct domain *d = arg;
	struct hv_host host;
	int rc = d->core->ops->host(d->core->be, &host);

	if (!rc && host.free_kib >= promised_kib(d->core, d)) {
		event_free(d->timer);
		d->timer = NULL;
		create_continue(d, 0);
		return;
	}
	if (!rc && host.free_kib > d->room_kib)
		d->tries = 0;
	d->room_kib = host.free_kib;
	if (!rc && ++d->tries > PATIENCE_TICKS)
		rc = -ENOMEM;
	if (!rc && wait_more(d) == -EINPROGRESS)
		return;
	snprintf(d->fail, sizeof(d->fail), "domain 0 did not give enough memory back: %llu MiB are free",
		(unsigned long long)(host.free_kib >> 10));
	create_continue(d, rc ? rc : -ENOMEM);
}

int memory_room(struct domain *d)
{
	uint64_t promised = promised_kib(d->core, NULL), has, lack;
	struct core *core = d->core;
	struct hv_host host;

	if (!core->autoballoon || core->ops->host(core->be, &host) ||
	    host.free_kib >= promised_kib(core, d))
		return 0;	/* or the builder will say what is wrong */
	lack = promised + GIVE_SLACK_KIB - host.free_kib;
	if (lack > dom0_spare_kib(core, &has))
		return 0;
	d->timer = evtimer_new(core->base, memory_tick, d);
	if (!d->timer)
		return 0;
	d->tries = 0;
	d->room_kib = host.free_kib;
	ask_dom0(core, has - lack);
	return wait_more(d);
}

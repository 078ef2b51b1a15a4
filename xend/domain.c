/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.c: the domain object and the calls that wait for it. */
#include "xend/device.h"
#include "xend/hvc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t boottime_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec + 1;	/* never 0, which means never */
}

int domain_new(struct core *core, struct dom_config *config, bool adopt, struct domain **ret_domain)
{
	const struct console_how how = { .adopt = adopt };
	struct domain *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return -ENOMEM;
	d->core = core;
	d->domid = DOMID_NONE;
	TAILQ_INIT(&d->devices);
	d->restore_fd = -1;
	TAILQ_INIT(&d->destroyers);
	TAILQ_INIT(&d->shutdowners);
	rc = uuid_parse(config->uuid, d->uuid);
	if (!rc)
		rc = console_new(core->consoles, config->name, &how, &d->console);
	if (rc) {
		free(d);
		return rc;
	}
	d->cfg = *config;
	memset(config, 0, sizeof(*config));
	TAILQ_INSERT_TAIL(&core->domains, d, link);
	*ret_domain = d;
	return 0;
}

void domain_free(struct domain *d)
{
	struct domain *other;

	waiters_done(&d->destroyers, -ECANCELED, d->cfg.name, "xend is going down");
	waiters_done(&d->shutdowners, -ECANCELED, d->cfg.name, "xend is going down");
	if (d->creator)
		rpc_error(d->creator, RPC_FAILED, -ECANCELED, d->cfg.name,
			"domain %s: xend is going down", d->cfg.name);
	devices_free(d);
	TAILQ_REMOVE(&d->core->domains, d, link);
	TAILQ_FOREACH(other, &d->core->domains, link)
		if (other->successor == d)
			other->successor = NULL;
	worker_abandon(d->worker);
	dump_abandon(d->dumping);
	d->worker = NULL;
	migrate_free(d);
	receive_failed(d, -ECANCELED, "xend is going down");
	TAILQ_FOREACH(other, &d->core->domains, link)
		if (other->takes_from == d)
			other->takes_from = NULL;
	save_cancel(d, -ECANCELED, "xend is going down");
	save_gone(d);
	suspend_resumed(d, false);
	if (d->restore_fd >= 0)
		close(d->restore_fd);
	if (d->timer)
		event_free(d->timer);
	suspend_over(d);
	hvcs_free(d);
	console_free(d->console);
	config_clear(&d->cfg);
	free(d);
}

void domain_successor(struct domain *d)
{
	struct domain *next = d->successor;

	d->successor = NULL;
	if (next)
		create_start(next);
}

int domain_wait(struct waiters *list, struct rpc_call *call)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->call = call;
	TAILQ_INSERT_TAIL(list, w, link);
	return 0;
}

void waiters_done(struct waiters *list, int err, const char *domain, const char *text)
{
	struct waiter *w;

	while ((w = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, w, link);
		if (err)
			rpc_error(w->call, RPC_FAILED, err, domain, "domain %s: %s", domain, text);
		else
			rpc_result(w->call, NULL);
		free(w);
	}
}

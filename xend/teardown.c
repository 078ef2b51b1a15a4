/* SPDX-License-Identifier: GPL-2.0-only */
/* teardown.c: from any state of a domain to nothing left of it, or to its next start.
 *
 * Steps run in order, each until it is done; one that fails is tried again with growing pauses, so
 * that a store that is restarting or a hypervisor that is busy leaves no remains. */
#include "xend/device.h"
#include "xend/hvc.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TRIES_QUICK 6	/* then whoever waits is answered, and we try on once a second */
#define GONE_TRIES  40	/* looks at the hypervisor's list before the rest is called a zombie */

struct teardown_step {
	const char *name;
	int (*run)(struct domain *d);	/* 0: done; -EINPROGRESS: waits; -EAGAIN: try again */
};

static void teardown_again(evutil_socket_t fd, short what, void *arg)
{
	teardown_advance(arg);
}

/* Tries the present step again after a pause. */
static int again_in(struct domain *d, long ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (!d->timer)
		d->timer = evtimer_new(d->core->base, teardown_again, d);
	if (d->timer)
		evtimer_add(d->timer, &tv);
	return -EINPROGRESS;
}

static void answer_creator(struct domain *d)
{
	struct rpc_call *call = d->creator;

	d->creator = NULL;
	if (call && d->fail_err)
		rpc_error(call, RPC_FAILED, d->fail_err, d->cfg.name, "domain %s: %s", d->cfg.name,
			d->fail);
	else if (call)
		rpc_error(call, RPC_FAILED, -ECANCELED, d->cfg.name,
			"domain %s: destroyed while it was being built", d->cfg.name);
}

static int again(struct domain *d, const char *what, int err)
{
	long ms = d->tries < TRIES_QUICK ? 20L << d->tries : 1000;
	char text[128];

	if (++d->tries == TRIES_QUICK) {
		snprintf(text, sizeof(text), "%s: %s; trying on", what, strerror(-err));
		log_error("destroy", "%s (domain %u): %s", d->cfg.name, d->domid, text);
		waiters_done(&d->destroyers, err, d->cfg.name, text);
		answer_creator(d);
	}
	return again_in(d, ms);
}

/* A worker or a store batch of the creation may still be under way. */
static int step_quiet(struct domain *d)
{
	if (d->worker) {
		worker_kill(d->worker);
		return -EINPROGRESS;
	}
	if (d->store_busy)
		return -EINPROGRESS;
	migrate_quiet(d);
	receive_failed(d, -ECANCELED, "the domain was destroyed while it arrived");
	save_cancel(d, -ECANCELED, "the domain was destroyed while it was being saved");
	if (d->exists || d->nodes)
		state_save(d, STATE_DYING);
	return 0;
}

static int destroy_child(void *arg, struct worker_out *out)
{
	struct domain *d = arg;
	int rc = d->core->ops->worker_init(d->core->be);

	return rc ? rc : d->core->ops->destroy(d->core->be, d->domid);
}

static void destroy_done(void *arg, const struct worker_end *end)
{
	struct domain *d = arg;

	d->worker = NULL;
	if (!end->err || end->err == -ESRCH) {
		d->exists = false;
		teardown_advance(d);
	} else {
		again(d, "destroy", end->err);
	}
}

/* Freeing a large domain takes the hypervisor seconds: not in our process. */
static int step_destroy(struct domain *d)
{
	struct worker_job job = {
		.name = d->cfg.name, .run = destroy_child, .run_arg = d, .done = destroy_done,
		.arg = d,
	};
	int rc;

	if (d->worker)
		return -EINPROGRESS;
	console_drain(d->console);
	if (!d->exists)
		return 0;
	rc = worker_start(d->core->base, &job, &d->worker);
	return rc ? again(d, "worker process", rc) : -EINPROGRESS;
}

/* The last words, then our mapping and port go: a mapped page would keep the domain a zombie. */
static int step_console(struct domain *d)
{
	console_disconnect(d->console);
	return hvcs_stop(d);
}

/* Their backends hold pages of the domain, and files of ours. */
static int step_devices(struct domain *d)
{
	int rc = devices_stop(d);

	return rc == -EAGAIN ? again(d, "its devices", -ENOMEM) : rc;
}

static void nodes_removed(void *arg, int err, struct store_batch *b)
{
	struct domain *d = arg;

	d->store_busy = false;
	store_batch_free(b);
	if (d->core->exiting)
		return;
	if (err) {
		again(d, "removing its store nodes", err);
		return;
	}
	d->nodes = false;
	teardown_advance(d);
}

static int step_nodes(struct domain *d)
{
	struct store_batch *b;

	if (d->store_busy)
		return -EINPROGRESS;
	if (!d->nodes)
		return 0;
	b = store_batch_new(false, nodes_removed, d);
	if (!b)
		return again(d, "removing its store nodes", -ENOMEM);
	nodes_remove(b, d);
	d->store_busy = true;
	d->core->ops->store(d->core->be, b);
	return -EINPROGRESS;
}

/* The hypervisor lets go of a domain a moment after destroy returned. */
static int step_gone(struct domain *d)
{
	struct hv_dominfo info;

	if (d->domid == DOMID_NONE || core_getinfo(d->core, d->domid, &info) ||
	    memcmp(info.uuid, d->uuid, sizeof(info.uuid)))
		return 0;
	if (++d->tries > GONE_TRIES) {
		log_warn("destroy", "%s: domain %u is still dying: somebody holds its pages",
			d->cfg.name, d->domid);
		return 0;
	}
	return again_in(d, d->tries < 10 ? 5 : 100);
}

static const struct teardown_step teardown_steps[] = {
	{ "quiet", step_quiet },
	{ "destroy", step_destroy },
	{ "console", step_console },
	{ "devices", step_devices },
	{ "store nodes", step_nodes },
	{ "gone", step_gone },
};
#define STEP_COUNT (sizeof(teardown_steps) / sizeof(teardown_steps[0]))

static void teardown_restart(struct domain *d)
{
	d->restart = false;
	d->restarting = true;
	d->start_paused = false;
	d->halting = false;
	d->preserved = false;
	d->last_restart = boottime_s();
	d->restart_count++;
	d->domid = DOMID_NONE;
	create_start(d);
}

static void teardown_finished(struct domain *d)
{
	if (d->restart) {
		waiters_done(&d->destroyers, 0, d->cfg.name, NULL);
		teardown_restart(d);
		return;
	}
	state_remove(d);
	log_info("destroy", "%s: domain %d is gone", d->cfg.name, (int)d->domid);
	event_emit(d->core, "domain.destroyed", d, NULL);
	answer_creator(d);
	save_gone(d);
	migrate_gone(d);
	waiters_done(&d->destroyers, 0, d->cfg.name, NULL);
	waiters_done(&d->shutdowners, d->restarting ? d->fail_err : 0, d->cfg.name, d->fail);
	domain_free(d);
}

void teardown_advance(struct domain *d)
{
	if (d->timer)
		evtimer_del(d->timer);
	while (d->step < STEP_COUNT) {
		if (teardown_steps[d->step].run(d))
			return;
		d->step++;
		d->tries = 0;
	}
	teardown_finished(d);
}

void teardown_start(struct domain *d)
{
	if (d->state == DOM_TEARDOWN)
		return;
	d->state = DOM_TEARDOWN;
	d->step = 0;
	d->tries = 0;
	if (d->timer) {
		event_free(d->timer);
		d->timer = NULL;
	}
	teardown_advance(d);
}

void teardown_poke(struct domain *d)
{
	if (!d->worker && !d->store_busy)
		teardown_advance(d);
}

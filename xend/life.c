/* SPDX-License-Identifier: GPL-2.0-only */
/* life.c: what happens to running domains: shutdowns and their actions, requests to shut down,
 * renames. */
#include "xend/device.h"
#include "xend/hvc.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/sched.h>

/* A guest asked to shut down that has not done so by then is marked; nothing waits for it. */
#define SHUTDOWN_PATIENCE 300

static const struct reason {
	const char *name;
	size_t action;		/* offset of the configured action, 0: preserve */
} reasons[] = {
	[SHUTDOWN_poweroff] = { "poweroff", offsetof(struct dom_config, on_poweroff) },
	[SHUTDOWN_reboot] = { "reboot", offsetof(struct dom_config, on_reboot) },
	[SHUTDOWN_suspend] = { "suspend", 0 },
	[SHUTDOWN_crash] = { "crash", offsetof(struct dom_config, on_crash) },
	[SHUTDOWN_watchdog] = { "watchdog", offsetof(struct dom_config, on_crash) },
};

static const struct reason *reason_find(unsigned int code)
{
	return code < sizeof(reasons) / sizeof(reasons[0]) ? &reasons[code]
							   : &reasons[SHUTDOWN_crash];
}

static void act_destroy(struct domain *d)
{
	teardown_start(d);
}

static void act_restart(struct domain *d)
{
	int64_t now = boottime_s();

	if (d->last_restart && now - d->last_restart < d->core->opt.antiloop_s) {
		log_warn("life", "%s: second restart within %u s: destroyed instead", d->cfg.name,
			d->core->opt.antiloop_s);
		snprintf(d->fail, sizeof(d->fail), "second restart within %u s: destroyed instead",
			d->core->opt.antiloop_s);
	} else {
		d->restart = true;
	}
	teardown_start(d);
}

static void preserve_done(void *arg, int err, struct store_batch *b)
{
	if (err)
		log_warn("life", "cannot mark a preserved domain: %s", strerror(-err));
	store_batch_free(b);
}

static void act_preserve(struct domain *d)
{
	struct store_batch *b = store_batch_new(true, preserve_done, NULL);

	console_drain(d->console);
	d->preserved = true;
	state_save(d, STATE_RUNNING);
	if (b) {
		store_write(b, "True", "/local/domain/%u/xend/shutdown_completed", d->domid);
		d->core->ops->store(d->core->be, b);
	}
	waiters_done(&d->shutdowners, 0, d->cfg.name, NULL);
}

/* Gives the dead domain another name and uuid in hypervisor and store, so that the next start can
 * have the old ones. */
static int rename_dead(struct domain *d)
{
	struct store_batch *b;
	char uuid[UUID_TEXT], name[64];
	int rc = uuid_new(uuid);

	snprintf(name, sizeof(name), "Domain-%s", uuid);
	if (!rc)
		rc = console_rename(d->console, name);
	hvcs_free(d);		/* their channels are the next start's */
	if (!rc)
		rc = config_set_string(&d->cfg.name, name);
	b = rc ? NULL : store_batch_new(true, preserve_done, NULL);
	if (!b)
		return rc ? rc : -ENOMEM;
	state_remove(d);
	store_rm(b, "/vm/%s", d->cfg.uuid);
	rc = config_set_string(&d->cfg.uuid, uuid);
	uuid_parse(uuid, d->uuid);
	if (!rc)
		rc = d->core->ops->set_uuid(d->core->be, d->domid, d->uuid);
	store_write(b, name, "/local/domain/%u/name", d->domid);
	store_write(b, uuid, "/vm/%s/uuid", uuid);
	store_write(b, name, "/vm/%s/name", uuid);
	snprintf(name, sizeof(name), "/vm/%s", uuid);
	store_write(b, name, "/local/domain/%u/vm", d->domid);
	d->core->ops->store(d->core->be, b);
	return rc;
}

static void act_rename_restart(struct domain *d)
{
	struct dom_config copy;
	struct domain *next;
	int rc = config_copy(&d->cfg, &copy);

	console_drain(d->console);
	if (!rc)
		rc = rename_dead(d);
	if (!rc)
		rc = domain_new(d->core, &copy, false, &next);
	if (rc) {
		log_error("life", "%s: rename-restart: %s; destroyed", d->cfg.name, strerror(-rc));
		config_clear(&copy);
		teardown_start(d);
		return;
	}
	act_preserve(d);
	next->restarting = true;
	next->restart_count = d->restart_count + 1;
	next->last_restart = boottime_s();
	/* The new one has the same devices: they have to be free. */
	d->successor = next;
	if (devices_stop(d) != -EINPROGRESS)
		domain_successor(d);
}

static void act_coredump(struct domain *d, void (*after)(struct domain *d))
{
	char path[DUMP_PATH_MAX];

	dump_default_path(d, path, sizeof(path));
	dump_start(d, NULL, path, true, after);
}

static void act_coredump_destroy(struct domain *d)
{
	act_coredump(d, act_destroy);
}

static void act_coredump_restart(struct domain *d)
{
	act_coredump(d, act_restart);
}

void life_destroy(struct domain *d)
{
	act_destroy(d);
}

void life_restart(struct domain *d)
{
	act_restart(d);
}

static void (*const actions[ACT_COUNT])(struct domain *d) = {
	[ACT_DESTROY] = act_destroy,
	[ACT_RESTART] = act_restart,
	[ACT_PRESERVE] = act_preserve,
	[ACT_RENAME_RESTART] = act_rename_restart,
	[ACT_COREDUMP_DESTROY] = act_coredump_destroy,
	[ACT_COREDUMP_RESTART] = act_coredump_restart,
};

static enum action choose_action(const struct domain *d, const struct reason *r)
{
	int64_t a;

	if (d->halting)
		return ACT_DESTROY;
	if (!r->action)
		return ACT_PRESERVE;
	a = *(const int64_t *)((const char *)&d->cfg + r->action);
	if (a == ACT_RENAME_RESTART && d->last_restart &&
	    boottime_s() - d->last_restart < d->core->opt.antiloop_s)
		return ACT_DESTROY;
	return (enum action)a;
}

static void life_stopped(struct domain *d, unsigned int code)
{
	const struct reason *r = reason_find(code);
	enum action a = choose_action(d, r);
	struct json_object *o = json_object_new_object();

	if (code == SHUTDOWN_suspend && (migrate_suspended(d) || save_suspended(d) || suspend_unwanted(d))) {
		json_object_put(o);
		return;
	}
	migrate_stop(d, -EINVAL, "the guest shut down instead of suspending");
	if (d->save)
		save_cancel(d, -EINVAL, "the guest shut down instead of suspending");
	log_info("life", "%s: domain %u shut down (%s): %s", d->cfg.name, d->domid, r->name,
		action_name(a));
	json_object_object_add(o, "reason", json_object_new_string(r->name));
	event_emit(d->core, code == SHUTDOWN_crash ? "domain.crashed" : "domain.shutdown", d, o);
	if (d->timer)
		evtimer_del(d->timer);
	console_drain(d->console);
	actions[a](d);
}

static void life_check(struct domain *d, const struct hv_dominfo *list, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (list[i].domid != d->domid || memcmp(list[i].uuid, d->uuid, sizeof(d->uuid)))
			continue;
		if (list[i].shutdown && !list[i].dying && !d->preserved && !d->dumping)
			life_stopped(d, list[i].shutdown_code);
		return;
	}
	log_info("life", "%s: domain %u was destroyed by somebody else", d->cfg.name, d->domid);
	d->exists = false;
	teardown_start(d);
}

void life_scan(struct core *core)
{
	struct hv_dominfo *list;
	struct domain *d, *next;
	unsigned int count;
	int rc = core_list(core, &list, &count);

	if (rc) {
		log_error("life", "cannot list domains: %s", strerror(-rc));
		return;
	}
	for (d = TAILQ_FIRST(&core->domains); d; d = next) {
		next = TAILQ_NEXT(d, link);
		if (d->state == DOM_RUNNING)
			life_check(d, list, count);
		else if (d->state == DOM_TEARDOWN)
			teardown_poke(d);
	}
	foreign_refresh(core, list, count);
	free(list);
}

/* ---- shutdown requests ------------------------------------------------------------------------ */

struct shutdown_request {
	struct core *core;
	struct rpc_call *call;
	char uuid[UUID_TEXT];		/* the domain may be gone when the store answers */
	char mode[16];
	bool wait;
};

static struct domain *request_domain(const struct shutdown_request *req)
{
	struct domain *d;

	TAILQ_FOREACH(d, &req->core->domains, link)
		if (!strcmp(d->cfg.uuid, req->uuid) && d->state == DOM_RUNNING && !d->preserved)
			return d;
	return NULL;
}

static void shutdown_impatient(evutil_socket_t fd, short what, void *arg)
{
	struct domain *d = arg;
	struct store_batch *b = store_batch_new(true, preserve_done, NULL);

	log_warn("life", "%s: asked to shut down %d s ago, and still running", d->cfg.name,
		SHUTDOWN_PATIENCE);
	if (b) {
		store_write(b, "True", "/local/domain/%u/xend/unresponsive", d->domid);
		d->core->ops->store(d->core->be, b);
	}
}

static void shutdown_written(void *arg, int err, struct store_batch *b)
{
	static const struct timeval patience = { SHUTDOWN_PATIENCE, 0 };
	struct shutdown_request *req = arg;
	struct domain *d = req->core->exiting ? NULL : request_domain(req);

	store_batch_free(b);
	if (err) {
		rpc_error(req->call, RPC_FAILED, err, d ? d->cfg.name : NULL,
			"domain %s: shutdown: cannot write control/shutdown: %s",
			d ? d->cfg.name : req->uuid, strerror(-err));
	} else if (!d || !req->wait || domain_wait(&d->shutdowners, req->call)) {
		rpc_result(req->call, NULL);
	}
	if (d && !err) {
		d->halting = !strcmp(req->mode, "halt");
		state_save(d, STATE_RUNNING);
		if (!d->timer)
			d->timer = evtimer_new(d->core->base, shutdown_impatient, d);
		if (d->timer)
			evtimer_add(d->timer, &patience);
	}
	free(req);
}

/* A guest that lists what it can do is believed; one that lists nothing is asked all the same. */
static void shutdown_features(void *arg, int err, struct store_batch *b)
{
	struct shutdown_request *req = arg;
	struct domain *d = req->core->exiting ? NULL : request_domain(req);
	struct store_batch *w;
	bool any = false, can = !strcmp(req->mode, "halt");

	for (size_t i = 0; i < b->count && !err; i++) {
		if (!b->ops[i].value || strcmp(b->ops[i].value, "1"))
			continue;
		any = true;
		can |= !strcmp(strrchr(b->ops[i].path, '-') + 1, req->mode);
	}
	store_batch_free(b);
	w = d && !err && (can || !any) ? store_batch_new(true, shutdown_written, req) : NULL;
	if (w) {
		store_write(w, req->mode, "/local/domain/%u/control/shutdown", d->domid);
		d->core->ops->store(d->core->be, w);
		return;
	}
	if (!d)
		rpc_result(req->call, NULL);	/* gone meanwhile: what was asked for */
	else if (err)
		rpc_error(req->call, RPC_FAILED, err, d->cfg.name, "domain %s: shutdown: store: %s",
			d->cfg.name, strerror(-err));
	else
		rpc_error(req->call, RPC_STATE, EINVAL, d->cfg.name,
			"domain %s: shutdown: the guest says that it cannot do %s", d->cfg.name,
			req->mode);
	free(req);
}

void life_shutdown(struct domain *d, struct rpc_call *call, const char *mode, bool wait)
{
	struct shutdown_request *req = calloc(1, sizeof(*req));
	struct store_batch *b = req ? store_batch_new(false, shutdown_features, req) : NULL;

	if (!b) {
		free(req);
		rpc_error(call, RPC_FAILED, ENOMEM, d->cfg.name, "out of memory");
		return;
	}
	req->core = d->core;
	req->call = call;
	req->wait = wait;
	snprintf(req->uuid, sizeof(req->uuid), "%s", d->cfg.uuid);
	snprintf(req->mode, sizeof(req->mode), "%s", mode);
	store_read(b, "/local/domain/%u/control/feature-poweroff", d->domid);
	store_read(b, "/local/domain/%u/control/feature-reboot", d->domid);
	store_read(b, "/local/domain/%u/control/feature-halt", d->domid);
	d->core->ops->store(d->core->be, b);
}

/* ---- rename ------------------------------------------------------------------------------------ */

static void rename_done(void *arg, int err, struct store_batch *b)
{
	struct rpc_call *call = arg;

	if (err)
		rpc_error(call, RPC_FAILED, err, NULL, "rename: store: %s: %s", store_batch_what(b), strerror(-err));
	else
		rpc_result(call, NULL);
	store_batch_free(b);
}

/* First what may fail. */
static int rename_here(struct domain *d, const char *name)
{
	int rc = config_set_string(&d->cfg.name, name);

	if (!rc)
		rc = state_save(d, STATE_RUNNING);
	if (!rc)
		rc = console_rename(d->console, name);
	return rc ? rc : hvcs_rename(d, name);
}

void life_rename(struct domain *d, struct rpc_call *call, const char *name)
{
	struct store_batch *b = store_batch_new(true, rename_done, call);
	char *old = strdup(d->cfg.name);
	int rc = b && old ? rename_here(d, name) : -ENOMEM;

	if (rc && old)
		rename_here(d, old);
	free(old);
	if (rc) {
		store_batch_free(b);
		rpc_error(call, RPC_FAILED, rc, d->cfg.name, "domain %s: rename: %s (state file: %s/running/%s.json)",
			d->cfg.name, strerror(-rc), d->core->opt.state_dir, d->cfg.uuid);
		return;
	}
	store_write(b, name, "/local/domain/%u/name", d->domid);
	store_write(b, name, "/vm/%s/name", d->cfg.uuid);
	d->core->ops->store(d->core->be, b);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* migrate.c: a domain on its way to another host: the daemon's part of the sender. The worker sends; here
 * the guest is asked to suspend itself, the point of no return is written down, and the end is drawn: the
 * domain is destroyed, or goes on, or stays suspended until the other host has said what became of it. */
#include "xend/domain.h"
#include "xend/migrate.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xen/sched.h>

enum migrate_state {
	MIG_SENDING,
	MIG_SUSPENDING,		/* the guest was asked to */
	MIG_SUSPENDED,
	MIG_COMMITTED,		/* the other host may be running it */
	MIG_DONE,		/* it is */
};

struct migrate {
	struct migrate_params p;
	struct rpc_call *call;
	char token[MIGRATE_TOKEN];
	enum migrate_state state;
	bool doubt;		/* the worker asks, or nobody can */
	int ctl;		/* to the worker */
	struct event *ctl_event;
	int fail_err;		/* why we killed the worker */
	char fail[512];
	struct json_object *result;
};

static void free_migrate(struct domain *d)
{
	struct migrate *m = d->migrate;

	if (m->ctl_event)
		event_free(m->ctl_event);
	suspend_over(d);
	if (m->ctl >= 0)
		close(m->ctl);
	if (m->p.fd >= 0)
		close(m->p.fd);
	json_object_put(m->result);
	free(m->p.host);
	free(m);
	d->migrate = NULL;
}

const char *migrate_token(const struct domain *d)
{
	return d->migrate ? d->migrate->token : "";
}

const struct migrate_params *migrate_params(const struct domain *d)
{
	return &d->migrate->p;
}

static void answer(struct domain *d, int err, const char *text)
{
	struct rpc_call *call = d->migrate->call;

	d->migrate->call = NULL;
	if (err)
		log_warn("migrate", "%s: to %s: %s", d->cfg.name, d->migrate->p.host, text);
	if (call && err)
		rpc_error(call, RPC_FAILED, err, d->cfg.name, "domain %s: migrate to %s: %.600s",
			d->cfg.name, d->migrate->p.host, text);
	else if (call)
		rpc_result(call, json_object_get(d->migrate->result));
}

static void emit(struct domain *d, const char *type)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "host", json_object_new_string(d->migrate->p.host));
	event_emit(d->core, type, d, o);
}

/* ---- the end --------------------------------------------------------------------------------------- */

/* It goes on here. */
static void failed(struct domain *d, int err, const char *text)
{
	struct migrate *m = d->migrate;
	struct hv_dominfo info;
	char all[700];
	int rc = 0;

	if (m->p.live)
		d->core->ops->live_end(d->core->be, d->domid);
	if (m->state == MIG_SUSPENDING)
		suspend_withdraw(d);
	else if (!core_getinfo(d->core, d->domid, &info) && info.shutdown &&
		 info.shutdown_code == SHUTDOWN_suspend)
		rc = suspend_go_on(d, false);
	snprintf(all, sizeof(all), "%.600s; %s", text, rc ? "and the domain could not be resumed"
							 : "the domain goes on here");
	answer(d, err, all);
	emit(d, "domain.migrate_failed");
	free_migrate(d);
	state_save(d, STATE_RUNNING);
}

static void succeeded(struct domain *d, const struct worker_end *end)
{
	static const char *const names[] = {
		[MIGRATE_BYTES] = "bytes", [MIGRATE_PAGES] = "data_pages", [MIGRATE_ROUNDS] = "rounds",
		[MIGRATE_TOTAL_MS] = "total_ms", [MIGRATE_DOWN_MS] = "down_ms", [MIGRATE_RATE] = "rate",
		[MIGRATE_DIRTY] = "last_dirty_pages",
	};
	struct migrate *m = d->migrate;

	m->state = MIG_DONE;
	m->result = json_object_new_object();
	json_object_object_add(m->result, "host", json_object_new_string(m->p.host));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_object_add(m->result, names[i],
			json_object_new_int64((int64_t)end->results[i]));
	log_info("migrate", "%s: domain %u runs on %s now", d->cfg.name, d->domid, m->p.host);
	emit(d, "domain.migrated");
	teardown_start(d);
}

static void ask_start(struct domain *d);

/* The other host may run it, and may not. */
static void in_doubt(struct domain *d, const char *text)
{
	struct migrate *m = d->migrate;
	char all[800];

	m->doubt = true;
	snprintf(all, sizeof(all), "the connection broke after that host was told to start the guest (%.300s): "
		"it stays suspended here %s", text, m->p.direct ? "until that host has said whether it runs there"
		: "until you have looked there: if it runs, destroy it here, else xm migrate --cancel --force");
	answer(d, -ENOTCONN, all);
	emit(d, "domain.migrate_doubt");
	if (m->p.direct && !d->worker)
		ask_start(d);
}

static void worker_gone(struct domain *d, const struct worker_end *end)
{
	struct migrate *m = d->migrate;

	if (m->ctl_event)
		event_free(m->ctl_event);
	m->ctl_event = NULL;
	suspend_over(d);
	if (m->fail_err)
		failed(d, m->fail_err, m->fail);
	else if (!end->err)
		succeeded(d, end);
	else if (m->state == MIG_COMMITTED && end->err != -ECANCELED)
		in_doubt(d, end->text);
	else
		failed(d, end->err, end->text);
}

static void migrate_done(void *arg, const struct worker_end *end)
{
	struct domain *d = arg;

	d->worker = NULL;
	if (d->state == DOM_TEARDOWN)
		teardown_advance(d);
	else
		worker_gone(d, end);
}

/* ---- asking the other host --------------------------------------------------------------------------- */

static void migrate_progress(void *arg, const char *step, int percent)
{
	struct domain *d = arg;

	if (percent >= 0) {
		domain_progress(d, step, percent);
		return;
	}
	/* The first question had no answer: nobody need wait any longer. */
	if (d->state == DOM_RUNNING && d->migrate && !d->migrate->doubt)
		in_doubt(d, step);
}

static void ask_start(struct domain *d)
{
	struct worker_job job = {
		.name = d->cfg.name, .run = migrate_ask_child, .run_arg = d,
		.progress = migrate_progress, .done = migrate_done, .arg = d,
	};
	int rc = worker_start(d->core->base, &job, &d->worker);

	if (rc)
		log_error("migrate", "%s: cannot ask %s whether it runs there: %s", d->cfg.name,
			d->migrate->p.host, strerror(-rc));
}

int migrate_force(struct domain *d)
{
	struct migrate *m = d->migrate;

	if (m->state != MIG_COMMITTED || !m->doubt)
		return -EBUSY;
	m->fail_err = -ECANCELED;
	snprintf(m->fail, sizeof(m->fail), "the doubt was ended by an administrator");
	if (d->worker)
		worker_kill(d->worker);
	else
		failed(d, m->fail_err, m->fail);
	return 0;
}

/* ---- under way --------------------------------------------------------------------------------------- */

static void reply(struct migrate *m, char what)
{
	if (send(m->ctl, &what, 1, MSG_NOSIGNAL) < 0)
		log_warn("migrate", "the worker is gone");	/* its end is on its way */
}

bool migrate_suspended(struct domain *d)
{
	struct migrate *m = d->migrate;

	if (!m)
		return false;
	if (m->state != MIG_SUSPENDING)
		return m->state > MIG_SUSPENDING;
	m->state = MIG_SUSPENDED;
	suspend_over(d);
	console_drain(d->console);
	reply(m, SAY_YES);
	return true;
}

int migrate_stop(struct domain *d, int err, const char *text)
{
	struct migrate *m = d->migrate;

	if (!m)
		return 0;
	if (m->state >= MIG_COMMITTED)
		return -EBUSY;
	if (!m->fail_err) {
		m->fail_err = err;
		snprintf(m->fail, sizeof(m->fail), "%s", text);
	}
	if (d->worker)
		worker_kill(d->worker);
	return 0;
}

static void not_suspended(struct domain *d, int err, const char *text)
{
	migrate_stop(d, err, text);
}

static void want_suspend(struct domain *d)
{
	struct migrate *m = d->migrate;

	if (m->fail_err || m->state != MIG_SENDING || suspend_ask(d, not_suspended))
		reply(m, SAY_NO);
	else
		m->state = MIG_SUSPENDING;
}

/* A later xend must know of this before the other host does. */
static void want_commit(struct domain *d)
{
	struct migrate *m = d->migrate;

	if (m->fail_err || m->state != MIG_SUSPENDED) {
		reply(m, SAY_NO);
		return;
	}
	m->state = MIG_COMMITTED;
	if (state_save(d, STATE_RUNNING)) {
		m->state = MIG_SUSPENDED;
		reply(m, SAY_NO);
		return;
	}
	reply(m, SAY_YES);
}

static void ctl_readable(evutil_socket_t fd, short what, void *arg)
{
	struct domain *d = arg;
	char c;

	if (recv(fd, &c, 1, MSG_DONTWAIT) != 1) {
		event_del(d->migrate->ctl_event);	/* the worker's end tells all */
		return;
	}
	if (d->state != DOM_RUNNING)
		reply(d->migrate, SAY_NO);
	else if (c == ASK_SUSPEND)
		want_suspend(d);
	else if (c == ASK_COMMIT)
		want_commit(d);
}

static int begin(struct domain *d)
{
	struct migrate *m = d->migrate;
	struct worker_job job = {
		.name = d->cfg.name, .run = migrate_child, .run_arg = d, .progress = migrate_progress,
		.done = migrate_done, .arg = d,
	};
	int fds[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	m->ctl = fds[0];
	m->ctl_event = event_new(d->core->base, fds[0], EV_READ | EV_PERSIST, ctl_readable, d);
	rc = m->ctl_event && !event_add(m->ctl_event, NULL) ? 0 : -ENOMEM;
	job.keep_fd = fds[1];
	if (m->p.fd >= 0)
		job.keep_fd2 = m->p.fd;
	if (!rc)
		rc = worker_start(d->core->base, &job, &d->worker);
	close(fds[1]);
	if (m->p.fd >= 0)
		close(m->p.fd);		/* it is the worker's: its end is the connection's */
	m->p.fd = -1;
	return rc;
}

static int token_new(char token[MIGRATE_TOKEN])
{
	uint8_t random[(MIGRATE_TOKEN - 1) / 2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(token + 2 * i, 3, "%02x", random[i]);
	return 0;
}

static struct migrate *migrate_new(const struct migrate_params *p)
{
	struct migrate *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->p = *p;
	m->ctl = -1;
	m->p.host = strdup(p->host);
	if (m->p.host)
		return m;
	free(m);
	return NULL;
}

void migrate_start(struct domain *d, struct rpc_call *call, const struct migrate_params *p)
{
	int rc;

	d->migrate = migrate_new(p);
	if (!d->migrate) {
		if (p->fd >= 0)
			close(p->fd);
		rpc_error(call, RPC_FAILED, ENOMEM, d->cfg.name, "out of memory");
		return;
	}
	d->migrate->call = call;
	log_info("migrate", "%s: domain %u goes to %s%s", d->cfg.name, d->domid, p->host,
		p->live ? " while it runs" : "");
	rc = token_new(d->migrate->token);
	if (!rc)
		rc = state_save(d, STATE_RUNNING);
	if (!rc)
		rc = begin(d);
	if (rc) {
		answer(d, rc, strerror(-rc));
		free_migrate(d);
		state_save(d, STATE_RUNNING);
	}
}

/* ---- at the domain's end, and over xend's ------------------------------------------------------------ */

void migrate_quiet(struct domain *d)
{
	struct migrate *m = d->migrate;

	if (!m || m->state == MIG_DONE)
		return;
	m->p.live = false;
	answer(d, m->fail_err ? m->fail_err : -ECANCELED,
		m->fail_err ? m->fail : "the domain was destroyed while it was being moved");
	free_migrate(d);
}

void migrate_gone(struct domain *d)
{
	if (!d->migrate)
		return;
	receive_take_name(d);
	answer(d, 0, NULL);
	free_migrate(d);
}

void migrate_free(struct domain *d)
{
	if (!d->migrate)
		return;
	answer(d, -ECANCELED, "xend is going down");
	free_migrate(d);
}

struct json_object *migrate_save(const struct domain *d)
{
	const struct migrate *m = d->migrate;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "host", json_object_new_string(m->p.host));
	json_object_object_add(o, "port", json_object_new_int((int)m->p.port));
	json_object_object_add(o, "token", json_object_new_string(m->token));
	json_object_object_add(o, "direct", json_object_new_boolean(m->p.direct));
	json_object_object_add(o, "committed", json_object_new_boolean(m->state >= MIG_COMMITTED));
	return o;
}

static bool is_true(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

void migrate_load(struct domain *d, struct json_object *from)
{
	struct migrate_params p = { .fd = -1, .live = true, .port = MIGRATE_PORT,
		.direct = is_true(from, "direct") };
	struct json_object *port;
	const char *host = wire_string(from, "host"), *token = wire_string(from, "token");

	if (!is_true(from, "committed")) {
		d->core->ops->live_end(d->core->be, d->domid);
		d->unsuspend = true;	/* it goes on, if it has stopped for that */
		return;
	}
	if (json_object_object_get_ex(from, "port", &port))
		p.port = (unsigned int)json_object_get_int(port);
	p.host = (char *)(uintptr_t)host;
	d->migrate = migrate_new(&p);
	if (!d->migrate)
		return;
	snprintf(d->migrate->token, MIGRATE_TOKEN, "%s", token);
	d->migrate->state = MIG_COMMITTED;
	d->migrate->doubt = true;
	log_warn("migrate", "%s: domain %u may run on %s", d->cfg.name, d->domid, host);
	if (p.direct)
		ask_start(d);
}

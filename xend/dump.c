/* SPDX-License-Identifier: GPL-2.0-only */
/* dump.c: core dumps: asked for, or because a domain crashed. A worker writes the file; meanwhile the
 * domain is paused, unless it is to run on, and whoever waits for its end waits. */
#include "xend/domain.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct dump {
	struct domain *d;
	struct rpc_call *call;		/* NULL: nobody asked */
	void (*after)(struct domain *d);	/* NULL: the domain goes on */
	char path[DUMP_PATH_MAX];
};

static void dump_report(void *arg, const char *step, int percent)
{
	worker_progress(arg, step, percent);
}

static int dump_child(void *arg, struct worker_out *out)
{
	struct dump *m = arg;
	struct core *core = m->d->core;
	int rc = core->ops->worker_init(core->be);
	int fd = rc ? -1 : open(m->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	char why[400] = "";

	if (!rc && fd < 0) {
		rc = -errno;
		snprintf(why, sizeof(why), "%.300s: %s", m->path, strerror(-rc));
	}
	if (!rc)
		rc = core->ops->dump(core->be, m->d->domid, fd, dump_report, out, why, sizeof(why));
	if (!rc && close(fd) < 0)
		rc = -errno;
	if (rc && fd >= 0)
		unlink(m->path);
	if (rc && why[0])
		worker_why(out, why);
	return rc;
}

static void dump_progress(void *arg, const char *step, int percent)
{
	struct json_object *o = json_object_new_object();
	struct dump *m = arg;

	json_object_object_add(o, "step", json_object_new_string(step));
	json_object_object_add(o, "percent", json_object_new_int(percent));
	event_emit(m->d->core, "domain.progress", m->d, o);
}

static void dump_answer(struct dump *m, int err, const char *text)
{
	struct json_object *o;

	if (err)
		log_warn("dump", "%s: no core dump: %s", m->d->cfg.name, text);
	else
		log_info("dump", "%s: domain %u is in %s", m->d->cfg.name, m->d->domid, m->path);
	if (m->call && err) {
		rpc_error(m->call, RPC_FAILED, err, m->d->cfg.name, "domain %s: dump: %s", m->d->cfg.name,
			text);
	} else if (m->call) {
		o = json_object_new_object();
		json_object_object_add(o, "file", json_object_new_string(m->path));
		rpc_result(m->call, o);
	}
}

/* Once the file is there, or will not be: what was to come goes on. */
static void dump_over(struct dump *m, int err, const char *text)
{
	struct domain *d = m->d;
	struct core *core = d->core;

	d->dumping = NULL;
	if (d->dump_paused && d->state == DOM_RUNNING) {
		if (!d->admin_paused)
			d->core->ops->unpause(d->core->be, d->domid);
		d->dump_paused = false;
		state_save(d, STATE_RUNNING);
	}
	dump_answer(m, err, text);
	if (d->state == DOM_TEARDOWN)
		teardown_advance(d);
	else if (m->after && (!err || !m->call))
		m->after(d);
	/* One that shut down meanwhile has not been looked at. */
	event_active(core->scan_event, EV_TIMEOUT, 0);
	free(m);
}

static void dump_done(void *arg, const struct worker_end *end)
{
	struct dump *m = arg;

	m->d->worker = NULL;
	dump_over(m, end->err, end->text);
}

void dump_default_path(const struct domain *d, char *buf, size_t size)
{
	time_t now = time(NULL);
	char when[32];
	struct tm tm;

	mkdir(d->core->opt.dump_dir, 0700);
	strftime(when, sizeof(when), "%Y-%m%d-%H%M.%S", localtime_r(&now, &tm));
	snprintf(buf, size, "%.1000s/%s-%s.%u.core", d->core->opt.dump_dir, when, d->cfg.name, d->domid);
}

/* The hypervisor counts pauses; a domain that is paused already, or has ended, stays as it is. */
static int dump_pause(struct domain *d)
{
	struct hv_dominfo info;
	int rc = core_getinfo(d->core, d->domid, &info);

	if (rc || info.paused || info.shutdown)
		return rc;
	rc = d->core->ops->pause(d->core->be, d->domid);
	if (rc)
		return rc;
	d->dump_paused = true;
	return state_save(d, STATE_RUNNING);
}

void dump_abandon(struct dump *m)
{
	if (m && m->call)
		rpc_error(m->call, RPC_FAILED, ECANCELED, m->d->cfg.name, "domain %s: dump: xend is going down",
			m->d->cfg.name);
	free(m);
}

void dump_start(struct domain *d, struct rpc_call *call, const char *path, bool live,
	void (*after)(struct domain *d))
{
	struct dump *m = calloc(1, sizeof(*m));
	struct worker_job job = {
		.name = d->cfg.name, .run = dump_child, .run_arg = m, .progress = dump_progress,
		.done = dump_done, .arg = m,
	};
	int rc;

	if (!m) {
		if (call)
			rpc_error(call, RPC_FAILED, ENOMEM, d->cfg.name, "out of memory");
		else
			after(d);
		return;
	}
	*m = (struct dump){ .d = d, .call = call, .after = after };
	snprintf(m->path, sizeof(m->path), "%s", path);
	d->dumping = m;
	rc = live ? 0 : dump_pause(d);
	if (!rc)
		rc = worker_start(d->core->base, &job, &d->worker);
	if (rc)
		dump_over(m, rc, strerror(-rc));
	else
		log_info("dump", "%s: domain %u is written to %s", d->cfg.name, d->domid, path);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* device_resize.c: a device in use is given the size that what is behind it has, or a new one.
 *
 * A worker changes what is behind it; dom0's driver notices by itself and tells the guest, which we
 * wait for: it writes the sectors into the store, and its state again so that the guest looks. */
#include "xend/device.h"
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#define TELL_MS 10000	/* for the driver to tell the guest; it looks ten times a second */
#define BACKEND "/local/domain/0/backend/%s/%u/%u/%s"

struct resize {
	struct device *dev;	/* NULL: it is over, but for what is under way */
	struct rpc_call *call;
	struct worker *worker;
	struct store_watch *watch;
	struct event *timer;
	uint64_t want, bytes;	/* asked for, or 0; had */
	bool store_busy, changed;
};

static void resize_free(struct resize *r)
{
	if (!r->dev && !r->worker && !r->store_busy)
		free(r);
}

/* Whatever is under way ends by itself, and the memory with it. */
static void resize_end(struct resize *r)
{
	struct core *core = r->dev->d->core;

	if (r->watch)
		core->ops->unwatch(core->be, r->watch);
	if (r->timer)
		event_free(r->timer);
	if (r->worker)
		worker_kill(r->worker);
	r->dev->resize = NULL;
	r->dev = NULL;
	resize_free(r);
}

static void resize_failed(struct resize *r, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void resize_failed(struct resize *r, int err, const char *fmt, ...)
{
	const struct device *dev = r->dev;
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rpc_error(r->call, RPC_FAILED, err, dev->d->cfg.name, "domain %s: %s '%.200s': %s",
		dev->d->cfg.name, dev->class->key, dev->text, text);
	resize_end(r);
}

static struct json_object *resize_describe(const struct resize *r)
{
	struct json_object *o = device_describe(r->dev);

	json_object_object_add(o, "bytes", json_object_new_int64((int64_t)r->bytes));
	return o;
}

static void resize_done(struct resize *r)
{
	log_info("device", "%s: %s %u has %llu bytes", r->dev->d->cfg.name, r->dev->class->name,
		r->dev->devid, (unsigned long long)r->bytes);
	event_emit(r->dev->d->core, "device.resized", r->dev->d, resize_describe(r));
	rpc_result(r->call, resize_describe(r));
	resize_end(r);
}

static void resize_look(void *arg);

/* A guest that is not connected is told when it connects. */
static void resize_looked(void *arg, int err, struct store_batch *b)
{
	struct resize *r = arg;
	const char *state = b->ops[0].value, *sectors = b->ops[1].value;

	r->store_busy = false;
	if (!r->dev)
		resize_free(r);
	else if (err)
		;	/* the watch fires again when the store is back */
	else if (r->changed)
		resize_look(r);
	else if (!state || atoi(state) != XenbusStateConnected ||
		 (sectors && strtoull(sectors, NULL, 10) == r->bytes / 512))
		resize_done(r);
	store_batch_free(b);
}

static void resize_look(void *arg)
{
	struct resize *r = arg;
	const struct device *dev = r->dev;
	struct store_batch *b;

	r->changed = r->store_busy;
	if (r->store_busy)
		return;
	b = store_batch_new(false, resize_looked, r);
	if (!b)
		return;		/* the timer ends it */
	store_read(b, BACKEND, dev->class->name, dev->d->domid, dev->devid, "state")->optional = true;
	store_read(b, BACKEND, dev->class->name, dev->d->domid, dev->devid, "sectors")->optional = true;
	r->store_busy = true;
	dev->d->core->ops->store(dev->d->core->be, b);
}

static void resize_late(evutil_socket_t fd, short what, void *arg)
{
	struct resize *r = arg;

	resize_failed(r, -ETIMEDOUT, "it has %llu bytes, but dom0's driver %s did not tell the guest within "
		"%d s", (unsigned long long)r->bytes, r->dev->class->driver, TELL_MS / 1000);
}

static void resize_worked(void *arg, const struct worker_end *end)
{
	static const struct timeval tell = { TELL_MS / 1000, TELL_MS % 1000 * 1000 };
	struct resize *r = arg;
	struct core *core;
	char path[128];
	int rc;

	r->worker = NULL;
	if (!r->dev) {
		resize_free(r);
		return;
	}
	if (end->err) {
		resize_failed(r, end->err, "%s", end->text);
		return;
	}
	core = r->dev->d->core;
	r->bytes = end->results[0];
	r->timer = evtimer_new(core->base, resize_late, r);
	snprintf(path, sizeof(path), BACKEND, r->dev->class->name, r->dev->d->domid, r->dev->devid, "sectors");
	rc = r->timer ? core->ops->watch(core->be, path, resize_look, r, &r->watch) : -ENOMEM;
	if (rc)
		resize_failed(r, rc, "cannot watch the store: %s", strerror(-rc));
	else
		evtimer_add(r->timer, &tell);
}

static int resize_work(void *arg, struct worker_out *out)
{
	const struct resize *r = arg;
	char why[400] = "";
	uint64_t bytes = 0;
	int rc = r->dev->class->resize(r->dev, r->want, &bytes, why, sizeof(why));

	if (rc)
		worker_why(out, why);
	else
		worker_result(out, 0, bytes);
	return rc;
}

void device_resize(struct device *dev, uint64_t bytes, struct rpc_call *call)
{
	struct worker_job job = {
		.name = dev->d->cfg.name, .run = resize_work, .done = resize_worked,
	};
	struct resize *r = calloc(1, sizeof(*r));
	int rc;

	if (!r) {
		rpc_error(call, RPC_FAILED, ENOMEM, dev->d->cfg.name, "domain %s: out of memory",
			dev->d->cfg.name);
		return;
	}
	*r = (struct resize){ .dev = dev, .call = call, .want = bytes };
	dev->resize = r;
	job.run_arg = job.arg = r;
	rc = worker_start(dev->d->core->base, &job, &r->worker);
	if (rc)
		resize_failed(r, rc, "cannot start a worker process: %s", strerror(-rc));
}

void device_resize_cancel(struct device *dev)
{
	if (!dev->resize)
		return;
	if (dev->d->core->exiting) {
		worker_abandon(dev->resize->worker);	/* without a loop nobody hears of its end */
		dev->resize->worker = NULL;
	}
	resize_failed(dev->resize, -ECANCELED, "it goes away");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* device_down.c: a device's way down, from any state: [CLOSING, UNPLUGGING,] REMOVING, RELEASING, GONE. */
#include "xend/device_walk.h"
#include "util/log.h"

#include <errno.h>
#include <string.h>

#define CLOSE_MS 10000	/* for a guest to let go of a device */

/* After a pause, growing; whoever waits for us is the domain's end, which does not give up. */
static void again(struct device *dev, const char *what, int err)
{
	long ms = dev->tries < 6 ? 20L << dev->tries : 1000;

	if (++dev->tries == 6)
		log_error("device", "%s: %s %u: %s: %s; trying on", dev->d->cfg.name, dev->class->name,
			dev->devid, what, strerror(-err));
	device_timer_set(dev, ms);
}

static void release_done(void *arg, const struct worker_end *end)
{
	struct device *dev = arg;

	dev->worker = NULL;
	if (end->err) {
		log_warn("device", "%s: %s %u: giving back: %s", dev->d->cfg.name, dev->class->name,
			dev->devid, end->text);
		again(dev, "giving back what is behind it", end->err);
		return;
	}
	dev->opened = false;
	dev->state = DEV_GONE;
	device_gone(dev);
}

void device_release(struct device *dev)
{
	struct worker_job job = {
		.name = dev->d->cfg.name, .run = dev->class->release, .run_arg = dev,
		.done = release_done, .arg = dev,
	};
	int rc;

	dev->state = DEV_RELEASING;
	if (!dev->opened) {
		dev->state = DEV_GONE;
		device_gone(dev);
		return;
	}
	rc = worker_start(dev->d->core->base, &job, &dev->worker);
	if (rc)
		again(dev, "worker process", rc);
}

static void nodes_removed(void *arg, int err, struct store_batch *b)
{
	struct device *dev = arg;

	dev->store_busy = false;
	store_batch_free(b);
	if (dev->d->core->exiting)
		return;
	if (err) {
		again(dev, "removing its store nodes", err);
		return;
	}
	dev->nodes = false;
	dev->tries = 0;
	device_release(dev);
}

void device_remove(struct device *dev)
{
	struct store_batch *b;

	dev->state = DEV_REMOVING;
	if (!dev->nodes) {
		device_release(dev);
		return;
	}
	b = store_batch_new(false, nodes_removed, dev);
	if (b) {
		store_rm(b, DEVICE_BACKEND, dev->class->name, dev->d->domid, dev->devid);
		store_rm(b, "/local/domain/%u/device/%s/%u", dev->d->domid, dev->class->name, dev->devid);
		store_rm(b, "/local/domain/0/error/backend/%s/%u/%u", dev->class->name, dev->d->domid,
			dev->devid);
		if (dev->class->nodes_gone)
			dev->class->nodes_gone(b, dev->d->domid);
	}
	if (device_submit(dev, b))
		again(dev, "removing its store nodes", -ENOMEM);
}

static void unplug_done(void *arg, const struct worker_end *end)
{
	struct device *dev = arg;

	dev->worker = NULL;
	evtimer_del(dev->timer);
	if (end->err)
		log_warn("device", "%s: %s %u: %s", dev->d->cfg.name, dev->class->name, dev->devid,
			end->text);
	device_remove(dev);	/* whatever it said: the device goes */
}

static void device_unplug(struct device *dev)
{
	struct worker_job job = {
		.name = dev->d->cfg.name, .run = dev->class->unplug, .run_arg = dev,
		.done = unplug_done, .arg = dev,
	};

	dev->plugged = false;
	device_timer_set(dev, DEVICE_PLUG_MS);
	if (worker_start(dev->d->core->base, &job, &dev->worker))
		device_remove(dev);
}

/* From any state, as soon as nothing is under way: the removal, and what follows it. */
void device_down(struct device *dev)
{
	evtimer_del(dev->timer);
	device_resize_cancel(dev);
	if (dev->state < DEV_UNPLUGGING)
		dev->state = DEV_UNPLUGGING;
	if (dev->watch) {
		dev->d->core->ops->unwatch(dev->d->core->be, dev->watch);
		dev->watch = NULL;
	}
	if (dev->worker) {
		worker_kill(dev->worker);
		return;		/* its end leads here again */
	}
	if (dev->store_busy)
		return;
	if (dev->plugged && dev->class->wants_unplug && dev->class->wants_unplug(dev))
		device_unplug(dev);
	else
		device_remove(dev);
}

static void close_asked(void *arg, int err, struct store_batch *b)
{
	struct device *dev = arg;

	dev->store_busy = false;
	store_batch_free(b);
	if (device_interrupted(dev, DEV_CLOSING))
		return;
	if (err) {
		dev->state = DEV_READY;
		device_answer(dev, err, "the store does not take the request");
		return;
	}
	if (!device_watch_backend(dev))
		device_backend_changed(dev);
}

void device_close(struct device *dev)
{
	struct store_batch *b = store_batch_new(true, close_asked, dev);

	dev->state = DEV_CLOSING;
	if (b) {
		store_write(b, "0", DEVICE_BACKEND "/online", dev->class->name, dev->d->domid, dev->devid);
		store_write(b, "5", DEVICE_BACKEND "/state", dev->class->name, dev->d->domid, dev->devid);
	}
	device_timer_set(dev, CLOSE_MS);
	if (device_submit(dev, b)) {
		dev->state = DEV_READY;
		device_answer(dev, -ENOMEM, "out of memory");
	}
}

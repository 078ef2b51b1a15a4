/* SPDX-License-Identifier: GPL-2.0-only */
/* device.c: the walk of one device through its states, and its way up: PREPARING, WRITING, CONNECTING,
 * [PLUGGING,] READY. device_down.c has the way down.
 *
 * Each state waits for one thing: a worker, a batch of the store, the backend's driver. */
#include "xend/device_walk.h"
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#define CONNECT_MS 20000	/* for dom0's driver to take a device up */
#define ERRORS "/local/domain/0/error/backend/%s/%u/%u/error"

void device_answer(struct device *dev, int err, const char *text)
{
	struct rpc_call *call = dev->call;

	dev->call = NULL;
	if (!call)
		return;
	if (err)
		rpc_error(call, RPC_FAILED, err, dev->d->cfg.name, "domain %s: %.600s",
			dev->d->cfg.name, text);
	else
		rpc_result(call, device_describe(dev));
}

static void emit(struct device *dev, const char *type)
{
	event_emit(dev->d->core, type, dev->d, device_describe(dev));
}

/* ---- what several devices of a domain wait for ---------------------------------------------------- */

static bool all_ready(const struct domain *d)
{
	struct device *dev;

	TAILQ_FOREACH(dev, &d->devices, link)
		if (!dev->late && dev->state != DEV_READY)
			return false;
	return true;
}

static void device_ready(struct device *dev)
{
	struct domain *d = dev->d;

	dev->state = DEV_READY;
	log_info("device", "%s: %s %u (%s) is there", d->cfg.name, dev->class->name, dev->devid, dev->text);
	if (dev->hot) {
		devices_config_follow(d, dev->class);
		emit(dev, "device.attached");
		device_answer(dev, 0, NULL);
	} else if (d->state == DOM_CREATING && all_ready(d)) {
		create_devices_done(d, 0, NULL);
	}
}

static void device_failed(struct device *dev, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void device_failed(struct device *dev, int err, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dev->fail_err = err;
	snprintf(dev->fail, sizeof(dev->fail), "%s", text);
	log_warn("device", "%s: %s", dev->d->cfg.name, dev->fail);
	if (dev->hot || dev->d->state != DOM_CREATING)
		device_down(dev);
	else
		create_devices_done(dev->d, err, dev->fail);	/* whose teardown takes all of them */
}

void device_gone(struct device *dev)
{
	struct domain *d = dev->d;

	TAILQ_REMOVE(&d->devices, dev, link);
	if (d->state == DOM_RUNNING) {
		if (!dev->fail_err) {
			devices_config_follow(d, dev->class);
			emit(dev, "device.detached");
		} else {
			state_save(d, STATE_RUNNING);
		}
	}
	device_answer(dev, dev->fail_err, dev->fail);
	log_info("device", "%s: %s %u is gone", d->cfg.name, dev->class->name, dev->devid);
	device_free(dev);
	if (!TAILQ_EMPTY(&d->devices))
		return;
	domain_successor(d);
	if (d->state == DOM_TEARDOWN)
		teardown_advance(d);
}

/* ---- timers and batches -------------------------------------------------------------------------- */

void device_timer_set(struct device *dev, long ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (dev->timer)
		evtimer_add(dev->timer, &tv);
}

static void device_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct device *dev = arg;

	switch (dev->state) {
	case DEV_CONNECTING:
		device_failed(dev, -ETIMEDOUT, "%s '%s': dom0's driver %s did not take it up within %d s"
			" (is the module loaded?)", dev->class->key, dev->text, dev->class->driver,
			CONNECT_MS / 1000);
		break;
	case DEV_PLUGGING:
		device_failed(dev, -ETIMEDOUT, "%s '%s': not connected within %d s", dev->class->key,
			dev->text, DEVICE_PLUG_MS / 1000);
		break;
	case DEV_UNPLUGGING:
		worker_kill(dev->worker);
		break;
	case DEV_CLOSING:
		device_answer(dev, -EBUSY, "the guest still uses the device; it goes when the guest lets go "
			"of it, or at once by force");
		break;
	case DEV_REMOVING:
		device_remove(dev);
		break;
	case DEV_RELEASING:
		device_release(dev);
		break;
	default:
		break;
	}
}

int device_timer_new(struct device *dev)
{
	if (!dev->timer)
		dev->timer = evtimer_new(dev->d->core->base, device_timeout, dev);
	return dev->timer ? 0 : -ENOMEM;
}

int device_submit(struct device *dev, struct store_batch *b)
{
	if (!b)
		return -ENOMEM;
	dev->store_busy = true;
	dev->d->core->ops->store(dev->d->core->be, b);
	return 0;
}

/* ---- up ------------------------------------------------------------------------------------------ */

bool device_interrupted(struct device *dev, enum device_state state)
{
	if (dev->d->core->exiting)
		return true;
	if (dev->state == state)
		return false;
	device_down(dev);
	return true;
}

static void plug_told(void *arg, int err, struct store_batch *b)
{
	struct device *dev = arg;

	dev->store_busy = false;
	if (device_interrupted(dev, DEV_PLUGGING))
		;
	else if (err)
		device_failed(dev, err, "%s '%s': %s: %s", dev->class->key, dev->text,
			store_batch_what(b), strerror(-err));
	else
		device_ready(dev);
	store_batch_free(b);
}

static void plug_done(void *arg, const struct worker_end *end)
{
	struct device *dev = arg;
	struct store_batch *b;

	dev->worker = NULL;
	if (dev->state != DEV_PLUGGING) {
		device_down(dev);
		return;
	}
	evtimer_del(dev->timer);
	if (end->err) {
		device_failed(dev, end->err, "%s '%s': %s", dev->class->key, dev->text, end->text);
		return;
	}
	/* What a driver that waits for it waits for; a hotplug script wrote the same. */
	b = store_batch_new(false, plug_told, dev);
	if (b)
		store_write(b, "connected", DEVICE_BACKEND "/hotplug-status", dev->class->name,
			dev->d->domid, dev->devid);
	if (device_submit(dev, b))
		device_failed(dev, -ENOMEM, "%s '%s': out of memory", dev->class->key, dev->text);
}

static void device_plug(struct device *dev)
{
	struct worker_job job = {
		.name = dev->d->cfg.name, .run = dev->class->plug, .run_arg = dev,
		.done = plug_done, .arg = dev,
	};
	int rc;

	dev->state = DEV_PLUGGING;
	dev->plugged = true;
	device_timer_set(dev, DEVICE_PLUG_MS);
	rc = worker_start(dev->d->core->base, &job, &dev->worker);
	if (rc)
		device_failed(dev, rc, "%s '%s': cannot start a worker process: %s", dev->class->key,
			dev->text, strerror(-rc));
}

/* What the backend's driver has come to. */
static void driver_says(struct device *dev, const char *text, const char *error)
{
	int state = text ? atoi(text) : XenbusStateUnknown;

	if (dev->state == DEV_CONNECTING) {
		if (error || state == XenbusStateClosing || state == XenbusStateClosed)
			device_failed(dev, -EIO, "%s '%s': dom0's driver %s says: %.200s",
				dev->class->key, dev->text, dev->class->driver,
				error ? error : "closed");
		else if (state >= XenbusStateInitWait && dev->class->plug)
			device_plug(dev);
		else if (state >= XenbusStateInitWait)
			device_ready(dev);
	} else if (dev->state == DEV_CLOSING) {
		if (!text || state == XenbusStateClosed || state == XenbusStateUnknown)
			device_down(dev);
	} else if (dev->state >= DEV_UNPLUGGING) {
		device_down(dev);
	}
}

static void state_read(void *arg, int err, struct store_batch *b)
{
	struct device *dev = arg;

	dev->store_busy = false;
	/* After an error the watch fires again when the store is back. */
	if (!dev->d->core->exiting) {
		if (dev->changed && !err && dev->state < DEV_UNPLUGGING)
			device_backend_changed(dev);
		else if (!err || dev->state >= DEV_UNPLUGGING)
			driver_says(dev, b->ops[0].value, b->ops[1].value);
	}
	store_batch_free(b);
}

void device_backend_changed(void *arg)
{
	struct device *dev = arg;
	struct store_batch *b;

	dev->changed = true;
	if (dev->store_busy || (dev->state != DEV_CONNECTING && dev->state != DEV_CLOSING))
		return;
	dev->changed = false;
	b = store_batch_new(false, state_read, dev);
	if (!b)
		return;
	store_read(b, DEVICE_BACKEND "/state", dev->class->name, dev->d->domid, dev->devid)->optional = true;
	store_read(b, ERRORS, dev->class->name, dev->d->domid, dev->devid)->optional = true;
	device_submit(dev, b);
}

int device_watch_backend(struct device *dev)
{
	char path[128];

	if (dev->watch)
		return 0;
	snprintf(path, sizeof(path), DEVICE_BACKEND "/state", dev->class->name, dev->d->domid, dev->devid);
	return dev->d->core->ops->watch(dev->d->core->be, path, device_backend_changed, dev, &dev->watch);
}

static void nodes_written(void *arg, int err, struct store_batch *b)
{
	struct device *dev = arg;

	dev->store_busy = false;
	if (device_interrupted(dev, DEV_WRITING)) {
		;
	} else if (err) {
		device_failed(dev, err, "%s '%s': %s: %s", dev->class->key, dev->text,
			store_batch_what(b), strerror(-err));
	} else {
		dev->state = DEV_CONNECTING;
		device_timer_set(dev, CONNECT_MS);
		err = device_watch_backend(dev);
		if (err)
			device_failed(dev, err, "%s '%s': cannot watch the store: %s",
				dev->class->key, dev->text, strerror(-err));
	}
	store_batch_free(b);
}

/* The nodes that all classes have; a class adds its own. */
static void write_nodes(struct store_batch *b, const struct device *dev)
{
	uint32_t domid = dev->d->domid;
	const char *class = dev->class->name;
	char back[96], front[96];

	snprintf(back, sizeof(back), DEVICE_BACKEND, class, domid, dev->devid);
	snprintf(front, sizeof(front), "/local/domain/%u/device/%s/%u", domid, class, dev->devid);
	store_rm(b, "/local/domain/0/error/backend/%s/%u/%u", class, domid, dev->devid);
	nodes_device(b, domid, back, front, XenbusStateInitialising);
	dev->class->nodes(b, dev);
}

static void device_write(struct device *dev)
{
	struct store_batch *b = store_batch_new(true, nodes_written, dev);

	dev->state = DEV_WRITING;
	if (b) {
		write_nodes(b, dev);
		dev->nodes = true;
	}
	if (device_submit(dev, b))
		device_failed(dev, -ENOMEM, "%s '%s': out of memory", dev->class->key, dev->text);
}

static void prepare_done(void *arg, const struct worker_end *end)
{
	struct device *dev = arg;
	char why[400];
	int rc;

	dev->worker = NULL;
	if (dev->state != DEV_PREPARING) {
		device_down(dev);
		return;
	}
	if (end->err) {
		device_failed(dev, end->err, "%s '%s': %s", dev->class->key, dev->text, end->text);
		return;
	}
	rc = dev->class->prepared(dev, end->results, why, sizeof(why));
	if (rc)
		device_failed(dev, rc, "%s '%s': %s", dev->class->key, dev->text, why);
	else
		device_write(dev);
}

int device_start(struct device *dev)
{
	struct worker_job job = {
		.name = dev->d->cfg.name, .run = dev->class->prepare, .run_arg = dev,
		.done = prepare_done, .arg = dev,
	};

	dev->state = DEV_PREPARING;
	if (device_timer_new(dev))
		return -ENOMEM;
	dev->opened = true;	/* from now on there may be something to give back */
	if (dev->hot)
		state_save(dev->d, STATE_RUNNING);
	return worker_start(dev->d->core->base, &job, &dev->worker);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* device_list.c: the devices of a domain: read from its configuration, found by name, kept over a
 * restart of xend. device.c walks each of them through its states. */
#include "xend/device.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 30000	/* for dom0's drivers to finish what a domain has asked for */

static const struct device_class *const classes[] = { &device_vbd, &device_vif, &device_vfb };
#define CLASS_COUNT (sizeof(classes) / sizeof(classes[0]))

const struct device_class *device_class_find(const char *name)
{
	for (size_t i = 0; i < CLASS_COUNT; i++)
		if (!strcmp(classes[i]->name, name))
			return classes[i];
	return NULL;
}

static int device_new(struct domain *d, const struct device_class *class, const char *text,
	struct device **ret_dev, char *why, size_t size)
{
	struct device *dev = calloc(1, sizeof(*dev));
	int rc;

	if (!dev || !(dev->text = strdup(text))) {
		free(dev);
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	dev->d = d;
	dev->class = class;
	rc = class->parse(dev, text, why, size);
	if (rc) {
		free(dev->text);
		free(dev);
		return rc;
	}
	/* By this name a later xend, too, finds what is behind it. */
	snprintf(dev->tag, sizeof(dev->tag), "%s/%u", d->cfg.uuid, dev->devid);
	*ret_dev = dev;
	return 0;
}

void device_free(struct device *dev)
{
	device_resize_cancel(dev);
	if (dev->timer)
		event_free(dev->timer);
	if (dev->watch)
		dev->d->core->ops->unwatch(dev->d->core->be, dev->watch);
	worker_abandon(dev->worker);
	dev->class->clear(dev);
	free(dev->text);
	free(dev);
}

/* The configuration's list says what the next start of the domain has. */
void devices_config_follow(struct domain *d, const struct device_class *class)
{
	struct json_object **list = (struct json_object **)((char *)&d->cfg + class->list);
	struct json_object *now = json_object_new_array();
	struct device *dev;

	TAILQ_FOREACH(dev, &d->devices, link)
		if (dev->class == class && dev->state == DEV_READY)
			json_object_array_add(now, json_object_new_string(dev->text));
	json_object_put(*list);
	*list = now;
	state_save(d, STATE_RUNNING);
}

/* ---- those of a domain --------------------------------------------------------------------------- */

static struct json_object *config_list(const struct dom_config *c, const struct device_class *class)
{
	return *(struct json_object *const *)((const char *)c + class->list);
}

static struct device *same_device(struct domain *d, const struct device *dev)
{
	struct device *other;

	TAILQ_FOREACH(other, &d->devices, link)
		if (other->class == dev->class && other->devid == dev->devid)
			return other;
	return NULL;
}

static int devices_read(struct domain *d, const struct dom_config *c, char *why, size_t size)
{
	struct json_object *list;
	struct device *dev;
	int rc;

	for (size_t i = 0; i < CLASS_COUNT; i++) {
		list = config_list(c, classes[i]);
		for (size_t n = 0; list && n < json_object_array_length(list); n++) {
			rc = device_new(d, classes[i],
				json_object_get_string(json_object_array_get_idx(list, n)), &dev, why, size);
			if (rc)
				return rc;
			if (same_device(d, dev)) {
				snprintf(why, size, "%s '%.200s': a device of that name is there already",
					classes[i]->key, dev->text);
				device_free(dev);
				return -EEXIST;
			}
			TAILQ_INSERT_TAIL(&d->devices, dev, link);
		}
	}
	return 0;
}

static void devices_forget(struct domain *d)
{
	struct device *dev;

	while ((dev = TAILQ_FIRST(&d->devices))) {
		TAILQ_REMOVE(&d->devices, dev, link);
		device_free(dev);
	}
}

int devices_check(const struct dom_config *c, char *why, size_t size)
{
	struct domain d = { 0 };
	int rc;

	TAILQ_INIT(&d.devices);
	rc = devices_read(&d, c, why, size);
	devices_forget(&d);
	return rc;
}

/* Those that have not begun and do not wait for their time. */
static int start_all(struct domain *d)
{
	struct device *dev;
	bool any = false;
	int rc;

	TAILQ_FOREACH(dev, &d->devices, link) {
		if (dev->late || dev->opened)
			continue;
		any = true;
		rc = device_start(dev);
		if (rc) {
			snprintf(d->fail, sizeof(d->fail), "%s '%.200s': cannot start a worker process: %s",
				dev->class->key, dev->text, strerror(-rc));
			return rc;
		}
	}
	return any ? -EINPROGRESS : 0;
}

int devices_start(struct domain *d)
{
	struct device *dev;
	char why[400] = "";
	int rc = devices_read(d, &d->cfg, why, sizeof(why));

	if (rc) {
		devices_forget(d);
		snprintf(d->fail, sizeof(d->fail), "%s", why);
		return rc;
	}
	TAILQ_FOREACH(dev, &d->devices, link)
		dev->late = d->incoming && dev->class->late && dev->class->late(dev);
	return start_all(d);
}

int devices_start_late(struct domain *d)
{
	struct device *dev;

	TAILQ_FOREACH(dev, &d->devices, link)
		dev->late = false;
	return start_all(d);
}

int devices_stop(struct domain *d)
{
	struct device *dev, *next;

	/* The last one to go calls teardown_advance(), which may be us: not while we walk. */
	for (dev = TAILQ_FIRST(&d->devices); dev; dev = next) {
		next = TAILQ_NEXT(dev, link);
		if (dev->state >= DEV_UNPLUGGING)
			continue;
		dev->force = true;
		if (device_timer_new(dev))
			return -EAGAIN;
		if (!dev->nodes && !dev->opened && !dev->worker) {
			TAILQ_REMOVE(&d->devices, dev, link);	/* it never began */
			device_free(dev);
			continue;
		}
		device_down(dev);
	}
	return TAILQ_EMPTY(&d->devices) ? 0 : -EINPROGRESS;
}

void devices_nodes_remove(struct store_batch *b, uint32_t domid)
{
	for (size_t i = 0; i < CLASS_COUNT; i++) {
		store_rm(b, "/local/domain/0/backend/%s/%u", classes[i]->name, domid);
		store_rm(b, "/local/domain/0/error/backend/%s/%u", classes[i]->name, domid);
		if (classes[i]->nodes_gone)
			classes[i]->nodes_gone(b, domid);
	}
}

void devices_free(struct domain *d)
{
	struct device *dev;

	TAILQ_FOREACH(dev, &d->devices, link)
		device_answer(dev, -ECANCELED, "xend is going down");
	devices_forget(d);
}

struct device *device_find(struct domain *d, const struct device_class *class, const char *name)
{
	struct device *dev;
	char *end;
	unsigned long n = strtoul(name, &end, 10);
	bool number = *name && !*end;

	TAILQ_FOREACH(dev, &d->devices, link)
		if (dev->class == class && ((number && dev->devid == n) || class->is(dev, name)))
			return dev;
	return NULL;
}

void device_attach(struct domain *d, const struct device_class *class, const char *text,
	struct rpc_call *call)
{
	struct device *dev;
	char why[400] = "";
	int rc = device_new(d, class, text, &dev, why, sizeof(why));

	if (rc) {
		rpc_error(call, RPC_PARAMS, rc, d->cfg.name, "domain %s: %s", d->cfg.name, why);
		return;
	}
	if (same_device(d, dev)) {
		rpc_error(call, RPC_EXISTS, EEXIST, d->cfg.name, "domain %s: %s '%.200s': a device of that"
			" name is there already", d->cfg.name, class->key, text);
		device_free(dev);
		return;
	}
	dev->hot = true;
	dev->call = call;
	TAILQ_INSERT_TAIL(&d->devices, dev, link);
	rc = device_start(dev);
	if (rc) {
		device_answer(dev, rc, "cannot start a worker process");
		TAILQ_REMOVE(&d->devices, dev, link);
		device_free(dev);
	}
}

void device_detach(struct domain *d, const struct device_class *class, const char *name, bool force,
	struct rpc_call *call)
{
	struct device *dev = device_find(d, class, name);

	if (!dev) {
		rpc_error(call, RPC_FAILED, ENOENT, d->cfg.name, "domain %s: it has no %s '%.64s'",
			d->cfg.name, class->name, name);
	} else if (dev->call || dev->resize || dev->store_busy ||
		   (dev->state != DEV_READY && dev->state != DEV_CLOSING)) {
		rpc_error(call, RPC_STATE, EBUSY, d->cfg.name, "domain %s: %s '%.64s' is being attached, "
			"detached or resized", d->cfg.name, class->name, name);
	} else {
		dev->call = call;
		dev->force = force;
		if (force)
			device_down(dev);
		else
			device_close(dev);
	}
}

/* ---- the state file ------------------------------------------------------------------------------ */

struct json_object *devices_save(const struct domain *d)
{
	struct json_object *list = json_object_new_array(), *o;
	struct device *dev;

	TAILQ_FOREACH(dev, &d->devices, link) {
		o = json_object_new_object();
		json_object_object_add(o, "class", json_object_new_string(dev->class->name));
		json_object_object_add(o, "text", json_object_new_string(dev->text));
		json_object_object_add(o, "tag", json_object_new_string(dev->tag));
		json_object_object_add(o, "ready", json_object_new_boolean(dev->state == DEV_READY));
		dev->class->save(dev, o);
		json_object_array_add(list, o);
	}
	return list;
}

static const char *get_string(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

/* One that the last xend knew. Those it was still busy with are taken away. */
static void device_load(struct domain *d, struct json_object *o, bool running)
{
	const struct device_class *class = device_class_find(get_string(o, "class"));
	struct json_object *v;
	struct device *dev;
	char why[400];

	if (!class || device_new(d, class, get_string(o, "text"), &dev, why, sizeof(why)))
		return;
	if (device_timer_new(dev) || same_device(d, dev)) {
		device_free(dev);
		return;
	}
	if (*get_string(o, "tag"))	/* the domain's uuid may have been another */
		snprintf(dev->tag, sizeof(dev->tag), "%s", get_string(o, "tag"));
	class->load(dev, o);
	dev->nodes = dev->opened = dev->plugged = true;
	dev->hot = true;
	dev->state = DEV_READY;
	TAILQ_INSERT_TAIL(&d->devices, dev, link);
	if (running && !(json_object_object_get_ex(o, "ready", &v) && json_object_get_boolean(v))) {
		log_info("adopt", "%s: %s '%s' was on its way when xend ended: taken away", d->cfg.name,
			class->name, dev->text);
		dev->fail_err = -ECANCELED;	/* the configuration was never told of it */
		device_down(dev);
	}
}

/* A domain that was on its way up or down may have had any of its devices. */
static void devices_assume(struct domain *d, const struct device_class *class)
{
	struct json_object *list = config_list(&d->cfg, class), *o;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		o = json_object_new_object();
		json_object_object_add(o, "class", json_object_new_string(class->name));
		json_object_object_add(o, "text",
			json_object_get(json_object_array_get_idx(list, i)));
		device_load(d, o, false);
		json_object_put(o);
	}
}

void devices_load(struct domain *d, struct json_object *from, bool running)
{
	size_t count = json_object_is_type(from, json_type_array) ? json_object_array_length(from) : 0;

	for (size_t i = 0; i < count; i++)
		device_load(d, json_object_array_get_idx(from, i), running);
	for (size_t i = 0; !running && i < CLASS_COUNT; i++)
		devices_assume(d, classes[i]);
}

struct json_object *device_describe(const struct device *dev)
{
	static const char *const names[] = {
		[DEV_PREPARING] = "attaching", [DEV_WRITING] = "attaching", [DEV_CONNECTING] = "attaching",
		[DEV_PLUGGING] = "attaching", [DEV_UNPLUGGING] = "detaching",
		[DEV_READY] = "ready", [DEV_CLOSING] = "closing", [DEV_REMOVING] = "detaching",
		[DEV_RELEASING] = "detaching", [DEV_GONE] = "gone",
	};
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "class", json_object_new_string(dev->class->name));
	json_object_object_add(o, "devid", json_object_new_int64(dev->devid));
	json_object_object_add(o, "spec", json_object_new_string(dev->text));
	json_object_object_add(o, "status", json_object_new_string(names[dev->state]));
	if (dev->class->describe)
		dev->class->describe(dev, o);
	return o;
}

int devices_settle(struct domain *d, char *why, size_t size)
{
	struct device *dev;
	int rc = 0;

	TAILQ_FOREACH(dev, &d->devices, link)
		if (!rc && dev->class->settle && dev->state == DEV_READY)
			rc = dev->class->settle(dev, SETTLE_MS, why, size);
	return rc;
}

int devices_there(struct domain *d, char *why, size_t size)
{
	struct device *dev;
	int rc = devices_read(d, &d->cfg, why, size);

	TAILQ_FOREACH(dev, &d->devices, link)
		if (!rc && dev->class->there)
			rc = dev->class->there(dev, why, size);
	devices_forget(d);
	return rc;
}

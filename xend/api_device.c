/* SPDX-License-Identifier: GPL-2.0-only */
/* api_device.c: methods about devices. Attaching and detaching is for domains of ours that run; the
 * list is read from the store, so that it has other tools' devices too. */
#include "xend/api.h"
#include "xend/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct device_class *api_class(struct rpc_call *call, struct json_object *params)
{
	const char *name = param_string(params, "class");
	const struct device_class *class = device_class_find(name);

	if (!class)
		rpc_error(call, RPC_PARAMS, EINVAL, NULL, "class '%.32s' is not known", name);
	return class;
}

static bool refuse_cold(struct rpc_call *call, const struct device_class *class)
{
	if (class->cold)
		rpc_error(call, RPC_PARAMS, EOPNOTSUPP, NULL, "class %s: a domain has it from its start to its end",
			class->name);
	return class->cold;
}

void api_device_attach(struct rpc_call *call, struct json_object *params)
{
	const struct device_class *class = api_class(call, params);
	struct domain_ref ref;

	if (!class || refuse_cold(call, class) || api_own_target(call, params, &ref))
		return;
	if (ref.d->preserved)
		rpc_error(call, RPC_STATE, EINVAL, ref.d->cfg.name, "domain %s: it has shut down",
			ref.d->cfg.name);
	else
		device_attach(ref.d, class, param_string(params, "spec"), call);
}

void api_device_detach(struct rpc_call *call, struct json_object *params)
{
	const struct device_class *class = api_class(call, params);
	struct domain_ref ref;

	if (!class || refuse_cold(call, class) || api_own_target(call, params, &ref))
		return;
	device_detach(ref.d, class, param_string(params, "device"), param_bool(params, "force"), call);
}

void api_device_resize(struct rpc_call *call, struct json_object *params)
{
	const struct device_class *class = api_class(call, params);
	const char *name = param_string(params, "device");
	int64_t bytes = param_int(params, "bytes", 0);
	struct domain_ref ref;
	struct device *dev;

	if (!class || api_own_target(call, params, &ref))
		return;
	dev = device_find(ref.d, class, name);
	if (!class->resize || bytes < 0 || bytes % 512)
		rpc_error(call, RPC_PARAMS, EINVAL, ref.d->cfg.name, class->resize ? "bytes: expected a "
			"multiple of 512" : "class: only disks (vbd) have a size");
	else if (!dev)
		rpc_error(call, RPC_FAILED, ENOENT, ref.d->cfg.name, "domain %s: it has no %s '%.64s'",
			ref.d->cfg.name, class->name, name);
	else if (dev->state != DEV_READY || dev->resize)
		rpc_error(call, RPC_STATE, EBUSY, ref.d->cfg.name, "domain %s: %s '%.64s' is being attached, "
			"detached or resized", ref.d->cfg.name, class->name, name);
	else
		device_resize(dev, (uint64_t)bytes, call);
}

/* ---- device.list --------------------------------------------------------------------------------- */

/* What is read of each device: from the frontend's folder, then from the backend's. */
static const struct {
	const char *node, *key;
	bool number;
} front_nodes[] = {
	{ "backend", "backend", false }, { "backend-id", "backend_id", true },
	{ "state", "state", true }, { "virtual-device", "virtual_device", true },
	{ "event-channel", "event_channel", true }, { "ring-ref", "ring_ref", true },
	{ "tx-ring-ref", "tx_ring_ref", true }, { "rx-ring-ref", "rx_ring_ref", true },
	{ "event-channel-tx", "event_channel_tx", true }, { "handle", "handle", true },
	{ "mac", "mac", false },
};
#define FRONT_COUNT (sizeof(front_nodes) / sizeof(front_nodes[0]))

struct listing {
	struct rpc_call *call;
	struct core *core;
	uint32_t domid;
	const struct device_class *class;
	struct json_object *into;
};

static void listing_end(struct listing *l, int err)
{
	if (err) {
		rpc_error(l->call, RPC_FAILED, err, NULL, "device.list: the store says: %s",
			strerror(-err));
		json_object_put(l->into);
	} else {
		rpc_result(l->call, l->into);
	}
	free(l);
}

static struct device *listing_device(struct listing *l, uint32_t devid)
{
	struct device *dev;
	struct domain *d;

	TAILQ_FOREACH(d, &l->core->domains, link)
		if (d->domid == l->domid && d->state == DOM_RUNNING)
			TAILQ_FOREACH(dev, &d->devices, link)
				if (dev->class == l->class && dev->devid == devid)
					return dev;
	return NULL;
}

static void listing_add(struct listing *l, const struct store_op *ops)
{
	struct json_object *o;
	const char *id = strrchr(ops[0].path, '/') - 1;
	struct device *dev;
	uint32_t devid;

	while (id[-1] != '/')
		id--;
	devid = (uint32_t)strtoul(id, NULL, 10);
	dev = listing_device(l, devid);
	o = dev ? device_describe(dev) : json_object_new_object();
	json_object_object_add(o, "class", json_object_new_string(l->class->name));
	json_object_object_add(o, "devid", json_object_new_int64(devid));
	for (size_t i = 0; i < FRONT_COUNT; i++) {
		const char *v = ops[i].value;

		if (v)
			json_object_object_add(o, front_nodes[i].key, front_nodes[i].number ?
				json_object_new_int64(atoll(v)) : json_object_new_string(v));
	}
	json_object_array_add(l->into, o);
}

static void listing_read(void *arg, int err, struct store_batch *b)
{
	struct listing *l = arg;

	for (size_t i = 0; !err && i + FRONT_COUNT <= b->count; i += FRONT_COUNT)
		if (b->ops[i].value)	/* one without a backend is no device */
			listing_add(l, &b->ops[i]);
	listing_end(l, err);
	store_batch_free(b);
}

static void listing_names(void *arg, int err, struct store_batch *b)
{
	struct listing *l = arg;
	const char *p = b->ops[0].value;
	size_t left = p ? b->ops[0].len : 0, len;
	struct store_batch *next = err ? NULL : store_batch_new(false, listing_read, l);

	for (; next && left; p += len, left -= len) {
		len = strnlen(p, left - 1) + 1;
		for (size_t i = 0; i < FRONT_COUNT; i++)
			store_read(next, "/local/domain/%u/device/%s/%s/%s", l->domid, l->class->name, p,
				front_nodes[i].node)->optional = true;
	}
	store_batch_free(b);
	if (next && next->count) {
		l->core->ops->store(l->core->be, next);
		return;
	}
	store_batch_free(next);
	listing_end(l, err ? err : next ? 0 : -ENOMEM);
}

void api_device_list(struct rpc_call *call, struct json_object *params)
{
	const struct device_class *class = api_class(call, params);
	struct domain_ref ref;
	struct store_batch *b;
	struct listing *l;

	if (!class || api_target(call, params, &ref))
		return;
	l = calloc(1, sizeof(*l));
	b = store_batch_new(false, listing_names, l);
	if (!l || !b) {
		free(l);
		store_batch_free(b);
		rpc_error(call, RPC_FAILED, ENOMEM, NULL, "device.list: out of memory");
		return;
	}
	*l = (struct listing){ .call = call, .core = rpc_call_arg(call), .class = class,
		.domid = ref.live ? ref.info.domid : DOMID_NONE, .into = json_object_new_array() };
	store_list(b, "/local/domain/%u/device/%s", l->domid, class->name)->optional = true;
	l->core->ops->store(l->core->be, b);
}

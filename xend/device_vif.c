/* SPDX-License-Identifier: GPL-2.0-only */
/* device_vif.c: network interfaces, served by dom0 Linux's xen-netback. Its end of one is connected to a
 * bridge, or routed; by us, or by a classic hotplug script where one is named. */
#include "xend/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SCRIPTS "/etc/xen/scripts"
#define DEFAULT_BRIDGE "xenbr0"

/* ---- what the text means ------------------------------------------------------------------------- */

static bool devid_taken(const struct device *dev, uint32_t devid)
{
	const struct device *other;

	TAILQ_FOREACH(other, &dev->d->devices, link)
		if (other->class == &device_vif && other->devid == devid)
			return true;
	return false;
}

/* Its number becomes part of its text: by that it, and its address, stays the same from now on. */
static int vif_number(struct device *dev, const char *text)
{
	char *numbered;

	if (dev->spec.vif.devid >= 0) {
		dev->devid = (uint32_t)dev->spec.vif.devid;
		return 0;
	}
	while (devid_taken(dev, dev->devid))
		dev->devid++;
	if (asprintf(&numbered, "%s%sdevid=%u", text, *text ? "," : "", dev->devid) < 0)
		return -ENOMEM;
	free(dev->text);
	dev->text = numbered;
	return 0;
}

/* The three classic scripts name what we do ourselves, unless they are there. */
static int vif_script(struct device *dev, bool *ret_named)
{
	static const char *const modes[] = {
		[VIF_BRIDGE] = "vif-bridge", [VIF_ROUTE] = "vif-route", [VIF_NAT] = "vif-nat",
	};
	const char *name = dev->spec.vif.script, *base = name ? strrchr(name, '/') : NULL;
	char *path;

	*ret_named = false;
	if (!name)
		return 0;
	if (asprintf(&path, "%s%s", *name == '/' ? "" : SCRIPTS "/", name) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(base ? base + 1 : name, modes[i]))
			continue;
		dev->way.mode = (enum vif_mode)i;
		*ret_named = true;
		if (access(path, F_OK) < 0) {
			free(path);
			return 0;
		}
	}
	dev->way.script = path;
	return 0;
}

static int vif_way(struct device *dev, char *why, size_t size)
{
	const struct vif_spec *s = &dev->spec.vif;
	const struct be_network *net = dev->d->core ? &dev->d->core->opt.network : NULL;
	bool named;

	if (vif_script(dev, &named)) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	if (!named)
		dev->way.mode = s->gatewaydev && !s->bridge ? VIF_ROUTE : VIF_BRIDGE;
	dev->way.bridge = s->bridge;
	if (dev->way.mode == VIF_BRIDGE && !s->bridge)
		dev->way.bridge = net && net->bridge ? net->bridge : DEFAULT_BRIDGE;
	dev->way.ours = dev->way.bridge && net && net->bridge && !strcmp(net->bridge, dev->way.bridge);
	if (dev->way.mode != VIF_BRIDGE && !s->ip && !dev->way.script) {
		snprintf(why, size, "vif '%.200s': to be routed it needs an ip=", dev->text);
		return -EINVAL;
	}
	return 0;
}

/* One that takes another's place on this very host is to the network what that one is. */
static const struct domain *shown_as(const struct device *dev)
{
	return dev->d->takes_from ? dev->d->takes_from : dev->d;
}

static int vif_parse(struct device *dev, const char *text, char *why, size_t size)
{
	int rc = vif_spec_parse(text, &dev->spec.vif, why, size);

	if (!rc && vif_number(dev, text)) {
		snprintf(why, size, "out of memory");
		rc = -ENOMEM;
	}
	if (!rc)
		rc = vif_way(dev, why, size);
	if (!rc && !dev->spec.vif.has_mac)
		vif_default_mac(shown_as(dev)->cfg.uuid ? shown_as(dev)->cfg.uuid : "", dev->devid,
			dev->spec.vif.mac);
	if (rc)
		dev->class->clear(dev);
	return rc;
}

/* ---- workers ------------------------------------------------------------------------------------- */

static struct be_vif vif_of(const struct device *dev)
{
	const struct vif_spec *s = &dev->spec.vif;
	struct be_vif vif = {
		.domid = dev->d->domid, .devid = dev->devid, .domain = shown_as(dev)->cfg.name, .tag = dev->tag,
		.mode = dev->way.mode, .ifname = dev->way.ifname, .bridge = dev->way.bridge,
		.gatewaydev = s->gatewaydev, .ip = s->ip, .script = dev->way.script, .mtu = s->mtu,
		.net = dev->way.ours ? &dev->d->core->opt.network : NULL,
	};

	memcpy(vif.mac, s->mac, sizeof(vif.mac));
	return vif;
}

typedef int be_vif_fn(struct backend *be, const struct be_vif *vif, char *why, size_t size);

static int vif_work(struct device *dev, be_vif_fn *fn, struct worker_out *out)
{
	char why[400] = "";
	struct be_vif vif;
	int rc;

	/* In the worker and nowhere else: before, the domain may have had no id. */
	if (dev->spec.vif.vifname)
		snprintf(dev->way.ifname, sizeof(dev->way.ifname), "%s", dev->spec.vif.vifname);
	else
		snprintf(dev->way.ifname, sizeof(dev->way.ifname), "vif%u.%u", dev->d->domid, dev->devid);
	vif = vif_of(dev);
	rc = fn(dev->d->core->be, &vif, why, sizeof(why));
	if (rc)
		worker_why(out, why);
	return rc;
}

static int vif_prepare(void *arg, struct worker_out *out)
{
	struct device *dev = arg;

	return vif_work(dev, dev->d->core->ops->vif_check, out);
}

static int vif_plug(void *arg, struct worker_out *out)
{
	struct device *dev = arg;

	return vif_work(dev, dev->d->core->ops->vif_plug, out);
}

static int vif_unplug(void *arg, struct worker_out *out)
{
	struct device *dev = arg;

	return vif_work(dev, dev->d->core->ops->vif_unplug, out);
}

static int vif_release(void *arg, struct worker_out *out)
{
	struct device *dev = arg;

	return vif_work(dev, dev->d->core->ops->vif_release, out);
}

static bool vif_wants_unplug(const struct device *dev)
{
	return dev->way.script != NULL;
}

/* Two with one address would take each other's frames: within a domain, and on one bridge of ours. */
static int vif_prepared(struct device *dev, const uint64_t results[WORKER_RESULTS], char *why,
	size_t size)
{
	const struct device *other;
	struct domain *d;

	TAILQ_FOREACH(d, &dev->d->core->domains, link) {
		TAILQ_FOREACH(other, &d->devices, link) {
			if (other == dev || d == dev->d->takes_from || other->class != &device_vif || !dev->way.ours ||
			    !other->way.ours || other->state >= DEV_UNPLUGGING ||
			    memcmp(other->spec.vif.mac, dev->spec.vif.mac, 6))
				continue;
			snprintf(why, size, "domain %s has that mac already", d->cfg.name);
			return -EEXIST;
		}
	}
	return 0;
}

/* ---- nodes --------------------------------------------------------------------------------------- */

static void mac_text(const struct device *dev, char text[18])
{
	const uint8_t *m = dev->spec.vif.mac;

	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static void write_if(struct store_batch *b, const char *value, const char *dir, const char *name)
{
	if (value)
		store_write(b, value, "%s/%s", dir, name);
}

/* xen-netback reads script (and insists on it), handle, mac and rate; scripts the rest. */
static void vif_nodes(struct store_batch *b, const struct device *dev)
{
	const struct vif_spec *s = &dev->spec.vif;
	uint32_t domid = dev->d->domid;
	char back[96], front[96], mac[18], text[32];

	snprintf(back, sizeof(back), "/local/domain/0/backend/vif/%u/%u", domid, dev->devid);
	snprintf(front, sizeof(front), "/local/domain/%u/device/vif/%u", domid, dev->devid);
	mac_text(dev, mac);
	store_write(b, dev->d->cfg.name, "%s/domain", back);
	store_write(b, dev->way.script ? dev->way.script : "", "%s/script", back);
	store_write(b, mac, "%s/mac", back);
	store_write(b, "vif", "%s/type", back);
	write_if(b, dev->way.bridge, back, "bridge");
	write_if(b, s->ip, back, "ip");
	write_if(b, s->vifname, back, "vifname");
	write_if(b, s->gatewaydev, back, "gatewaydev");
	if (s->rate_bytes) {
		snprintf(text, sizeof(text), "%u,%u", s->rate_bytes, s->rate_us);
		store_write(b, text, "%s/rate", back);
	}
	snprintf(text, sizeof(text), "%u", dev->devid);
	store_write(b, text, "%s/handle", back);
	store_write(b, text, "%s/handle", front);
	store_write(b, mac, "%s/mac", front);
	if (s->mtu) {
		snprintf(text, sizeof(text), "%u", s->mtu);
		store_write(b, text, "%s/mtu", back);
		store_write(b, text, "%s/mtu", front);
	}
}

/* ---- the rest ------------------------------------------------------------------------------------ */

static bool vif_is(const struct device *dev, const char *name)
{
	char mac[18], ifname[32];

	mac_text(dev, mac);
	snprintf(ifname, sizeof(ifname), "vif%u.%u", dev->d->domid, dev->devid);
	return !strcasecmp(name, mac) || !strcmp(name, ifname) ||
	       (dev->spec.vif.vifname && !strcmp(name, dev->spec.vif.vifname));
}

static void vif_save(const struct device *dev, struct json_object *into)
{
	char mac[18];

	mac_text(dev, mac);
	json_object_object_add(into, "mac", json_object_new_string(mac));
}

static void vif_load(struct device *dev, struct json_object *from)
{
	struct json_object *v;
	unsigned int m[6];

	/* All of it follows from the text, but for an address from a uuid that the domain had once. */
	if (!json_object_object_get_ex(from, "mac", &v) ||
	    sscanf(json_object_get_string(v), "%2x:%2x:%2x:%2x:%2x:%2x", &m[0], &m[1], &m[2], &m[3], &m[4],
		&m[5]) != 6)
		return;
	for (size_t i = 0; i < 6; i++)
		dev->spec.vif.mac[i] = (uint8_t)m[i];
}

static void vif_clear(struct device *dev)
{
	vif_spec_clear(&dev->spec.vif);
	free(dev->way.script);
	dev->way.script = NULL;
}

const struct device_class device_vif = {
	.name = "vif", .key = "vif", .list = offsetof(struct dom_config, vif), .driver = "xen-netback",
	.parse = vif_parse, .prepare = vif_prepare, .plug = vif_plug, .unplug = vif_unplug,
	.wants_unplug = vif_wants_unplug, .release = vif_release, .prepared = vif_prepared,
	.nodes = vif_nodes, .is = vif_is, .save = vif_save, .load = vif_load, .clear = vif_clear,
};

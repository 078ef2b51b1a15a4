/* SPDX-License-Identifier: GPL-2.0-only */
/* device_vbd.c: disks, served by dom0 Linux's xen-blkback from block devices, loop devices and nbd. */
#include "xend/device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int vbd_parse(struct device *dev, const char *text, char *why, size_t size)
{
	int rc = disk_spec_parse(text, &dev->spec.disk, why, size);

	if (!rc)
		dev->devid = dev->spec.disk.devid;
	return rc;
}

static int vbd_prepare(void *arg, struct worker_out *out)
{
	const struct device *dev = arg;
	const struct disk_spec *s = &dev->spec.disk;
	char why[400] = "";
	struct be_disk disk = {
		.tag = dev->tag, .path = s->path, .backing = s->backing, .access = s->access,
		.inherited = dev->d->incoming != NULL,
	};
	struct be_disk_open open = { 0 };
	int rc = s->access != DISK_RO && s->path
		? image_check_write(dev->d->core, s->path, why, sizeof(why)) : 0;

	if (!rc)
		rc = dev->d->core->ops->disk_open(dev->d->core->be, &disk, &open, why, sizeof(why));
	if (rc) {
		worker_why(out, why);
		return rc;
	}
	worker_result(out, 0, open.major);
	worker_result(out, 1, open.minor);
	worker_result(out, 2, open.dev);
	worker_result(out, 3, open.ino);
	return 0;
}

static int vbd_release(void *arg, struct worker_out *out)
{
	const struct device *dev = arg;
	char why[400] = "";
	int rc = dev->d->core->ops->disk_close(dev->d->core->be, dev->tag, dev->d->domid, dev->devid,
		why, sizeof(why));

	if (rc)
		worker_why(out, why);
	return rc;
}

static int vbd_resize(const struct device *dev, uint64_t bytes, uint64_t *ret_bytes, char *why, size_t size)
{
	const struct disk_spec *s = &dev->spec.disk;
	struct be_disk disk = {
		.tag = dev->tag, .path = s->path, .backing = s->backing, .access = s->access,
	};

	return dev->d->core->ops->disk_resize(dev->d->core->be, &disk, &dev->disk, bytes, ret_bytes, why, size);
}

static int vbd_there(const struct device *dev, char *why, size_t size)
{
	const struct disk_spec *s = &dev->spec.disk;
	int rc = s->path ? dev->d->core->ops->disk_there(dev->d->core->be, s->path) : 0;

	if (rc)
		snprintf(why, size, "its disk %s: %.300s: %s", s->vdev, s->path, strerror(-rc));
	return rc;
}

/* Its server keeps what it has read of the image's own tables, which the other host's server changes. */
static bool vbd_late(const struct device *dev)
{
	return dev->spec.disk.backing == DISK_QCOW2;
}

static int vbd_settle(const struct device *dev, unsigned int ms, char *why, size_t size)
{
	char reason[300] = "";
	int rc = dev->spec.disk.access == DISK_RO ? 0 : dev->d->core->ops->disk_settle(dev->d->core->be,
		dev->d->domid, dev->devid, &dev->disk, ms, reason, sizeof(reason));

	if (rc)
		snprintf(why, size, "its disk %s: %s", dev->spec.disk.vdev, reason);
	return rc;
}

/* Two may read the same disk; one that is written is shared only if both say so. */
static bool agree(enum disk_access a, enum disk_access b)
{
	return (a == DISK_RO && b == DISK_RO) || (a == DISK_SHARED && b == DISK_SHARED);
}

static const struct device *conflicting(const struct device *dev)
{
	const struct device *other;
	struct domain *d;

	TAILQ_FOREACH(d, &dev->d->core->domains, link) {
		TAILQ_FOREACH(other, &d->devices, link) {
			if (d != dev->d->takes_from && other != dev && other->class == &device_vbd && other->disk.ino &&
			    other->disk.ino == dev->disk.ino && other->disk.dev == dev->disk.dev &&
			    !agree(other->spec.disk.access,
				dev->spec.disk.access))
				return other;
		}
	}
	return NULL;
}

static int vbd_prepared(struct device *dev, const uint64_t results[WORKER_RESULTS], char *why,
	size_t size)
{
	const struct device *other;

	dev->disk = (struct be_disk_open){ .major = (uint32_t)results[0], .minor = (uint32_t)results[1],
		.dev = results[2], .ino = results[3] };
	device_errors_watch(dev->d->core);
	other = conflicting(dev);
	if (!other)
		return 0;
	snprintf(why, size, "domain %s has it as %s (%s); only if both say w! may both write it",
		other->d->cfg.name, other->spec.disk.vdev, disk_access_name(other->spec.disk.access));
	memset(&dev->disk, 0, sizeof(dev->disk));
	return -EBUSY;
}

static void vbd_nodes(struct store_batch *b, const struct device *dev)
{
	const struct disk_spec *s = &dev->spec.disk;
	uint32_t domid = dev->d->domid;
	char back[96], front[96], text[32];

	snprintf(back, sizeof(back), "/local/domain/0/backend/vbd/%u/%u", domid, dev->devid);
	snprintf(front, sizeof(front), "/local/domain/%u/device/vbd/%u", domid, dev->devid);
	store_write(b, dev->d->cfg.name, "%s/domain", back);
	store_write(b, s->vdev, "%s/dev", back);
	store_write(b, s->backing == DISK_QCOW2 ? "qcow2" : s->backing == DISK_FILE ? "file" : "phy",
		"%s/type", back);
	store_write(b, s->path ? s->path : "", "%s/params", back);
	store_write(b, s->access == DISK_RO ? "r" : s->access == DISK_SHARED ? "!" : "w", "%s/mode",
		back);
	store_write(b, "0", "%s/removable", back);
	store_write(b, "1", "%s/bootable", back);
	store_write(b, s->cdrom ? "cdrom" : "disk", "%s/device-type", back);
	store_write(b, s->discard ? "1" : "0", "%s/discard-enable", back);
	/* What xen-blkback waits for; a hotplug script would write the same. */
	snprintf(text, sizeof(text), "%x:%x", dev->disk.major, dev->disk.minor);
	store_write(b, text, "%s/physical-device", back);
	store_write(b, "connected", "%s/hotplug-status", back);
	snprintf(text, sizeof(text), "%u", dev->devid);
	store_write(b, text, "%s/virtual-device", front);
	store_write(b, s->cdrom ? "cdrom" : "disk", "%s/device-type", front);
}

static bool vbd_is(const struct device *dev, const char *name)
{
	uint32_t devid;

	return !disk_vdev_number(name, &devid) && devid == dev->devid;
}

static void vbd_describe(const struct device *dev, struct json_object *into)
{
	char text[400];

	json_object_object_add(into, "io_errors", json_object_new_int64((int64_t)dev->errors.count));
	if (!dev->errors.count)
		return;
	device_error_text(dev, text, sizeof(text));
	json_object_object_add(into, "io_error", json_object_new_string(text));
}

static void vbd_save(const struct device *dev, struct json_object *into)
{
	json_object_object_add(into, "major", json_object_new_int64(dev->disk.major));
	json_object_object_add(into, "minor", json_object_new_int64(dev->disk.minor));
	json_object_object_add(into, "dev", json_object_new_int64((int64_t)dev->disk.dev));
	json_object_object_add(into, "ino", json_object_new_int64((int64_t)dev->disk.ino));
}

static uint64_t get_number(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? (uint64_t)json_object_get_int64(v) : 0;
}

static void vbd_load(struct device *dev, struct json_object *from)
{
	dev->disk = (struct be_disk_open){ .major = (uint32_t)get_number(from, "major"),
		.minor = (uint32_t)get_number(from, "minor"), .dev = get_number(from, "dev"),
		.ino = get_number(from, "ino") };
	device_errors_watch(dev->d->core);
}

static void vbd_clear(struct device *dev)
{
	disk_spec_clear(&dev->spec.disk);
}

const struct device_class device_vbd = {
	.name = "vbd", .key = "disk", .list = offsetof(struct dom_config, disk), .driver = "xen-blkback",
	.parse = vbd_parse, .prepare = vbd_prepare, .release = vbd_release, .resize = vbd_resize,
	.settle = vbd_settle, .late = vbd_late, .there = vbd_there, .prepared = vbd_prepared,
	.nodes = vbd_nodes, .is = vbd_is, .describe = vbd_describe, .save = vbd_save, .load = vbd_load,
	.clear = vbd_clear,
};

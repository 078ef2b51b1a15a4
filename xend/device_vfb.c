/* SPDX-License-Identifier: GPL-2.0-only */
/* device_vfb.c: a framebuffer with its keyboard and pointer, served by a QEMU of the domain's own. */
#include "xend/device.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The text is for logs and clients: a star for the password. */
static int hide_password(struct device *dev)
{
	char *at = strstr(dev->text, "vncpasswd="), *hidden;
	size_t len;

	if (!at)
		return 0;
	at += strlen("vncpasswd=");
	len = strcspn(at, ",");
	if (asprintf(&hidden, "%.*s*%s", (int)(at - dev->text), dev->text, at + len) < 0)
		return -ENOMEM;
	explicit_bzero(dev->text, strlen(dev->text));
	free(dev->text);
	dev->text = hidden;
	return 0;
}

static int vfb_parse(struct device *dev, const char *text, char *why, size_t size)
{
	int rc = vfb_spec_parse(text, &dev->spec.vfb, why, size);

	dev->devid = 0;
	if (!rc && dev->spec.vfb.passwd && (rc = hide_password(dev)))
		snprintf(why, size, "out of memory");
	return rc;
}

static struct be_vfb backend_of(const struct device *dev)
{
	const struct vfb_spec *s = &dev->spec.vfb;

	return (struct be_vfb){
		.tag = dev->tag, .domain = dev->d->cfg.name, .domid = dev->d->domid,
		.listen = vfb_spec_listen(s), .passwd = s->passwd, .keymap = s->keymap,
		.display = s->display, .unused = s->unused,
		.program = dev->d->core->opt.qemu, .log_dir = dev->d->core->opt.log_dir,
	};
}

static int vfb_prepare(void *arg, struct worker_out *out)
{
	const struct device *dev = arg;
	const struct be_vfb vfb = backend_of(dev);
	char why[400] = "";
	unsigned int port;
	int rc = dev->d->core->ops->vfb_open(dev->d->core->be, &vfb, &port, why, sizeof(why));

	if (rc)
		worker_why(out, why);
	else
		worker_result(out, 0, port);
	return rc;
}

static int vfb_release(void *arg, struct worker_out *out)
{
	const struct device *dev = arg;
	char why[400] = "";
	int rc = dev->d->core->ops->vfb_close(dev->d->core->be, dev->tag, why, sizeof(why));

	if (rc)
		worker_why(out, why);
	return rc;
}

static void vfb_told(void *arg, int err, struct store_batch *b)
{
	store_batch_free(b);
}

/* The guest's end closes when ours says so. */
static void vfb_lost(evutil_socket_t fd, short what, void *arg)
{
	struct device *dev = arg;
	struct store_batch *b;

	event_free(dev->vfb.end);
	dev->vfb.end = NULL;
	close(fd);
	if (dev->state >= DEV_CLOSING)
		return;
	log_warn("device", "%s: the QEMU of its framebuffer has ended", dev->d->cfg.name);
	event_emit(dev->d->core, "device.failed", dev->d, device_describe(dev));
	b = store_batch_new(false, vfb_told, NULL);
	if (!b)
		return;
	store_write(b, "6", "/local/domain/0/backend/vfb/%u/0/state", dev->d->domid);
	store_write(b, "6", "/local/domain/0/backend/vkbd/%u/0/state", dev->d->domid);
	dev->d->core->ops->store(dev->d->core->be, b);
}

static int vfb_watch_end(struct device *dev)
{
	int fd = dev->d->core->ops->vfb_watch(dev->d->core->be, dev->tag);

	if (fd < 0)
		return fd;
	dev->vfb.end = event_new(dev->d->core->base, fd, EV_READ, vfb_lost, dev);
	if (!dev->vfb.end || event_add(dev->vfb.end, NULL) < 0) {
		if (dev->vfb.end)
			event_free(dev->vfb.end);
		dev->vfb.end = NULL;
		close(fd);
		return -ENOMEM;
	}
	return 0;
}

static int vfb_prepared(struct device *dev, const uint64_t results[WORKER_RESULTS], char *why,
	size_t size)
{
	int rc;

	dev->vfb.port = (unsigned int)results[0];
	rc = vfb_watch_end(dev);
	if (rc)
		snprintf(why, size, "QEMU has ended at once");
	return rc;
}

static void one_end(struct store_batch *b, const struct device *dev, const char *class)
{
	uint32_t domid = dev->d->domid;
	char back[96], front[96], text[24];

	snprintf(back, sizeof(back), "/local/domain/0/backend/%s/%u/0", class, domid);
	snprintf(front, sizeof(front), "/local/domain/%u/device/%s/0", domid, class);
	snprintf(text, sizeof(text), "%u", domid);
	store_rm(b, "%s", back);
	store_rm(b, "%s", front);
	store_mknod(b, domid, ST_GUEST_READ, "%s", back);
	store_mknod(b, domid, ST_GUEST_OWNS, "%s", front);
	store_write(b, front, "%s/frontend", back);
	store_write(b, text, "%s/frontend-id", back);
	store_write(b, "1", "%s/online", back);
	store_write(b, "1", "%s/state", back);
	store_write(b, back, "%s/backend", front);
	store_write(b, "0", "%s/backend-id", front);
	store_write(b, "1", "%s/state", front);
}

/* The keyboard and pointer come along. No password: the guest may read these. */
static void vfb_nodes(struct store_batch *b, const struct device *dev)
{
	const char *listen = vfb_spec_listen(&dev->spec.vfb);
	uint32_t domid = dev->d->domid;
	char text[24];

	store_write(b, dev->d->cfg.name, "/local/domain/0/backend/vfb/%u/0/domain", domid);
	store_write(b, "1", "/local/domain/0/backend/vfb/%u/0/vnc", domid);
	store_write(b, listen, "/local/domain/0/backend/vfb/%u/0/vnclisten", domid);
	one_end(b, dev, "vkbd");
	snprintf(text, sizeof(text), "%u", dev->vfb.port);
	store_write(b, text, "/local/domain/%u/console/vnc-port", domid);
	store_write(b, listen, "/local/domain/%u/console/vnc-listen", domid);
}

static void vfb_nodes_gone(struct store_batch *b, uint32_t domid)
{
	store_rm(b, "/local/domain/0/backend/vkbd/%u", domid);
	store_rm(b, "/local/domain/%u/device/vkbd", domid);
}

static bool vfb_is(const struct device *dev, const char *name)
{
	return false;
}

static void vfb_save(const struct device *dev, struct json_object *into)
{
	json_object_object_add(into, "port", json_object_new_int64(dev->vfb.port));
}

static void vfb_describe(const struct device *dev, struct json_object *into)
{
	vfb_save(dev, into);
	json_object_object_add(into, "listen", json_object_new_string(vfb_spec_listen(&dev->spec.vfb)));
	json_object_object_add(into, "serving", json_object_new_boolean(dev->vfb.end != NULL));
}

static void vfb_load(struct device *dev, struct json_object *from)
{
	struct json_object *v;

	dev->vfb.port = json_object_object_get_ex(from, "port", &v) ? (unsigned int)json_object_get_int64(v) : 0;
	if (vfb_watch_end(dev))
		log_warn("device", "%s: the QEMU of its framebuffer is not there any more", dev->d->cfg.name);
}

static void vfb_clear(struct device *dev)
{
	if (dev->vfb.end) {
		close(event_get_fd(dev->vfb.end));
		event_free(dev->vfb.end);
	}
	dev->vfb.end = NULL;
	vfb_spec_clear(&dev->spec.vfb);
}

const struct device_class device_vfb = {
	.name = "vfb", .key = "vfb", .list = offsetof(struct dom_config, vfb), .driver = "QEMU", .cold = true,
	.parse = vfb_parse, .prepare = vfb_prepare, .release = vfb_release, .prepared = vfb_prepared,
	.nodes = vfb_nodes, .nodes_gone = vfb_nodes_gone, .is = vfb_is, .describe = vfb_describe,
	.save = vfb_save, .load = vfb_load, .clear = vfb_clear,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/* device_errors.c: disks whose requests fail while a guest uses them. The guest gets the error; here the
 * host's owner is told which file or device it is: in the log, by an event, in the list of disks. */
#include "xend/device.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TURN_MAX 64	/* errors that are read before other things get their turn */
#define SAY_S	 10	/* a guest may go on asking: said once in so many seconds */

void device_error_text(const struct device *dev, char *text, size_t size)
{
	const struct be_disk_error *e = &dev->errors.last;

	snprintf(text, size, "%.300s: %s sector %llu failed: %s", dev->spec.disk.path,
		e->write ? "writing" : "reading", (unsigned long long)e->sector, strerror(e->err));
}

static void device_failing(struct device *dev, const struct be_disk_error *e)
{
	time_t now = time(NULL);
	char text[400];

	dev->errors.last = *e;
	dev->errors.count++;
	if (dev->errors.count > 1 && now - dev->errors.said >= 0 && now - dev->errors.said < SAY_S)
		return;
	dev->errors.said = now;
	device_error_text(dev, text, sizeof(text));
	log_warn("device", "%s: disk %s: %s", dev->d->cfg.name, dev->spec.disk.vdev, text);
	event_emit(dev->d->core, "device.error", dev->d, device_describe(dev));
}

static bool is_of(const struct device *dev, const struct be_disk_error *e)
{
	return dev->class == &device_vbd && dev->spec.disk.path && dev->disk.ino &&
	       dev->disk.major == e->major && dev->disk.minor == e->minor;
}

static void take(struct core *core, const struct be_disk_error *e)
{
	struct device *dev;
	struct domain *d;

	TAILQ_FOREACH(d, &core->domains, link)
		TAILQ_FOREACH(dev, &d->devices, link)
			if (is_of(dev, e))
				device_failing(dev, e);
}

static void ready(evutil_socket_t fd, short what, void *arg)
{
	struct core *core = arg;
	struct be_disk_error e;
	int rc = 0;

	for (int i = 0; !rc && i < TURN_MAX; i++) {
		rc = core->ops->disk_error(core->be, &e);
		if (!rc)
			take(core, &e);
	}
	if (!rc || rc == -EAGAIN)
		return;
	log_warn("device", "failing disks are not told of any more: %s", strerror(-rc));
	device_errors_stop(core);
}

/* With the first disk: the kernel's instance takes 8 MiB of dom0 (a folder for each event there is). */
void device_errors_watch(struct core *core)
{
	int fd;

	if (core->disk_errors_asked)
		return;
	core->disk_errors_asked = true;
	fd = core->ops->disk_errors(core->be);
	if (fd < 0) {
		log_info("device", "the kernel does not tell of failing disks: %s", strerror(-fd));
		return;
	}
	core->disk_errors = event_new(core->base, fd, EV_READ | EV_PERSIST, ready, core);
	if (core->disk_errors)
		event_add(core->disk_errors, NULL);
}

void device_errors_stop(struct core *core)
{
	if (core->disk_errors)
		event_free(core->disk_errors);
	core->disk_errors = NULL;
}

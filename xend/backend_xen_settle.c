/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen_settle.c: a suspended domain's disk comes to rest: dom0's driver has answered all that its ring holds,
 * and what dom0 keeps of it is on the disk.
 *
 * A guest that wakes up elsewhere asks again for what it has no answer to: an older write of the same blocks that is
 * still under way here would undo a newer one there. The ring is the guest's: what cannot be read of it counts as
 * none, and what it pretends costs only its own migration. */
#include "xend/backend_xen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/xenbus.h>
#include <xenctrl.h>
#include <xenstore.h>

#define QUEUES_MAX 64
#define LOOK_US	   2000

/* The head of each ring page; indices that count on and on. */
struct ring_head {
	volatile uint32_t req_prod, req_event, rsp_prod, rsp_event;
};

/* A number below the frontend's folder; -1: there is none. */
static int64_t front_number(struct xs_handle *xs, uint32_t domid, uint32_t devid, const char *node)
{
	char path[128], *text, *end = NULL;
	unsigned int len;
	unsigned long n;

	snprintf(path, sizeof(path), "/local/domain/%u/device/vbd/%u/%s", domid, devid, node);
	text = xs_read(xs, 0, path, &len);
	n = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : UINT64_MAX;
	len = end && !*end;
	free(text);
	return len && n <= UINT32_MAX ? (int64_t)n : -1;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int ring_settle(struct xc_gntdev *xcg, uint32_t domid, uint32_t ref, int64_t until)
{
	const struct ring_head *ring = xc_gntdev_map(xcg, domid, &ref, 1, PROT_READ);
	int rc = 0;

	if (!ring)
		return 0;
	while (!rc && ring->req_prod != ring->rsp_prod) {
		if (now_ms() >= until)
			rc = -ETIMEDOUT;
		else
			usleep(LOOK_US);
	}
	xc_gntdev_unmap(xcg, (void *)(uintptr_t)ring, 1);
	return rc;
}

/* Of several pages the first one has the head. */
static int queue_settle(struct xs_handle *xs, struct xc_gntdev *xcg, uint32_t domid, uint32_t devid,
	const char *folder, int64_t until)
{
	char node[64];
	int64_t ref;

	snprintf(node, sizeof(node), "%sring-ref", folder);
	ref = front_number(xs, domid, devid, node);
	if (ref < 0) {
		snprintf(node, sizeof(node), "%sring-ref0", folder);
		ref = front_number(xs, domid, devid, node);
	}
	return ref < 0 ? 0 : ring_settle(xcg, domid, (uint32_t)ref, until);
}

static int rings_settle(struct xs_handle *xs, struct xc_gntdev *xcg, uint32_t domid, uint32_t devid, int64_t until)
{
	int64_t state = front_number(xs, domid, devid, "state");
	int64_t queues = front_number(xs, domid, devid, "multi-queue-num-queues");
	char folder[32];
	int rc = 0;

	if (state != XenbusStateInitialised && state != XenbusStateConnected)
		return 0;	/* it has no ring */
	if (queues <= 0)
		return queue_settle(xs, xcg, domid, devid, "", until);
	for (int64_t i = 0; !rc && i < queues && i < QUEUES_MAX; i++) {
		snprintf(folder, sizeof(folder), "queue-%d/", (int)i);
		rc = queue_settle(xs, xcg, domid, devid, folder, until);
	}
	return rc;
}

/* The device's file: dom0 may have no /dev/block. */
static int block_flush(uint32_t major, uint32_t minor)
{
	char path[64], line[128], dev[160] = "";
	FILE *f;
	int fd, rc;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent", major, minor);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "DEVNAME=%127s", dev + 5) == 1)
			memcpy(dev, "/dev/", 5);
	if (f)
		fclose(f);
	fd = *dev ? open(dev, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return *dev ? -errno : -ENODEV;
	rc = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

int be_disk_settle(struct backend *be, uint32_t domid, uint32_t devid, const struct be_disk_open *open,
	unsigned int ms, char *why, size_t size)
{
	struct xs_handle *xs = xs_open(0);
	struct xc_gntdev *xcg = xc_gntdev_open();
	int rc = xs && xcg ? rings_settle(xs, xcg, domid, devid, now_ms() + ms) : -errno;

	if (rc == -ETIMEDOUT)
		snprintf(why, size, "a request of the guest is still under way after %u s", ms / 1000);
	else if (rc)
		snprintf(why, size, "cannot look at its ring: %s", strerror(-rc));
	if (!rc && (rc = block_flush(open->major, open->minor)))
		snprintf(why, size, "flush: %s", strerror(-rc));
	xc_gntdev_close(xcg);
	xs_close(xs);
	return rc;
}

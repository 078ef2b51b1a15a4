/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen.c: the real backend: handles, rings, event channels, and the table of operations. */
#include "xend/backend_xen.h"
#include "util/log.h"
#include "xend/iotrace.h"
#include "xend/qemu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xenctrl.h>

#define CONSOLE_GRANT 0		/* the builder's reserved grant reference */

void be_close(struct backend *be)
{
	if (!be)
		return;
	xs_store_free(be->store);
	iotrace_free(be->iotrace);
	xc_gntdev_close(be->xcg);
	xc_evtchn_close(be->xce);
	xc_interface_close(be->xch);
	free(be);
}

static int be_open_handles(struct backend *be, char *why, size_t size)
{
	const char *what = "/dev/xen/privcmd";

	be->xch = xc_interface_open();
	if (be->xch) {
		what = "/dev/xen/evtchn";
		be->xce = xc_evtchn_open();
	}
	if (!be->xch || !be->xce) {
		int rc = -errno;

		snprintf(why, size, "cannot open %s: %s%s", what, strerror(-rc),
			rc == -ENOENT ? " (is this dom0 on Xen, with xen-privcmd and xen-evtchn?)" : "");
		return rc;
	}
	be->xcg = xc_gntdev_open();
	if (!be->xcg)
		log_warn("hv", "no /dev/xen/gntdev (%s): rings are mapped by frame",
			strerror(errno));
	return 0;
}

int be_open(struct event_base *base, backend_event_fn *fn, void *arg,
	struct backend **ret_be, char *why, size_t size)
{
	struct backend *be = calloc(1, sizeof(*be));
	int rc;

	if (!be)
		return -ENOMEM;
	rc = be_open_handles(be, why, size);
	if (!rc)
		rc = xs_store_new(base, fn, arg, &be->store);
	if (rc) {
		be_close(be);
		return rc;
	}
	*ret_be = be;
	return 0;
}

/* The parent's descriptors are closed here already; its memory is a copy that nobody frees. */
int be_worker_init(struct backend *be)
{
	be->xch = xc_interface_open();
	return be->xch ? 0 : -errno;
}

static int map_frame(struct backend *be, uint32_t domid, uint64_t mfn, void **ret_page)
{
	xen_pfn_t frame = mfn;
	size_t i;

	for (i = 0; i < sizeof(be->foreign_pages) / sizeof(be->foreign_pages[0]); i++)
		if (!be->foreign_pages[i])
			break;
	if (i == sizeof(be->foreign_pages) / sizeof(be->foreign_pages[0]))
		return -ENOSPC;
	*ret_page = xc_map_foreign(be->xch, domid, PROT_READ | PROT_WRITE, &frame, 1, NULL);
	if (!*ret_page)
		return -errno;
	be->foreign_pages[i] = *ret_page;
	return 0;
}

int be_ring_map(struct backend *be, uint32_t domid, uint64_t mfn, void **ret_page)
{
	const uint32_t ref = CONSOLE_GRANT;

	*ret_page = be->xcg ? xc_gntdev_map(be->xcg, domid, &ref, 1, PROT_READ | PROT_WRITE) : NULL;
	return *ret_page ? 0 : map_frame(be, domid, mfn, ret_page);
}

int be_ring_grant(struct backend *be, uint32_t domid, uint32_t ref, void **ret_page)
{
	if (!be->xcg)
		return -ENODEV;
	*ret_page = xc_gntdev_map(be->xcg, domid, &ref, 1, PROT_READ | PROT_WRITE);
	return *ret_page ? 0 : -errno;
}

void be_ring_unmap(struct backend *be, void *page)
{
	for (size_t i = 0; i < sizeof(be->foreign_pages) / sizeof(be->foreign_pages[0]); i++) {
		if (be->foreign_pages[i] != page)
			continue;
		be->foreign_pages[i] = NULL;
		xc_unmap_foreign(be->xch, page, 1);
		return;
	}
	if (xc_gntdev_unmap(be->xcg, page, 1))
		log_error("hv", "cannot unmap a console ring: %s", strerror(errno));
}

int be_evtchn_fd(struct backend *be)
{
	return xc_evtchn_fd(be->xce);
}

int be_evtchn_bind(struct backend *be, uint32_t domid, uint32_t port, uint32_t *ret_local)
{
	int local = xc_evtchn_bind_interdomain(be->xce, domid, port);

	if (local < 0)
		return -errno;
	*ret_local = (uint32_t)local;
	return 0;
}

void be_evtchn_unbind(struct backend *be, uint32_t local)
{
	if (xc_evtchn_unbind(be->xce, local))
		log_error("hv", "cannot unbind port %u: %s", local, strerror(errno));
}

int be_evtchn_notify(struct backend *be, uint32_t local)
{
	return xc_evtchn_notify(be->xce, local) ? -errno : 0;
}

int be_evtchn_next(struct backend *be, uint32_t *ret_local)
{
	int local = xc_evtchn_pending(be->xce);

	if (local < 0)
		return -errno;
	*ret_local = (uint32_t)local;
	return 0;
}

int be_evtchn_unmask(struct backend *be, uint32_t local)
{
	return xc_evtchn_unmask(be->xce, local) ? -errno : 0;
}

void be_store(struct backend *be, struct store_batch *batch)
{
	xs_store_submit(be->store, batch);
}

int be_watch(struct backend *be, const char *path, store_watch_fn *fn, void *arg,
	struct store_watch **ret_watch)
{
	return xs_store_watch(be->store, path, fn, arg, ret_watch);
}

void be_unwatch(struct backend *be, struct store_watch *watch)
{
	xs_store_unwatch(watch);
}

void be_store_stop(struct backend *be)
{
	xs_store_stop(be->store);
}

int be_disk_errors(struct backend *be)
{
	int rc = be->iotrace ? 0 : iotrace_new(&be->iotrace);

	return rc ? rc : iotrace_fd(be->iotrace);
}

int be_disk_error(struct backend *be, struct be_disk_error *ret_error)
{
	return iotrace_next(be->iotrace, ret_error);
}

int be_vfb_check(struct backend *be, const char *program, char *why, size_t size)
{
	return qemu_check(program, why, size);
}

int be_vfb_open(struct backend *be, const struct be_vfb *vfb, unsigned int *ret_port, char *why,
	size_t size)
{
	return qemu_open(vfb, ret_port, why, size);
}

int be_vfb_watch(struct backend *be, const char *tag)
{
	return qemu_watch(tag);
}

int be_vfb_close(struct backend *be, const char *tag, char *why, size_t size)
{
	return qemu_close(tag, why, size);
}

#define MEMBER(name) .name = be_##name,
const struct backend_ops backend_xen = { BACKEND_OPERATIONS(MEMBER) };

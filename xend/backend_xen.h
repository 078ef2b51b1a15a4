/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen.h: the real backend, shared by its files. */
#ifndef XEND_BACKEND_XEN_H
#define XEND_BACKEND_XEN_H

#include "xend/backend.h"
#include "xend/boot/boot.h"
#include "xend/config.h"

struct xc_interface;
struct xc_evtchn;
struct xc_gntdev;
struct xs_store;
struct iotrace;

struct backend {
	struct xc_interface *xch;
	struct xc_evtchn *xce;
	struct xc_gntdev *xcg;
	struct xs_store *store;
	struct iotrace *iotrace;	/* NULL: not asked for, or not there */
	void *foreign_pages[256];	/* ring pages mapped by frame, not by grant */
};

/* be_create() and so on, for each member of struct backend_ops. */
#define BE_PROTOTYPE(name) BACKEND_FUNCTION(name) be_##name;
BACKEND_OPERATIONS(BE_PROTOTYPE)

/* backend_xen_domain.c */
/* libxenctrl's progress callback; opaque is a struct be_progress. */
struct be_progress {
	hv_progress_fn *fn;
	void *arg;
};
/* -errno, and libxenctrl's last error in why. */
int be_failed(struct backend *be, char *why, size_t size);
int be_report(void *opaque, const char *step, int percent);

/* backend_xen_disk.c */
/* A kernel's backend lets go a moment after the device's nodes are gone. Its link on the bus goes first, its own folder
 * last: a new device of the same name before that would be taken for the old one. 0 or -EBUSY. */
int be_wait_let_go(const char *class, uint32_t domid, uint32_t devid);

/* backend_xen_store.c: the store's connection; comes back by itself when xenstored does. */
int xs_store_new(struct event_base *base, backend_event_fn *fn, void *arg,
	struct xs_store **ret_store);
void xs_store_free(struct xs_store *s);
void xs_store_stop(struct xs_store *s);
int xs_store_watch(struct xs_store *s, const char *path, store_watch_fn *fn, void *arg,
	struct store_watch **ret_watch);
void xs_store_unwatch(struct store_watch *watch);
void xs_store_submit(struct xs_store *s, struct store_batch *batch);

/* backend_xen_boot.c: with kernel, ramdisk and command line out of the disk; image is to be closed. */
struct be_boot {
	struct hv_build build;
	struct boot_image image;
	char kernel[32], ramdisk[32], cmdline[CONFIG_CMDLINE_MAX + 1];
};
int be_boot_read(const struct hv_build *build, struct be_boot *ret_boot, char *why, size_t size);

#endif

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

struct backend {
	struct xc_interface *xch;
	struct xc_evtchn *xce;
	struct xc_gntdev *xcg;
	struct xs_store *store;
	void *foreign_pages[256];	/* ring pages mapped by frame, not by grant */
};

/* backend_xen_domain.c */
int be_create(struct backend *be, const uint8_t uuid[16], unsigned int vcpus,
	uint32_t *ret_domid);
int be_set_maxmem(struct backend *be, uint32_t domid, uint64_t kib);
int be_set_affinity(struct backend *be, uint32_t domid, unsigned int vcpu,
	const struct cpuset *hard, const struct cpuset *soft, bool force);
int be_set_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int weight,
	unsigned int cap);
int be_get_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int *ret_weight,
	unsigned int *ret_cap);
int be_trigger(struct backend *be, uint32_t domid, unsigned int trigger, unsigned int vcpu);
int be_set_platform(struct backend *be, uint32_t domid, unsigned int tsc_mode);
int be_set_uuid(struct backend *be, uint32_t domid, const uint8_t uuid[16]);
int be_alloc_port(struct backend *be, uint32_t domid, uint32_t *ret_port);
int be_pause(struct backend *be, uint32_t domid);
int be_unpause(struct backend *be, uint32_t domid);
/* libxenctrl's progress callback; opaque is a struct be_progress. */
struct be_progress {
	hv_progress_fn *fn;
	void *arg;
};
int be_report(void *opaque, const char *step, int percent);
int be_build(struct backend *be, const struct hv_build *build, hv_progress_fn *progress, void *arg,
	struct hv_built *ret_built, char *why, size_t size);
int be_dump(struct backend *be, uint32_t domid, int fd, hv_progress_fn *progress, void *arg,
	char *why, size_t size);
int be_destroy(struct backend *be, uint32_t domid);
int be_save(struct backend *be, uint32_t domid, const struct hv_stream *stream,
	hv_progress_fn *progress, void *arg, struct hv_saved *ret_saved, char *why, size_t size);
int be_restore(struct backend *be, const struct hv_build *build, const struct hv_stream *stream,
	hv_progress_fn *progress, void *arg, struct hv_built *ret_built, char *why, size_t size);
int be_resume(struct backend *be, uint32_t domid);
int be_live_end(struct backend *be, uint32_t domid);
int be_list(struct backend *be, uint32_t first, struct hv_dominfo *buf, unsigned int max);
int be_vcpu(struct backend *be, uint32_t domid, unsigned int vcpu, struct hv_vcpuinfo *ret_info);

/* backend_xen_host.c */
int be_host(struct backend *be, struct hv_host *ret_host);
int be_host_info(struct backend *be, struct json_object *into);
int be_topology(struct backend *be, struct json_object *into);	/* backend_xen_topology.c */
int be_dmesg(struct backend *be, bool clear, char **ret_text);
int be_pool(struct backend *be, uint32_t id, struct hv_pool *ret_pool);
int be_set_pool(struct backend *be, const struct hv_pool *pool);
int be_debug_keys(struct backend *be, const char *keys);

/* backend_xen_disk.c */
/* A kernel's backend lets go a moment after the device's nodes are gone. Its link on the bus goes first, its own folder
 * last: a new device of the same name before that would be taken for the old one. 0 or -EBUSY. */
int be_wait_let_go(const char *class, uint32_t domid, uint32_t devid);
int be_disk_open(struct backend *be, const struct be_disk *disk, struct be_disk_open *ret_open,
	char *why, size_t size);
int be_disk_resize(struct backend *be, const struct be_disk *disk, const struct be_disk_open *open,
	uint64_t bytes, uint64_t *ret_bytes, char *why, size_t size);
int be_disk_close(struct backend *be, const char *tag, uint32_t domid, uint32_t devid, char *why,
	size_t size);

/* backend_xen_net.c */
int be_vif_check(struct backend *be, const struct be_vif *vif, char *why, size_t size);
int be_vif_plug(struct backend *be, const struct be_vif *vif, char *why, size_t size);
int be_vif_unplug(struct backend *be, const struct be_vif *vif, char *why, size_t size);
int be_vif_release(struct backend *be, const struct be_vif *vif, char *why, size_t size);
int be_network_up(struct backend *be, const struct be_network *net, char *why, size_t size);
int be_network_down(struct backend *be, const struct be_network *net, char *why, size_t size);

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

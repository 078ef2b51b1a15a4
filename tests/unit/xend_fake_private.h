/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_fake_private.h: what the parts of the fake share. */
#ifndef TESTS_XEND_FAKE_PRIVATE_H
#define TESTS_XEND_FAKE_PRIVATE_H

#include "tests/unit/xend_fake.h"

struct backend {
	backend_event_fn *fn;
	void *arg;
	struct event *over;
	struct store_batch *queue[64];
	unsigned int queued;
	int efd;
};

extern struct backend *the_be;		/* NULL: not open */

/* -EIO once, where the test wants it (fake->fail_at); else 0. */
int step(const char *name);

/* xend_fake_host.c */
int f_host(struct backend *be, struct hv_host *h);
int f_host_info(struct backend *be, struct json_object *into);
int f_topology(struct backend *be, struct json_object *into);
int f_dmesg(struct backend *be, bool clear, char **ret_text);
int f_debug_keys(struct backend *be, const char *keys);
int f_pool(struct backend *be, uint32_t id, struct hv_pool *ret_pool);
int f_set_pool(struct backend *be, const struct hv_pool *pool);
int f_set_affinity(struct backend *be, uint32_t domid, unsigned int vcpu,
	const struct cpuset *hard, const struct cpuset *soft, bool force);
int f_set_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int weight,
	unsigned int cap);
int f_get_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int *ret_weight,
	unsigned int *ret_cap);
int f_trigger(struct backend *be, uint32_t domid, unsigned int trigger, unsigned int vcpu);

/* xend_fake_devices.c */
int f_disk_open(struct backend *be, const struct be_disk *disk, struct be_disk_open *ret_open,
	char *why, size_t size);
int f_disk_resize(struct backend *be, const struct be_disk *disk, const struct be_disk_open *open,
	uint64_t bytes, uint64_t *ret_bytes, char *why, size_t size);
int f_disk_close(struct backend *be, const char *tag, uint32_t domid, uint32_t devid, char *why,
	size_t size);
int f_vif_check(struct backend *be, const struct be_vif *vif, char *why, size_t size);
int f_vif_plug(struct backend *be, const struct be_vif *vif, char *why, size_t size);
int f_vif_unplug(struct backend *be, const struct be_vif *vif, char *why, size_t size);
int f_vif_release(struct backend *be, const struct be_vif *vif, char *why, size_t size);
int f_vfb_check(struct backend *be, const char *program, char *why, size_t size);
int f_vfb_open(struct backend *be, const struct be_vfb *vfb, unsigned int *ret_port, char *why, size_t size);
int f_vfb_watch(struct backend *be, const char *tag);
int f_vfb_close(struct backend *be, const char *tag, char *why, size_t size);
int f_network_up(struct backend *be, const struct be_network *net, char *why, size_t size);
int f_network_down(struct backend *be, const struct be_network *net, char *why, size_t size);

/* xend_fake_store.c */
extern bool fake_store_is_up;
void fake_store_reset(void);
void f_store_over(evutil_socket_t fd, short what, void *arg);	/* runs what is queued */
int f_watch(struct backend *be, const char *path, store_watch_fn *fn, void *arg,
	struct store_watch **ret_watch);
void f_unwatch(struct backend *be, struct store_watch *w);
void f_store(struct backend *be, struct store_batch *b);
void f_store_stop(struct backend *be);

#endif

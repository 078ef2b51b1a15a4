/* SPDX-License-Identifier: GPL-2.0-only */
/* backend.h: the seam between xend and the libraries: hypervisor, event channels, store.
 *
 * backend_xen.c implements it with libxenctrl and libxenstore, the unit tests with a fake. All
 * members are set (backend_check()). Unless said otherwise a member returns at once, 0 or -Exxx.
 * `build`, `dump`, `destroy`, and what is behind disks, vifs and the network may take long: they run in
 * worker processes only, the first three after worker_init(). */
#ifndef XEND_BACKEND_H
#define XEND_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <event2/event.h>
#include <json-c/json.h>

#include "util/diskspec.h"
#include "xend/cpuset.h"
#include "xend/store_batch.h"

struct hv_dominfo {
	uint32_t domid;
	uint8_t uuid[16];
	bool running, blocked, paused, shutdown, dying;
	unsigned int shutdown_code;	/* SHUTDOWN_* */
	uint64_t tot_kib, max_kib, cpu_ns;
	unsigned int vcpus_online, vcpus_max, pool;
};

#define MAXMEM_SLACK_KIB 1024	/* what xl adds: the guest's few pages beyond its memory */

struct hv_vcpuinfo {
	bool online, blocked, running;
	int cpu;
	uint64_t cpu_ns;
	struct cpuset hard, soft;
};

struct hv_host {
	uint64_t total_kib, free_kib;
	unsigned int nr_cpus;
};

/* A pool of CPUs and its scheduler; what a scheduler does not have is 0. */
struct hv_pool {
	uint32_t id;
	unsigned int domains;
	struct cpuset cpus;
	const char *scheduler;		/* credit, credit2, ... */
	uint32_t ratelimit_us, tslice_ms, migr_delay_us;
};

struct boot_want;

/* The guest's own kernel, out of its disk. */
struct hv_boot {
	const char *path;		/* of the disk */
	enum disk_backing backing;
	const struct boot_want *want;
	const char *args;		/* for its kernel, behind what the disk says; or NULL */
};

/* Everything that the builder needs, by value or borrowed from the domain. */
struct hv_build {
	uint32_t domid;
	const char *name, *kernel, *ramdisk, *cmdline;
	const struct hv_boot *boot;	/* instead of kernel and ramdisk, or NULL */
	uint64_t memory_kib, maxmem_kib;
	unsigned int vcpus;
	uint32_t store_port, console_port;
};

struct hv_built {
	uint64_t store_mfn, console_mfn;
};

/* A disk to be served, and what the kernel's backend is told of it. */
struct be_disk {
	const char *tag;	/* UUID/DEVID: by which disk_close() finds it */
	const char *path;	/* NULL: no medium */
	enum disk_backing backing;
	enum disk_access access;
	bool inherited;		/* another host has it open, and does not use it any more */
};

struct be_disk_open {
	uint32_t major, minor;
	uint64_t dev, ino;	/* which file or device it is, whatever its path */
};

/* A request to a block device of domain 0 that failed. */
struct be_disk_error {
	uint32_t major, minor;
	uint64_t sector;
	bool write;		/* or a discard */
	int err;		/* Exxx */
};

/* xend's own network, to which guests are connected that name no other. */
struct be_network {
	const char *bridge;	/* NULL: there is none */
	const char *address;	/* domain 0's: "192.168.127.1" */
	unsigned int bits;	/* of its prefix */
	const char *address6;		/* the same of a /64; "auto": made of the machine's id; NULL: none */
	const char *run_dir, *lease_file;
};

enum vif_mode { VIF_BRIDGE, VIF_ROUTE, VIF_NAT };

/* A guest's network interface: how domain 0's end of it is connected. */
struct be_vif {
	uint32_t domid, devid;
	const char *domain, *tag;	/* its name; UUID/DEVID */
	enum vif_mode mode;
	const char *ifname;		/* vifD.N, or what the configuration calls it */
	const char *bridge, *gatewaydev, *ip;	/* NULL: not given */
	const char *script;		/* NULL: we do it */
	uint8_t mac[6];
	uint32_t mtu;
	const struct be_network *net;	/* NULL: it is not on our network */
};

/* A framebuffer: the QEMU that serves it. */
struct be_vfb {
	const char *domain, *tag;	/* its name; UUID/DEVID */
	uint32_t domid;
	const char *listen;		/* an address of this host */
	const char *passwd, *keymap;	/* NULL: none; QEMU's own */
	int display;			/* port 5900 + this, or, if `unused`, the next free one */
	bool unused;
	const char *program, *log_dir;	/* program NULL: the packaged one */
};

typedef void store_watch_fn(void *arg);
struct store_watch;

typedef void hv_progress_fn(void *arg, const char *step, int percent);

/* After a round of a live save: pages with data that went out, pages written to meanwhile. */
struct hv_round {
	unsigned int number;
	uint64_t pages, data_pages, dirty;
};

/* The migration stream of a save or a restore, as in struct xc_save_params, xc_restore_params. */
struct hv_stream {
	int (*put)(void *opaque, const struct iovec *iov, int count);
	int (*round)(void *opaque, const struct hv_round *round);	/* NULL: not live */
	int (*suspend)(void *opaque);
	int (*get)(void *opaque, const struct iovec *iov, int count);
	int (*check)(void *opaque);
	const char *(*why)(void *opaque);
	void *opaque;
};

struct hv_saved {
	uint64_t pages, data_pages, zero_pages;
};

enum backend_event {
	BE_DOMAINS_CHANGED,	/* a domain came, went or shut down */
	BE_STORE_UP, BE_STORE_DOWN,
};

struct backend;
typedef void backend_event_fn(void *arg, enum backend_event what);

struct backend_ops {
	/* Connects to the hypervisor; the store may come later. Events start with the loop. */
	int (*open)(struct event_base *base, backend_event_fn *fn, void *arg,
		struct backend **ret_be, char *why, size_t size);
	void (*close)(struct backend *be);
	int (*worker_init)(struct backend *be);	/* in a new worker process: handles of its own */

	int (*host)(struct backend *be, struct hv_host *ret_host);
	int (*host_info)(struct backend *be, struct json_object *into);
	int (*topology)(struct backend *be, struct json_object *into);
	int (*dmesg)(struct backend *be, bool clear, char **ret_text);
	int (*debug_keys)(struct backend *be, const char *keys);

	/* The pool with this id or the next higher one; -ENOENT past the last. */
	int (*pool)(struct backend *be, uint32_t id, struct hv_pool *ret_pool);
	int (*set_pool)(struct backend *be, const struct hv_pool *pool);	/* its three limits */

	/* At most max domains from id `first` on, ascending; returns how many, or -Exxx. */
	int (*list)(struct backend *be, uint32_t first, struct hv_dominfo *buf, unsigned int max);
	int (*vcpu)(struct backend *be, uint32_t domid, unsigned int vcpu,
		struct hv_vcpuinfo *ret_info);

	int (*create)(struct backend *be, const uint8_t uuid[16], unsigned int vcpus,
		uint32_t *ret_domid);
	int (*set_maxmem)(struct backend *be, uint32_t domid, uint64_t kib);
	int (*set_affinity)(struct backend *be, uint32_t domid, unsigned int vcpu,
		const struct cpuset *hard, const struct cpuset *soft, bool force); /* NULL: as it is */
	int (*set_sched)(struct backend *be, uint32_t domid, uint32_t pool, unsigned int weight,
		unsigned int cap);
	int (*get_sched)(struct backend *be, uint32_t domid, uint32_t pool, unsigned int *ret_weight,
		unsigned int *ret_cap);
	int (*trigger)(struct backend *be, uint32_t domid, unsigned int trigger, unsigned int vcpu);
	int (*set_platform)(struct backend *be, uint32_t domid, unsigned int tsc_mode); /* and CPU policy */
	int (*set_uuid)(struct backend *be, uint32_t domid, const uint8_t uuid[16]);
	int (*alloc_port)(struct backend *be, uint32_t domid, uint32_t *ret_port); /* remote: dom0 */
	int (*pause)(struct backend *be, uint32_t domid);
	int (*unpause)(struct backend *be, uint32_t domid);
	int (*build)(struct backend *be, const struct hv_build *build, hv_progress_fn *progress,
		void *arg, struct hv_built *ret_built, char *why, size_t size);
	int (*dump)(struct backend *be, uint32_t domid, int fd, hv_progress_fn *progress, void *arg,
		char *why, size_t size);
	int (*destroy)(struct backend *be, uint32_t domid);
	/* As build: in workers. A domain that has suspended itself; one that is empty. */
	int (*save)(struct backend *be, uint32_t domid, const struct hv_stream *stream,
		hv_progress_fn *progress, void *arg, struct hv_saved *ret_saved, char *why, size_t size);
	int (*restore)(struct backend *be, const struct hv_build *build,
		const struct hv_stream *stream, hv_progress_fn *progress, void *arg,
		struct hv_built *ret_built, char *why, size_t size);
	int (*resume)(struct backend *be, uint32_t domid);	/* its suspend was cancelled */
	int (*live_end)(struct backend *be, uint32_t domid);	/* a live save that was given up */

	/* A console ring's page, made by the builder or granted by the guest, and its event channel. */
	int (*ring_map)(struct backend *be, uint32_t domid, uint64_t mfn, void **ret_page);
	int (*ring_grant)(struct backend *be, uint32_t domid, uint32_t ref, void **ret_page);
	void (*ring_unmap)(struct backend *be, void *page);
	int (*evtchn_fd)(struct backend *be);
	int (*evtchn_bind)(struct backend *be, uint32_t domid, uint32_t port, uint32_t *ret_local);
	void (*evtchn_unbind)(struct backend *be, uint32_t local);
	int (*evtchn_notify)(struct backend *be, uint32_t local);
	int (*evtchn_next)(struct backend *be, uint32_t *ret_local);	/* -EAGAIN: none pending */
	int (*evtchn_unmask)(struct backend *be, uint32_t local);

	/* What is behind a disk. close: of this tag, whatever there is; waits until the kernel's
	 * backend of the device has let go. The reason of a failure is in `why`. */
	int (*disk_there)(struct backend *be, const char *path);	/* 0 or -ENOENT and others */
	int (*disk_open)(struct backend *be, const struct be_disk *disk,
		struct be_disk_open *ret_open, char *why, size_t size);
	/* One that is open gets so many bytes, or (0) takes up what it has come to have. */
	int (*disk_resize)(struct backend *be, const struct be_disk *disk, const struct be_disk_open *open,
		uint64_t bytes, uint64_t *ret_bytes, char *why, size_t size);
	int (*disk_close)(struct backend *be, const char *tag, uint32_t domid, uint32_t devid,
		char *why, size_t size);

	/* A descriptor that is readable when a request failed, or -Exxx where the kernel does not tell;
	 * the next one that did, -EAGAIN: none. */
	int (*disk_errors)(struct backend *be);
	int (*disk_error)(struct backend *be, struct be_disk_error *ret_error);

	/* Of a domain that is suspended: waits, so many ms at most, until nothing is under way any more of what
	 * it asked of the disk, and all that it has written is there. -ETIMEDOUT. */
	int (*disk_settle)(struct backend *be, uint32_t domid, uint32_t devid, const struct be_disk_open *open,
		unsigned int ms, char *why, size_t size);

	/* Network interfaces. check: could it be connected? plug: connects what dom0's driver made (or
	 * has the script do it). unplug: for scripts. release: gives back what is not the driver's, after
	 * it has let go; of a device that never was, too. */
	int (*vif_check)(struct backend *be, const struct be_vif *vif, char *why, size_t size);
	int (*vif_plug)(struct backend *be, const struct be_vif *vif, char *why, size_t size);
	int (*vif_unplug)(struct backend *be, const struct be_vif *vif, char *why, size_t size);
	int (*vif_release)(struct backend *be, const struct be_vif *vif, char *why, size_t size);
	/* Framebuffers. check, before there is a domain: is there such a program? open: starts it, and has it
	 * listen; the port. watch: a descriptor of the caller's that is readable when it has ended, or -Exxx.
	 * close: of this tag, whatever there is. watch and check return at once. */
	int (*vfb_check)(struct backend *be, const char *program, char *why, size_t size);
	int (*vfb_open)(struct backend *be, const struct be_vfb *vfb, unsigned int *ret_port, char *why,
		size_t size);
	int (*vfb_watch)(struct backend *be, const char *tag);
	int (*vfb_close)(struct backend *be, const char *tag, char *why, size_t size);
	/* Our own network: has it work, whatever there is of it already. down: unless it is used. */
	int (*network_up)(struct backend *be, const struct be_network *net, char *why, size_t size);
	int (*network_down)(struct backend *be, const struct be_network *net, char *why, size_t size);

	/* Runs a batch: calls batch->done once, later, whatever happens (-EPIPE: no store). */
	void (*store)(struct backend *be, struct store_batch *batch);
	/* Calls fn soon, whenever the node or one below it changes, and when the store is back. */
	int (*watch)(struct backend *be, const char *path, store_watch_fn *fn, void *arg,
		struct store_watch **ret_watch);
	void (*unwatch)(struct backend *be, struct store_watch *watch);
	/* At exit: ends all batches (-ECANCELED); later ones end at once. */
	void (*store_stop)(struct backend *be);
};

/* Each of them by name, for the prototypes and the table of an implementation. X(name) */
#define BACKEND_OPERATIONS(X) \
	X(open) X(close) X(worker_init) X(host) X(host_info) X(topology) X(dmesg) X(debug_keys) \
	X(pool) X(set_pool) X(list) X(vcpu) X(create) X(set_maxmem) X(set_affinity) \
	X(set_sched) X(get_sched) X(trigger) X(set_platform) X(set_uuid) X(alloc_port) X(pause) \
	X(unpause) X(build) X(dump) X(destroy) X(save) X(restore) X(resume) X(live_end) \
	X(ring_map) X(ring_grant) X(ring_unmap) X(evtchn_fd) X(evtchn_bind) X(evtchn_unbind) \
	X(evtchn_notify) X(evtchn_next) X(evtchn_unmask) X(disk_there) X(disk_open) X(disk_resize) \
	X(disk_close) X(disk_settle) X(disk_errors) X(disk_error) X(vif_check) X(vif_plug) X(vif_unplug) \
	X(vif_release) X(vfb_check) \
	X(vfb_open) X(vfb_watch) X(vfb_close) X(network_up) X(network_down) X(store) X(watch) \
	X(unwatch) X(store_stop)
#define BACKEND_FUNCTION(name) __typeof__(*((struct backend_ops *)NULL)->name)

extern const struct backend_ops backend_xen;

/* Are all members set? */
bool backend_check(const struct backend_ops *ops);

#endif

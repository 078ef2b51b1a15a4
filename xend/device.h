/* SPDX-License-Identifier: GPL-2.0-only */
/* device.h: a domain's virtual devices: from a line of the configuration to a backend that serves
 * it, and back to nothing. The backends are dom0 Linux's own; we ready what is behind them. */
#ifndef XEND_DEVICE_H
#define XEND_DEVICE_H

#include <time.h>

#include "util/diskspec.h"
#include "util/vfbspec.h"
#include "util/vifspec.h"
#include "xend/domain.h"

/* How a network interface is connected: what is not given is decided. */
struct vif_way {
	enum vif_mode mode;
	bool ours;		/* on xend's own network */
	const char *bridge;	/* or NULL */
	char *script;		/* path of the script that does it all, or NULL */
	char ifname[16];	/* what dom0 calls it in the end */
};

enum device_state {
	DEV_PREPARING,	/* a worker readies what is behind it */
	DEV_WRITING,	/* a transaction writes the nodes of both ends */
	DEV_CONNECTING,	/* the backend's driver has to take it up */
	DEV_PLUGGING,	/* a worker connects what the driver made of it */
	DEV_READY,	/* the frontend connects when the guest wants to */
	DEV_CLOSING,	/* asked to go; the guest has to let go of it */
	DEV_UNPLUGGING,	/* a worker undoes that */
	DEV_REMOVING,	/* a transaction removes the nodes */
	DEV_RELEASING,	/* a worker gives back what is behind it */
	DEV_GONE,	/* freed at the end of this turn */
};

struct device;

/* What differs between disks and networks. */
struct device_class {
	const char *name;	/* of the store's folders: "vbd" */
	const char *key;	/* of the configuration: "disk" */
	const char *driver;	/* dom0's module, for messages */
	size_t list;		/* of key, in struct dom_config */
	bool cold;		/* only at the start of a domain; it cannot be attached or detached */
	/* Reads text into dev->spec and dev->devid. */
	int (*parse)(struct device *dev, const char *text, char *why, size_t size);
	/* Run in a worker; NULL: nothing to do. prepare's results come to prepared(). */
	worker_run_fn *prepare, *plug, *unplug, *release;
	/* In a worker: to so many bytes, or (0) to what it has come to be. NULL: it has no size. */
	int (*resize)(const struct device *dev, uint64_t bytes, uint64_t *ret_bytes, char *why, size_t size);
	/* In a worker: is it on this host, as far as can be told without opening it? NULL: it always is. */
	int (*there)(const struct device *dev, char *why, size_t size);
	/* Of a domain that comes from another host: only when that one has let go of it. NULL: none. */
	bool (*late)(const struct device *dev);
	/* In a worker: of a suspended domain: all that it asked for has been done. NULL: nothing to wait for. */
	int (*settle)(const struct device *dev, unsigned int ms, char *why, size_t size);
	bool (*wants_unplug)(const struct device *dev);	/* NULL: never */
	/* In the daemon again: may still refuse. */
	int (*prepared)(struct device *dev, const uint64_t results[WORKER_RESULTS], char *why,
		size_t size);
	void (*nodes)(struct store_batch *b, const struct device *dev);
	void (*nodes_gone)(struct store_batch *b, uint32_t domid);	/* what nodes() wrote elsewhere; or NULL */
	/* Does this device go by this name (or devid in digits)? */
	bool (*is)(const struct device *dev, const char *name);
	void (*describe)(const struct device *dev, struct json_object *into);	/* NULL: nothing more */
	void (*save)(const struct device *dev, struct json_object *into);
	void (*load)(struct device *dev, struct json_object *from);
	void (*clear)(struct device *dev);
};

extern const struct device_class device_vbd, device_vif, device_vfb;

struct device {
	TAILQ_ENTRY(device) link;
	struct domain *d;
	const struct device_class *class;
	uint32_t devid;
	enum device_state state;
	char *text;			/* as in the configuration */
	char tag[64];			/* UUID/DEVID, of the domain's uuid at the start */
	union {
		struct disk_spec disk;
		struct vif_spec vif;
		struct vfb_spec vfb;
	} spec;
	struct be_disk_open disk;	/* vbd: what prepare opened */
	struct vif_way way;		/* vif: how it is connected */
	struct {
		unsigned int port;
		struct event *end;	/* its program has ended; NULL: that was so */
	} vfb;
	bool nodes, opened, plugged;	/* what there is to undo */
	bool late;			/* it waits for devices_start_late() */
	bool store_busy, force, hot;	/* hot: attached to a domain that runs */
	bool changed;			/* the watch fired while the store was busy for us */
	struct worker *worker;
	struct store_watch *watch;
	struct event *timer;
	unsigned int tries;
	struct rpc_call *call;		/* of attach or detach, to be answered */
	struct resize *resize;		/* that is under way */
	struct {
		struct be_disk_error last;
		uint64_t count;
		time_t said;
	} errors;			/* vbd: requests that failed */
	int fail_err;
	char fail[512];
};

/* Checks the texts of a configuration: each alone, and that no two are the same device. */
int devices_check(const struct dom_config *c, char *why, size_t size);

/* At a domain's start: begins with all of them; create_devices_done() follows, unless 0: no devices. */
int devices_start(struct domain *d);
/* The same for those that had to wait until the domain is ours. */
int devices_start_late(struct domain *d);
/* create.c's side of it: the first failure, or 0. */
void create_devices_done(struct domain *d, int err, const char *why);
/* At its end: all go, whatever they are doing. -EINPROGRESS: teardown_advance() follows. */
int devices_stop(struct domain *d);
/* In a worker, before there are devices: is what the domain needs on this host? */
int devices_there(struct domain *d, char *why, size_t size);
/* In a worker, of a suspended domain: its devices come to rest. */
int devices_settle(struct domain *d, char *why, size_t size);
/* The folders of the backend's side in which its devices were. */
void devices_nodes_remove(struct store_batch *b, uint32_t domid);
/* When xend goes down: nothing is undone. */
void devices_free(struct domain *d);

/* For a domain that runs. The call is answered. */
void device_attach(struct domain *d, const struct device_class *class, const char *text,
	struct rpc_call *call);
void device_detach(struct domain *d, const struct device_class *class, const char *name, bool force,
	struct rpc_call *call);
/* device_resize.c: one that is ready, of a class that has sizes; not while another one is under way.
 * cancel: answers it now, if there is one. */
void device_resize(struct device *dev, uint64_t bytes, struct rpc_call *call);
void device_resize_cancel(struct device *dev);
struct device *device_find(struct domain *d, const struct device_class *class, const char *name);
const struct device_class *device_class_find(const char *name);

/* state.c and adopt.c: those that are in use, with what is behind them. */
struct json_object *devices_save(const struct domain *d);
void devices_load(struct domain *d, struct json_object *from, bool running);

/* As clients see it. */
struct json_object *device_describe(const struct device *dev);

/* device_errors.c: the last one as a sentence, if there was one. */
void device_error_text(const struct device *dev, char *text, size_t size);

/* device.c and device_down.c for device_list.c: the walk of one. */
int device_start(struct device *dev);
int device_timer_new(struct device *dev);	/* unless it is there; device_down() wants it */
void device_down(struct device *dev);	/* from any state; gone when nothing is under way any more */
void device_close(struct device *dev);	/* asks the guest; device_down() follows */
void device_answer(struct device *dev, int err, const char *text);	/* its call, if it has one */
/* device_list.c for these. */
void device_free(struct device *dev);
/* The configuration's list says what the next start of the domain has. */
void devices_config_follow(struct domain *d, const struct device_class *class);

#endif

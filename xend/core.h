/* SPDX-License-Identifier: GPL-2.0-only */
/* core.h: the daemon's one instance: its backend, its domains, the other domains of the host. */
#ifndef XEND_CORE_H
#define XEND_CORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <json-c/json.h>

#include "xend/backend.h"
#include "xend/config.h"
#include "xend/console.h"
#include "xend/migrate.h"
#include "xend/rpc.h"

struct domain;
struct subscriber;
struct worker;

/* A domain that xend did not make (Domain-0, those of xl): what the store says about it. */
struct foreign {
	TAILQ_ENTRY(foreign) link;
	uint32_t domid;
	uint8_t uuid[16];
	char *name;		/* NULL: not known (yet) */
	int64_t start_time;	/* 0: not known */
	bool seen;
};

struct core_options {
	const char *state_dir, *log_dir, *socket, *dump_dir;
	const char *image_dir, *script_dir;	/* NULL: /var/lib/xen/images, /etc/xen/scripts */
	unsigned int antiloop_s;	/* a second restart within this time destroys */
	enum autoballoon { BALLOON_OFF, BALLOON_ON, BALLOON_AUTO } autoballoon;	/* new domains take
				 * memory from domain 0; AUTO: unless dom0_mem= was given ... */
	unsigned int room_tick_ms;	/* between two looks at what it gave, 0: 100 */
	unsigned int dom0_min_mib;	/* ... which keeps this much */
	struct migrate_options migrate;
	struct be_network network;	/* bridge NULL: none */
	bool network_now;		/* at xend's start, not at the first guest's */
	struct console_options console;
	const char *qemu;		/* of framebuffers; NULL: the packaged one */
};

struct core {
	struct event_base *base;
	const struct backend_ops *ops;
	struct backend *be;
	struct console_service *consoles;
	struct rpc_server *rpc;
	struct core_options opt;
	TAILQ_HEAD(, domain) domains;
	TAILQ_HEAD(, foreign) foreigns;
	TAILQ_HEAD(, subscriber) subscribers;
	TAILQ_HEAD(, image_op) image_ops;
	TAILQ_HEAD(, incoming) incomings;
	struct migrate_listener *listener;
	struct worker *image_cleaner;
	struct event *scan_event;
	struct event *disk_errors;	/* disks whose requests fail; NULL: nobody tells */
	bool disk_errors_asked;		/* for that */
	bool store_up, dom0_written, exiting;
	bool autoballoon;	/* opt.autoballoon, decided */
	struct worker *network_worker;	/* readies our network */
};

/* Opens the backend, re-adopts what runs, listens. On failure the reason is in `why`. */
int core_new(struct event_base *base, const struct backend_ops *ops,
	const struct core_options *options, struct core **ret_core, char *why, size_t size);
/* Domains go on running. */
void core_free(struct core *core);

/* Opens the consoles' logs anew. */
void core_reopen_logs(struct core *core);

/* All domains of the hypervisor, ascending; free() the array. */
int core_list(struct core *core, struct hv_dominfo **ret_list, unsigned int *ret_count);
int core_getinfo(struct core *core, uint32_t domid, struct hv_dominfo *ret_info);

/* What a client's reference (name, id, uuid) means. One of d and foreign is set. */
struct domain_ref {
	struct domain *d;
	struct foreign *foreign;
	struct hv_dominfo info;
	bool live;		/* info is filled in: the hypervisor has it */
};
int core_find(struct core *core, struct json_object *ref, struct domain_ref *ret_ref);
/* Only if it is one of ours: asks nobody, whatever it is. */
int core_find_ours(struct core *core, struct json_object *ref, struct domain_ref *ret_ref);
const char *ref_name(const struct domain_ref *ref);
struct domain *core_find_name(struct core *core, const char *name);	/* not those going away */

/* core_foreign.c: learns about other domains' names; call with the hypervisor's list. */
void foreign_refresh(struct core *core, const struct hv_dominfo *list, unsigned int count);
struct foreign *foreign_find(struct core *core, uint32_t domid);
void foreign_free_all(struct core *core);

/* api_image.c: what is being made. A disk that others build on is not to be written: -EBUSY. */
void image_ops_init(struct core *core);
void image_ops_free(struct core *core);
int image_check_write(struct core *core, const char *path, char *why, size_t size);

/* events.c */
int subscriber_add(struct core *core, struct rpc_conn *conn, const char *filter);
void subscriber_closed(struct core *core, struct rpc_conn *conn);
/* extra may be NULL, is taken over. */
void event_emit(struct core *core, const char *type, struct domain *d, struct json_object *extra);

/* describe.c: the DOMAIN object of xend-rpc(7); info NULL: the hypervisor does not have it. */
struct json_object *describe_domain(struct core *core, const struct hv_dominfo *info,
	struct domain *d, const struct foreign *f);

/* core_network.c: our own network, at xend's start and end. Failures are logged: guests that need it will
 * say so again. */
void core_network_start(struct core *core);
void core_network_stop(struct core *core);	/* stays if guests use it */

/* device_errors.c: disks whose requests fail. */
void device_errors_watch(struct core *core);	/* from now on, if it can */
void device_errors_stop(struct core *core);

/* api.c */
extern const struct rpc_method api_methods[];
int api_check_owner(struct rpc_call *call, struct json_object *ref);

#endif

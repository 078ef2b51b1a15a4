/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.h: one domain that xend made: its life from the request to the last trace. */
#ifndef XEND_DOMAIN_H
#define XEND_DOMAIN_H

#include "util/hvcspec.h"
#include "xend/core.h"
#include "xend/worker.h"

#define DOMID_NONE UINT32_MAX

struct device;
struct hvc;
TAILQ_HEAD(device_list, device);

enum dom_state {
	DOM_CREATING,	/* create.c walks its steps */
	DOM_RUNNING,	/* or shut down and preserved */
	DOM_TEARDOWN,	/* teardown.c walks its steps */
};

/* Calls that wait for the domain; each is answered once. */
struct save;	/* save.c */

struct waiter {
	TAILQ_ENTRY(waiter) link;
	struct rpc_call *call;
};
TAILQ_HEAD(waiters, waiter);

struct dump;

struct domain {
	TAILQ_ENTRY(domain) link;
	struct core *core;
	struct dom_config cfg;
	uint8_t uuid[16];
	enum dom_state state;
	uint32_t domid;			/* DOMID_NONE: the hypervisor has none */
	unsigned int step;		/* of create.c or teardown.c */
	unsigned int tries;		/* of a teardown step, or for memory */
	uint64_t room_kib;		/* free memory when it was last looked at */

	/* What there is to undo or to wait for. */
	bool exists;			/* a hypervisor domain is ours to destroy */
	bool nodes;			/* store nodes may exist */
	struct worker *worker;
	bool store_busy;		/* a batch is under way */
	struct event *timer;		/* teardown's next try, or shutdown's patience */

	struct hv_built built;
	uint32_t store_port, console_port;
	struct console *console;
	struct hvc *hvcs[HVC_MAX];	/* its further consoles, hvc.h */
	unsigned int hvc_count;
	struct device_list devices;
	struct domain *successor;	/* starts when our devices are gone */

	struct migrate *migrate;	/* it is on its way to another host */
	struct incoming *incoming;	/* creation is its arrival from one */
	struct domain *takes_from;	/* from this very host: whose name it gets at the end */
	char token[33];			/* by which it arrived, or "" */
	bool taking;			/* it has been promised to be started */
	struct save *save;		/* it is asked to suspend, or suspended, for a save */
	struct {			/* it is asked to suspend, ask_suspend.c */
		struct event *timer;
		void (*failed)(struct domain *d, int err, const char *text);
	} asking;
	bool unsuspend;			/* a suspend that nobody waits for any more is undone */
	int restore_fd;			/* creation is a restore from here; -1: it is none */
	int restore_format;		/* enum savefile_format */
	bool resuming;			/* from an image of suspend.c */

	bool start_paused;
	bool halting;			/* shut down with mode halt: destroyed whatever on_* says */
	bool preserved;			/* shut down and kept */
	struct dump *dumping;		/* a core dump is being written */
	bool dump_paused;		/* and it was paused for that */
	bool admin_paused;		/* domain.pause was asked for */
	bool restart;			/* teardown ends with a new start */
	bool restarting;		/* this start is one of those */
	int64_t start_time;		/* unix seconds of the present start */
	int64_t last_restart;		/* CLOCK_BOOTTIME seconds, 0: never */
	int64_t restart_count;
	int fail_err;			/* why creation failed */
	char fail[512];

	struct rpc_call *creator;
	struct waiters destroyers, shutdowners;
};

/* domain.c: the object. config is taken over on success. */
int domain_new(struct core *core, struct dom_config *config, bool adopt, struct domain **ret_domain);
void domain_free(struct domain *d);
void domain_successor(struct domain *d);	/* starts it, if there is one */
int domain_wait(struct waiters *list, struct rpc_call *call);
void waiters_done(struct waiters *list, int err, const char *domain, const char *text);

/* create.c: starts the steps. The creator's call (or NULL) is answered at the end. */
void create_start(struct domain *d);
/* The step that said -EINPROGRESS is over; err: it failed, for the reason in d->fail. */
void create_continue(struct domain *d, int err);
/* As that, with the reason of the failure. */
void create_lost(struct domain *d, int err, const char *why);

/* memory.c: once, when there is a hypervisor to ask. */
void memory_init(struct core *core);
/* Could there be memory for it? -ENOMEM and the reason in why. */
int memory_check(struct core *core, const struct dom_config *config, char *why, size_t size);
/* A step of create.c: has domain 0 give what the domain lacks. */
int memory_room(struct domain *d);

/* teardown.c: from any state; more calls do no harm. */
void teardown_start(struct domain *d);
void teardown_advance(struct domain *d);	/* what it waited for is over */
void teardown_poke(struct domain *d);	/* if it waits for its next try: now */

/* life.c: shutdowns and their actions. */
void life_scan(struct core *core);
/* Asks the guest; answers the call. */
void life_shutdown(struct domain *d, struct rpc_call *call, const char *mode, bool wait);
void life_rename(struct domain *d, struct rpc_call *call, const char *name);

/* dump.c: writes a core dump; answers the call, or if nobody asked logs, and goes on with `after` (NULL:
 * nothing; where somebody asked, only if the file is there). */
#define DUMP_PATH_MAX 4096
void dump_default_path(const struct domain *d, char *buf, size_t size);
void dump_start(struct domain *d, struct rpc_call *call, const char *path, bool live,
	void (*after)(struct domain *d));
/* At exit; NULL allowed. */
void dump_abandon(struct dump *m);
/* life.c: as if the configuration said so. */
void life_destroy(struct domain *d);
void life_restart(struct domain *d);

/* save.c: a save to a file (path, absolute) or to a descriptor, which is taken over; the call is
 * answered at the end. */
struct save_options {
	const char *file;
	int fd;				/* -1: to the file */
	bool checkpoint, paused, compress;
};
void save_start(struct domain *d, struct rpc_call *call, const struct save_options *options);
const char *save_tmp(const struct domain *d);	/* the unfinished file, or "" */
bool save_suspended(struct domain *d);	/* it has suspended itself; false: not for us */
/* It ended otherwise, or is being destroyed, for the reason `text`; the worker is gone by then. */
void save_cancel(struct domain *d, int err, const char *text);
void save_gone(struct domain *d);	/* teardown is over: the answer */

/* ask_suspend.c: has the guest suspend itself: then life.c sees that; else failed() is called, once.
 * suspend_over: it has suspended itself, or is not asked any more; no more calls. */
int suspend_ask(struct domain *d, void (*failed)(struct domain *d, int err, const char *text));
void suspend_over(struct domain *d);
void suspend_withdraw(struct domain *d);	/* it need not any more, and goes on if it does */
int suspend_go_on(struct domain *d, bool paused);	/* a suspended domain goes on, or is paused */
bool suspend_unwanted(struct domain *d);	/* it has suspended itself for nobody: it goes on */

/* restore.c: the progress of a worker, with how many bytes of @bytes there were a second. */
struct rate {
	struct timespec start;
	struct worker_out *out;
	const uint64_t *bytes;
};
void rate_begin(struct rate *r, struct worker_out *out, const uint64_t *bytes);
void rate_report(void *rate, const char *step, int percent);	/* a hv_progress_fn */

/* restore.c: a step of create.c in place of the builder. */
int restore_child(void *domain, struct worker_out *out);
void domain_progress(void *domain, const char *step, int percent);	/* emits the event */

/* suspend.c: a domain that was being resumed runs, or is given up; what an earlier xend left. */
void suspend_resumed(struct domain *d, bool runs);
void suspend_adopt(struct core *core);

/* nodes.c: what a domain has in the store. */
void nodes_write(struct store_batch *b, const struct domain *d);
void nodes_identity(struct store_batch *b, const struct domain *d);	/* it has another name and uuid */
/* The folders of a device's two ends, whose paths are these, and what all devices have in them. */
void nodes_device(struct store_batch *b, uint32_t domid, const char *back, const char *front,
	unsigned int back_state);
void nodes_remove(struct store_batch *b, const struct domain *d);

/* state.c: one small file a domain, so that a new xend knows what the old one was doing. */
enum state_status { STATE_BUILDING, STATE_RUNNING, STATE_DYING };
int state_save(const struct domain *d, enum state_status status);
void state_remove(const struct domain *d);

/* adopt.c: at start: takes up the domains of the state files. */
int adopt_all(struct core *core);

int64_t boottime_s(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_fake.h: a hypervisor and a store for xend's tests, and a client on the real socket.
 *
 * The hypervisor's state is shared memory, so that worker processes act on it too. Tests wait for
 * events, never for time; a watchdog ends a test that waits in vain. */
#ifndef TESTS_XEND_FAKE_H
#define TESTS_XEND_FAKE_H

#include "xend/domain.h"

#define FAKE_DOMAINS 16
#define FAKE_PORTS   32

struct fake_domain {
	bool used, paused, shutdown, dying, built;
	bool live;		/* what it writes is noted */
	unsigned int code, ports;
	uint32_t domid;
	uint8_t uuid[16];
	uint64_t maxmem_kib;
	unsigned int vcpus, weight, cap, trigger;
	struct cpuset hard[4], soft[4];
	bool pinned_itself;	/* affinity needs force */
};

struct fake_disk {
	bool taken, used;		/* being filled in, filled in */
	char tag[64], path[64];
	uint64_t bytes;	/* 0: never resized */
};
#define FAKE_DISKS 16

struct fake_vif {
	bool taken, used, plugged, ours;
	char tag[64], ifname[16], bridge[16], ip[64], script[64], domain[32];
	uint8_t mac[6];
	uint32_t mtu;
	enum vif_mode mode;
};
#define FAKE_VIFS 8

struct fake_qemu {
	bool used, ended;
	char tag[64], domain[32], listen[32], passwd[16], keymap[8];
	uint32_t domid;
	int display;
	bool unused;
};

struct fake_shared {
	struct fake_qemu qemu;		/* there is one at most */
	bool no_qemu, qemu_fails;	/* none is installed; it ends at once */
	struct fake_disk disks[FAKE_DISKS];
	struct fake_vif vifs[FAKE_VIFS];
	unsigned int networks_up, networks_down;	/* calls */
	unsigned int unplugs;
	bool hang_plug;			/* a hotplug script does not end */
	bool driver_silent;		/* dom0's block driver takes nothing up */
	bool driver_fails;		/* it says so */
	bool guest_holds;		/* the guest does not let go of a disk */
	struct fake_domain doms[FAKE_DOMAINS];
	uint32_t next_domid;
	unsigned int lists;		/* how often the list of domains was asked for */
	unsigned int calls;		/* of the operations that can be made to fail */
	unsigned int fail_at;		/* the number of the one that fails, 0: none */
	char failed[32];		/* its name */
	bool hang_build;		/* the builder waits until it is killed */
	unsigned int building;		/* builders that have begun */
	bool many_rounds;		/* a live save goes on and on */
	bool unsettled;			/* a disk's requests are under way */
	bool never_settles;		/* they do not end */
	unsigned int settles;		/* how often that was asked */
	bool no_live;			/* the hypervisor has no log-dirty mode */
	uint64_t free_kib, dom0_kib;
	uint32_t ratelimit_us;
	char cmdline[64];		/* of the hypervisor */
	uint64_t dom0_gives_kib;	/* domain 0 follows its target, as far as this */
};

extern struct fake_shared *fake;
extern const struct backend_ops backend_fake;

void fake_reset(void);			/* all as after a boot */

/* The hypervisor's and the guest's side. */
struct fake_domain *fake_find(uint32_t domid);
unsigned int fake_domains(void);			/* besides dom0 */
void fake_shutdown(uint32_t domid, unsigned int code);	/* and xenstored says @releaseDomain */
struct xencons_interface *fake_ring(uint32_t domid);
struct xencons_interface *fake_grant(uint32_t domid, uint32_t ref);	/* a ring that the guest granted */
void fake_guest_writes(uint32_t domid, const char *text);	/* into its console, and notifies */
void fake_guest_raise(uint32_t domid);
const char *fake_store_get(const char *path);		/* NULL: no such node */
void fake_store_set(const char *path, const char *value);
unsigned int fake_store_count(const char *prefix);
void fake_store_event(void);				/* what was set is to be noticed */
void fake_store_up(bool up);
unsigned int fake_disks(void);				/* that are open */
void fake_disk_fails(const struct be_disk_error *e);	/* the kernel says so */
unsigned int fake_vifs(void);				/* that are known; what is left of one, too */
struct fake_vif *fake_vif(const char *ifname);
unsigned int fake_watches(void);
void fake_qemu_ends(void);
void fake_guest_lets_go(void);				/* of all disks that are asked for */
unsigned int fake_mapped(void), fake_bound(void);	/* rings and ports that xend holds */

/* One daemon with its folder; the fake is reset by env_new, not by env_restart. */
struct env {
	struct event_base *base;
	struct core *core;
	char dir[64], socket[96], kernel[96], log_dir[96], images[96],
		dump_dir[96];
	unsigned int antiloop_s, dom0_min_mib, migrate_port;
	enum autoballoon autoballoon;
	bool network_now;
	struct console_options console;
};
struct env *env_new(void);
void env_free(struct env *e);
void env_restart(struct env *e, bool crash);	/* crash: as after kill -9, no good-byes */
void env_start(struct env *e);
unsigned int env_state_files(struct env *e);
void env_loop(struct env *e);			/* one turn */
/* Turns until cond is true. */
#define env_until(e, cond) do { while (!(cond)) env_loop(e); } while (0)

struct client {
	struct env *e;
	struct event *ev;
	struct evbuffer *in;
	int fd;
	bool closed;
};
struct client *client_new(struct env *e);
void client_free(struct client *c);
void client_send(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct json_object *client_line(struct client *c);	/* the next message; NULL: closed */
/* Sends a request and returns its answer. params: JSON text. */
struct json_object *client_call(struct client *c, const char *method, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int answer_code(struct json_object *answer);		/* 0: a result */
const char *answer_text(struct json_object *answer);	/* the error's message */
/* domain.create of a small domain; more: further keys of the configuration, or "". */
void client_send_create(struct client *c, const char *more);	/* of "a"; its answer is not waited for */
struct json_object *client_create(struct client *c, const char *name, const char *more);

#endif

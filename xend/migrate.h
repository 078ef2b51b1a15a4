/* SPDX-License-Identifier: GPL-2.0-only */
/* migrate.h: moving a domain to another host: what the sender (migrate.c, migrate_child.c), the receiver
 * (receive.c) and the way between them share. xend-migrate(7) has the protocol.
 *
 * Lines of JSON, and between two of them the guest. The sender says what it has; the receiver says "send"
 * when it has room; then comes the migration stream in units of xen-image(5). The receiver builds all
 * but does not start it, and says "ready"; the sender says "start"; the receiver starts it and says
 * "running". Either ends with {"error"} or by hanging up.
 *
 * Who runs the guest: the sender until it says "start", from then on the receiver, if "start" reached it.
 * A sender that said so and has no answer keeps the guest suspended and asks until it knows: the receiver
 * remembers what it started, and never starts it after it was asked. */
#ifndef XEND_MIGRATE_H
#define XEND_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

struct core;
struct domain;
struct rpc_call;
struct worker_out;

#define MIGRATE_VERSION	  1
#define MIGRATE_PORT	  8002
#define MIGRATE_TOKEN	  33	/* 32 hexadecimal digits and NUL */
#define MIGRATE_LINE_MAX  (1u << 20)

#define MIGRATE_CONNECT_S 20	/* until a host answers at all */
#define MIGRATE_ANSWER_S  120	/* for the next line: the other may have to find memory */
#define MIGRATE_STREAM_S  120	/* without a byte of the stream */

/* xend.conf: who may send to us, and how. */
struct migrate_options {
	const char *address;	/* to listen on; NULL: all */
	unsigned int port;
	const char *hosts;	/* who needs no certificate; NULL: none */
	const char *tls_dir;	/* with ca.pem, cert.pem and key.pem, if there is TLS */
	const char *tls_program;	/* NULL: the installed one */
};

/* ---- migrate_wire.c: in workers: blocking, with deadlines ------------------------------------------- */

/* Reads one line, an object. -ENODATA: hung up; -ETIMEDOUT; -EPROTO; the reason in why. */
int wire_read(int fd, int seconds, struct json_object **ret, char *why, size_t size);
int wire_write(int fd, struct json_object *o);	/* o is put */
struct json_object *wire_step(const char *step);
struct json_object *wire_error(int err, const char *text);
const char *wire_string(struct json_object *o, const char *key);	/* or "" */
/* Is it this step? -EPROTO, or the -Exxx of the other side's error. */
int wire_expect(struct json_object *o, const char *step, char *why, size_t size);
void wire_timeouts(int fd, int seconds);	/* and blocking */
void wire_keep_alive(int fd);	/* of TCP: a host that is gone is noticed within half a minute */
/* A connection to a host's xend, with TLS if we have certificates. */
int wire_connect(const struct migrate_options *opt, const char *host, unsigned int port, int *ret_fd,
	char *why, size_t size);

/* ---- migrate_pace.c: how long to go on, how fast to send ------------------------------------------- */

#define PACE_ROUNDS	  30
#define PACE_DOWNTIME_MS  300

struct pace {
	uint64_t limit;		/* bytes a second; 0: none */
	unsigned int downtime_ms;
	bool strict;		/* who wanted it wants nothing else */
	uint64_t memory_pages;
	/* of the present round, and of all */
	uint64_t begin_us, bytes, all_pages;
	uint64_t rate;		/* bytes a second, of the last round that tells something */
	uint64_t least_dirty;
	unsigned int rounds, no_better;
};
void pace_begin(struct pace *p, uint64_t now_us);	/* a round */
/* After @bytes more: how long to wait, in us. */
uint64_t pace_sent(struct pace *p, uint64_t bytes, uint64_t now_us);
/* After a round: 0: one more; 1: what is dirty can go within the downtime; -ETIMEDOUT: that will never be so
 * (only if strict). */
int pace_round(struct pace *p, uint64_t dirty, uint64_t data_pages, uint64_t now_us, char *why, size_t size);

/* ---- migrate_child.c: the sender's worker --------------------------------------------------------- */

/* Over WORKER_FD, one letter each: what the worker asks for, and the answers. */
#define ASK_SUSPEND 's'
#define ASK_COMMIT  'c'
#define SAY_YES     'y'
#define SAY_NO	    'n'

int migrate_child(void *domain, struct worker_out *out);
int migrate_ask_child(void *domain, struct worker_out *out);

enum { MIGRATE_BYTES, MIGRATE_PAGES, MIGRATE_ROUNDS, MIGRATE_TOTAL_MS, MIGRATE_DOWN_MS, MIGRATE_RATE,
	MIGRATE_DIRTY };

struct migrate_params {
	char *host;		/* for messages only, if fd >= 0 */
	unsigned int port;
	int fd;			/* connected already (ssh), or -1 */
	bool direct;		/* it is not, so that the host can be asked again */
	bool live, strict;
	unsigned int downtime_ms;
	uint64_t limit;		/* bytes a second */
};

/* ---- migrate.c: the sender -------------------------------------------------------------------------- */

struct migrate;
void migrate_start(struct domain *d, struct rpc_call *call, const struct migrate_params *p);
bool migrate_suspended(struct domain *d);	/* it has suspended itself; false: not for us */
/* It is to end, for this reason. 0, or -EBUSY: the other host may be running it. */
int migrate_stop(struct domain *d, int err, const char *text);
/* The doubt is over by the word of an administrator: it runs here. */
int migrate_force(struct domain *d);
void migrate_quiet(struct domain *d);	/* teardown began, the worker is gone */
void migrate_gone(struct domain *d);	/* teardown is over */
void migrate_free(struct domain *d);	/* at exit */
const char *migrate_token(const struct domain *d);	/* or "" */
const struct migrate_params *migrate_params(const struct domain *d);
struct json_object *migrate_save(const struct domain *d);	/* for the state file */
void migrate_load(struct domain *d, struct json_object *from);

/* ---- receive.c: the receiver ------------------------------------------------------------------------- */

struct incoming;
/* Takes the descriptor. who: for the log. */
int receive_start(struct core *core, int fd, const char *who);
void receive_free_all(struct core *core);
/* For create.c. building: the stream may come, on a descriptor that the worker reads. ready: all is there;
 * -EINPROGRESS, then create_continue(). */
void receive_building(struct domain *d);
int receive_ready(struct domain *d);
/* The old host has let go of it, and must be able to learn that we have it whatever happens to us now. */
int receive_promise(struct domain *d);
void receive_started(struct domain *d);
void receive_failed(struct domain *d, int err, const char *text);	/* no error if it is none */
/* Was it taken over here? */
bool receive_took(struct core *core, const char *token);
void receive_remember(struct core *core, const char *token);
/* On one host: the sender's half is gone, and the other gets its name. */
void receive_take_name(struct domain *gone);

/* ---- listen.c ------------------------------------------------------------------------------------------ */

struct migrate_listener;
int migrate_listen(struct core *core, struct migrate_listener **ret, char *why, size_t size);
void migrate_listener_free(struct migrate_listener *l);

#endif

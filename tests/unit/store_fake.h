/* SPDX-License-Identifier: GPL-2.0-only */
/* store_fake.h: a machine without a hypervisor for xenstored's tests: domains are pages in this
 * process, event channels are counters. */
#ifndef TESTS_UNIT_STORE_FAKE_H
#define TESTS_UNIT_STORE_FAKE_H

#include "xenstored/store.h"

#define FAKE_DOMAINS 8

struct fake_domain {
	bool exists, dying, shutdown, mapped;
	struct xenstore_domain_interface page;
	uint32_t next_req;
	unsigned int notified;
};

struct fake {
	struct fake_domain d[FAKE_DOMAINS];
	char events[256][512]; /* "domid path token" of watch events read, in order */
	unsigned int event_count;
	unsigned int asked; /* how often the hypervisor was asked for a domain's state */
};

extern const struct backend_ops fake_ops;

/* A store on the fake machine: dom0's ring is served, the others are to be introduced. state: a
 * file to keep things in, or NULL. */
struct store *fake_start(struct fake *f, const char *state);
/* The process is gone between two instructions: nothing is written, nothing said. */
void fake_kill(struct store *s);

/* One request on a domain's ring, to its end. The length of the answer, or -Exxx as answered;
 * -ETIMEDOUT: no answer came. */
int fake_call(struct store *s, struct fake *f, uint32_t domid, uint32_t type, uint32_t tx,
	      const void *body, size_t len, char *answer);
/* Request parts: put a message into the ring as far as it fits, poke the daemon, take an answer. */
size_t fake_put(struct fake *f, uint32_t domid, const void *data, size_t len);
void fake_poke(struct store *s, uint32_t domid);
int fake_take(struct fake *f, uint32_t domid, void *data, size_t len); /* bytes read */

/* Short forms, domid's view; path and value are strings. */
int fake_write(struct store *s, struct fake *f, uint32_t domid, uint32_t tx, const char *path,
	       const char *value);
int fake_path(struct store *s, struct fake *f, uint32_t domid, uint32_t type, uint32_t tx,
	      const char *path, char *answer);
int fake_perms(struct store *s, struct fake *f, const char *path, const char *perms, size_t len);
int fake_watch(struct store *s, struct fake *f, uint32_t domid, const char *path,
	       const char *token);
uint32_t fake_tx(struct store *s, struct fake *f, uint32_t domid);
int fake_introduce(struct store *s, struct fake *f, uint32_t domid);
bool fake_saw(struct store *s, struct fake *f, const char *event); /* and forgets all */

#endif

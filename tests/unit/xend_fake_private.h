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

/* f_create() and so on, for each member of struct backend_ops. */
#define FAKE_PROTOTYPE(name) BACKEND_FUNCTION(name) f_##name;
BACKEND_OPERATIONS(FAKE_PROTOTYPE)

/* xend_fake_ring.c */
void fake_rings_let_go(void);	/* mappings and ports; what is in the rings stays */
void fake_rings_reset(void);

/* xend_fake_store.c */
extern bool fake_store_is_up;
void fake_store_reset(void);
void f_store_over(evutil_socket_t fd, short what, void *arg);	/* runs what is queued */

#endif

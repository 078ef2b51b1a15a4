/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_expect.h: what tests of xend's methods share: a client for each test, and answers as they should be. */
#ifndef TESTS_XEND_EXPECT_H
#define TESTS_XEND_EXPECT_H

#include "tests/unit/xend_fake.h"

/* A test's setup and teardown: *state is a client of a daemon that has just started. */
int client_setup(void **state);
int client_teardown(void **state);
int store_setup(void **state);		/* and it has its store */
/* *state becomes a new client, after the daemon was started anew. */
void client_reconnect(void **state);

/* The answer has this code (0: a result) and its error's message these words. Both take the answer. */
void expect(struct json_object *answer, int code, const char *text);
void ok(struct json_object *answer);
/* No domain, no node, no mapping, no port, no file: nothing but dom0's nodes. */
void expect_nothing_left(struct client *c);

/* xend's; NULL: it has none. */
struct domain *first_domain(struct client *c);

/* Its guest: was it asked to suspend itself? suspends: waits for that, and does. */
bool guest_asked(struct client *c);
void guest_suspends(struct client *c);

#endif

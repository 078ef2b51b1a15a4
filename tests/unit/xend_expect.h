/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_expect.h: what tests of xend's methods share: a client for each test, and answers as they should be. */
#ifndef TESTS_XEND_EXPECT_H
#define TESTS_XEND_EXPECT_H

#include "tests/unit/xend_fake.h"

/* A test's setup and teardown: *state is a client of a daemon that has just started. */
int client_setup(void **state);
int client_teardown(void **state);

/* The answer has this code (0: a result) and its error's message these words. Both take the answer. */
void expect(struct json_object *answer, int code, const char *text);
void ok(struct json_object *answer);

#endif

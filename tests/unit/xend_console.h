/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_console.h: what the tests of consoles share: domain "a", its readers and its log. */
#ifndef TESTS_XEND_CONSOLE_H
#define TESTS_XEND_CONSOLE_H

#include "tests/unit/xend_expect.h"

/* As client_setup(), with domain "a" running. */
int console_setup(void **state);
/* A new client that is attached to a's console; more: further parameters, or "". */
struct client *console_attach(struct env *e, const char *more);
/* Waits until the reader has seen text, and takes everything up to its end. */
void console_expect(struct client *c, const char *text);
/* Waits for this text, and no more, in the guest's ring, and takes it. */
struct xencons_interface;
void console_expect_input(struct env *e, struct xencons_interface *ring, const char *text);
void console_expect_log(struct env *e, const char *text);

#endif

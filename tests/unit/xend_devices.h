/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_devices.h: what the tests of devices share: a daemon and a client that each test begins with, and
 * calls about devices of one class, which the test's file names. */
#ifndef TESTS_XEND_DEVICES_H
#define TESTS_XEND_DEVICES_H

#include "tests/unit/xend_expect.h"

extern const char device_class[];	/* the file's: "vbd" */

extern struct env *e;
extern struct client *c;
int begin(void **state);
int end(void **state);			/* nobody watches the store any more */

struct json_object *attach(const char *domain, const char *spec);
struct json_object *detach(const char *domain, const char *name, bool force);
/* The same for domain web; the answer is still to come. */
void attach_sent(struct client *by, const char *spec);
void detach_sent(struct client *by, const char *name);
/* The answer has come, and all is well; the client goes. */
void answered(struct client *by);

/* Every step of creating and destroying a domain with this configuration fails once; nothing is ever
 * left: left() counts devices. There are more than `least` steps. */
void each_step_fails(const char *config, unsigned int (*left)(void), int least);

#endif

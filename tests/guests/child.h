/* SPDX-License-Identifier: GPL-2.0-only */
/* child.h: second vcpus, and second domains that dom0's tiny guest builds from itself. */
#ifndef CHILD_H
#define CHILD_H

#include <xen/domctl.h>
#include "clock.h"

#define CHILD_PAGES 1024 /* of its address space: its image and its tables */

struct child {
	domid_t id;
	bool quiet;                    /* what it says does not matter */
	unsigned long frames;          /* in p2m[] */
	unsigned long p2m[CHILD_PAGES];
	unsigned long l4;              /* mfn */
	unsigned long shared_mfn;
};

/* A domain that is a copy of this one as it is now and will run fn() instead of going on: all
 * variables keep their values, `in_child` is true, `si` has its own start_info. What it prints and
 * checks appears in this guest's output when child_wait() returns. It is paused. At most one at a
 * time. */
bool child_create(struct child *c, void (*fn)(void));
long child_unpause(const struct child *c);
/* Until it has shut down: SHUTDOWN_*, or -1 after `seconds`. Takes over what it said. */
int child_wait(struct child *c, unsigned int seconds);
void child_destroy(struct child *c);
/* All of the above; true if the child came to its end by itself. */
bool child_run(void (*fn)(void), unsigned int seconds);
/* A variable of the child's, by its address here. */
void child_read(const struct child *c, const void *va, void *to, size_t n);
void child_write(const struct child *c, void *va, const void *from, size_t n);
/* A domctl of this version; op->domain is set. */
long domctl(unsigned int cmd, domid_t dom, struct xen_domctl *op);
/* A domain without anything but room for so many vcpus; its id is op->domain. */
long create_domain(unsigned int vcpus, struct xen_domctl *op);

/* A vcpu that will begin in entry() on that stack, with the tables below l4. */
void vcpu_context(struct vcpu_guest_context *v, void (*entry)(void), void *stack_top, unsigned long l4);
/* Starts a vcpu in fn(), with this guest's tables, on a stack of its own. fn() must not return.
 * probe() is for one vcpu at a time. */
long vcpu_start(unsigned int vcpu, void (*fn)(void));

#endif

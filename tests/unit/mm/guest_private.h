/* SPDX-License-Identifier: GPL-2.0-only */
/* guest_private.h: between guest.c and guest_mem.c. */
#ifndef TEST_MM_GUEST_PRIVATE_H
#define TEST_MM_GUEST_PRIVATE_H

#include "guest.h"
#include <hv/hypercall.h>

/* The pages of guest_build() by domain and vcpu: L4, L3, L2, two L1s, and what those map. */
#define BUILD_PAGES 12
extern mfn_t built[8][4][BUILD_PAGES];

/* Random, but likely to make sense: mostly the domain's own pages, low slots, mapped addresses. */
mfn_t page_of(struct domain *d);
mfn_t some_page(struct domain *d);
struct domain *some_domain(void);
unsigned int some_slot(void);
vaddr_t some_va(void);

/* A hypercall; issued again while it is preempted, and others act meanwhile. */
long call(hypercall_fn *fn, unsigned long arg[HYPERCALL_ARGS]);
bool mmuext(unsigned int cmd, unsigned long arg1, unsigned long arg2, unsigned int domid);

/* Acts: true if it did something. */
bool act_grant_map(struct vcpu *v);
bool act_grant_unmap(struct vcpu *v);
bool act_grant_overwrite(struct vcpu *v);
bool act_promote(struct vcpu *v);
bool act_balloon(struct vcpu *v);
bool act_dirty(struct vcpu *v);

#endif

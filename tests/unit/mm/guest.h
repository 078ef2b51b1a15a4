/* SPDX-License-Identifier: GPL-2.0-only */
/* guest.h: a guest that tries everything, in no sensible order. */
#ifndef TEST_MM_GUEST_H
#define TEST_MM_GUEST_H

#include "world.h"

/* Tables with which a vcpu can run, in the first pages of the domain; pinned and loaded. */
void guest_build(struct vcpu *v);
/* One random act of v on CPU `cpu`. */
void guest_step(unsigned int cpu, struct vcpu *v);
/* The domain's grant mappings are forgotten, as its death does. */
void guest_forget_grants(struct domain *d);
/* How many acts succeeded and failed, by kind. */
void guest_print_counts(void);

#endif

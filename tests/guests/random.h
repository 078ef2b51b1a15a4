/* SPDX-License-Identifier: GPL-2.0-only */
/* random.h: what the two halves of the random guest share. `v` is the vcpu: each has its own numbers. */
#ifndef RANDOM_H
#define RANDOM_H

#include "child.h"

#define ARENA 16 /* pages that calls play with; all else is left alone as far as possible */

extern uint8_t arena[ARENA + 1][4096]; /* and a guard */
extern unsigned long arena_mfn[ARENA], arena_pte[ARENA]; /* frames, machine addresses of their entries */
extern unsigned long dom0_mfn;                           /* a frame of dom0 */
extern domid_t child_id;                                 /* dom0's victim */

void random_seed(uint64_t seed);
void random_guard(void); /* dom0, once */
uint64_t rnd(unsigned int v);
unsigned int below(unsigned int v, unsigned int n);
uint64_t some_address(unsigned int v);
uint64_t some_value(unsigned int v);
/* Makes one hypercall. */
void one_call(unsigned int v);

#endif

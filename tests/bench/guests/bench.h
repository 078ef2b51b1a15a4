/* SPDX-License-Identifier: GPL-2.0-only */
/* bench.h: timed loops in a tiny guest (tests/guests/guest.h); each prints one line:
 *
 *   bench NAME OPERATIONS TICKS...      ticks of the TSC for each batch of that many operations */
#ifndef BENCH_H
#define BENCH_H

#include "../../guests/guest.h"

#define BATCHES 15

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* fn(n) makes n operations. False: this measure is not wanted, it did not run. */
bool bench(const char *name, void (*fn)(unsigned int n), unsigned int n);
/* "tick MUL SHIFT": how the TSC becomes nanoseconds, in pvclock's terms. */
void print_clock(void);
/* Ends the guest when a step of the preparation failed. */
void must(long rc, const char *what);

long mmuext(unsigned int cmd, unsigned long arg1);
long send_event(unsigned int port);
/* The trap table of this folder: entry points that do nothing but return. */
void fast_traps(void);
/* Events: acknowledged and returned from, without a call into C; counted. */
void fast_events(void);
extern volatile uint64_t fast_event_count;
/* Events: returned from at once, with upcalls masked; masking_event() is their entry. */
void masking_events(void);
void masking_event(void);

/* Pages for tables and mappings, in the initial mapping. */
#define BENCH_PAGES 8
extern uint8_t pages[BENCH_PAGES][PAGE_SIZE];

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* trace.h: records of what happens, in a buffer for each CPU that dom0's tools read meanwhile. Their
 * format and the events are xen/trace.h's. Any context but that of NMIs. */
#ifndef HV_TRACE_H
#define HV_TRACE_H

#include <hv/lib.h>
#include <xen/trace.h>

struct vcpu;

extern bool trace_on; /* somebody looks: asked before anything is gathered for a record */

/* trace/buffer.c: n words, at most TRACE_EXTRA_MAX, with the time if timed. */
void trace_words(uint32_t event, bool timed, const uint32_t *words, unsigned int n);

#define trace(event, ...)                                                        \
	do {                                                                     \
		if (unlikely(trace_on)) {                                        \
			const uint32_t words_[] = { __VA_ARGS__ };               \
			trace_words(event, true, words_, ARRAY_SIZE(words_));    \
		}                                                                \
	} while (0)
/* A 64-bit value is two of its words. */
#define TRACE_64(v) (uint32_t)(v), (uint32_t)((uint64_t)(v) >> 32)
#define TRACE_VCPU(v) (v)->domain->domain_id, (v)->vcpu_id

/* trace/records.c: those that take more than that; the caller has asked trace_on. */
void trace_runstate(const struct vcpu *v, int runstate);
void trace_hypercall(uint32_t event, unsigned long nr, const unsigned long arg[]);
void trace_switch(const struct vcpu *prev, const struct vcpu *next, s_time_t when, s_time_t slice);
void trace_continue(const struct vcpu *v, s_time_t when, s_time_t slice);
void trace_decrease(const struct vcpu *v, unsigned long gfn, unsigned int order);

/* trace/control.c: tbuf_size= and tevt_mask= of the command line; when the heap and all CPUs are there. */
void trace_init(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* private.h: between buffer.c, which writes records, and control.c, which says where and which. */
#ifndef TRACE_PRIVATE_H
#define TRACE_PRIVATE_H

#include <hv/trace.h>
#include <hv/cpumask.h>

/* Which events, by class and subclass, and on which CPUs. */
extern uint32_t trace_events;
extern struct cpumask trace_cpus;

/* Gives each CPU below nr_cpu_ids its buffer, the frames of which are list(cpu)'s; -ENOMEM. */
int trace_buffers_make(unsigned int pages, uint32_t *(*list)(unsigned int cpu));
/* No CPU is in a record any more, and none knows of lost ones. Caller has cleared trace_on. */
void trace_forget_lost(void);

#endif

/* SPDX-License-Identifier: MIT */
/* xenoprof_op: samples of where the machine spends its time, by the processors' event counters. One domain, the
 * primary profiler, has the counters; each domain that takes part reads its own samples. */
#ifndef XEN_XENOPROF_H
#define XEN_XENOPROF_H

#include "xen.h"

/* In brackets: which domains may. */
#define XENOPROF_init                0	/* struct xenoprof_init [any] */
#define XENOPROF_reset_active_list   1
#define XENOPROF_reset_passive_list  2
#define XENOPROF_set_active          3	/* domid_t */
#define XENOPROF_set_passive         4	/* struct xenoprof_passive */
#define XENOPROF_reserve_counters    5
#define XENOPROF_counter             6	/* struct xenoprof_counter */
#define XENOPROF_setup_events        7
#define XENOPROF_enable_virq         8	/* [any] */
#define XENOPROF_start               9
#define XENOPROF_stop               10
#define XENOPROF_disable_virq       11	/* [any] */
#define XENOPROF_release_counters   12
#define XENOPROF_shutdown           13
#define XENOPROF_get_buffer         14	/* struct xenoprof_get_buffer [any] */
#define XENOPROF_set_backtrace      15	/* uint64_t: how many callers each sample has */
#define XENOPROF_get_ibs_caps       16
#define XENOPROF_ibs_counter        17	/* struct xenoprof_ibs_counter */
#define XENOPROF_last_op            17

#define MAX_OPROF_EVENTS            32
#define MAX_OPROF_DOMAINS           25
#define XENOPROF_CPU_TYPE_SIZE      64

struct event_log {
	uint64_t eip;
	uint8_t mode;		/* 0: a program, 1: a kernel, 2: the hypervisor */
	uint8_t event;		/* the counter */
};
/* As eip: what follows is no sample; `event` says what. */
#define XENOPROF_ESCAPE_CODE	(~0ULL)
#define XENOPROF_TRACE_BEGIN	1	/* a sample, then its callers */

/* One for each vcpu, in pages shared with the domain that reads them. */
struct xenoprof_buf {
	uint32_t event_head;	/* the next to be written */
	uint32_t event_tail;	/* the next to be read */
	uint32_t event_size;	/* entries of event_log */
	uint32_t vcpu_id;
	uint64_t xen_samples;
	uint64_t kernel_samples;
	uint64_t user_samples;
	uint64_t lost_samples;	/* for want of room */
	struct event_log event_log[1];
};
typedef struct xenoprof_buf xenoprof_buf_t;
DEFINE_XEN_GUEST_HANDLE(xenoprof_buf_t);

struct xenoprof_init {
	int32_t num_events;	/* counters (out) */
	int32_t is_primary;	/* (out) */
	char cpu_type[XENOPROF_CPU_TYPE_SIZE];	/* oprofile's name (out) */
};
typedef struct xenoprof_init xenoprof_init_t;
DEFINE_XEN_GUEST_HANDLE(xenoprof_init_t);

struct xenoprof_get_buffer {
	int32_t max_samples;	/* entries of each (in) */
	int32_t nbuf;
	int32_t bufsize;	/* bytes from one to the next */
	uint64_t buf_gmaddr;	/* machine address of the first */
};
typedef struct xenoprof_get_buffer xenoprof_get_buffer_t;
DEFINE_XEN_GUEST_HANDLE(xenoprof_get_buffer_t);

struct xenoprof_counter {
	uint32_t ind;
	uint64_t count;		/* events for one sample */
	uint32_t enabled;
	uint32_t event;
	uint32_t hypervisor;
	uint32_t kernel;
	uint32_t user;
	uint64_t unit_mask;
};
typedef struct xenoprof_counter xenoprof_counter_t;
DEFINE_XEN_GUEST_HANDLE(xenoprof_counter_t);

/* A domain that takes no part itself: the caller gets its samples. */
typedef struct xenoprof_passive {
	uint16_t domain_id;
	int32_t max_samples;
	int32_t nbuf;
	int32_t bufsize;
	uint64_t buf_gmaddr;
} xenoprof_passive_t;
DEFINE_XEN_GUEST_HANDLE(xenoprof_passive_t);

/* AMD's instruction-based sampling. */
struct xenoprof_ibs_counter {
	uint64_t op_enabled;
	uint64_t fetch_enabled;
	uint64_t max_cnt_fetch;
	uint64_t max_cnt_op;
	uint64_t rand_en;
	uint64_t dispatched_ops;
};
typedef struct xenoprof_ibs_counter xenoprof_ibs_counter_t;
DEFINE_XEN_GUEST_HANDLE(xenoprof_ibs_counter_t);

#endif

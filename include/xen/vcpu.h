/* SPDX-License-Identifier: MIT */
/* vcpu_op(cmd, vcpu, arg): life and timers of the caller's virtual cpus. */
#ifndef XEN_VCPU_H
#define XEN_VCPU_H

#include "xen.h"

/* initialise takes a vcpu_guest_context and leaves the vcpu down; is_up returns 0 or 1. */
#define VCPUOP_initialise		0
#define VCPUOP_up			1
#define VCPUOP_down			2
#define VCPUOP_is_up			3
#define VCPUOP_get_runstate_info	4
#define XEN_RUNSTATE_UPDATE		(1ULL << 63)

/* ns spent in each state; @state_entry_time carries UPDATE during writes (a vm_assist). */
struct vcpu_runstate_info {
	int state;
	uint64_t state_entry_time;
	uint64_t time[4];
};
typedef struct vcpu_runstate_info vcpu_runstate_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_runstate_info_t);

#define RUNSTATE_running			0
#define RUNSTATE_runnable			1
#define RUNSTATE_blocked			2
#define RUNSTATE_offline			3

/* Virtual address Xen keeps the runstate at; null @addr stops it. */
#define VCPUOP_register_runstate_memory_area	5

struct vcpu_register_runstate_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_runstate_info_t) h;
		struct vcpu_runstate_info *v;
		uint64_t p;
	} addr;
};
typedef struct vcpu_register_runstate_memory_area vcpu_register_runstate_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_runstate_memory_area_t);

/* Ticks on VIRQ_TIMER. */
#define VCPUOP_set_periodic_timer	6
#define VCPUOP_stop_periodic_timer	7

struct vcpu_set_periodic_timer {
	uint64_t period_ns;
};
typedef struct vcpu_set_periodic_timer vcpu_set_periodic_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_periodic_timer_t);

/* One VIRQ_TIMER at a system time; _future: -ETIME when it has passed. */
#define VCPUOP_set_singleshot_timer	8
#define VCPUOP_stop_singleshot_timer	9

struct vcpu_set_singleshot_timer {
	uint64_t timeout_abs_ns;
	uint32_t flags;
};
typedef struct vcpu_set_singleshot_timer vcpu_set_singleshot_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_singleshot_timer_t);

#define VCPU_SSHOTTMR_future		(1U << 0)

/* Move the vcpu_info out of shared_info, once. */
#define VCPUOP_register_vcpu_info	10

struct vcpu_register_vcpu_info {
	uint64_t mfn;
	uint32_t offset;
	uint32_t rsvd;
};
typedef struct vcpu_register_vcpu_info vcpu_register_vcpu_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_vcpu_info_t);

#define VCPUOP_send_nmi		11

/* ACPI id in the high half, APIC id in the low half; pinned dom0 vcpus only. */
#define VCPUOP_get_physid	12

struct vcpu_get_physid {
	uint64_t phys_id;
};
typedef struct vcpu_get_physid vcpu_get_physid_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_get_physid_t);

/* A second copy of the time record. */
#define VCPUOP_register_vcpu_time_memory_area	13
DEFINE_XEN_GUEST_HANDLE(vcpu_time_info_t);

struct vcpu_register_time_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_time_info_t) h;
		struct vcpu_time_info *v;
		uint64_t p;
	} addr;
};
typedef struct vcpu_register_time_memory_area vcpu_register_time_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_time_memory_area_t);

#define xen_vcpu_physid_to_x86_apicid(physid)	((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid)	((uint32_t)((physid) >> 32))

_Static_assert(sizeof(struct vcpu_runstate_info) == 48, "ABI");
_Static_assert(sizeof(struct vcpu_register_vcpu_info) == 16, "ABI");

#endif /* XEN_VCPU_H */

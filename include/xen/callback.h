/* SPDX-License-Identifier: MIT */
/* callback_op: where Xen enters a PV guest. */
#ifndef XEN_CALLBACK_H
#define XEN_CALLBACK_H

#include "xen.h"

/* Type of callback. */
#define CALLBACKTYPE_event			0
#define CALLBACKTYPE_failsafe			1
#define CALLBACKTYPE_syscall			2
#define CALLBACKTYPE_sysenter_deprecated	3
#define CALLBACKTYPE_nmi			4
#define CALLBACKTYPE_sysenter			5
#define CALLBACKTYPE_syscall32			7

/* Set evtchn_upcall_mask on entry. */
#define CALLBACKF_mask_events			(1U << 0)
#define CALLBACKOP_register			0

struct callback_register {
	uint16_t type;
	uint16_t flags;
	xen_callback_t address;
};
typedef struct callback_register callback_register_t;
DEFINE_XEN_GUEST_HANDLE(callback_register_t);

#define CALLBACKOP_unregister	1

struct callback_unregister {
	uint16_t type;
	uint16_t _unused;
};
typedef struct callback_unregister callback_unregister_t;
DEFINE_XEN_GUEST_HANDLE(callback_unregister_t);

_Static_assert(sizeof(struct callback_register) == 16, "ABI");

#endif /* XEN_CALLBACK_H */

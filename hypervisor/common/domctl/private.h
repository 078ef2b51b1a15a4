/* SPDX-License-Identifier: GPL-2.0-only */
/* private.h: the rows of the domctl table and what the files of domctl/ share. */
#ifndef DOMCTL_PRIVATE_H
#define DOMCTL_PRIVATE_H

#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/target.h>
#include <xen/domctl.h>

/* What the domid in the call names. */
enum domctl_target {
	TARGET_DOMAIN,     /* a domain, -ESRCH without */
	TARGET_NEXT,       /* that domain or the next higher one; -EINVAL for pseudo ids */
	TARGET_NONE,       /* handler gets NULL */
};

#define DC_NOT_SELF 1 /* -EINVAL on the caller's own domain */
#define DC_COPYBACK 2 /* on success the structure goes back to the caller */
#define DC_UNLOCKED 4 /* takes long: without the domctl lock */

typedef long domctl_fn(struct domain *d, struct xen_domctl *op);

struct domctl_row {
	const char *name;
	domctl_fn *fn;
	uint8_t target;
	uint8_t flags;
};

/* life.c */
domctl_fn domctl_createdomain, domctl_destroydomain, domctl_pausedomain, domctl_unpausedomain,
	domctl_resumedomain, domctl_getdomaininfo;
/* guest.c */
domctl_fn domctl_setdebugging, domctl_set_target, domctl_set_access_required, domctl_monitor_op,
	domctl_vm_event_op, domctl_soft_reset;
/* ../memory/vnuma.c */
domctl_fn domctl_setvnumainfo;
/* config.c */
domctl_fn domctl_max_mem, domctl_max_vcpus, domctl_setdomainhandle, domctl_settimeoffset,
	domctl_subscribe, domctl_set_virq_handler, domctl_setnodeaffinity, domctl_getnodeaffinity,
	domctl_scheduler_op;
/* vcpu.c */
domctl_fn domctl_setvcpucontext, domctl_getvcpucontext, domctl_getvcpuinfo,
	domctl_setvcpuaffinity, domctl_getvcpuaffinity;

#endif

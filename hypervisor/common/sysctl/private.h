/* SPDX-License-Identifier: GPL-2.0-only */
/* private.h: the rows of the sysctl table. */
#ifndef SYSCTL_PRIVATE_H
#define SYSCTL_PRIVATE_H

#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <xen/sysctl.h>

typedef long sysctl_fn(struct xen_sysctl *op);

/* info.c: the machine */
sysctl_fn sysctl_physinfo, sysctl_numainfo, sysctl_cputopoinfo, sysctl_pcitopoinfo,
	sysctl_availheap, sysctl_getcpuinfo;
/* pools.c: the scheduler, pools of CPUs, and CPUs */
sysctl_fn sysctl_sched_id, sysctl_scheduler_op, sysctl_cpupool_op, sysctl_cpu_hotplug;
/* power.c */
sysctl_fn sysctl_get_pmstat, sysctl_pm_op;
/* page_offline.c */
sysctl_fn sysctl_page_offline_op;
/* ../trace/control.c */
sysctl_fn sysctl_tbuf_op;
/* refused.c */
sysctl_fn sysctl_coverage_op, sysctl_psr, sysctl_livepatch_op;

#endif

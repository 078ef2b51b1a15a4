/* SPDX-License-Identifier: GPL-2.0-only */
/* power.c: sysctls on what CPUs do when idle, and on taking memory out of use. Caller holds the sysctl
 * lock.
 *
 * CPUs run at what speed the firmware chose, and idle ones halt (C1): these are the answers of 4.17
 * whose dom0 has told it nothing about deeper states. */
#include "private.h"
#include <hv/page.h>

#define NR_CSTATES 2 /* C0: runs; C1: halts */

static uint32_t sched_smt_saves_power, max_cstate = 1, max_csubstate = XEN_SYSCTL_CX_UNLIMITED;

static bool cpu_is_online(uint32_t cpu)
{
	return cpu < nr_cpu_ids && cpumask_test(cpu, &cpu_online_map);
}

/* How often a state was entered is not counted. */
static long get_cxstat(uint32_t cpu, struct pm_cx_stat *cx)
{
	uint64_t idle = cpu_idle_time(cpu), residency[NR_CSTATES] = { now() - idle, idle };
	const uint64_t entered[NR_CSTATES] = { 1, 1 };
	uint32_t n = min(cx->nr, (uint32_t)NR_CSTATES);

	cx->nr = NR_CSTATES;
	cx->last = 0;
	cx->idle_time = idle;
	cx->nr_pc = cx->nr_cc = 0;
	if (n && (copy_to_guest(cx->triggers, entered, n) || copy_to_guest(cx->residencies, residency, n)))
		return -EFAULT;
	return 0;
}

long sysctl_get_pmstat(struct xen_sysctl *op)
{
	struct xen_sysctl_get_pmstat *p = &op->u.get_pmstat;

	if (!cpu_is_online(p->cpuid))
		return -EINVAL;
	switch (p->type) {
	case PMSTAT_get_max_cx:
		p->u.getcx.nr = NR_CSTATES;
		return 0;
	case PMSTAT_get_cxstat:
		return get_cxstat(p->cpuid, &p->u.getcx);
	case PMSTAT_reset_cxstat:
		return 0;
	default:
		return (p->type & PMSTAT_CATEGORY_MASK) == PMSTAT_CX ? -ENOSYS : -ENODEV;
	}
}

static uint32_t swap_u32(uint32_t *what, uint32_t value)
{
	uint32_t old = *what;

	*what = value;
	return old;
}

/* The limit on C states (cpuid 0) or on their sub-states (1). */
static uint32_t *cstate_limit(uint32_t cpuid)
{
	return cpuid == 0 ? &max_cstate : cpuid == 1 ? &max_csubstate : NULL;
}

long sysctl_pm_op(struct xen_sysctl *op)
{
	struct xen_sysctl_pm_op *p = &op->u.pm_op;
	uint32_t *limit = cstate_limit(p->cpuid);

	if (!cpu_is_online(p->cpuid))
		return -EINVAL;
	if ((p->cmd & PM_PARA_CATEGORY_MASK) == CPUFREQ_PARA)
		return -EINVAL; /* nothing is known of this CPU's frequencies */
	switch (p->cmd) {
	case XEN_SYSCTL_pm_op_set_sched_opt_smt:
		p->u.set_sched_opt_smt = swap_u32(&sched_smt_saves_power, !!p->u.set_sched_opt_smt);
		return 0;
	case XEN_SYSCTL_pm_op_get_max_cstate:
		if (!limit)
			return -EINVAL;
		p->u.get_max_cstate = *limit;
		return 0;
	case XEN_SYSCTL_pm_op_set_max_cstate:
		if (!limit)
			return -EINVAL;
		*limit = p->u.set_max_cstate;
		return 0;
	case XEN_SYSCTL_pm_op_enable_turbo:
	case XEN_SYSCTL_pm_op_disable_turbo:
		return -EACCES;
	default:
		return -ENOSYS;
	}
}

/* All memory stays in use: each page answers as the hypervisor's own do. */
static int page_status(uint32_t cmd, uint64_t mfn, uint32_t *ret_status)
{
	*ret_status = PG_OFFLINE_INVALID;
	if (!mfn_valid(mk_mfn(mfn)) || !arch_mfn_is_ram(mk_mfn(mfn)))
		return -EINVAL;
	*ret_status = 0;
	switch (cmd) {
	case sysctl_page_offline:
		*ret_status = PG_OFFLINE_XENPAGE | PG_OFFLINE_FAILED |
			DOMID_XEN << PG_OFFLINE_OWNER_SHIFT;
		return -EPERM;
	case sysctl_page_online:
		return 0;
	case sysctl_query_page_offline:
		return 0;
	default:
		return -EINVAL;
	}
}

/* The status of each page goes to the caller, up to and with the first that failed. */
long sysctl_page_offline_op(struct xen_sysctl *op)
{
	const struct xen_sysctl_page_offline_op *p = &op->u.page_offline;
	uint64_t mfn;
	uint32_t status;
	int rc = 0;

	for (mfn = p->start; mfn <= p->end && !rc; mfn++) {
		rc = page_status(p->cmd, mfn, &status);
		if (copy_to_guest_offset(p->status, mfn - p->start, &status, 1))
			return -EFAULT;
	}
	return rc;
}

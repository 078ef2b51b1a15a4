/* SPDX-License-Identifier: GPL-2.0-only */
/* power.c: sysctls on what CPUs do when idle. Caller holds the sysctl lock.
 *
 * CPUs run at what speed the firmware chose, and idle ones halt (C1): these are the answers of 4.17
 * whose dom0 has told it nothing about deeper states. */
#include "private.h"

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

/* SPDX-License-Identifier: GPL-2.0-only */
/* control_sysctl.c: sysctl and xsm_op, from dom0. */
#include <xen/sysctl.h>
#include "control.h"

static struct xen_sysctl s;
static uint8_t bytes[4096];

static long sysctl(unsigned int cmd)
{
	s.cmd = cmd;
	s.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return hypercall1(__HYPERVISOR_sysctl, &s);
}

static void check_sysctl(void)
{
	static const struct { uint8_t cmd; int8_t byte; int16_t want; const char *what; } rows[] = {
		{ 0, 0, -ENOSYS, "no such sysctl" },
		{ XEN_SYSCTL_perfc_op, 0, -ENOSYS, "perfc_op" },
		{ XEN_SYSCTL_get_pmstat, 0, -ENODEV, "get_pmstat: no such kind" },
		{ XEN_SYSCTL_get_pmstat, -1, -EINVAL, "get_pmstat: no such CPU" },
		{ XEN_SYSCTL_pm_op, 0, -ENOSYS, "pm_op: no such operation" },
		{ XEN_SYSCTL_pm_op, -1, -EINVAL, "pm_op: no such CPU" },
		{ XEN_SYSCTL_page_offline_op, 0, -EFAULT, "page_offline_op: bad pointer" },
		{ XEN_SYSCTL_lockprof_op, 0, -ENOSYS, "lockprof_op" },
		{ XEN_SYSCTL_coverage_op, 0, -EOPNOTSUPP, "coverage_op" },
		{ XEN_SYSCTL_psr_cmt_op, 0, -ENODEV, "psr_cmt_op" },
		{ XEN_SYSCTL_psr_alloc, 0, -ENODEV, "psr_alloc" },
		{ XEN_SYSCTL_livepatch_op, 0, -EINVAL, "livepatch_op: no name" },
		{ XEN_SYSCTL_livepatch_op, -1, -EINVAL, "livepatch_op: padding" },
		{ XEN_SYSCTL_pcitopoinfo, 0, -EINVAL, "pcitopoinfo without lists" },
		{ XEN_SYSCTL_readconsole, -1, -EFAULT, "readconsole: bad pointer" },
		{ 30, 0, -ENOSYS, "beyond the last" },
		{ 99, 0, -ENOSYS, "far beyond" },
	};
	unsigned int i;

	check_eq(hypercall1(__HYPERVISOR_sysctl, HYPERVISORS_OWN), -EFAULT, "sysctl: bad pointer");
	memset(&s, 0, sizeof(s));
	check_eq(hypercall1(__HYPERVISOR_sysctl, &s), -EACCES, "sysctl: another version");
	for (i = 0; i < SIZE(rows); i++) {
		memset(&s, rows[i].byte, sizeof(s));
		check_eq(sysctl(rows[i].cmd), rows[i].want, rows[i].what);
	}
	check_eq(hypercall1(__HYPERVISOR_xsm_op, bytes), -ENOSYS, "xsm_op: the dummy policy");
}

/* C states are the CPU's halt; frequencies are not ours. */
static void check_power(void)
{
	memset(&s, 0, sizeof(s));
	s.u.get_pmstat.type = PMSTAT_get_max_cx;
	check_eq(sysctl(XEN_SYSCTL_get_pmstat), 0, "get_max_cx");
	check_eq(s.u.get_pmstat.u.getcx.nr, 2, "C0 and C1");
	s.u.get_pmstat.type = PMSTAT_get_max_px;
	check_eq(sysctl(XEN_SYSCTL_get_pmstat), -ENODEV, "get_max_px");
	memset(&s, 0, sizeof(s));
	s.u.pm_op.cmd = XEN_SYSCTL_pm_op_enable_turbo;
	check_eq(sysctl(XEN_SYSCTL_pm_op), -EACCES, "enable_turbo");
	s.u.pm_op.cmd = XEN_SYSCTL_pm_op_set_sched_opt_smt;
	check_eq(sysctl(XEN_SYSCTL_pm_op), 0, "set_sched_opt_smt");
	s.u.pm_op.cmd = XEN_SYSCTL_pm_op_get_max_cstate;
	check_eq(sysctl(XEN_SYSCTL_pm_op), 0, "get_max_cstate");
	s.u.pm_op.cmd = GET_CPUFREQ_PARA;
	check_eq(sysctl(XEN_SYSCTL_pm_op), -EINVAL, "cpufreq parameters");
}

/* No patch is ever taken, but what is none is told so. */
static long upload(const char *name, unsigned int size, const void *patch, uint64_t length)
{
	memset(&s, 0, sizeof(s));
	s.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_UPLOAD;
	set_xen_guest_handle(s.u.livepatch.u.upload.name.name, (char *)name);
	s.u.livepatch.u.upload.name.size = size;
	s.u.livepatch.u.upload.size = length;
	set_xen_guest_handle(s.u.livepatch.u.upload.payload, (uint8_t *)patch);
	return sysctl(XEN_SYSCTL_livepatch_op);
}

static long ask(const char *name, unsigned int size)
{
	memset(&s, 0, sizeof(s));
	s.u.livepatch.cmd = XEN_SYSCTL_LIVEPATCH_GET;
	set_xen_guest_handle(s.u.livepatch.u.get.name.name, (char *)name);
	s.u.livepatch.u.get.name.size = size;
	return sysctl(XEN_SYSCTL_livepatch_op);
}

static void check_livepatch(void)
{
	check_eq(upload("x", 2, bytes, 0), -EINVAL, "a patch of no bytes");
	check_eq(upload("x", 2, bytes, (2 << 20) + 1), -EINVAL, "one that is too large");
	check_eq(upload("x", 2, (void *)HYPERVISORS_OWN, 64), -EFAULT, "one out of the hypervisor");
	check_eq(upload("x", 2, NULL, 64), -EFAULT, "one that cannot be read");
	check_eq(upload("x", 2, bytes, sizeof(bytes)), -EINVAL, "one that is no ELF file");
	check_eq(upload("x", 2, bytes, 3), -EINVAL, "one of three bytes");
	check_eq(upload("x", 1, bytes, sizeof(bytes)), -EINVAL, "a name without an end");
	check_eq(upload((char *)HYPERVISORS_OWN, 2, bytes, sizeof(bytes)), -EINVAL, "a name that cannot be read");
	check_eq(ask("x", 2), -ENOENT, "no patch of that name");
	check_eq(ask("x", 1), -EINVAL, "a name without an end");
	check_eq(ask("x", 129), -EINVAL, "a long name");
	check_eq(ask((char *)HYPERVISORS_OWN, 2), -EFAULT, "a name that cannot be read");
}

void check_sysctls(void)
{
	check_sysctl();
	check_power();
	check_livepatch();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* mca.c: dom0's hypercall about machine checks: records of errors, CPUs, errors to try that. No locks. */
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <asm/x86.h>
#include "mca.h"

static long mca_notify(struct xen_mc *op, bool *copyback)
{
	return -EINVAL; /* 4.17 does not either */
}

static long mca_physcpuinfo(struct xen_mc *op, bool *copyback)
{
	struct xen_mc_physcpuinfo *p = &op->u.mc_physcpuinfo;
	unsigned int cpu, n = 0, most = cpumask_weight(&cpu_online_map);
	xen_mc_logical_cpu_t c;

	*copyback = true;
	if (guest_handle_is_null(p->info)) {
		p->ncpus = most;
		return 0;
	}
	if (!p->ncpus)
		return -EINVAL;
	if (p->ncpus > INT32_MAX)
		return -ENOMEM;
	most = min(most, p->ncpus);
	for_each_online_cpu(cpu) {
		if (n == most)
			break;
		mca_describe_cpu(cpu, &c);
		if (copy_to_guest_offset(p->info, n, &c, 1))
			return -EFAULT;
		n++;
	}
	p->ncpus = most;
	return 0;
}

static long (*const mca_rows[])(struct xen_mc *op, bool *copyback) = {
	[XEN_MC_fetch] = mca_fetch,
	[XEN_MC_notifydomain] = mca_notify,
	[XEN_MC_physcpuinfo] = mca_physcpuinfo,
	[XEN_MC_msrinject] = mca_msrinject,
	[XEN_MC_mceinject] = mca_mceinject,
	[XEN_MC_inject_v2] = mca_inject_v2,
};

/* arg: operation. Only dom0 comes here. */
long do_mca(unsigned long arg[HYPERCALL_ARGS])
{
	struct xen_mc op;
	bool copyback = false;
	long rc;

	if (copy_from_guest_raw(&op, (const void *)arg[0], sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_MCA_INTERFACE_VERSION)
		return -EACCES;
	if (op.cmd >= ARRAY_SIZE(mca_rows) || !mca_rows[op.cmd])
		return -EINVAL;
	rc = mca_rows[op.cmd](&op, &copyback);
	if (!rc && copyback && copy_to_guest_raw((void *)arg[0], &op, sizeof(op)))
		return -EFAULT;
	return rc;
}

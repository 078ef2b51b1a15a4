/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl.c: control of a domain by the tools: one row for each operation; what is not here is the
 * arch's. Only dom0 may.
 *
 * Locks: domctl_lock (LOCK_DOMCTL): one at a time. Who does not get it issues the call again, so
 *        that its CPU can do other work meanwhile. */
#include "private.h"
#include <hv/arch.h>
#include <hv/hypercall.h>

static DEFINE_SPINLOCK(domctl_lock, LOCK_DOMCTL);

#define SOFT_RESET_CONT 23 /* how 4.17 goes on with one */
#define ROW(op, what, how) [XEN_DOMCTL_##op] = { #op, domctl_##op, what, how }

static const struct domctl_row domctl_rows[] = {
	ROW(createdomain, TARGET_NONE, DC_COPYBACK),
	ROW(destroydomain, TARGET_DOMAIN, DC_NOT_SELF | DC_UNLOCKED),
	ROW(pausedomain, TARGET_DOMAIN, DC_NOT_SELF),
	ROW(unpausedomain, TARGET_DOMAIN, 0),
	ROW(resumedomain, TARGET_DOMAIN, DC_NOT_SELF),
	ROW(getdomaininfo, TARGET_NEXT, DC_COPYBACK),
	ROW(max_mem, TARGET_DOMAIN, 0),
	ROW(max_vcpus, TARGET_DOMAIN, DC_NOT_SELF),
	ROW(setdomainhandle, TARGET_DOMAIN, 0),
	ROW(settimeoffset, TARGET_DOMAIN, 0),
	ROW(subscribe, TARGET_DOMAIN, 0),
	ROW(set_virq_handler, TARGET_DOMAIN, 0),
	ROW(setnodeaffinity, TARGET_DOMAIN, 0),
	ROW(getnodeaffinity, TARGET_DOMAIN, DC_COPYBACK),
	ROW(scheduler_op, TARGET_DOMAIN, DC_COPYBACK),
	ROW(setvcpucontext, TARGET_DOMAIN, DC_NOT_SELF),
	ROW(getvcpucontext, TARGET_DOMAIN, DC_COPYBACK),
	ROW(getvcpuinfo, TARGET_DOMAIN, DC_COPYBACK),
	ROW(setvcpuaffinity, TARGET_DOMAIN, DC_COPYBACK),
	ROW(getvcpuaffinity, TARGET_DOMAIN, DC_COPYBACK),
	ROW(setdebugging, TARGET_DOMAIN, DC_NOT_SELF),
	ROW(set_target, TARGET_DOMAIN, 0),
	ROW(set_access_required, TARGET_DOMAIN, 0),
	ROW(monitor_op, TARGET_DOMAIN, 0),
	ROW(vm_event_op, TARGET_DOMAIN, 0),
	ROW(setvnumainfo, TARGET_DOMAIN, 0),
	ROW(soft_reset, TARGET_DOMAIN, DC_NOT_SELF),
	[SOFT_RESET_CONT] = { "soft_reset_cont", domctl_soft_reset, TARGET_DOMAIN, DC_NOT_SELF },
};

static const struct domctl_row arch_row = { "arch", NULL, TARGET_DOMAIN, 0 };

static const struct domctl_row *find_row(uint32_t cmd)
{
	if (cmd < ARRAY_SIZE(domctl_rows) && domctl_rows[cmd].fn)
		return &domctl_rows[cmd];
	return &arch_row;
}

/* Devices may belong to the pseudo domain for what is no domain's. */
static struct domain *find_device_owner(uint32_t cmd, domid_t domid)
{
	if (domid != DOMID_IO)
		return NULL;
	if (cmd != XEN_DOMCTL_assign_device && cmd != XEN_DOMCTL_deassign_device)
		return NULL;
	domain_get(dom_io);
	return dom_io;
}

/* Target of a call, referenced. DOMID_SELF and most other pseudo ids name no domain here. */
static int find_target(const struct domctl_row *row, const struct xen_domctl *op,
	struct domain **ret_d)
{
	struct domain *d;

	if (op->domain < DOMID_FIRST_RESERVED)
		d = row->target == TARGET_NEXT ? domain_get_next(op->domain) :
			domain_get_by_id(op->domain);
	else if (row->target == TARGET_NEXT)
		return -EINVAL;
	else
		d = find_device_owner(op->cmd, op->domain);
	if (!d)
		return -ESRCH;
	*ret_d = d;
	return 0;
}

static long run_row(const struct domctl_row *row, struct domain *d, struct xen_domctl *op,
	bool *copyback)
{
	long rc;

	if ((row->flags & DC_NOT_SELF) && d == current->domain)
		return -EINVAL;
	if (!(row->flags & DC_UNLOCKED) && !spin_trylock(&domctl_lock))
		return -ERESTART;
	if (row->fn) {
		rc = row->fn(d, op);
		*copyback = !rc && (row->flags & DC_COPYBACK);
	} else {
		rc = arch_domctl(d, op, copyback);
	}
	if (!(row->flags & DC_UNLOCKED))
		spin_unlock(&domctl_lock);
	return rc;
}

/* 4.17 looks at these arguments before it asks who calls; so do the functions. */
static bool judges_itself(uint32_t cmd)
{
	static const uint8_t cmds[] = { XEN_DOMCTL_irq_permission, XEN_DOMCTL_iomem_permission,
		XEN_DOMCTL_ioport_permission, XEN_DOMCTL_bind_pt_irq, XEN_DOMCTL_memory_mapping,
		XEN_DOMCTL_ioport_mapping, XEN_DOMCTL_set_target, XEN_DOMCTL_unbind_pt_irq,
		XEN_DOMCTL_get_device_group };

	for (unsigned int i = 0; i < ARRAY_SIZE(cmds); i++)
		if (cmds[i] == cmd)
			return true;
	return false;
}

long do_domctl(unsigned long arg[])
{
	const struct domctl_row *row;
	struct domain *d = NULL;
	struct xen_domctl op;
	bool copyback = false;
	long rc;

	if (copy_from_guest_raw(&op, (const void *)arg[0], sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -EACCES;
	row = find_row(op.cmd);
	if (row->target != TARGET_NONE) {
		rc = find_target(row, &op, &d);
		if (rc)
			return rc;
	}
	rc = current->domain->is_privileged || judges_itself(op.cmd) ? run_row(row, d, &op, &copyback) : -EPERM;
	if (d)
		domain_put(d);
	if (copyback && copy_to_guest_raw((void *)arg[0], &op, sizeof(op)))
		rc = -EFAULT;
	return rc;
}

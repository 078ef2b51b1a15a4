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

static long domctl_unsupported(struct domain *d, struct xen_domctl *op)
{
	return -EOPNOTSUPP;
}

#define ROW(op, what, how) [XEN_DOMCTL_##op] = { #op, domctl_##op, what, how }
#define UNSUPPORTED(op)    [XEN_DOMCTL_##op] = { #op, domctl_unsupported, TARGET_DOMAIN, 0 }

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
	UNSUPPORTED(setdebugging),
	UNSUPPORTED(setvnumainfo),
	UNSUPPORTED(debug_op),
	UNSUPPORTED(vm_event_op),
	UNSUPPORTED(mem_sharing_op),
	UNSUPPORTED(monitor_op),
	UNSUPPORTED(psr_cmt_op),
	UNSUPPORTED(psr_alloc),
	UNSUPPORTED(vuart_op),
};

static const struct domctl_row arch_row = { "arch", NULL, TARGET_DOMAIN, 0 };

static const struct domctl_row *find_row(uint32_t cmd)
{
	if (cmd < ARRAY_SIZE(domctl_rows) && domctl_rows[cmd].fn)
		return &domctl_rows[cmd];
	return &arch_row;
}

/* Referenced target of a call, or NULL. DOMID_SELF and the other pseudo ids name no domain here. */
static struct domain *find_target(const struct domctl_row *row, domid_t domid)
{
	struct domain *d;

	if (domid >= DOMID_FIRST_RESERVED)
		return NULL;
	d = row->target == TARGET_NEXT ? domain_get_next(domid) : domain_get_by_id(domid);
	if (d && d->domain_id >= DOMID_FIRST_RESERVED) {
		domain_put(d);
		d = NULL;
	}
	return d;
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
		d = find_target(row, op.domain);
		if (!d)
			return -ESRCH;
	}
	rc = current->domain->is_privileged ? run_row(row, d, &op, &copyback) : -EPERM;
	if (d)
		domain_put(d);
	if (copyback && copy_to_guest_raw((void *)arg[0], &op, sizeof(op)))
		rc = -EFAULT;
	return rc;
}

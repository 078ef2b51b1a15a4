/* SPDX-License-Identifier: GPL-2.0-only */
/* guest.c: domctls about a domain's debugger, device model and monitors. Caller holds the
 * domctl lock. */
#include "private.h"

long domctl_setdebugging(struct domain *d, struct xen_domctl *op)
{
	domain_pause(d);
	d->debugger_attached = op->u.setdebugging.enable;
	domain_unpause(d);
	return 0;
}

/* Only hardware-assisted guests have a device model. */
long domctl_set_target(struct domain *d, struct xen_domctl *op)
{
	struct domain *target = domain_get_by_id(op->u.set_target.target);

	if (!target)
		return -ESRCH;
	domain_put(target);
	return target == d ? -EINVAL : -EOPNOTSUPP;
}

/* Of no consequence to a guest whose pages have no access rights but its own tables'. */
long domctl_set_access_required(struct domain *d, struct xen_domctl *op)
{
	return d == current->domain ? -EPERM : 0;
}

/* A monitor needs hardware-assisted paging. */
long domctl_monitor_op(struct domain *d, struct xen_domctl *op)
{
	return d == current->domain ? -EPERM : -EOPNOTSUPP;
}

long domctl_vm_event_op(struct domain *d, struct xen_domctl *op)
{
	return d == current->domain ? -EINVAL : -ENOSYS;
}

/* A paravirtual guest keeps what its kernel set up: it cannot start over. */
long domctl_soft_reset(struct domain *d, struct xen_domctl *op)
{
	return -EINVAL;
}

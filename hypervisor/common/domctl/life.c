/* SPDX-License-Identifier: GPL-2.0-only */
/* life.c: domctls that make, stop, start and end domains. Caller holds the domctl lock (not for
 * destroydomain). */
#include "private.h"

/* Everything but the domid that a call asks for and this hypervisor has not got: -EINVAL. */
static int check_config(const struct xen_domctl_createdomain *c)
{
	/* Hardware-assisted guests, IOMMUs and PMUs are not there to be had. */
	if (c->flags & ~(XEN_DOMCTL_CDF_s3_integrity | XEN_DOMCTL_CDF_xs_domain))
		return -EINVAL;
	if (c->iommu_opts || c->vmtrace_size)
		return -EINVAL;
	if (c->max_vcpus < 1 || c->max_vcpus > MAX_VIRT_CPUS)
		return -EINVAL;
	if (c->grant_opts & ~XEN_DOMCTL_GRANT_version_mask)
		return -EINVAL;
	return 0;
}

/* The id asked for if it is free, or, for 0, any. */
static int choose_domid(domid_t wanted, domid_t *ret_domid)
{
	struct domain *d;
	int rc;

	if (wanted == 0 || wanted >= DOMID_FIRST_RESERVED) {
		rc = domid_alloc(ret_domid);
		return rc == -ENOSPC ? -ENOMEM : rc;
	}
	d = domain_get_by_id(wanted);
	if (d) {
		domain_put(d);
		return -EEXIST;
	}
	*ret_domid = wanted;
	return 0;
}

long domctl_createdomain(struct domain *unused, struct xen_domctl *op)
{
	struct xen_domctl_createdomain *c = &op->u.createdomain;
	struct domain *d;
	domid_t domid;
	long rc;

	rc = choose_domid(op->domain, &domid);
	if (!rc)
		rc = check_config(c);
	if (!rc)
		rc = domain_create(domid, c, false, &d);
	if (!rc)
		op->domain = domid;
	return rc;
}

long domctl_destroydomain(struct domain *d, struct xen_domctl *op)
{
	return domain_kill(d);
}

long domctl_pausedomain(struct domain *d, struct xen_domctl *op)
{
	return domain_pause_by_toolstack(d);
}

long domctl_unpausedomain(struct domain *d, struct xen_domctl *op)
{
	return domain_unpause_by_toolstack(d);
}

long domctl_resumedomain(struct domain *d, struct xen_domctl *op)
{
	domain_resume(d);
	return 0;
}

long domctl_getdomaininfo(struct domain *d, struct xen_domctl *op)
{
	getdomaininfo(d, &op->u.getdomaininfo);
	op->domain = d->domain_id;
	return 0;
}

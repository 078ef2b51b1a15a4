/* SPDX-License-Identifier: GPL-2.0-only */
/* refused.c: sysctls for what this hypervisor has not got, answered as by a 4.17 without it. Caller
 * holds the sysctl lock. */
#include "private.h"

long sysctl_coverage_op(struct xen_sysctl *op)
{
	return -EOPNOTSUPP;
}

#define PSR_ALLOC_KINDS 3

/* Monitoring and sharing out of caches. */
long sysctl_psr(struct xen_sysctl *op)
{
	if (op->cmd == XEN_SYSCTL_psr_alloc && *(const uint32_t *)&op->u >= PSR_ALLOC_KINDS)
		return -EOPNOTSUPP;
	return -ENODEV;
}

static bool is_zero(const uint16_t pad[3])
{
	return !pad[0] && !pad[1] && !pad[2];
}

static long check_name(const struct xen_livepatch_name *n)
{
	return n->size && n->size <= XEN_LIVEPATCH_NAME_SIZE && is_zero(n->pad) ? 0 : -EINVAL;
}

/* There are no patches, and none can be loaded. */
long sysctl_livepatch_op(struct xen_sysctl *op)
{
	struct xen_sysctl_livepatch_op *l = &op->u.livepatch;
	long rc;

	if (l->pad)
		return -EINVAL;
	switch (l->cmd) {
	case XEN_SYSCTL_LIVEPATCH_UPLOAD:
		rc = check_name(&l->u.upload.name);
		return rc ? rc : -EOPNOTSUPP;
	case XEN_SYSCTL_LIVEPATCH_GET:
	case XEN_SYSCTL_LIVEPATCH_ACTION: /* both begin with the name */
		rc = check_name(&l->u.get.name);
		return rc ? rc : -ENOENT;
	case XEN_SYSCTL_LIVEPATCH_LIST:
		if (l->u.list.pad)
			return -EINVAL;
		l->u.list.version = l->u.list.nr = 0;
		l->u.list.name_total_size = l->u.list.metadata_total_size = 0;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

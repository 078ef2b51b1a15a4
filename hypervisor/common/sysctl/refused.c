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

/* As in a 4.17: a string, its end within. */
static long check_name(const struct xen_livepatch_name *n)
{
	char last;

	if (!n->size || n->size > XEN_LIVEPATCH_NAME_SIZE || !is_zero(n->pad))
		return -EINVAL;
	if (copy_from_guest_offset(&last, n->name, n->size - 1, 1))
		return -EFAULT;
	return last ? -EINVAL : 0;
}

#define MAX_PATCH (2UL << 20)

/* What cannot be a patch is invalid; a patch is refused. */
static long check_patch(const struct xen_sysctl_livepatch_upload *u)
{
	uint8_t magic[4];

	if (check_name(&u->name) || !u->size || u->size > MAX_PATCH)
		return -EINVAL;
	if (!guest_pointer_ok(u->payload.p))
		return -EFAULT;
	if (u->size < sizeof(magic))
		return -EINVAL;
	if (copy_from_guest(magic, u->payload, sizeof(magic)))
		return -EFAULT;
	return memcmp(magic, "\177ELF", sizeof(magic)) ? -EINVAL : -EOPNOTSUPP;
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
		return check_patch(&l->u.upload);
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

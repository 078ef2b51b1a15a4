/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl.h: between the files with x86's domctls. */
#ifndef X86_DOMCTL_H
#define X86_DOMCTL_H

#include <hv/domain.h>

struct op {
	struct domain *d;
	struct xen_domctl *c;
	bool copyback;
};

typedef long arch_domctl_fn(struct op *op);

/* domctl_io.c */
arch_domctl_fn domctl_irq_permission, domctl_iomem_permission, domctl_ioport_permission,
	domctl_memory_mapping, domctl_ioport_mapping;

#endif

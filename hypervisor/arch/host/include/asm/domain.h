/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.h: what the fake arch keeps of domains and vcpus. */
#ifndef ASM_DOMAIN_H
#define ASM_DOMAIN_H

#include <hv/types.h>
#include <xen/xen.h>
#include <asm/page.h>

struct arch_vcpu {
	struct vcpu_guest_context ctxt; /* as last set */
	unsigned int kicks;             /* arch_vcpu_kick() */
	unsigned long nmi_callback;     /* arch_nmi_callback() */
};

struct arch_domain {
	unsigned int relinquish_rounds; /* -ERESTARTs that arch_domain_relinquish() has left */
	bool created, relinquished;
	uint64_t pirqs_bound;           /* bit per pirq */
	unsigned int unmasks;
};

#endif

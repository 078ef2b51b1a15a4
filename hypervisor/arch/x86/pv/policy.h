/* SPDX-License-Identifier: GPL-2.0-only */
/* policy.h: CPU policies: what the CPU has, what domains may have, what one domain has. The first
 * four are written once at boot; a domain's is replaced only before its vcpus first run. */
#ifndef PV_POLICY_H
#define PV_POLICY_H

#include <hv/domain.h>
#include "feature.h"

#define MAX_BASIC    0xdU
#define MAX_FEAT     1U
#define MAX_EXTENDED 0x80000021U

struct cpu_policy {
	struct featureset f;
	uint32_t max_basic, max_feat, max_extended;
	unsigned int nr_leaves;         /* what a toolstack gave: */
	xen_cpuid_leaf_t leaves[];
};

/* Numbers of XEN_SYSCTL_cpu_policy_*. */
enum policy_index { POLICY_RAW, POLICY_HOST, POLICY_PV_MAX, POLICY_HVM_MAX, POLICY_PV_DEFAULT };

/* NULL: there is none (hardware-assisted domains). */
const struct cpu_policy *pv_policy(enum policy_index i);
const struct cpu_policy *pv_domain_policy(const struct domain *d);
/* What XCR0 may hold. */
uint64_t pv_policy_xcr0(const struct cpu_policy *p);

/* fast_string.c: "erms" does not keep its promise here. */
bool string_bytes_are_slow(void);

/* cpuid.c: a leaf as policy p has it, without what is one vcpu's. */
void pv_policy_leaf(const struct cpu_policy *p, uint32_t leaf, uint32_t sub, struct cpuid_regs *r);

/* A policy as the tools read it. nr_*: room in, entries out; a null handle only asks for the number.
 * -ENOBUFS, -EFAULT. */
struct policy_arrays {
	uint32_t nr_leaves, nr_msrs;
	XEN_GUEST_HANDLE(xen_cpuid_leaf_t) leaves;
	XEN_GUEST_HANDLE(xen_msr_entry_t) msrs;
	uint32_t err_leaf, err_subleaf, err_msr; /* of pv_policy_import */
};
int pv_policy_export(const struct cpu_policy *p, struct policy_arrays *a);
/* Merges into d's policy: what is beyond the CPU's is taken away from it, what is no leaf or beyond
 * in its form is refused. -E2BIG, -EFAULT, -ERANGE, -EINVAL, -EOVERFLOW, -ENOMEM. d does not run. */
int pv_policy_import(struct domain *d, struct policy_arrays *a);

#endif

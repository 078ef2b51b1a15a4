/* SPDX-License-Identifier: GPL-2.0-only */
/* mca.h: between mca.c and mca_cpu.c. */
#ifndef X86_MCA_H
#define X86_MCA_H

#include <hv/types.h>
#include <xen/arch-x86/xen-mca.h>

/* An online CPU, as dom0 is told of it. */
void mca_describe_cpu(unsigned int cpu, xen_mc_logical_cpu_t *ret);

#endif

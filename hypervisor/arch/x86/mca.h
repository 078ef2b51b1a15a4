/* SPDX-License-Identifier: GPL-2.0-only */
/* mca.h: between the parts of machine-check handling: mca_bank.c finds errors, mca_record.c keeps them for dom0,
 * mca_inject.c pretends them, mca_cpu.c describes CPUs, mca.c is the hypercall. */
#ifndef X86_MCA_H
#define X86_MCA_H

#include <hv/types.h>
#include <xen/xen.h>
#include <xen/arch-x86/xen-mca.h>

#define MSR_MCG_CAP    0x179
#define MSR_MCG_STATUS 0x17a
#define MSR_MCG_CTL    0x17b
#define MSR_BANK(bank) (0x400 + 4 * (bank)) /* control, status, address, misc */

/* What one CPU has found at one time. */
#define MCA_MAX_ERRORS 10 /* as many as a record has room for */
struct mca_found {
	unsigned int cpu, count;
	uint64_t global; /* MCG_STATUS */
	struct mca_error {
		unsigned int bank;
		uint64_t status, addr, misc;
	} error[MCA_MAX_ERRORS];
};

/* mca_bank.c. Banks of this kind of processor; 0: it has no machine checks. */
unsigned int mca_banks(void);

/* mca_record.c. flags: MC_FLAG_x; those of machine checks are the urgent ones. Context: no locks but its own. */
void mca_record(const struct mca_found *f, uint32_t flags);
bool mca_records_wait(void); /* there are some that dom0 has not fetched */
long mca_fetch(struct xen_mc *op, bool *copyback);

/* mca_inject.c: what was put before a register of that CPU; false: nothing was. Takes a lock. */
bool mca_injected(unsigned int cpu, uint32_t reg, uint64_t *ret_value);
void mca_injected_taken(unsigned int cpu, uint32_t reg); /* it reads as 0 now */
long mca_msrinject(struct xen_mc *op, bool *copyback);
long mca_mceinject(struct xen_mc *op, bool *copyback);
long mca_inject_v2(struct xen_mc *op, bool *copyback);
/* mca_bank.c: this CPU looks at what was injected, soon. Interrupts off. */
void mca_look_at_injected(void *unused);

/* mca_cpu.c: for XEN_MC_physcpuinfo. */
void mca_describe_cpu(unsigned int cpu, xen_mc_logical_cpu_t *ret);

#endif

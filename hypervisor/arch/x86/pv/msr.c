/* SPDX-License-Identifier: GPL-2.0-only */
/* msr.c: what a paravirtual kernel may read and write. Everything else is its #GP: PV kernels
 * access MSRs with a fixup. */
#include <hv/domain.h>
#include <hv/percpu.h>
#include "pv.h"

#define MSR_TSC            0x10
#define MSR_UCODE_REV      0x8b
#define MSR_MCG_CAP        0x179
#define MSR_MCG_STATUS     0x17a
#define MSR_MCG_CTL        0x17b
#define MSR_MC0_CTL        0x400
#define MSR_MC_LAST        0x407
#define MSR_IA32_MISC      0x1a0
#define MSR_IA32_PLATFORM  0xce

struct msr_row {
	uint32_t first, last;
	bool (*read)(struct vcpu *v, uint32_t msr, uint64_t *ret); /* NULL: reads fault */
	bool (*write)(struct vcpu *v, uint32_t msr, uint64_t val); /* NULL: writes fault */
};

static bool read_zero(struct vcpu *v, uint32_t msr, uint64_t *ret)
{
	(void)v;
	(void)msr;
	*ret = 0;
	return true;
}

static bool write_ignored(struct vcpu *v, uint32_t msr, uint64_t val)
{
	(void)v;
	(void)msr;
	(void)val;
	return true;
}

/* The bases are live in the CPU while the vcpu runs; the guest's kernel runs on the active GS. */
static bool read_live(struct vcpu *v, uint32_t msr, uint64_t *ret)
{
	(void)v;
	*ret = rdmsr(msr);
	return true;
}

static bool write_base(struct vcpu *v, uint32_t msr, uint64_t val)
{
	(void)v;
	if (!is_canonical(val))
		return false;
	wrmsr(msr, val);
	return true;
}

static bool read_efer(struct vcpu *v, uint32_t msr, uint64_t *ret)
{
	(void)v;
	*ret = rdmsr(msr) & (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
	return true;
}

static bool write_efer(struct vcpu *v, uint32_t msr, uint64_t val)
{
	uint64_t have;

	read_efer(v, msr, &have);
	return val == have; /* nothing can be changed */
}

static bool read_tsc(struct vcpu *v, uint32_t msr, uint64_t *ret)
{
	(void)msr;
	*ret = pv_rdtsc(v);
	return true;
}

/* RDTSCP reads it in the guest's user mode, too. */
#define TSC_AUX_KNOWN (1UL << 63)
static DEFINE_PER_CPU(uint64_t, tsc_aux_loaded);

static bool have_tsc_aux(void)
{
	static int have = -1;

	if (have < 0)
		have = (cpuid(0x80000000, 0).a >= 0x80000001 &&
				(cpuid(0x80000001, 0).d & (1U << 27))) ||
			(cpuid(0, 0).a >= 7 && (cpuid(7, 0).c & (1U << 22)));
	return have;
}

void pv_load_msrs(const struct vcpu *v)
{
	uint64_t want = v->arch.tsc_aux | TSC_AUX_KNOWN;

	if (this_cpu(tsc_aux_loaded) == want || !have_tsc_aux())
		return;
	wrmsr(MSR_TSC_AUX, v->arch.tsc_aux);
	this_cpu(tsc_aux_loaded) = want;
}

static bool read_tsc_aux(struct vcpu *v, uint32_t msr, uint64_t *ret)
{
	(void)msr;
	*ret = v->arch.tsc_aux;
	return true;
}

static bool write_tsc_aux(struct vcpu *v, uint32_t msr, uint64_t val)
{
	(void)msr;
	if (val >> 32)
		return false;
	v->arch.tsc_aux = val;
	if (v == current)
		pv_load_msrs(v);
	return true;
}

static bool read_apic_base(struct vcpu *v, uint32_t msr, uint64_t *ret)
{
	(void)msr;
	*ret = 0xfee00800 | (v->vcpu_id ? 0 : 1U << 8);
	return true;
}

static bool read_pat(struct vcpu *v, uint32_t msr, uint64_t *ret)
{
	(void)v;
	(void)msr;
	*ret = HV_PAT;
	return true;
}

static bool write_pat(struct vcpu *v, uint32_t msr, uint64_t val)
{
	(void)v;
	(void)msr;
	return val == HV_PAT;
}

static const struct msr_row msr_rows[] = {
	{ MSR_FS_BASE, MSR_KERNEL_GS_BASE, read_live, write_base },
	{ MSR_EFER, MSR_EFER, read_efer, write_efer },
	{ MSR_TSC_AUX, MSR_TSC_AUX, read_tsc_aux, write_tsc_aux },
	{ MSR_TSC, MSR_TSC, read_tsc, write_ignored },
	{ MSR_APIC_BASE, MSR_APIC_BASE, read_apic_base, write_ignored },
	{ MSR_PAT, MSR_PAT, read_pat, write_pat },
	{ MSR_UCODE_REV, MSR_UCODE_REV, read_zero, write_ignored },
	{ MSR_IA32_PLATFORM, MSR_IA32_PLATFORM, read_zero, NULL },
	{ MSR_IA32_MISC, MSR_IA32_MISC, read_zero, write_ignored },
	{ MSR_MCG_CAP, MSR_MCG_CTL, read_zero, write_ignored },
	{ MSR_MC0_CTL, MSR_MC_LAST, read_zero, write_ignored },
	{ 0xc0010000, 0xc0010007, read_zero, write_ignored }, /* AMD performance counters */
	{ 0xc0010015, 0xc0010015, read_zero, write_ignored }, /* HWCR */
	{ 0xc0010055, 0xc0010055, read_zero, NULL },          /* INT_PENDING_MSG */
	{ 0xc0011029, 0xc0011029, read_zero, write_ignored }, /* DE_CFG */
};

static const struct msr_row *find(uint32_t msr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msr_rows); i++)
		if (msr >= msr_rows[i].first && msr <= msr_rows[i].last)
			return &msr_rows[i];
	return NULL;
}

bool pv_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *ret)
{
	const struct msr_row *row = find(msr);

	return row && row->read && row->read(v, msr, ret);
}

bool pv_wrmsr(struct vcpu *v, uint32_t msr, uint64_t val)
{
	const struct msr_row *row = find(msr);

	return row && row->write && row->write(v, msr, val);
}

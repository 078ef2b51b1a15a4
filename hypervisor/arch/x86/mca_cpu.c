/* SPDX-License-Identifier: GPL-2.0-only */
/* mca_cpu.c: physical CPUs as dom0's machine-check driver wants them described. No locks. */
#include <hv/arch.h>
#include <hv/lib.h>
#include <asm/x86.h>
#include "mca.h"


/* 4.17's numbers of vendors. */
static uint32_t vendor_number(const char *id)
{
	static const char *const names[] = { "GenuineIntel", "AuthenticAMD", "CentaurHauls", "  Shanghai  ",
		"HygonGenuine" };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!memcmp(id, names[i], 12))
			return 1U << i;
	return 0;
}

static void put_name(xen_mc_logical_cpu_t *c)
{
	struct cpuid_regs v = cpuid(0, 0), part;
	uint32_t max = cpuid(0x80000000, 0).a;

	c->mc_cpuid_level = v.a;
	memcpy(c->mc_vendorid, &v.b, 4);
	memcpy(c->mc_vendorid + 4, &v.d, 4);
	memcpy(c->mc_vendorid + 8, &v.c, 4);
	c->mc_vendor = vendor_number(c->mc_vendorid);
	for (unsigned int i = 0; i < 3 && max >= 0x80000004; i++) {
		part = cpuid(0x80000002 + i, 0);
		memcpy(c->mc_brandid + 16 * i, &part, 16);
	}
}

static void put_signature(xen_mc_logical_cpu_t *c)
{
	uint32_t sig = cpuid(1, 0).a, family = sig >> 8 & 0xf;

	c->mc_family = family == 0xf ? family + (sig >> 20 & 0xff) : family;
	c->mc_model = (sig >> 4 & 0xf) | (family == 0xf || family == 6 ? sig >> 12 & 0xf0 : 0);
	c->mc_step = sig & 0xf;
}

static void put_place(unsigned int cpu, xen_mc_logical_cpu_t *c)
{
	unsigned int other, core = arch_cpu_to_core(cpu), socket = arch_cpu_to_socket(cpu);
	unsigned int in_core = 0, in_socket = 0;

	for_each_online_cpu(other) {
		bool same = arch_cpu_to_socket(other) == socket;

		in_socket += same;
		in_core += same && arch_cpu_to_core(other) == core;
	}
	c->mc_cpunr = cpu;
	c->mc_chipid = socket;
	c->mc_coreid = core;
	c->mc_apicid = c->mc_clusterid = cpu_to_apicid[cpu];
	c->mc_nthreads = in_core;
	c->mc_ncores = c->mc_ncores_active = in_socket / in_core;
	c->mc_threadid = c->mc_apicid & (in_core - 1);
}

void mca_describe_cpu(unsigned int cpu, xen_mc_logical_cpu_t *ret)
{
	uint32_t caps[8];

	memset(ret, 0, sizeof(*ret));
	put_name(ret);
	put_signature(ret);
	put_place(cpu, ret);
	arch_physinfo_hw_cap(caps);
	memcpy(ret->mc_cpu_caps, caps, sizeof(ret->mc_cpu_caps));
	ret->mc_cache_alignment = (cpuid(1, 0).b >> 8 & 0xff) * 8;
	if (cpuid(0x80000000, 0).a >= 0x80000006)
		ret->mc_cache_size = cpuid(0x80000006, 0).c >> 16; /* the second level's, KiB */
	ret->mc_nmsrvals = 1;
	ret->mc_msrvalues[0].reg = MSR_MCG_CAP;
	(void)rdmsr_safe(MSR_MCG_CAP, &ret->mc_msrvalues[0].value);
}

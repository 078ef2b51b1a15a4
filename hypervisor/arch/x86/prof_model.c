/* SPDX-License-Identifier: GPL-2.0-only */
/* prof_model.c: which event counters processors have, and what their registers hold: arithmetic only. No locks.
 *
 * The models are those that 4.17 drives, so that a tool finds what it found there: AMD's families 0fh to 16h,
 * Intel's architectural counters and the two models of family 6 before those. Not the Pentium 4 (it has a
 * mechanism of its own), nor AMD's family 17h and later (4.17 answers -ENODEV, too). */
#include <hv/lib.h>
#include "prof_model.h"

#define MSR_AMD_SELECT     0xc0010000
#define MSR_AMD_COUNTER    0xc0010004
#define MSR_15H_SELECT     0xc0010200 /* each followed by its counter */
#define MSR_INTEL_SELECT   0x186
#define MSR_INTEL_COUNTER  0xc1

#define SELECT_USER        (1UL << 16)
#define SELECT_KERNEL      (1UL << 17)
#define SELECT_INTERRUPT   (1UL << 20)

static const struct {
	unsigned int family;
	const char *name;
	unsigned int counters;
} amd[] = {
	{ 0xf, "x86-64/hammer", 4 }, { 0x10, "x86-64/family10", 4 }, { 0x11, "x86-64/family11h", 4 },
	{ 0x12, "x86-64/family12h", 4 }, { 0x14, "x86-64/family14h", 4 }, { 0x15, "x86-64/family15h", 6 },
	{ 0x16, "x86-64/family16h", 4 },
};

static int find_amd(unsigned int family, struct prof_model *ret_m)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(amd); i++) {
		if (amd[i].family != family)
			continue;
		*ret_m = (struct prof_model){ .name = amd[i].name, .counters = amd[i].counters, .amd = true,
			.counter = MSR_AMD_COUNTER, .select = MSR_AMD_SELECT, .step = 1, .width = 48 };
		if (family == 0x15) {
			ret_m->select = MSR_15H_SELECT;
			ret_m->counter = MSR_15H_SELECT + 1;
			ret_m->step = 2;
		}
		return 0;
	}
	return -ENODEV;
}

static int find_intel(const struct prof_cpu *c, struct prof_model *ret_m)
{
	unsigned int version = c->perfmon & 0xff, counters = c->perfmon >> 8 & 0xff;
	struct prof_model m = { .counter = MSR_INTEL_COUNTER, .select = MSR_INTEL_SELECT, .step = 1 };

	if (c->family == 6 && (c->model == 14 || c->model == 15)) {
		m.name = c->model == 14 ? "i386/core" : "i386/core_2";
		m.counters = 2;
		m.width = 32;
		m.global = c->model == 15;
	} else if (version && counters > 1) {
		m.name = "i386/arch_perfmon";
		m.counters = min(counters, (unsigned int)PROF_MAX_COUNTERS);
		m.width = max(c->perfmon >> 16 & 0xff, 32U);
		m.global = version > 1;
	} else {
		return -ENODEV;
	}
	*ret_m = m;
	return 0;
}

int prof_model_find(const struct prof_cpu *c, struct prof_model *ret_m)
{
	if (!strcmp(c->vendor, "AuthenticAMD"))
		return find_amd(c->family, ret_m);
	return strcmp(c->vendor, "GenuineIntel") ? -ENODEV : find_intel(c, ret_m);
}

uint64_t prof_select(const struct prof_model *m, const struct xenoprof_counter *c)
{
	uint64_t v = SELECT_INTERRUPT | (c->event & 0xff) | (c->unit_mask & 0xff) << 8;

	if (m->amd)
		v |= (uint64_t)(c->event & 0xf00) << 24;
	if (c->user & 1)
		v |= SELECT_USER;
	if (c->kernel & 1)
		v |= SELECT_KERNEL;
	return v;
}

/* Older ones of Intel's take 32 bits and extend their sign: a count has 31. */
uint64_t prof_start_value(const struct prof_model *m, uint64_t count)
{
	return -(count & PROF_COUNT_MASK) & ((1UL << m->width) - 1);
}

/* It counts up from a negative number. */
bool prof_ran_out(const struct prof_model *m, uint64_t value)
{
	return !(value >> (m->width - 1) & 1);
}

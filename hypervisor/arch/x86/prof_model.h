/* SPDX-License-Identifier: GPL-2.0-only */
/* prof_model.h: between prof.c, which has the registers' access, and prof_model.c, which knows what is in them. */
#ifndef X86_PROF_MODEL_H
#define X86_PROF_MODEL_H

#include <hv/prof.h>

/* What CPUID says. */
struct prof_cpu {
	char vendor[13];
	unsigned int family, model;
	uint32_t perfmon;        /* leaf 0xa, EAX */
};

struct prof_model {
	const char *name;        /* oprofile's */
	unsigned int counters;
	uint32_t counter, select; /* MSRs of the first */
	unsigned int step;       /* to those of the next */
	unsigned int width;      /* bits of a counter */
	bool amd;
	bool global;             /* another register switches all of them on */
};

#define PROF_COUNT_MASK    0x7fffffffUL
#define PROF_SELECT_ON     (1UL << 22)
#define PROF_SELECT_KEPT   (1UL << 21) /* reserved */

int prof_model_find(const struct prof_cpu *c, struct prof_model *ret_m); /* -ENODEV */
/* Of the select register, but for what is kept and whether it is on. */
uint64_t prof_select(const struct prof_model *m, const struct xenoprof_counter *c);
/* What a counter starts with, to run out after so many events; and whether it has. */
uint64_t prof_start_value(const struct prof_model *m, uint64_t count);
bool prof_ran_out(const struct prof_model *m, uint64_t value);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* cpumask.h: sets of physical CPUs, passed by pointer. */
#ifndef HV_CPUMASK_H
#define HV_CPUMASK_H

#include <hv/bitops.h>

#define NR_CPUS 64

struct cpumask {
	unsigned long bits[BITS_TO_LONGS(NR_CPUS)];
};

extern struct cpumask cpu_present_map; /* CPUs that exist */
extern struct cpumask cpu_online_map;  /* CPUs that schedule */
extern struct cpumask cpu_running_map; /* CPUs that were started: offline ones, too */
extern unsigned int nr_cpu_ids;        /* highest present CPU + 1 */

static inline void cpumask_set(unsigned int cpu, struct cpumask *m) { set_bit(cpu, m->bits); }
static inline void cpumask_clear(unsigned int cpu, struct cpumask *m) { clear_bit(cpu, m->bits); }
static inline bool cpumask_test(unsigned int cpu, const struct cpumask *m)
{
	return test_bit(cpu, m->bits);
}
void cpumask_zero(struct cpumask *m);
void cpumask_fill(struct cpumask *m);
void cpumask_copy(struct cpumask *d, const struct cpumask *s);
void cpumask_and(struct cpumask *d, const struct cpumask *a, const struct cpumask *b);
void cpumask_or(struct cpumask *d, const struct cpumask *a, const struct cpumask *b);
void cpumask_andnot(struct cpumask *d, const struct cpumask *a, const struct cpumask *b);
bool cpumask_empty(const struct cpumask *m);
bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b);
unsigned int cpumask_weight(const struct cpumask *m);
unsigned int cpumask_first(const struct cpumask *m); /* NR_CPUS if empty */
unsigned int cpumask_next(unsigned int cpu, const struct cpumask *m);
/* Next one after cpu, wrapping round. */
unsigned int cpumask_cycle(unsigned int cpu, const struct cpumask *m);
/* "0-3,5" into buf. */
void cpumask_format(char *buf, size_t size, const struct cpumask *m);

#define for_each_cpu(cpu, m) \
	for ((cpu) = cpumask_first(m); (cpu) < NR_CPUS; (cpu) = cpumask_next(cpu, m))
#define for_each_online_cpu(cpu)  for_each_cpu(cpu, &cpu_online_map)

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* cpuset.h: sets of physical CPUs and their text form ("all", "0-3,^1,7"). */
#ifndef XEND_CPUSET_H
#define XEND_CPUSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPUSET_BITS 1024

struct cpuset {
	uint8_t map[CPUSET_BITS / 8];	/* little-endian bitmap, as the hypervisor takes it */
};

/* 0, or -EINVAL on bad syntax or an empty set, -ERANGE on a CPU number that is too large. */
int cpuset_parse(const char *text, struct cpuset *ret_set);
/* CPUs at or above nr_cpus do not count: a set of all nr_cpus prints as "all". */
void cpuset_format(const struct cpuset *set, unsigned int nr_cpus, char *buf, size_t size);
bool cpuset_has(const struct cpuset *set, unsigned int cpu);

#endif

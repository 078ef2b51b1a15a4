/* SPDX-License-Identifier: GPL-2.0-only */
/* cpumask.c: set operations. Single bits change atomically (inline in the header); whole masks
 * word by word, so writers of one mask need a lock of their own. */
#include <hv/cpumask.h>
#include <hv/lib.h>

#define WORDS BITS_TO_LONGS(NR_CPUS)

struct cpumask cpu_present_map;
struct cpumask cpu_online_map;
struct cpumask cpu_running_map;
unsigned int nr_cpu_ids = 1;

#define FOR_WORDS(i) for (unsigned int i = 0; i < WORDS; i++)

void cpumask_zero(struct cpumask *m)
{
	FOR_WORDS(i)
		m->bits[i] = 0;
}

void cpumask_fill(struct cpumask *m)
{
	FOR_WORDS(i)
		m->bits[i] = ~0UL;
}

void cpumask_copy(struct cpumask *d, const struct cpumask *s)
{
	FOR_WORDS(i)
		d->bits[i] = READ_ONCE(s->bits[i]);
}

void cpumask_and(struct cpumask *d, const struct cpumask *a, const struct cpumask *b)
{
	FOR_WORDS(i)
		d->bits[i] = a->bits[i] & b->bits[i];
}

void cpumask_or(struct cpumask *d, const struct cpumask *a, const struct cpumask *b)
{
	FOR_WORDS(i)
		d->bits[i] = a->bits[i] | b->bits[i];
}

void cpumask_andnot(struct cpumask *d, const struct cpumask *a, const struct cpumask *b)
{
	FOR_WORDS(i)
		d->bits[i] = a->bits[i] & ~b->bits[i];
}

bool cpumask_empty(const struct cpumask *m)
{
	return cpumask_first(m) == NR_CPUS;
}

bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b)
{
	FOR_WORDS(i)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

unsigned int cpumask_weight(const struct cpumask *m)
{
	unsigned int n = 0;

	FOR_WORDS(i)
		n += hweight_long(m->bits[i]);
	return n;
}

unsigned int cpumask_first(const struct cpumask *m)
{
	return find_next_bit(m->bits, NR_CPUS, 0);
}

unsigned int cpumask_next(unsigned int cpu, const struct cpumask *m)
{
	return find_next_bit(m->bits, NR_CPUS, cpu + 1);
}

unsigned int cpumask_cycle(unsigned int cpu, const struct cpumask *m)
{
	unsigned int n = cpumask_next(cpu, m);

	return n < NR_CPUS ? n : cpumask_first(m);
}

void cpumask_format(char *buf, size_t size, const struct cpumask *m)
{
	unsigned int first, end;
	size_t len = 0;

	if (size)
		*buf = 0;
	for (first = cpumask_first(m); first < NR_CPUS && len < size; first = cpumask_next(end, m)) {
		end = find_next_zero_bit(m->bits, NR_CPUS, first);
		if (end == first + 1)
			len += snprintf(buf + len, size - len, "%s%u", len ? "," : "", first);
		else
			len += snprintf(buf + len, size - len, "%s%u-%u", len ? "," : "", first, end - 1);
	}
}

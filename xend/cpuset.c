/* SPDX-License-Identifier: GPL-2.0-only */
/* cpuset.c: sets of physical CPUs and their text form. */
#include "xend/cpuset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cpuset_has(const struct cpuset *set, unsigned int cpu)
{
	return cpu < CPUSET_BITS && (set->map[cpu / 8] >> (cpu % 8) & 1);
}

static void cpuset_assign(struct cpuset *set, unsigned int from, unsigned int to, bool on)
{
	for (unsigned int c = from; c <= to; c++) {
		if (on)
			set->map[c / 8] |= (uint8_t)(1 << (c % 8));
		else
			set->map[c / 8] &= (uint8_t) ~(1 << (c % 8));
	}
}

static int cpuset_number(const char **text, unsigned int *ret)
{
	char *end;
	unsigned long v;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	v = strtoul(*text, &end, 10);
	if (v >= CPUSET_BITS)
		return -ERANGE;
	*text = end;
	*ret = (unsigned int)v;
	return 0;
}

/* One item of the list: [^] NUMBER [- NUMBER] or [^] all. */
static int cpuset_item(const char **text, struct cpuset *set)
{
	unsigned int from = 0, to = CPUSET_BITS - 1;
	bool on = true;
	int rc;

	if (**text == '^') {
		on = false;
		(*text)++;
	}
	if (!strncmp(*text, "all", 3)) {
		*text += 3;
	} else {
		rc = cpuset_number(text, &from);
		if (rc)
			return rc;
		to = from;
		if (**text == '-') {
			(*text)++;
			rc = cpuset_number(text, &to);
			if (rc)
				return rc;
		}
	}
	if (to < from)
		return -EINVAL;
	cpuset_assign(set, from, to, on);
	return 0;
}

int cpuset_parse(const char *text, struct cpuset *ret_set)
{
	static const struct cpuset empty;
	struct cpuset set = empty;
	int rc;

	for (;;) {
		rc = cpuset_item(&text, &set);
		if (rc)
			return rc;
		if (!*text)
			break;
		if (*text++ != ',')
			return -EINVAL;
		while (*text == ' ')
			text++;
	}
	if (!memcmp(&set, &empty, sizeof(set)))
		return -EINVAL;
	*ret_set = set;
	return 0;
}

void cpuset_format(const struct cpuset *set, unsigned int nr_cpus, char *buf, size_t size)
{
	unsigned int c, end, count = 0;
	size_t n = 0;

	if (nr_cpus > CPUSET_BITS)
		nr_cpus = CPUSET_BITS;
	for (c = 0; c < nr_cpus; c++)
		count += cpuset_has(set, c);
	buf[0] = '\0';
	if (count == nr_cpus) {
		snprintf(buf, size, "all");
		return;
	}
	for (c = 0; c < nr_cpus; c = end + 1) {
		end = c;
		if (!cpuset_has(set, c))
			continue;
		while (end + 1 < nr_cpus && cpuset_has(set, end + 1))
			end++;
		n += (size_t)snprintf(buf + n, n < size ? size - n : 0, n ? ",%u" : "%u", c);
		if (end > c)
			n += (size_t)snprintf(buf + n, n < size ? size - n : 0, "-%u", end);
		if (n + 16 > size)
			return;
	}
}

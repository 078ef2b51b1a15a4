/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0_param.c: the options about dom0: how much memory, how many vcpus. Written once at boot. */
#include <hv/param.h>
#include <hv/lib.h>

/* [-]SIZE, [-]PERCENT% or [-]SIZE+PERCENT%; '-' for "all but". */
static int parse_amount(const char *s, const char **ret_end, struct mem_amount *ret_amount)
{
	struct mem_amount a = { .minus = *s == '-' };
	uint64_t v;
	char *digits_end;

	if (a.minus)
		s++;
	for (unsigned int item = 0;; item++, s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		v = strtoul(s, &digits_end, 0);
		if (*digits_end == '%') {
			if (v >= 100)
				return -EINVAL;
			a.percent = v;
			s = digits_end + 1;
			break; /* always the last part */
		}
		if (item)
			return -EINVAL;
		a.bytes = parse_size(s, &s);
		if (*s != '+')
			break;
	}
	if (*s && *s != ',')
		return -EINVAL;
	*ret_end = s;
	*ret_amount = a;
	return 0;
}

/* AMOUNT,min:AMOUNT,max:AMOUNT, each part optional. */
int param_dom0_mem(const char *value)
{
	struct mem_amount *to;
	int rc;

	while (*value) {
		to = &boot_params.dom0_mem;
		if (!strncmp(value, "min:", 4))
			to = &boot_params.dom0_mem_min;
		else if (!strncmp(value, "max:", 4))
			to = &boot_params.dom0_mem_max;
		if (to != &boot_params.dom0_mem)
			value += 4;
		rc = parse_amount(value, &value, to);
		if (rc)
			return rc;
		if (*value)
			value++;
	}
	return 0;
}

uint64_t mem_amount_of(const struct mem_amount *a, uint64_t total)
{
	uint64_t v = total / 100 * a->percent;

	v = a->bytes > ~0ULL - v ? ~0ULL : v + a->bytes;
	if (a->minus)
		return v < total ? total - v : 0;
	return v;
}

/* N, MIN-MAX, MIN- or -MAX. */
int param_dom0_max_vcpus(const char *value)
{
	unsigned long lo = 0, hi = ~0U;
	const char *s = value;
	char *end;

	if (*s != '-') {
		lo = hi = strtoul(s, &end, 0);
		if (end == s)
			return -EINVAL;
		s = end;
	}
	if (*s == '-') {
		hi = ~0U;
		if (*++s) {
			hi = strtoul(s, &end, 0);
			if (end == s)
				return -EINVAL;
			s = end;
		} else if (value[0] == '-') {
			return -EINVAL;
		}
	}
	if (*s || lo > ~0U || hi > ~0U)
		return -EINVAL;
	boot_params.dom0_min_vcpus = lo;
	boot_params.dom0_max_vcpus = hi;
	return 0;
}

unsigned int dom0_vcpu_count(unsigned int cpus, unsigned int most)
{
	unsigned int lo = boot_params.dom0_min_vcpus, hi = boot_params.dom0_max_vcpus, n;

	hi = max(hi ? hi : ~0U, lo);
	n = min(cpus, hi);
	n = max(n, lo);
	return min(max(n, 1U), most);
}

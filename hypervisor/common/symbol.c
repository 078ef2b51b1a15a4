/* SPDX-License-Identifier: GPL-2.0-only */
/* symbol.c: names of text addresses, from the table that the link appends
 * (util/gen-symbols.sh). No locks: constant data. */
#include <hv/lib.h>

struct hv_symbol {
	uint64_t addr;
	const char *name;
};

/* Count, then that many hv_symbol sorted by address. */
extern const uint64_t hv_symbols[];

const char *symbol_lookup(unsigned long addr, unsigned long *ret_offset)
{
	const struct hv_symbol *s = (const struct hv_symbol *)&hv_symbols[1];
	uint64_t lo = 0, hi = hv_symbols[0];

	/* Invariant: everything below lo starts at or before addr, everything from hi on after. */
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (s[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	*ret_offset = addr - s[lo - 1].addr;
	return s[lo - 1].name;
}

unsigned long symbol_count(void)
{
	return hv_symbols[0];
}

const char *symbol_at(unsigned long n, unsigned long *ret_addr)
{
	const struct hv_symbol *s = (const struct hv_symbol *)&hv_symbols[1];

	*ret_addr = s[n].addr;
	return s[n].name;
}

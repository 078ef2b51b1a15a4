/* SPDX-License-Identifier: GPL-2.0-only */
/* bitops.c: scans of bit arrays. No locks: a concurrent change may or may not be seen. */
#include <hv/bitops.h>

/* First bit at or after `from` that is set in word ^ flip. */
static unsigned int find_next(const unsigned long *a, unsigned int size, unsigned int from,
	unsigned long flip)
{
	unsigned long w;

	if (from >= size)
		return size;
	w = (READ_ONCE(a[BIT_WORD(from)]) ^ flip) & (~0UL << (from % BITS_PER_LONG));
	from = ROUND_DOWN(from, BITS_PER_LONG);
	while (!w) {
		from += BITS_PER_LONG;
		if (from >= size)
			return size;
		w = READ_ONCE(a[BIT_WORD(from)]) ^ flip;
	}
	from += ffs_long(w);
	return from < size ? from : size;
}

unsigned int find_next_bit(const unsigned long *a, unsigned int size, unsigned int from)
{
	return find_next(a, size, from, 0);
}

unsigned int find_next_zero_bit(const unsigned long *a, unsigned int size, unsigned int from)
{
	return find_next(a, size, from, ~0UL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* bitops.h: atomic bit operations on arrays of unsigned long, and bit scans. */
#ifndef HV_BITOPS_H
#define HV_BITOPS_H

#include <hv/compiler.h>

#define BITS_PER_LONG   64
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BIT_WORD(n)     ((n) / BITS_PER_LONG)
#define BIT_MASK(n)     (1UL << ((n) % BITS_PER_LONG))

static inline void set_bit(unsigned int n, volatile unsigned long *a)
{
	__atomic_fetch_or(&a[BIT_WORD(n)], BIT_MASK(n), __ATOMIC_SEQ_CST);
}

static inline void clear_bit(unsigned int n, volatile unsigned long *a)
{
	__atomic_fetch_and(&a[BIT_WORD(n)], ~BIT_MASK(n), __ATOMIC_SEQ_CST);
}

static inline bool test_bit(unsigned int n, const volatile unsigned long *a)
{
	return a[BIT_WORD(n)] & BIT_MASK(n);
}

static inline bool test_and_set_bit(unsigned int n, volatile unsigned long *a)
{
	return __atomic_fetch_or(&a[BIT_WORD(n)], BIT_MASK(n), __ATOMIC_SEQ_CST) & BIT_MASK(n);
}

static inline bool test_and_clear_bit(unsigned int n, volatile unsigned long *a)
{
	return __atomic_fetch_and(&a[BIT_WORD(n)], ~BIT_MASK(n), __ATOMIC_SEQ_CST) & BIT_MASK(n);
}

/* Number of the lowest bit set; w must not be 0. */
static inline unsigned int ffs_long(unsigned long w)
{
	return __builtin_ctzl(w);
}

/* Number of the highest bit set; w must not be 0. */
static inline unsigned int fls_long(unsigned long w)
{
	return BITS_PER_LONG - 1 - __builtin_clzl(w);
}

static inline unsigned int hweight_long(unsigned long w)
{
	unsigned int n = 0;

	for (; w; w &= w - 1)
		n++;
	return n;
}

/* First set (clear) bit at or after `from`, or `size`. */
unsigned int find_next_bit(const unsigned long *a, unsigned int size, unsigned int from);
unsigned int find_next_zero_bit(const unsigned long *a, unsigned int size, unsigned int from);

#endif

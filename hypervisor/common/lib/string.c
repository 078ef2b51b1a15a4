/* SPDX-License-Identifier: GPL-2.0-only */
/* string.c: the C library's string functions for the freestanding image. arch/host takes them
 * from libc instead, so nothing but these belongs here.
 *
 * No locks. Any context. */
#include <hv/lib.h>
#include <asm/string.h> /* copy_words(), fill_words() */

/* Keeps the compiler from recognising a loop as the very function it implements. */
#define OPAQUE(p) __asm__("" : "+r"(p))

typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;

/* From here on the architecture's way is faster than a loop, which starts sooner. */
#define LONG_BYTES 256U

void *memcpy(void *d, const void *s, size_t n)
{
	char *dp = d;
	const char *sp = s;

	if (n >= LONG_BYTES) {
		copy_words(dp, sp, n / sizeof(word_t));
		dp += n & -sizeof(word_t);
		sp += n & -sizeof(word_t);
		n %= sizeof(word_t);
	}
	for (; n >= sizeof(word_t); n -= sizeof(word_t)) {
		*(word_t *)dp = *(const word_t *)sp;
		dp += sizeof(word_t);
		sp += sizeof(word_t);
		OPAQUE(dp);
	}
	for (; n; n--) {
		*dp++ = *sp++;
		OPAQUE(dp);
	}
	return d;
}

void *memmove(void *d, const void *s, size_t n)
{
	char *dp = (char *)d + n;
	const char *sp = (const char *)s + n;

	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(d, s, n);
	for (; n; n--) {
		*--dp = *--sp;
		OPAQUE(dp);
	}
	return d;
}

void *memset(void *d, int c, size_t n)
{
	char *p = d;
	uint64_t w = (uint8_t)c * 0x0101010101010101UL;

	if (n >= LONG_BYTES) {
		fill_words(p, w, n / sizeof(word_t));
		p += n & -sizeof(word_t);
		n %= sizeof(word_t);
	}
	for (; n >= 4 * sizeof(word_t); n -= 4 * sizeof(word_t)) {
		((word_t *)p)[0] = w;
		((word_t *)p)[1] = w;
		((word_t *)p)[2] = w;
		((word_t *)p)[3] = w;
		p += 4 * sizeof(word_t);
		OPAQUE(p);
	}
	for (; n; n--) {
		*p++ = c;
		OPAQUE(p);
	}
	return d;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n >= sizeof(word_t) && *(const word_t *)x == *(const word_t *)y; n -= sizeof(word_t)) {
		x += sizeof(word_t);
		y += sizeof(word_t);
		OPAQUE(x);
	}
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p) {
		p++;
		OPAQUE(p);
	}
	return p - s;
}

void *memchr(const void *s, int c, size_t n)
{
	const uint8_t *p = s;

	for (; n; n--, p++)
		if (*p == (uint8_t)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

size_t strnlen(const char *s, size_t n)
{
	const char *p = memchr(s, 0, n);

	return p ? (size_t)(p - s) : n;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return n ? (uint8_t)*a - (uint8_t)*b : 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

unsigned long strtoul(const char *s, char **end, int base)
{
	unsigned long v = 0;

	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 32) == 'x' && digit_value(s[2]) < 16) {
		s += 2;
		base = 16;
	} else if (base == 0) {
		base = *s == '0' ? 8 : 10;
	}
	for (; digit_value(*s) < base; s++)
		if (__builtin_mul_overflow(v, (unsigned long)base, &v) ||
		    __builtin_add_overflow(v, (unsigned long)digit_value(*s), &v))
			v = ~0UL;
	if (end)
		*end = (char *)(uintptr_t)s;
	return v;
}

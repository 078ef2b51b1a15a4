/* SPDX-License-Identifier: GPL-2.0-only */
/* guest_access.h: copies from and to the current guest's memory: a few words in line, the rest in
 * mm/guest_access.c. Faults end a copy by the fixup (.ex_table). */
#ifndef ASM_GUEST_ACCESS_H
#define ASM_GUEST_ACCESS_H

#include <asm/layout.h>
#include <asm/system.h>

#define GUEST_LOW_END 0x0000800000000000UL
#define GUEST_INLINE_MAX 80U /* bytes */

#ifdef __clang__ /* says that it cannot, with these statements in the loop */
#define GUEST_UNROLL
#else
#define GUEST_UNROLL _Pragma("GCC unroll 10")
#endif

typedef uint64_t __attribute__((may_alias, aligned(1))) guest_word_t;
typedef uint32_t __attribute__((may_alias, aligned(1))) guest_u32_t;

size_t copy_from_guest_any(void *dst, const void *guest, size_t bytes);
size_t copy_to_guest_any(void *guest, const void *src, size_t bytes);

/* For a small n; as guest_range_ok(). */
static always_inline bool guest_words_ok(const void *guest, size_t n)
{
	unsigned long a = (unsigned long)guest;

	return a <= GUEST_LOW_END - n || (a >= HV_VIRT_END && a < -n);
}

/* Volatile: a word that nobody uses must be read all the same, its fault is an answer. */
static always_inline bool load_guest_word(uint64_t *ret, const guest_word_t *guest)
{
	uint64_t v;

	__asm__ __volatile__ goto("1:	movq %[from], %[to]\n" EX_TABLE(1b, %l[fault])
		: [to] "=r"(v) : [from] "m"(*guest) : : fault);
	*ret = v;
	return true;
fault:
	return false;
}

static always_inline bool load_guest_u32(uint32_t *ret, const guest_u32_t *guest)
{
	uint32_t v;

	__asm__ __volatile__ goto("1:	movl %[from], %[to]\n" EX_TABLE(1b, %l[fault])
		: [to] "=r"(v) : [from] "m"(*guest) : : fault);
	*ret = v;
	return true;
fault:
	return false;
}

static always_inline bool store_guest_word(guest_word_t *guest, uint64_t v)
{
	__asm__ __volatile__ goto("1:	movq %[from], %[to]\n" EX_TABLE(1b, %l[fault])
		: : [from] "r"(v), [to] "m"(*guest) : "memory" : fault);
	return true;
fault:
	return false;
}

static always_inline size_t copy_words_from_guest(void *dst, const void *guest, size_t bytes)
{
	uint64_t v;
	uint32_t half;

	if (!guest_words_ok(guest, bytes))
		return bytes;
	GUEST_UNROLL
	for (size_t i = 0; i < bytes / 8; i++) {
		if (!load_guest_word(&v, (const guest_word_t *)guest + i))
			return bytes - i * 8;
		((guest_word_t *)dst)[i] = v;
	}
	if (bytes % 8) {
		if (!load_guest_u32(&half, (const guest_u32_t *)guest + bytes / 8 * 2))
			return 4;
		((guest_u32_t *)dst)[bytes / 8 * 2] = half;
	}
	return 0;
}

static always_inline size_t copy_words_to_guest(void *guest, const void *src, size_t bytes)
{
	if (!guest_words_ok(guest, bytes))
		return bytes;
	GUEST_UNROLL
	for (size_t i = 0; i < bytes / 8; i++)
		if (!store_guest_word((guest_word_t *)guest + i, ((const guest_word_t *)src)[i]))
			return bytes - i * 8;
	return 0;
}

/* unit: the words that there are functions for */
#define GUEST_IN_LINE(n, unit) \
	(__builtin_constant_p(n) && (n) && (n) <= GUEST_INLINE_MAX && (n) % (unit) == 0)

static always_inline size_t copy_from_guest_raw(void *dst, const void *guest, size_t bytes)
{
	return GUEST_IN_LINE(bytes, 4) ? copy_words_from_guest(dst, guest, bytes)
	                            : copy_from_guest_any(dst, guest, bytes);
}

static always_inline size_t copy_to_guest_raw(void *guest, const void *src, size_t bytes)
{
	return GUEST_IN_LINE(bytes, 8) ? copy_words_to_guest(guest, src, bytes)
	                            : copy_to_guest_any(guest, src, bytes);
}

#endif

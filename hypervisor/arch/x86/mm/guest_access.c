/* SPDX-License-Identifier: GPL-2.0-only */
/* guest_access.c: copies between the hypervisor and the current guest's address space.
 *
 * The guest's tables are loaded, so its addresses are used as they are; a fault (nothing mapped,
 * or read-only: CR0.WP is set) goes to the fixup and ends the copy. */
#include <hv/guest_access.h>
#include "mm.h"

bool guest_range_ok(const void *p, size_t n)
{
	unsigned long a = (unsigned long)p, end = a + n;

	if (end < a)
		return false;
	return end <= GUEST_LOW_END || a >= HV_VIRT_END;
}

bool guest_pointer_ok(const void *guest)
{
	unsigned long a = (unsigned long)guest;

	return a < GUEST_LOW_END || a >= HV_VIRT_END;
}

/* From here on the string instruction is faster than the loop. */
#define LONG_COPY 256U

static size_t copy_long(void *to, const void *from, size_t n)
{
	size_t words = n / 8, tail = n % 8;

	__asm__ __volatile__(
		"1:	rep movsq\n"
		"	mov %[tail], %%rcx\n"
		"2:	rep movsb\n"
		"3:\n"
		".subsection 1\n"
		"4:	lea (%[tail],%%rcx,8), %%rcx\n"
		"	jmp 3b\n"
		".previous\n"
		EX_TABLE(1b, 4b)
		EX_TABLE(2b, 3b)
		: "+c"(words), "+D"(to), "+S"(from)
		: [tail] "r"(tail)
		: "memory");
	return words;
}

/* Moves n bytes; what is left over after a fault is returned. Most of what guests pass is a few
 * words, for which starting a string instruction costs more than the copy. */
static always_inline size_t copy_fixup(void *to, const void *from, size_t n)
{
	uint64_t word;

	if (n >= LONG_COPY)
		return copy_long(to, from, n);
	__asm__ __volatile__(
		"	sub $8, %[n]\n"
		"	jb 3f\n"
		"1:	mov (%[from]), %[word]\n"
		"2:	mov %[word], (%[to])\n"
		"	add $8, %[from]\n"
		"	add $8, %[to]\n"
		"	sub $8, %[n]\n"
		"	jae 1b\n"
		"3:	add $8, %[n]\n"
		"	jz 6f\n"
		"	sub $4, %[n]\n"
		"	jb 9f\n"
		"8:	movl (%[from]), %k[word]\n"
		"10:	movl %k[word], (%[to])\n"
		"	add $4, %[from]\n"
		"	add $4, %[to]\n"
		"	test %[n], %[n]\n"
		"	jz 6f\n"
		"	jmp 4f\n"
		"9:	add $4, %[n]\n"
		"4:	movb (%[from]), %b[word]\n"
		"5:	movb %b[word], (%[to])\n"
		"	inc %[from]\n"
		"	inc %[to]\n"
		"	dec %[n]\n"
		"	jnz 4b\n"
		"6:\n"
		".subsection 1\n"
		"7:	add $4, %[n]\n"
		"11:	add $4, %[n]\n"
		"	jmp 6b\n"
		".previous\n"
		EX_TABLE(1b, 7b)
		EX_TABLE(2b, 7b)
		EX_TABLE(8b, 11b)
		EX_TABLE(10b, 11b)
		EX_TABLE(4b, 6b)
		EX_TABLE(5b, 6b)
		: [n] "+r"(n), [to] "+r"(to), [from] "+r"(from), [word] "=&q"(word)
		:
		: "memory", "cc");
	return n;
}

static size_t clear_fixup(void *to, size_t n)
{
	size_t words = n / 8, tail = n % 8;

	__asm__ __volatile__(
		"1:	rep stosq\n"
		"	mov %[tail], %%rcx\n"
		"2:	rep stosb\n"
		"3:\n"
		".subsection 1\n"
		"4:	lea (%[tail],%%rcx,8), %%rcx\n"
		"	jmp 3b\n"
		".previous\n"
		EX_TABLE(1b, 4b)
		EX_TABLE(2b, 3b)
		: "+c"(words), "+D"(to)
		: [tail] "r"(tail), "a"(0UL)
		: "memory");
	return words;
}

size_t __hot_call copy_from_guest_any(void *dst, const void *guest, size_t bytes)
{
	return guest_range_ok(guest, bytes) ? copy_fixup(dst, guest, bytes) : bytes;
}

size_t __hot_call copy_to_guest_any(void *guest, const void *src, size_t bytes)
{
	return guest_range_ok(guest, bytes) ? copy_fixup(guest, src, bytes) : bytes;
}

size_t clear_guest_raw(void *guest, size_t bytes)
{
	return guest_range_ok(guest, bytes) ? clear_fixup(guest, bytes) : bytes;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* string.h: the string instructions, for what is long enough to be worth their start. */
#ifndef ASM_STRING_H
#define ASM_STRING_H

#include <hv/types.h>

static inline void copy_words(void *to, const void *from, size_t words)
{
	__asm__ __volatile__("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

static inline void fill_words(void *to, uint64_t word, size_t words)
{
	__asm__ __volatile__("rep stosq" : "+D"(to), "+c"(words) : "a"(word) : "memory");
}

#endif

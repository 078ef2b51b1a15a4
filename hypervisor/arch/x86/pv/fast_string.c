/* SPDX-License-Identifier: GPL-2.0-only */
/* fast_string.c: whether REP STOSB is as fast as the CPU claims ("erms"). Kernels believe it and clear
 * and copy all memory by bytes then; where instructions are emulated one by one, that takes eight
 * times as long as by words, which no real CPU comes near.
 *
 * Context: boot. */
#include <asm/system.h>
#include "policy.h"

#define ROUNDS 8U
#define BYTES  1024U

static uint64_t ticks_of_bytes(void *to)
{
	size_t count = BYTES;
	uint64_t start = rdtsc_ordered();

	__asm__ __volatile__("rep stosb" : "+D"(to), "+c"(count) : "a"(0) : "memory");
	return rdtsc_ordered() - start;
}

static uint64_t ticks_of_words(void *to)
{
	size_t count = BYTES / 8;
	uint64_t start = rdtsc_ordered();

	__asm__ __volatile__("rep stosq" : "+D"(to), "+c"(count) : "a"(0UL) : "memory");
	return rdtsc_ordered() - start;
}

bool string_bytes_are_slow(void)
{
	uint64_t room[BYTES / 8], bytes = UINT64_MAX, words = UINT64_MAX;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		bytes = min(bytes, ticks_of_bytes(room));
		words = min(words, ticks_of_words(room));
	}
	return bytes / 3 > words;
}

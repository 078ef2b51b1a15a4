/* SPDX-License-Identifier: GPL-2.0-only */
/* crc32c.c: by a sparse multiple of the polynomial and tables, or by the processor's instruction:
 * whichever is faster on this machine, since under emulation the instruction is the slowest. */
#include "util/crc32c.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#define POLY 0x82f63b78u

static uint32_t table[8][256];

static void tables_make(void)
{
	for (unsigned int i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ POLY : c >> 1;
		table[0][i] = c;
	}
	for (unsigned int i = 0; i < 256; i++)
		for (int t = 1; t < 8; t++)
			table[t][i] = table[t - 1][i] >> 8 ^ table[0][table[t - 1][i] & 0xff];
}

static uint32_t by_tables(uint32_t c, const uint8_t *p, size_t n)
{
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t w;

		memcpy(&w, p, 8);
		w ^= c;
		c = table[7][w & 0xff] ^ table[6][w >> 8 & 0xff] ^ table[5][w >> 16 & 0xff] ^
		    table[4][w >> 24 & 0xff] ^ table[3][w >> 32 & 0xff] ^
		    table[2][w >> 40 & 0xff] ^ table[1][w >> 48 & 0xff] ^ table[0][w >> 56];
	}
	while (n--)
		c = c >> 8 ^ table[0][(c ^ *p++) & 0xff];
	return c;
}

/* x^5275 + x^4508 + x^2751 + 1 is a multiple of the polynomial, and so is its eighth power: a byte is
 * worth as much as the same byte FAR1, FAR2 and FAR3 further on, all three. So what has been moved on
 * from a byte is added to those, and only the last bytes go through the tables. */
#define FAR1  (5275 - 4508)
#define FAR2  (5275 - 2751)
#define FAR3  5275
#define BLOCK 8192	/* of the input; longer than FAR3 */
#define LEAST (8 * BLOCK)	/* what is shorter is done by tables as fast */

static inline uint64_t word_at(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static inline void move_word(uint8_t *to, const uint8_t *p)
{
	uint64_t w = word_at(p) ^ word_at(to - FAR1) ^ word_at(to - FAR2) ^ word_at(to - FAR3);

	/* Not in vector registers: an emulator has those in memory, and a real CPU the instruction. */
	__asm__("" : "+r"(w));
	memcpy(to, &w, sizeof(w));
}

/* moved[]: of FAR3 bytes before p, then of this block. */
static void move_block(uint8_t *moved, const uint8_t *p)
{
	uint8_t *to = moved + FAR3;

	for (size_t i = 0; i < BLOCK; i += 64, p += 64, to += 64) {
		move_word(to, p);
		move_word(to + 8, p + 8);
		move_word(to + 16, p + 16);
		move_word(to + 24, p + 24);
		move_word(to + 32, p + 32);
		move_word(to + 40, p + 40);
		move_word(to + 48, p + 48);
		move_word(to + 56, p + 56);
	}
	memcpy(moved, moved + BLOCK, FAR3);
}

/* What was moved to the FAR3 bytes at p is added to them; moved[] has zeros behind its FAR3 bytes. */
static void move_last(uint8_t *to, const uint8_t *moved, const uint8_t *p)
{
	size_t i = 0;

	for (; i + 8 <= FAR3; i += 8) {
		uint64_t w = word_at(p + i) ^ word_at(moved + i) ^ word_at(moved + i + FAR3 - FAR2) ^
			     word_at(moved + i + FAR3 - FAR1);

		memcpy(to + i, &w, sizeof(w));
	}
	for (; i < FAR3; i++)
		to[i] = p[i] ^ moved[i] ^ moved[i + FAR3 - FAR2] ^ moved[i + FAR3 - FAR1];
}

static uint32_t by_multiple(uint32_t c, const uint8_t *p, size_t n)
{
	uint8_t moved[FAR3 + BLOCK] = { 0 }, last[FAR3];

	if (n < LEAST)
		return by_tables(c, p, n);
	/* Before the first byte: c, as if FAR3 bytes before its place. */
	memcpy(moved, &c, sizeof(c));
	for (; n >= BLOCK + FAR3; n -= BLOCK, p += BLOCK)
		move_block(moved, p);
	memset(moved + FAR3, 0, FAR3);
	move_last(last, moved, p);
	return by_tables(by_tables(0, last, FAR3), p + FAR3, n - FAR3);
}

static crc32c_fn *chosen;

#ifdef __x86_64__
__attribute__((target("sse4.2")))
static uint32_t by_instruction(uint32_t crc, const uint8_t *p, size_t n)
{
	uint64_t c = crc;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t w;

		memcpy(&w, p, 8);
		c = __builtin_ia32_crc32di(c, w);
	}
	while (n--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return (uint32_t)c;
}

#endif

/* The shortest of three: others run on this machine, too. */
static long time_of(crc32c_fn *fn)
{
	static const uint8_t data[2 * LEAST];
	long best = LONG_MAX;

	for (unsigned int i = 0; i < 3; i++) {
		struct timespec a, b;
		volatile uint32_t sink;
		long t;

		clock_gettime(CLOCK_MONOTONIC, &a);
		sink = fn(0, data, sizeof(data));
		clock_gettime(CLOCK_MONOTONIC, &b);
		(void)sink;
		t = (b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec;
		best = t < best ? t : best;
	}
	return best;
}

size_t crc32c_ways(crc32c_fn *ret_ways[CRC32C_WAYS])
{
	size_t n = 0;

	if (!table[0][1])
		tables_make();
	ret_ways[n++] = by_tables;
	ret_ways[n++] = by_multiple;
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		ret_ways[n++] = by_instruction;
#endif
	return n;
}

/* Tables are for what is short: between the other two. */
static void choose(void)
{
	crc32c_fn *ways[CRC32C_WAYS];
	size_t n = crc32c_ways(ways);

	chosen = by_multiple;
	if (n == CRC32C_WAYS && time_of(ways[2]) < time_of(by_multiple))
		chosen = ways[2];
}

uint32_t crc32c(uint32_t crc, const void *data, size_t bytes)
{
	if (!chosen)
		choose();
	return ~chosen(~crc, data, bytes);
}

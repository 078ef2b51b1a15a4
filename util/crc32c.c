/* SPDX-License-Identifier: GPL-2.0-only */
/* crc32c.c: eight bytes a step by tables, or by the processor's instruction: whichever is faster on
 * this machine, since under emulation the instruction is not. */
#include "util/crc32c.h"

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

static uint32_t (*chosen)(uint32_t c, const uint8_t *p, size_t n);

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

static long time_of(uint32_t (*fn)(uint32_t c, const uint8_t *p, size_t n))
{
	static const uint8_t data[16384];
	struct timespec a, b;
	volatile uint32_t sink;

	sink = fn(0, data, sizeof(data));	/* once for the caches */
	clock_gettime(CLOCK_MONOTONIC, &a);
	sink = fn(0, data, sizeof(data));
	clock_gettime(CLOCK_MONOTONIC, &b);
	(void)sink;
	return (b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec;
}
#endif

static void choose(void)
{
	tables_make();
	chosen = by_tables;
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2") && time_of(by_instruction) < time_of(by_tables))
		chosen = by_instruction;
#endif
}

uint32_t crc32c(uint32_t crc, const void *data, size_t bytes)
{
	if (!chosen)
		choose();
	return ~chosen(~crc, data, bytes);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* crc32c_test.c: all ways to the check sum lead to the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/crc32c.h"

#define ROOM 200000

static uint8_t data[ROOM];

/* RFC 3720, appendix B.4, and the usual one. */
static void known_sums(void **state)
{
	uint8_t up[32], same[32];

	for (unsigned int i = 0; i < sizeof(up); i++)
		up[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(0, up, sizeof(up)), 0x46dd794e);
	memset(same, 0, sizeof(same));
	assert_int_equal(crc32c(0, same, sizeof(same)), 0x8a9136aa);
	memset(same, 0xff, sizeof(same));
	assert_int_equal(crc32c(0, same, sizeof(same)), 0x62a8ab43);
	assert_int_equal(crc32c(7, same, 0), 7);
}

/* Bit by bit: the definition. */
static uint32_t by_bits(uint32_t c, const uint8_t *p, size_t n)
{
	while (n--) {
		c ^= *p++;
		for (unsigned int i = 0; i < 8; i++)
			c = c >> 1 ^ (c & 1 ? 0x82f63b78 : 0);
	}
	return c;
}

static void all_ways_agree(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 8, 9, 4096, 65535, 65536, 65537, 70001, 131072, 190007 };
	crc32c_fn *ways[CRC32C_WAYS];
	size_t n = crc32c_ways(ways);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t at = (size_t)rand() % 1000;
		uint32_t start = (uint32_t)rand() * 3, want = by_bits(start, data + at, sizes[i]);

		for (size_t k = 0; k < n; k++)
			assert_int_equal(ways[k](start, data + at, sizes[i]), want);
	}
}

static void in_pieces(void **state)
{
	uint32_t all = crc32c(0, data, ROOM), sum = 0;

	for (size_t at = 0, n; at < ROOM; at += n) {
		n = (size_t)rand() % 100000;
		n = n > ROOM - at ? ROOM - at : n;
		sum = crc32c(sum, data + at, n);
	}
	assert_int_equal(sum, all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sums), cmocka_unit_test(all_ways_agree), cmocka_unit_test(in_pieces),
	};

	for (size_t i = 0; i < ROOM; i++)
		data[i] = (uint8_t)rand();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

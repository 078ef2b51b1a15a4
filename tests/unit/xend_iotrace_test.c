/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_iotrace_test.c: lines of the kernel's trace about requests that failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xend/iotrace.h"

#include <stdio.h>

#define BEFORE "     kworker/u4:1-45      [001] d..1.   123.456789: "

static const struct {
	const char *line;
	struct be_disk_error e;
} good[] = {
	{ BEFORE "block_rq_error: 7,0 R () 16384 + 8 [-5]", { 7, 0, 16384, false, 5 } },
	{ BEFORE "block_rq_error: 43,2 WSM () 0 + 1024 [-28]", { 43, 2, 0, true, 28 } },
	{ BEFORE "block_rq_error: 259,7 DS () 18446744073709551615 + 8 none,0,0 [-121]",
		{ 259, 7, UINT64_MAX, true, 121 } },
	{ BEFORE "block_bio_complete: 254,3 RA 77 + 8 [-5]", { 254, 3, 77, false, 5 } },
};

static const char *const bad[] = {
	"", "CPU:0 [LOST 12 EVENTS]", BEFORE "block_rq_complete: 7,0 R () 16384 + 8 [-5]",
	BEFORE "block_rq_error: ", BEFORE "block_rq_error: 7,0 R () 16384 + 8", BEFORE "block_rq_error: 7,0 R [-5]",
	BEFORE "block_bio_complete: 7,0 R 16384 + 8 [0]", BEFORE "block_bio_complete: 7,0 R 16384 + 8 [x]",
};

static void test_lines(void **state)
{
	struct be_disk_error e;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!iotrace_parse(good[i].line, &e))
			fail_msg("not taken: %s", good[i].line);
		assert_int_equal(e.major, good[i].e.major);
		assert_int_equal(e.minor, good[i].e.minor);
		assert_true(e.sector == good[i].e.sector);
		assert_int_equal(e.write, good[i].e.write);
		assert_int_equal(e.err, good[i].e.err);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (iotrace_parse(bad[i], &e))
			fail_msg("taken: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

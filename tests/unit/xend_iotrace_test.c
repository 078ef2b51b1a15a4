/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_iotrace_test.c: lines of the kernel's trace about requests that failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xend/iotrace.h"

#include <stdio.h>
#include <stdlib.h>

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

static void test_partitions(void **state)
{
	char dir[] = "/tmp/iotrace-XXXXXX", command[400];
	struct be_disk_error e = { 8, 0, 2048, true, 5 }, p;

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "cd %s && mkdir -p 8:0/sda1 8:0/sda2 8:0/queue && cd 8:0 && "
		"echo 1 > sda1/partition && echo 2048 > sda1/start && echo 100 > sda1/size && echo 8:1 > sda1/dev && "
		"echo 2 > sda2/partition && echo 2148 > sda2/start && echo 8 > sda2/size && echo 8:2 > sda2/dev", dir);
	assert_int_equal(system(command), 0);
	assert_true(iotrace_partition(dir, &e, &p));
	assert_true(p.major == 8 && p.minor == 1 && p.sector == 0 && p.write && p.err == 5);
	e.sector = 2155;
	assert_true(iotrace_partition(dir, &e, &p) && p.minor == 2 && p.sector == 7);
	e.sector = 2156;
	assert_false(iotrace_partition(dir, &e, &p));
	e.sector = 0;
	assert_false(iotrace_partition(dir, &e, &p));
	e.minor = 16;
	assert_false(iotrace_partition(dir, &e, &p));
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines), cmocka_unit_test(test_partitions) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* log_test.c: lines, levels, and files that are limited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[96];

static int setup(void **state)
{
	strcpy(dir, "/tmp/log-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.log", dir);
	return 0;
}

static int teardown(void **state)
{
	char cmd[128];

	log_set_limit(0, 0);
	log_open(NULL);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return system(cmd);
}

static long size_of(const char *suffix)
{
	char name[128];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &st) ? -1 : (long)st.st_size;
}

static void test_lines(void **state)
{
	char text[256] = "";
	FILE *f;

	assert_int_equal(log_open(path), 0);
	log_debug("t", "not shown");
	log_info("t", "a\nb %d", 5);
	f = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), f));
	assert_non_null(strstr(text, " info t: a?b 5\n"));
	assert_null(fgets(text, sizeof(text), f));
	assert_true(log_open("/nosuch/dir/x") < 0);
	log_info("t", "still here");
	clearerr(f);
	assert_non_null(fgets(text, sizeof(text), f));
	assert_non_null(strstr(text, "still here"));
	fclose(f);
}

/* A thousand lines in files of at most 1000 bytes, of which the last three are kept. */
static void test_limit(void **state)
{
	log_set_limit(1000, 2);
	assert_int_equal(log_open(path), 0);
	for (int i = 0; i < 1000; i++) {
		log_info("t", "line number %d", i);
		assert_in_range(size_of(""), 1, 1000);
	}
	assert_in_range(size_of(".1"), 900, 1000);
	assert_in_range(size_of(".2"), 900, 1000);
	assert_int_equal(size_of(".3"), -1);
	/* what is there at the start counts */
	assert_int_equal(log_open(path), 0);
	for (int i = 0; i < 20; i++)
		log_info("t", "another %d", i);
	assert_in_range(size_of(""), 1, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

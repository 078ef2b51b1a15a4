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
#include <signal.h>
#include <sys/resource.h>
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

/* No room for what is said: what was said before stays where it is. */
static void test_full(void **state)
{
	struct rlimit was, full;
	long before;

	log_set_limit(1000, 2);
	assert_int_equal(log_open(path), 0);
	log_info("t", "the reason of it all");
	before = size_of("");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	full = was;
	full.rlim_cur = (rlim_t)before;
	setrlimit(RLIMIT_FSIZE, &full);
	for (int i = 0; i < 100; i++)
		log_info("t", "line number %d", i);
	setrlimit(RLIMIT_FSIZE, &was);
	assert_int_equal(size_of(""), before);
	assert_int_equal(size_of(".1"), -1);
	log_info("t", "room again");
	assert_true(size_of("") > before);
}

static void test_pace(void **state)
{
	struct log_pace pace = { 0 };
	unsigned int said = 0, left_out = 0, n;

	for (int i = 0; i < 100000; i++) {
		if (!log_paced(&pace, &n))
			continue;
		said++;
		left_out += n;
	}
	assert_in_range(said, 1, 5);
	assert_int_equal(said + left_out + pace.left_out, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test(test_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

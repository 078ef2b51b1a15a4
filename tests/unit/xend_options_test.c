/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_options_test.c: xend's command line and its file of options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xend/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/xend-options-XXXXXX", name[] = "xend", config[] = "--config", nosuch[] = "/nosuch";

static int begin(void **state)
{
	int fd = mkstemp(path);

	close(fd);
	return fd < 0;
}

static int end(void **state)
{
	return unlink(path);
}

static int parse(const char *file, const char *arg, struct options *o)
{
	static char given[64];
	char *argv[] = { name, config, path, arg ? given : NULL, NULL };
	FILE *f = fopen(path, "w");

	snprintf(given, sizeof(given), "%s", arg ? arg : "");
	fputs(file, f);
	fclose(f);
	return options_parse(arg ? 4 : 3, argv, o);	/* which keeps what argv has */
}

static void test_file(void **state)
{
	struct options o;

	assert_int_equal(parse("# nothing\n\n", NULL, &o), -1);
	assert_null(o.network.address);
	assert_string_equal(o.network.address6, "auto");
	assert_int_equal(o.antiloop_s, 60);
	assert_int_equal(parse("restart-window = 30 # seconds\nverbose\n  network=10.1.0.1/16\n"
		"network-ipv6=fd00:1::1/64\nnetwork-bridge \"br9\"\nautoballoon off", NULL, &o), -1);
	assert_int_equal(o.antiloop_s, 30);
	assert_true(o.verbose);
	assert_string_equal(o.network.address, "10.1.0.1");
	assert_int_equal(o.network.bits, 16);
	assert_string_equal(o.network.address6, "fd00:1::1");
	assert_string_equal(o.network.bridge, "br9");
	assert_int_equal(o.autoballoon, BALLOON_OFF);
	assert_int_equal(parse("restart-window = 30\n", "--restart-window=20", &o), -1);
	assert_int_equal(o.antiloop_s, 20);
	assert_int_equal(parse("network = 10.1.0.1/16\n", "--network=off", &o), -1);
	assert_int_equal(parse("network-ipv6 = fd00::1/64\n", "--network-ipv6=off", &o), -1);
	assert_null(o.network.address6);
	assert_null(o.network.address);
	assert_int_equal(o.console_log_kib, 1024);
	assert_int_equal(parse("console-scrollback = 8\nconsole-log-size = 0\nconsole-log-keep = 9\n", NULL, &o), -1);
	assert_int_equal(o.console_scrollback_kib, 8);
	assert_int_equal(o.console_log_kib, 0);
	assert_int_equal(o.console_log_keep, 9);
}

static void test_bad(void **state)
{
	static const char *const wrong[] = { "nosuch = 1", "verbose = 1", "restart-window", "restart-window = x",
		"network = 10.0.0.1", "network = 10.0.0.1/30", "network = 10.0.0/24", "network = 10.0.0.1/x",
		"network = 10.0.0.1/", "config = /x", "help", "version", "= 1", "network = fd00::1/64",
		"network-ipv6 = fd00::1", "network-ipv6 = fd00::1/48",
		"network-ipv6 = 10.0.0.1/64", "network-ipv6 = on",
		"console-log-keep = 100", "console-scrollback = 20000", "console-log-size = -1" };
	struct options o;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (parse(wrong[i], NULL, &o) != 2)
			fail_msg("%s", wrong[i]);
	assert_int_equal(options_parse(3, (char *[]){ name, config, nosuch, NULL }, &o), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_file), cmocka_unit_test(test_bad) };

	return cmocka_run_group_tests(tests, begin, end);
}

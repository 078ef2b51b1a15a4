/* SPDX-License-Identifier: GPL-2.0-only */
/* xm_args_test.c: finding commands, their options and operands, usage errors of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xm_env.h"
#include "xm/xm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct xm_cmd row_list = { .name = "list" },
	row_mem_set = { .name = "mem-set", .aliases = { "balloon", "ram" } },
	row_mem = { .name = "mem" }, row_mem_max = { .name = "mem-max" };
static const struct xm_cmd *const rows[] = { &row_list, &row_mem_set, &row_mem, &row_mem_max, NULL };

static void test_find(void **state)
{
	static const struct {
		const char *word;
		int rc;
		const struct xm_cmd *cmd;
		bool alias;
	} cases[] = {
		{ "list", 0, &row_list }, { "li", 0, &row_list }, { "l", -ENOENT },
		{ "lists", -ENOENT }, { "", -ENOENT }, { "mem", 0, &row_mem }, { "me", -ENOTUNIQ },
		{ "mem-", -ENOTUNIQ }, { "mem-s", 0, &row_mem_set }, { "balloon", 0, &row_mem_set, true },
		{ "ball", -ENOENT }, { "ram", 0, &row_mem_set, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct xm_cmd *cmd = NULL;
		bool alias = false;

		assert_int_equal(xm_find(rows, cases[i].word, &cmd, &alias), cases[i].rc);
		assert_ptr_equal(cmd, cases[i].cmd);
		assert_int_equal(alias, cases[i].alias);
	}
}

/* What Ganeti relies on, and that no name is hidden by another. */
static void test_table(void **state)
{
	const struct xm_cmd *cmd;
	bool alias;

	assert_int_equal(xm_find(xm_table, "debug", &cmd, &alias), 0);
	assert_string_equal(cmd->name, "debug-keys");
	for (int i = 0; xm_table[i]; i++) {
		const struct xm_cmd *c = xm_table[i];

		assert_int_equal(xm_find(xm_table, c->name, &cmd, &alias), 0);
		assert_ptr_equal(cmd, c);
		assert_non_null(c->run);
		assert_non_null(c->usage);
		assert_true(c->help && *c->help >= 'a' && *c->help <= 'z');
		assert_true(c->max == XM_ANY || c->max >= c->min);
		assert_null(xm_obsolete(c->name));
		assert_true(!i || strcmp(xm_table[i - 1]->name, c->name) < 0);
		for (int n = 0; n < XM_OPTS_MAX && c->opts[n].name; n++)
			assert_non_null(c->opts[n].help);
	}
}

static const struct xm_cmd opts_cmd = {
	.name = "opts", .min = 1, .max = 2, .json = true, .usage = "<A>", .help = "test",
	.opts = { { 'a', "all", NULL, "a" }, { 'f', "file", "FILE", "f" }, { 0, "path", "PATH", "p" } },
};

/* Words apart by blanks: the exit code and what came of it. */
static int parse(const char *line, struct xm_run *x, char **argv)
{
	static char buf[256];
	int argc = 0;

	strcpy(buf, line);
	for (char *w = strtok(buf, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	*x = (struct xm_run){ .cmd = &opts_cmd };
	return xm_args(x, argc, argv);
}

static void test_args(void **state)
{
	struct xm_run x;
	char *argv[32];

	assert_int_equal(parse("one -a two", &x, argv), 0);
	assert_int_equal(x.argc, 2);
	assert_string_equal(x.argv[1], "two");
	assert_null(x.argv[2]);
	assert_string_equal(xm_opt(&x, "all"), "");
	assert_null(xm_opt(&x, "file"));
	assert_int_equal(parse("-af F one --json", &x, argv), 0);
	assert_string_equal(xm_opt(&x, "file"), "F");
	assert_true(x.json);
	assert_int_equal(parse("-fF one", &x, argv), 0);
	assert_string_equal(xm_opt(&x, "file"), "F");
	assert_int_equal(parse("--file=F --path P one", &x, argv), 0);
	assert_string_equal(xm_opt(&x, "file"), "F");
	assert_string_equal(xm_opt(&x, "path"), "P");
	assert_int_equal(parse("-- -a --json", &x, argv), 0);
	assert_string_equal(x.argv[0], "-a");
	assert_false(x.json);
	assert_int_equal(parse("-", &x, argv), 0);
	assert_string_equal(x.argv[0], "-");
	assert_int_equal(parse("-h", &x, argv), -1);
	assert_int_equal(parse("one --help", &x, argv), -1);
}

static void test_sizes(void **state)
{
	assert_int_equal(xm_size_bytes("3"), 3 << 20);
	assert_int_equal(xm_size_bytes("3k"), 3 << 10);
	assert_int_equal(xm_size_bytes("3M"), 3 << 20);
	assert_true(xm_size_bytes("3g") == 3LL << 30 && xm_size_bytes("8388607T") == 8388607LL << 40);
	for (const char *const *bad = (const char *const[]){ "", "g", "0", "-1", "3x", "3gb", "3 g", "8388608t",
			"99999999999999999999", NULL }; *bad; bad++)
		assert_int_equal(xm_size_bytes(*bad), -1);
}

/* Every command: too few, too many, an unknown option, help; nothing of it asks xend. */
static void test_usage_errors(void **state)
{
	char want[128];

	setenv("XEND_SOCKET", "/nosuch/sock", 1);
	for (int i = 0; xm_table[i]; i++) {
		const struct xm_cmd *c = xm_table[i];

		snprintf(want, sizeof(want), "Error: 'xm %s' requires ", c->name);
		if (c->min > 0) {
			assert_int_equal(xm_ran(c->name, NULL), XM_FAILED);
			assert_memory_equal(xm_err, want, strlen(want));
			assert_non_null(strstr(xm_err, "\nUsage: xm "));
			assert_string_equal(xm_out, "");
		}
		if (c->max != XM_ANY) {
			assert_int_equal(xm_ran(c->name, "a", "b", "c", "d", "e", "f", "g", NULL), XM_FAILED);
			assert_memory_equal(xm_err, want, strlen(want));
		}
		assert_int_equal(xm_ran(c->name, "--nosuch", NULL), XM_FAILED);
		assert_non_null(strstr(xm_err, "unknown option '--nosuch'."));
		assert_int_equal(xm_ran(c->name, "-Z", NULL), XM_FAILED);
		assert_non_null(strstr(xm_err, "unknown option '-Z'."));
		assert_int_equal(xm_ran(c->name, "--help", NULL), XM_FAILED);
		assert_string_equal(xm_err, "");
		snprintf(want, sizeof(want), "Usage: xm %s", c->name);
		assert_memory_equal(xm_out, want, strlen(want));
	}
	assert_int_equal(xm_ran("shutdown", NULL), XM_FAILED);
	assert_non_null(strstr(xm_err, "Error: 'xm shutdown' requires 1 argument.\n"));
	assert_int_equal(xm_ran("shutdown", "-a", "x", NULL), XM_FAILED);
	assert_int_equal(xm_ran("shutdown", "-HR", "x", NULL), XM_FAILED);
	assert_int_equal(xm_ran("console", "-n", NULL), XM_FAILED);
	assert_non_null(strstr(xm_err, "no value for option"));
	assert_int_equal(xm_ran("console", "-r", "-w", "x", NULL), XM_FAILED);
	assert_non_null(strstr(xm_err, "contradict"));
	assert_int_equal(xm_ran("console", "-s", "12x", "x", NULL), XM_FAILED);
	assert_non_null(strstr(xm_err, "Not a number of lines"));
	assert_int_equal(xm_ran("list", "--long=1", NULL), XM_FAILED);
}

static void test_fixed_messages(void **state)
{
	setenv("XEND_SOCKET", "/nosuch/sock", 1);
	assert_int_equal(xm_ran("list", NULL), XM_FAILED);
	assert_string_equal(xm_err, "Error: Unable to connect to xend: /nosuch/sock: No such file or directory. "
		"Is xend running?\n");
	assert_int_equal(xm_ran("create", "-n", "no\nsuch\033[1m", NULL), XM_FAILED);
	assert_memory_equal(xm_err, "Error: Cannot find config file \"no?such?[1m\"", 43);
	assert_int_equal(xm_ran("frobnicate", NULL), XM_FAILED);
	assert_memory_equal(xm_err, "Error: Subcommand frobnicate not found!\n", 40);
	assert_int_equal(xm_ran("vtpm-list", "x", NULL), XM_FAILED);
	assert_memory_equal(xm_err, "Error: 'xm vtpm-list' is not supported: ", 40);
	assert_int_equal(xm_ran("tmem-list", NULL), XM_FAILED);
	assert_memory_equal(xm_err, "Error: 'xm tmem-list' is not supported: ", 40);
	assert_int_equal(xm_ran("create", "/nosuch.cfg", NULL), XM_FAILED);
	assert_string_equal(xm_err, "Error: Cannot find config file \"/nosuch.cfg\"\n");
}

/* A folder of the name is not what is looked for. */
static void test_config_file(void **state)
{
	char dir[] = "/tmp/xm-args-XXXXXX", path[64], command[128];

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "mkdir -p %s/a/web %s/b && echo memory=1 > %s/b/web", dir, dir, dir);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "--path=%s/a:%s/b", dir, dir);
	assert_int_equal(xm_ran("create", path, "-n", "web", NULL), XM_FAILED);
	snprintf(path, sizeof(path), "Using config file \"%s/b/web\".\n", dir);
	assert_string_equal(xm_out, path);
	snprintf(path, sizeof(path), "--path=%s/a", dir);
	assert_int_equal(xm_ran("create", path, "-n", "web", NULL), XM_FAILED);
	assert_memory_equal(xm_err, "Error: Cannot find config file \"web\"", 36);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static void test_help(void **state)
{
	assert_int_equal(xm_ran("help", NULL), XM_OK);
	assert_memory_equal(xm_out, "Usage: xm <subcommand> [args]\n", 30);
	assert_non_null(strstr(xm_out, "xm full list of subcommands:\n"));
	assert_int_equal(xm_ran("--help", NULL), XM_OK);
	assert_int_equal(xm_ran(NULL), XM_FAILED);
	assert_int_equal(xm_ran("help", "--long", NULL), XM_OK);
	assert_int_equal(xm_ran("help", "create", NULL), XM_OK);
	assert_non_null(strstr(xm_out, "--defconfig=FILE"));
	assert_int_equal(xm_ran("help", "nosuch", NULL), XM_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find), cmocka_unit_test(test_table), cmocka_unit_test(test_args),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_usage_errors), cmocka_unit_test(test_fixed_messages),
		cmocka_unit_test(test_config_file), cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

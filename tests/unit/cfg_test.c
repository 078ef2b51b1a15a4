/* SPDX-License-Identifier: GPL-2.0-only */
/* cfg_test.c: configuration files: what they may hold, and where the error is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/cfg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char err[CFG_ERROR_MAX];

/* key's value as JSON after reading text; "(error)" or "(none)". */
static const char *value(const char *text, const char *key)
{
	static char buf[4096];
	struct cfg *cfg = cfg_new();
	const struct cfg_entry *e;

	if (cfg_parse(cfg, "f", text, strlen(text), err, sizeof(err))) {
		strcpy(buf, "(error)");
	} else {
		e = cfg_find(cfg, key);
		snprintf(buf, sizeof(buf), "%s", e ? json_object_to_json_string_ext(e->value,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE) : "(none)");
	}
	cfg_free(cfg);
	return buf;
}

static const struct {
	const char *text, *value;	/* of x */
} good[] = {
	{ "x = 'a'", "\"a\"" },
	{ "x=\"a'b\"", "\"a'b\"" },
	{ "x = 'it\\'s'", "\"it's\"" },
	{ "x = 'a\\tb\\x41\\101\\q'", "\"a\\tbAA\\\\q\"" },
	{ "x = r'a\\tb'", "\"a\\\\tb\"" },
	{ "x = u'a' \"b\" 'c'", "\"abc\"" },
	{ "x = '''a\nb'''", "\"a\\nb\"" },
	{ "x = 'a\\\nb'", "\"ab\"" },
	{ "x = 12", "12" }, { "x = 0x1F", "31" }, { "x = 0o17", "15" }, { "x = 017", "15" },
	{ "x = 5L", "5" }, { "x = -3", "-3" }, { "x = +-+3", "-3" }, { "x = 0", "0" },
	{ "x = 2 + 3 * 4 - 1", "13" }, { "x = (2 + 3) * 4", "20" }, { "x = 7 % 4", "3" },
	{ "x = (0-7) % 4", "1" },
	{ "x = True", "true" }, { "x = False", "false" }, { "x = None", "null" },
	{ "x = []", "[]" }, { "x = ()", "[]" }, { "x = [1,]", "[1]" }, { "x = (1,)", "[1]" },
	{ "x = (1)", "1" }, { "x = ['a', ['b', 2], (3, 4),]", "[\"a\",[\"b\",2],[3,4]]" },
	{ "x = [ 'a', # one\n\n  'b' # two\n ]", "[\"a\",\"b\"]" },
	{ "x = [1] + [2]", "[1,2]" },
	{ "x = [1]; x += [2]", "[1,2]" },
	{ "x += [2]", "[2]" },
	{ "a = 'p'\nx = a + '/q'", "\"p/q\"" },
	{ "a = 3; x = 'vm%d-%s-%x%%' % (a, 'b', 255)", "\"vm3-b-ff%\"" },
	{ "x = 'a%s' % 7", "\"a7\"" },
	{ "x = 1; x = 2", "2" },
	{ "x = 1 ;; ; \n\n# end", "1" },
	{ "  x = 1", "1" },
	{ "x = 1\r\ny = 2\r\n", "1" },
	{ "x \\\n = 1", "1" },
	{ "", "(none)" }, { "# x = 1", "(none)" },
	{ "{\"x\": [\"a\", 1]}", "[\"a\",1]" },
	{ " \n{\"x\":null} \n", "null" },
};

static void test_good(void **state)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (strcmp(value(good[i].text, "x"), good[i].value))
			fail_msg("%s: %s (%s), not %s", good[i].text, value(good[i].text, "x"), err,
				good[i].value);
}

static const struct {
	const char *text, *error;	/* how it begins; the file is f */
} bad[] = {
	{ "x", "f:1:2: expected '=' behind the key, found the end of the file" },
	{ "x =", "f:1:4: expected a value" },
	{ "\nx = ]", "f:2:5: expected a value (a string in quotes, a number or a list), found ']'" },
	{ "x = 1 2", "f:1:7: expected the end of the line or ';', found '2'" },
	{ "x = web", "f:1:5: expected a value, found 'web', which is not set before" },
	{ "x = 'a", "f:1:5: expected a closing ' for the string that starts here" },
	{ "x = '''a\n", "f:1:5: expected a closing triple ' thrice" },
	{ "x = 'a\nb'", "f:1:5: expected a closing '" },
	{ "x = [1", "f:1:7: expected ',' or ']', found the end of the file" },
	{ "x = [1 2]", "f:1:8: expected ',' or ']', found '2'" },
	{ "x = (1", "f:1:7: expected ',' or ')'" },
	{ "x = [,]", "f:1:6: expected a value" },
	{ "x = 1'", "f:1:6: expected a closing '" },
	{ "x = 1.5", "f:1:5: expected an integer, found '1.5'" },
	{ "x = 12abc", "f:1:5: expected a number, found '12abc'" },
	{ "x = 0x", "f:1:5: expected a number" },
	{ "x = 99999999999999999999", "f:1:5: expected a number of at most 63 bits" },
	{ "x = 9223372036854775807 + 1", "f:1:25: expected a result of at most 63 bits" },
	{ "x = 5 % 0", "f:1:7: expected a divisor that is not 0" },
	{ "x = 'a' + 1", "f:1:9: expected values that '+' can join, not a string and a number" },
	{ "x = 'a%s' % (1, 2)", "f:1:11: expected 1 values behind %" },
	{ "x = 'a%s%s' % 1", "f:1:13: expected more values behind %" },
	{ "x = 'a%d' % 'b'", "f:1:11: expected %s, %d or %x" },
	{ "x = 'a%'  % 1", "f:1:11: expected %s, %d or %x" },
	{ "x = 'a\\x00'", "f:1:7: expected \\xHH" },
	{ "x = 'a\\0'", "f:1:7: expected \\xHH" },
	{ "x = \001", "f:1:5: expected text, found the byte 0x01" },
	{ "x = \303\244", "f:1:5: expected text, found the byte 0xc3" },
	{ "x = {'a': 1}", "f:1:5: expected a value" },
	{ "x == 1", "f:1:3: expected '=' behind the key, found '=='" },
	{ "x = 1 == 1", "f:1:7: expected the end of the line" },
	{ "import os", "f:1:1: expected KEY = VALUE, found an 'import' statement" },
	{ "x = 1\nfrom os import path", "f:2:1: expected KEY = VALUE, found an 'import'" },
	{ "def f(vmid):\n  return 1", "f:1:1: expected KEY = VALUE, found a function definition" },
	{ "if x: y = 1", "f:1:1: expected KEY = VALUE, found an 'if' statement" },
	{ "for i in [1]: pass", "f:1:1: expected KEY = VALUE, found a 'for' loop" },
	{ "x = lambda: 1", "f:1:5: expected a value, found a 'lambda' expression" },
	{ "x = not 1", "f:1:5: expected a value, found the operator 'not'" },
	{ "x = [i for i in (1,2)]", "f:1:6: expected a value, found 'i'" },
	{ "x = [1 for i in (1,2)]", "f:1:8: expected ',' or ']', found a 'for' loop" },
	{ "x = 1 if 2 else 3", "f:1:7: expected the end of the line or ';', found an 'if' statement" },
	{ "x = int('3')", "f:1:5: expected a value, found a call 'int('" },
	{ "x = os.uname", "f:1:5: expected a value, found an attribute 'os.'" },
	{ "a = [1]\nx = a[0]", "f:2:5: expected a value, found a subscript 'a['" },
	{ "print('x')", "f:1:1: expected KEY = VALUE, found a 'print' statement" },
	{ "exit(1)", "f:1:1: expected KEY = VALUE, found a call 'exit('" },
	{ "a.b = 1", "f:1:1: expected KEY = VALUE, found an attribute 'a.'" },
	{ "'x' = 1", "f:1:1: expected KEY = VALUE, found ''x''" },
	{ "<xml/>", "f:1:1: expected KEY = VALUE or JSON, found XML; XML configurations are not "
		"supported yet" },
	{ "{\"x\": 1", "f:1:8: expected one JSON object" },
	{ "{\"x\":\n oops}", "f:2:2: expected one JSON object" },
	{ "{} x", "f:1:4: expected one JSON object: there is text behind it" },
	{ "{\"x\": \"a\\u0000b\"}", "f:1:1: expected a value without NUL bytes" },
};

static void test_bad(void **state)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strcmp(value(bad[i].text, "x"), "(error)") ||
		    strncmp(err, bad[i].error, strlen(bad[i].error)))
			fail_msg("%s: %s '%s', not '%s'", bad[i].text, value(bad[i].text, "x"), err,
				bad[i].error);
}

/* text repeated between a beginning and an end */
static int parse_repeated(const char *begin, const char *text, size_t times, const char *end)
{
	size_t len = strlen(text), at = strlen(begin);
	char *all = malloc(at + len * times + strlen(end) + 1);
	struct cfg *cfg = cfg_new();
	int rc;

	strcpy(all, begin);
	for (size_t i = 0; i < times; i++, at += len)
		memcpy(all + at, text, len);
	strcpy(all + at, end);
	rc = cfg_parse(cfg, "f", all, strlen(all), err, sizeof(err));
	cfg_free(cfg);
	free(all);
	return rc;
}

static void test_limits(void **state)
{
	char key[32];
	struct cfg *cfg = cfg_new();
	int rc = 0;

	assert_int_equal(parse_repeated("x = ", "[", CFG_DEPTH_MAX + 1, "1"), -EFBIG);
	assert_int_equal(parse_repeated("x = ", "[", 100000, ""), -EFBIG);
	assert_int_equal(parse_repeated("x = ", "(", 100000, ""), -EFBIG);
	assert_int_equal(parse_repeated("x = ", "-", 100000, "1"), 0);
	assert_int_equal(parse_repeated("x = [", "1,", CFG_VALUES_MAX - 2, "]"), 0);
	assert_int_equal(parse_repeated("x = [", "1,", CFG_VALUES_MAX + 2, "]"), -EFBIG);
	assert_int_equal(parse_repeated("x = '", "a", CFG_STRING_MAX, "'"), -EFBIG);
	assert_int_equal(parse_repeated("x = '", "a", CFG_STRING_MAX - 100, "'"), 0);
	assert_int_equal(parse_repeated("#", "a", CFG_FILE_MAX, ""), -EFBIG);
	/* doubling */
	assert_int_equal(parse_repeated("x = 'aaaaaaaa'\n", "x = x + x\n", 40, ""), -EINVAL);
	assert_int_equal(parse_repeated("x = [1]\n", "x = [x, x]\n", 30, ""), -EFBIG);
	assert_int_equal(parse_repeated("{\"x\": ", "[", 200, "}"), -EINVAL);
	for (int i = 0; !rc && i <= CFG_ENTRIES_MAX; i++) {
		snprintf(key, sizeof(key), "k%d = 1", i);
		rc = cfg_parse(cfg, "f", key, strlen(key), err, sizeof(err));
	}
	assert_int_equal(rc, -EFBIG);
	assert_int_equal(cfg->count, CFG_ENTRIES_MAX);
	cfg_free(cfg);
}

static void test_nul_byte(void **state)
{
	static const char text[] = "x = 'a\0b'", json[] = "{\"x\": 1\0}";
	struct cfg *cfg = cfg_new();

	assert_int_not_equal(cfg_parse(cfg, "f", json, sizeof(json) - 1, err, sizeof(err)), 0);
	/* within a string it is kept out, too: later readers would stop there */
	assert_int_equal(cfg_parse(cfg, "f", text, sizeof(text) - 1, err, sizeof(err)), -EINVAL);
	cfg_free(cfg);
}

static void test_define(void **state)
{
	struct cfg *cfg = cfg_new();

	assert_int_equal(cfg_define(cfg, "name=two", err, sizeof(err)), 0);
	assert_string_equal(json_object_get_string(cfg_find(cfg, "name")->value), "two");
	assert_int_equal(cfg_find(cfg, "name")->line, 0);
	assert_int_equal(cfg_define(cfg, "name=\"three\"", err, sizeof(err)), 0);
	assert_string_equal(json_object_get_string(cfg_find(cfg, "name")->value), "three");
	assert_int_equal(cfg_define(cfg, "vif=['a', 'b']", err, sizeof(err)), 0);
	assert_int_equal(json_object_array_length(cfg_find(cfg, "vif")->value), 2);
	assert_int_equal(cfg_define(cfg, "extra=a=b c", err, sizeof(err)), 0);
	assert_string_equal(json_object_get_string(cfg_find(cfg, "extra")->value), "a=b c");
	assert_int_equal(cfg_define(cfg, "empty=", err, sizeof(err)), 0);
	assert_int_equal(cfg_define(cfg, "noequals", err, sizeof(err)), -EINVAL);
	assert_int_equal(cfg_define(cfg, "a b=1", err, sizeof(err)), -EINVAL);
	assert_int_equal(cfg_define(cfg, "=1", err, sizeof(err)), -EINVAL);
	assert_int_equal(cfg_define(cfg, "x=['a'", err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "argument:1:7: expected ',' or ']'"));
	cfg_free(cfg);
}

/* What the command line says counts more, also where the file uses it. */
static void test_define_is_fixed(void **state)
{
	static const char text[] = "id = 1\nid += 5\nname = 'vm%d' % id\n", json[] = "{\"id\": 3}";
	struct cfg *cfg = cfg_new();

	assert_int_equal(cfg_define(cfg, "id=6", err, sizeof(err)), 0);
	assert_int_equal(cfg_define(cfg, "id=7", err, sizeof(err)), 0);
	assert_int_equal(cfg_parse(cfg, "f", text, strlen(text), err, sizeof(err)), 0);
	assert_int_equal(cfg_parse(cfg, "f", json, strlen(json), err, sizeof(err)), 0);
	assert_true(json_object_is_type(cfg_find(cfg, "id")->value, json_type_int));
	assert_int_equal(json_object_get_int(cfg_find(cfg, "id")->value), 7);
	assert_string_equal(json_object_get_string(cfg_find(cfg, "name")->value), "vm7");
	assert_int_equal(cfg_define(cfg, "n=007", err, sizeof(err)), 0);
	assert_true(json_object_is_type(cfg_find(cfg, "n")->value, json_type_string));
	cfg_free(cfg);
}

static void test_places_and_use(void **state)
{
	static const char text[] = "base = '/srv'\n\n  kernel = base + '/k'\nbase2=1";
	struct cfg *cfg = cfg_new();

	assert_int_equal(cfg_parse(cfg, "f", text, strlen(text), err, sizeof(err)), 0);
	assert_true(cfg_find(cfg, "base")->used);
	assert_false(cfg_find(cfg, "kernel")->used);
	assert_int_equal(cfg_find(cfg, "kernel")->line, 3);
	assert_int_equal(cfg_find(cfg, "kernel")->column, 3);
	assert_null(cfg_find(cfg, "bas"));
	cfg_free(cfg);
}

static void test_file(void **state)
{
	struct cfg *cfg = cfg_new();

	assert_int_equal(cfg_parse_file(cfg, "/nosuch/file", err, sizeof(err)), -ENOENT);
	assert_string_equal(err, "/nosuch/file: No such file or directory");
	assert_int_equal(cfg_parse_file(cfg, "/tmp", err, sizeof(err)), -EISDIR);
	assert_int_equal(cfg_parse_file(cfg, "/dev/zero", err, sizeof(err)), -EFBIG);
	cfg_free(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_bad), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_nul_byte), cmocka_unit_test(test_define),
		cmocka_unit_test(test_define_is_fixed),
		cmocka_unit_test(test_places_and_use), cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

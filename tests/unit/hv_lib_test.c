/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_lib_test.c: formatting, bit scans, CPU sets, symbols. */
#include <hv/lib.h>
#include <hv/cpumask.h>
#include <setjmp.h>
#include <cmocka.h>

static void check_fmt(const char *want, const char *fmt, ...) __printf(2, 3);
static void check_fmt(const char *want, const char *fmt, ...)
{
	char buf[128];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	assert_string_equal(buf, want);
	assert_int_equal(n, strlen(want));
}

static void format_numbers(void **state)
{
	check_fmt("0 -1 42", "%d %d %u", 0, -1, 42U);
	check_fmt("-9223372036854775808", "%ld", (long)(-0x7fffffffffffffffL - 1));
	check_fmt("ffffffffffffffff", "%lx", ~0UL);
	check_fmt("ff 255 -1", "%hhx %hhu %hhd", (unsigned char)0xff, (unsigned char)255, (signed char)-1);
	check_fmt("[   42] [42   ] [00042]", "[%5d] [%-5d] [%05d]", 42, 42, 42);
	check_fmt("[  0x2a] [0x002a] [0X2A]", "[%#6x] [%#06x] [%#X]", 42U, 42U, 42U);
	check_fmt("+5 -5 [ 5]", "%+d %+d [% d]", 5, -5, 5);
	check_fmt("[  007] [0000000042]", "[%5.3d] [%0*d]", 7, 10, 42);
	check_fmt("18446744073709551615", "%llu", ~0ULL);
	check_fmt("7 052 4096", "%zu %#o %jd", (size_t)7, 42U, (intmax_t)4096);
	check_fmt("00000000deadbeef", "%p", (void *)0xdeadbeef);
}

static void format_strings(void **state)
{
	check_fmt("a b%c", "%s %s%%c", "a", "b");
	check_fmt("[  abc] [abc  ] [ab]", "[%5s] [%-5s] [%.2s]", "abc", "abc", "abc");
	check_fmt("[x] [  x]", "[%c] [%3c]", 'x', 'x');
	check_fmt("[abc  ] [a]", "[%*s] [%.*s]", -5, "abc", 1, "abc");
}

static void format_truncates(void **state)
{
	char buf[8] = "zzzzzzz";

	assert_int_equal(snprintf(buf, 4, "%s", "abcdef"), 6);
	assert_string_equal(buf, "abc");
	assert_int_equal(buf[4], 'z');
	assert_int_equal(snprintf(buf, 0, "%d", 12345), 5);
	assert_int_equal(snprintf(buf, 1, "x"), 1);
	assert_string_equal(buf, "");
}

static void bounded_copies(void **state)
{
	char buf[6];

	assert_int_equal(strlcpy(buf, "abcdefgh", sizeof(buf)), 8);
	assert_string_equal(buf, "abcde");
}

static void bit_scans(void **state)
{
	unsigned long a[3] = { 0, 1UL << 5, 1UL << 63 };
	unsigned long b[2] = { ~0UL, ~(1UL << 7) };

	assert_int_equal(find_next_bit(a, 192, 0), 69);
	assert_int_equal(find_next_bit(a, 192, 69), 69);
	assert_int_equal(find_next_bit(a, 192, 70), 191);
	assert_int_equal(find_next_bit(a, 191, 70), 191);
	assert_int_equal(find_next_bit(a, 60, 3), 60);
	assert_int_equal(find_next_bit(a, 192, 500), 192);
	assert_int_equal(find_next_zero_bit(b, 128, 0), 71);
	assert_int_equal(find_next_zero_bit(b, 128, 72), 128);
}

static void cpu_sets(void **state)
{
	struct cpumask m = { { 0 } }, n = { { 0 } };
	char buf[64];

	assert_true(cpumask_empty(&m));
	assert_int_equal(cpumask_first(&m), NR_CPUS);
	assert_int_equal(cpumask_cycle(3, &m), NR_CPUS);
	for (unsigned int i = 0; i < 4; i++)
		cpumask_set(i, &m);
	cpumask_set(6, &m);
	cpumask_set(NR_CPUS - 1, &m);
	cpumask_format(buf, sizeof(buf), &m);
	assert_string_equal(buf, "0-3,6,63");
	assert_int_equal(cpumask_cycle(6, &m), 63);
	assert_int_equal(cpumask_cycle(63, &m), 0);
	assert_int_equal(cpumask_weight(&m), 6);
	cpumask_set(6, &n);
	cpumask_andnot(&m, &m, &n);
	assert_false(cpumask_intersects(&m, &n));
	cpumask_format(buf, 4, &m);
	assert_string_equal(buf, "0-3");
}

static void symbols(void **state)
{
	unsigned long off = 99;

	assert_null(symbol_lookup(0xfff, &off));
	assert_string_equal(symbol_lookup(0x1000, &off), "first");
	assert_int_equal(off, 0);
	assert_string_equal(symbol_lookup(0x107f, &off), "first");
	assert_int_equal(off, 0x7f);
	assert_string_equal(symbol_lookup(0x1080, &off), "second");
	assert_string_equal(symbol_lookup(~0UL, &off), "third");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format_numbers),
		cmocka_unit_test(format_strings),
		cmocka_unit_test(format_truncates),
		cmocka_unit_test(bounded_copies),
		cmocka_unit_test(bit_scans),
		cmocka_unit_test(cpu_sets),
		cmocka_unit_test(symbols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

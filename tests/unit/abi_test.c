/* SPDX-License-Identifier: GPL-2.0-only */
/* abi_test.c: include/xen against the distribution's libxen-dev, number by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "abi_table.h"

static void test_reference_is_there(void **state)
{
	if (!abi_libxen[0].name)
		fail_msg("libxen-dev is not installed (make deps installs it); rebuild afterwards");
}

static void test_same_numbers(void **state)
{
	int i, wrong = 0;

	for (i = 0; abi_ours[i].name && abi_libxen[i].name; i++) {
		const struct abi_row *a = &abi_ours[i], *b = &abi_libxen[i];

		assert_string_equal(a->name, b->name);
		if (a->value == b->value && (!a->text || strcmp(a->text, b->text) == 0))
			continue;
		print_error("%s: ours %lld %s, libxen-dev %lld %s\n", a->name, a->value,
			    a->text ? a->text : "", b->value, b->text ? b->text : "");
		wrong++;
	}
	print_message("%d numbers compared\n", i);
	assert_int_equal(wrong, 0);
	assert_true(i > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference_is_there),
		cmocka_unit_test(test_same_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

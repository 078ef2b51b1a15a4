/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_rangeset_test.c: sets of ranges against a plain bitmap. */
#include "hv_guest.h"
#include <hv/rangeset.h>

#define SIZE 200

static void edges(void **state)
{
	struct rangeset *s = rangeset_new();

	assert_true(rangeset_is_empty(NULL));
	assert_false(rangeset_contains(NULL, 0, 0));
	assert_false(rangeset_overlaps(NULL, 0, ~0UL));
	assert_int_equal(rangeset_add(s, 0, ~0UL), 0);
	assert_true(rangeset_contains(s, 0, ~0UL));
	assert_int_equal(rangeset_remove(s, ~0UL, ~0UL), 0);
	assert_false(rangeset_contains(s, 0, ~0UL));
	assert_true(rangeset_contains(s, 0, ~0UL - 1));
	assert_int_equal(rangeset_add(s, ~0UL, ~0UL), 0);
	assert_true(rangeset_contains(s, 0, ~0UL));
	assert_int_equal(rangeset_remove(s, 0, ~0UL), 0);
	assert_true(rangeset_is_empty(s));
	rangeset_free(s);
	rangeset_free(NULL);
}

static void model(void **state)
{
	struct rangeset *s = rangeset_new();
	bool in[SIZE] = { false }, all, any;
	unsigned long first, last, i;
	uint32_t seed = 7, op;

	for (unsigned int n = 0; n < 20000; n++) {
		first = random_next(&seed) % SIZE;
		last = min(first + random_next(&seed) % 20, SIZE - 1UL);
		op = random_next(&seed) % 4;
		all = true;
		any = false;
		for (i = first; i <= last; i++) {
			if (op < 2)
				in[i] = op;
			all &= in[i];
			any |= in[i];
		}
		if (op == 0)
			assert_int_equal(rangeset_remove(s, first, last), 0);
		else if (op == 1)
			assert_int_equal(rangeset_add(s, first, last), 0);
		assert_int_equal(rangeset_contains(s, first, last), all);
		assert_int_equal(rangeset_overlaps(s, first, last), any);
	}
	rangeset_free(s);
}

static int setup(void **state)
{
	host_init(1, 64, "loglvl=none");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(edges), cmocka_unit_test(model) };

	return cmocka_run_group_tests(tests, setup, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_feature_test.c: the table of CPU features, and sets of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "../../hypervisor/arch/x86/pv/feature.h"

size_t strlcpy(char *d, const char *s, size_t size)
{
	size_t n = strlen(s), c = n < size ? n : size - 1;

	memcpy(d, s, c);
	d[c] = 0;
	return n;
}

static void random_set(struct featureset *f)
{
	for (unsigned int i = 0; i < NR_FEATURE_WORDS; i++)
		f->w[i] = (uint32_t)rand() << 16 ^ (uint32_t)rand() ^ (uint32_t)rand() << 31;
}

static bool subset(const struct featureset *a, const struct featureset *b)
{
	for (unsigned int i = 0; i < NR_FEATURE_WORDS; i++)
		if (a->w[i] & ~b->w[i])
			return false;
	return true;
}

static const struct feature_row *row_of(unsigned int id)
{
	for (unsigned int i = 0; i < nr_feature_rows; i++)
		if (feature_rows[i].id == id)
			return &feature_rows[i];
	return NULL;
}

static void rows(void **state)
{
	for (unsigned int i = 0; i < nr_feature_rows; i++) {
		const struct feature_row *r = &feature_rows[i];

		assert_true(r->id < NR_FEATURE_WORDS * 32);
		for (unsigned int j = 0; j < i; j++) {
			assert_int_not_equal(feature_rows[j].id, r->id);
			assert_string_not_equal(feature_rows[j].name, r->name);
		}
		for (unsigned int j = 0; j < ARRAY_SIZE(r->needs); j++) {
			const struct feature_row *need = row_of(r->needs[j]);

			if (!r->needs[j])
				continue;
			assert_non_null(need);
			assert_ptr_not_equal(need, r);
			/* Nothing is offered whose need is not. */
			assert_true(need->offer >= r->offer);
		}
	}
}

static void closed_sets(void **state)
{
	struct featureset f, g;

	for (unsigned int n = 0; n < 2000; n++) {
		random_set(&f);
		g = f;
		features_close(&g);
		assert_true(subset(&g, &f));
		for (unsigned int i = 0; i < nr_feature_rows; i++)
			for (unsigned int j = 0; j < 2; j++)
				if (feature_has(&g, feature_rows[i].id) && feature_rows[i].needs[j])
					assert_true(feature_has(&g, feature_rows[i].needs[j]));
		f = g;
		features_close(&g);
		assert_memory_equal(&f, &g, sizeof(f));
	}
}

/* A CPU with less offers less. */
static void levelling(void **state)
{
	struct featureset a, b, max_a, max_b, def_a;

	for (unsigned int n = 0; n < 2000; n++) {
		random_set(&a);
		random_set(&b);
		features_limit(&b, &a);
		features_offered(&a, OFFER_MAX, &max_a);
		features_offered(&a, OFFER_DEFAULT, &def_a);
		features_offered(&b, OFFER_MAX, &max_b);
		assert_true(subset(&max_a, &a));
		assert_true(subset(&def_a, &max_a));
		assert_true(subset(&max_b, &max_a));
		assert_false(feature_has(&max_a, FEATURE(FW_7B0, 20))); /* smap */
		assert_false(feature_has(&max_a, FEATURE(FW_7C0, 3)));  /* pku */
	}
}

static unsigned int parse(const char *list, struct featureset *f, char *bad)
{
	memset(f, 0xff, sizeof(*f));
	strlcpy(bad, "-", 8);
	return features_parse(list, f, bad, 8);
}

static void option(void **state)
{
	struct featureset f;
	char bad[8];

	assert_int_equal(parse("", &f, bad), 0);
	assert_int_equal(parse("no-avx,,aesni=off,sse3,smep=1,no-fpu", &f, bad), 0);
	assert_false(feature_has(&f, FEAT_AVX));
	assert_false(feature_has(&f, FEATURE(FW_1C, 25)));
	assert_false(feature_has(&f, 0));
	assert_true(feature_has(&f, FEATURE(FW_1C, 0)));
	features_close(&f);
	assert_false(feature_has(&f, FEAT_AVX512F));
	assert_int_equal(parse("no-such,avx=maybe,no-avx=1,no-,=,avx2=0", &f, bad), 5);
	assert_string_equal(bad, "no-such");
	assert_true(feature_has(&f, FEAT_AVX));
	assert_false(feature_has(&f, FEATURE(FW_7B0, 5)));
	assert_int_equal(parse("muchlongerthanthat", &f, bad), 1);
	assert_string_equal(bad, "muchlon");
}

static void garbage(void **state)
{
	static const char letters[] = "no-avx=,1";
	struct featureset f;
	char text[24], bad[8];

	for (unsigned int n = 0; n < 20000; n++) {
		unsigned int len = (unsigned int)rand() % (sizeof(text) - 1);

		for (unsigned int i = 0; i < len; i++)
			text[i] = letters[(unsigned int)rand() % (sizeof(letters) - 1)];
		text[len] = 0;
		parse(text, &f, bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows), cmocka_unit_test(closed_sets), cmocka_unit_test(levelling),
		cmocka_unit_test(option), cmocka_unit_test(garbage),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

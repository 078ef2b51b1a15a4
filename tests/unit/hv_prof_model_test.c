/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_prof_model_test.c: which event counters processors have, and what goes into their registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <hv/lib.h>
#include "../../hypervisor/arch/x86/prof_model.h"

#define INTEL "GenuineIntel"
#define AMD   "AuthenticAMD"

static void models(void **state)
{
	static const struct {
		struct prof_cpu cpu;
		const char *name; /* NULL: none */
		unsigned int counters, width, step;
		uint32_t counter, select;
		bool global;
	} rows[] = {
		{ { AMD, 0xf, 107, 0 }, "x86-64/hammer", 4, 48, 1, 0xc0010004, 0xc0010000, false },
		{ { AMD, 0x10, 2, 0 }, "x86-64/family10", 4, 48, 1, 0xc0010004, 0xc0010000, false },
		{ { AMD, 0x15, 1, 0 }, "x86-64/family15h", 6, 48, 2, 0xc0010201, 0xc0010200, false },
		{ { AMD, 0x16, 0, 0 }, "x86-64/family16h", 4, 48, 1, 0xc0010004, 0xc0010000, false },
		{ { AMD, 0x13, 0, 0 }, NULL, 0, 0, 0, 0, 0, false },
		{ { AMD, 0x17, 1, 0 }, NULL, 0, 0, 0, 0, 0, false },
		{ { AMD, 6, 6, 0x07300404 }, NULL, 0, 0, 0, 0, 0, false },
		{ { INTEL, 6, 14, 0 }, "i386/core", 2, 32, 1, 0xc1, 0x186, false },
		{ { INTEL, 6, 15, 0x07280202 }, "i386/core_2", 2, 32, 1, 0xc1, 0x186, true },
		{ { INTEL, 6, 85, 0x07300404 }, "i386/arch_perfmon", 4, 48, 1, 0xc1, 0x186, true },
		{ { INTEL, 6, 28, 0x07280201 }, "i386/arch_perfmon", 2, 40, 1, 0xc1, 0x186, false },
		{ { INTEL, 6, 143, 0x08300c05 }, "i386/arch_perfmon", 8, 48, 1, 0xc1, 0x186, true },
		{ { INTEL, 6, 85, 0 }, NULL, 0, 0, 0, 0, 0, false },
		{ { INTEL, 6, 85, 0x07300104 }, NULL, 0, 0, 0, 0, 0, false },
		{ { INTEL, 0xf, 4, 0 }, NULL, 0, 0, 0, 0, 0, false },
		{ { "HygonGenuine", 0x18, 1, 0 }, NULL, 0, 0, 0, 0, 0, false },
	};
	struct prof_model m;

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(prof_model_find(&rows[i].cpu, &m), rows[i].name ? 0 : -ENODEV);
		if (!rows[i].name)
			continue;
		assert_string_equal(m.name, rows[i].name);
		assert_int_equal(m.counters, rows[i].counters);
		assert_int_equal(m.width, rows[i].width);
		assert_int_equal(m.step, rows[i].step);
		assert_int_equal(m.counter, rows[i].counter);
		assert_int_equal(m.select, rows[i].select);
		assert_int_equal(m.global, rows[i].global);
	}
}

static struct prof_model model_of(const char *vendor, unsigned int family, uint32_t perfmon)
{
	struct prof_cpu c = { .family = family, .model = 85, .perfmon = perfmon };
	struct prof_model m;

	strlcpy(c.vendor, vendor, sizeof(c.vendor));
	assert_int_equal(prof_model_find(&c, &m), 0);
	return m;
}

static void selects(void **state)
{
	struct prof_model amd = model_of(AMD, 0x10, 0), intel = model_of(INTEL, 6, 0x07300404);
	struct xenoprof_counter c = { .event = 0x76, .unit_mask = 0x42, .kernel = 1, .enabled = 1 };

	assert_int_equal(prof_select(&amd, &c), 0x124276);
	c.user = 1;
	assert_int_equal(prof_select(&intel, &c), 0x134276);
	c.kernel = 0;
	c.user = 2; /* a flag is its lowest bit */
	c.unit_mask = 0x1ff;
	assert_int_equal(prof_select(&intel, &c), 0x10ff76);
	c.event = 0x1f76; /* AMD's events have 12 bits, the upper ones elsewhere */
	assert_int_equal(prof_select(&amd, &c), 0xf0010ff76);
	assert_int_equal(prof_select(&intel, &c), 0x10ff76);
}

/* It runs out when it has counted as many, and no sooner. */
static void counts(void **state)
{
	static const uint64_t counts[] = { 1, 2, 6000, 100000, 0x7fffffff };
	struct prof_model all[] = { model_of(AMD, 0xf, 0), model_of(INTEL, 6, 0x07300404),
		model_of(INTEL, 6, 0x07280202) };

	for (unsigned int k = 0; k < ARRAY_SIZE(all); k++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
			uint64_t v = prof_start_value(&all[k], counts[i]), bits = (1UL << all[k].width) - 1;

			assert_int_equal(v & ~bits, 0);
			assert_false(prof_ran_out(&all[k], v));
			assert_false(prof_ran_out(&all[k], v + counts[i] - 1));
			assert_true(prof_ran_out(&all[k], (v + counts[i]) & bits));
		}
		assert_true(prof_ran_out(&all[k], 0));
		assert_true(prof_ran_out(&all[k], prof_start_value(&all[k], 1UL << 31))); /* too many */
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(models), cmocka_unit_test(selects),
		cmocka_unit_test(counts) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

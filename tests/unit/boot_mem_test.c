/* SPDX-License-Identifier: GPL-2.0-only */
/* boot_mem_test.c: the firmware's memory map made sane, and memory handed out before the heap,
 * against a model that looks at one address at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <cmocka.h>
#include <hv/lib.h>
#include <hv/page.h>
#include "../../hypervisor/arch/x86/boot/boot.h"

#define SPACE 256 /* pages of the model's memory */
#define PAGES(n) ((uint64_t)(n) << PAGE_SHIFT)

struct e820map host_e820;
static uint8_t owner[SPACE]; /* of each page: see below */
enum { NOT_RAM, FREE, RESERVED, HANDED_OUT, HEAP };

void printk(const char *fmt, ...)
{
}

void panic(const char *fmt, ...)
{
	mock_assert(0, "panic", __FILE__, __LINE__);
	abort();
}

void heap_add_range(paddr_t start, paddr_t end)
{
	for (; start < end; start += PAGE_SIZE) {
		assert_int_equal(owner[PFN_DOWN(start)], FREE);
		owner[PFN_DOWN(start)] = HEAP;
	}
}

static unsigned int pick(unsigned int n)
{
	return rand() % n;
}

static uint32_t type_in(const struct e820map *m, uint64_t addr)
{
	uint32_t type = 0;
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (addr >= m->map[i].addr && addr < m->map[i].addr + m->map[i].size)
			type = max(type, m->map[i].type);
	return type;
}

static void random_map(struct e820map *m, uint64_t unit)
{
	m->nr = 1 + pick(20);
	for (unsigned int i = 0; i < m->nr; i++)
		m->map[i] = (struct e820entry){ pick(SPACE) * unit, pick(40) * unit, 1 + pick(5) };
}

/* Same meaning everywhere, sorted, no overlap, no empty entry, no two that could be one. */
static void test_sanitise(void **state)
{
	for (unsigned int round = 0; round < 3000; round++) {
		struct e820map raw, m;

		random_map(&raw, 1);
		m = raw;
		e820_sanitise(&m);
		for (uint64_t a = 0; a < SPACE + 50; a++)
			assert_int_equal(type_in(&m, a), type_in(&raw, a));
		for (unsigned int i = 0; i < m.nr; i++) {
			assert_true(m.map[i].size);
			if (i == 0)
				continue;
			assert_true(m.map[i - 1].addr + m.map[i - 1].size <= m.map[i].addr);
			assert_false(m.map[i - 1].type == m.map[i].type &&
				m.map[i - 1].addr + m.map[i - 1].size == m.map[i].addr);
		}
	}
}

/* Firmware's code, as GRUB numbers it, is one with what is reserved beside it. */
static void test_unknown_type(void **state)
{
	struct e820map m = { 4, { { 0, 10, E820_RAM }, { 10, 10, 20 }, { 20, 10, E820_RESERVED }, { 30, 10, 7 } } };

	e820_sanitise(&m);
	assert_int_equal(m.nr, 3);
	assert_int_equal(type_in(&m, 10), E820_RESERVED);
	assert_int_equal(m.map[1].size, 20);
	assert_int_equal(type_in(&m, 30), 7);
}

static void test_reserve(void **state)
{
	struct e820map m = { 1, { { 0, 100, E820_RAM } } };

	e820_reserve(&m, 40, 50);
	assert_int_equal(m.nr, 3);
	assert_int_equal(type_in(&m, 39), E820_RAM);
	assert_int_equal(type_in(&m, 40), E820_RESERVED);
	assert_int_equal(type_in(&m, 50), E820_RAM);
	assert_true(e820_all_ram(&m, 0, 40));
	assert_false(e820_all_ram(&m, 0, 41));
	assert_false(e820_all_ram(&m, 30, 60));
}

/* Fills owner[] from the map: whole pages of RAM below the limit. */
static void fill_model(uint64_t limit_pages)
{
	for (unsigned int p = 0; p < SPACE; p++)
		owner[p] = p < limit_pages && type_in(&host_e820, PAGES(p)) == E820_RAM ? FREE
											 : NOT_RAM;
}

static void reserve_some(void)
{
	for (unsigned int i = pick(6); i; i--) {
		unsigned int start = pick(SPACE), end = min(start + pick(30), (unsigned int)SPACE);

		early_mem_reserve(PAGES(start) + (start < end ? pick(PAGE_SIZE) : 0), PAGES(end));
		for (unsigned int p = start; p < end; p++)
			if (owner[p] == FREE)
				owner[p] = RESERVED;
	}
}

/* Is there room for nr pages at the alignment below limit, by the model. */
static bool model_has_room(unsigned int nr, unsigned int align, unsigned int limit)
{
	for (unsigned int p = align; p + nr <= limit; p += align) {
		unsigned int n = 0;

		while (n < nr && owner[p + n] == FREE)
			n++;
		if (n == nr)
			return true;
	}
	return false;
}

static void allocate_some(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int nr = 1 + pick(12), align = 1U << pick(4), limit = 1 + pick(SPACE);
		paddr_t pa;

		if (!model_has_room(nr, align, limit))
			continue;
		pa = early_alloc_pages(nr, align, PAGES(limit));
		assert_int_equal(pa & (PAGES(align) - 1), 0);
		assert_true(pa + PAGES(nr) <= PAGES(limit));
		for (unsigned int p = PFN_DOWN(pa); p < PFN_DOWN(pa) + nr; p++) {
			assert_int_equal(owner[p], FREE);
			owner[p] = HANDED_OUT;
		}
	}
}

/* Every page of RAM ends up reserved, handed out once or in the heap. */
static void test_early_mem(void **state)
{
	for (unsigned int round = 0; round < 3000; round++) {
		unsigned int limit = pick(2) ? SPACE : pick(SPACE);

		random_map(&host_e820, PAGE_SIZE);
		host_e820.map[0].type = E820_RAM;
		for (unsigned int i = 0; i < host_e820.nr; i++)
			host_e820.map[i].size = min((uint64_t)host_e820.map[i].size,
				PAGES(SPACE) - host_e820.map[i].addr);
		e820_sanitise(&host_e820);
		early_mem_init(PAGES(limit));
		fill_model(limit);
		reserve_some();
		allocate_some();
		early_mem_release();
		for (unsigned int p = 0; p < SPACE; p++)
			assert_int_not_equal(owner[p], FREE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sanitise),
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_early_mem),
	};

	srand(20261121);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

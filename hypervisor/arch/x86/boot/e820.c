/* SPDX-License-Identifier: GPL-2.0-only */
/* e820.c: the firmware's memory map made sorted and free of overlaps. */
#include <hv/lib.h>
#include "boot.h"

static const char *type_name(uint32_t type)
{
	static const char *const names[] = { "?", "usable", "reserved", "ACPI data", "ACPI NVS",
					     "unusable" };

	return type < ARRAY_SIZE(names) ? names[type] : "persistent";
}

void e820_print(const char *title, const struct e820map *m)
{
	unsigned int i;

	printk(LOG_INFO "%s\n", title);
	for (i = 0; i < m->nr; i++)
		printk(LOG_INFO "  [%016lx, %016lx] %s\n", (unsigned long)m->map[i].addr,
			(unsigned long)(m->map[i].addr + m->map[i].size - 1),
			type_name(m->map[i].type));
}

/* Loaders have numbers of their own for firmware's code (GRUB: 20), which dom0's kernel does not know. */
static uint32_t known_type(uint32_t type)
{
	return type <= 5 || type == 7 /* persistent */ ? type : E820_RESERVED;
}

/* Where entries overlap the higher type number wins: anything before RAM. */
static uint32_t type_at(const struct e820map *m, uint64_t addr)
{
	uint32_t type = 0;
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (addr >= m->map[i].addr && addr - m->map[i].addr < m->map[i].size)
			type = max(type, known_type(m->map[i].type));
	return type;
}

static void sort_u64(uint64_t *a, unsigned int n)
{
	unsigned int i, j;

	for (i = 1; i < n; i++) {
		uint64_t v = a[i];

		for (j = i; j && a[j - 1] > v; j--)
			a[j] = a[j - 1];
		a[j] = v;
	}
}

void e820_sanitise(struct e820map *m)
{
	static uint64_t edge[2 * ARRAY_SIZE(m->map)];
	static struct e820map out;
	unsigned int i, n = 0;

	for (i = 0; i < m->nr; i++) {
		edge[n++] = m->map[i].addr;
		edge[n++] = m->map[i].addr + m->map[i].size;
	}
	sort_u64(edge, n);
	out.nr = 0;
	for (i = 0; i + 1 < n; i++) {
		uint32_t type = type_at(m, edge[i]);
		struct e820entry *last = out.nr ? &out.map[out.nr - 1] : NULL;

		if (edge[i] == edge[i + 1] || !type)
			continue;
		if (last && last->type == type && last->addr + last->size == edge[i])
			last->size += edge[i + 1] - edge[i];
		else if (out.nr < ARRAY_SIZE(out.map))
			out.map[out.nr++] = (struct e820entry){ edge[i], edge[i + 1] - edge[i], type };
	}
	*m = out;
}

void e820_reserve(struct e820map *m, uint64_t start, uint64_t end)
{
	if (m->nr == ARRAY_SIZE(m->map) || start >= end)
		return;
	m->map[m->nr++] = (struct e820entry){ start, end - start, E820_RESERVED };
	e820_sanitise(m);
}

uint64_t e820_ram_below(const struct e820map *m, uint64_t limit)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->map[i].type == E820_RAM && m->map[i].addr < limit)
			sum += min(m->map[i].size, limit - m->map[i].addr);
	return sum;
}

bool e820_all_ram(const struct e820map *m, uint64_t start, uint64_t end)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->map[i].type == E820_RAM && start >= m->map[i].addr &&
		    end <= m->map[i].addr + m->map[i].size)
			return true;
	return false;
}

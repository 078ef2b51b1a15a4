/* SPDX-License-Identifier: GPL-2.0-only */
/* numa.c: which memory and which CPUs are near each other, by ACPI's SRAT and SLIT or by the option numa=.
 *
 * A node's number is the rank of its proximity domain in the SRAT. With no SRAT, or one that makes no sense,
 * there is one node. Written on the boot CPU before the heap is filled, read-only from then on. */
#include <hv/arch.h>
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/param.h>
#include "boot.h"

#define MAX_BLOCKS  64
#define NEAR        10
#define FAR         20
#define SLIT_NEVER  0xff /* no way from here to there */

struct srat { struct acpi_sdt h; uint32_t r0; uint64_t r1; uint8_t entries[]; } __packed;
struct srat_cpu {
	uint8_t type, len, pxm_low, apic_id; uint32_t flags; uint8_t sapic, pxm_high[3]; uint32_t clock;
} __packed;
struct srat_memory {
	uint8_t type, len; uint32_t pxm; uint16_t r0; uint64_t base, size; uint32_t r1, flags; uint64_t r2;
} __packed;
struct srat_x2apic { uint8_t type, len; uint16_t r0; uint32_t pxm, apic_id, flags, clock, r1; } __packed;
struct slit { struct acpi_sdt h; uint64_t localities; uint8_t distance[]; } __packed;
static_assert(sizeof(struct srat_cpu) == 16 && sizeof(struct srat_memory) == 40 &&
	sizeof(struct srat_x2apic) == 24, "ACPI");

static unsigned int nr_nodes = 1;
static uint32_t pxm_of[MAX_NODES];
static struct { paddr_t start, end; unsigned int node; } block[MAX_BLOCKS];
static unsigned int nr_blocks;
static struct { uint32_t apic_id; unsigned int node; } near_cpu[NR_CPUS];
static unsigned int nr_near_cpus;
static uint8_t cpu_node[NR_CPUS];
static const struct slit *slit;
static bool fake;

/* --- ACPI ------------------------------------------------------------------------------------------ */

/* The node of a proximity domain, a new one if it was not named before; -ENOSPC. */
static int node_of_pxm(uint32_t pxm, unsigned int *ret_node)
{
	unsigned int n;

	for (n = 0; n < nr_nodes; n++)
		if (pxm_of[n] == pxm)
			break;
	if (n == MAX_NODES)
		return -ENOSPC;
	if (n == nr_nodes)
		pxm_of[nr_nodes++] = pxm;
	*ret_node = n;
	return 0;
}

static int add_block(paddr_t start, paddr_t end, unsigned int node)
{
	unsigned int i;

	for (i = 0; i < nr_blocks; i++)
		if (start < block[i].end && block[i].start < end)
			return -EINVAL;
	if (nr_blocks == MAX_BLOCKS)
		return -ENOSPC;
	for (i = nr_blocks++; i && block[i - 1].start > start; i--)
		block[i] = block[i - 1];
	block[i].start = start;
	block[i].end = end;
	block[i].node = node;
	return 0;
}

static int add_cpu(uint32_t apic_id, uint32_t pxm)
{
	unsigned int node;
	int rc = node_of_pxm(pxm, &node);

	if (rc || nr_near_cpus == NR_CPUS)
		return rc;
	near_cpu[nr_near_cpus].apic_id = apic_id;
	near_cpu[nr_near_cpus++].node = node;
	return 0;
}

static int srat_cpu(const void *e)
{
	const struct srat_cpu *c = e;

	if (!(c->flags & 1))
		return 0;
	return add_cpu(c->apic_id, c->pxm_low | (uint32_t)c->pxm_high[0] << 8 |
		(uint32_t)c->pxm_high[1] << 16 | (uint32_t)c->pxm_high[2] << 24);
}

static int srat_memory(const void *e)
{
	const struct srat_memory *m = e;
	unsigned int node;
	int rc;

	if (!(m->flags & 1) || !m->size)
		return 0;
	if (m->base + m->size < m->base)
		return -EINVAL;
	rc = node_of_pxm(m->pxm, &node);
	return rc ? rc : add_block(m->base, m->base + m->size, node);
}

static int srat_x2apic(const void *e)
{
	const struct srat_x2apic *c = e;

	return c->flags & 1 ? add_cpu(c->apic_id, c->pxm) : 0;
}

static const struct { uint8_t len; int (*parse)(const void *e); } srat_rows[] = {
	{ sizeof(struct srat_cpu), srat_cpu },
	{ sizeof(struct srat_memory), srat_memory },
	{ sizeof(struct srat_x2apic), srat_x2apic },
};

static int parse_srat(const struct srat *t)
{
	const uint8_t *e = t->entries, *end = (const uint8_t *)t + t->h.len;
	int rc = 0;

	for (; !rc && e + 2 <= end && e[1] >= 2 && e + e[1] <= end; e += e[1])
		if (e[0] < ARRAY_SIZE(srat_rows) && e[1] >= srat_rows[e[0]].len)
			rc = srat_rows[e[0]].parse(e);
	return rc;
}

/* Every node is nearest to itself, or the table is worth nothing. */
static bool slit_ok(const struct slit *t)
{
	uint64_t i, j, n = t->localities;

	if (n > 256 || t->h.len < sizeof(*t) + n * n)
		return false;
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			if (i == j ? t->distance[i * n + j] != NEAR : t->distance[i * n + j] <= NEAR)
				return false;
	return true;
}

/* --- nodes ------------------------------------------------------------------------------------------- */

static void one_node(void)
{
	nr_nodes = 1;
	nr_blocks = nr_near_cpus = 0;
}

static void from_acpi(void)
{
	const struct srat *srat = acpi_find_table("SRAT");
	int rc;

	if (!srat)
		return;
	nr_nodes = 0;
	rc = parse_srat(srat);
	if (rc || !nr_blocks || !nr_nodes) {
		printk(LOG_WARN "numa: the SRAT is not usable (error %d): one node\n", rc);
		one_node();
		return;
	}
	slit = acpi_find_table("SLIT");
	if (slit && !slit_ok(slit)) {
		printk(LOG_WARN "numa: the SLIT is not usable\n");
		slit = NULL;
	}
}

/* numa=fake=N: equal parts of RAM, CPUs in turn. */
static void invented(unsigned int count)
{
	uint64_t total = e820_ram_below(&host_e820, ~0ULL), part = total / count, have = 0;
	paddr_t start = 0;
	unsigned int i;

	fake = true;
	for (i = 0; i < host_e820.nr && nr_nodes <= count; i++) {
		const struct e820entry *e = &host_e820.map[i];

		if (e->type != E820_RAM)
			continue;
		while (nr_nodes < count && have + e->size - (max(start, e->addr) - e->addr) >= part) {
			paddr_t from = max(start, e->addr);
			paddr_t end = ROUND_DOWN(from + part - have, 1UL << 21);

			if (end <= from || add_block(start, end, nr_nodes - 1))
				return;
			start = end;
			have = 0;
			nr_nodes++;
		}
		have += e->addr + e->size - max(start, e->addr);
	}
	(void)add_block(start, ~0ULL, nr_nodes - 1);
}

static void print_nodes(void)
{
	unsigned int i;

	for (i = 0; i < nr_blocks; i++)
		printk(LOG_INFO "numa: node %u: %016lx-%016lx\n", block[i].node, block[i].start, block[i].end);
}

void numa_init(void)
{
	unsigned int wanted = boot_params.numa_fake;

	if (boot_params.numa_off)
		return;
	if (wanted)
		invented(min(wanted, (unsigned int)MAX_NODES));
	else
		from_acpi();
	if (nr_nodes > 1)
		print_nodes();
}

void numa_place_cpu(unsigned int cpu, uint32_t apic_id)
{
	unsigned int i;

	cpu_node[cpu] = fake ? cpu % nr_nodes : 0;
	for (i = 0; i < nr_near_cpus; i++)
		if (near_cpu[i].apic_id == apic_id)
			cpu_node[cpu] = near_cpu[i].node;
}

/* --- for common code ----------------------------------------------------------------------------------- */

unsigned int arch_cpu_to_node(unsigned int cpu)
{
	return cpu_node[cpu];
}

unsigned long arch_nodes(void)
{
	return BIT_MASK(nr_nodes) - 1;
}

unsigned int arch_ram_node(paddr_t p, paddr_t *ret_end)
{
	unsigned int i;

	*ret_end = ~0ULL;
	for (i = 0; i < nr_blocks; i++) {
		if (p < block[i].start) { /* nobody says whose this is */
			*ret_end = block[i].start;
			return 0;
		}
		if (p < block[i].end) {
			*ret_end = block[i].end;
			return block[i].node;
		}
	}
	return 0;
}

unsigned long arch_node_pages(unsigned int node)
{
	paddr_t limit = (paddr_t)max_page << PAGE_SHIFT, start = ~0ULL, end = 0;
	unsigned int i;

	if (nr_nodes == 1)
		return max_page;
	for (i = 0; i < nr_blocks; i++)
		if (block[i].node == node) {
			start = min(start, block[i].start);
			end = max(end, min(block[i].end, limit));
		}
	return end > start ? PFN_DOWN(end) - PFN_DOWN(start) : 0;
}

unsigned int arch_node_distance(unsigned int a, unsigned int b)
{
	uint64_t n;
	uint8_t d;

	if (!slit || pxm_of[a] >= slit->localities || pxm_of[b] >= slit->localities)
		return a == b ? NEAR : FAR;
	n = slit->localities;
	d = slit->distance[pxm_of[a] * n + pxm_of[b]];
	return d == SLIT_NEVER ? ~0U : d;
}

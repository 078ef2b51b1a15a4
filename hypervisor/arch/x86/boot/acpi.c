/* SPDX-License-Identifier: GPL-2.0-only */
/* acpi.c: what the hypervisor itself needs of ACPI: CPUs, interrupt controllers, timers, power
 * registers. No AML is run; _S5_ is found by its name. Boot CPU only. */
#include <hv/lib.h>
#include <hv/page.h>
#include "boot.h"

struct acpi_info acpi;
uint64_t acpi_given_rsdp; /* from the loader: setup.c */

static_assert(sizeof(struct acpi_sdt) == 36, "ACPI");

struct rsdp {
	char sig[8]; uint8_t sum; char oem[6]; uint8_t rev; uint32_t rsdt;
	uint32_t len; uint64_t xsdt; uint8_t xsum, r[3];
} __packed;

struct gas { uint8_t space, width, offset, access; uint64_t addr; } __packed;

struct fadt {
	struct acpi_sdt h;
	uint32_t facs, dsdt; uint8_t r0, pm_profile; uint16_t sci; uint32_t smi;
	uint8_t acpi_enable, acpi_disable, s4, pstate;
	uint32_t pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_tmr, gpe0, gpe1;
	uint8_t lens[8]; uint16_t lat[4]; uint8_t duty[2], alarm[3]; uint16_t boot_arch; uint8_t r1;
	uint32_t flags; struct gas reset; uint8_t reset_value; uint16_t arm; uint8_t minor;
	uint64_t x_facs, x_dsdt;
} __packed;
static_assert(offsetof(struct fadt, reset) == 116 && offsetof(struct fadt, x_dsdt) == 140, "ACPI");

struct madt { struct acpi_sdt h; uint32_t lapic, flags; uint8_t entries[]; } __packed;
struct hpet_table { struct acpi_sdt h; uint32_t id; struct gas base; } __packed;
struct mcfg {
	struct acpi_sdt h;
	uint64_t r;
	struct { uint64_t base; uint16_t seg; uint8_t start, end; uint32_t r; } e[];
} __packed;

/* --- finding tables -------------------------------------------------------------------------------- */

static bool directly_mapped(paddr_t p, size_t len)
{
	unsigned int i;

	if (p + len <= 0xa0000 || (p >= 0xc0000 && p + len <= 0x100000))
		return true;
	for (i = 0; i < host_e820.nr; i++) {
		const struct e820entry *e = &host_e820.map[i];

		if (p >= e->addr && p + len <= e->addr + e->size)
			return e->type == E820_RAM || e->type == 3 || e->type == 4;
	}
	return false;
}

/* Mappings are kept: there are few. NULL when there is no room. */
static const void *acpi_map(paddr_t p, size_t len)
{
	if (!p)
		return NULL;
	return directly_mapped(p, len) ? paddr_to_virt(p) : ioremap_flags(p, len, PTE_P | PTE_A | PTE_NX);
}

static uint8_t sum_of(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint8_t sum = 0;

	while (n--)
		sum += *b++;
	return sum;
}

/* The whole table if its checksum is right. */
static const struct acpi_sdt *map_table(paddr_t p)
{
	const struct acpi_sdt *t = acpi_map(p, sizeof(*t));

	if (!t || t->len < sizeof(*t) || t->len > (1U << 24))
		return NULL;
	t = acpi_map(p, t->len);
	if (!t || sum_of(t, t->len))
		return NULL;
	return t;
}

static const struct rsdp *scan_rsdp(paddr_t start, paddr_t end)
{
	paddr_t p;

	for (p = start; p + 20 <= end; p += 16) {
		const struct rsdp *r = paddr_to_virt(p);

		if (!memcmp(r->sig, "RSD PTR ", 8) && !sum_of(r, 20))
			return r;
	}
	return NULL;
}

static const struct rsdp *find_rsdp(void)
{
	paddr_t ebda = (paddr_t)*(const volatile uint16_t *)paddr_to_virt(0x40e) << 4;
	const struct rsdp *r = NULL;

	if (acpi_given_rsdp)
		return paddr_to_virt(acpi_given_rsdp);
	if (ebda >= 0x80000 && ebda < 0xa0000)
		r = scan_rsdp(ebda, min(ebda + 1024, (paddr_t)0xa0000));
	return r ? r : scan_rsdp(0xe0000, 0x100000);
}

/* --- tables ---------------------------------------------------------------------------------------- */

static void parse_s5(paddr_t dsdt)
{
	const struct acpi_sdt *t = map_table(dsdt);
	const uint8_t *p, *end;

	if (!t)
		return;
	end = (const uint8_t *)t + t->len;
	for (p = (const uint8_t *)(t + 1); p + 12 < end; p++) {
		unsigned int i;

		if (memcmp(p, "_S5_", 4) || p[4] != 0x12 /* PackageOp */)
			continue;
		p += 5;
		p += (p[0] >> 6) + 1; /* package length */
		p++;                  /* number of elements */
		for (i = 0; i < 2 && p + 1 < end; i++) {
			uint8_t v = *p++;

			if (v == 0x0a) /* BytePrefix; ZeroOp and OneOp stand for themselves */
				v = *p++;
			*(i ? &acpi.slp_typ_s5b : &acpi.slp_typ_s5a) = v & 7;
		}
		acpi.have_s5 = true;
		return;
	}
}

static void parse_fadt(const struct acpi_sdt *t)
{
	const struct fadt *f = (const void *)t;

	acpi.pm1a_evt = f->pm1a_evt;
	acpi.pm1a_cnt = f->pm1a_cnt;
	acpi.pm1b_cnt = f->pm1b_cnt;
	acpi.pm_tmr = f->pm_tmr;
	acpi.pm_tmr_32bit = f->flags & (1U << 8);
	if (t->len >= offsetof(struct fadt, arm) && f->flags & (1U << 10) && f->reset.space == 1) {
		acpi.reset_port = f->reset.addr;
		acpi.reset_value = f->reset_value;
	}
	parse_s5(t->len >= offsetof(struct fadt, x_dsdt) + 8 && f->x_dsdt ? f->x_dsdt : f->dsdt);
}

static void add_cpu(uint32_t apic_id, uint32_t flags)
{
	if (!(flags & 1))
		return;
	if (acpi.nr_cpus == NR_CPUS)
		printk(LOG_WARN "acpi: more than %u CPUs: APIC id %u unused\n", NR_CPUS, apic_id);
	else
		acpi.apic_id[acpi.nr_cpus++] = apic_id;
}

#define U16(off) ((uint16_t)(e[off] | e[(off) + 1] << 8))
#define U32(off) ((uint32_t)U16(off) | (uint32_t)U16((off) + 2) << 16)

static void madt_entry(const uint8_t *e)
{
	switch (e[0]) {
	case 0: /* local APIC */
		add_cpu(e[3], U32(4));
		break;
	case 1: /* I/O APIC */
		if (acpi.nr_ioapics < ARRAY_SIZE(acpi.ioapic)) {
			acpi.ioapic[acpi.nr_ioapics].id = e[2];
			acpi.ioapic[acpi.nr_ioapics].addr = U32(4);
			acpi.ioapic[acpi.nr_ioapics++].gsi_base = U32(8);
		}
		break;
	case 2: /* ISA interrupt that is another GSI, or has other flags */
		if (acpi.nr_iso < ARRAY_SIZE(acpi.iso)) {
			acpi.iso[acpi.nr_iso].bus_irq = e[3];
			acpi.iso[acpi.nr_iso].gsi = U32(4);
			acpi.iso[acpi.nr_iso++].flags = U16(8);
		}
		break;
	case 9: /* local x2APIC; only ids that an xAPIC can address */
		if (U32(4) < 0xff)
			add_cpu(U32(4), U32(8));
		break;
	}
}

static void parse_madt(const struct acpi_sdt *t)
{
	const struct madt *m = (const void *)t;
	const uint8_t *e = m->entries, *end = (const uint8_t *)t + t->len;

	acpi.lapic_addr = m->lapic;
	for (; e + 2 <= end && e[1] >= 2 && e + e[1] <= end; e += e[1])
		madt_entry(e);
}

static void parse_hpet(const struct acpi_sdt *t)
{
	const struct hpet_table *h = (const void *)t;

	if (h->base.space == 0)
		acpi.hpet = h->base.addr;
}

static void parse_mcfg(const struct acpi_sdt *t)
{
	const struct mcfg *m = (const void *)t;

	if (t->len >= sizeof(*m) + sizeof(m->e[0])) {
		acpi.mcfg = m->e[0].base;
		acpi.mcfg_start = m->e[0].start;
		acpi.mcfg_end = m->e[0].end;
	}
}

static const struct { char sig[5]; void (*parse)(const struct acpi_sdt *t); } parsers[] = {
	{ "FACP", parse_fadt }, { "APIC", parse_madt }, { "HPET", parse_hpet }, { "MCFG", parse_mcfg },
};

static void parse_table(const struct acpi_sdt *t)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parsers); i++)
		if (!memcmp(t->sig, parsers[i].sig, 4))
			parsers[i].parse(t);
}

/* The table after *off, of those that the root names; NULL: no more. */
static const struct acpi_sdt *next_table(const struct rsdp *r, size_t *off)
{
	bool wide = r->rev >= 2 && r->xsdt;
	const struct acpi_sdt *root = map_table(wide ? r->xsdt : r->rsdt), *t = NULL;
	size_t step = wide ? 8 : 4;

	for (*off = max(*off, sizeof(*root)); root && !t && *off + step <= root->len; *off += step) {
		uint64_t p = 0;

		memcpy(&p, (const char *)root + *off, step);
		t = map_table(p);
	}
	return t;
}

const void *acpi_find_table(const char *sig)
{
	const struct rsdp *r = find_rsdp();
	const struct acpi_sdt *t;
	size_t off = 0;

	while (r && (t = next_table(r, &off)) != NULL)
		if (!memcmp(t->sig, sig, 4))
			return t;
	return NULL;
}

/* The boot CPU must be CPU 0 whatever the table's order. */
static void boot_cpu_first(void)
{
	uint32_t self = cpuid(1, 0).b >> 24;
	unsigned int i;

	for (i = 0; i < acpi.nr_cpus; i++)
		if (acpi.apic_id[i] == self)
			break;
	if (i == acpi.nr_cpus) {
		i = 0;
		acpi.nr_cpus = max(acpi.nr_cpus, 1U);
	}
	acpi.apic_id[i] = acpi.apic_id[0];
	acpi.apic_id[0] = self;
}

void acpi_init(void)
{
	const struct rsdp *r = find_rsdp();
	const struct acpi_sdt *t;
	size_t off = 0;

	acpi.lapic_addr = 0xfee00000;
	if (r) {
		if (!acpi_given_rsdp)
			acpi.rsdp = virt_to_paddr(r);
		while ((t = next_table(r, &off)) != NULL)
			parse_table(t);
	} else {
		printk(LOG_WARN "acpi: no tables found: one CPU, no I/O interrupts\n");
	}
	boot_cpu_first();
	printk(LOG_INFO "acpi: %u CPUs, %u I/O APICs, PM timer %#x, HPET %#lx, soft-off %s\n",
		acpi.nr_cpus, acpi.nr_ioapics, acpi.pm_tmr, (unsigned long)acpi.hpet,
		acpi.have_s5 ? "yes" : "no");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* pagetables: what the page-type rules accept and refuse. */
#include "guest.h"

static uint64_t table[512] __attribute__((aligned(4096)));
static uint8_t page[4096] __attribute__((aligned(4096))), other[4096] __attribute__((aligned(4096)));

static long mmuext(unsigned int cmd, unsigned long arg1)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1;
	return hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
}

static long mmu_update(uint64_t ptr, uint64_t val)
{
	struct mmu_update u = { .ptr = ptr, .val = val };

	return hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_SELF);
}

static void check_writable_tables(void)
{
	uint64_t *l4 = (uint64_t *)si->pt_base;

	check_eq(map_va(l4, L1E(va_to_mfn(l4), F_RWX)), -16, "the L4 cannot be mapped writable");
	check_eq(map_va(l1e_of(page), L1E(va_to_mfn(l1e_of(page)), F_RWX)), -16, "nor can an L1");
	check_eq(map_va(page, L1E(va_to_mfn(l4), F_RO)), 0, "reading it is fine");
	check_eq(map_va(page, L1E(va_to_mfn(page), F_RWX)), 0, "back");
}

static void check_pinning(void)
{
	memset(table, 0, sizeof(table));
	check_eq(mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(table)), -22, "a writable page cannot be pinned");
	table[0] = L1E(va_to_mfn(page), F_RWX);
	check_eq(map_va(table, L1E(va_to_mfn(table), F_RO)), 0, "table read-only");
	check_eq(mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(table)), 0, "now it can");
	check_eq(mmuext(MMUEXT_PIN_L1_TABLE, va_to_mfn(table)), -22, "but not twice");
	check_eq(map_va(table, L1E(va_to_mfn(table), F_RWX)), -16, "pinned: not writable");
	check_eq(mmuext(MMUEXT_PIN_L2_TABLE, va_to_mfn(table)), -22, "and of one type only");
	check_eq(mmu_update((uint64_t)va_to_mfn(table) << 12 | 8, L1E(va_to_mfn(other), F_RO)), 0,
		"an entry by mmu_update");
	check((table[1] & 0xffffffffff000UL) == (uint64_t)va_to_mfn(other) << 12, "is there");
	check_eq(mmu_update((uint64_t)va_to_mfn(table) << 12 | 16, L1E(va_to_mfn(table), F_RWX)), -16,
		"a writable entry of the table itself is refused");
	check_eq(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(table)), 0, "unpin");
	check_eq(mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(table)), -22, "not twice");
	check_eq(map_va(table, L1E(va_to_mfn(table), F_RWX)), 0, "and it is plain memory again");
}

static void check_entries(void)
{
	uint64_t pte = machine_of_l1e(page);

	check(mmu_update(pte, L1E(0xfffffffffUL, F_RWX)) < 0, "a frame that does not exist");
	check_eq(mmu_update(pte, L1E(va_to_mfn(page), F_RWX | 1UL << 62 << 0)), 0,
		"software bits are the guest's");
	check(*l1e_of(page) & 1UL << 62, "and stay");
	check(*l1e_of(page) & F_US, "entries have the user bit");
	check_eq(mmu_update(pte, L1E(va_to_mfn(page), F_RWX)), 0, "back");
	check(hypercall3(__HYPERVISOR_update_va_mapping, 0xffff830000000000UL,
		L1E(va_to_mfn(page), F_RWX), 0) < 0, "no entries in the hypervisor's slots");
	check(mmu_update((uint64_t)va_to_mfn((void *)si->pt_base) << 12 | 262 * 8, 0) < 0,
		"its L4 slots stay");
}

/* A guest may write its L1 tables as if they were memory: the write is emulated. */
static void check_emulated_writes(void)
{
	volatile uint64_t *e = l1e_of(other);
	uint64_t want = L1E(va_to_mfn(other), F_RO), old;

	*e = want;
	check((*e & ~0x10000000000160UL) == (want & ~0x60UL), "mov to an entry");
	old = *e;
	want = 0;
	__asm__ __volatile__("xchg %0, %1" : "+r"(want), "+m"(*e));
	check(want == old && !*e, "xchg gives the old one");
	*e = L1E(va_to_mfn(other), F_RWX);
	__asm__ __volatile__("lock andb %1, %0" : "+m"(*(volatile uint8_t *)e) : "i"((uint8_t)~F_RW));
	check(!(*e & F_RW), "lock and of a byte");
	__asm__ __volatile__("lock btsq %1, %0" : "+m"(*e) : "i"(1));
	check(*e & F_RW, "lock bts");
	hypercall4(__HYPERVISOR_mmuext_op, &(struct mmuext_op){ .cmd = MMUEXT_TLB_FLUSH_LOCAL }, 1, 0,
		DOMID_SELF);
	other[0] = 42;
	check_eq(other[0], 42, "and the page works");
}

static void bad_emulated_write(void *arg)
{
	*(volatile uint64_t *)arg = L1E(va_to_mfn((void *)si->pt_base), F_RWX);
}

void guest_main(void)
{
	check_writable_tables();
	check_pinning();
	check_entries();
	check_emulated_writes();
	check_eq(probe(bad_emulated_write, (void *)l1e_of(page)), 14, "a bad emulated write faults");
}

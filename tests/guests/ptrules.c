/* SPDX-License-Identifier: GPL-2.0-only */
/* ptrules: every change of a page's type, tables of each level with right and wrong entries, linear
 * tables, base pointers, stores to page tables in each instruction form, and descriptors. */
#include "guest.h"

static uint64_t t1[512] __attribute__((aligned(4096))), t2[512] __attribute__((aligned(4096)));
static uint64_t t3[512] __attribute__((aligned(4096))), t4[512] __attribute__((aligned(4096)));
static uint8_t page[4096] __attribute__((aligned(4096)));
static uint64_t *const tables[] = { t1, t2, t3, t4 };

static long mmuext_of(domid_t owner, unsigned int cmd, unsigned long arg1, unsigned long arg2)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1;
	op.arg2.src_mfn = arg2;
	return hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, owner);
}

static long mmuext(unsigned int cmd, unsigned long arg1, unsigned long arg2)
{
	return mmuext_of(DOMID_SELF, cmd, arg1, arg2);
}

static long mmu_update(uint64_t ptr, uint64_t val)
{
	struct mmu_update u = { .ptr = ptr, .val = val };

	return hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_SELF);
}

static uint64_t entry(const void *table, unsigned int slot)
{
	return (uint64_t)va_to_mfn(table) << 12 | slot * 8;
}

static long pin(unsigned int level, const void *t)
{
	return mmuext(MMUEXT_PIN_L1_TABLE + level - 1, va_to_mfn(t), 0);
}

static long unpin(const void *t)
{
	return mmuext(MMUEXT_UNPIN_TABLE, va_to_mfn(t), 0);
}

static long access_to(const void *t, uint64_t flags)
{
	return map_va(t, L1E(va_to_mfn(t), flags));
}

/* --- types ------------------------------------------------------------------------------------------------ */

/* A page that is pinned as a table of one level, asked to be each of the others. */
static void check_transitions(void)
{
	unsigned int level, other;
	bool refused = true, writable = true, gdt = true, again = true;
	unsigned long mfn;

	for (level = 1; level <= 4; level++) {
		uint64_t *t = tables[level - 1];

		memset(t, 0, 4096);
		access_to(t, F_RO);
		mfn = va_to_mfn(t);
		check_rc(pin(level, t), 0, "an empty table is pinned");
		for (other = 1; other <= 4; other++)
			refused &= pin(other, t) == -XEN_EINVAL;
		writable &= access_to(t, F_RWX) == -XEN_EBUSY;
		gdt &= hypercall2(__HYPERVISOR_set_gdt, &mfn, 512) == -XEN_EINVAL;
		check_rc(unpin(t), 0, "and unpinned");
		again &= unpin(t) == -XEN_EINVAL;
	}
	check(refused, "of one level it is of no other, nor twice");
	check(writable, "nor writable");
	check(gdt, "nor descriptors");
	check(again, "unpinned it is once");
	for (level = 1; level <= 4; level++)
		access_to(tables[level - 1], F_RWX);
	memset(t4, 0, 4096);
}

static const struct {
	const char *what;
	uint64_t flags;
	int want[4]; /* as an entry of each level */
} bits[] = {
	{ "present", F_P, { 0, 0, 0, 0 } },
	{ "writable", F_P | F_RW, { 0, 0, 0, 0 } },
	{ "user", F_P | F_US, { 0, 0, 0, 0 } },
	{ "write-through", F_P | 0x8, { 0, 22, 22, 22 } },
	{ "uncached", F_P | 0x10, { 0, 22, 22, 22 } },
	{ "accessed and dirty", F_P | F_A | F_D, { 0, 0, 0, 0 } },
	{ "PAT or superpage", F_P | 0x80, { 0, 22, 22, 22 } },
	{ "global", F_P | 0x100, { 0, 22, 22, 22 } },
	{ "software", F_P | 0xe00, { 0, 0, 0, 0 } },
	{ "high software", F_P | 1UL << 58, { 0, 0, 0, 0 } },
	{ "no execute", F_P | 1UL << 63, { 0, 0, 0, 0 } },
	{ "beyond the machine", F_P | 1UL << 51, { 1, 22, 22, 22 } },
};

/* Entries with each bit, in a pinned table, and before pinning. */
static void check_bits(void)
{
	const void *below[] = { page, t1, t2, t3 };
	unsigned int level, i;

	for (level = 1; level <= 4; level++)
		access_to(tables[level - 1], F_RO);
	for (level = 1; level <= 4; level++) {
		uint64_t *t = tables[level - 1];

		print("# entries of level %d\n", level);
		check_rc(pin(level, t), 0, "pinned");
		for (i = 0; i < ARRAY_SIZE(bits); i++) {
			uint64_t e = L1E(va_to_mfn(below[level - 1]), bits[i].flags);

			check_rc(mmu_update(entry(t, 3), e), bits[i].want[level - 1], bits[i].what);
			mmu_update(entry(t, 3), 0);
		}
		check_rc(mmu_update(entry(t, 3), L1E(va_to_mfn(t), F_RO)), 0, "a self map");
		mmu_update(entry(t, 3), 0);
		check_rc(mmu_update(entry(t, 3), L1E(va_to_mfn(t1), F_RWX)),
			level == 1 ? XEN_EBUSY : 0, "an entry for an empty table");
		mmu_update(entry(t, 3), 0);
		check_rc(mmu_update(entry(t, 3), ~1UL), 0, "one that is not present may be anything");
		check_rc(mmu_update(entry(t, 3) | 4, 0), XEN_ENOSYS, "an odd address");
		mmu_update(entry(t, 3), 0);
		unpin(t);
		mmu_update(entry(t, 5), L1E(1UL << 36, F_RO));
		check_rc(pin(level, t), level == 1 ? XEN_EPERM : XEN_EINVAL,
			"a table with a frame that does not exist");
		check_rc(access_to(t, F_RWX), 0, "is plain memory still");
		t[5] = 0;
		access_to(t, F_RO);
	}
	for (level = 1; level <= 4; level++)
		access_to(tables[level - 1], F_RWX);
}

/* --- linear tables ------------------------------------------------------------------------------------------ */

/* Entries that refer to tables of their own level: their own, or one other that has none such. */
static void check_linear_entries(void)
{
	unsigned int level;

	for (level = 2; level <= 4; level++) {
		uint64_t *a = tables[level - 1], *b = (uint64_t *)page;

		print("# linear entries of level %d\n", level);
		memset(a, 0, 4096);
		memset(b, 0, 4096);
		access_to(a, F_RO);
		access_to(b, F_RO);
		check_rc(pin(level, a) | pin(level, b), 0, "two tables");
		check_rc(mmu_update(entry(a, 3), L1E(va_to_mfn(a), F_RWX)), XEN_EINVAL, "writable: refused");
		check_rc(mmu_update(entry(a, 3), L1E(va_to_mfn(a), F_RO)), 0, "for itself");
		check_rc(mmu_update(entry(a, 4), L1E(va_to_mfn(b), F_RO)), 0, "for another");
		check_rc(mmu_update(entry(a, 5), L1E(va_to_mfn(b), F_RO)), 0, "twice");
		check_rc(mmu_update(entry(b, 3), L1E(va_to_mfn(a), F_RO)), XEN_EINVAL, "from there back: refused");
		check_rc(mmu_update(entry(b, 3), L1E(va_to_mfn(b), F_RO)), 0, "from there to itself");
		check_rc(mmu_update(entry(b, 3), 0), 0, "and gone");
		check_rc(unpin(b), 0, "the other is unpinned");
		check_rc(access_to(b, F_RWX), XEN_EBUSY, "and is a table still");
		check_rc(mmu_update(entry(a, 4), 0), 0, "one entry gone");
		check_rc(access_to(b, F_RWX), XEN_EBUSY, "and still");
		check_rc(mmu_update(entry(b, 3), L1E(va_to_mfn(a), F_RO)), XEN_EINVAL, "back: refused");
		check_rc(unpin(a), 0, "the first is unpinned with an entry for itself and for the other");
		check_rc(access_to(a, F_RWX), 0, "and is plain memory");
		check_rc(access_to(b, F_RWX), 0, "as the other");
		access_to(a, F_RO);
		check_rc(pin(level, a), XEN_EINVAL, "not with an entry for what is no table of its level");
		access_to(a, F_RWX);
	}
}

#define LINEAR_SLOT 300UL

static uint64_t linear_va(unsigned long i4, unsigned long i3, unsigned long i2, unsigned long i1)
{
	return 0xffffUL << 48 | i4 << 39 | i3 << 30 | i2 << 21 | i1 << 12;
}

static void read_it(void *p)
{
	(void)*(volatile uint64_t *)p;
}

static void write_it(void *p)
{
	*(volatile uint64_t *)p = 0;
}

/* The tables in use seen at addresses, by way of an entry of the L4 for itself. */
static void check_linear_view(void)
{
	const uint64_t *l4 = (const uint64_t *)si->pt_base;
	uint64_t *self = (uint64_t *)linear_va(LINEAR_SLOT, LINEAR_SLOT, LINEAR_SLOT, LINEAR_SLOT);
	unsigned long va = (unsigned long)page, n = (va >> 12) & ((1UL << 36) - 1);
	uint64_t *l1s = (uint64_t *)linear_va(LINEAR_SLOT, 0, 0, 0);

	check_rc(mmu_update(entry(l4, LINEAR_SLOT), L1E(va_to_mfn(l4), F_RO)), 0, "an L4 that is in use");
	check_eq(self[LINEAR_SLOT] >> 12 & 0xffffffff, va_to_mfn(l4), "sees its own entry");
	check(self[(va >> 39) & 511] >> 12 == l4[(va >> 39) & 511] >> 12, "and its others");
	check_eq(l1s[n] >> 12 & 0xffffffff, va_to_mfn(page), "and the L1 entry of any address");
	check_eq(probe(write_it, &l1s[n]), 14, "which cannot be written there");
	check_eq(probe(read_it, (void *)linear_va(LINEAR_SLOT, LINEAR_SLOT, LINEAR_SLOT, 262)), 14,
		"the hypervisor's tables are out of sight");
	check_rc(mmu_update(entry(l4, LINEAR_SLOT), 0), 0, "gone");
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	check_eq(probe(read_it, self), 14, "and so is the view");
}

static void check_bases(void)
{
	check_rc(mmuext(MMUEXT_NEW_BASEPTR, va_to_mfn(page), 0), XEN_EINVAL, "a page as base");
	check_rc(mmuext(MMUEXT_NEW_BASEPTR, 0xfffffffUL, 0), XEN_EINVAL, "no page");
	check_rc(mmuext(MMUEXT_NEW_USER_BASEPTR, va_to_mfn(page), 0), XEN_EINVAL, "for user mode");
	check_rc(mmuext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0, "none for user mode");
	check_rc(mmuext(MMUEXT_NEW_BASEPTR, va_to_mfn((void *)si->pt_base), 0), 0, "the one in use");
	check_rc(mmuext(MMUEXT_PIN_L4_TABLE, 0xfffffffUL, 0), XEN_EINVAL, "pin nothing");
	check_rc(mmuext(MMUEXT_MARK_SUPER, va_to_mfn(page), 0), XEN_EOPNOTSUPP, "superpages");
	check_rc(mmuext(99, 0, 0), XEN_ENOSYS, "an operation that is none");
	check_rc(mmuext(MMUEXT_CLEAR_PAGE, va_to_mfn((void *)si->pt_base), 0), XEN_EINVAL, "clear a table");
	page[7] = 7;
	check_rc(mmuext_of(DOMID_IO, MMUEXT_CLEAR_PAGE, 0xb1, 0), XEN_EINVAL, "clear a frame that is no memory");
	check_rc(mmuext_of(DOMID_IO, MMUEXT_COPY_PAGE, 0xb1, 0xb2), XEN_EINVAL, "copy frames that are no memory");
	check_rc(mmuext(MMUEXT_CLEAR_PAGE, va_to_mfn(page), 0), 0, "clear a page");
	check_eq(page[7], 0, "it is clear");
	check_rc(mmuext(MMUEXT_COPY_PAGE, va_to_mfn(page), va_to_mfn((void *)si->pt_base)), 0,
		"copy of a table");
	check_rc(mmuext(MMUEXT_COPY_PAGE, va_to_mfn((void *)si->pt_base), va_to_mfn(page)), XEN_EINVAL,
		"copy to a table");
	check_rc(mmuext(MMUEXT_INVLPG_LOCAL, 0xffff830000000000, 0), 0, "invlpg of the hypervisor's");
	check_rc(mmuext(MMUEXT_TLB_FLUSH_MULTI, 0, 0x1000), XEN_EINVAL, "vcpus at a bad pointer");
	check_rc(mmuext(MMUEXT_SET_LDT, 0x1001, 1), XEN_EINVAL, "an odd LDT");
	check_rc(mmuext(MMUEXT_SET_LDT, 0x1000, 8193), XEN_EINVAL, "a long one");
	check_rc(mmuext(MMUEXT_SET_LDT, 0xffff830000000000, 1), XEN_EINVAL, "one that is not its own");
	check_rc(mmuext(MMUEXT_SET_LDT, 0, 0), 0, "none");
	check_rc(hypercall3(__HYPERVISOR_update_va_mapping, page, L1E(va_to_mfn(page), F_RWX), 3), 0,
		"a flush of no kind");
	check_rc(hypercall3(__HYPERVISOR_update_va_mapping, page, L1E(va_to_mfn(page), F_RWX), 0x1001),
		XEN_EFAULT, "a flush of vcpus at a bad pointer");
	check_rc(hypercall3(__HYPERVISOR_update_va_mapping, 0x1000, L1E(va_to_mfn(page), F_RWX), 0),
		XEN_EINVAL, "an address without a table");
	check_rc(mmu_update(entry(page, 1), 0x1234567), 0, "an entry in a plain page");
	check_eq(((uint64_t *)page)[1], 0x1234567, "is a store");
	check_rc(mmu_update(entry(page, 0) | 3, 77), 0, "the command that does not translate");
}

/* --- stores to page tables --------------------------------------------------------------------------------- */

uint64_t zeroes[2] __attribute__((used));

#define FORM(name, text) static void form_##name(void *p) { \
	__asm__ __volatile__(text : : "D"(p), "a"(0UL), "d"(L1E(0, 0)) : "memory", "cc", "rcx"); }
FORM(mov64, "movq %%rax, (%%rdi)")
FORM(mov32, "movl %%eax, (%%rdi)")
FORM(mov16, "movw %%ax, (%%rdi)")
FORM(mov8, "movb %%al, (%%rdi)")
FORM(mov32_high, "movl %%eax, 4(%%rdi)")
FORM(imm64, "movq $0, (%%rdi)")
FORM(imm8, "movb $0, (%%rdi)")
FORM(xchg64, "xchgq %%rax, (%%rdi)")
FORM(xchg32, "xchgl %%eax, (%%rdi)")
FORM(and64, "andq %%rax, (%%rdi)")
FORM(lock_and8, "lock andb $0xfd, (%%rdi)")
FORM(or64, "orq $0x200, (%%rdi)")
FORM(xor64, "xorq $0x400, (%%rdi)")
FORM(add64, "addq $0x200, (%%rdi)")
FORM(sub64, "subq $0x200, (%%rdi)")
FORM(inc64, "incq (%%rdi)")
FORM(neg64, "negq (%%rdi)")
FORM(not64, "notq (%%rdi)")
FORM(bts, "btsq $9, (%%rdi)")
FORM(lock_btr, "lock btrq $1, (%%rdi)")
FORM(btc, "btcq $9, (%%rdi)")
FORM(xadd, "lock xaddq %%rdx, (%%rdi)")
FORM(cmpxchg, "lock cmpxchgq %%rdx, (%%rdi)")
FORM(stosq, "stosq")
FORM(movnti, "movnti %%rax, (%%rdi)")
FORM(adc, "adcq %%rax, (%%rdi)")
FORM(shl, "shlq $0, (%%rdi)")
FORM(shl_by_1, "shlq $1, (%%rdi)")
FORM(rcl, "clc; rclq $1, (%%rdi)")
FORM(rcl32, "stc; rcll $9, (%%rdi)")
FORM(rcl_by_0, "rclq $0, (%%rdi)")
FORM(rcr, "clc; rcrq $1, (%%rdi)")
FORM(rcr8, "movb $1, %%cl; rcrb %%cl, (%%rdi)")
FORM(shld, "shldq $1, %%rax, (%%rdi)")
FORM(shld_cl, "movb $1, %%cl; shldl %%cl, %%eax, (%%rdi)")
FORM(shrd, "shrdq $1, %%rax, (%%rdi)")
FORM(shrd_cl, "movb $1, %%cl; shrdq %%cl, %%rax, (%%rdi)")
FORM(movsq, "leaq zeroes(%%rip), %%rsi; movsq")
FORM(movsb, "leaq zeroes(%%rip), %%rsi; movsb")
FORM(movs_from_nowhere, "movl $8, %%esi; movsq")
FORM(rep_movsq, "leaq zeroes(%%rip), %%rsi; movl $1, %%ecx; rep movsq")
FORM(setc, "clc; setc (%%rdi)")
FORM(pop, "pushq $0; popq (%%rdi)")
FORM(cmpxchg8b, "cmpxchg8b (%%rdi)")
FORM(lock_cmpxchg8b, "movl (%%rdi), %%eax; movl 4(%%rdi), %%edx; xorl %%ecx, %%ecx; pushq %%rbx; xorl %%ebx, %%ebx; "
	"lock cmpxchg8b (%%rdi); popq %%rbx")
FORM(movbe, "movbe %%rax, (%%rdi)")
FORM(misaligned16, "movw %%ax, 1(%%rdi)")
FORM(misaligned32, "movl %%eax, 2(%%rdi)")
FORM(movss, "movss %%xmm0, (%%rdi)")
FORM(movsd, "movsd %%xmm0, (%%rdi)")
FORM(movlps, "movlps %%xmm0, (%%rdi)")
FORM(movd, "movd %%xmm0, (%%rdi)")
FORM(movq_xmm, "movq %%xmm0, (%%rdi)")
FORM(movups, "movups %%xmm0, (%%rdi)")
FORM(movq_mmx, "movq %%mm0, (%%rdi); emms")
FORM(movntq, "movntq %%mm0, (%%rdi); emms")
FORM(mov_ds, "movw %%ds, (%%rdi)")
FORM(smsw, "smsw (%%rdi)")
FORM(sldt, "sldt (%%rdi)")
FORM(misaligned, "movq %%rax, 4(%%rdi)")

static const struct {
	const char *what;
	void (*fn)(void *p);
	int want; /* vector, or -1: emulated */
} forms[] = {
#define ROW(name, want) { #name, form_##name, want }
	ROW(mov64, -1), ROW(mov32, -1), ROW(mov16, -1), ROW(mov8, -1), ROW(mov32_high, -1),
	ROW(imm64, -1), ROW(imm8, -1), ROW(xchg64, -1), ROW(xchg32, -1), ROW(and64, -1),
	ROW(lock_and8, -1), ROW(or64, -1), ROW(xor64, -1), ROW(add64, -1), ROW(sub64, -1), ROW(inc64, -1),
	ROW(neg64, 14), ROW(not64, -1), ROW(bts, -1), ROW(lock_btr, -1), ROW(btc, -1), ROW(xadd, -1),
	ROW(cmpxchg, -1), ROW(stosq, -1), ROW(movnti, -1), ROW(adc, -1), ROW(shl, -1),
	ROW(shl_by_1, -1), ROW(rcl, -1), ROW(rcl32, -1), ROW(rcl_by_0, -1), ROW(rcr, -1), ROW(rcr8, -1),
	ROW(shld, -1), ROW(shld_cl, -1), ROW(shrd, -1), ROW(shrd_cl, -1),
	ROW(movsq, -1), ROW(movsb, -1), ROW(movs_from_nowhere, 14), ROW(rep_movsq, -1),
	ROW(setc, -1), ROW(pop, -1), ROW(cmpxchg8b, -1), ROW(lock_cmpxchg8b, -1), ROW(movbe, -1),
	ROW(misaligned16, 14), ROW(misaligned32, 14),
	ROW(movss, 14), ROW(movsd, 14), ROW(movlps, 14), ROW(movd, 14), ROW(movq_xmm, 14), ROW(movups, 14),
	ROW(movq_mmx, 14), ROW(movntq, 14), ROW(mov_ds, 14), ROW(smsw, 14), ROW(sldt, 14),
	ROW(misaligned, 14),
};

static void check_forms(void)
{
	uint64_t *e = l1e_of(page);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		check_rc(access_to(page, F_RO), 0, "an entry");
		check_eq(probe(forms[i].fn, e), forms[i].want, forms[i].what);
		print("# entry is %lx\n", *e & 0xfff);
	}
	access_to(page, F_RWX);
}

/* --- descriptors ---------------------------------------------------------------------------------------------- */

static const struct {
	const char *what;
	uint64_t d;
	int want;
} descriptors[] = {
	{ "nothing", 0, 0 },
	{ "not present", 0x00af7a000000ffff, 0 },
	{ "code of ring 3", 0x00affa000000ffff, 0 },
	{ "code of ring 0", 0x00af9a000000ffff, 0 },
	{ "data of ring 3", 0x00cff2000000ffff, 0 },
	{ "conforming code", 0x00affe000000ffff, 0 },
	{ "a task", 0x0000890000000067, 22 },
	{ "an LDT", 0x000082000000ffff, 22 },
	{ "an interrupt gate", 0x00008e0000080000, 22 },
	{ "a trap gate", 0x00008f0000080000, 22 },
	{ "a call gate to the guest's", 0x0000ec0000080000, 0 },
	{ "a call gate to ring 3's code", 0x0000ec00e0330000, 0 },
	{ "a call gate to the hypervisor's", 0x0000ec00e0080000, 22 },
	{ "a call gate with parameters", 0x0000ec0100080000, 22 },
	{ "a task gate", 0x0000850000080000, 22 },
	{ "long and 32-bit code", 0x00effa000000ffff, 0 },
};

static void check_descriptors(void)
{
	unsigned int i;
	unsigned long mfn = va_to_mfn(page);

	memset(page, 0, 4096);
	for (i = 0; i < ARRAY_SIZE(descriptors); i++)
		check_rc(hypercall2(__HYPERVISOR_update_descriptor, entry(page, 8), descriptors[i].d),
			descriptors[i].want, descriptors[i].what);
	check_rc(hypercall2(__HYPERVISOR_update_descriptor, entry(page, 8) | 4, 0), XEN_EINVAL, "odd");
	check_rc(hypercall2(__HYPERVISOR_set_gdt, &mfn, 512), XEN_EINVAL, "a GDT that is writable");
	memset(page, 0, 4096);
	access_to(page, F_RO);
	check_rc(hypercall2(__HYPERVISOR_set_gdt, &mfn, 512), 0, "one that is not");
	check_rc(access_to(page, F_RWX), XEN_EBUSY, "in use it stays so");
	check_rc(pin(1, page), XEN_EINVAL, "and is no table");
	check_rc(hypercall2(__HYPERVISOR_update_descriptor, entry(page, 8), 0x00affa000000ffff), 0,
		"a descriptor in it");
	check_rc(mmu_update(entry(page, 8), 0), XEN_EINVAL, "is not written as an entry");
	check_rc(hypercall2(__HYPERVISOR_set_gdt, 0, 0), 0, "no GDT");
	check_rc(access_to(page, F_RWX), 0, "plain memory again");
}

void guest_main(void)
{
	check_transitions();
	check_bits();
	check_linear_entries();
	check_linear_view();
	check_bases();
	check_forms();
	check_descriptors();
}

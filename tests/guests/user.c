/* SPDX-License-Identifier: GPL-2.0-only */
/* user: user mode with its own page tables, iret with good and bad frames, system calls,
 * descriptors that only the kernel's tables map. */
#include <xen/physdev.h>
#include "guest.h"

#define USER_CS 0xe033
#define USER_SS 0xe02b
#define LDT_DATA 0x0f       /* entry 1 */
#define LDT_CODE 0x17       /* entry 2 */
#define KERNEL_ONLY 0xffff960000000000UL /* L4 slot 300 */

static uint8_t stack[8192] __attribute__((aligned(4096)));
static uint8_t user_stack[4096] __attribute__((aligned(4096)));
static uint64_t user_l4[512] __attribute__((aligned(4096)));
static uint64_t tables[3][512] __attribute__((aligned(4096)));
static uint64_t ldt[512] __attribute__((aligned(4096)));
static volatile bool user_done;
static uint8_t user_al;

static long mmuext(unsigned int cmd, unsigned long arg1, unsigned int arg2)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1;
	op.arg2.nr_ents = arg2;
	return hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
}

static void to_iret(void *arg)
{
	guest_iret(arg);
}

/* The vector by which a frame that was returned to came back. */
static int after_iret(struct iret_context *c)
{
	return probe(to_iret, c);
}

static int run_user(void (*fn)(void), uint64_t cs)
{
	struct iret_context c = { .rip = (uint64_t)fn, .cs = cs, .rflags = 0x202,
		.rsp = (uint64_t)(user_stack + sizeof(user_stack) - 64), .ss = USER_SS };

	user_done = false;
	return after_iret(&c);
}

/* --- programs -------------------------------------------------------------------------------------- */

static void back(void) { __asm__ __volatile__("syscall" ::: "rcx", "r11"); }
static void user_std(void) { __asm__ __volatile__("std; mov $77, %%eax; syscall" ::: "rax"); }
static void user_read(void) { *(volatile char *)0x10000; }
static void user_hlt(void) { __asm__ __volatile__("hlt"); }
static void user_ud2(void) { __asm__ __volatile__("ud2"); }
static void user_int80(void) { __asm__ __volatile__("int $0x80"); }
static void user_cpuid(void)
{
	__asm__ __volatile__(".byte 0x0f,0x0b,0x78,0x65,0x6e; cpuid" ::: "rax", "rbx", "rcx", "rdx");
	back();
}

static void user_in(void)
{
	__asm__ __volatile__("in $0x80, %%al" : "=a"(user_al));
	user_done = true;
	back();
}

static void user_ldt(void)
{
	__asm__ __volatile__("mov %0, %%ds" : : "r"(LDT_DATA));
	user_done = true;
	back();
}

static void user_step(void)
{
	__asm__ __volatile__("pushfq; orq $0x100, (%%rsp); popfq; nop; nop" ::: "cc");
	back();
}

/* --- checks ---------------------------------------------------------------------------------------- */

static void kernel_back(void)
{
	__asm__ __volatile__("ud2");
}

static void check_kernel_iret(void)
{
	struct iret_context good = { .rip = (uint64_t)kernel_back, .cs = 0xe030, .rflags = 0x202,
		.rsp = (uint64_t)(stack + 4096 - 64), .ss = USER_SS }, c;

	c = good;
	check_eq(after_iret(&c), 6, "iret to the kernel");
	check_eq(trap_last.rsp, c.rsp, "on its stack");
	c.rflags = 0x202 | 3 << 12 | 1 << 17 | 1 << 10;
	check_eq(after_iret(&c), 6, "iret with IOPL, VM and DF");
	check_eq(trap_last.rflags & (3 << 12 | 1 << 17 | 1 << 10), 1 << 10, "gives DF");
	c = good;
	c.cs = 0x1230;
	check_eq(after_iret(&c), 13, "a code selector beyond the table");
	check_eq(trap_last.error, 0x1230, "is in the error code");
	check_eq(trap_last.rip, c.rip, "the frame has rip");
	check_eq(trap_last.cs & 0xffff, 0x1230, "and the selector");
	c = good;
	c.ss = 0x1230;
	check_eq(after_iret(&c), 13, "a bad stack selector");
	c = good;
	c.cs = 0xe008;
	check_eq(after_iret(&c), 13, "the hypervisor's code selector");
	c.cs = 0xe040;
	check_eq(after_iret(&c), 13, "its task");
	c = good;
	c.rip = 0x0000800000000000UL;
	check_eq(after_iret(&c), 13, "a non-canonical address");
}

static void check_user(void)
{
	check_eq(run_user(back, USER_CS), TRAP_SYSCALL, "a system call from user mode");
	check_eq(trap_last.rcx, trap_last.rip, "rcx is the return address");
	check_eq(trap_last.ss, USER_SS, "stack selector");
	check_eq(trap_last.cs & 0xffff, USER_CS, "code selector of ring 3");
	check(trap_last.rsp > (uint64_t)user_stack && trap_last.rsp < (uint64_t)(user_stack + 4096),
		"stack pointer");
	check_eq(run_user(user_std, USER_CS), TRAP_SYSCALL, "one with the direction flag set");
	check_eq(trap_last.rax, 77, "its number");
	check(trap_last.rflags & 1 << 10, "the frame has the flag");
	differs("there it was seen set, under TCG");
	check_eq(syscall_rflags & 1 << 10, 0, "the kernel has not");
	check_eq(run_user(user_read, USER_CS), 14, "page fault");
	check_eq(trap_last.error, 4, "error code: user, read, not present");
	check_eq(trap_last.cs & 3, 3, "the frame says ring 3");
	check_eq(run_user(user_hlt, USER_CS), 13, "hlt");
	check_eq(run_user(user_ud2, USER_CS), 6, "ud2");
	check_eq(run_user(user_int80, USER_CS), 128, "int 0x80");
	check_eq(run_user(user_cpuid, USER_CS), TRAP_SYSCALL, "forced CPUID");
	check_eq(run_user(user_step, USER_CS), 1, "single step");
	check_eq(hypercall1(__HYPERVISOR_get_debugreg, 6) & 0x4000, 0x4000, "is in DR6");
	check_eq(run_user(back, 0x1233), 13, "a bad code selector");
	check_eq(trap_last.cs & 0xffff, 0x1233, "is in the frame");
	check_eq(run_user(back, 0xe00b), 13, "the hypervisor's");
}

/* A return from a system call may be a SYSRET: the same rules hold for it. */
static void check_syscall_return(void)
{
	struct iret_context good = { .rip = (uint64_t)back, .cs = USER_CS, .rflags = 0x202 | 1 << 16,
		.flags = VGCF_in_syscall, .rsp = (uint64_t)(user_stack + sizeof(user_stack) - 64),
		.ss = USER_SS, .rax = 99 }, c = good;

	check_eq(after_iret(&c), TRAP_SYSCALL, "return from a system call");
	check_eq(trap_last.rax, 99, "its result");
	check_eq(trap_last.rsp, c.rsp, "its stack");
	c.rip = 0x0000800000000000UL;
	check_eq(after_iret(&c), 13, "to a non-canonical address");
	check_eq(trap_last.rip, c.rip, "which the frame has");
	c = good;
	c.cs = 0x1233;
	c.ss = 0x1233;
	check_eq(after_iret(&c), TRAP_SYSCALL, "selectors are not looked at");
	check_eq(trap_last.cs & 0xffff, USER_CS, "they are those of SYSRET");
	c = good;
	c.rflags |= 0x100;
	check_eq(after_iret(&c), 1, "with single step");
}

static void check_io_bitmap(void)
{
	struct physdev_set_iobitmap b = { .nr_ports = 1024 };
	uint64_t *p2m = (uint64_t *)si->mfn_list, old = p2m[2];

	check_eq(run_user(user_in, USER_CS), 13, "a port without privilege");
	/* Only the kernel's tables have the p2m list. */
	p2m[2] = 0;
	set_xen_guest_handle(b.bitmap, (uint8_t *)p2m);
	hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, &b);
	check_eq(run_user(user_in, USER_CS), TRAP_SYSCALL, "a port that the bitmap allows");
	check(user_done, "was read");
	p2m[2] = ~0UL;
	check_eq(run_user(user_in, USER_CS), 13, "one that it refuses");
	p2m[2] = old;
	b.nr_ports = 0;
	hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, &b);
}

static void kernel_only(void *page)
{
	struct mmu_update u = { .ptr = ((uint64_t)va_to_mfn((void *)si->pt_base) << 12) + 300 * 8 };
	void *next = page;
	unsigned int i;
	long rc = map_va(page, L1E(va_to_mfn(page), F_RO));

	for (i = 0; i < 3; i++) {
		tables[i][0] = L1E(va_to_mfn(next), i ? F_RWX : F_RO);
		rc |= map_va(tables[i], L1E(va_to_mfn(tables[i]), F_RO));
		next = tables[i];
	}
	u.val = L1E(va_to_mfn(next), F_RWX);
	rc |= hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_SELF);
	check_eq(rc, 0, "a page in the kernel's tables only");
	check_eq(*(volatile uint64_t *)(KERNEL_ONLY + 8), ((uint64_t *)page)[1], "is there");
}

static void check_ldt(void)
{
	ldt[1] = 0x00cff3000000ffff;
	ldt[2] = 0x00affb000000ffff;
	kernel_only(ldt);
	check_eq(mmuext(MMUEXT_SET_LDT, KERNEL_ONLY + 8, 3), -22, "an unaligned table");
	check_eq(mmuext(MMUEXT_SET_LDT, KERNEL_ONLY, 3), 0, "descriptor table");
	check_eq(run_user(user_ldt, USER_CS), TRAP_SYSCALL, "its selector in user mode");
	check(user_done, "was loaded");
	__asm__ __volatile__("mov %0, %%ds" : : "r"(0));
	mmuext(MMUEXT_SET_LDT, 0, 0);
	check_eq(mmuext(MMUEXT_SET_LDT, KERNEL_ONLY, 3), 0, "again, not looked at yet");
	check_eq(run_user(back, LDT_CODE), TRAP_SYSCALL, "iret finds its code selector");
	mmuext(MMUEXT_SET_LDT, 0, 0);
	check_eq(run_user(back, LDT_CODE), 13, "and not without the table");
}

static void user_tables(void)
{
	struct callback_register r = { .type = CALLBACKTYPE_syscall,
		.address = (unsigned long)syscall_entry };

	check_eq(hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, &r), 0, "callback");
	r.address = 0x0000800000000000UL;
	check_eq(hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, &r), -22,
		"a non-canonical one");
	check_eq(hypercall2(__HYPERVISOR_stack_switch, USER_SS, stack + sizeof(stack)), 0, "stack");
	user_l4[511] = ((uint64_t *)si->pt_base)[511];
	check_eq(map_va(user_l4, L1E(va_to_mfn(user_l4), F_RO)), 0, "table read-only");
	check_eq(mmuext(MMUEXT_PIN_L4_TABLE, va_to_mfn(user_l4), 0), 0, "pinned");
	check_eq(mmuext(MMUEXT_NEW_USER_BASEPTR, va_to_mfn(user_l4), 0), 0, "the user's table");
}

void guest_main(void)
{
	check_kernel_iret();
	user_tables();
	check_user();
	check_syscall_return();
	check_io_bitmap();
	check_ldt();
}

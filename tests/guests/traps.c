/* SPDX-License-Identifier: GPL-2.0-only */
/* traps: exceptions reach the kernel with the right frame, and iret goes back. */
#include <xen/physdev.h>
#include "guest.h"

static void do_divide(void *arg)
{
	(void)arg;
	__asm__ __volatile__("xor %%ecx, %%ecx; mov $1, %%eax; cltd; idiv %%ecx" ::: "eax", "ecx", "edx");
}

static void do_ud2(void *arg) { (void)arg; __asm__ __volatile__("ud2"); }
static void do_int3(void *arg) { (void)arg; __asm__ __volatile__("int3"); }
static void do_int80(void *arg) { (void)arg; __asm__ __volatile__("int $0x80"); }
static void do_int81(void *arg) { (void)arg; __asm__ __volatile__("int $0x81"); }
static void do_hlt(void *arg) { (void)arg; __asm__ __volatile__("hlt"); }
static void do_lgdt(void *arg) { (void)arg; __asm__ __volatile__("lgdt (%0)" : : "r"(&arg)); }
static void do_read(void *arg) { *(volatile char *)arg; }
static void do_write(void *arg) { *(volatile char *)arg = 1; }
static void do_call(void *arg) { ((void (*)(void))arg)(); }
static void do_selector(void *arg) { __asm__ __volatile__("mov %0, %%ds" : : "r"(arg)); }
static void do_cli_sti(void *arg) { (void)arg; __asm__ __volatile__("cli; sti"); }
static void do_wrmsr(void *arg)
{
	__asm__ __volatile__("wrmsr" : : "c"((uint32_t)(unsigned long)arg), "a"(0), "d"(0));
}

static uint8_t page[4096] __attribute__((aligned(4096)));

static void check_page_faults(void)
{
	void *hole = (void *)0x10000;

	check_eq(probe(do_read, hole), 14, "read of a hole");
	check_eq(trap_cr2, (long)hole, "cr2 is in vcpu_info");
	check_eq(trap_last.error, 0, "error code: kernel, read, not present");
	check_eq(probe(do_write, hole), 14, "write to a hole");
	check_eq(trap_last.error, 2, "error code: kernel, write, not present");
	check_eq(map_va(page, L1E(va_to_mfn(page), F_RO)), 0, "page made read-only");
	check_eq(probe(do_write, page), 14, "write to a read-only page");
	check_eq(trap_last.error, 3, "error code: kernel, write, protection");
	check_eq(map_va(page, L1E(va_to_mfn(page), F_RWX)), 0, "page made writable");
	check_eq(probe(do_write, page), -1, "write to it now");
	check_eq(probe(do_read, (void *)0xffff830000000000UL), 14, "the direct map is not readable");
	check_eq(probe(do_write, (void *)0xffff82d040000000UL), 14, "the image is not writable");
	check_eq(probe(do_call, (void *)0xffff82d040000000UL), 14, "nor can it be run");
}

void guest_main(void)
{
	check_eq(probe(do_divide, NULL), 0, "divide error");
	check_eq(probe(do_int3, NULL), 3, "breakpoint");
	check_eq(probe(do_ud2, NULL), 6, "invalid opcode");
	check_eq((trap_last.cs & 0xffff), 0xe030, "the frame says ring 0");
	check_eq(trap_last.ss, 0xe02b, "the frame has the stack selector");
	check_eq(probe(do_hlt, NULL), 13, "hlt is a general protection fault");
	check_eq(trap_last.error, 0, "with error code 0");
	check_eq(probe(do_lgdt, NULL), 13, "so is lgdt");
	check_eq(probe(do_int80, NULL), 128, "int 0x80 by its gate");
	check_eq(probe(do_int81, NULL), 13, "int 0x81 has none");
	check_eq(trap_last.error & 7, 2, "and says so in the error code");
	check_eq(probe(do_selector, (void *)0x1230), 13, "a selector beyond the table");
	check_eq(probe(do_selector, (void *)0xe010), 13, "the hypervisor's data selector");
	check_eq(probe(do_cli_sti, NULL), 13, "cli without I/O privilege");
	hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &(struct physdev_set_iopl){ 1 });
	check_eq(probe(do_cli_sti, NULL), -1, "with it, cli and sti do nothing");
	check_eq(probe(do_wrmsr, (void *)0xc0000082), 13, "LSTAR is not the guest's");
	check_eq(probe(do_read, (void *)(0x800000000000UL)), 13, "a non-canonical address");
	check_page_faults();
}

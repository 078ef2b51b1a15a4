/* SPDX-License-Identifier: GPL-2.0-only */
/* state: two vcpus take turns on one CPU; registers of one are not the other's. */
#include "child.h"
#include "msr.h"

#define MSR_FS_BASE 0xc0000100
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX 0xc0000103

static uint8_t stack1[8192] __attribute__((aligned(4096)));
static struct vcpu_guest_context context;
static volatile bool go, done;
static uint64_t pattern[4] __attribute__((aligned(32))) = { 1, 2, 0x5ec2e75ec2e7, 4 };
static uint64_t seen_ymm[4] __attribute__((aligned(32))), seen_fs, seen_user_gs, seen_aux;
static bool have_avx;
static volatile uint64_t watched, other;

static void forced_cpuid(uint32_t leaf, uint32_t r[4])
{
	__asm__ __volatile__(".byte 0x0f,0x0b,0x78,0x65,0x6e; cpuid"
		: "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(0));
}

static uint32_t rdtscp_aux(void)
{
	uint32_t aux;

	__asm__ __volatile__("rdtscp" : "=c"(aux) : : "rax", "rdx");
	return aux;
}

static void xsetbv(uint64_t v)
{
	__asm__ __volatile__("xsetbv" : : "a"((uint32_t)v), "d"((uint32_t)(v >> 32)), "c"(0));
}

static void enable_xsave(void)
{
	uint64_t cr4;

	__asm__ __volatile__("mov %%cr4, %0; or %1, %0; mov %0, %%cr4" : "=&r"(cr4) : "i"(1 << 18));
}

static void read_ymm(uint64_t *to)
{
	__asm__ __volatile__("vmovdqu %%ymm0, (%0)" : : "r"(to) : "memory");
}

/* --- the second vcpu ------------------------------------------------------------------------------ */

/* Its first data selector is bad: the failsafe frame has four before rip. */
void second_failsafe(void);
__asm__("second_failsafe: movq 16(%rsp), %rax; movq %rax, seen_ds(%rip); addq $88, %rsp; jmp second");
uint64_t seen_ds;

void second(void);
void second(void)
{
	while (!go)
		yield();
	seen_fs = rdmsr(MSR_FS_BASE);
	seen_user_gs = rdmsr(MSR_KERNEL_GS_BASE);
	seen_aux = rdtscp_aux();
	if (have_avx) {
		enable_xsave();
		xsetbv(7);
		read_ymm(seen_ymm);
		__asm__ __volatile__("vpcmpeqb %xmm0, %xmm0, %xmm0; vinsertf128 $1, %xmm0, %ymm0, %ymm0");
	}
	hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_FS, 0x2222000);
	hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER, 0x2223000);
	hypercall2(__HYPERVISOR_set_debugreg, 0, &other);
	hypercall2(__HYPERVISOR_set_debugreg, 7, 0xd0303);
	yield();
	done = true;
	for (;;)
		hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_down, 1, 0);
}

/* --- checks ---------------------------------------------------------------------------------------- */

static long pin_to_first(unsigned int vcpu)
{
	static uint8_t map[8] = { 1 };
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpuaffinity,
		.interface_version = XEN_DOMCTL_INTERFACE_VERSION, .domain = 0 };

	op.u.vcpuaffinity.vcpu = vcpu;
	op.u.vcpuaffinity.flags = 1; /* hard */
	set_xen_guest_handle(op.u.vcpuaffinity.cpumap_hard.bitmap, map);
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 64;
	map[0] = 1;
	return hypercall1(__HYPERVISOR_domctl, &op);
}

static long initialise(void)
{
	return hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 1, &context);
}

static void start_second(void)
{
	vcpu_context(&context, second, stack1 + sizeof(stack1), va_to_mfn((void *)si->pt_base));
	context.user_regs.rflags = 0x1000;
	context.user_regs.rip = 0x0000800000000000UL;
	check_eq(initialise(), -22, "a non-canonical address");
	context.user_regs.rip = (unsigned long)second;
	context.event_callback_eip = 0x0000800000000000UL;
	check_eq(initialise(), -22, "a non-canonical callback");
	context.event_callback_eip = 0;
	context.trap_ctxt[9].address = 0x0000800000000000UL;
	check_eq(initialise(), -22, "a non-canonical handler");
	context.trap_ctxt[9].address = 0;
	context.ldt_base = 0x1008;
	context.ldt_ents = 1;
	check_eq(initialise(), -22, "an unaligned descriptor table");
	context.ldt_base = 0xffff830000000000UL;
	check_eq(initialise(), -22, "one that is the hypervisor's");
	context.ldt_base = context.ldt_ents = 0;
	context.user_regs.ds = 0x1230;
	context.failsafe_callback_eip = (unsigned long)second_failsafe;
	check_eq(initialise(), 0, "the second vcpu");
	check_eq(initialise(), -17, "exists");
	check_eq(pin_to_first(0) | pin_to_first(1), 0, "both on one CPU");
	check_eq(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_up, 1, 0), 0, "runs");
}

static void write_watched(void *arg)
{
	(void)arg;
	watched = 1;
}

static void write_other(void *arg)
{
	(void)arg;
	other = 1;
}

static void check_debug(void)
{
	check_eq(hypercall2(__HYPERVISOR_set_debugreg, 7, 0xd0301), 0, "a breakpoint enabled");
	check_eq(probe(write_watched, NULL), 1, "is where it was set");
	check_eq(hypercall1(__HYPERVISOR_get_debugreg, 6) & 0xf, 1, "DR6 says so");
	check_eq(probe(write_other, NULL), -1, "and not where the other's was");
	check_eq(hypercall2(__HYPERVISOR_set_debugreg, 7, 0), 0, "disabled");
	check_eq(probe(write_watched, NULL), -1, "is gone");
	check_eq(hypercall2(__HYPERVISOR_set_debugreg, 7, 0x2001), -1, "general detect is refused");
	check_eq(hypercall2(__HYPERVISOR_set_debugreg, 0, 0xffff830000000000UL), -1,
		"a breakpoint on the hypervisor");
	check_eq(hypercall2(__HYPERVISOR_set_debugreg, 0, -85UL), 0, "an address like -ERESTART");
	check_eq(hypercall1(__HYPERVISOR_get_debugreg, 0), -85, "is read back");
}

void guest_main(void)
{
	uint64_t ymm[4] __attribute__((aligned(32)));
	uint32_t r[4];

	forced_cpuid(1, r);
	have_avx = (r[2] >> 28 & 1) && (r[2] >> 27 & 1);
	start_second();
	hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_FS, 0x1111000);
	hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER, 0x1112000);
	wrmsr(MSR_TSC_AUX, 5);
	check_eq(rdtscp_aux(), 5, "RDTSCP gives TSC_AUX");
	hypercall2(__HYPERVISOR_set_debugreg, 0, &watched);
	if (have_avx) {
		enable_xsave();
		xsetbv(7);
		__asm__ __volatile__("vmovdqu (%0), %%ymm0" : : "r"(pattern) : "memory");
	}
	go = true;
	while (!done)
		yield();
	if (have_avx) {
		read_ymm(ymm);
		check(!memcmp(ymm, pattern, sizeof(ymm)), "AVX registers are kept");
		check(!seen_ymm[2] && !seen_ymm[3], "and not seen by the other");
	}
	check_eq(seen_ds, 0x1230, "its bad selector went to the failsafe callback");
	check_eq(seen_fs, 0, "its FS base was its own");
	check_eq(seen_user_gs, 0, "its GS base, too");
	check_eq(seen_aux, 0, "and TSC_AUX");
	check_eq(rdmsr(MSR_FS_BASE), 0x1111000, "FS base is kept");
	check_eq(rdmsr(MSR_KERNEL_GS_BASE), 0x1112000, "GS base is kept");
	check_eq(rdtscp_aux(), 5, "TSC_AUX is kept");
	check_debug();
}

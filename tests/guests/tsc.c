/* SPDX-License-Identifier: GPL-2.0-only */
/* tsc: a domain's TSC, native and emulated, in its kernel and in its programs; CR4.TSD. */
#include "child.h"
#include "msr.h"

#define KHZ     1234567U
#define MUL     3478926049U /* 2^32 / 1.234567 */
#define ELAPSED 5000000000000UL
#define SECOND  1000000000UL
#define USER_SS 0xe02b
#define USER_CS 0xe033
#define CR4_TSD 4
#define MSR_TSC 0x10
#define MSR_TSC_AUX 0xc0000103

static uint8_t stack[8192] __attribute__((aligned(4096)));
static uint8_t user_stack[4096] __attribute__((aligned(4096)));
static uint64_t user_l4[512] __attribute__((aligned(4096)));
static struct child c;
static struct xen_domctl op;
static uint64_t user_value;
static uint32_t user_aux;

static uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ __volatile__("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static uint64_t rdtscp(uint32_t *ret_aux)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdtscp" : "=a"(lo), "=d"(hi), "=c"(*ret_aux) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static uint64_t read_cr4(void)
{
	uint64_t v;

	__asm__ __volatile__("mov %%cr4, %0" : "=r"(v));
	return v;
}

static void write_cr4(uint64_t v)
{
	__asm__ __volatile__("mov %0, %%cr4" : : "r"(v));
}

struct leaf { uint32_t a, b, c, d; };

static struct leaf time_leaf(uint32_t sub)
{
	struct leaf l = { .a = 0x40000003, .c = sub };

	__asm__ __volatile__(".byte 0x0f,0x0b,0x78,0x65,0x6e; cpuid"
		: "+a"(l.a), "=b"(l.b), "+c"(l.c), "=d"(l.d));
	return l;
}

/* --- user mode ------------------------------------------------------------------------------------ */

static void back(void) { __asm__ __volatile__("syscall" ::: "rcx", "r11"); }

static void user_rdtsc(void)
{
	user_value = rdtsc();
	back();
}

static void user_rdtscp(void)
{
	user_value = rdtscp(&user_aux);
	back();
}

static void to_iret(void *arg)
{
	guest_iret(arg);
}

static int run_user(void (*fn)(void))
{
	struct iret_context frame = { .rip = (uint64_t)fn, .cs = USER_CS, .rflags = 0x202,
		.rsp = (uint64_t)(user_stack + sizeof(user_stack) - 64), .ss = USER_SS };

	return probe(to_iret, &frame);
}

static void user_tables(void)
{
	struct callback_register r = { .type = CALLBACKTYPE_syscall,
		.address = (unsigned long)syscall_entry };
	struct mmuext_op m = { .cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = va_to_mfn(user_l4) };
	long rc = hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, &r);

	rc |= hypercall2(__HYPERVISOR_stack_switch, USER_SS, stack + sizeof(stack));
	user_l4[511] = ((uint64_t *)si->pt_base)[511];
	rc |= map_va(user_l4, L1E(va_to_mfn(user_l4), F_RO));
	rc |= hypercall4(__HYPERVISOR_mmuext_op, &m, 1, 0, DOMID_SELF);
	m.cmd = MMUEXT_NEW_USER_BASEPTR;
	rc |= hypercall4(__HYPERVISOR_mmuext_op, &m, 1, 0, DOMID_SELF);
	check_eq(rc, 0, "tables for a program");
}

/* The kernel takes reading the TSC from its programs. */
static void check_tsd(void)
{
	uint64_t before = rdtsc(), cr4 = read_cr4();

	check_eq(run_user(user_rdtsc), TRAP_SYSCALL, "a program reads the TSC");
	check(user_value > before && user_value < rdtsc(), "it is the kernel's");
	check_eq(run_user(user_rdtscp), TRAP_SYSCALL, "RDTSCP");
	check(user_value > before && user_value < rdtsc(), "is the same");
	check_eq(user_aux, 42, "with TSC_AUX");
	write_cr4(cr4 | CR4_TSD);
	check(read_cr4() & CR4_TSD, "CR4.TSD");
	check_eq(run_user(user_rdtsc), 13, "then it may not");
	check_eq(trap_last.error, 0, "no error code");
	check_eq(run_user(user_rdtscp), 13, "nor by RDTSCP");
	before = rdtsc();
	check(before < rdtsc(), "the kernel may");
	write_cr4(cr4);
	check_eq(run_user(user_rdtsc), TRAP_SYSCALL, "and the program again");
}

/* --- a domain --------------------------------------------------------------------------------------- */

static void check_common(void)
{
	uint64_t t = rdtsc(), u, back_steps = 0;
	uint32_t aux;

	for (unsigned int i = 0; i < 1000; i++, t = u) {
		u = rdtsc();
		back_steps += u <= t;
	}
	check_eq(back_steps, 0, "each reading is later");
	wrmsr(MSR_TSC_AUX, 42);
	u = rdtscp(&aux);
	check(u > t && aux == 42, "RDTSCP");
	check(rdmsr(MSR_TSC) > u, "RDMSR");
	user_tables();
	check_tsd();
}

/* What is computed from the TSC is the hypervisor's time. */
static void check_time(void)
{
	struct sched_poll p = { .timeout = now_ns() + SECOND / 20 };
	struct vcpu_runstate_info run;
	uint64_t t;

	check_eq(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, &p), 0, "50 ms of nothing");
	hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, 0, &run);
	t = now_ns();
	check(t >= p.timeout, "are over");
	check(run.state_entry_time >= p.timeout - SECOND / 20, "the hypervisor's clock");
	check(run.state_entry_time <= t, "is the same");
}

static void emulated(void)
{
	const volatile struct vcpu_time_info *t = &shared->vcpu_info[0].time;
	struct leaf l = time_leaf(0);
	uint64_t first = rdtsc(), ns;

	check_eq(l.a & 1, 1, "CPUID says that it is emulated");
	check_eq(l.b, 1, "the mode");
	check_eq(l.c, KHZ, "the frequency");
	check_eq(l.d, 8, "how often it moved");
	l = time_leaf(1);
	check_eq(l.a, 0, "no offset");
	check_eq(l.b, 0, "none at all");
	check_eq(l.c, MUL, "how to scale it");
	check_eq(l.d, 0, "and to shift");
	check_eq(t->tsc_to_system_mul, MUL, "the time record says the same");
	check_eq(t->tsc_shift, 0, "twice");
	ns = (unsigned __int128)first * MUL >> 32;
	differs("there the highest bit is set");
	check(ns >= ELAPSED - SECOND && ns < ELAPSED + 600 * SECOND, "it goes on from where it was");
	check_time();
	check_common();
}

static void native(void)
{
	struct leaf l = time_leaf(0);

	check_eq(l.a & 1, 0, "CPUID says that it is not emulated");
	check_eq(l.b, 2, "the mode");
	check_eq(l.d, 1, "how often it moved");
	check_time();
	check_common();
}

static void run_with(void (*fn)(void), uint32_t mode, uint64_t elapsed, uint32_t khz, uint32_t incarnation)
{
	if (!check(child_create(&c, fn), "a domain"))
		return;
	memset(&op, 0, sizeof(op));
	op.u.tsc_info.tsc_mode = mode;
	op.u.tsc_info.elapsed_nsec = elapsed;
	op.u.tsc_info.gtsc_khz = khz;
	op.u.tsc_info.incarnation = incarnation;
	check_rc(domctl(XEN_DOMCTL_settscinfo, c.id, &op), 0, "settscinfo");
	child_unpause(&c);
	check_eq(child_wait(&c, 20), SHUTDOWN_poweroff, "it comes to its end");
	child_destroy(&c);
}

/* --- what the tools are told ----------------------------------------------------------------------------- */

static const struct xen_domctl_tsc_info *told(uint32_t mode, uint64_t elapsed, uint32_t khz)
{
	memset(&op, 0, sizeof(op));
	op.u.tsc_info.tsc_mode = mode;
	op.u.tsc_info.elapsed_nsec = elapsed;
	op.u.tsc_info.gtsc_khz = khz;
	op.u.tsc_info.incarnation = 3;
	check_rc(domctl(XEN_DOMCTL_settscinfo, c.id, &op), 0, "settscinfo");
	memset(&op, 0xff, sizeof(op));
	check_rc(domctl(XEN_DOMCTL_gettscinfo, c.id, &op), 0, "gettscinfo");
	check_eq(op.u.tsc_info.tsc_mode, mode, "the mode");
	check_eq(op.u.tsc_info.incarnation, 4, "one move more");
	return &op.u.tsc_info;
}

static void check_info(void)
{
	const struct xen_domctl_tsc_info *t;
	uint32_t host = time_leaf(2).a;

	if (!check(child_create(&c, native), "a domain"))
		return;
	memset(&op, 0, sizeof(op));
	check_rc(domctl(XEN_DOMCTL_gettscinfo, c.id, &op), 0, "gettscinfo of a new one");
	check_eq(op.u.tsc_info.tsc_mode, 0, "the default");
	check_eq(op.u.tsc_info.incarnation, 1, "never moved");
	check_eq(op.u.tsc_info.gtsc_khz, host, "the machine's frequency");
	t = told(1, ELAPSED, KHZ);
	check_eq(t->gtsc_khz, KHZ, "its own frequency");
	check(t->elapsed_nsec >= ELAPSED && t->elapsed_nsec < ELAPSED + 600 * SECOND, "its age");
	t = told(0, ELAPSED, KHZ);
	check_eq(t->gtsc_khz, KHZ, "by default it keeps its frequency, too");
	check(t->elapsed_nsec >= ELAPSED && t->elapsed_nsec < ELAPSED + 600 * SECOND, "and its age");
	t = told(1, 0, 0);
	check_eq(t->gtsc_khz, host, "the machine's if it has none");
	t = told(1, ~0UL - SECOND * 100000, 3);
	check_eq(t->elapsed_nsec, 0, "an age that is none");
	t = told(1, 0, ~0U);
	check_eq(t->gtsc_khz, ~0U, "the highest frequency");
	t = told(2, ELAPSED, KHZ);
	check_eq(t->gtsc_khz, 0, "native: no frequency");
	check_eq(t->elapsed_nsec, 0, "no age");
	child_destroy(&c);
}

void guest_main(void)
{
	check_eq(time_leaf(0).a & 1, 0, "dom0's is native");
	check_common();
	check_info();
	run_with(emulated, 1, ELAPSED, KHZ, 7);
	run_with(native, 2, 0, 0, 0);
}

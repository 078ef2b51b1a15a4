/* SPDX-License-Identifier: GPL-2.0-only */
/* start.c: the part that all tiny guests share: console, traps, TAP, shared_info. */
#include <stdarg.h>
#include "guest.h"

struct start_info *si;
uint8_t shared_page[4096] __attribute__((aligned(4096)));
struct shared_info *shared = (struct shared_info *)shared_page;

struct tap_state tap;
bool in_child;
static const char *differs_why, *todo_why;
volatile unsigned int trap_count, event_count;
struct trap_frame trap_last;
unsigned long trap_cr2;
uint64_t failsafe_selectors[4], syscall_rflags;
void (*on_event)(void);
static volatile unsigned long recover_rip, recover_rsp, recover_rbp;

void guest_start(struct start_info *info);
void guest_trap(struct trap_frame *f);

void *memset(void *d, int c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile uint8_t *)d)[i] = c;
	return d;
}

void *memcpy(void *d, const void *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile uint8_t *)d)[i] = ((const uint8_t *)s)[i];
	return d;
}

int memcmp(const void *a, const void *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i])
			return 1;
	return 0;
}

/* --- console ---------------------------------------------------------------------------------------- */

static char line[512];
static unsigned int line_len;

void __attribute__((weak)) guest_write(const char *s, unsigned int len)
{
	if (!in_child) {
		hypercall3(__HYPERVISOR_console_io, CONSOLEIO_write, len, s);
		return;
	}
	while (len-- && tap.log_len < sizeof(tap.log))
		tap.log[tap.log_len++] = *s++;
}

static void put(char c)
{
	if (line_len < sizeof(line))
		line[line_len++] = c;
	if (c == '\n' || line_len == sizeof(line)) {
		guest_write(line, line_len);
		line_len = 0;
	}
}

static void put_number(unsigned long v, unsigned int base)
{
	char buf[24];
	unsigned int n = 0;

	do {
		buf[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (n)
		put(buf[--n]);
}

void print(const char *fmt, ...)
{
	va_list ap;
	bool is_long;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		is_long = *++fmt == 'l';
		if (is_long)
			fmt++;
		if (*fmt == 's') {
			for (const char *s = va_arg(ap, const char *); *s; s++)
				put(*s);
		} else if (*fmt == 'c') {
			put(va_arg(ap, int));
		} else if (*fmt == 'x') {
			put_number(is_long ? va_arg(ap, unsigned long) : va_arg(ap, unsigned int), 16);
		} else {
			long v = is_long ? va_arg(ap, long) : va_arg(ap, int);

			if (v < 0)
				put('-');
			put_number(v < 0 ? -v : v, 10);
		}
	}
	va_end(ap);
}

void differs(const char *why)
{
	differs_why = why;
}

void todo(const char *why)
{
	todo_why = why;
}

bool check(bool cond, const char *what)
{
	const char *mark = todo_why ? " # TODO " : differs_why ? " # differs: " : "";

	print("%sok %d - %s%s%s\n", cond ? "" : "not ", ++tap.checks, what, mark,
		todo_why ? todo_why : differs_why ? differs_why : "");
	tap.failures += !cond && !todo_why;
	differs_why = todo_why = NULL;
	return cond;
}

bool check_eq(long got, long want, const char *what)
{
	if (got != want)
		print("# got %ld (%lx), want %ld (%lx)\n", got, (unsigned long)got, want,
			(unsigned long)want);
	return check(got == want, what);
}

bool check_rc(long rc, int want, const char *what)
{
	return check_eq(rc, -want, what);
}

void run_calls(const struct call_case *rows, unsigned int n)
{
	for (; n--; rows++)
		check_eq(hypercall(rows->nr, rows->arg[0], rows->arg[1], rows->arg[2], rows->arg[3],
				rows->arg[4]), -rows->want, rows->what);
}

/* --- traps ------------------------------------------------------------------------------------------ */

#define TRAP_LIST(X) X(0) X(1) X(3) X(4) X(6) X(7) X(10) X(11) X(12) X(13) X(14) X(16) X(17) X(19) X(128)
#define DECLARE(n) void trap_##n(void);
TRAP_LIST(DECLARE)
void event_entry(void);
void failsafe_entry(void);

static const struct trap_info traps[] = {
#define ROW(n) { n, (n) == 3 || (n) == 4 || (n) == 128 ? 3 : 0, 0xe033, (unsigned long)trap_##n },
	TRAP_LIST(ROW)
	{ 0, 0, 0, 0 },
};

void guest_trap(struct trap_frame *f)
{
	if (f->vector == 256) {
		event_count++;
		shared->vcpu_info[0].evtchn_upcall_pending = 0;
		if (on_event)
			on_event();
		return;
	}
	trap_last = *f;
	trap_cr2 = shared->vcpu_info[0].arch.cr2;
	trap_count++;
	if (!recover_rip) {
		print("Bail out! unexpected trap %ld at %lx, error %lx, cr2 %lx\n", (long)f->vector,
			f->rip, f->error, trap_cr2);
		guest_off(SHUTDOWN_poweroff);
	}
	f->cs = 0xe030; /* the kernel's, also after a trap of user mode */
	f->ss = 0xe02b;
	f->rflags &= ~0x500UL; /* TF, DF */
	f->rip = recover_rip;
	f->rsp = recover_rsp;
	f->rbp = recover_rbp;
}

int __attribute__((noinline)) probe(void (*fn)(void *), void *arg)
{
	unsigned int before = trap_count;

	__asm__ __volatile__(
		"leaq 1f(%%rip), %%rax\n\t"
		"movq %%rax, %[rip]\n\t"
		"movq %%rsp, %[rsp]\n\t"
		"movq %%rbp, %[rbp]\n\t"
		"call *%[fn]\n"
		"1:\n\t"
		: [rip] "=m"(recover_rip), [rsp] "=m"(recover_rsp), [rbp] "=m"(recover_rbp), "+D"(arg)
		: [fn] "b"(fn)
		: "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		  "memory", "cc");
	recover_rip = 0;
	return trap_count != before ? (int)trap_last.vector : -1;
}

/* --- memory ------------------------------------------------------------------------------------------ */

unsigned long va_to_mfn(const void *va)
{
	return ((unsigned long *)si->mfn_list)[((unsigned long)va - VIRT_BASE) >> 12];
}

/* Frames of the tables are in the initial mapping: their pfn comes from the M2P. */
static uint64_t *table_of(uint64_t entry)
{
	unsigned long mfn = (entry & 0x000ffffffffff000UL) >> 12;
	unsigned long pfn = ((const unsigned long *)0xffff800000000000UL)[mfn];

	return (uint64_t *)(VIRT_BASE + (pfn << 12));
}

static uint64_t *l1_table_of(const void *va)
{
	unsigned long a = (unsigned long)va;
	uint64_t *t = (uint64_t *)si->pt_base;

	t = table_of(t[a >> 39 & 511]);
	t = table_of(t[a >> 30 & 511]);
	return table_of(t[a >> 21 & 511]);
}

uint64_t *l1e_of(const void *va)
{
	return &l1_table_of(va)[(unsigned long)va >> 12 & 511];
}

uint64_t machine_of_l1e(const void *va)
{
	uint64_t *e = l1e_of(va);

	return (uint64_t)va_to_mfn(e) << 12 | ((unsigned long)e & 0xfff);
}

long map_va(const void *va, uint64_t l1e)
{
	return hypercall3(__HYPERVISOR_update_va_mapping, va, l1e, UVMF_TLB_FLUSH | UVMF_ALL);
}

/* --- start -------------------------------------------------------------------------------------------- */

static void register_callback(uint16_t type, void (*fn)(void))
{
	struct callback_register r = { .type = type, .address = (unsigned long)fn };

	hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, &r);
}

long guest_entries(void)
{
	long rc = hypercall1(__HYPERVISOR_set_trap_table, traps);

	register_callback(CALLBACKTYPE_event, event_entry);
	register_callback(CALLBACKTYPE_failsafe, failsafe_entry);
	return rc;
}

void guest_off(unsigned int reason)
{
	struct sched_shutdown off = { reason };

	for (;;)
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &off);
}

unsigned long argument(const char *word, unsigned long otherwise)
{
	const char *s = (const char *)si->cmd_line;
	unsigned long v = 0;

	for (; *s; s++) {
		unsigned int n = 0;

		while (word[n] && s[n] == word[n])
			n++;
		if (word[n])
			continue;
		for (s += n; *s >= '0' && *s <= '9'; s++)
			v = v * 10 + (*s - '0');
		return v;
	}
	return otherwise;
}

void guest_start(struct start_info *info)
{
	long rc;

	si = info;
	rc = guest_entries();
	print("TAP version 13\n");
	check_eq(rc, 0, "set_trap_table");
	rc = map_va(shared_page, L1E(info->shared_info >> 12, F_RWX));
	if (check_eq(rc, 0, "shared_info can be mapped"))
		guest_main();
	print("1..%d\n", tap.checks);
	print("# guest done, %d failed\n", tap.failures);
	guest_off(SHUTDOWN_poweroff);
}

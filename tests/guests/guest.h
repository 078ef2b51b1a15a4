/* SPDX-License-Identifier: GPL-2.0-only */
/* guest.h: what a tiny paravirtual guest has: hypercalls, a console, traps, and TAP output. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/errno.h>
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/features.h>
#include <xen/callback.h>

#define VIRT_BASE 0xffffffff80000000UL
#define PAGE_SIZE 4096UL

struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

extern struct start_info *si;
extern struct shared_info *shared;      /* mapped by guest_start() */

static inline long hypercall(unsigned long nr, unsigned long a, unsigned long b, unsigned long c,
	unsigned long d, unsigned long e)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	long ret;

	__asm__ __volatile__("syscall"
		: "=a"(ret), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8)
		: "0"(nr)
		: "rcx", "r11", "memory");
	return ret;
}
#define hypercall1(nr, a)          hypercall(nr, (unsigned long)(a), 0, 0, 0, 0)
#define hypercall2(nr, a, b)       hypercall(nr, (unsigned long)(a), (unsigned long)(b), 0, 0, 0)
#define hypercall3(nr, a, b, c) \
	hypercall(nr, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), 0, 0)
#define hypercall4(nr, a, b, c, d) \
	hypercall(nr, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), (unsigned long)(d), 0)

/* Where print() ends: the hypervisor's console, unless a guest brings its own. */
void guest_write(const char *s, unsigned int len);
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* %s %d %ld %lx %x %c */

/* --- TAP ------------------------------------------------------------------------------------------ */

/* "ok N - what" or "not ok N - what"; returns cond. */
bool check(bool cond, const char *what);
/* As check(got == want), saying both when they differ. */
bool check_eq(long got, long want, const char *what);

/* The hypercall's answer is to be -want (0: success). */
bool check_rc(long rc, int want, const char *what);

/* A row of a table of hypercalls and the errors they give. */
struct call_case {
	const char *what;
	unsigned int nr;
	unsigned long arg[5];
	int want; /* XEN_Exxx or 0 */
};
void run_calls(const struct call_case *rows, unsigned int n);
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What has been said so far; a child (child.h) carries on from there. */
extern struct tap_state {
	unsigned int checks, failures, log_len;
	char log[32768]; /* of a child */
} tap;
extern bool in_child;

/* The next check is known to fail on packaged Xen: ours answers otherwise on purpose, or QEMU's
 * emulation shows. `make guests-check HV=both` says so and does not count it. */
void differs(const char *why);
/* The next check is packaged Xen's answer, which ours is known not to give yet: it may fail. */
void todo(const char *why);

void guest_off(unsigned int reason) __attribute__((noreturn)); /* SHUTDOWN_* */
/* The trap table and the callbacks; guest_start() has done so for vcpu 0. */
long guest_entries(void);

/* The number behind `word` ("seed=") on the command line. */
unsigned long argument(const char *word, unsigned long otherwise);

/* Each guest has one; start.c calls it, prints the plan and powers off. */
void guest_main(void);

/* --- traps ---------------------------------------------------------------------------------------- */

extern volatile unsigned int trap_count; /* exceptions taken by probe() */
extern struct trap_frame trap_last;
extern unsigned long trap_cr2;
#define TRAP_FAILSAFE 257 /* failsafe_selectors: ds, es, fs, gs of its frame */
#define TRAP_SYSCALL  258 /* syscall_rflags: those of the handler */
extern uint64_t failsafe_selectors[4], syscall_rflags;
void syscall_entry(void);
void guest_iret(const struct iret_context *c) __attribute__((noreturn));
extern volatile unsigned int event_count;
extern void (*on_event)(void);

/* Runs fn(arg); an exception in it is recorded in trap_last and ends it. Returns the vector, or
 * -1 if there was none. */
int probe(void (*fn)(void *), void *arg);

/* --- memory ---------------------------------------------------------------------------------------- */

unsigned long va_to_mfn(const void *va);
/* The L1 entry of an address in the initial mapping (reads the guest's own tables). */
uint64_t *l1e_of(const void *va);
uint64_t machine_of_l1e(const void *va);        /* machine address of that entry */
/* update_va_mapping with a full flush. */
long map_va(const void *va, uint64_t l1e);
#define L1E(mfn, flags) (((uint64_t)(mfn) << 12) | (flags))
#define F_P 1UL
#define F_RW 2UL
#define F_US 4UL
#define F_A 0x20UL
#define F_D 0x40UL
#define F_RWX (F_P | F_RW | F_US | F_A | F_D)
#define F_RO (F_P | F_US | F_A)

void *memset(void *d, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif

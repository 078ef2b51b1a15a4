/* SPDX-License-Identifier: GPL-2.0-only */
/* system.h: interrupt flag, barriers, control registers, MSRs, ports. */
#ifndef ASM_SYSTEM_H
#define ASM_SYSTEM_H

#include <hv/compiler.h>

#define RFLAGS_CF   (1UL << 0)
#define RFLAGS_MBS  (1UL << 1)
#define RFLAGS_TF   (1UL << 8)
#define RFLAGS_IF   (1UL << 9)
#define RFLAGS_DF   (1UL << 10)
#define RFLAGS_IOPL (3UL << 12)
#define RFLAGS_NT   (1UL << 14)
#define RFLAGS_RF   (1UL << 16)
#define RFLAGS_VM   (1UL << 17)
#define RFLAGS_AC   (1UL << 18)

#define DR6_BS (1UL << 14) /* single step */
#define DR7_GD (1UL << 13) /* access to debug registers faults: never a guest's */

/* In inline assembly: a fault at `from` goes on at `to`. */
#define EX_TABLE(from, to) \
	".section .ex_table,\"a\"\n.balign 4\n.long (" #from ") - ., (" #to ") - .\n.previous\n"

static inline void local_irq_disable(void) { __asm__ __volatile__("cli" ::: "memory"); }
static inline void local_irq_enable(void) { __asm__ __volatile__("sti" ::: "memory"); }

static inline unsigned long local_flags(void)
{
	unsigned long f;

	__asm__ __volatile__("pushfq; popq %0" : "=r"(f));
	return f;
}

static inline bool local_irq_is_enabled(void) { return local_flags() & RFLAGS_IF; }

static inline unsigned long local_irq_save(void)
{
	unsigned long f = local_flags();

	local_irq_disable();
	return f;
}

static inline void local_irq_restore(unsigned long flags)
{
	if (flags & RFLAGS_IF)
		local_irq_enable();
	else
		local_irq_disable();
}

static inline void cpu_relax(void) { __asm__ __volatile__("pause" ::: "memory"); }
static inline void smp_mb(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline void smp_wmb(void) { barrier(); }
static inline void smp_rmb(void) { barrier(); }

#define DEFINE_CR(n)                                                              \
	static inline unsigned long read_cr##n(void)                              \
	{                                                                         \
		unsigned long v;                                                  \
		__asm__ __volatile__("mov %%cr" #n ", %0" : "=r"(v));             \
		return v;                                                         \
	}                                                                         \
	static inline void write_cr##n(unsigned long v)                           \
	{                                                                         \
		__asm__ __volatile__("mov %0, %%cr" #n : : "r"(v) : "memory");    \
	}
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)
#undef DEFINE_CR

#define CR0_MP 0x2UL
#define CR0_EM 0x4UL
#define CR0_TS 0x8UL
#define CR0_NE 0x20UL
#define CR0_WP 0x10000UL
#define CR0_AM 0x40000UL
#define CR0_PG 0x80000000UL
#define CR4_DE   (1UL << 3)
#define CR4_PSE  (1UL << 4)
#define CR4_PAE  (1UL << 5)
#define CR4_MCE  (1UL << 6)
#define CR4_PGE  (1UL << 7)
#define CR4_OSFXSR (1UL << 9)
#define CR4_OSXMMEXCPT (1UL << 10)
#define CR4_TSD  (1UL << 2)
#define CR4_UMIP (1UL << 11)
#define CR4_FSGSBASE (1UL << 16)
#define CR4_OSXSAVE (1UL << 18)
#define CR4_SMEP (1UL << 20)
#define CR4_SMAP (1UL << 21)

#define MSR_APIC_BASE      0x0000001b
#define MSR_SYSENTER_CS    0x00000174
#define MSR_SYSENTER_ESP   0x00000175
#define MSR_SYSENTER_EIP   0x00000176
#define MSR_PAT            0x00000277
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_CSTAR          0xc0000083
#define MSR_SYSCALL_MASK   0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX        0xc0000103
#define EFER_SCE 0x1UL
#define EFER_LME 0x100UL
#define EFER_LMA 0x400UL
#define EFER_NXE 0x800UL

/* WB WT UC- UC WC WP UC UC: part of the ABI, guests' PTEs index it. */
#define HV_PAT 0x0000050100070406UL

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return ((uint64_t)hi << 32) | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ __volatile__("wrmsr" : : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

/* -EFAULT if the access faults (traps.c fixup). */
int rdmsr_safe(uint32_t msr, uint64_t *ret_v);
int wrmsr_safe(uint32_t msr, uint64_t v);

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdtsc" : "=a"(lo), "=d"(hi));
	return ((uint64_t)hi << 32) | lo;
}

/* A clock of the CPU that costs little. */
static inline uint64_t arch_cycles(void) { return rdtsc(); }

static inline uint64_t rdtsc_ordered(void)
{
	__asm__ __volatile__("lfence" ::: "memory");
	return rdtsc();
}

struct cpuid_regs { uint32_t a, b, c, d; };

static inline struct cpuid_regs cpuid(uint32_t leaf, uint32_t sub)
{
	struct cpuid_regs r;

	__asm__ __volatile__("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(sub));
	return r;
}

static inline uint8_t inb(uint16_t p) { uint8_t v; __asm__ __volatile__("inb %1, %0" : "=a"(v) : "Nd"(p)); return v; }
static inline uint16_t inw(uint16_t p) { uint16_t v; __asm__ __volatile__("inw %1, %0" : "=a"(v) : "Nd"(p)); return v; }
static inline uint32_t inl(uint16_t p) { uint32_t v; __asm__ __volatile__("inl %1, %0" : "=a"(v) : "Nd"(p)); return v; }
static inline void outb(uint8_t v, uint16_t p) { __asm__ __volatile__("outb %0, %1" : : "a"(v), "Nd"(p)); }
static inline void outw(uint16_t v, uint16_t p) { __asm__ __volatile__("outw %0, %1" : : "a"(v), "Nd"(p)); }
static inline void outl(uint32_t v, uint16_t p) { __asm__ __volatile__("outl %0, %1" : : "a"(v), "Nd"(p)); }

static inline void invlpg(unsigned long va) { __asm__ __volatile__("invlpg (%0)" : : "r"(va) : "memory"); }

#endif

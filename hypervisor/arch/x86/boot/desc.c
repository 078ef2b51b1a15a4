/* SPDX-License-Identifier: GPL-2.0-only */
/* desc.c: per-CPU descriptor tables, TSS and interrupt stacks, the shared IDT, control registers
 * and the system-call entry stubs.
 *
 * The lowest pages of each CPU's stack area are its interrupt stacks (IST 1 to 4), so that
 * get_cpu_info() works on them too. */
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/percpu.h>
#include <hv/domain.h>
#include "boot.h"

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, iobase;
} __packed;
static_assert(sizeof(struct tss) == 104, "hardware layout");

struct idt_gate {
	uint16_t off_lo, sel;
	uint8_t ist, type;
	uint16_t off_mid;
	uint32_t off_hi, zero;
};

struct desc_ptr { uint16_t limit; uint64_t base; } __packed;

static uint64_t boot_gdt_page[PT_ENTRIES] __aligned(4096);
static struct idt_gate idt[256] __aligned(4096);
static DEFINE_PER_CPU(struct tss, tss);
static DEFINE_PER_CPU(uint64_t *, gdt_page);

extern char lstar_enter[], cstar_enter[];

/* --- IDT ------------------------------------------------------------------------------------------ */

void idt_set_gate(unsigned int vector, unsigned long addr, unsigned int dpl, unsigned int ist)
{
	idt[vector] = (struct idt_gate){
		.off_lo = addr,
		.sel = HV_CS64,
		.ist = ist,
		.type = 0x8e | dpl << 5, /* interrupt gate: IF off */
		.off_mid = addr >> 16,
		.off_hi = addr >> 32,
	};
}

static void load_idt(void)
{
	struct desc_ptr p = { sizeof(idt) - 1, (uint64_t)idt };

	__asm__ __volatile__("lidt %0" : : "m"(p));
}

/* --- GDT and TSS ---------------------------------------------------------------------------------- */

#define NR_IST_STACKS 4
#define GDT_SLOT(sel) (((sel) - HV_CS64 + 8) / 8)

static void fill_gdt(uint64_t *g, const struct tss *t)
{
	uint64_t base = (uint64_t)t;

	memset(g, 0, PAGE_SIZE);
	g[GDT_SLOT(HV_CS64)] = 0x00af9b000000ffff;
	g[GDT_SLOT(HV_DS)] = 0x00cf93000000ffff;
	g[GDT_SLOT(FLAT_R3_CS32 & ~3)] = 0x00cffb000000ffff;
	g[GDT_SLOT(FLAT_R3_SS & ~3)] = 0x00cff3000000ffff;
	g[GDT_SLOT(FLAT_R3_CS64 & ~3)] = 0x00affb000000ffff;
	g[GDT_SLOT(HV_TSS)] = (sizeof(*t) - 1) | (base & 0xffffff) << 16 | 0x89UL << 40 |
			      (base >> 24 & 0xff) << 56;
	g[GDT_SLOT(HV_TSS) + 1] = base >> 32;
}

static void load_gdt(unsigned long base)
{
	struct desc_ptr p = { HV_GDT_FIRST_PAGE * PAGE_SIZE + HV_GDT_ENTRIES * 8 - 1, base };

	__asm__ __volatile__("lgdt %0" : : "m"(p));
}

/* Only page 14 of the table is there: selectors below it fault, as they should. */
void load_gdt_idle(void)
{
	load_gdt((unsigned long)this_cpu(gdt_page) - HV_GDT_FIRST_PAGE * PAGE_SIZE);
}

mfn_t cpu_gdt_mfn(unsigned int cpu)
{
	return virt_to_mfn(per_cpu(gdt_page, cpu));
}

void load_gdt_vcpu(struct vcpu *v)
{
	pte_t *slot = &v->arch.perdomain_l1[HV_GDT_FIRST_PAGE];
	pte_t want = mk_pte(cpu_gdt_mfn(smp_processor_id()), PTE_HV | PTE_NX);

	if (*slot != want) {
		WRITE_ONCE(*slot, want);
		invlpg(GDT_VIRT_START(v) + HV_GDT_FIRST_PAGE * PAGE_SIZE);
	}
	load_gdt(GDT_VIRT_START(v));
}

static void init_tss(struct tss *t)
{
	unsigned long stack = (unsigned long)get_cpu_info() & ~(STACK_SIZE - 1UL);
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->rsp[0] = (unsigned long)&get_cpu_info()->guest_regs.es;
	for (i = 0; i < NR_IST_STACKS; i++)
		t->ist[i] = stack + (i + 1) * PAGE_SIZE;
	t->iobase = sizeof(*t);
}

static void reload_segments(void)
{
	__asm__ __volatile__(
		"push %[cs]\n\t"
		"lea 1f(%%rip), %%rax\n\t"
		"push %%rax\n\t"
		"lretq\n"
		"1:\tmov %[zero], %%ds\n\t"
		"mov %[zero], %%es\n\t"
		"mov %[zero], %%fs\n\t"
		"mov %[zero], %%gs\n\t"
		"mov %[zero], %%ss\n\t"
		"lldt %w[zero]\n\t"
		"ltr %w[tss]"
		:
		: [cs] "i"(HV_CS64), [zero] "r"(0), [tss] "r"(HV_TSS)
		: "rax", "memory");
}

/* --- system-call stubs ---------------------------------------------------------------------------- */

/* syscall leaves the guest's stack in rsp and no free register. Each CPU has a page of code, next
 * to the image so that a 32-bit jump reaches it, that moves to the CPU's stack and builds the
 * start of the entry frame: ss, rsp, rflags, cs, rip and a word for error_code/entry_vector. */
#define STUBS_VIRT_START (XEN_VIRT_START + 0x20000000UL)

static uint8_t *emit(uint8_t *p, uint64_t v, unsigned int bytes)
{
	memcpy(p, &v, bytes);
	return p + bytes;
}

/* at: where the stub will run. */
static uint8_t *make_stub(uint8_t *p, unsigned long at, uint16_t user_cs, const char *target)
{
	struct cpu_info *info = get_cpu_info();
	uint8_t *start = p;

	p = emit(p, 0xa348, 2);                      /* movabs %rax, scratch */
	p = emit(p, (uint64_t)&info->scratch, 8);
	p = emit(p, 0xe08948, 3);                    /* mov %rsp, %rax */
	p = emit(p, 0xbc48, 2);                      /* movabs $frame_end, %rsp */
	p = emit(p, (uint64_t)&info->guest_regs.es, 8);
	p = emit(p, 0x68, 1);                        /* push $ss */
	p = emit(p, FLAT_R3_SS, 4);
	p = emit(p, 0x50, 1);                        /* push %rax */
	p = emit(p, 0xa148, 2);                      /* movabs scratch, %rax */
	p = emit(p, (uint64_t)&info->scratch, 8);
	p = emit(p, 0x5341, 2);                      /* push %r11 */
	p = emit(p, 0x68, 1);                        /* push $cs */
	p = emit(p, user_cs, 4);
	p = emit(p, 0x51, 1);                        /* push %rcx */
	p = emit(p, 0x006a, 2);                      /* push $0 */
	p = emit(p, 0xe9, 1);                        /* jmp target */
	at += p + 4 - start;
	return emit(p, (unsigned long)target - at, 4);
}

void cpu_init_syscall(unsigned int cpu)
{
	unsigned long at = STUBS_VIRT_START + cpu * PAGE_SIZE;
	uint8_t *page = alloc_xenheap_page();

	if (!page)
		panic("CPU%u: no memory for system-call stubs", cpu);
	memset(page, 0xcc, PAGE_SIZE);
	make_stub(page, at, FLAT_R3_CS64, lstar_enter);
	make_stub(page + 128, at + 128, FLAT_R3_CS32, cstar_enter);
	if (hv_map_pages(at, virt_to_mfn(page), 1, PTE_P | PTE_A))
		panic("CPU%u: system-call stubs not mapped", cpu);

	wrmsr(MSR_STAR, (uint64_t)FLAT_R3_CS32 << 48 | (uint64_t)HV_CS64 << 32);
	wrmsr(MSR_LSTAR, at);
	wrmsr(MSR_CSTAR, at + 128);
	wrmsr(MSR_SYSCALL_MASK, RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_DF | RFLAGS_IF | RFLAGS_TF |
				RFLAGS_IOPL | RFLAGS_AC);
	wrmsr_safe(MSR_SYSENTER_CS, 0); /* sysenter raises #GP */
}

/* --- everything ----------------------------------------------------------------------------------- */

static void init_control_registers(void)
{
	unsigned long cr4 = CR4_PAE | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpuid(1, 0).d & (1U << 7))
		cr4 |= CR4_MCE;
	if (cpuid(1, 0).c & (1U << 26))
		cr4 |= CR4_OSXSAVE;
	if (cpuid(0, 0).a >= 7 && cpuid(7, 0).b & (1U << 7))
		cr4 |= CR4_SMEP;
	write_cr4(cr4);
	write_cr0(CR0_PG | CR0_WP | CR0_NE | CR0_MP | 0x10 /* ET */ | 1 /* PE */);
	wrmsr(MSR_PAT, HV_PAT);
}

void cpu_init_descriptors(unsigned int cpu)
{
	uint64_t *g = cpu ? alloc_xenheap_page() : boot_gdt_page;

	if (!g)
		panic("CPU%u: no memory for its descriptor table", cpu);
	this_cpu(gdt_page) = g;
	init_tss(&this_cpu(tss));
	fill_gdt(g, &this_cpu(tss));
	load_gdt_idle();
	reload_segments();
	load_idt();
	init_control_registers();
}

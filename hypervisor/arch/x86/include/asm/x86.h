/* SPDX-License-Identifier: GPL-2.0-only */
/* x86.h: who provides what within arch/x86. Each group names the file that implements it. */
#ifndef ASM_X86_H
#define ASM_X86_H

#include <hv/types.h>
#include <hv/cpumask.h>
#include <asm/page.h>
#include <asm/system.h>
#include <asm/regs.h>

struct domain;
struct vcpu;
struct page;
struct dom0_vga_console_info;

static inline bool is_canonical(unsigned long a)
{
	return (long)(a << 16) >> 16 == (long)a;
}

/* --- boot/: setup.c calls everything in order -------------------------------------------------- */

/* cmdline: without the file name, which some loaders put first. */
struct boot_module { paddr_t start; size_t len; char cmdline[1024]; };
#define MAX_MODULES 4
extern struct boot_module boot_modules[MAX_MODULES];
extern unsigned int nr_boot_modules;
extern struct e820map { unsigned int nr; struct e820entry { uint64_t addr, size; uint32_t type; } __packed map[128]; }
	host_e820;               /* as firmware gave it, sorted; what the machine map shows dom0 */
extern struct dom0_vga_console_info boot_video; /* boot/video.c; video_type 0: nothing known */
#define E820_RAM 1
#define E820_RESERVED 2

/* boot/desc.c: loads GDT, IDT, TSS (IST stacks for NMI, #DF, #MC), syscall MSRs, PAT, EFER, CRs. */
void cpu_init_descriptors(unsigned int cpu);
/* Interrupt gate for a vector; ist 0: the stack of ring 0, else IST 1 to 4. */
void idt_set_gate(unsigned int vector, unsigned long addr, unsigned int dpl, unsigned int ist);
/* syscall MSRs and this CPU's stubs that jump to lstar_enter and cstar_enter. */
void cpu_init_syscall(unsigned int cpu);
/* A copy of the hypervisor's GDT page of this CPU (page 14 of a vcpu's GDT maps it). */
mfn_t cpu_gdt_mfn(unsigned int cpu);
/* Loads this CPU's own GDT (idle) or the per-domain one of v. */
void load_gdt_idle(void);
void load_gdt_vcpu(struct vcpu *v);
/* switch.c: this CPU's LDT descriptor and LDTR for v (none if it has no LDT). */
void load_ldt_vcpu(struct vcpu *v);
/* The CPU's debug registers become the running vcpu's; with no breakpoint enabled there, they are
 * off and hold whatever the last vcpu had. */
void update_debugregs(const struct vcpu *v);

/* boot/smp.c */
void smp_boot_cpus(void);
/* What a CPU without a vcpu does; the idle vcpu's "return to guest". */
void idle_loop(void) __noreturn;
/* irq/apic.c */
extern uint32_t cpu_to_apicid[NR_CPUS];
void apic_init_bsp(void);
void apic_init_ap(void);
void apic_eoi(void);
void apic_send_nmi(unsigned int cpu);
void apic_counter_nmi(bool on);             /* event counters of this CPU report by NMI; any context */
#define VECTOR_SPURIOUS   0xff
#define VECTOR_ERROR      0xfe
#define VECTOR_TIMER      0xfa
#define VECTOR_CALL       0xfb
#define VECTOR_FLUSH_TLB  0xfc
#define VECTOR_SOFTIRQ    0xfd
#define VECTOR_FIRST_DYN  0x30
#define VECTOR_LAST_DYN   0xdf

/* irq/irq.c: called by the entry code for vectors >= 0x20, interrupts off. */
void do_irq(struct cpu_user_regs *regs);
/* time.c */
void time_init(void);
void time_init_cpu(void);
extern unsigned int tsc_khz;
/* boot/acpi.c */
struct acpi_info {
	uint64_t rsdp;
	uint32_t lapic_addr;
	unsigned int nr_cpus;
	uint32_t apic_id[NR_CPUS];
	unsigned int nr_ioapics;
	struct { uint32_t id, addr, gsi_base; } ioapic[8];
	struct { uint8_t bus_irq; uint32_t gsi; uint16_t flags; } iso[16]; /* ISA overrides */
	unsigned int nr_iso;
	uint16_t pm1a_cnt, pm1b_cnt, pm_tmr, pm1a_evt;
	bool pm_tmr_32bit;
	uint64_t hpet, mcfg;
	uint8_t mcfg_start, mcfg_end;
	uint16_t reset_port;
	uint8_t reset_value, slp_typ_s5a, slp_typ_s5b;
	bool have_s5;
};
extern struct acpi_info acpi;
void acpi_init(void);

/* --- traps.c, entry.S ------------------------------------------------------------------------- */

/* Everything that must happen before the guest runs on; returns with interrupts off. */
void exit_to_guest(void);
void traps_init(void);            /* fills the IDT */
void traps_init_cpu(void);
void show_registers(const struct cpu_user_regs *regs);
void show_backtrace(const struct cpu_user_regs *regs);
/* Ends the current hypervisor activity on this CPU: resets the stack, continues with fn. */
void reset_stack_and_jump(void (*fn)(void)) __noreturn;

/* --- pv/ ------------------------------------------------------------------------------------------ */

/* pv/inject.c: build a frame on the guest kernel's stack at once and point guest_regs at its
 * handler; a guest without a usable stack or handler is crashed. */
void pv_inject_exception(unsigned int vector, long error_code); /* error_code <0: none */
void pv_inject_single_step(void); /* after an emulated instruction with RFLAGS.TF */
void pv_inject_page_fault(uint32_t error_code, vaddr_t cr2);
void pv_inject_event_upcall(struct vcpu *v);
void pv_inject_nmi(struct vcpu *v);         /* nmi_pending is set, nmi_masked is not */
void pv_inject_syscall(struct vcpu *v, bool compat);
void pv_inject_failsafe(struct vcpu *v);
/* pv/emul_priv.c: #GP from the guest; true: emulated (or event injected). */
bool pv_emulate_privileged(struct cpu_user_regs *regs);
/* pv/emul_invalid.c: #UD; forced emulation of CPUID. */
bool pv_emulate_invalid(struct cpu_user_regs *regs);
/* pv/policy.c: after fpu_init_cpu of the first CPU. */
void pv_policies_init(void);
/* pv/cpuid.c: the view of v's kernel. */
void pv_cpuid(struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *ret);
/* pv/msr.c: false: #GP. Only TSC_AUX may be another's than current's, if that does not run. */
bool pv_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *ret);
bool pv_wrmsr(struct vcpu *v, uint32_t msr, uint64_t val);
void pv_load_msrs(const struct vcpu *v);     /* those that the CPU itself must hold for v */
/* pv/ports.c: emulated or passed through; size 1, 2, 4. Never fails: denied reads give ones. */
uint32_t pv_port_read(struct vcpu *v, uint16_t port, unsigned int size);
void pv_port_write(struct vcpu *v, uint16_t port, unsigned int size, uint32_t val);
/* pv/fpu.c */
void fpu_init_cpu(void);
int fpu_vcpu_init(struct vcpu *v);
void fpu_vcpu_free(struct vcpu *v);
void fpu_vcpu_reset(struct vcpu *v);         /* of a vcpu that does not run */
void fpu_save(struct vcpu *v);
void fpu_restore(struct vcpu *v);
extern uint64_t xcr0_host_mask;      /* 0: no XSAVE */
unsigned int xsave_area_size(void);
bool pv_xcr0_valid(uint64_t xcr0);
bool pv_set_xcr0(struct vcpu *v, uint64_t xcr0);
/* pv/dom0.c */
void dom0_build(void);

/* --- mm/ -------------------------------------------------------------------------------------------- */

/* mm/types.c: page types (see the file for the rules). Type values sit in the top 4 bits. */
#define PGT_none          (0UL << 60)
#define PGT_l1_page_table (1UL << 60)
#define PGT_l2_page_table (2UL << 60)
#define PGT_l3_page_table (3UL << 60)
#define PGT_l4_page_table (4UL << 60)
#define PGT_seg_desc      (5UL << 60)
#define PGT_writable_page (7UL << 60)
#define PGT_type_mask     (15UL << 60)
#define PGT_pinned        (1UL << 59)
#define PGT_validated     (1UL << 58)
#define PGT_locked        (1UL << 57) /* a CPU is changing it or writing entries */
#define PGT_count_mask    ((1UL << 32) - 1)
#define PGT_count_limit   (1UL << 31) /* no more references are given; locks take some beyond it */
/* Of a page table, how many of its entries refer to tables of its own level, or, with PGT_linear_target,
 * how many such entries refer to it: a table never has both. mm/linear.c. */
#define PGT_linear_one    (1UL << 32)
#define PGT_linear_mask   (0x7fffUL << 32)
#define PGT_linear_target (1UL << 47)
/* Of a writable page: how many entries of other domains than its owner map it so; the highest number
 * means that many or more. mm/l1e.c. */
#define PGT_foreign_one   (1UL << 48)
#define PGT_foreign_mask  (0xffUL << 48)

/* One type reference by who holds a general one; 0, -EINVAL (another type, bad contents). */
int get_page_type(struct page *pg, uint64_t type) __must_check;
void put_page_type(struct page *pg);
/* General and type reference together. */
int get_page_and_type(struct page *pg, struct domain *d, uint64_t type) __must_check;
void put_page_and_type(struct page *pg);
/* The pin's references are its own; the caller keeps what it has. -ERESTART: again. */
int pin_page_table(struct page *pg, uint64_t type, struct domain *d);
int unpin_page_table(struct page *pg, struct domain *d);
/* Fills slots 256..271 of a guest's L4 (d's per-domain slot included). */
void init_xen_l4_slots(pte_t *l4, mfn_t l4mfn, struct domain *d);
/* mm/vcpu.c: loads v->arch.cr3 for its mode; toggles between kernel and user tables. */
void write_ptbase(struct vcpu *v);
void toggle_guest_mode(struct vcpu *v);
/* mca_bank.c: machine checks. For each CPU, when its traps work; and once all run. */
void mca_init_cpu(void);
void mca_start(void);
/* In the exception: true: the guest that was interrupted cannot go on. Does not return if the machine cannot. */
bool mca_exception(const struct cpu_user_regs *regs);
void mca_softirq(void);
/* board_nmi.c: NMIs that did not come from the hypervisor. Counted; told or acted on by option nmi=. */
unsigned int nmis_taken(void);
void board_nmi(const struct cpu_user_regs *regs);
void board_nmi_softirq(void);
void x86_keys_init(void);                   /* keys.c */
bool prof_nmi(const struct cpu_user_regs *regs);  /* prof.c: true: event counters', for samples */
void nmi_taken(const struct cpu_user_regs *regs); /* nmi.c: in an NMI, whoever sent it */
void watchdog_start(void);                  /* once all CPUs run */
void watchdog_look(const struct cpu_user_regs *regs);
void pv_write_owed_areas(struct vcpu *v);   /* info.c */
/* vcpu_op.c: an NMI for v's guest, delivered as soon as its last one is through with. Any context. */
void vcpu_send_nmi(struct vcpu *v);
/* Takes and drops the vcpu's L4 references: -EINVAL and the like, -ERESTART. mfn 0 for no user
 * table. */
int new_guest_cr3(struct vcpu *v, mfn_t l4);
int vcpu_set_l4(struct vcpu *v, mfn_t kernel, mfn_t user);
void vcpu_drop_l4(struct vcpu *v);
/* Takes note of what v->arch.guest_table and guest_table_user are now; write_ptbase() loads it. */
void vcpu_update_roots(struct vcpu *v);
/* mm/gdt.c, mm/ldt.c: GDT and LDT of a vcpu. */
int pv_set_gdt(struct vcpu *v, const mfn_t *frames, unsigned int entries);
void pv_destroy_gdt(struct vcpu *v);
void pv_destroy_ldt(struct vcpu *v);
bool pv_map_ldt_page(struct vcpu *v, vaddr_t fault_offset); /* lazily, on #PF in the LDT area */
/* mm/descriptor.c: a guest's descriptor made safe in place; false: refused. */
bool check_descriptor(uint64_t *desc);
/* mm/ptwr.c: write fault on a read-only mapped L1 table (or other RO page): true if emulated. */
bool pv_ro_page_fault(vaddr_t addr, struct cpu_user_regs *regs);
/* mm/shadow.c: a page fault at a guest address by v, which is current and whose domain is in log-dirty
 * mode; from the guest or from us. true: go on; false: the guest's own tables do not allow it either, and
 * *code is as they would have it. Interrupts on or off; no LOCK_LEAF is held. */
bool shadow_fault(struct vcpu *v, vaddr_t va, uint32_t *code);
/* CR3 for v when its kernel (index 1) or its program (0) has the guest's table l4. */
paddr_t shadow_root_for(struct vcpu *v, unsigned int index, mfn_t l4);
/* mm/logdirty.c: XEN_DOMCTL_shadow_op; -ERESTART. Of a dying domain: ends the mode, frees its memory. */
struct xen_domctl_shadow_op;
long logdirty_domctl(struct domain *d, struct xen_domctl_shadow_op *op);
int logdirty_relinquish(struct domain *d);
void logdirty_destroy(struct domain *d);
/* mm/perdomain.c */
int perdomain_init(struct domain *d);
void perdomain_free(struct domain *d);
int perdomain_vcpu_init(struct vcpu *v);
#define GDT_VIRT_START(v) (PERDOMAIN_VIRT_START + ((unsigned long)(v)->vcpu_id << PERDOMAIN_VCPU_SHIFT))
#define LDT_VIRT_START(v) (GDT_VIRT_START(v) + PERDOMAIN_LDT_OFFSET)
/* mm/flush.c: TLB. flush flags FLUSH_*; waits until every CPU of mask has flushed. */
#define FLUSH_TLB 1
#define FLUSH_VA  2
#define FLUSH_CACHE 4
void flush_local(unsigned int what, vaddr_t va);
void flush_mask(const struct cpumask *m, unsigned int what, vaddr_t va);
void flush_ipi(void);             /* VECTOR_FLUSH_TLB */
uint32_t tlb_clock_now(void);
void switch_cr3(uint64_t cr3);    /* loads CR3 and ticks this CPU's TLB clock */
/* mm/iomem.c: frames a domain may map though they are not its memory. */
bool iomem_access_permitted(const struct domain *d, mfn_t m);
bool mfn_addressable(unsigned long mfn); /* the CPU could, whether it exists or not */
/* Frames `first` to `last` are none of the hypervisor's, and addressable. */
bool iomem_range_ok(unsigned long first, unsigned long last);
/* Mapped without RW whatever the entry says; stores are dropped: firmware reads them (HPET). */
void iomem_make_read_only(mfn_t first, mfn_t last);
/* The same, to be taken back: -ENOMEM. */
int iomem_protect(unsigned long first, unsigned long last);
void iomem_unprotect(unsigned long first, unsigned long last);
extern unsigned long iomem_first_read_only;
bool iomem_in_read_only(mfn_t m);
static inline bool iomem_is_read_only(mfn_t m)
{
	return unlikely(mfn_x(m) >= iomem_first_read_only) && iomem_in_read_only(m);
}
void iomem_deny(mfn_t first, mfn_t last); /* hypervisor's own */
/* mm/guest_access.c: nothing of [p, p + n) is the hypervisor's or non-canonical. */
bool guest_range_ok(const void *p, size_t n);
/* mm/share.c: the machine-to-phys table becomes mappable, read-only, as frames of DOMID_XEN.
 * Once at boot, after domains_init(). */
void mm_share_m2p(void);
/* mm/pageinfo.c: XEN_DOMCTL_getpageframeinfo3 on a guest array of `num` frame numbers. */
int mm_getpageframeinfo3(struct domain *d, uint64_t num, XEN_GUEST_HANDLE(xen_pfn_t) array);
/* mm/relinquish.c: a dying domain's page tables and memory, preemptibly: -ERESTART. Its vcpus
 * have stopped and are in no CPU. */
int mm_domain_relinquish(struct domain *d);

/* --- irq/pirq.c, irq/physdev.c ------------------------------------------------------------------ */
void pirq_domain_init(struct domain *d);
/* The line behind a pirq of d, or -EINVAL. */
int pirq_to_line(struct domain *d, unsigned int pirq);
/* Teardown of a dying domain, before its memory goes: unmaps pirqs, lets go of its EOI page. */
void pirq_domain_relinquish(struct domain *d);
void pirq_domain_destroy(struct domain *d);

#endif

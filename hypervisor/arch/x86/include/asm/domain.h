/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.h: x86 parts of a domain and of a vcpu. All domains are paravirtual and 64-bit. */
#ifndef ASM_DOMAIN_H
#define ASM_DOMAIN_H

#include <hv/types.h>
#include <hv/spinlock.h>
#include <hv/cpumask.h>
#include <xen/xen.h>
#include <xen/memory.h>
#include <xen/vcpu.h>
#include <hv/page.h>
#include <asm/page.h>
#include <asm/time.h>

struct page;
struct rangeset;

struct arch_vcpu {
	/* What the guest's registers are while it does not run (guest_regs while it does). */
	struct cpu_user_regs user_regs;

	/* Kernel mode or user mode of the guest: both run in ring 3. */
	bool in_kernel;                 /* TF_kernel_mode */
	struct trap_info *trap_ctxt;    /* [256] */

	unsigned long kernel_ss, kernel_sp;
	unsigned long event_callback, failsafe_callback, syscall_callback;
	unsigned long syscall32_callback, sysenter_callback;
	uint16_t syscall32_cs, sysenter_cs;
	bool failsafe_disables_events, syscall_disables_events;
	bool syscall32_disables_events, sysenter_disables_events;

	/* Page tables: L4 frames with a type reference held; user may be none. */
	mfn_t guest_table, guest_table_user;
	uint64_t cr3;                   /* what is (to be) loaded in CR3 now */
	uint64_t root[2];               /* CR3 of the guest's program and of its kernel */
	pte_t *shadow_root[2];          /* mm/shadow.c: the same in log-dirty mode, or NULL */
	mfn_t shadow_of[2];             /* the guest's table that each stands for */
	struct page *mm_pending;        /* mm/pending.c */

	/* Descriptor tables, mapped in the per-domain area. */
	mfn_t gdt_frames[14];
	unsigned int gdt_ents;
	unsigned long ldt_base;
	unsigned int ldt_ents;
	pte_t *perdomain_l1;            /* 32 entries: 16 of the GDT, 16 of the LDT */

	unsigned long fs_base, gs_base_kernel, gs_base_user;
	unsigned long cr0_ts;           /* virtual CR0.TS (fpu_taskswitch) */
	unsigned long ctrlreg_cr4;      /* guest's view of CR4 */
	unsigned long debugreg[8];
	uint32_t iopl;                  /* 0..3 << 12 as in RFLAGS */
	XEN_GUEST_HANDLE(uint8) iobmp;
	unsigned int iobmp_limit;

	void *xsave_area;               /* xsave_area_size() bytes, 64-aligned */
	uint64_t xcr0, xcr0_accum;

	uint64_t tsc_aux;
	bool nmi_pending, nmi_masked;
	struct vcpu_time_info time_copy; /* last published */
	XEN_GUEST_HANDLE(vcpu_time_info_t) time_info_guest; /* VCPUOP_register_vcpu_time_memory_area */
	bool time_area_done;            /* it holds time_copy, or cannot be written */
	bool runstate_owed;             /* the record could not be written while a program ran */
};

/* access.c: what a domain may use of the machine itself. */
enum access_kind { ACCESS_IOMEM, ACCESS_PORTS, ACCESS_IRQS, NR_ACCESS };

struct rangeset_entry { unsigned long start, end; };

struct arch_domain {
	/* L3 behind PERDOMAIN_SLOT, and the L2 and L1s below it. */
	pte_t *perdomain_l3;
	pte_t *perdomain_l2;
	pte_t *perdomain_l1_pages[64];  /* MAX_VIRT_CPUS vcpus, 16 vcpus an L1 page of 512 entries */

	struct cpumask dirty_cpumask;   /* CPUs that may hold TLB entries of this domain */
	bool logdirty;                  /* what is written to its memory is noted: mm/logdirty.h */
	unsigned int foreign_writers;   /* atomic: counted in the pages' PGT_foreign_mask */
	struct shadow *shadow;          /* NULL until first used; then until the domain's end */
	struct page_list relmem_list;   /* teardown: pages left to let go */
	int relmem_state;

	unsigned int nr_e820;
	struct e820entry *e820;         /* XENMEM_memory_map */
	uint32_t tsc_mode, tsc_khz, incarnation;
	bool vtsc;                      /* the TSC is emulated: pv/vtsc.c */
	struct tsc_scale vtsc_to_ns;
	s_time_t vtsc_base_ns;          /* at this time it was vtsc_base, */
	uint64_t vtsc_base, vtsc_elapsed; /* and this many ns old */
	s_time_t vtsc_last;             /* atomic: time of the last reading */

	bool io_all;                    /* dom0: every port and frame but the hypervisor's own */
	bool io_some;                   /* another that was given ports or I/O frames */
	struct rangeset *access[NR_ACCESS]; /* access.c: given, or with io_all: taken away */
	uint32_t pci_cf8;               /* its own PCI address register */
	struct domain_irqs *irqs;       /* irq/pirq.c */
	struct cpu_policy *cpu_policy;  /* pv/policy.h; NULL: as domains get it unasked */
};

#endif

/* SPDX-License-Identifier: MIT */
/* x86-64 part of xen.h (included by it): selectors, registers, vcpu context. */
#ifndef XEN_ARCH_X86_64_H
#define XEN_ARCH_X86_64_H

#ifndef XEN_XEN_H
#error "include xen.h"
#endif

/* Selectors that Xen keeps in every GDT, for ring 3. */
#define FLAT_RING3_CS32		0xe023
#define FLAT_RING3_CS64		0xe033
#define FLAT_RING3_DS32		0xe02b
#define FLAT_RING3_DS64		0x0
#define FLAT_RING3_SS32		0xe02b
#define FLAT_RING3_SS64		0xe02b
#define FLAT_KERNEL_DS64	FLAT_RING3_DS64
#define FLAT_KERNEL_DS32	FLAT_RING3_DS32
#define FLAT_KERNEL_DS		FLAT_KERNEL_DS64
#define FLAT_KERNEL_CS64	FLAT_RING3_CS64
#define FLAT_KERNEL_CS32	FLAT_RING3_CS32
#define FLAT_KERNEL_CS		FLAT_KERNEL_CS64
#define FLAT_KERNEL_SS64	FLAT_RING3_SS64
#define FLAT_KERNEL_SS32	FLAT_RING3_SS32
#define FLAT_KERNEL_SS		FLAT_KERNEL_SS64
#define FLAT_USER_DS64		FLAT_RING3_DS64
#define FLAT_USER_DS32		FLAT_RING3_DS32
#define FLAT_USER_DS		FLAT_USER_DS64
#define FLAT_USER_CS64		FLAT_RING3_CS64
#define FLAT_USER_CS32		FLAT_RING3_CS32
#define FLAT_USER_CS		FLAT_USER_CS64
#define FLAT_USER_SS64		FLAT_RING3_SS64
#define FLAT_USER_SS32		FLAT_RING3_SS32
#define FLAT_USER_SS		FLAT_USER_SS64

/* L4 slots 256-271 belong to Xen; the machine-to-physical table is readable at their start. */
#define __HYPERVISOR_VIRT_START	0xffff800000000000UL
#define __HYPERVISOR_VIRT_END	0xffff880000000000UL
#define __MACH2PHYS_VIRT_START	0xffff800000000000UL
#define __MACH2PHYS_VIRT_END	0xffff804000000000UL
#define HYPERVISOR_VIRT_START	__HYPERVISOR_VIRT_START
#define HYPERVISOR_VIRT_END	__HYPERVISOR_VIRT_END
#define MACH2PHYS_VIRT_START	__MACH2PHYS_VIRT_START
#define MACH2PHYS_VIRT_END	__MACH2PHYS_VIRT_END
#define MACH2PHYS_NR_ENTRIES	(1UL << 35)

/* set_segment_base(which, base). */
#define SEGBASE_FS		0
#define SEGBASE_GS_USER		1
#define SEGBASE_GS_KERNEL	2
#define SEGBASE_GS_USER_SEL	3

/* iret: come from a syscall, so rcx and r11 need no restoring. */
#define VGCF_in_syscall		(1 << 8)
#define VGCF_IN_SYSCALL		VGCF_in_syscall

/* The first 14 pages of a GDT are the guest's. */
#define XEN_HAVE_PV_GUEST_ENTRY		1
#define XEN_HAVE_PV_UPCALL_MASK		1
#define FIRST_RESERVED_GDT_PAGE		14
#define FIRST_RESERVED_GDT_BYTE		(14 * 4096)
#define FIRST_RESERVED_GDT_ENTRY	(14 * 512)
#define XEN_LEGACY_MAX_VCPUS		32

/* vcpu_guest_context: flags. */
#define VGCF_i387_valid			(1 << 0)
#define VGCF_in_kernel			(1 << 2)
#define VGCF_failsafe_disables_events	(1 << 3)
#define VGCF_syscall_disables_events	(1 << 4)
#define VGCF_online			(1 << 5)

/* xen_arch_domainconfig: emulated devices (none for PV) and misc_flags. */
#define XEN_X86_EMU_LAPIC	(1U << 0)
#define XEN_X86_EMU_HPET	(1U << 1)
#define XEN_X86_EMU_PM		(1U << 2)
#define XEN_X86_EMU_RTC		(1U << 3)
#define XEN_X86_EMU_IOAPIC	(1U << 4)
#define XEN_X86_EMU_PIC		(1U << 5)
#define XEN_X86_EMU_VGA		(1U << 6)
#define XEN_X86_EMU_IOMMU	(1U << 7)
#define XEN_X86_EMU_PIT		(1U << 8)
#define XEN_X86_EMU_USE_PIRQ	(1U << 9)
#define XEN_X86_EMU_VPCI	(1U << 10)
#define XEN_X86_EMU_ALL		0x7ffU
#define XEN_X86_MSR_RELAXED	(1U << 0)

#define XEN_CPUID_NO_SUBLEAF	0xffffffffU

#ifndef __ASSEMBLY__

/* What iret takes from the kernel stack. */
struct iret_context {
	uint64_t rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

/* Registers under all their names. */
#define __DECL_REG_LOHI(n) union { \
	uint64_t r##n##x; uint32_t e##n##x; uint16_t n##x; struct { uint8_t n##l, n##h; }; }
#define __DECL_REG_LO8(n) union { uint64_t r##n; uint32_t e##n; uint16_t n; uint8_t n##l; }
#define __DECL_REG_LO16(n) union { uint64_t r##n; uint32_t e##n; uint16_t n; }
#define __DECL_REG_HI(n) union { \
	uint64_t r##n; uint32_t r##n##d; uint16_t r##n##w; uint8_t r##n##b; }

/* Register file of a vcpu, laid out as exceptions push it. */
struct cpu_user_regs {
	__DECL_REG_HI(15);
	__DECL_REG_HI(14);
	__DECL_REG_HI(13);
	__DECL_REG_HI(12);
	__DECL_REG_LO8(bp);
	__DECL_REG_LOHI(b);
	__DECL_REG_HI(11);
	__DECL_REG_HI(10);
	__DECL_REG_HI(9);
	__DECL_REG_HI(8);
	__DECL_REG_LOHI(a);
	__DECL_REG_LOHI(c);
	__DECL_REG_LOHI(d);
	__DECL_REG_LO8(si);
	__DECL_REG_LO8(di);
	uint32_t error_code;
	uint32_t entry_vector;
	__DECL_REG_LO16(ip);
	uint16_t cs, _pad0[1];
	uint8_t saved_upcall_mask;
	uint8_t _pad1[3];
	__DECL_REG_LO16(flags);
	__DECL_REG_LO8(sp);
	uint16_t ss, _pad2[3];
	uint16_t es, _pad3[3];
	uint16_t ds, _pad4[3];
	uint16_t fs, _pad5[3];
	uint16_t gs, _pad6[3];
};
typedef struct cpu_user_regs cpu_user_regs_t;
DEFINE_XEN_GUEST_HANDLE(cpu_user_regs_t);

#undef __DECL_REG_LOHI
#undef __DECL_REG_LO8
#undef __DECL_REG_LO16
#undef __DECL_REG_HI

#define xen_pfn_to_cr3(pfn)	((unsigned long)(pfn) << 12)
#define xen_cr3_to_pfn(cr3)	((unsigned long)(cr3) >> 12)

struct arch_vcpu_info {
	unsigned long cr2;
	unsigned long pad;
};
typedef struct arch_vcpu_info arch_vcpu_info_t;

typedef unsigned long xen_callback_t;

/* set_trap_table: flags = DPL | 4 when events are to be masked on entry. */
struct trap_info {
	uint8_t vector;
	uint8_t flags;
	uint16_t cs;
	unsigned long address;
};
typedef struct trap_info trap_info_t;
DEFINE_XEN_GUEST_HANDLE(trap_info_t);

/* Whole state of a vcpu. ctrlreg[3]: xen_pfn_to_cr3(); ctrlreg[1]: user cr3 + 1 or 0. */
struct vcpu_guest_context {
	struct {
		char x[512];
	} fpu_ctxt;
	unsigned long flags;
	struct cpu_user_regs user_regs;
	struct trap_info trap_ctxt[256];
	unsigned long ldt_base, ldt_ents;
	unsigned long gdt_frames[16], gdt_ents;
	unsigned long kernel_ss, kernel_sp;
	unsigned long ctrlreg[8];
	unsigned long debugreg[8];
	unsigned long event_callback_eip;
	unsigned long failsafe_callback_eip;
	unsigned long syscall_callback_eip;
	unsigned long vm_assist;
	uint64_t fs_base;
	uint64_t gs_base_kernel;
	uint64_t gs_base_user;
};
typedef struct vcpu_guest_context vcpu_guest_context_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_guest_context_t);

/* Written by the guest, read by the tools: its p2m. */
struct arch_shared_info {
	unsigned long max_pfn;
	xen_pfn_t pfn_to_mfn_frame_list_list;
	unsigned long nmi_reason;
	unsigned long p2m_cr3;
	unsigned long p2m_vaddr;
	unsigned long p2m_generation;
};
typedef struct arch_shared_info arch_shared_info_t;

struct xen_arch_domainconfig {
	uint32_t emulation_flags;
	uint32_t misc_flags;
};

/* CPU policies. */
typedef struct xen_cpuid_leaf {
	uint32_t leaf, subleaf;
	uint32_t a, b, c, d;
} xen_cpuid_leaf_t;
DEFINE_XEN_GUEST_HANDLE(xen_cpuid_leaf_t);

typedef struct xen_msr_entry {
	uint32_t idx;
	uint32_t flags;
	uint64_t val;
} xen_msr_entry_t;
DEFINE_XEN_GUEST_HANDLE(xen_msr_entry_t);

#define TI_GET_DPL(ti)		((ti)->flags & 3)
#define TI_GET_IF(ti)		((ti)->flags & 4)
#define TI_SET_DPL(ti, dpl)	((ti)->flags |= (dpl))
#define TI_SET_IF(ti, on)	((ti)->flags |= (!!(on)) << 2)

#define machine_to_phys_mapping	((unsigned long *)MACH2PHYS_VIRT_START)

/* Prefix that makes Xen emulate the instruction behind it: "ud2; .ascii xen". */
#define XEN_EMULATE_PREFIX	".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID		XEN_EMULATE_PREFIX "cpuid"

_Static_assert(sizeof(struct cpu_user_regs) == 200, "ABI");
_Static_assert(sizeof(struct trap_info) == 16, "ABI");
_Static_assert(sizeof(struct vcpu_guest_context) == 5168, "ABI");
_Static_assert(offsetof(struct vcpu_guest_context, user_regs) == 520, "ABI");
_Static_assert(sizeof(struct arch_shared_info) == 48, "ABI");
_Static_assert(sizeof(struct arch_vcpu_info) == 16, "ABI");
_Static_assert(sizeof(struct iret_context) == 72, "ABI");

#else

#define XEN_EMULATE_PREFIX	.byte 0x0f,0x0b,0x78,0x65,0x6e ;
#define XEN_CPUID		XEN_EMULATE_PREFIX cpuid

#endif /* __ASSEMBLY__ */

#endif /* XEN_ARCH_X86_64_H */

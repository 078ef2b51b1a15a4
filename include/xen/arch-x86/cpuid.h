/* SPDX-License-Identifier: MIT */
/* CPUID leaves of the hypervisor. A PV guest reads them with XEN_CPUID. */
#ifndef XEN_ARCH_X86_CPUID_H
#define XEN_ARCH_X86_CPUID_H

#define XEN_CPUID_FIRST_LEAF				0x40000000

/* Leaf 0: "XenVMMXenVMM". */
#define XEN_CPUID_SIGNATURE_EBX				0x566e6558
#define XEN_CPUID_SIGNATURE_ECX				0x65584d4d
#define XEN_CPUID_SIGNATURE_EDX				0x4d4d566e
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	(1U << 0)
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK		0xffU
#define XEN_CPUID_MAX_NUM_LEAVES			5

#define XEN_CPUID_LEAF(i)	(XEN_CPUID_FIRST_LEAF + (i))

#endif /* XEN_ARCH_X86_CPUID_H */

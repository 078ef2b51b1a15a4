/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h: the hypervisor's part of the address space, L4 slots 256 to 271 (ABI: abi of Xen PV).
 *
 *   256       0xffff800000000000  machine-to-phys table, read-only for guests (fixed by the ABI)
 *   260       0xffff820000000000  per-domain area: GDT and LDT of each vcpu, seen by its own tables
 *   261       0xffff828000000000  machine-to-phys table, writable, hypervisor only
 *             0xffff82c000000000  ioremap/vmap
 *             0xffff82d040000000  hypervisor image (1 GiB)
 *             0xffff82e000000000  frame table
 *   262..271  0xffff830000000000  direct map of all memory (5 TiB)
 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

#define HYPERVISOR_VIRT_FIRST_SLOT 256
#define HYPERVISOR_VIRT_LAST_SLOT  271
#define HV_VIRT_START      0xffff800000000000
#define HV_VIRT_END        0xffff880000000000
#define RO_M2P_VIRT_START  0xffff800000000000
#define RO_M2P_VIRT_END    0xffff804000000000
#define PERDOMAIN_SLOT     260
#define PERDOMAIN_VIRT_START 0xffff820000000000
#define RDWR_M2P_VIRT_START 0xffff828000000000
#define VMAP_VIRT_START    0xffff82c000000000
#define VMAP_VIRT_END      0xffff82cf00000000
#define XEN_VIRT_START     0xffff82d040000000
#define FRAMETABLE_VIRT_START 0xffff82e000000000
#define DIRECTMAP_VIRT_START 0xffff830000000000
#define DIRECTMAP_VIRT_END 0xffff880000000000

/* Per-domain area: PERDOMAIN_VCPU_SIZE for each vcpu, GDT in the lower half, LDT in the upper. */
#define PERDOMAIN_VCPU_SHIFT 17
#define PERDOMAIN_VCPU_SIZE  (1 << PERDOMAIN_VCPU_SHIFT)
#define PERDOMAIN_LDT_OFFSET (1 << 16)

/* Guest-visible selectors (ABI) and the hypervisor's own, all in GDT page 14. */
#define HV_GDT_FIRST_PAGE 14
#define HV_CS64     0xe008
#define HV_DS       0xe010
#define FLAT_R3_CS32 0xe023
#define FLAT_R3_SS   0xe02b
#define FLAT_R3_CS64 0xe033
#define HV_TSS      0xe040
#define HV_LDT      0xe050
#define HV_GDT_ENTRIES 14 /* 8-byte entries from 0xe000 */

#define STACK_ORDER 3
#define STACK_SIZE  (4096 << STACK_ORDER) /* per CPU; struct cpu_info at its top */

/* Image is loaded here by multiboot; it moves itself nowhere. */
#define HV_LOAD_ADDR 0x200000

#endif

/* SPDX-License-Identifier: MIT */
/* The ABI between Xen and PV guests on x86-64: hypercalls, shared pages, start of day. */
#ifndef XEN_XEN_H
#define XEN_XEN_H

/*
 * A guest handle is a pointer in the caller's address space: eight bytes, typed, never
 * dereferenced by the hypervisor without the checked copy routines.
 */
#ifndef __ASSEMBLY__
#include <stddef.h>
#include <stdint.h>

#define ___DEFINE_XEN_GUEST_HANDLE(name, type) \
	typedef struct { type *p; } __guest_handle_##name
#define __DEFINE_XEN_GUEST_HANDLE(name, type)		\
	___DEFINE_XEN_GUEST_HANDLE(name, type);		\
	___DEFINE_XEN_GUEST_HANDLE(const_##name, const type)
#define DEFINE_XEN_GUEST_HANDLE(name)	__DEFINE_XEN_GUEST_HANDLE(name, name)
#define __XEN_GUEST_HANDLE(name)	__guest_handle_##name
#define XEN_GUEST_HANDLE(name)		__XEN_GUEST_HANDLE(name)
#define XEN_GUEST_HANDLE_64(name)	XEN_GUEST_HANDLE(name)
#define XEN_GUEST_HANDLE_PARAM(name)	XEN_GUEST_HANDLE(name)
#define set_xen_guest_handle(hnd, val)		do { (hnd).p = (val); } while (0)
#define set_xen_guest_handle_raw(hnd, val)	set_xen_guest_handle(hnd, val)
#define get_xen_guest_handle(val, hnd)		do { (val) = (hnd).p; } while (0)

typedef unsigned long xen_pfn_t;
typedef unsigned long xen_ulong_t;

DEFINE_XEN_GUEST_HANDLE(void);
DEFINE_XEN_GUEST_HANDLE(char);
DEFINE_XEN_GUEST_HANDLE(int);
DEFINE_XEN_GUEST_HANDLE(uint64_t);
DEFINE_XEN_GUEST_HANDLE(xen_pfn_t);
DEFINE_XEN_GUEST_HANDLE(xen_ulong_t);
__DEFINE_XEN_GUEST_HANDLE(uchar, unsigned char);
__DEFINE_XEN_GUEST_HANDLE(uint, unsigned int);
__DEFINE_XEN_GUEST_HANDLE(uint8, uint8_t);
__DEFINE_XEN_GUEST_HANDLE(uint16, uint16_t);
__DEFINE_XEN_GUEST_HANDLE(uint32, uint32_t);
__DEFINE_XEN_GUEST_HANDLE(uint64, uint64_t);
#endif /* __ASSEMBLY__ */

#define PRI_xen_pfn	"lx"
#define PRI_xen_ulong	"lx"

#include "arch-x86_64.h"

/* Hypercall numbers. */
#define __HYPERVISOR_set_trap_table			0
#define __HYPERVISOR_mmu_update				1
#define __HYPERVISOR_set_gdt				2
#define __HYPERVISOR_stack_switch			3
#define __HYPERVISOR_set_callbacks			4
#define __HYPERVISOR_fpu_taskswitch			5
#define __HYPERVISOR_sched_op_compat			6
#define __HYPERVISOR_platform_op			7
#define __HYPERVISOR_set_debugreg			8
#define __HYPERVISOR_get_debugreg			9
#define __HYPERVISOR_update_descriptor			10
#define __HYPERVISOR_memory_op				12
#define __HYPERVISOR_multicall				13
#define __HYPERVISOR_update_va_mapping			14
#define __HYPERVISOR_set_timer_op			15
#define __HYPERVISOR_event_channel_op_compat		16
#define __HYPERVISOR_xen_version			17
#define __HYPERVISOR_console_io				18
#define __HYPERVISOR_physdev_op_compat			19
#define __HYPERVISOR_grant_table_op			20
#define __HYPERVISOR_vm_assist				21
#define __HYPERVISOR_update_va_mapping_otherdomain	22
#define __HYPERVISOR_iret				23
#define __HYPERVISOR_vcpu_op				24
#define __HYPERVISOR_set_segment_base			25
#define __HYPERVISOR_mmuext_op				26
#define __HYPERVISOR_xsm_op				27
#define __HYPERVISOR_nmi_op				28
#define __HYPERVISOR_sched_op				29
#define __HYPERVISOR_callback_op			30
#define __HYPERVISOR_xenoprof_op			31
#define __HYPERVISOR_event_channel_op			32
#define __HYPERVISOR_physdev_op				33
#define __HYPERVISOR_hvm_op				34
#define __HYPERVISOR_sysctl				35
#define __HYPERVISOR_domctl				36
#define __HYPERVISOR_kexec_op				37
#define __HYPERVISOR_tmem_op				38
#define __HYPERVISOR_argo_op				39
#define __HYPERVISOR_xenpmu_op				40
#define __HYPERVISOR_dm_op				41
#define __HYPERVISOR_hypfs_op				42
#define __HYPERVISOR_arch_0				48
#define __HYPERVISOR_arch_1				49
#define __HYPERVISOR_arch_2				50
#define __HYPERVISOR_arch_3				51
#define __HYPERVISOR_arch_4				52
#define __HYPERVISOR_arch_5				53
#define __HYPERVISOR_arch_6				54
#define __HYPERVISOR_arch_7				55

/* Virtual interrupts. Per vcpu: TIMER, DEBUG, XENOPROF, XENPMU; the rest go to one domain. */
#define VIRQ_TIMER					0
#define VIRQ_DEBUG					1
#define VIRQ_CONSOLE					2
#define VIRQ_DOM_EXC					3
#define VIRQ_TBUF					4
#define VIRQ_DEBUGGER					6
#define VIRQ_XENOPROF					7
#define VIRQ_CON_RING					8
#define VIRQ_PCPU_STATE					9
#define VIRQ_MEM_EVENT					10
#define VIRQ_ARGO					11
#define VIRQ_ENOMEM					12
#define VIRQ_XENPMU					13
#define VIRQ_ARCH_0					16
#define VIRQ_ARCH_1					17
#define VIRQ_ARCH_2					18
#define VIRQ_ARCH_3					19
#define VIRQ_ARCH_4					20
#define VIRQ_ARCH_5					21
#define VIRQ_ARCH_6					22
#define VIRQ_ARCH_7					23
#define NR_VIRQS					24

/* mmu_update: command in the low bits of @ptr. foreigndom: page owner | (table owner + 1) << 16 */
#define MMU_NORMAL_PT_UPDATE				0
#define MMU_MACHPHYS_UPDATE				1
#define MMU_PT_UPDATE_PRESERVE_AD			2
#define MMU_PT_UPDATE_NO_TRANSLATE			3

/* mmuext_op: cmd. */
#define MMUEXT_PIN_L1_TABLE				0
#define MMUEXT_PIN_L2_TABLE				1
#define MMUEXT_PIN_L3_TABLE				2
#define MMUEXT_PIN_L4_TABLE				3
#define MMUEXT_UNPIN_TABLE				4
#define MMUEXT_NEW_BASEPTR				5
#define MMUEXT_TLB_FLUSH_LOCAL				6
#define MMUEXT_INVLPG_LOCAL				7
#define MMUEXT_TLB_FLUSH_MULTI				8
#define MMUEXT_INVLPG_MULTI				9
#define MMUEXT_TLB_FLUSH_ALL				10
#define MMUEXT_INVLPG_ALL				11
#define MMUEXT_FLUSH_CACHE				12
#define MMUEXT_SET_LDT					13
#define MMUEXT_NEW_USER_BASEPTR				15
#define MMUEXT_CLEAR_PAGE				16
#define MMUEXT_COPY_PAGE				17
#define MMUEXT_FLUSH_CACHE_GLOBAL			18
#define MMUEXT_MARK_SUPER				19
#define MMUEXT_UNMARK_SUPER				20

/* update_va_mapping: flags. Without ALL the other bits are 0 or point to a vcpu bitmap. */
#define UVMF_NONE				0UL
#define UVMF_TLB_FLUSH				(1UL << 0)
#define UVMF_INVLPG				(1UL << 1)
#define UVMF_FLUSHTYPE_MASK			0x3UL
#define UVMF_MULTI				0UL
#define UVMF_LOCAL				0UL
#define UVMF_ALL				(1UL << 2)

/* console_io(cmd, count, buffer). */
#define CONSOLEIO_write				0
#define CONSOLEIO_read				1

/* vm_assist(cmd, type). */
#define VMASST_CMD_enable			0
#define VMASST_CMD_disable			1
#define VMASST_TYPE_4gb_segments		0
#define VMASST_TYPE_4gb_segments_notify		1
#define VMASST_TYPE_writable_pagetables		2
#define VMASST_TYPE_pae_extended_cr3		3
#define VMASST_TYPE_architectural_iopl		4
#define VMASST_TYPE_runstate_update_flag	5
#define VMASST_TYPE_m2p_strict			32

/* Domain ids with a meaning of their own: caller, I/O memory, hypervisor, ... */
#define DOMID_FIRST_RESERVED			0x7ff0U
#define DOMID_SELF				0x7ff0U
#define DOMID_IO				0x7ff1U
#define DOMID_XEN				0x7ff2U
#define DOMID_COW				0x7ff3U
#define DOMID_INVALID				0x7ff4U
#define DOMID_IDLE				0x7fffU
#define DOMID_MASK				0x7fffU

/* What the builder tells a PV kernel; its address is in rsi at entry. */
#define MAX_GUEST_CMDLINE	1024

/* start_info: flags. */
#define SIF_PRIVILEGED		(1 << 0)
#define SIF_INITDOMAIN		(1 << 1)
#define SIF_MULTIBOOT_MOD	(1 << 2)
#define SIF_MOD_START_PFN	(1 << 3)
#define SIF_VIRT_P2M_4TOOLS	(1 << 4)
#define SIF_PM_MASK		0xff00

/* The screen as the boot loader left it, for dom0. */
#define XEN_VGATYPE_TEXT_MODE_3	0x3
#define XEN_VGATYPE_VESA_LFB	0x23
#define XEN_VGATYPE_EFI_LFB	0x70

#ifndef __ASSEMBLY__

typedef uint16_t domid_t;

/* arg1.mfn: PIN, UNPIN, NEW_*BASEPTR, CLEAR, COPY; arg1.linear_addr and arg2.nr_ents: SET_LDT. */
struct mmuext_op {
	unsigned int cmd;
	union {
		xen_pfn_t mfn;
		unsigned long linear_addr;
	} arg1;
	union {
		unsigned int nr_ents;
		XEN_GUEST_HANDLE(const_void) vcpumask;
		xen_pfn_t src_mfn;
	} arg2;
};
typedef struct mmuext_op mmuext_op_t;
DEFINE_XEN_GUEST_HANDLE(mmuext_op_t);

/* ptr: machine address of the entry (or of a frame, MACHPHYS); val: its new contents. */
struct mmu_update {
	uint64_t ptr;
	uint64_t val;
};
typedef struct mmu_update mmu_update_t;
DEFINE_XEN_GUEST_HANDLE(mmu_update_t);

struct multicall_entry {
	xen_ulong_t op, result;
	xen_ulong_t args[6];
};
typedef struct multicall_entry multicall_entry_t;
DEFINE_XEN_GUEST_HANDLE(multicall_entry_t);

/*
 * Time since boot in ns = system_time + ((tsc - tsc_timestamp) << tsc_shift) * mul / 2^32.
 * An odd version: being written.
 */
struct vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags;
	uint8_t pad1[2];
};
typedef struct vcpu_time_info vcpu_time_info_t;

/* vcpu_time_info: flags. */
#define XEN_PVCLOCK_TSC_STABLE_BIT	(1 << 0)
#define XEN_PVCLOCK_GUEST_STOPPED	(1 << 1)

/* Event state and time of one vcpu; the first XEN_LEGACY_MAX_VCPUS live in shared_info. */
struct vcpu_info {
	uint8_t evtchn_upcall_pending;
	uint8_t evtchn_upcall_mask;
	xen_ulong_t evtchn_pending_sel;
	struct arch_vcpu_info arch;
	vcpu_time_info_t time;
};
typedef struct vcpu_info vcpu_info_t;

/* The page shared between Xen and a domain. wc_*: wall clock at system time 0. */
struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];
	xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];
	uint32_t wc_version;
	uint32_t wc_sec;
	uint32_t wc_nsec;
	uint32_t wc_sec_hi;
	struct arch_shared_info arch;
};
typedef struct shared_info shared_info_t;

struct start_info {
	char magic[32];
	unsigned long nr_pages;
	unsigned long shared_info;
	uint32_t flags;
	xen_pfn_t store_mfn;
	uint32_t store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;
			uint32_t evtchn;
		} domU;
		struct {
			uint32_t info_off;
			uint32_t info_size;
		} dom0;
	} console;
	unsigned long pt_base;
	unsigned long nr_pt_frames;
	unsigned long mfn_list;
	unsigned long mod_start;
	unsigned long mod_len;
	int8_t cmd_line[MAX_GUEST_CMDLINE];
	unsigned long first_p2m_pfn;
	unsigned long nr_p2m_frames;
};
typedef struct start_info start_info_t;

/* With SIF_MULTIBOOT_MOD mod_start is a list of these. */
struct xen_multiboot_mod_list {
	uint32_t mod_start;
	uint32_t mod_end;
	uint32_t cmdline;
	uint32_t pad;
};

typedef struct dom0_vga_console_info {
	uint8_t video_type;
	union {
		struct {
			uint16_t font_height;
			uint16_t cursor_x, cursor_y;
			uint16_t rows, columns;
		} text_mode_3;
		struct {
			uint16_t width, height;
			uint16_t bytes_per_line;
			uint16_t bits_per_pixel;
			uint32_t lfb_base;
			uint32_t lfb_size;
			uint8_t red_pos, red_size;
			uint8_t green_pos, green_size;
			uint8_t blue_pos, blue_size;
			uint8_t rsvd_pos, rsvd_size;
			uint32_t gbl_caps;
			uint16_t mode_attrs;
			uint16_t pad;
			uint32_t ext_lfb_base;
		} vesa_lfb;
	} u;
} dom0_vga_console_info_t;

/* A UUID. */
typedef uint8_t xen_domain_handle_t[16];

typedef struct {
	uint8_t a[16];
} xen_uuid_t;

/* A bitmap in the caller's memory, bit 0 first; only (nr_bits + 7) / 8 bytes are touched. */
struct xenctl_bitmap {
	XEN_GUEST_HANDLE_64(uint8) bitmap;
	uint32_t nr_bits;
};
typedef struct xenctl_bitmap xenctl_bitmap_t;

_Static_assert(sizeof(struct shared_info) == 3136, "ABI");
_Static_assert(sizeof(struct vcpu_info) == 64, "ABI");
_Static_assert(sizeof(struct vcpu_time_info) == 32, "ABI");
_Static_assert(sizeof(struct start_info) == 1168, "ABI");
_Static_assert(offsetof(struct start_info, cmd_line) == 128, "ABI");
_Static_assert(offsetof(struct start_info, first_p2m_pfn) == 1152, "ABI");
_Static_assert(sizeof(struct mmuext_op) == 24, "ABI");
_Static_assert(sizeof(struct multicall_entry) == 64, "ABI");
_Static_assert(sizeof(struct xenctl_bitmap) == 16, "ABI");

#endif /* __ASSEMBLY__ */

#endif /* XEN_XEN_H */

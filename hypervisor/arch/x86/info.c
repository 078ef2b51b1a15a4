/* SPDX-License-Identifier: GPL-2.0-only */
/* info.c: what xen_version and physinfo say of this architecture. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <xen/features.h>
#include <asm/x86.h>

void arch_capabilities(char *buf, size_t size)
{
	strlcpy(buf, "xen-3.0-x86_64 ", size);
}

unsigned long arch_platform_virt_start(const struct domain *d)
{
	(void)d;
	return HV_VIRT_START;
}

uint32_t arch_get_features(const struct domain *d, unsigned int submap)
{
	uint32_t f = 1U << XENFEAT_mmu_pt_update_preserve_ad | 1U << XENFEAT_gnttab_map_avail_bits |
		1U << XENFEAT_pae_pgdir_above_4gb | 1U << XENFEAT_highmem_assist |
		1U << XENFEAT_memory_op_vnode_supported | 1U << XENFEAT_direct_mapped;

	if (submap)
		return 0;
	return d == hardware_domain ? f | 1U << XENFEAT_dom0 : f;
}

void arch_physinfo_hw_cap(uint32_t hw_cap[8])
{
	memset(hw_cap, 0, 8 * sizeof(*hw_cap));
	hw_cap[0] = cpuid(1, 0).d;
	hw_cap[1] = cpuid(1, 0).c;
	hw_cap[2] = cpuid(0x80000001, 0).d;
	hw_cap[3] = cpuid(0x80000001, 0).c;
	hw_cap[4] = cpuid(0xd, 1).a;
	hw_cap[5] = cpuid(7, 0).b;
	hw_cap[6] = cpuid(7, 0).c;
	hw_cap[7] = cpuid(0x80000007, 0).d;
}

bool arch_vm_assist_valid(unsigned int type)
{
	return type == VMASST_TYPE_4gb_segments || type == VMASST_TYPE_writable_pagetables ||
		type == VMASST_TYPE_pae_extended_cr3 || type == VMASST_TYPE_architectural_iopl ||
		type == VMASST_TYPE_runstate_update_flag || type == VMASST_TYPE_m2p_strict;
}

/* registered runstate memory follows the guest's own page tables: only while it is current. */
void arch_update_runstate_area(struct vcpu *v)
{
	struct vcpu_runstate_info info;
	bool user = !v->arch.in_kernel;

	if (!v->runstate_guest.p || v != current)
		return;
	/* The kernel's address space is needed; both modes are current's own. */
	if (user)
		toggle_guest_mode(v);
	info = v->runstate;
	if (v->domain->vm_assist & (1UL << VMASST_TYPE_runstate_update_flag)) {
		/* Readers on other vcpus retry while the flag is set. */
		info.state_entry_time |= XEN_RUNSTATE_UPDATE;
		copy_field_to_guest(v->runstate_guest, &info, state_entry_time);
		smp_wmb();
		copy_to_guest_raw(v->runstate_guest.p, &info, sizeof(info));
		smp_wmb();
		info.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
		copy_field_to_guest(v->runstate_guest, &info, state_entry_time);
	} else {
		copy_to_guest_raw(v->runstate_guest.p, &info, sizeof(info));
	}
	if (user)
		toggle_guest_mode(v);
}

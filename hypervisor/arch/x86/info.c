/* SPDX-License-Identifier: GPL-2.0-only */
/* info.c: what xen_version and physinfo say of this architecture. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <xen/features.h>
#include <asm/time.h>
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

/* A note: lengths of name and contents, type, name ("GNU"), contents. */
uint32_t arch_build_id(const void **ret_id)
{
	extern const uint32_t __start_build_id[], __stop_build_id[];

	if (&__start_build_id[0] == &__stop_build_id[0])
		return 0;
	*ret_id = (const char *)(__start_build_id + 3) + __start_build_id[0];
	return __start_build_id[1];
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
	return type == VMASST_TYPE_4gb_segments || type == VMASST_TYPE_4gb_segments_notify ||
		type == VMASST_TYPE_writable_pagetables ||
		type == VMASST_TYPE_pae_extended_cr3 || type == VMASST_TYPE_architectural_iopl ||
		type == VMASST_TYPE_runstate_update_flag || type == VMASST_TYPE_m2p_strict;
}

/* The record, with a flag set meanwhile if the guest asked for it: readers on its other vcpus look
 * again while they see it. */
static bool write_runstate(struct vcpu *v)
{
	XEN_GUEST_HANDLE(vcpu_runstate_info_t) h = v->runstate_guest;
	struct vcpu_runstate_info info = v->runstate;

	if (!(v->domain->vm_assist & (1UL << VMASST_TYPE_runstate_update_flag)))
		return !copy_to_guest(h, &info, 1);
	info.state_entry_time |= XEN_RUNSTATE_UPDATE;
	if (copy_field_to_guest(h, &info, state_entry_time))
		return false;
	smp_wmb();
	if (copy_to_guest(h, &info, 1))
		return false;
	smp_wmb();
	info.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
	return !copy_field_to_guest(h, &info, state_entry_time);
}

void arch_update_runstate_area(struct vcpu *v)
{
	if (guest_handle_is_null(v->runstate_guest) || v != current)
		return;
	v->arch.runstate_owed = !write_runstate(v) && !v->arch.in_kernel;
}

/* The guest's kernel is about to run, on its own tables. */
void pv_write_owed_areas(struct vcpu *v)
{
	if (v->arch.runstate_owed) {
		v->arch.runstate_owed = false;
		(void)write_runstate(v);
	}
	if (!v->arch.time_area_done) {
		(void)vcpu_time_area_refresh(v);
		v->arch.time_area_done = true;
	}
}

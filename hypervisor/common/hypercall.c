/* SPDX-License-Identifier: GPL-2.0-only */
/* hypercall.c: the table of hypercalls. No locks.
 *
 * Numbers without a row answer -ENOSYS: tmem, argo. */
#include <hv/hypercall.h>
#include <hv/domain.h>
#include <asm/current.h>

/* HC_PRIV is checked before all else. Where 4.17 looks at the argument first (platform_op, sysctl,
 * domctl) the handler checks the right. */
#define ROW(nr, fn, nargs, may) \
	[__HYPERVISOR_##nr] = { .name = #nr, .handler = fn, .args = nargs, .who = may }

const struct hypercall_row hypercall_table[NR_HYPERCALLS] = {
	ROW(set_trap_table, do_set_trap_table, 1, HC_ANY),
	ROW(mmu_update, do_mmu_update, 4, HC_ANY),
	ROW(set_gdt, do_set_gdt, 2, HC_ANY),
	ROW(sched_op_compat, do_sched_op_compat, 2, HC_ANY),
	ROW(stack_switch, do_stack_switch, 2, HC_ANY),
	ROW(set_callbacks, do_set_callbacks, 3, HC_ANY),
	ROW(fpu_taskswitch, do_fpu_taskswitch, 1, HC_ANY),
	ROW(platform_op, do_platform_op, 1, HC_ANY),
	ROW(set_debugreg, do_set_debugreg, 2, HC_ANY),
	ROW(get_debugreg, do_get_debugreg, 1, HC_ANY),
	ROW(update_descriptor, do_update_descriptor, 2, HC_ANY),
	ROW(memory_op, do_memory_op, 2, HC_ANY),
	ROW(multicall, do_multicall, 2, HC_ANY),
	ROW(update_va_mapping, do_update_va_mapping, 3, HC_ANY),
	ROW(set_timer_op, do_set_timer_op, 1, HC_ANY),
	ROW(xen_version, do_xen_version, 2, HC_ANY),
	ROW(console_io, do_console_io, 3, HC_ANY),
	ROW(grant_table_op, do_grant_table_op, 3, HC_ANY),
	ROW(vm_assist, do_vm_assist, 2, HC_ANY),
	ROW(update_va_mapping_otherdomain, do_update_va_mapping_otherdomain, 4, HC_ANY),
	ROW(iret, do_iret, 0, HC_ANY),
	ROW(vcpu_op, do_vcpu_op, 3, HC_ANY),
	ROW(set_segment_base, do_set_segment_base, 2, HC_ANY),
	ROW(mmuext_op, do_mmuext_op, 4, HC_ANY),
	ROW(xsm_op, do_xsm_op, 1, HC_ANY),
	ROW(nmi_op, do_nmi_op, 2, HC_ANY),
	ROW(sched_op, do_sched_op, 2, HC_ANY),
	ROW(callback_op, do_callback_op, 2, HC_ANY),
	ROW(event_channel_op, do_event_channel_op, 2, HC_ANY),
	ROW(physdev_op, do_physdev_op, 2, HC_ANY),
	ROW(sysctl, do_sysctl, 1, HC_ANY),
	ROW(domctl, do_domctl, 1, HC_ANY),
	ROW(event_channel_op_compat, do_event_channel_op_compat, 1, HC_ANY),
	ROW(physdev_op_compat, do_physdev_op_compat, 1, HC_ANY),
	ROW(hvm_op, do_hvm_op, 2, HC_ANY),
	ROW(kexec_op, do_kexec_op, 2, HC_ANY),
	ROW(xenoprof_op, do_xenoprof_op, 2, HC_ANY),
	ROW(xenpmu_op, do_xenpmu_op, 2, HC_ANY),
	ROW(dm_op, do_dm_op, 3, HC_ANY),
	ROW(hypfs_op, do_hypfs_op, 5, HC_ANY),
	ROW(arch_0, do_mca, 1, HC_PRIV),
	ROW(arch_1, do_paging_domctl_cont, 1, HC_ANY),
};

bool hypercall_is_privileged(void)
{
	return current->domain->is_privileged;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* hypercall.h: the hypercall table.
 *
 * A handler gets its arguments as an array it may change. To give way in a long operation it
 * stores the adjusted arguments into arg[] and returns -ERESTART: the dispatcher writes them back
 * to the guest's registers (or multicall entry) and makes the guest issue the call again. No other
 * path may return -ERESTART, but for the calls whose result is any number. */
#ifndef HV_HYPERCALL_H
#define HV_HYPERCALL_H

#include <hv/types.h>
#include <xen/xen.h>

#define HYPERCALL_ARGS 5
#define NR_HYPERCALLS  64

typedef long hypercall_fn(unsigned long arg[HYPERCALL_ARGS]);

#define HC_ANY  0
#define HC_PRIV 1 /* -EPERM unless the caller is dom0 */

struct hypercall_row {
	const char *name;
	hypercall_fn *handler;
	uint8_t args; /* how many it takes: the rest is ignored */
	uint8_t who;  /* HC_ANY, HC_PRIV */
};
extern const struct hypercall_row hypercall_table[NR_HYPERCALLS];

bool hypercall_is_privileged(void); /* the caller */

/* Looks up, checks rights, calls; -ENOSYS for holes. Arguments as in hypercall_fn. */
static always_inline long hypercall_dispatch(unsigned long nr, unsigned long arg[HYPERCALL_ARGS])
{
	const struct hypercall_row *row;

	if (unlikely(nr >= NR_HYPERCALLS))
		return -ENOSYS;
	row = &hypercall_table[nr];
	if (unlikely(!row->handler))
		return -ENOSYS;
	if (unlikely(row->who == HC_PRIV) && !hypercall_is_privileged())
		return -EPERM;
	return row->handler(arg);
}

/* rc means that the call is to be issued again. What iret and get_debugreg return is the guest's. */
static inline bool hypercall_gave_way(unsigned long nr, long rc)
{
	return rc == -ERESTART && nr != __HYPERVISOR_iret && nr != __HYPERVISOR_get_debugreg;
}

/* common/ */
hypercall_fn do_memory_op, do_multicall, do_xen_version, do_console_io, do_grant_table_op, do_vm_assist,
	do_vcpu_op, do_sched_op, do_event_channel_op, do_sysctl, do_domctl, do_set_timer_op,
	do_xsm_op, do_nmi_op, do_xenoprof_op,
	do_xenpmu_op, do_kexec_op, do_dm_op, do_hypfs_op, do_hvm_op, do_paging_domctl_cont,
	do_sched_op_compat, do_event_channel_op_compat, do_physdev_op_compat;
/* arch */
hypercall_fn do_set_trap_table, do_mmu_update, do_set_gdt, do_stack_switch, do_set_callbacks,
	do_fpu_taskswitch, do_platform_op, do_set_debugreg, do_get_debugreg, do_update_descriptor,
	do_update_va_mapping, do_update_va_mapping_otherdomain, do_iret, do_set_segment_base,
	do_mmuext_op, do_callback_op, do_physdev_op, do_mca;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* hypercall.c: the arch's hypercalls: there are none. */
#include <hv/hypercall.h>

#define NONE(name) long name(unsigned long arg[HYPERCALL_ARGS]) { return -ENOSYS; }
NONE(do_set_trap_table)
NONE(do_mmu_update)
NONE(do_set_gdt)
NONE(do_stack_switch)
NONE(do_set_callbacks)
NONE(do_fpu_taskswitch)
NONE(do_platform_op)
NONE(do_set_debugreg)
NONE(do_get_debugreg)
NONE(do_update_descriptor)
NONE(do_update_va_mapping)
NONE(do_update_va_mapping_otherdomain)
NONE(do_iret)
NONE(do_set_segment_base)
NONE(do_mmuext_op)
NONE(do_callback_op)
NONE(do_physdev_op)
NONE(do_mca)

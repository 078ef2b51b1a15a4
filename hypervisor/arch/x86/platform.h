/* SPDX-License-Identifier: GPL-2.0-only */
/* platform.h: between the files with platform operations. */
#ifndef X86_PLATFORM_H
#define X86_PLATFORM_H

#include <hv/types.h>
#include <xen/platform.h>

/* *copyback: the argument goes back to the caller, on success. */
typedef long platform_fn(struct xen_platform_op *op, bool *copyback);

/* platform_cpu.c */
platform_fn platform_read_memtype, platform_add_memtype, platform_del_memtype,
	platform_microcode_update, platform_quirk, platform_set_pminfo, platform_cpu_online,
	platform_cpu_offline, platform_cpu_hotadd,
	platform_mem_hotadd, platform_core_parking, platform_resource_op, platform_get_symbol;

#endif

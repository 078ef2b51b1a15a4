/* SPDX-License-Identifier: GPL-2.0-only */
/* ctl_bitmap.h: bitmaps in domctls and sysctls: of CPUs and of nodes. Hypercall context. */
#ifndef HV_CTL_BITMAP_H
#define HV_CTL_BITMAP_H

#include <hv/cpumask.h>
#include <xen/xen.h>

#define CTL_BITMAP_MAX 64
static_assert(CTL_BITMAP_MAX >= NR_CPUS, "holds a CPU mask");

/* Reads the caller's bitmap; bits it has not got are 0, bits above CTL_BITMAP_MAX ignored.
 * Writes ours to the caller's, as far as that goes, zeros behind. -EFAULT. */
int ctl_bitmap_get(unsigned long *bits, const struct xenctl_bitmap *map);
int ctl_bitmap_put(const struct xenctl_bitmap *map, const unsigned long *bits);
int ctl_cpumask_get(struct cpumask *m, const struct xenctl_bitmap *map);
int ctl_cpumask_put(const struct xenctl_bitmap *map, const struct cpumask *m);
/* The nodes; how many there may be (highest + 1). */
unsigned int ctl_online_nodes(unsigned long *bits);

#endif

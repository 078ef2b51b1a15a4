/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h: the x86 layout with the hypervisor's own areas at addresses a process may map. */
#ifndef FAKE_LAYOUT_H
#define FAKE_LAYOUT_H

#include_next <asm/layout.h>

#undef RDWR_M2P_VIRT_START
#undef XEN_VIRT_START
#undef FRAMETABLE_VIRT_START
#undef DIRECTMAP_VIRT_START
#define RDWR_M2P_VIRT_START   0x310000000000
#define XEN_VIRT_START        0x100000000
#define FRAMETABLE_VIRT_START 0x300000000000
#define DIRECTMAP_VIRT_START  0x320000000000

#endif

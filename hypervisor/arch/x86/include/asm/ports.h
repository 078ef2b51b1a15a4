/* SPDX-License-Identifier: GPL-2.0-only */
/* asm/ports.h: I/O ports that the hypervisor keeps for itself (pv/ports.c). */
#ifndef ASM_PORTS_H
#define ASM_PORTS_H

#include <hv/types.h>

/* From now on no guest reaches ports first..last. Boot only. */
void ports_deny(uint16_t first, uint16_t last);
bool ports_are_denied(unsigned int first, unsigned int last); /* any of them */

#endif

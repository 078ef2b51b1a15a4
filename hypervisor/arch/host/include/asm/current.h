/* SPDX-License-Identifier: GPL-2.0-only */
/* current.h: `current` and smp_processor_id(). */
#ifndef ASM_CURRENT_H
#define ASM_CURRENT_H
#include <asm/regs.h>
#endif

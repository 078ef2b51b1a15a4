/* SPDX-License-Identifier: GPL-2.0-only */
/* asm/shutdown.h: shutdown.c, beside arch.h's arch_machine_*(). */
#ifndef ASM_SHUTDOWN_H
#define ASM_SHUTDOWN_H

#include <hv/types.h>

/* Halts this CPU if the machine is on its way down (from the call interrupt). */
void stop_if_asked(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* guest_access.h: memory.c copies, and says no where a test wants it. */
#ifndef ASM_GUEST_ACCESS_H
#define ASM_GUEST_ACCESS_H

#include <stddef.h>

size_t copy_from_guest_raw(void *dst, const void *guest, size_t bytes);
size_t copy_to_guest_raw(void *guest, const void *src, size_t bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* console-private.h: between printk.c and console.c. */
#ifndef CONSOLE_PRIVATE_H
#define CONSOLE_PRIVATE_H

#include <hv/spinlock.h>

extern struct spinlock console_lock;
/* Text to the ring and every driver; console_lock held. */
void console_emit(const char *s, size_t n);
/* stamp.c: the time, or nothing, before a line. */
#define STAMP_SIZE 40
void console_stamp(char *buf, size_t size);
/* New text is in the ring: VIRQ_CON_RING, later. No lock held but what printk's caller holds. */
void console_tell_readers(void);

#endif

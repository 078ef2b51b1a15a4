/* SPDX-License-Identifier: GPL-2.0-only */
/* keys.h: debug keys that are in files of their own, for keyhandler.c. */
#ifndef COMMON_KEYS_H
#define COMMON_KEYS_H

/* keys.c */
void key_events(void);
void key_idle(void);
void key_nodes(void);
/* grant/keys.c, timer.c, console.c, printk.c */
void key_grants(void);
void key_timers(void);
void key_ring(void);
void key_level_more(void);
void key_level_less(void);
void key_level_which(void);

#endif

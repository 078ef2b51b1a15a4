/* SPDX-License-Identifier: GPL-2.0-only */
/* keys.h: debug keys that are in files of their own, for keyhandler.c. */
#ifndef COMMON_KEYS_H
#define COMMON_KEYS_H

/* keys.c */
void key_events(void);
void key_idle(void);
void key_nodes(void);

#endif

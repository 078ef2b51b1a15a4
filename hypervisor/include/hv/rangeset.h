/* SPDX-License-Identifier: GPL-2.0-only */
/* rangeset.h: sets of numbers kept as ranges, both ends included: frames, ports, interrupts. NULL is
 * the empty set for those that only look. */
#ifndef HV_RANGESET_H
#define HV_RANGESET_H

#include <hv/types.h>

struct rangeset;

struct rangeset *rangeset_new(void); /* or NULL */
void rangeset_free(struct rangeset *s);
/* first <= last. 0 or -ENOMEM. */
int rangeset_add(struct rangeset *s, unsigned long first, unsigned long last);
int rangeset_remove(struct rangeset *s, unsigned long first, unsigned long last);
bool rangeset_contains(struct rangeset *s, unsigned long first, unsigned long last); /* all of it */
bool rangeset_overlaps(struct rangeset *s, unsigned long first, unsigned long last); /* any of it */
bool rangeset_is_empty(struct rangeset *s);

#endif

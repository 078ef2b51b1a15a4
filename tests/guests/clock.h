/* SPDX-License-Identifier: GPL-2.0-only */
/* clock.h: a tiny guest's time, and waiting. */
#ifndef CLOCK_H
#define CLOCK_H

#include "guest.h"

/* System time in ns, by a record that the hypervisor publishes. */
uint64_t time_by(const volatile struct vcpu_time_info *t);
uint64_t now_ns(void); /* by vcpu 0's */
void yield(void);
/* Yields until *what is not 0; false after `seconds`. */
bool wait_for(const volatile unsigned int *what, unsigned int seconds);

#endif

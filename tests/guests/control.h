/* SPDX-License-Identifier: GPL-2.0-only */
/* control.h: between the files of control. */
#ifndef GUEST_CONTROL_H
#define GUEST_CONTROL_H

#include "guest.h"

#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define E2BIG 7
#define EACCES 13
#define EFAULT 14
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define ENOSYS 38
#define ENODATA 61
#define EOPNOTSUPP 95

#define HYPERVISORS_OWN 0xffff830000000000UL
#define SIZE(a) (sizeof(a) / sizeof((a)[0]))

void check_sysctls(void); /* control_sysctl.c: and xsm_op */

#endif

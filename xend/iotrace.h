/* SPDX-License-Identifier: GPL-2.0-only */
/* iotrace.h: requests to block devices that failed, as the kernel's trace events tell of them. */
#ifndef XEND_IOTRACE_H
#define XEND_IOTRACE_H

#include "xend/backend.h"

struct iotrace;

/* -Exxx where the kernel has no such events, or is locked down. */
int iotrace_new(struct iotrace **ret_trace);
void iotrace_free(struct iotrace *t);	/* NULL is fine */
int iotrace_fd(const struct iotrace *t);
/* As backend.h's disk_error(). */
int iotrace_next(struct iotrace *t, struct be_disk_error *ret_error);

/* A line of the trace; false: it is about something else. */
bool iotrace_parse(const char *line, struct be_disk_error *ret_error);
/* The same as an error of the partition that it is in, if it is in one: devices is /sys/dev/block. */
bool iotrace_partition(const char *devices, const struct be_disk_error *e, struct be_disk_error *ret_error);

#endif

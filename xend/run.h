/* SPDX-License-Identifier: GPL-2.0-only */
/* run.h: other programs, run to their end. For workers: it waits. */
#ifndef XEND_RUN_H
#define XEND_RUN_H

#include <stddef.h>

/* 0, -ENOENT (no such program), or -EIO: it failed; the first line of its standard error is in said. */
int run_program(const char *const argv[], char *said, size_t size);

/* Has the kernel this driver on this bus? If not, modprobe is asked; its failure shows later. */
void run_modprobe(const char *sysfs_path, const char *module);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* sandbox.h: a process that gives up everything but its open files. */
#ifndef XEND_BOOT_SANDBOX_H
#define XEND_BOOT_SANDBOX_H

#include <stdint.h>
#include <sys/types.h>

struct sandbox {
	uid_t id;		/* user and group */
	uint64_t memory, file_size;
	unsigned int cpu_s;
};

/* From here on the process has nothing of the system but memory and its open files, and dies of any
 * other system call than those reading, writing and exiting need. Without root only what others may
 * do is done. 0 or -Exxx. */
int sandbox_enter(const struct sandbox *box);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* source.h: a disk opened for its boot reader, read-only: a file, a block device, or a connection to a
 * qemu-nbd that serves a qcow2 image and ends with the connection. */
#ifndef XEND_BOOT_SOURCE_H
#define XEND_BOOT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/diskspec.h"

struct boot_source {
	int fd;
	uint64_t size;		/* not of a connection */
	bool nbd;
	pid_t server;		/* 0: none */
	int said;		/* the server's standard error, a file in memory */
};

int boot_source_open(const char *path, enum disk_backing backing, struct boot_source *ret_source, char *why,
	size_t size);
/* With why: what the server complained of, if it did, takes its place. */
void boot_source_close(struct boot_source *source, char *why, size_t size);

#endif

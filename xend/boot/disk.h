/* SPDX-License-Identifier: GPL-2.0-only */
/* disk.h: a guest's disk as its boot reader sees it: bytes to be read, of a file or device, of an NBD
 * server, or in memory. */
#ifndef XEND_BOOT_DISK_H
#define XEND_BOOT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_WINDOWS	 4
#define BOOT_WINDOW_SIZE (256UL << 10)

struct boot_disk {
	uint64_t size;		/* bytes */
	int fd;			/* file, device or NBD connection; -1: memory */
	bool nbd;
	const uint8_t *memory;
	uint64_t handle;	/* of the last NBD request */
	unsigned int next;	/* window to be read into */
	struct {
		uint64_t start;
		size_t size;	/* 0: empty */
		uint8_t *data;
	} windows[BOOT_WINDOWS];
};

void boot_disk_file(struct boot_disk *disk, int fd, uint64_t size);
void boot_disk_memory(struct boot_disk *disk, const void *data, size_t size);
/* Greets the server on a connected socket and takes its default export. 0 or -Exxx. */
int boot_disk_nbd(struct boot_disk *disk, int fd);

/* All of it or -Exxx: -ENXIO beyond the end. */
int boot_disk_read(struct boot_disk *disk, uint64_t offset, void *buf, size_t size);

#endif

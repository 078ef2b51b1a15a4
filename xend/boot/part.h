/* SPDX-License-Identifier: GPL-2.0-only */
/* part.h: where on a disk file systems may be. */
#ifndef XEND_BOOT_PART_H
#define XEND_BOOT_PART_H

#include "xend/boot/disk.h"

#define BOOT_PARTS_MAX 64

struct boot_part {
	unsigned int number;	/* 0: the disk as a whole */
	uint64_t start, size;	/* bytes, within the disk */
};

/* The partitions of a GPT or MBR, those of an extended one too, then the disk as a whole. Returns how
 * many (at least 1), or -Exxx of a read. */
int boot_parts(struct boot_disk *disk, struct boot_part parts[BOOT_PARTS_MAX]);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* pick.h: from a disk to a kernel, its ramdisk and its command line. */
#ifndef XEND_BOOT_PICK_H
#define XEND_BOOT_PICK_H

#include "xend/boot/menu.h"

#define BOOT_KERNEL_MAX	 (128ULL << 20)
#define BOOT_RAMDISK_MAX (512ULL << 20)	/* of all initrd files together */

/* What the domain's configuration asks for; NULL: as the disk says. */
struct boot_want {
	const char *entry, *kernel, *ramdisk;
	uint64_t ramdisk_max;
};

struct boot_got {
	char title[128], args[BOOT_TEXT_MAX];
	uint64_t kernel_size, ramdisk_size;	/* 0: no ramdisk */
};

/* Writes the two to their fds. 0, or -Exxx and in `why` the partition, the file and the cause. */
int boot_pick(struct boot_disk *disk, const struct boot_want *want, int kernel_fd, int ramdisk_fd,
	struct boot_got *ret_got, char *why, size_t size);

/* bootloader_args: words as pygrub has them (--entry=, --kernel=, --ramdisk=, --args=; --quiet, -q).
 * Others are refused. *ret_args is what --args= gave, or NULL. All point into words. */
int boot_words(const char *const words[], size_t count, struct boot_want *ret_want, const char **ret_args,
	char *why, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* boot.h: a guest's own kernel, out of its disk. For workers: it waits.
 *
 * What the guest wrote is read by a process of its own in a sandbox (sandbox.h), which gets the open
 * disk and answers with two files in memory and a command line. */
#ifndef XEND_BOOT_BOOT_H
#define XEND_BOOT_BOOT_H

#include "util/diskspec.h"
#include "xend/boot/pick.h"

/* Unpacks a kernel that is in memory; as xc_dom_unpack() of xenctrl.h. */
typedef int boot_unpack_fn(const void *kernel, size_t kernel_size, size_t limit, void **ret_elf, size_t *ret_size,
	char *text, size_t size);

struct boot_job {
	const char *path;		/* the disk */
	enum disk_backing backing;
	uint32_t number;		/* of the domain: the reader's user follows from it */
	struct boot_want want;
	boot_unpack_fn *unpack;		/* run in the sandbox, too; NULL: the kernel is handed over as it is */
};

struct boot_image {
	int kernel_fd, ramdisk_fd;	/* -1: none; nobody can write to them any more */
	char args[BOOT_TEXT_MAX], title[128];
};

/* 0, or -Exxx and one sentence that names the image, the partition, the file and the cause. */
int boot_read_image(const struct boot_job *job, struct boot_image *ret_image, char *why, size_t size);
void boot_image_close(struct boot_image *image);

#endif

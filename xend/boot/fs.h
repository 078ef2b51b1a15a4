/* SPDX-License-Identifier: GPL-2.0-only */
/* fs.h: files of an ext2, ext3 or ext4 file system that a guest wrote, by libext2fs. */
#ifndef XEND_BOOT_FS_H
#define XEND_BOOT_FS_H

#include "xend/boot/part.h"

struct boot_fs;

/* -ENODATA: no such file system there; else -Exxx and the reason in `why`. The disk must stay. */
int boot_fs_open(struct boot_disk *disk, const struct boot_part *part, struct boot_fs **ret_fs, char *why,
	size_t size);
void boot_fs_close(struct boot_fs *fs);

unsigned int boot_fs_number(const struct boot_fs *fs);	/* of its partition */
const char *boot_fs_uuid(const struct boot_fs *fs);
const char *boot_fs_label(const struct boot_fs *fs);

enum boot_kind { BOOT_NONE, BOOT_FILE, BOOT_DIR };
enum boot_kind boot_fs_kind(struct boot_fs *fs, const char *path);

/* A whole file with a NUL behind it, to be freed; -EFBIG beyond the limit. */
int boot_fs_read(struct boot_fs *fs, const char *path, size_t limit, char **ret_data, size_t *ret_size,
	char *why, size_t size);
/* Writes a file to fd; *ret_size is what was written. */
int boot_fs_copy(struct boot_fs *fs, const char *path, uint64_t limit, int fd, uint64_t *ret_size,
	char *why, size_t size);
/* Calls fn for the names in a folder until it returns non-zero. */
int boot_fs_names(struct boot_fs *fs, const char *path, int (*fn)(void *arg, const char *name), void *arg);

#endif

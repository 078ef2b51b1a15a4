/* SPDX-License-Identifier: GPL-2.0-only */
/* fs.c: libext2fs over a partition of a boot disk. Nothing is written; what an unfinished journal
 * holds is not looked at, as in other boot loaders. */
#include "xend/boot/fs.h"
#include "xend/boot/fs.h"
#include "util/io.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The library's own header does not compile with these. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#include <ext2fs/ext2fs.h>
#pragma GCC diagnostic pop

#define COPY_SIZE (256U << 10)

struct boot_fs {
	ext2_filsys fs;
	struct boot_disk *disk;
	struct boot_part part;
	char uuid[37], label[17];
};

/* ---- the library's view of the partition ---------------------------------------------------------- */

/* For io_open(), which gets a name only. */
static struct boot_fs *opening;

static errcode_t io_open(const char *name, int flags, io_channel *ret_channel);

static errcode_t io_close(io_channel channel)
{
	if (--channel->refcount > 0)
		return 0;
	free(channel->name);
	free(channel);
	return 0;
}

static errcode_t io_set_blksize(io_channel channel, int size)
{
	channel->block_size = size;
	return 0;
}

static errcode_t io_read64(io_channel channel, unsigned long long block, int count, void *data)
{
	const struct boot_fs *f = channel->private_data;
	uint64_t size = count < 0 ? (uint64_t)-(int64_t)count
				  : (uint64_t)count * (uint64_t)channel->block_size;
	uint64_t at;

	if (__builtin_mul_overflow(block, (uint64_t)channel->block_size, &at) || at > f->part.size ||
	    size > f->part.size - at)
		return EXT2_ET_SHORT_READ;
	return boot_disk_read(f->disk, f->part.start + at, data, (size_t)size) ? EIO : 0;
}

static errcode_t io_read(io_channel channel, unsigned long block, int count, void *data)
{
	return io_read64(channel, block, count, data);
}

static errcode_t io_write64(io_channel channel, unsigned long long block, int count, const void *data)
{
	return EROFS;
}

static errcode_t io_write(io_channel channel, unsigned long block, int count, const void *data)
{
	return EROFS;
}

static errcode_t io_flush(io_channel channel)
{
	return 0;
}

static struct struct_io_manager io_ops = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER, .name = "guest's disk",
	.open = io_open, .close = io_close, .set_blksize = io_set_blksize, .read_blk = io_read,
	.read_blk64 = io_read64, .write_blk = io_write, .write_blk64 = io_write64, .flush = io_flush,
};

static errcode_t io_open(const char *name, int flags, io_channel *ret_channel)
{
	io_channel channel = calloc(1, sizeof(*channel));

	if (!channel || !(channel->name = strdup(name))) {
		free(channel);
		return ENOMEM;
	}
	channel->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	channel->manager = &io_ops;
	channel->block_size = 1024;
	channel->refcount = 1;
	channel->private_data = opening;
	*ret_channel = channel;
	return 0;
}

/* ---- errors -------------------------------------------------------------------------------------- */

static int fail(errcode_t err, char *why, size_t size)
{
	int rc = err > 0 && err < 200 ? -(int)err : err == EXT2_ET_FILE_NOT_FOUND ? -ENOENT :
		 err == EXT2_ET_NO_DIRECTORY ? -ENOTDIR : err == EXT2_ET_SYMLINK_LOOP ? -ELOOP :
		 err == EXT2_ET_NO_MEMORY ? -ENOMEM : err == EXT2_ET_SHORT_READ ? -EIO : -EUCLEAN;

	if (rc == -EUCLEAN)
		snprintf(why, size, "the file system is damaged (%s)", error_message(err));
	else if (err == EXT2_ET_SHORT_READ)
		snprintf(why, size, "the file system is larger than its partition");
	else
		snprintf(why, size, "%s", strerror(-rc));
	return rc;
}

/* ---- files --------------------------------------------------------------------------------------- */

static void format_uuid(const uint8_t *u, char text[37])
{
	snprintf(text, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
		u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

int boot_fs_open(struct boot_disk *disk, const struct boot_part *part, struct boot_fs **ret_fs, char *why,
	size_t size)
{
	struct boot_fs *f;
	uint8_t magic[2];
	errcode_t err;

	if (part->size < 2048 || boot_disk_read(disk, part->start + 1080, magic, 2) || magic[0] != 0x53 ||
	    magic[1] != 0xef)
		return -ENODATA;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->disk = disk;
	f->part = *part;
	opening = f;
	err = ext2fs_open2("disk", NULL, EXT2_FLAG_64BITS | EXT2_FLAG_SOFTSUPP_FEATURES, 0, 0, &io_ops, &f->fs);
	if (err) {
		free(f);
		return fail(err, why, size);
	}
	format_uuid(f->fs->super->s_uuid, f->uuid);
	memcpy(f->label, f->fs->super->s_volume_name, 16);
	*ret_fs = f;
	return 0;
}

void boot_fs_close(struct boot_fs *f)
{
	if (!f)
		return;
	ext2fs_free(f->fs);
	free(f);
}

unsigned int boot_fs_number(const struct boot_fs *f)
{
	return f->part.number;
}

const char *boot_fs_uuid(const struct boot_fs *f)
{
	return f->uuid;
}

const char *boot_fs_label(const struct boot_fs *f)
{
	return f->label;
}

static errcode_t find(struct boot_fs *f, const char *path, ext2_ino_t *ret_ino, struct ext2_inode *ret_inode)
{
	errcode_t err = ext2fs_namei_follow(f->fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, ret_ino);

	return err ? err : ext2fs_read_inode(f->fs, *ret_ino, ret_inode);
}

enum boot_kind boot_fs_kind(struct boot_fs *f, const char *path)
{
	struct ext2_inode inode;
	ext2_ino_t ino;

	if (find(f, path, &ino, &inode))
		return BOOT_NONE;
	return LINUX_S_ISREG(inode.i_mode) ? BOOT_FILE : LINUX_S_ISDIR(inode.i_mode) ? BOOT_DIR : BOOT_NONE;
}

static int open_file(struct boot_fs *f, const char *path, uint64_t limit, ext2_file_t *ret_file,
	uint64_t *ret_size, char *why, size_t size)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t err = find(f, path, &ino, &inode);

	if (err)
		return fail(err, why, size);
	if (!LINUX_S_ISREG(inode.i_mode)) {
		snprintf(why, size, "not a regular file");
		return -EINVAL;
	}
	*ret_size = EXT2_I_SIZE(&inode);
	if (*ret_size > limit) {
		snprintf(why, size, "%llu bytes, and at most %llu are read", (unsigned long long)*ret_size,
			(unsigned long long)limit);
		return -EFBIG;
	}
	err = ext2fs_file_open2(f->fs, ino, &inode, 0, ret_file);
	return err ? fail(err, why, size) : 0;
}

int boot_fs_read(struct boot_fs *f, const char *path, size_t limit, char **ret_data, size_t *ret_size,
	char *why, size_t size)
{
	ext2_file_t file;
	uint64_t length;
	unsigned int got = 0;
	errcode_t err;
	char *data;
	int rc = open_file(f, path, limit, &file, &length, why, size);

	if (rc)
		return rc;
	data = calloc(1, (size_t)length + 1);
	err = data ? ext2fs_file_read(file, data, (unsigned int)length, &got) : ENOMEM;
	ext2fs_file_close(file);
	if (err) {
		free(data);
		return fail(err, why, size);
	}
	*ret_data = data;
	*ret_size = got;
	return 0;
}

int boot_fs_copy(struct boot_fs *f, const char *path, uint64_t limit, int fd, uint64_t *ret_size, char *why,
	size_t size)
{
	char *buf = malloc(COPY_SIZE);
	ext2_file_t file;
	uint64_t length = 0, done = 0;
	unsigned int got = 1;
	errcode_t err = 0;
	int rc = buf ? open_file(f, path, limit, &file, &length, why, size) : -ENOMEM;

	if (rc) {
		free(buf);
		return rc;
	}
	while (!err && !rc && got && done < length) {
		err = ext2fs_file_read(file, buf, COPY_SIZE, &got);
		if (err)
			break;
		rc = io_write_all(fd, buf, got);
		done += got;
	}
	ext2fs_file_close(file);
	free(buf);
	if (err)
		return fail(err, why, size);
	if (rc)
		snprintf(why, size, "no room for it in memory: %s", strerror(-rc));
	*ret_size = done;
	return rc;
}

struct names {
	int (*fn)(void *arg, const char *name);
	void *arg;
};

static int each_name(struct ext2_dir_entry *e, int offset, int blocksize, char *buf, void *arg)
{
	struct names *n = arg;
	char name[EXT2_NAME_LEN + 1];
	int len = ext2fs_dirent_name_len(e);

	memcpy(name, e->name, (size_t)len);
	name[len] = '\0';
	return n->fn(n->arg, name) ? DIRENT_ABORT : 0;
}

int boot_fs_names(struct boot_fs *f, const char *path, int (*fn)(void *arg, const char *name), void *arg)
{
	struct names n = { fn, arg };
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t err = find(f, path, &ino, &inode);

	if (!err)
		err = ext2fs_dir_iterate(f->fs, ino, 0, NULL, each_name, &n);
	return err ? -EIO : 0;
}

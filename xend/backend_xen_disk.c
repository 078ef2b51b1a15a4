/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen_disk.c: what is behind a disk: block devices as they are, files by loop devices, qcow2
 * images by qemu-nbd. Runs in workers.
 *
 * Loop devices and nbd servers carry the disk's tag, so that whoever comes later can find and end
 * them without having been told: kill -9 of xend leaves nothing that is nobody's. */
#include "xend/backend_xen.h"
#include "xend/nbd.h"
#include "xend/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/fs.h>
#include <linux/loop.h>

#define LOOP_TRIES   16		/* of the race for a free loop device */
#define LOOP_TAG     "xend:"	/* before the tag in the device's name */
#define GONE_MS	     10000	/* for the kernel's backend to let go */
#define GONE_STEP_MS 10

static int fail(int err, char *why, size_t size, const char *what, const char *path)
{
	snprintf(why, size, "%s %.300s: %s", what, path, strerror(-err));
	return err;
}

static void open_is(const struct stat *st, bool block, struct be_disk_open *open)
{
	open->dev = block ? 0 : st->st_dev;
	open->ino = block ? st->st_rdev : st->st_ino;
}

/* ---- block devices ------------------------------------------------------------------------------- */

static int block_open(const struct be_disk *disk, const struct stat *st, struct be_disk_open *ret_open,
	char *why, size_t size)
{
	/* Somebody in dom0 who holds it exclusively (a mounted file system, LVM, md) shows here. */
	int flags = (disk->access == DISK_RO ? O_RDONLY : O_RDWR) | O_CLOEXEC |
		    (disk->access == DISK_RW ? O_EXCL : 0);
	int fd = open(disk->path, flags);

	if (fd < 0 && errno == EBUSY) {
		snprintf(why, size, "%.300s is in use in domain 0 (mounted, or part of a volume)",
			disk->path);
		return -EBUSY;
	}
	if (fd < 0)
		return fail(-errno, why, size, "cannot open", disk->path);
	close(fd);
	ret_open->major = major(st->st_rdev);
	ret_open->minor = minor(st->st_rdev);
	open_is(st, true, ret_open);
	return 0;
}

/* ---- loop devices -------------------------------------------------------------------------------- */

static bool loop_status(unsigned int n, struct loop_info64 *ret_info, int *ret_fd)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/loop%u", n);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (ioctl(fd, LOOP_GET_STATUS64, ret_info) < 0) {
		close(fd);
		return false;
	}
	*ret_fd = fd;
	return true;
}

/* Calls fn for each loop device that is in use, until it returns non-zero. */
static int loop_each(int (*fn)(int fd, const struct loop_info64 *info, void *arg), void *arg)
{
	struct loop_info64 info;
	char path[64];
	int fd, rc;

	for (unsigned int n = 0; n < 4096; n++) {
		snprintf(path, sizeof(path), "/sys/block/loop%u", n);
		if (access(path, F_OK) < 0) {
			if (n >= 64)
				break;
			continue;
		}
		if (!loop_status(n, &info, &fd))
			continue;
		rc = fn(fd, &info, arg);
		close(fd);
		if (rc)
			return rc;
	}
	return 0;
}

/* Does somebody else than us write the file through a loop device? */
static int loop_is_other(int fd, const struct loop_info64 *info, void *arg)
{
	const struct stat *st = arg;

	return info->lo_device == st->st_dev && info->lo_inode == st->st_ino &&
	       strncmp((const char *)info->lo_file_name, LOOP_TAG, strlen(LOOP_TAG)) != 0 &&
	       !(info->lo_flags & LO_FLAGS_READ_ONLY);
}

static int loop_configure(int loop, int file, const struct be_disk *disk)
{
	struct loop_config config = {
		.fd = (uint32_t)file,
		.info.lo_flags = LO_FLAGS_DIRECT_IO | (disk->access == DISK_RO ? LO_FLAGS_READ_ONLY : 0),
	};

	snprintf((char *)config.info.lo_file_name, sizeof(config.info.lo_file_name), LOOP_TAG "%s",
		disk->tag);
	if (!ioctl(loop, LOOP_CONFIGURE, &config))
		return 0;
	if (errno != EINVAL)
		return -errno;
	/* A file system without direct I/O, such as tmpfs. */
	config.info.lo_flags &= ~(uint32_t)LO_FLAGS_DIRECT_IO;
	return ioctl(loop, LOOP_CONFIGURE, &config) ? -errno : 0;
}

static int loop_attach(int file, const struct be_disk *disk, struct be_disk_open *ret_open)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), rc = control < 0 ? -errno : -EBUSY;
	struct stat st;
	char path[32];
	int n, loop;

	/* Somebody else may take the free one that we were told of: then there is another. */
	for (int i = 0; control >= 0 && rc == -EBUSY && i < LOOP_TRIES; i++) {
		n = ioctl(control, LOOP_CTL_GET_FREE);
		if (n < 0) {
			rc = -errno;
			break;
		}
		snprintf(path, sizeof(path), "/dev/loop%d", n);
		loop = open(path, (disk->access == DISK_RO ? O_RDONLY : O_RDWR) | O_CLOEXEC);
		if (loop < 0) {
			rc = -errno;
			break;
		}
		rc = loop_configure(loop, file, disk);
		if (!rc && !fstat(loop, &st)) {
			ret_open->major = major(st.st_rdev);
			ret_open->minor = minor(st.st_rdev);
		}
		close(loop);
	}
	if (control >= 0)
		close(control);
	return rc;
}

static int file_open(const struct be_disk *disk, const struct stat *st, struct be_disk_open *ret_open,
	char *why, size_t size)
{
	int file, rc;

	run_modprobe("/dev/loop-control", "loop");
	file = open(disk->path, (disk->access == DISK_RO ? O_RDONLY : O_RDWR) | O_CLOEXEC);

	if (file < 0)
		return fail(-errno, why, size, "cannot open", disk->path);
	if (!st->st_size) {
		close(file);
		snprintf(why, size, "%.300s is empty", disk->path);
		return -EINVAL;
	}
	if (disk->access == DISK_RW && loop_each(loop_is_other, (void *)st)) {
		close(file);
		snprintf(why, size, "%.300s is in use in domain 0 by a loop device", disk->path);
		return -EBUSY;
	}
	rc = loop_attach(file, disk, ret_open);
	close(file);
	if (rc)
		return fail(rc, why, size, "no loop device for", disk->path);
	open_is(st, false, ret_open);
	return 0;
}

static int loop_let_go(int fd, const struct loop_info64 *info, void *arg)
{
	char name[LO_NAME_SIZE + 1] = "";

	memcpy(name, info->lo_file_name, LO_NAME_SIZE);
	if (!strncmp(name, LOOP_TAG, strlen(LOOP_TAG)) && !strcmp(name + strlen(LOOP_TAG), arg) &&
	    ioctl(fd, LOOP_CLR_FD) < 0 && errno != ENXIO)
		return -errno;
	return 0;
}

/* ---- all of them --------------------------------------------------------------------------------- */

static const char *kind_of(const struct stat *st)
{
	return S_ISDIR(st->st_mode) ? "a folder" : S_ISCHR(st->st_mode) ? "a character device"
								       : "neither a file nor a device";
}

int be_disk_there(struct backend *be, const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -errno : 0;
}

int be_disk_open(struct backend *be, const struct be_disk *disk, struct be_disk_open *ret_open, char *why,
	size_t size)
{
	struct stat st;

	*ret_open = (struct be_disk_open){ 0 };
	if (!disk->path) {
		snprintf(why, size, "a drive without a medium is not possible: paravirtual guests "
			"cannot change it");
		return -EOPNOTSUPP;
	}
	if (stat(disk->path, &st) < 0)
		return fail(-errno, why, size, "cannot open", disk->path);
	run_modprobe("/sys/bus/xen-backend/drivers/vbd", "xen-blkback");
	if (disk->backing == DISK_QCOW2 && S_ISREG(st.st_mode)) {
		open_is(&st, false, ret_open);
		return nbd_start(disk, ret_open, why, size);
	}
	if (S_ISBLK(st.st_mode) && disk->backing != DISK_FILE && disk->backing != DISK_QCOW2)
		return block_open(disk, &st, ret_open, why, size);
	if (S_ISREG(st.st_mode) && disk->backing != DISK_PHY)
		return file_open(disk, &st, ret_open, why, size);
	snprintf(why, size, "%.300s is %s, and %s needs a %s", disk->path,
		S_ISREG(st.st_mode) ? "a file" : S_ISBLK(st.st_mode) ? "a block device" : kind_of(&st),
		disk_backing_name(disk->backing), disk->backing == DISK_PHY ? "block device" : "file");
	return -EINVAL;
}

/* ---- sizes --------------------------------------------------------------------------------------- */

struct loop_size {
	const char *tag;
	uint64_t bytes;
};

/* 1: it was this one. */
static int loop_take_size(int fd, const struct loop_info64 *info, void *arg)
{
	struct loop_size *want = arg;
	char name[LO_NAME_SIZE + 1] = "";

	memcpy(name, info->lo_file_name, LO_NAME_SIZE);
	if (strncmp(name, LOOP_TAG, strlen(LOOP_TAG)) || strcmp(name + strlen(LOOP_TAG), want->tag))
		return 0;
	return ioctl(fd, LOOP_SET_CAPACITY, 0) < 0 || ioctl(fd, BLKGETSIZE64, &want->bytes) < 0 ? -errno : 1;
}

static int file_resize(const struct be_disk *disk, const struct stat *st, uint64_t bytes, uint64_t *ret_bytes,
	char *why, size_t size)
{
	struct loop_size loop = { .tag = disk->tag };
	uint64_t now = (uint64_t)st->st_size;
	int rc;

	if (bytes && disk->access == DISK_RO) {
		snprintf(why, size, "the domain has %.300s only to read", disk->path);
		return -EROFS;
	}
	if (bytes && bytes < now) {
		snprintf(why, size, "%.300s has %llu bytes, and what is behind the new end would be lost",
			disk->path, (unsigned long long)now);
		return -EINVAL;
	}
	if (!bytes && !now) {
		snprintf(why, size, "%.300s is empty", disk->path);
		return -EINVAL;
	}
	if (bytes > now && truncate(disk->path, (off_t)bytes) < 0)
		return fail(-errno, why, size, "cannot make longer", disk->path);
	rc = loop_each(loop_take_size, &loop);
	if (rc != 1)
		return fail(rc ? rc : -ENODEV, why, size, "the loop device of", disk->path);
	*ret_bytes = loop.bytes;
	return 0;
}

static int block_size(const struct be_disk *disk, uint64_t bytes, uint64_t *ret_bytes, char *why, size_t size)
{
	int fd, rc = 0;

	if (bytes) {
		snprintf(why, size, "%.300s is a block device: whoever made it gives it another size (such as "
			"lvextend), which the guest is told at once", disk->path);
		return -EOPNOTSUPP;
	}
	fd = open(disk->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, ret_bytes) < 0)
		rc = fail(-errno, why, size, "cannot open", disk->path);
	if (fd >= 0)
		close(fd);
	return rc;
}

int be_disk_resize(struct backend *be, const struct be_disk *disk, const struct be_disk_open *open,
	uint64_t bytes, uint64_t *ret_bytes, char *why, size_t size)
{
	struct be_disk_open now = { 0 };
	struct stat st;

	if (stat(disk->path, &st) < 0)
		return fail(-errno, why, size, "cannot open", disk->path);
	open_is(&st, S_ISBLK(st.st_mode), &now);
	if (now.dev != open->dev || now.ino != open->ino) {
		snprintf(why, size, "%.300s is not the one any more that the domain has", disk->path);
		return -ESTALE;
	}
	if (disk->backing == DISK_QCOW2) {
		snprintf(why, size, "a qcow2 image gets another size only while no domain has it (detach it, "
			"'qemu-img resize %.200s', attach it)", disk->path);
		return -EOPNOTSUPP;
	}
	return S_ISBLK(st.st_mode) ? block_size(disk, bytes, ret_bytes, why, size)
				   : file_resize(disk, &st, bytes, ret_bytes, why, size);
}

/* ---- closing ------------------------------------------------------------------------------------- */

int be_wait_let_go(const char *class, uint32_t domid, uint32_t devid)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/devices/%s-%u-%u", class, domid, devid);
	for (int ms = 0; access(path, F_OK) == 0; ms += GONE_STEP_MS) {
		if (ms >= GONE_MS)
			return -EBUSY;
		usleep(GONE_STEP_MS * 1000);
	}
	return 0;
}

int be_disk_close(struct backend *be, const char *tag, uint32_t domid, uint32_t devid, char *why, size_t size)
{
	int rc = be_wait_let_go("vbd", domid, devid), err;

	if (rc)
		snprintf(why, size, "dom0's driver still holds it");
	if (!rc && (err = loop_each(loop_let_go, (void *)tag))) {
		snprintf(why, size, "its loop device stays: %s", strerror(-err));
		rc = err;
	}
	if (!rc)
		rc = nbd_stop(tag, why, size);
	return rc;
}

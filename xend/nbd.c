/* SPDX-License-Identifier: GPL-2.0-only */
/* nbd.c: qemu-nbd servers, one a disk.
 *
 * A server belongs to no process of ours and outlives xend. Its pid file carries the disk's tag, and
 * beside it lies the number of its device. Choosing a free device is under a lock file. */
#include "xend/nbd.h"
#include "xend/qcow2.h"
#include "xend/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define RUN_DIR	   "/run/xend/nbd"
#define QEMU_NBD   "qemu-nbd"
#define NBD_MAX	   64
#define STOP_MS	   10000
#define STOP_STEP_MS 20

static void file_name(const char *tag, const char *suffix, char *path, size_t size)
{
	char flat[64];

	snprintf(flat, sizeof(flat), "%s", tag);
	for (char *p = flat; *p; p++)
		if (*p == '/')
			*p = '.';
	snprintf(path, size, RUN_DIR "/%s%s", flat, suffix);
}

static bool nbd_free(unsigned int n)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/block/nbd%u/pid", n);
	if (access(path, F_OK) == 0)
		return false;
	snprintf(path, sizeof(path), "/dev/nbd%u", n);
	return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

static int lock(void)
{
	int fd;

	if (mkdir(RUN_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(RUN_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	return flock(fd, LOCK_EX) < 0 ? -errno : fd;
}

/* Past dom0's cache where the file system can (tmpfs cannot); flushes are real either way. */
static const char *cache_mode(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		return "--cache=writeback";
	close(fd);
	return "--cache=none";
}

/* An image whose lock another host's server still holds, which has finished with it. In this form a comma is
 * written twice. */
static char *unlocked(const char *path)
{
	static const char head[] = "driver=qcow2,file.driver=file,file.locking=off,file.filename=";
	char *text = malloc(sizeof(head) + 2 * strlen(path)), *to = text;

	if (!text)
		return NULL;
	for (to = stpcpy(to, head); *path; path++) {
		*to++ = *path;
		if (*path == ',')
			*to++ = ',';
	}
	*to = '\0';
	return text;
}

static int serve(const struct be_disk *disk, unsigned int n, char *why, size_t size)
{
	char device[32], pid[128], said[256], *image = disk->inherited ? unlocked(disk->path) : strdup(disk->path);
	const char *const argv[] = { QEMU_NBD, "--fork", disk->inherited ? "--image-opts" : "--format=qcow2",
		cache_mode(disk->path), disk->access == DISK_RO ? "--read-only" : "--discard=unmap", "--connect",
		device, "--pid-file", pid, "--", image, NULL };
	int rc;

	if (!image)
		return -ENOMEM;
	snprintf(device, sizeof(device), "/dev/nbd%u", n);
	file_name(disk->tag, ".pid", pid, sizeof(pid));
	rc = run_program(argv, said, sizeof(said));
	free(image);
	if (!rc)
		return 0;
	if (rc == -ENOENT) {
		snprintf(why, size, "the program qemu-nbd is not there (package qemu-utils)");
		return rc;
	}
	snprintf(why, size, "%.300s: %s", disk->path, said);
	return rc;
}

static int note_device(const char *tag, unsigned int n)
{
	char path[128];
	FILE *f;

	file_name(tag, ".dev", path, sizeof(path));
	f = fopen(path, "we");
	if (!f)
		return -errno;
	fprintf(f, "%u\n", n);
	return fclose(f) ? -EIO : 0;
}

int nbd_start(const struct be_disk *disk, struct be_disk_open *ret_open, char *why, size_t size)
{
	unsigned int n = 0;
	struct stat st;
	char path[32];
	int held, rc;

	if (disk->access == DISK_SHARED) {
		snprintf(why, size, "%.300s: a qcow2 image cannot be shared (w!)", disk->path);
		return -EINVAL;
	}
	rc = qcow2_check(disk->path, why, size);
	if (rc)
		return rc;
	run_modprobe("/sys/block/nbd0", "nbd");
	held = lock();
	if (held < 0) {
		snprintf(why, size, RUN_DIR "/lock: %s", strerror(-held));
		return held;
	}
	while (n < NBD_MAX && !nbd_free(n))
		n++;
	if (n == NBD_MAX) {
		snprintf(why, size, "no free nbd device (is the module nbd loaded?)");
		rc = -ENODEV;
	} else {
		rc = note_device(disk->tag, n);
		if (!rc)
			rc = serve(disk, n, why, size);
		else
			snprintf(why, size, RUN_DIR ": %s", strerror(-rc));
	}
	snprintf(path, sizeof(path), "/dev/nbd%u", n);
	if (!rc && stat(path, &st) == 0) {
		ret_open->major = major(st.st_rdev);
		ret_open->minor = minor(st.st_rdev);
	}
	close(held);
	return rc;
}

static bool read_number(const char *path, long *ret_n)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fscanf(f, "%ld", ret_n) == 1;

	if (f)
		fclose(f);
	return ok;
}

int nbd_stop(const char *tag, char *why, size_t size)
{
	char pid_file[128], dev_file[128], device[32], sys[64], said[256];
	const char *const argv[] = { QEMU_NBD, "--disconnect", device, NULL };
	long n, pid;

	file_name(tag, ".pid", pid_file, sizeof(pid_file));
	file_name(tag, ".dev", dev_file, sizeof(dev_file));
	if (!read_number(dev_file, &n))
		return 0;
	snprintf(device, sizeof(device), "/dev/nbd%ld", n);
	snprintf(sys, sizeof(sys), "/sys/block/nbd%ld/pid", n);
	if (read_number(pid_file, &pid) && kill((pid_t)pid, 0) == 0) {
		run_program(argv, said, sizeof(said));
		for (int ms = 0; kill((pid_t)pid, 0) == 0 || access(sys, F_OK) == 0; ms += STOP_STEP_MS) {
			if (ms >= STOP_MS) {
				snprintf(why, size, "qemu-nbd (process %ld) does not end", pid);
				return -EBUSY;
			}
			usleep(STOP_STEP_MS * 1000);
		}
	}
	unlink(pid_file);
	unlink(dev_file);
	return 0;
}

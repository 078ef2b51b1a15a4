/* SPDX-License-Identifier: GPL-2.0-only */
/* disk.c: reading a guest's disk, by windows that a file system's small reads come from.
 *
 * NBD: the newstyle handshake with one option and simple replies, as in the protocol's document. */
#include "xend/boot/disk.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NBD_MAGIC	  0x4e42444d41474943ULL	/* "NBDMAGIC" */
#define NBD_OPTION	  0x49484156454f5054ULL	/* "IHAVEOPT" */
#define NBD_REQUEST	  0x25609513U
#define NBD_REPLY	  0x67446698U
#define NBD_FIXED	  1U			/* flags of both sides: fixed newstyle, no zeroes */
#define NBD_NO_ZEROES	  2U
#define NBD_OPT_EXPORT	  1U

void boot_disk_file(struct boot_disk *disk, int fd, uint64_t size)
{
	*disk = (struct boot_disk){ .fd = fd, .size = size };
}

void boot_disk_memory(struct boot_disk *disk, const void *data, size_t size)
{
	*disk = (struct boot_disk){ .fd = -1, .size = size, .memory = data };
}

static int get(int fd, void *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = read(fd, (char *)buf + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		done += (size_t)n;
	}
	return 0;
}

static int put(int fd, const void *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = write(fd, (const char *)buf + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

int boot_disk_nbd(struct boot_disk *disk, int fd)
{
	struct {
		uint64_t magic, option;
		uint16_t flags;
	} __attribute__((packed)) hello;
	struct {
		uint32_t flags;
		uint64_t magic;
		uint32_t option, length;
	} __attribute__((packed)) choice = { htobe32(NBD_FIXED | NBD_NO_ZEROES), htobe64(NBD_OPTION),
		htobe32(NBD_OPT_EXPORT), 0 };
	struct {
		uint64_t size;
		uint16_t flags;
	} __attribute__((packed)) export;
	int rc = get(fd, &hello, sizeof(hello));

	if (rc)
		return rc;
	if (be64toh(hello.magic) != NBD_MAGIC || be64toh(hello.option) != NBD_OPTION ||
	    (be16toh(hello.flags) & (NBD_FIXED | NBD_NO_ZEROES)) != (NBD_FIXED | NBD_NO_ZEROES))
		return -EPROTO;
	rc = put(fd, &choice, sizeof(choice));
	if (!rc)
		rc = get(fd, &export, sizeof(export));
	if (rc)
		return rc;
	*disk = (struct boot_disk){ .fd = fd, .nbd = true, .size = be64toh(export.size) };
	return 0;
}

static int nbd_read(struct boot_disk *disk, uint64_t offset, void *buf, size_t size)
{
	struct {
		uint32_t magic;
		uint16_t flags, type;
		uint64_t handle, offset;
		uint32_t length;
	} __attribute__((packed)) request = { htobe32(NBD_REQUEST), 0, 0, ++disk->handle, htobe64(offset),
		htobe32((uint32_t)size) };
	struct {
		uint32_t magic, error;
		uint64_t handle;
	} __attribute__((packed)) reply;
	int rc = put(disk->fd, &request, sizeof(request));

	if (!rc)
		rc = get(disk->fd, &reply, sizeof(reply));
	if (rc)
		return rc;
	if (be32toh(reply.magic) != NBD_REPLY || reply.handle != disk->handle)
		return -EPROTO;
	return reply.error ? -EIO : get(disk->fd, buf, size);
}

static int file_read(struct boot_disk *disk, uint64_t offset, void *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = pread(disk->fd, (char *)buf + done, size - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;	/* shorter than it was a moment ago */
		done += (size_t)n;
	}
	return 0;
}

/* The window with the byte at offset. */
static int window_of(struct boot_disk *disk, uint64_t offset, unsigned int *ret_window)
{
	uint64_t start = offset & ~(uint64_t)(BOOT_WINDOW_SIZE - 1);
	size_t size = disk->size - start < BOOT_WINDOW_SIZE ? (size_t)(disk->size - start)
							     : BOOT_WINDOW_SIZE;
	unsigned int i;
	int rc;

	for (i = 0; i < BOOT_WINDOWS; i++) {
		if (disk->windows[i].size && disk->windows[i].start == start) {
			*ret_window = i;
			return 0;
		}
	}
	i = disk->next++ % BOOT_WINDOWS;
	if (!disk->windows[i].data)
		disk->windows[i].data = malloc(BOOT_WINDOW_SIZE);
	if (!disk->windows[i].data)
		return -ENOMEM;
	disk->windows[i].size = 0;
	rc = disk->nbd ? nbd_read(disk, start, disk->windows[i].data, size)
		       : file_read(disk, start, disk->windows[i].data, size);
	if (rc)
		return rc;
	disk->windows[i].start = start;
	disk->windows[i].size = size;
	*ret_window = i;
	return 0;
}

int boot_disk_read(struct boot_disk *disk, uint64_t offset, void *buf, size_t size)
{
	unsigned int i;
	size_t at, n;
	int rc;

	if (offset > disk->size || size > disk->size - offset)
		return -ENXIO;
	if (disk->memory) {
		memcpy(buf, disk->memory + offset, size);
		return 0;
	}
	while (size) {
		rc = window_of(disk, offset, &i);
		if (rc)
			return rc;
		at = (size_t)(offset - disk->windows[i].start);
		n = disk->windows[i].size - at < size ? disk->windows[i].size - at : size;
		memcpy(buf, disk->windows[i].data + at, n);
		buf = (char *)buf + n;
		offset += n;
		size -= n;
	}
	return 0;
}

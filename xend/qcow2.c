/* SPDX-License-Identifier: GPL-2.0-only */
/* qcow2.c: which other files a qcow2 image names.
 *
 * Whoever made an image wrote its header, and qemu-nbd opens what stands there: a file that the image builds
 * on, or one with all of its data, by any name or protocol. An image from elsewhere could so show its guest any
 * file of domain 0, or have it write one. Only what lies beside the image, or among xend's own, is taken as
 * meant, and only to build on. (The format: docs/interop/qcow2.txt of QEMU.) */
#include "xend/qcow2.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC		0x514649fbU	/* "QFI\xfb" */
#define V2_LENGTH	72
#define NAME_MAX_BYTES	1023
#define DEPTH_MAX	16
#define EXTENSIONS_MAX	64
#define DATA_FILE	(1U << 2)	/* of the incompatible features */
#define EXT_END		0
#define EXT_FORMAT	0xe2792acaU	/* of what the image builds on */
#define EXT_DATA_FILE	0x44415441U

struct header {
	uint32_t magic, version;
	uint64_t backing_offset;
	uint32_t backing_size, cluster_bits;
	uint64_t rest[6];
	uint64_t incompatible, compatible, autoclear;	/* from version 3 on */
	uint32_t refcount_order, length;
};

struct image {
	const char *path;
	int fd;
	struct header h;
	bool data_file;
	char format[16], backing[NAME_MAX_BYTES + 1];
};

/* As much as there is, the rest zeroes. */
static bool read_at(int fd, void *to, size_t size, uint64_t at)
{
	ssize_t n;

	memset(to, 0, size);
	if (at > INT64_MAX - size)
		return false;
	n = pread(fd, to, size, (off_t)at);
	return n > 0;
}

static bool is_qcow2(int fd, struct header *h)
{
	return read_at(fd, h, sizeof(*h), 0) && be32toh(h->magic) == MAGIC;
}

static void read_extensions(struct image *im)
{
	bool v3 = be32toh(im->h.version) >= 3;
	uint64_t at = v3 ? be32toh(im->h.length) : V2_LENGTH;
	uint32_t ext[2], length;

	im->data_file = v3 && (be64toh(im->h.incompatible) & DATA_FILE);
	for (int i = 0; i < EXTENSIONS_MAX && read_at(im->fd, ext, sizeof(ext), at); i++) {
		length = be32toh(ext[1]);
		if (be32toh(ext[0]) == EXT_END)
			break;
		if (be32toh(ext[0]) == EXT_DATA_FILE)
			im->data_file = true;
		if (be32toh(ext[0]) == EXT_FORMAT && length < sizeof(im->format))
			read_at(im->fd, im->format, length, at + sizeof(ext));
		at += sizeof(ext) + (((uint64_t)length + 7) & ~UINT64_C(7));
	}
}

static int refuse(char *why, size_t size, const struct image *im, const char *text)
{
	snprintf(why, size, "%.200s: %s", im->path, text);
	return -EACCES;
}

/* The folder of a file whose path is without links; to be freed. */
static char *folder_of(const char *path)
{
	char *real = realpath(path, NULL), *slash = real ? strrchr(real, '/') : NULL;

	if (slash)
		slash[slash == real] = '\0';
	return real;
}

static bool beside(const char *path, const char *backing)
{
	char *at = folder_of(path), *there = folder_of(backing);
	bool same = at && there && (!strcmp(at, there) || !strcmp(there, QCOW2_IMAGES));

	free(at);
	free(there);
	return same;
}

static int check(const char *path, unsigned int depth, char *why, size_t size);

static int check_backing(const struct image *im, unsigned int depth, char *why, size_t size)
{
	const char *name = im->backing, *slash = strchr(name, '/'), *last = strrchr(im->path, '/');
	char path[2 * PATH_MAX], text[NAME_MAX_BYTES + 160];
	struct stat st;

	if (strchr(name, ':') && (!slash || strchr(name, ':') < slash))
		return refuse(why, size, im, "what it builds on is not named as a file");
	snprintf(path, sizeof(path), "%.*s%s", *name != '/' && last ? (int)(last + 1 - im->path) : 0, im->path,
		name);
	if (stat(path, &st) < 0)
		return 0;	/* qemu-nbd says so */
	if (!S_ISREG(st.st_mode) || !beside(im->path, path)) {
		snprintf(text, sizeof(text), "it builds on '%.200s', which is no file beside it nor in " QCOW2_IMAGES,
			name);
		return refuse(why, size, im, text);
	}
	if (!strcmp(im->format, "raw"))
		return 0;
	if (!strcmp(im->format, "qcow2"))
		return check(path, depth + 1, why, size);
	return refuse(why, size, im, "it does not say that what it builds on is raw or qcow2 "
		"('qemu-img rebase -u -F')");
}

static int check_image(struct image *im, unsigned int depth, char *why, size_t size)
{
	uint32_t length;

	if (!is_qcow2(im->fd, &im->h))
		return 0;	/* qemu-nbd says so */
	read_extensions(im);
	if (im->data_file)
		return refuse(why, size, im, "it has its data in another file, which it names itself");
	if (!im->h.backing_offset)
		return 0;
	length = be32toh(im->h.backing_size);
	if (depth == DEPTH_MAX || length > NAME_MAX_BYTES ||
	    !read_at(im->fd, im->backing, length, be64toh(im->h.backing_offset)))
		return refuse(why, size, im, "what it builds on cannot be read");
	return *im->backing ? check_backing(im, depth, why, size) : 0;
}

static int check(const char *path, unsigned int depth, char *why, size_t size)
{
	struct image im = { .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) };
	int rc;

	if (im.fd < 0)
		return 0;	/* qemu-nbd says so */
	rc = check_image(&im, depth, why, size);
	close(im.fd);
	return rc;
}

int qcow2_check(const char *path, char *why, size_t size)
{
	return check(path, 0, why, size);
}

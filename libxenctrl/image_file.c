/* SPDX-License-Identifier: MIT */
/* image_file.c: reading a kernel file and finding the packed kernel in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"

int image_fail(struct image *image, int rc, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	vsnprintf(image->text, sizeof(image->text), why, ap);
	va_end(ap);
	return rc;
}

int image_buf_reserve(struct image_buf *buf, size_t more)
{
	size_t room = buf->room ? buf->room : 64 << 10;
	uint8_t *data;

	if (more > buf->limit || buf->size > buf->limit - more)
		return -EFBIG;
	if (buf->room - buf->size >= more)
		return 0;
	while (room - buf->size < more || room < buf->size)
		room *= 2;
	if (room > buf->limit)
		room = buf->limit;
	data = realloc(buf->data, room);
	if (!data)
		return -ENOMEM;
	buf->data = data;
	buf->room = room;
	return 0;
}

void image_free(struct image *image)
{
	free(image->elf.data);
	memset(&image->elf, 0, sizeof(image->elf));
}

/* ---- packed formats -------------------------------------------------------------------------- */

static const struct format {
	const char *name;
	const char *magic;
	size_t magic_size;
	int (*unpack)(const uint8_t *in, size_t size, struct image_buf *out);
	bool size_word; /* in a bzImage the unpacked size follows the stream */
} formats[] = {
	{ "gzip", "\x1f\x8b", 2, unpack_gzip, false },
	{ "xz", "\xfd" "7zXZ\0", 6, unpack_xz, true },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, unpack_zstd, true },
	{ "lz4", "\x04\x22\x4d\x18", 4, unpack_lz4, true },
	{ "lz4", "\x02\x21\x4c\x18", 4, unpack_lz4_legacy, true },
	{ "lzma", "\x5d\0\0", 3, unpack_lzma, true },
	{ "bzip2", "BZh", 3, NULL, true },
	{ "lzo", "\x89LZO\0\r\n\x1a\n", 9, NULL, true },
};

static bool is_elf(const uint8_t *data, size_t size)
{
	return size >= 4 && memcmp(data, "\177ELF", 4) == 0;
}

static const struct format *find_format(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (size >= formats[i].magic_size &&
		    memcmp(data, formats[i].magic, formats[i].magic_size) == 0)
			return &formats[i];
	return NULL;
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Linux boot protocol: payload of a bzImage, found through the header at 0x1f1. */
static int bzimage_payload(struct image *image, const uint8_t **data, size_t *size)
{
	const uint8_t *p = *data;
	size_t setup, offset, length;

	if (p[0x206] + (p[0x207] << 8) < 0x208)
		return image_fail(image, -ENOEXEC, "bzImage of a boot protocol before 2.08");
	setup = ((p[0x1f1] ? p[0x1f1] : 4U) + 1) * 512;
	offset = get32(p + 0x248);
	length = get32(p + 0x24c);
	if (setup > *size || offset > *size - setup || length > *size - setup - offset ||
	    length < 16)
		return image_fail(image, -ENOEXEC, "bzImage cut short or damaged: its kernel is at "
				  "%zu + %zu, the file has %zu bytes", setup + offset, length,
				  *size);
	*data = p + setup + offset;
	*size = length;
	return 0;
}

static int unpack_error(struct image *image, int rc, const char *format)
{
	switch (rc) {
	case -EFBIG:
		return image_fail(image, rc, "unpacks (%s) to more than %zu MiB", format,
				  image->elf.limit >> 20);
	case -ECANCELED:
		return image_fail(image, rc, "cancelled");
	case -ENOMEM:
		return image_fail(image, rc, "not enough memory to unpack (%s)", format);
	default:
		return image_fail(image, rc, "damaged %s data", format);
	}
}

/* Fills image->elf. */
static int image_unpack(struct image *image, const uint8_t *data, size_t size)
{
	const struct format *format;
	bool bzimage = size >= 0x260 && data[0x1fe] == 0x55 && data[0x1ff] == 0xaa &&
		       memcmp(data + 0x202, "HdrS", 4) == 0;
	int rc;

	if (bzimage) {
		rc = bzimage_payload(image, &data, &size);
		if (rc < 0)
			return rc;
	}
	if (is_elf(data, size)) {
		rc = image_buf_reserve(&image->elf, size);
		if (rc < 0)
			return unpack_error(image, rc, "not at all");
		memcpy(image->elf.data, data, size);
		image->elf.size = size;
		return 0;
	}
	format = find_format(data, size);
	if (!format)
		return image_fail(image, -ENOEXEC, bzimage ? "bzImage with an unknown packing" :
				  "not a kernel: neither bzImage nor ELF, packed or not");
	if (!format->unpack)
		return image_fail(image, -ENOEXEC, "packed with %s, which is not supported",
				  format->name);
	image->elf.expected = 5 * size; /* what kernels pack to */
	if (size >= 4 && (format->unpack == unpack_gzip || (bzimage && format->size_word)))
		image->elf.expected = get32(data + size - 4);
	if (bzimage && format->size_word)
		size -= 4;
	rc = format->unpack(data, size, &image->elf);
	if (rc < 0)
		return unpack_error(image, rc, format->name);
	if (!is_elf(image->elf.data, image->elf.size))
		return image_fail(image, -ENOEXEC, "what %s unpacks to is not an ELF kernel",
				  format->name);
	return 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

int image_load_memory(struct image *image, const uint8_t *data, size_t size)
{
	int rc;

	if (image->elf.limit == 0)
		image->elf.limit = IMAGE_UNPACKED_MAX;
	rc = image_unpack(image, data, size);
	return rc < 0 ? rc : image_parse(image);
}

static int read_all(struct image *image, int fd, struct image_buf *file)
{
	ssize_t n;
	int rc;

	do {
		rc = image_buf_reserve(file, 1);
		if (rc == -EFBIG)
			return image_fail(image, rc, "larger than %zu MiB", file->limit >> 20);
		if (rc < 0)
			return image_fail(image, rc, "not enough memory to read it");
		n = read(fd, file->data + file->size, file->room - file->size);
		if (n > 0)
			file->size += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? image_fail(image, -errno, "read: %s", strerror(errno)) : 0;
}

int image_load_file(struct image *image, const char *path)
{
	struct image_buf file = { .limit = IMAGE_FILE_MAX };
	struct stat st;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return image_fail(image, -errno, "%s", strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		rc = image_fail(image, -EINVAL, "not a regular file");
	else
		rc = read_all(image, fd, &file);
	close(fd);
	if (rc == 0 && file.size == 0)
		rc = image_fail(image, -ENOEXEC, "empty file");
	if (rc == 0)
		rc = image_load_memory(image, file.data, file.size);
	free(file.data);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* savefile_read.c: a saved domain's file, ours or the packaged xl's, read forwards only: it may be a
 * pipe. Nothing in it is trusted. */
#include "util/savefile.h"
#include "util/crc32c.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* xl: 32 bytes of magic, this, then the configuration; then libxl's header and its records. */
#define XL_MAGIC	"Xen saved domain, xl format\n \0 \r"
#define XL_BYTE_ORDER	0x01020304u
#define XL_JSON		1u
#define XL_STREAM_V2	2u

struct xl_header {
	uint32_t byte_order, mandatory, optional, config_len;
};

#define LIBXL_IDENT	0x4c6962786c466d74ULL	/* "LibxlFmt", big-endian */
#define LIBXL_VERSION	2

struct libxl_header {
	uint64_t ident;
	uint32_t version, options;
};

enum { LIBXL_END, LIBXL_LIBXC };

static int bad(struct savefile *im, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int bad(struct savefile *im, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(im->why, sizeof(im->why), fmt, ap);
	va_end(ap);
	return rc;
}

/* At least one byte, at most all; -ENODATA at the end. */
static long read_some(struct savefile *im, void *to, size_t bytes)
{
	ssize_t n;

	do
		n = read(im->fd, to, bytes);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return bad(im, -errno, "reading at byte %llu: %s", (unsigned long long)im->offset,
			strerror(errno));
	if (n == 0)
		return bad(im, -ENODATA, "the image ends at byte %llu: it is truncated",
			(unsigned long long)im->offset);
	im->offset += (uint64_t)n;
	return n;
}

static int read_all(struct savefile *im, void *to, size_t bytes)
{
	long n = 0;

	for (size_t at = 0; at < bytes; at += (size_t)n) {
		n = read_some(im, (char *)to + at, bytes - at);
		if (n < 0)
			return (int)n;
	}
	return 0;
}

/* ---- units ------------------------------------------------------------------------------------- */

static int unit_begin(struct savefile *im)
{
	struct savefile_unit *u = &im->unit;
	int rc = read_all(im, u, sizeof(*u));

	if (rc)
		return rc;
	if (crc32c(0, u, offsetof(struct savefile_unit, crc)) != u->crc)
		return bad(im, -EBADMSG, "check sum of the header of unit %u (at byte %llu) is wrong",
			im->index, (unsigned long long)(im->offset - sizeof(*u)));
	if (u->index != im->index)
		return bad(im, -EBADMSG, "unit %u stands where unit %u should be", u->index, im->index);
	if (u->length > SAVEFILE_UNIT_MAX || u->raw > SAVEFILE_UNIT_MAX || u->flags & ~SAVEFILE_ZSTD)
		return bad(im, -EINVAL, "unit %u: %llu bytes, flags %#x", u->index,
			(unsigned long long)u->length, u->flags);
	im->index++;
	im->in_unit = true;
	im->left = u->length;
	im->sum = 0;
	savefile_zunpack_clear(im);
	return 0;
}

static const char *const kind_names[] = {
	[SAVEFILE_CONFIG] = "configuration", [SAVEFILE_STREAM] = "stream header",
	[SAVEFILE_RECORD] = "record", [SAVEFILE_END] = "end",
};

static int unit_expect(struct savefile *im, enum savefile_kind kind)
{
	int rc = unit_begin(im);

	if (rc || im->unit.kind == kind)
		return rc;
	return bad(im, -EINVAL, "unit %u is no %s (kind %u)", im->unit.index, kind_names[kind],
		im->unit.kind);
}

long savefile_raw(struct savefile *im, void *to, size_t bytes)
{
	long n;

	if (bytes > im->left)
		bytes = (size_t)im->left;
	if (!bytes)
		return 0;
	n = read_some(im, to, bytes);
	if (n > 0) {
		im->sum = crc32c(im->sum, to, (size_t)n);
		im->left -= (uint64_t)n;
	}
	return n;
}

static int unit_read(struct savefile *im, void *to, size_t bytes)
{
	long n;

	if (!bytes)
		return 0;
	if (im->unit.flags & SAVEFILE_ZSTD)
		return savefile_zunpack(im, to, bytes);
	if (bytes > im->left)
		return bad(im, -EBADMSG, "unit %u is too short for its record", im->unit.index);
	for (size_t at = 0; at < bytes; at += (size_t)n) {
		n = savefile_raw(im, (char *)to + at, bytes - at);
		if (n < 0)
			return (int)n;
	}
	return 0;
}

/* Reads what is left, for the sum. */
static int unit_drain(struct savefile *im)
{
	char rest[4096];
	long n = 0;

	while (im->left && n >= 0)
		n = savefile_raw(im, rest, sizeof(rest));
	return n < 0 ? (int)n : 0;
}

static int unit_end(struct savefile *im)
{
	uint64_t left = im->left;
	int rc = unit_drain(im);

	im->in_unit = false;
	if (rc)
		return rc;
	if (im->sum != im->unit.body_crc)
		return bad(im, -EBADMSG, "check sum of unit %u (bytes %llu to %llu) is wrong",
			im->unit.index, (unsigned long long)(im->offset - im->unit.length),
			(unsigned long long)im->offset);
	if (left)
		return bad(im, -EPROTO, "unit %u is longer than its record", im->unit.index);
	return 0;
}

/* ---- for xc_domain_restore() ------------------------------------------------------------------- */

int savefile_get(void *arg, const struct iovec *iov, int count)
{
	struct savefile *im = arg;
	int rc = 0;

	im->why[0] = '\0';
	if (im->format == SAVEFILE_OURS && !im->in_unit) {
		rc = unit_expect(im, im->first ? SAVEFILE_STREAM : SAVEFILE_RECORD);
		im->first = false;
	}
	for (int i = 0; i < count && !rc; i++) {
		rc = im->format == SAVEFILE_OURS ? unit_read(im, iov[i].iov_base, iov[i].iov_len)
					      : read_all(im, iov[i].iov_base, iov[i].iov_len);
		im->stream_bytes += iov[i].iov_len;
	}
	return rc;
}

int savefile_check(void *arg)
{
	struct savefile *im = arg;

	im->why[0] = '\0';
	return im->format == SAVEFILE_OURS && im->in_unit ? unit_end(im) : 0;
}

const char *savefile_why(void *arg)
{
	return ((struct savefile *)arg)->why;
}

static int xl_end(struct savefile *im)
{
	uint32_t rec[2];
	int rc = read_all(im, rec, sizeof(rec));

	if (rc)
		return rc;
	if (rec[0] != LIBXL_END)
		return bad(im, -EOPNOTSUPP, "libxl record %u behind the guest's memory: only plain PV "
			"guests can be restored", rec[0]);
	return 0;
}

int savefile_end(struct savefile *im)
{
	struct savefile_end e;
	int rc;

	im->why[0] = '\0';
	if (im->format == SAVEFILE_XL)
		return xl_end(im);
	rc = unit_expect(im, SAVEFILE_END);
	if (!rc)
		rc = unit_read(im, &e, sizeof(e));
	if (!rc)
		rc = unit_end(im);
	if (!rc && (e.units != im->unit.index || e.stream_bytes != im->stream_bytes))
		rc = bad(im, -EBADMSG, "the end tells of %llu units and %llu bytes, and %u and %llu came",
			(unsigned long long)e.units, (unsigned long long)e.stream_bytes,
			im->unit.index, (unsigned long long)im->stream_bytes);
	return rc;
}

/* ---- opening ----------------------------------------------------------------------------------- */

static int config_read(struct savefile *im, size_t len)
{
	im->config = malloc(len + 1);
	if (!im->config)
		return -ENOMEM;
	im->config[len] = '\0';
	im->config_len = len;
	return 0;
}

static int open_ours(struct savefile *im, const char *magic)
{
	struct savefile_header h;
	int rc;

	memcpy(h.magic, magic, sizeof(h.magic));
	rc = read_all(im, (char *)&h + sizeof(h.magic), sizeof(h) - sizeof(h.magic));
	if (rc)
		return rc;
	if (crc32c(0, &h, offsetof(struct savefile_header, crc)) != h.crc)
		return bad(im, -EBADMSG, "check sum of the image's header is wrong");
	im->version = h.version;
	if (h.version != SAVEFILE_VERSION || h.flags)
		return bad(im, -EOPNOTSUPP, "the image is of version %u (flags %#x), and this program "
			"reads version %u", h.version, h.flags, SAVEFILE_VERSION);
	rc = unit_expect(im, SAVEFILE_CONFIG);
	if (rc)
		return rc;
	if (im->unit.length > SAVEFILE_CONFIG_MAX || im->unit.flags)
		return bad(im, -EINVAL, "the configuration is too long");
	rc = config_read(im, (size_t)im->unit.length);
	if (!rc)
		rc = unit_read(im, im->config, im->config_len);
	if (!rc)
		rc = unit_end(im);
	return rc;
}

static int open_libxl(struct savefile *im)
{
	struct libxl_header h;
	uint32_t rec[2];
	int rc = read_all(im, &h, sizeof(h));

	if (rc)
		return rc;
	im->version = __builtin_bswap32(h.version);
	if (__builtin_bswap64(h.ident) != LIBXL_IDENT)
		return bad(im, -EINVAL, "libxl's header is missing");
	if (im->version != LIBXL_VERSION || h.options)
		return bad(im, -EOPNOTSUPP, "libxl's stream is of version %u (options %#x), and version "
			"%u can be read", im->version, __builtin_bswap32(h.options), LIBXL_VERSION);
	rc = read_all(im, rec, sizeof(rec));
	if (!rc && (rec[0] != LIBXL_LIBXC || rec[1]))
		rc = bad(im, -EOPNOTSUPP, "libxl record %u where LIBXC_CONTEXT should be", rec[0]);
	return rc;
}

static int open_xl(struct savefile *im, const char *magic)
{
	char rest[32 - 8];
	struct xl_header h;
	uint32_t len;
	int rc = read_all(im, rest, sizeof(rest));

	if (!rc)
		rc = read_all(im, &h, sizeof(h));
	if (rc)
		return rc;
	if (memcmp(rest, &XL_MAGIC[8], sizeof(rest)))
		return bad(im, -EINVAL, "not an image of a saved domain");
	if (h.byte_order != XL_BYTE_ORDER || h.mandatory != (XL_JSON | XL_STREAM_V2))
		return bad(im, -EOPNOTSUPP, "xl's image has byte order %#x, flags %#x", h.byte_order,
			h.mandatory);
	if (h.config_len < sizeof(len) || h.config_len > SAVEFILE_CONFIG_MAX)
		return bad(im, -EINVAL, "xl's configuration has %u bytes", h.config_len);
	rc = config_read(im, h.config_len);
	if (!rc)
		rc = read_all(im, im->config, h.config_len);
	if (rc)
		return rc;
	memcpy(&len, im->config, sizeof(len));
	if (len > h.config_len - sizeof(len))
		return bad(im, -EINVAL, "xl's configuration of %u bytes does not fit", len);
	memmove(im->config, im->config + sizeof(len), len);
	im->config[len] = '\0';
	im->config_len = strlen(im->config);
	im->format = SAVEFILE_XL;
	return open_libxl(im);
}

int savefile_open(struct savefile *im, int fd)
{
	char magic[8];
	int rc;

	memset(im, 0, sizeof(*im));
	im->fd = fd;
	im->first = true;
	rc = read_all(im, magic, sizeof(magic));
	if (rc)
		return rc;
	if (!memcmp(magic, SAVEFILE_MAGIC, sizeof(magic)))
		return open_ours(im, magic);
	if (!memcmp(magic, XL_MAGIC, sizeof(magic)))
		return open_xl(im, magic);
	return bad(im, -EINVAL, "not an image of a saved domain");
}

void savefile_continue(struct savefile *im, int fd, enum savefile_format format)
{
	memset(im, 0, sizeof(*im));
	im->fd = fd;
	im->format = format;
	im->first = true;
	im->index = format == SAVEFILE_OURS;
}

void savefile_clear(struct savefile *im)
{
	savefile_zunpack_clear(im);
	free(im->config);
	im->config = NULL;
}

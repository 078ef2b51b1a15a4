/* SPDX-License-Identifier: GPL-2.0-only */
/* savefile_write.c: a saved domain's file, unit by unit; it may be a pipe. */
#include "util/savefile.h"
#include "util/crc32c.h"

#include <errno.h>
#include <string.h>

#define IOV_MAX_PARTS 8

static int write_all(struct savefile_out *out, struct iovec *iov, int count)
{
	while (count) {
		ssize_t n = writev(out->fd, iov, count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		out->bytes += (uint64_t)n;
		while (count && (size_t)n >= iov->iov_len) {
			n -= (ssize_t)iov->iov_len;
			iov++;
			count--;
		}
		if (count) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	return 0;
}

static int put_unit(struct savefile_out *out, struct savefile_unit *u, const struct iovec *iov, int count)
{
	struct iovec all[IOV_MAX_PARTS] = { { u, sizeof(*u) } };

	if (count + 1 > IOV_MAX_PARTS)
		return -EINVAL;
	u->index = out->index++;
	for (int i = 0; i < count; i++) {
		all[i + 1] = iov[i];
		u->length += iov[i].iov_len;
		u->body_crc = crc32c(u->body_crc, iov[i].iov_base, iov[i].iov_len);
	}
	u->crc = crc32c(0, u, offsetof(struct savefile_unit, crc));
	return write_all(out, all, count + 1);
}

int savefile_begin(struct savefile_out *out, int fd, const char *config, size_t len, bool zstd)
{
	struct savefile_header h = { .magic = SAVEFILE_MAGIC, .version = SAVEFILE_VERSION };
	struct savefile_unit u = { .kind = SAVEFILE_CONFIG, .raw = (uint32_t)len };
	struct iovec iov = { &h, sizeof(h) };
	int rc;

	memset(out, 0, sizeof(*out));
	out->fd = fd;
	out->zstd = zstd;
	if (len > SAVEFILE_CONFIG_MAX)
		return -EFBIG;
	h.crc = crc32c(0, &h, offsetof(struct savefile_header, crc));
	rc = write_all(out, &iov, 1);
	iov = (struct iovec){ (void *)(uintptr_t)config, len };
	return rc ? rc : put_unit(out, &u, &iov, 1);
}

void savefile_resume(struct savefile_out *out, int fd)
{
	memset(out, 0, sizeof(*out));
	out->fd = fd;
	out->index = 1;
}

int savefile_put(void *arg, const struct iovec *iov, int count)
{
	struct savefile_out *out = arg;
	struct savefile_unit u = { .kind = out->index == 1 ? SAVEFILE_STREAM : SAVEFILE_RECORD };
	struct iovec packed;
	const void *data;
	int rc;

	for (int i = 0; i < count; i++)
		u.raw += (uint32_t)iov[i].iov_len;
	out->stream_bytes += u.raw;
	if (u.kind == SAVEFILE_RECORD)
		memcpy(&u.record, iov[0].iov_base, sizeof(u.record));
	if (!out->zstd || u.raw < 4096)
		return put_unit(out, &u, iov, count);
	rc = savefile_pack(out, iov, count, &data, &packed.iov_len);
	if (rc)
		return rc;
	u.flags = SAVEFILE_ZSTD;
	packed.iov_base = (void *)(uintptr_t)data;
	return put_unit(out, &u, &packed, 1);
}

int savefile_finish(struct savefile_out *out)
{
	struct savefile_end e = { .units = out->index, .stream_bytes = out->stream_bytes };
	struct savefile_unit u = { .kind = SAVEFILE_END, .raw = sizeof(e) };
	struct iovec iov = { &e, sizeof(e) };

	return put_unit(out, &u, &iov, 1);
}

void savefile_out_clear(struct savefile_out *out)
{
	savefile_pack_clear(out);
}

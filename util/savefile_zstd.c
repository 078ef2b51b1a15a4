/* SPDX-License-Identifier: GPL-2.0-only */
/* savefile_zstd.c: units of an image packed and unpacked, piece by piece, so that memory stays small. */
#include "util/savefile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#define PACK_LEVEL 1
#define READ_ROOM  (64U << 10)

int savefile_pack(struct savefile_out *out, const struct iovec *iov, int count, const void **ret_data,
	size_t *ret_len)
{
	ZSTD_outBuffer to = { 0 };
	size_t raw = 0, need, left = 0;

	for (int i = 0; i < count; i++)
		raw += iov[i].iov_len;
	need = ZSTD_compressBound(raw);
	if (!out->zstd_ctx)
		out->zstd_ctx = ZSTD_createCCtx();
	if (need > out->packed_room) {
		free(out->packed);
		out->packed = malloc(need);
		out->packed_room = out->packed ? need : 0;
	}
	if (!out->zstd_ctx || !out->packed)
		return -ENOMEM;
	ZSTD_CCtx_reset(out->zstd_ctx, ZSTD_reset_session_only);
	ZSTD_CCtx_setParameter(out->zstd_ctx, ZSTD_c_compressionLevel, PACK_LEVEL);
	to.dst = out->packed;
	to.size = out->packed_room;
	for (int i = 0; i < count; i++) {
		ZSTD_inBuffer from = { iov[i].iov_base, iov[i].iov_len, 0 };

		left = ZSTD_compressStream2(out->zstd_ctx, &to, &from,
			i + 1 == count ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left) || from.pos != from.size)
			return -EIO;
	}
	if (left)
		return -EIO;
	*ret_data = out->packed;
	*ret_len = to.pos;
	return 0;
}

void savefile_pack_clear(struct savefile_out *out)
{
	ZSTD_freeCCtx(out->zstd_ctx);
	free(out->packed);
	out->zstd_ctx = out->packed = NULL;
	out->packed_room = 0;
}

static int fill(struct savefile *image)
{
	long n;

	if (!image->packed) {
		image->packed = malloc(READ_ROOM);
		image->packed_room = READ_ROOM;
	}
	if (!image->packed)
		return -ENOMEM;
	n = savefile_raw(image, image->packed, image->packed_room);
	if (n < 0)
		return (int)n;
	image->packed_at = 0;
	image->packed_len = (size_t)n;
	return 0;
}

int savefile_zunpack(struct savefile *image, void *to, size_t bytes)
{
	ZSTD_outBuffer o = { to, bytes, 0 };
	size_t left;
	int rc;

	if (!image->zstd_ctx)
		image->zstd_ctx = ZSTD_createDCtx();
	if (!image->zstd_ctx)
		return -ENOMEM;
	while (o.pos < o.size) {
		ZSTD_inBuffer i = { image->packed, image->packed_len, image->packed_at };
		size_t before = o.pos;

		left = ZSTD_decompressStream(image->zstd_ctx, &o, &i);
		image->packed_at = i.pos;
		if (ZSTD_isError(left)) {
			snprintf(image->why, sizeof(image->why), "unpacking: %s",
				ZSTD_getErrorName(left));
			return -EBADMSG;
		}
		if (o.pos == o.size || o.pos != before || image->packed_at < image->packed_len)
			continue;
		if (!image->left || !left) {
			snprintf(image->why, sizeof(image->why), "its body is too short");
			return -EBADMSG;
		}
		rc = fill(image);
		if (rc)
			return rc;
	}
	return 0;
}

void savefile_zunpack_clear(struct savefile *image)
{
	ZSTD_freeDCtx(image->zstd_ctx);
	free(image->packed);
	image->zstd_ctx = NULL;
	image->packed = NULL;
	image->packed_at = image->packed_len = image->packed_room = 0;
}

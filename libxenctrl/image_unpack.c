/* SPDX-License-Identifier: MIT */
/* image_unpack.c: the decoders, each around the system's library. Output is bounded by the buffer's
 * limit, memory of the decoders by DECODER_MAX. Bytes behind the end of a stream are ignored: a
 * bzImage may pad its payload. */
#include <errno.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "image.h"

#define STEP		(1U << 20) /* grow at least so much at a time */
#define DECODER_MAX	(256UL << 20)

/* At the limit there may be less than a step left: then whatever is left, at least a byte. */
static int more_room(struct image_buf *out)
{
	size_t left = out->limit - out->size;
	int rc = 0;

	if (left == 0)
		return -EFBIG;
	if (out->tick)
		rc = out->tick(out->opaque, out->size, out->expected);
	return rc < 0 ? rc : image_buf_reserve(out, left < STEP ? left : STEP);
}

/* Room for one step, at least a byte after more_room(). */
static size_t step_room(const struct image_buf *out)
{
	size_t room = out->room - out->size;

	return room < STEP ? room : STEP;
}

int unpack_gzip(const uint8_t *in, size_t size, struct image_buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)size };
	int rc, zrc = Z_OK;

	if (size > UINT32_MAX)
		return -EFBIG;
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return -ENOMEM;
	do {
		rc = more_room(out);
		if (rc < 0)
			break;
		z.next_out = out->data + out->size;
		z.avail_out = (uInt)step_room(out);
		zrc = inflate(&z, Z_NO_FLUSH);
		out->size = (size_t)(z.next_out - out->data);
	} while (zrc == Z_OK && (z.avail_in || z.avail_out == 0));
	inflateEnd(&z);
	if (rc == 0 && zrc != Z_STREAM_END)
		rc = -EINVAL;
	return rc;
}

static int run_lzma(lzma_stream *s, const uint8_t *in, size_t size, struct image_buf *out)
{
	lzma_ret lrc = LZMA_OK;
	int rc;

	s->next_in = in;
	s->avail_in = size;
	do {
		rc = more_room(out);
		if (rc < 0)
			break;
		s->next_out = out->data + out->size;
		s->avail_out = step_room(out);
		lrc = lzma_code(s, s->avail_in ? LZMA_RUN : LZMA_FINISH);
		out->size = (size_t)(s->next_out - out->data);
	} while (lrc == LZMA_OK);
	lzma_end(s);
	if (rc == 0 && lrc != LZMA_STREAM_END)
		rc = lrc == LZMA_MEM_ERROR || lrc == LZMA_MEMLIMIT_ERROR ? -ENOMEM : -EINVAL;
	return rc;
}

int unpack_xz(const uint8_t *in, size_t size, struct image_buf *out)
{
	lzma_stream s = LZMA_STREAM_INIT;

	if (lzma_stream_decoder(&s, DECODER_MAX, 0) != LZMA_OK)
		return -ENOMEM;
	return run_lzma(&s, in, size, out);
}

int unpack_lzma(const uint8_t *in, size_t size, struct image_buf *out)
{
	lzma_stream s = LZMA_STREAM_INIT;

	if (lzma_alone_decoder(&s, DECODER_MAX) != LZMA_OK)
		return -ENOMEM;
	return run_lzma(&s, in, size, out);
}

int unpack_zstd(const uint8_t *in, size_t size, struct image_buf *out)
{
	ZSTD_DStream *d = ZSTD_createDStream();
	ZSTD_inBuffer src = { in, size, 0 };
	size_t zrc = 1, before;
	int rc = 0;

	if (!d)
		return -ENOMEM;
	/* 2^27: what zstd --ultra -22, which Linux uses, may need. */
	ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, 27);
	do {
		ZSTD_outBuffer dst;

		rc = more_room(out);
		if (rc < 0)
			break;
		dst = (ZSTD_outBuffer){ out->data, out->size + step_room(out), out->size };
		before = src.pos;
		zrc = ZSTD_decompressStream(d, &dst, &src);
		if (zrc && dst.pos == out->size && src.pos == before)
			rc = -EINVAL; /* cut short */
		out->size = dst.pos;
	} while (rc == 0 && zrc && !ZSTD_isError(zrc));
	ZSTD_freeDStream(d);
	if (rc == 0 && zrc)
		rc = -EINVAL;
	return rc;
}

int unpack_lz4(const uint8_t *in, size_t size, struct image_buf *out)
{
	LZ4F_dctx *d;
	size_t lrc = 1, got, used;
	int rc = 0;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&d, LZ4F_VERSION)))
		return -ENOMEM;
	do {
		rc = more_room(out);
		if (rc < 0)
			break;
		got = step_room(out);
		used = size;
		lrc = LZ4F_decompress(d, out->data + out->size, &got, in, &used, NULL);
		if (LZ4F_isError(lrc) || (lrc && got == 0 && used == 0)) {
			rc = -EINVAL;
			break;
		}
		out->size += got;
		in += used;
		size -= used;
	} while (lrc);
	LZ4F_freeDecompressionContext(d);
	return rc;
}

/* What "lz4 -l" and Linux write: a magic, then blocks of up to 8 MiB, each after its packed size. */
#define LEGACY_MAGIC	0x184c2102U
#define LEGACY_BLOCK	(8U << 20)

int unpack_lz4_legacy(const uint8_t *in, size_t size, struct image_buf *out)
{
	while (size >= 4) {
		uint32_t packed;
		size_t room;
		int n, rc;

		memcpy(&packed, in, 4);
		in += 4;
		size -= 4;
		if (packed == LEGACY_MAGIC)
			continue;
		if (packed == 0 || packed > size || packed > LZ4_COMPRESSBOUND(LEGACY_BLOCK))
			return -EINVAL;
		room = out->limit - out->size;
		if (room > LEGACY_BLOCK)
			room = LEGACY_BLOCK;
		rc = more_room(out);
		if (rc == 0)
			rc = image_buf_reserve(out, room);
		if (rc < 0)
			return rc;
		n = LZ4_decompress_safe((const char *)in, (char *)out->data + out->size, (int)packed,
					(int)room);
		if (n < 0) /* at the limit it cannot be told from damage */
			return room < LEGACY_BLOCK ? -EFBIG : -EINVAL;
		out->size += (size_t)n;
		in += packed;
		size -= packed;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* savefile.h: the file that holds a saved domain, xen-image(5): a header, the configuration, the records
 * of Xen's migration stream, an end; and the reading of what the packaged xl saves. */
#ifndef UTIL_SAVEFILE_H
#define UTIL_SAVEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define SAVEFILE_MAGIC	 "XendImg\n"
#define SAVEFILE_VERSION	 1
#define SAVEFILE_CONFIG_MAX (1U << 20)
#define SAVEFILE_UNIT_MAX	 (256ULL << 20)

struct savefile_header {		/* little-endian, as all that follows */
	char magic[8];
	uint32_t version, flags;	/* flags: 0 */
	uint32_t reserved[3];
	uint32_t crc;			/* of what stands before it */
};

enum savefile_kind {
	SAVEFILE_CONFIG = 1,	/* JSON */
	SAVEFILE_STREAM,		/* the headers of the migration stream */
	SAVEFILE_RECORD,		/* one of its records, with header and padding */
	SAVEFILE_END,		/* struct savefile_end */
};

#define SAVEFILE_ZSTD 1u		/* flags of a unit: its body is one zstd frame */

struct savefile_unit {
	uint16_t kind, flags;
	uint32_t index;		/* 0, 1, 2, ... */
	uint64_t length;	/* of the body, as stored */
	uint32_t record;	/* RECORD: its type */
	uint32_t raw;		/* bytes when unpacked */
	uint32_t body_crc;
	uint32_t crc;		/* of the fields before it */
};

struct savefile_end {
	uint64_t units, stream_bytes;	/* before it; bytes of the stream, unpacked */
};

/* ---- writing ---------------------------------------------------------------------------------- */

struct savefile_out {
	int fd;
	bool zstd;
	uint32_t index;
	uint64_t bytes, stream_bytes;
	void *zstd_ctx, *raw, *packed;	/* savefile_zstd.c */
	size_t packed_room;
};

/* 0 or -Exxx of write. */
int savefile_begin(struct savefile_out *out, int fd, const char *config, size_t len, bool zstd);
/* As if savefile_begin() had written header and configuration: for savefile_continue() at the other end. */
void savefile_resume(struct savefile_out *out, int fd);
int savefile_put(void *out, const struct iovec *iov, int count);	/* one unit of the stream */
int savefile_finish(struct savefile_out *out);
void savefile_out_clear(struct savefile_out *out);

/* ---- reading ---------------------------------------------------------------------------------- */

enum savefile_format { SAVEFILE_OURS, SAVEFILE_XL };

struct savefile {
	int fd;
	enum savefile_format format;
	uint32_t version;
	char *config;		/* JSON: ours, or libxl's */
	size_t config_len;

	struct savefile_unit unit;
	bool in_unit;
	uint64_t left;		/* of its body as stored */
	uint32_t sum;
	uint32_t index;		/* of the next unit */
	uint64_t offset, stream_bytes;
	bool first;		/* OURS: the stream's headers are to come */
	char why[256];		/* the last failure */
	void *zstd_ctx;		/* savefile_zstd.c */
	uint8_t *packed;
	size_t packed_at, packed_len, packed_room;
};

/* Header and configuration. -EINVAL: no image; -EOPNOTSUPP: of a version to come; -EBADMSG: a check
 * sum is wrong; -ENODATA: it ends too early; -Exxx of read. The reason is in image->why. */
int savefile_open(struct savefile *image, int fd);
/* As if savefile_open() had just been called: the descriptor stands behind the configuration. */
void savefile_continue(struct savefile *image, int fd, enum savefile_format format);
void savefile_clear(struct savefile *image);

/* For xc_restore_params. */
int savefile_get(void *image, const struct iovec *iov, int count);
int savefile_check(void *image);
const char *savefile_why(void *image);
/* Behind the stream: the end of the file itself. */
int savefile_end(struct savefile *image);

/* A walk without a guest: reads and checks the next unit of the stream. 1: there was one; 0: the end,
 * and it is right; or -Exxx. SAVEFILE_STREAM: record is UINT32_MAX. */
struct savefile_step {
	uint32_t record;
	uint64_t bytes, stored;
	uint64_t pages, data_pages;	/* PAGE_DATA */
};
int savefile_walk(struct savefile *image, struct savefile_step *ret_step);

/* savefile_zstd.c, or savefile_nozstd.c where no zstd is linked: -EOPNOTSUPP. */
int savefile_pack(struct savefile_out *out, const struct iovec *iov, int count, const void **ret_data,
	size_t *ret_len);
int savefile_zunpack(struct savefile *image, void *to, size_t bytes);	/* exactly; reads savefile_raw() */
void savefile_pack_clear(struct savefile_out *out);
void savefile_zunpack_clear(struct savefile *image);
/* At most `bytes` of the unit's stored body; how many, or -Exxx. */
long savefile_raw(struct savefile *image, void *to, size_t bytes);

#endif

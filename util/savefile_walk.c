/* SPDX-License-Identifier: GPL-2.0-only */
/* savefile_walk.c: looks through an image without a guest: every unit is read and its sums checked. */
#include "util/savefile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HEADERS_BYTES	40
#define RECORD_END	0
#define RECORD_PAGES	1
#define RECORD_MAX	(128U << 20)
#define NO_DATA_TYPES	0xdU	/* and above: broken, allocated only, none */

static int skip(struct savefile *im, uint64_t bytes)
{
	static char buf[1 << 17];	/* nobody looks at it: the check sums are what is wanted */
	int rc = 0;

	while (bytes && !rc) {
		struct iovec iov = { buf, bytes < sizeof(buf) ? (size_t)bytes : sizeof(buf) };

		rc = savefile_get(im, &iov, 1);
		bytes -= iov.iov_len;
	}
	return rc;
}

/* The list of a PAGE_DATA record whose body has `length` bytes. */
static int count_pages(struct savefile *im, uint32_t length, struct savefile_step *step)
{
	uint32_t head[2];
	uint64_t pfns[512] = { 0 };
	struct iovec iov = { head, sizeof(head) };
	uint64_t left;
	int rc;

	if (length < sizeof(head))
		return -EINVAL;
	rc = savefile_get(im, &iov, 1);
	if (rc)
		return rc;
	if (head[0] > (length - sizeof(head)) / 8)
		return -EINVAL;
	step->pages = head[0];
	for (left = head[0]; left && !rc; left -= iov.iov_len / 8) {
		iov = (struct iovec){ pfns, (left < 512 ? left : 512) * 8 };
		rc = savefile_get(im, &iov, 1);
		for (size_t i = 0; i < iov.iov_len / 8 && !rc; i++)
			step->data_pages += pfns[i] >> 60 < NO_DATA_TYPES;
	}
	length -= (uint32_t)sizeof(head) + head[0] * 8;
	if (!rc && step->data_pages * 4096 != length)
		rc = -EINVAL;
	return rc ? rc : skip(im, length);
}

static int walk_record(struct savefile *im, struct savefile_step *step)
{
	uint32_t rec[2];
	struct iovec iov = { rec, sizeof(rec) };
	int rc = savefile_get(im, &iov, 1);

	if (rc)
		return rc;
	step->record = rec[0];
	step->bytes = sizeof(rec) + (((uint64_t)rec[1] + 7) & ~7ULL);
	if (rec[1] > RECORD_MAX)
		rc = -EINVAL;
	else if (rec[0] == RECORD_PAGES)
		rc = count_pages(im, rec[1], step);
	else
		rc = skip(im, step->bytes - sizeof(rec));
	return rc;
}

/* Without zstd in the program: its sum and what its header tells. */
static int walk_packed(struct savefile *im, struct savefile_step *step)
{
	static char buf[1 << 17];
	long n = 1;

	step->record = im->unit.record;
	step->bytes = im->unit.raw;
	while (im->left && n > 0)
		n = savefile_raw(im, buf, sizeof(buf));
	im->stream_bytes += im->unit.raw;
	return n < 0 ? (int)n : 0;
}

int savefile_walk(struct savefile *im, struct savefile_step *ret_step)
{
	struct savefile_step step = { .record = UINT32_MAX };
	struct iovec none = { NULL, 0 };
	uint64_t at = im->offset;
	bool first = im->first;
	int rc, sum;

	*ret_step = step;
	if (im->unit.kind == SAVEFILE_RECORD && im->unit.record == RECORD_END && !first)
		return savefile_end(im);
	im->first = first;
	rc = im->format == SAVEFILE_OURS ? savefile_get(im, &none, 1) : 0;
	if (rc)
		return rc;
	if (im->format == SAVEFILE_OURS && im->unit.kind == SAVEFILE_RECORD)
		ret_step->record = im->unit.record;
	if (im->unit.flags & SAVEFILE_ZSTD) {
		rc = walk_packed(im, &step);
	} else if (first) {
		step.bytes = HEADERS_BYTES;
		rc = skip(im, HEADERS_BYTES);
		im->first = false;
	} else {
		rc = walk_record(im, &step);
	}
	if (!rc)
		*ret_step = step;
	/* A wrong sum explains whatever else was wrong. */
	if (rc == -EINVAL && !im->why[0])
		snprintf(im->why, sizeof(im->why), "its length is wrong");
	if (!rc || rc == -EINVAL) {
		char why[sizeof(im->why)];

		memcpy(why, im->why, sizeof(why));
		sum = savefile_check(im);
		if (!sum && rc)
			memcpy(im->why, why, sizeof(why));
		rc = sum ? sum : rc;
	}
	if (rc)
		return rc;
	if (im->format == SAVEFILE_XL) {
		im->unit.kind = first ? SAVEFILE_STREAM : SAVEFILE_RECORD;
		im->unit.record = step.record;
	}
	ret_step->stored = im->offset - at;
	return 1;
}

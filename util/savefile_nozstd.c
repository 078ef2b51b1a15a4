/* SPDX-License-Identifier: GPL-2.0-only */
/* savefile_nozstd.c: in place of savefile_zstd.c in programs that look at images only from outside. */
#include "util/savefile.h"

#include <errno.h>
#include <stdio.h>

int savefile_pack(struct savefile_out *out, const struct iovec *iov, int count, const void **ret_data,
	size_t *ret_len)
{
	return -EOPNOTSUPP;
}

int savefile_zunpack(struct savefile *image, void *to, size_t bytes)
{
	snprintf(image->why, sizeof(image->why), "zstd is not built in");
	return -EOPNOTSUPP;
}

void savefile_pack_clear(struct savefile_out *out)
{
}

void savefile_zunpack_clear(struct savefile *image)
{
}

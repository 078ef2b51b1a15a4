/* SPDX-License-Identifier: GPL-2.0-only */
/* io.h: all of a write. */
#ifndef UTIL_IO_H
#define UTIL_IO_H

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

/* 0 or -Exxx; of what failed some may be written. */
static inline int io_write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* strl.c: bounded string copies. No locks, any context. */
#include <hv/lib.h>

size_t strlcpy(char *d, const char *s, size_t size)
{
	size_t len = strlen(s);

	if (size) {
		size_t n = min(len, size - 1);

		memcpy(d, s, n);
		d[n] = 0;
	}
	return len;
}

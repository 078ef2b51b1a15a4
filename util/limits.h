/* SPDX-License-Identifier: GPL-2.0-only */
/* limits.h: room for the descriptors of many guests and clients. */
#ifndef UTIL_LIMITS_H
#define UTIL_LIMITS_H

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#define LIMITS_FILES 65536

/* So many, or as many as we may have. 0 or -Exxx. */
static inline int limits_raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return -errno;
	if (files.rlim_max < LIMITS_FILES && geteuid() == 0)
		files.rlim_max = LIMITS_FILES;
	files.rlim_cur = files.rlim_max < LIMITS_FILES ? files.rlim_max : LIMITS_FILES;
	return setrlimit(RLIMIT_NOFILE, &files) != 0 ? -errno : 0;
}

#endif

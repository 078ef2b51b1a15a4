/* SPDX-License-Identifier: GPL-2.0-only */
/* logfile.c: an append-only file with a size cap and one rotation. */
#include "xend/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int logfile_reopen(struct logfile *f)
{
	struct stat st;

	f->fd = open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->fd < 0)
		return -errno;
	f->size = fstat(f->fd, &st) == 0 ? (size_t)st.st_size : 0;
	return 0;
}

int logfile_open(struct logfile *f, const char *path, size_t cap)
{
	*f = (struct logfile){ .fd = -1, .cap = cap };
	f->path = strdup(path);
	if (!f->path)
		return -ENOMEM;
	return logfile_reopen(f);
}

static int logfile_rotate(struct logfile *f)
{
	char *old;
	int rc = 0;

	if (asprintf(&old, "%s.1", f->path) < 0)
		return -ENOMEM;
	if (rename(f->path, old) < 0)
		rc = -errno;
	free(old);
	if (rc)
		return rc;
	close(f->fd);
	return logfile_reopen(f);
}

int logfile_write(struct logfile *f, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	if (f->fd < 0 && (!f->path || logfile_reopen(f)))
		return -EBADF;
	if (f->size && f->size + len > f->cap && logfile_rotate(f) && f->fd < 0)
		return -EBADF;
	while (len) {
		n = write(f->fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			f->broken = true;
			return -errno;
		}
		p += n;
		len -= (size_t)n;
		f->size += (size_t)n;
	}
	f->broken = false;
	return 0;
}

size_t logfile_tail(const char *path, void *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	ssize_t n = 0;
	off_t from;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0) {
		from = st.st_size > (off_t)len ? st.st_size - (off_t)len : 0;
		n = pread(fd, buf, len, from);
	}
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

void logfile_close(struct logfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	*f = (struct logfile){ .fd = -1 };
}

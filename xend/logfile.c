/* SPDX-License-Identifier: GPL-2.0-only */
/* logfile.c: an append-only file with a size cap and old ones kept. */
#include "xend/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int logfile_reopen(struct logfile *f)
{
	struct stat st;
	int fd;

	if (!f->path)
		return -ENOMEM;
	fd = open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = fd;
	f->size = fstat(f->fd, &st) == 0 ? (size_t)st.st_size : 0;
	return 0;
}

int logfile_open(struct logfile *f, const char *path, size_t cap, unsigned int keep)
{
	*f = (struct logfile){ .fd = -1, .cap = cap, .keep = keep };
	f->path = strdup(path);
	return logfile_reopen(f);
}

/* FILE.n becomes FILE.n+1; FILE.0 is FILE. */
static int logfile_shift(const struct logfile *f, unsigned int n)
{
	char *old, *new;
	int rc = 0;

	if (asprintf(&old, n ? "%s.%u" : "%s", f->path, n) < 0)
		return -ENOMEM;
	if (asprintf(&new, "%s.%u", f->path, n + 1) < 0) {
		free(old);
		return -ENOMEM;
	}
	if (rename(old, new) < 0)
		rc = -errno;
	free(old);
	free(new);
	return rc;
}

static int logfile_rotate(struct logfile *f)
{
	int rc = 0;

	if (!f->keep) {
		if (ftruncate(f->fd, 0) < 0)
			return -errno;
		f->size = 0;
		return 0;
	}
	for (unsigned int n = f->keep; n-- > 0;)
		rc = logfile_shift(f, n);	/* those that are not there need not be */
	return rc ? rc : logfile_reopen(f);
}

int logfile_write(struct logfile *f, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	if (f->fd < 0 && (!f->path || logfile_reopen(f)))
		return -EBADF;
	if (f->cap && f->size && f->size + len > f->cap && logfile_rotate(f) && f->fd < 0)
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

static size_t file_tail(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	ssize_t n = 0;
	off_t from;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		from = st.st_size > (off_t)len ? st.st_size - (off_t)len : 0;
		n = pread(fd, buf, len, from);
	}
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

size_t logfile_tail(const char *path, void *buf, size_t len)
{
	size_t n = file_tail(path, buf, len), before;
	char *old, *more;

	if (n == len || asprintf(&old, "%s.1", path) < 0)
		return n;
	more = malloc(len - n);
	before = more ? file_tail(old, more, len - n) : 0;
	if (before) {
		memmove((char *)buf + before, buf, n);
		memcpy(buf, more, before);
	}
	free(more);
	free(old);
	return n + before;
}

void logfile_close(struct logfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	*f = (struct logfile){ .fd = -1 };
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* logfile.h: an append-only file with a size cap and one rotation (FILE, FILE.1). */
#ifndef XEND_LOGFILE_H
#define XEND_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>

struct logfile {
	char *path;
	int fd;		/* -1 when closed */
	size_t size;
	size_t cap;	/* rotate before a write would pass this */
	bool broken;	/* the last write failed: said once, not per line */
};

/* Appends to an existing file. 0 or -Exxx; *f is safe to close either way. */
int logfile_open(struct logfile *f, const char *path, size_t cap);
int logfile_write(struct logfile *f, const void *buf, size_t len);
/* The last bytes of the file, at most len; returns how many were read (0 when there is no file). */
size_t logfile_tail(const char *path, void *buf, size_t len);
void logfile_close(struct logfile *f);

#endif

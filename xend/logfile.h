/* SPDX-License-Identifier: GPL-2.0-only */
/* logfile.h: an append-only file with a size cap and old ones kept (FILE.1 is the newest of these). */
#ifndef XEND_LOGFILE_H
#define XEND_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>

struct logfile {
	char *path;
	int fd;		/* -1 when closed */
	size_t size;
	size_t cap;	/* rotate before a write would pass this; 0: never */
	unsigned int keep;	/* old files; 0: it starts anew */
	bool broken;	/* the last write failed: said once, not per line */
};

/* Appends to an existing file. 0 or -Exxx; *f is safe to close either way. */
int logfile_open(struct logfile *f, const char *path, size_t cap, unsigned int keep);
/* The same path again, after the file was renamed. If that fails the old file is kept. */
int logfile_reopen(struct logfile *f);
int logfile_write(struct logfile *f, const void *buf, size_t len);
/* The last bytes of the file, and of FILE.1 if it is shorter, at most len; returns how many were read. */
size_t logfile_tail(const char *path, void *buf, size_t len);
void logfile_close(struct logfile *f);

#endif

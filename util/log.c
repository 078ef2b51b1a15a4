/* SPDX-License-Identifier: GPL-2.0-only */
/* log.c: levelled log lines with a subsystem tag, to stderr or a file. One write() per line. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "util/log.h"

#define LINE_MAX_LEN 2048

static const char *const level_names[] = { "error", "warning", "info", "debug" };

static int log_fd = STDERR_FILENO;
static char *log_file;
static long log_size, log_limit;
static int log_keep;
static enum log_level log_max = LOG_LVL_INFO;

int log_open(const char *path)
{
	char *copy = NULL;
	int fd = STDERR_FILENO;
	struct stat st;

	if (path) {
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
		if (fd < 0)
			return -errno;
		copy = strdup(path);
	}
	if (log_fd != STDERR_FILENO)
		close(log_fd);
	free(log_file);
	log_fd = fd;
	log_file = copy;
	log_size = path && fstat(fd, &st) == 0 ? (long)st.st_size : 0;
	return 0;
}

int log_reopen(void)
{
	char *path = log_file ? strdup(log_file) : NULL;
	int err = path ? log_open(path) : 0;

	free(path);
	return err;
}

void log_set_limit(long bytes, int keep)
{
	log_limit = bytes;
	log_keep = keep;
}

/* Renames that fail lose nothing: the file goes on to grow until the next line. */
static void log_rotate(void)
{
	char from[4096], to[4096];

	for (int n = log_keep; n > 0; n--) {
		snprintf(to, sizeof(to), "%s.%d", log_file, n);
		snprintf(from, sizeof(from), n > 1 ? "%s.%d" : "%s", log_file, n - 1);
		rename(from, to);
	}
	log_reopen();
}

void log_set_level(enum log_level max)
{
	log_max = max;
}

/* A control character would let a peer forge lines. */
static void sanitize(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 32 || *s == 127)
			*s = '?';
	}
}

bool log_paced(struct log_pace *pace, unsigned int *ret_left_out)
{
	time_t now = time(NULL);

	if (now == pace->second) {
		pace->left_out++;
		return false;
	}
	*ret_left_out = pace->left_out;
	*pace = (struct log_pace){ .second = now };
	return true;
}

void log_msg(enum log_level level, const char *tag, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	struct timeval now;
	struct tm tm;
	va_list args;
	size_t used;
	ssize_t n;
	int saved = errno;

	if (level > log_max)
		return;
	gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &tm);
	used = strftime(line, sizeof(line), "%Y-%m-%d %H:%M:%S", &tm);
	used += snprintf(line + used, sizeof(line) - used, ".%03d [%d] %s %s: ",
			 (int)(now.tv_usec / 1000), (int)getpid(), level_names[level], tag);
	va_start(args, fmt);
	vsnprintf(line + used, sizeof(line) - used - 1, fmt, args);
	va_end(args);
	sanitize(line + used);
	used = strlen(line);
	line[used++] = '\n';
	if (log_limit && log_file && log_size && log_size + (long)used > log_limit)
		log_rotate();
	/* What found no room does not count: a full disk is not to rotate away what there is. */
	while ((n = write(log_fd, line, used)) < 0 && errno == EINTR)
		;
	log_size += n > 0 ? (long)n : 0;
	errno = saved;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* log.h: levelled log lines with a subsystem tag, to stderr or a file.
 *
 * A line: "2026-01-31 12:00:00.123 [pid] warning store: text". *error* is for our own bugs and a
 * machine that fails us, never for what a guest or a client did wrong. */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <stdbool.h>
#include <time.h>

enum log_level {
	LOG_LVL_ERROR,
	LOG_LVL_WARN,
	LOG_LVL_INFO,
	LOG_LVL_DEBUG,
};

/* Appends to path from now on; NULL: back to stderr. 0 or -Exxx, then the old place is kept. */
int log_open(const char *path);
int log_reopen(void); /* the same path again, after it was rotated */
/* A file that would grow beyond this many bytes becomes path.1, that path.2 and so on up to path.keep;
 * 0: it just grows. */
void log_set_limit(long bytes, int keep);
void log_set_level(enum log_level max);
void log_msg(enum log_level level, const char *tag, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* For what others cause at will: is this a new second? If so, how often it was not since the last one that was.
 * All zeroes is a new one. */
struct log_pace {
	time_t second;
	unsigned int left_out;
};
bool log_paced(struct log_pace *pace, unsigned int *ret_left_out);

#define log_error(tag, ...) log_msg(LOG_LVL_ERROR, tag, __VA_ARGS__)
#define log_warn(tag, ...)  log_msg(LOG_LVL_WARN, tag, __VA_ARGS__)
#define log_info(tag, ...)  log_msg(LOG_LVL_INFO, tag, __VA_ARGS__)
#define log_debug(tag, ...) log_msg(LOG_LVL_DEBUG, tag, __VA_ARGS__)

#endif

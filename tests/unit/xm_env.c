/* SPDX-License-Identifier: GPL-2.0-only */
/* xm_env.c: xm as a function, its streams into files. */
#include "tests/unit/xm_env.h"
#include "xm/xm.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char xm_out[65536], xm_err[65536];

struct stream {
	int fd, saved, file;
};

static struct stream divert(int fd)
{
	char path[] = "/tmp/xm-test-XXXXXX";
	struct stream s = { fd, dup(fd), mkstemp(path) };

	if (s.saved < 0 || s.file < 0 || dup2(s.file, fd) < 0)
		abort();
	unlink(path);
	return s;
}

static void restore(struct stream s, char *buf, size_t size)
{
	ssize_t n;

	dup2(s.saved, s.fd);
	n = pread(s.file, buf, size - 1, 0);
	buf[n > 0 ? n : 0] = '\0';
	close(s.saved);
	close(s.file);
}

int xm_ran(const char *word, ...)
{
	char *copies[32], *argv[32];
	struct stream out, err;
	int argc = 0, rc;
	va_list ap;

	va_start(ap, word);
	copies[argc++] = strdup("xm");
	for (; word && argc < 31; word = va_arg(ap, const char *))
		copies[argc++] = strdup(word);
	va_end(ap);
	copies[argc] = NULL;
	memcpy(argv, copies, sizeof(argv[0]) * ((size_t)argc + 1));
	fflush(stdout);
	fflush(stderr);
	out = divert(STDOUT_FILENO);
	err = divert(STDERR_FILENO);
	rc = xm_main(argc, argv);
	fflush(stdout);
	fflush(stderr);
	restore(out, xm_out, sizeof(xm_out));
	restore(err, xm_err, sizeof(xm_err));
	for (int i = 0; i < argc; i++)
		free(copies[i]);
	return rc;
}

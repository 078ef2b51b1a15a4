/* SPDX-License-Identifier: GPL-2.0-only */
/* migrate_tls.c: starting xend-tls(8). */
#include "xend/migrate_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM	 "xend-tls"
#define FD_TLS	 3
#define FD_PLAIN 4

bool tls_available(const char *dir)
{
	char path[4096];

	if (!dir)
		return false;
	snprintf(path, sizeof(path), "%s/cert.pem", dir);
	return access(path, R_OK) == 0;
}

static void run(const struct migrate_options *opt, int fd, int plain, const char *host) __attribute__((noreturn));

static void run(const struct migrate_options *opt, int fd, int plain, const char *host)
{
	const char *program = opt->tls_program ? opt->tls_program : PROGRAM;
	const char *const argv[] = { program, opt->tls_dir, host ? "client" : "server", host, NULL };
	static const char failed[] = "{\"error\":\"xend-tls cannot be started\",\"errno\":\"ENOENT\",\"tls\":true}\n";

	fd = fcntl(fd, F_DUPFD, FD_PLAIN + 1);
	plain = fcntl(plain, F_DUPFD, FD_PLAIN + 1);
	dup2(fd, FD_TLS);
	dup2(plain, FD_PLAIN);
	close_range(FD_PLAIN + 1, ~0u, 0);
	signal(SIGPIPE, SIG_DFL);
	execvp(program, (char *const *)argv);
	(void)!write(FD_PLAIN, failed, sizeof(failed) - 1);
	_exit(127);
}

/* As nobody's child: it ends when either side hangs up, and nobody waits for it. */
static int start(const struct migrate_options *opt, int fd, const char *host, int *ret_plain)
{
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		if (fork() == 0)
			run(opt, fd, fds[1], host);
		_exit(0);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return -EAGAIN;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	*ret_plain = fds[0];
	return 0;
}

int tls_start(const struct migrate_options *opt, const char *host, int *fd)
{
	int plain, rc = start(opt, *fd, host, &plain);

	if (rc)
		return rc;
	close(*fd);
	*fd = plain;
	return 0;
}

int tls_accept(const struct migrate_options *opt, int fd, int *ret_plain)
{
	return start(opt, fd, NULL, ret_plain);
}

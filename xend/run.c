/* SPDX-License-Identifier: GPL-2.0-only */
/* run.c: other programs, run to their end. */
#include "xend/run.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int spawn(const char *const argv[], int err_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, err_fd, 2);
	rc = -posix_spawnp(ret_pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* The program's standard error is a file in memory, not a pipe: one that leaves a daemon behind would
 * keep a pipe open for ever. */
int run_program(const char *const argv[], char *said, size_t size)
{
	int fd = memfd_create("stderr", MFD_CLOEXEC), status, rc;
	ssize_t n;
	pid_t pid;

	said[0] = '\0';
	if (fd < 0)
		return -errno;
	rc = spawn(argv, fd, &pid);
	while (!rc && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			rc = -errno;
	n = pread(fd, said, size - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	close(fd);
	if (rc)
		return rc;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

void run_modprobe(const char *sysfs_path, const char *module)
{
	const char *const argv[] = { "modprobe", "-q", module, NULL };
	char said[128];

	if (access(sysfs_path, F_OK) < 0)
		run_program(argv, said, sizeof(said));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* source.c: what a boot reader reads from.
 *
 * qemu-nbd gets a listening socket as systemd hands them over (LISTEN_FDS), so there is nothing to
 * wait for: the connection is there before the program runs. */
#include "xend/boot/source.h"
#include "xend/qcow2.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/fs.h>

#define LISTEN_FD 3	/* SD_LISTEN_FDS_START */

static int fail(int err, char *why, size_t size, const char *what)
{
	snprintf(why, size, "%s: %s", what, strerror(-err));
	return err;
}

/* ---- qemu-nbd ------------------------------------------------------------------------------------ */

/* A listening socket in a folder that only we can enter, and a connection to it. No name stays. */
static int make_pair(int *ret_listener, int *ret_fd)
{
	char folder[] = "/tmp/xend-boot-XXXXXX";
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int l = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int c = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc = 0;

	if (l < 0 || c < 0 || !mkdtemp(folder)) {
		rc = -errno;
		goto err_sockets;
	}
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/s", folder);
	if (bind(l, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(l, 1) < 0 ||
	    connect(c, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		rc = -errno;
	unlink(sa.sun_path);
	rmdir(folder);
	if (rc)
		goto err_sockets;
	*ret_listener = l;
	*ret_fd = c;
	return 0;

err_sockets:
	if (l >= 0)
		close(l);
	if (c >= 0)
		close(c);
	return rc;
}

static void be_server(const char *path, int listener, int said) __attribute__((noreturn));

static void be_server(const char *path, int listener, int said)
{
	int null = open("/dev/null", O_RDWR), high = fcntl(said, F_DUPFD, 16);
	char pid[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listener = fcntl(listener, F_DUPFD, 16);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(high, 2) < 0 ||
	    dup2(listener, LISTEN_FD) < 0)
		_exit(126);
	close_range(LISTEN_FD + 1, ~0u, 0);
	execlp("qemu-nbd", "qemu-nbd", "--format=qcow2", "--read-only", "--", path, NULL);
	dprintf(2, "%s\n", errno == ENOENT ? "the program qemu-nbd is not there (package qemu-utils)"
					    : strerror(errno));
	_exit(127);
}

static int open_qcow2(const char *path, struct boot_source *s, char *why, size_t size)
{
	int listener = -1, rc = make_pair(&listener, &s->fd);

	if (rc)
		return fail(rc, why, size, "no socket for qemu-nbd");
	s->said = memfd_create("stderr", MFD_CLOEXEC);
	s->nbd = true;
	s->server = fork();
	if (s->server == 0)
		be_server(path, listener, s->said);
	rc = s->server < 0 ? -errno : 0;
	close(listener);
	if (!rc)
		return 0;
	s->server = 0;
	boot_source_close(s, NULL, 0);
	return fail(rc, why, size, "no process for qemu-nbd");
}

static void close_server(struct boot_source *s, char *why, size_t size)
{
	int status;
	ssize_t n;
	char text[256];

	/* It ends by itself with its only client, but we do not wait for its good will. If it has failed it
	 * ended before, and said why. */
	kill(s->server, why ? SIGTERM : SIGKILL);
	while (waitpid(s->server, &status, 0) < 0 && errno == EINTR)
		;
	n = why && WIFEXITED(status) && WEXITSTATUS(status) ? pread(s->said, text, sizeof(text) - 1, 0) : 0;
	if (n > 0) {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		snprintf(why, size, "%s", text);
	}
}

/* ---- all of them --------------------------------------------------------------------------------- */

static int open_plain(const char *path, const struct stat *st, struct boot_source *s, char *why, size_t size)
{
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd < 0)
		return fail(-errno, why, size, "cannot open it");
	s->size = (uint64_t)st->st_size;
	/* The guest wrote past dom0's cache, which may have older blocks. */
	if (S_ISBLK(st->st_mode) && (ioctl(s->fd, BLKFLSBUF, 0) < 0 || ioctl(s->fd, BLKGETSIZE64, &s->size) < 0)) {
		int rc = fail(-errno, why, size, "cannot ask for its size");

		close(s->fd);
		s->fd = -1;
		return rc;
	}
	return 0;
}

int boot_source_open(const char *path, enum disk_backing backing, struct boot_source *ret_source, char *why,
	size_t size)
{
	struct boot_source s = { .fd = -1, .said = -1 };
	struct stat st;
	int rc;

	if (stat(path, &st) < 0)
		return fail(-errno, why, size, "cannot open it");
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		snprintf(why, size, "it is neither a file nor a block device");
		return -EINVAL;
	}
	rc = backing == DISK_QCOW2 ? qcow2_check(path, why, size) : 0;
	if (rc)
		return rc;
	rc = backing == DISK_QCOW2 ? open_qcow2(path, &s, why, size) : open_plain(path, &st, &s, why, size);
	if (!rc)
		*ret_source = s;
	return rc;
}

void boot_source_close(struct boot_source *s, char *why, size_t size)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->server)
		close_server(s, why, size);
	if (s->said >= 0)
		close(s->said);
	s->fd = s->said = -1;
	s->server = 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* qemu.c: the QEMU processes that serve guests' framebuffers.
 *
 * TAG.pid has the process's number, and a lock that it holds from before it is one until it ends, however
 * that comes about: whoever cannot take the lock knows that the number is its. TAG.qmp is its monitor,
 * which is told the password: a command line can be read by everybody. */
#include "xend/qemu.h"
#include "xend/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 60000		/* until it listens; libxl's patience with device models */
#define STEP_MS	 20
#define STOP_MS	 5000		/* to end when it is asked to, and then when it is killed */
#define LOG_MAX	 (256u << 10)	/* bytes that it may write to its log, or to any file: a guest may make it */
#define ARG_MAX_COUNT 32

const char *qemu_run_dir = "/run/xend/qemu";

static int fail(char *why, size_t size, int err, const char *what, const char *path)
{
	snprintf(why, size, "%s %s: %s", what, path, strerror(-err));
	return err;
}

static void file_name(const char *tag, const char *suffix, char *path, size_t size)
{
	int n = snprintf(path, size, "%s/%s%s", qemu_run_dir, tag, suffix);

	for (char *p = path + strlen(qemu_run_dir) + 1; n > 0 && *p; p++)
		if (*p == '/')
			*p = '.';
}

int qemu_check(const char *program, char *why, size_t size)
{
	const char *path = program ? program : QEMU_PROGRAM;

	if (access(path, X_OK) == 0)
		return 0;
	snprintf(why, size, "vfb: there is no %s to serve it%s", path,
		program ? "" : " (Debian's package qemu-system-xen has it)");
	return -errno;
}

/* ---- whether it runs ------------------------------------------------------------------------------ */

/* A pidfd of the process of this tag, -ESRCH, or another error. */
static int running(const char *tag)
{
	char path[160], text[16] = "";
	int fd, pidfd = -ESRCH;
	ssize_t n;

	file_name(tag, ".pid", path, sizeof(path));
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	/* It may have the lock, and not be so far as to write. */
	for (int ms = 0; ms < STOP_MS && flock(fd, LOCK_EX | LOCK_NB) < 0; ms += STEP_MS) {
		n = pread(fd, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		pidfd = *text ? pidfd_open(atoi(text), 0) : -1;
		if (pidfd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
			break;		/* alive after we had it: it is that one */
		if (pidfd >= 0)
			close(pidfd);
		pidfd = -ESRCH;
		if (*text)
			break;
		poll(NULL, 0, STEP_MS);
	}
	close(fd);
	return pidfd;
}

static bool ended(int pidfd, int ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

int qemu_watch(const char *tag)
{
	return running(tag);
}

int qemu_close(const char *tag, char *why, size_t size)
{
	static const int signals[] = { SIGTERM, SIGKILL };
	int pidfd = running(tag), rc = 0;
	char path[160];

	if (pidfd < 0 && pidfd != -ESRCH)
		return fail(why, size, pidfd, "cannot find the QEMU of", tag);
	for (size_t i = 0; pidfd >= 0 && i < 2; i++) {
		pidfd_send_signal(pidfd, signals[i], NULL, 0);
		rc = ended(pidfd, STOP_MS) ? 0 : -EBUSY;
		if (!rc)
			break;
	}
	if (pidfd >= 0)
		close(pidfd);
	if (rc)
		return fail(why, size, rc, "cannot end the QEMU of", tag);
	file_name(tag, ".pid", path, sizeof(path));
	unlink(path);
	file_name(tag, ".qmp", path, sizeof(path));
	unlink(path);
	return 0;
}

/* ---- its start ------------------------------------------------------------------------------------ */

struct start {
	const struct be_vfb *vfb;
	char qmp[160], log[512];
	int lock_fd, log_fd;
	pid_t pid;
};

/* Held by us, the child has it too, and keeps it when we end. */
static int take_lock(struct start *s, char *why, size_t size)
{
	char path[160];

	if (mkdir(qemu_run_dir, 0700) < 0 && errno != EEXIST)
		return fail(why, size, -errno, "cannot make", qemu_run_dir);
	file_name(s->vfb->tag, ".pid", path, sizeof(path));
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return fail(why, size, -errno, "cannot open", path);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return fail(why, size, -errno, "a QEMU of this domain is still there:", path);
	if (ftruncate(s->lock_fd, 0) < 0)
		return fail(why, size, -errno, "cannot write", path);
	file_name(s->vfb->tag, ".qmp", s->qmp, sizeof(s->qmp));
	unlink(s->qmp);
	return 0;
}

static int open_log(struct start *s, char *why, size_t size)
{
	snprintf(s->log, sizeof(s->log), "%s/qemu-%.255s.log", s->vfb->log_dir, s->vfb->domain);
	s->log_fd = open(s->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	return s->log_fd < 0 ? fail(why, size, -errno, "cannot open", s->log) : 0;
}

/* In the child. No argument has the password in it. */
static void run(const struct start *s)
{
	const struct be_vfb *vfb = s->vfb;
	const char *program = vfb->program ? vfb->program : QEMU_PROGRAM;
	char domid[16], chardev[240], vnc[96], to[24] = "";
	const char *argv[ARG_MAX_COUNT] = {
		program, "-machine", "xenpv", "-xen-domid", domid, "-xen-attach", "-name", vfb->domain,
		"-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none",
		"-chardev", chardev, "-mon", "chardev=qmp,mode=control", "-vnc", vnc,
	};
	size_t argc = 0;

	while (argv[argc])
		argc++;
	if (vfb->keymap) {
		argv[argc++] = "-k";
		argv[argc++] = vfb->keymap;
	}
	snprintf(domid, sizeof(domid), "%u", vfb->domid);
	snprintf(chardev, sizeof(chardev), "socket,id=qmp,path=%s,server=on,wait=off", s->qmp);
	if (vfb->unused)
		snprintf(to, sizeof(to), ",to=%d", vfb->display + 99);
	snprintf(vnc, sizeof(vnc), "%s:%d%s%s", vfb->listen, vfb->display, to,
		vfb->passwd ? ",password=on" : "");
	execv(program, (char *const *)argv);
	fprintf(stderr, "cannot run %s: %s\n", program, strerror(errno));
}

static void child(const struct start *s)
{
	const struct rlimit limit = { LOG_MAX, LOG_MAX };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGXFSZ, SIG_IGN);	/* a full log is not the end of it */
	setrlimit(RLIMIT_FSIZE, &limit);
	dup2(null, STDIN_FILENO);
	dup2(s->log_fd, STDOUT_FILENO);
	dup2(s->log_fd, STDERR_FILENO);
	close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	fcntl(s->lock_fd, F_SETFD, 0);
	if (null >= 0 && dprintf(s->lock_fd, "%d\n", (int)getpid()) > 0)
		run(s);
	_exit(127);
}

/* The last line of its log. */
static void last_words(const struct start *s, char *text, size_t size)
{
	char buf[1024], *line;
	ssize_t n = 0;
	int fd = open(s->log, O_RDONLY | O_CLOEXEC);
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	if (fd >= 0) {
		n = pread(fd, buf, sizeof(buf) - 1, end > (off_t)sizeof(buf) - 1 ? end - (off_t)sizeof(buf) + 1 : 0);
		close(fd);
	}
	while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r'))
		n--;
	buf[n > 0 ? n : 0] = '\0';
	line = strrchr(buf, '\n');
	snprintf(text, size, "%.240s", line ? line + 1 : buf);
}

/* It has ended, or ends within a moment: 0, and its last words are in why. */
static int has_ended(struct start *s, int ms, char *why, size_t size)
{
	char words[256];
	int status;

	while (waitpid(s->pid, &status, WNOHANG) != s->pid) {
		if (ms <= 0)
			return -EBUSY;
		poll(NULL, 0, STEP_MS);
		ms -= STEP_MS;
	}
	s->pid = 0;
	last_words(s, words, sizeof(words));
	snprintf(why, size, "QEMU ended at once: %s", *words ? words : s->log);
	return 0;
}

/* Until its monitor answers. */
static int await(struct start *s, struct qmp *qmp, char *why, size_t size)
{
	int rc;

	for (int ms = 0; ms < START_MS; ms += STEP_MS) {
		rc = qmp_connect(s->qmp, qmp, why, size);
		if (rc == -EPIPE || rc == -ECONNRESET)	/* its monitor is there before all else is */
			return has_ended(s, STOP_MS, why, size) ? rc : -ECHILD;
		if (rc != -ECONNREFUSED && rc != -ENOENT)
			return rc;
		if (!has_ended(s, 0, why, size))
			return -ECHILD;
		poll(NULL, 0, STEP_MS);
	}
	snprintf(why, size, "QEMU did not open its monitor within %d s (see %s)", START_MS / 1000, s->log);
	return -ETIMEDOUT;
}

static int set_up(struct qmp *qmp, const struct be_vfb *vfb, unsigned int *ret_port, char *why, size_t size)
{
	struct json_object *o = NULL, *v;
	int rc = 0;

	if (vfb->passwd) {
		o = json_object_new_object();
		json_object_object_add(o, "protocol", json_object_new_string("vnc"));
		json_object_object_add(o, "password", json_object_new_string(vfb->passwd));
		rc = qmp_call(qmp, "set_password", o, NULL, why, size);
	}
	o = NULL;
	if (!rc)
		rc = qmp_call(qmp, "query-vnc", NULL, &o, why, size);
	if (rc)
		return rc;
	*ret_port = json_object_object_get_ex(o, "service", &v) ? (unsigned int)json_object_get_int(v) : 0;
	json_object_put(o);
	if (*ret_port && *ret_port <= 65535)
		return 0;
	snprintf(why, size, "QEMU does not say where it listens");
	return -EPROTO;
}

int qemu_open(const struct be_vfb *vfb, unsigned int *ret_port, char *why, size_t size)
{
	struct start s = { .vfb = vfb, .lock_fd = -1, .log_fd = -1 };
	struct qmp qmp = { .fd = -1 };
	int rc = take_lock(&s, why, size);

	if (!rc)
		rc = open_log(&s, why, size);
	if (!rc) {
		s.pid = fork();
		if (!s.pid)
			child(&s);
		if (s.pid < 0)
			rc = fail(why, size, -errno, "cannot start", "QEMU");
	}
	if (!rc)
		rc = await(&s, &qmp, why, size);
	if (!rc)
		rc = set_up(&qmp, vfb, ret_port, why, size);
	qmp_close(&qmp);
	if (rc && s.pid > 0) {
		kill(s.pid, SIGKILL);
		waitpid(s.pid, NULL, 0);
	}
	if (s.lock_fd >= 0)
		close(s.lock_fd);
	if (s.log_fd >= 0)
		close(s.log_fd);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* daemon.c: xenstored from start to end: one instance per folder, ready before the parent exits.
 *
 * Locks: DIR/lock (flock), from the start to the end of the process. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "util/limits.h"
#include "util/log.h"
#include "xenstored/daemon.h"
#include "xenstored/domain.h"
#include "xenstored/journal.h"
#include "xenstored/loop.h"
#include "xenstored/options.h"

#define PATH_SIZE 512

static int fail(const char *what, const char *name, int err)
{
	fprintf(stderr, "xenstored: cannot %s %s: %s\n", what, name, strerror(-err));
	return 1;
}

/* Held until the end of the process. */
static int take_lock(const char *dir)
{
	char path[PATH_SIZE];
	int fd;

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return -EBUSY;
	}
	return 0;
}

static int write_pid(const char *path)
{
	FILE *f = fopen(path, "w");
	int err;

	if (!f)
		return -errno;
	fprintf(f, "%d\n", (int)getpid());
	err = fclose(f) == 0 ? 0 : -errno;
	return err;
}

/* Tells systemd, when it started us and wants to know. */
static void notify_ready(void)
{
	static const char ready[] = "READY=1\n";
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (!path || strlen(path) >= sizeof(addr.sun_path))
		return;
	strcpy(addr.sun_path, path);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, ready, sizeof(ready) - 1, 0, (struct sockaddr *)&addr,
		   offsetof(struct sockaddr_un, sun_path) + strlen(path)) < 0)
		log_warn("store", "cannot tell %s that we are ready: %s", path, strerror(errno));
	close(fd);
}

/* The parent waits on the pipe and exits 0 when the child says that the socket listens. Returns
 * the pipe's end in the child, -1 on failure. */
static int go_background(void)
{
	int fds[2];
	char ok;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid > 0) {
		close(fds[1]);
		_exit(read(fds[0], &ok, 1) == 1 ? 0 : 1);
	}
	close(fds[0]);
	setsid();
	return fds[1];
}

static void detach(int ready_fd, const struct options *o)
{
	int null;

	if (ready_fd < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		if (o->log_file)
			dup2(null, STDERR_FILENO);
		close(null);
	}
	if (chdir("/") != 0)
		log_warn("store", "cannot leave the folder it was started in");
	if (write(ready_fd, "", 1) != 1)
		log_warn("store", "whoever started this is gone");
	close(ready_fd);
}

/* The hypervisor, the state of the last one, the domains. */
static int load(struct store *s, const struct options *o)
{
	char path[PATH_SIZE];
	unsigned int i;
	int err;

	snprintf(path, sizeof(path), "%s/state", o->dir);
	if (o->forget && unlink(path) != 0 && errno != ENOENT)
		return fail("remove", path, -errno);
	err = backend_xen_open(&s->backend);
	if (err < 0)
		log_warn("store", "no hypervisor (%s): serving the socket only", strerror(-err));
	err = journal_open(s, path);
	if (err < 0)
		return fail("use", path, err);
	for (i = 0; i < QUOTA_COUNT; i++) {
		if (o->quota[i] != UINT32_MAX)
			s->quota[i] = o->quota[i];
	}
	store_init_tree(s);
	s->own_kernel = o->own_kernel;
	domain_resume_all(s);
	domain_scan(s);
	journal_compact(s);
	return 0;
}

static int serve(struct store *s, const struct options *o, int ready_fd)
{
	char path[PATH_SIZE];
	int err;

	snprintf(path, sizeof(path), "%s/socket", o->dir);
	err = loop_listen(s, path);
	if (err < 0)
		return fail("listen on", path, err);
	if (s->backend.ops && loop_watch_backend(s) < 0)
		return fail("watch", "event channels", -ENOMEM);
	if (o->pid_file && (err = write_pid(o->pid_file)) < 0)
		return fail("write", o->pid_file, err);
	if (o->print_pid) {
		printf("%d\n", (int)getpid());
		fflush(stdout);
	}
	detach(ready_fd, o);
	notify_ready();
	log_info("store", "ready on %s", path);
	loop_run(s);
	if (o->pid_file)
		unlink(o->pid_file);
	return 0;
}

static int run(const struct options *o, int ready_fd)
{
	struct store *s = store_new();
	int ret;

	s->trace = o->trace;
	ret = loop_new(s) < 0 ? fail("make", "the event loop", -ENOMEM) : load(s, o);
	if (ret == 0)
		ret = serve(s, o, ready_fd);
	store_free(s);
	loop_free(s);
	return ret;
}

int daemon_main(int argc, char **argv)
{
	struct options o;
	int err, ready_fd = -1;

	if (options_parse(argc, argv, &o, stderr) < 0)
		return 1;
	if (o.help) {
		options_usage(stdout);
		return 0;
	}
	if (o.log_file && (err = log_open(o.log_file)) < 0)
		return fail("log to", o.log_file, err);
	log_set_level(o.verbose ? LOG_LVL_DEBUG : LOG_LVL_INFO);
	if (!o.foreground && (ready_fd = go_background()) < 0)
		return fail("start", "in the background", -errno);
	err = take_lock(o.dir);
	if (err == -EBUSY) {
		fprintf(stderr, "xenstored: another one is running on %s\n", o.dir);
		return 1;
	}
	if (err < 0)
		return fail("use", o.dir, err);
	err = limits_raise_files();
	if (err < 0)
		log_debug("store", "cannot raise the limit on open files: %s", strerror(-err));
	return run(&o, ready_fd);
}

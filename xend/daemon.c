/* SPDX-License-Identifier: GPL-2.0-only */
/* daemon.c: running xend as a process: one instance by a lock, readiness to the parent, signals.
 *
 * In the background the parent waits for one byte: its end is 0 once the socket is served. */
#include "xend/daemon.h"
#include "xend/core.h"
#include "util/limits.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_LIMIT (1L << 20)	/* bytes of xend.log before it becomes xend.log.1 ... */
#define LOG_KEEP  5

struct daemon {
	const struct options *opt;
	struct event_base *base;
	struct core *core;
	struct event *signals[3];
	int lock_fd, ready_fd;
};

static int complain(const char *what, const char *path, int err)
{
	fprintf(stderr, "xend: %s %s: %s\n", what, path, strerror(err < 0 ? -err : err));
	return 1;
}

static int make_parent(const char *path)
{
	char *copy = strdup(path), *dir;
	int rc = 0;

	if (!copy)
		return -ENOMEM;
	dir = dirname(copy);
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		rc = complain("cannot make", dir, errno);
	free(copy);
	return rc;
}

/* The lock ends with the process, however it ends; the file stays. */
static int take_lock(struct daemon *m)
{
	const char *path = m->opt->pidfile;
	char text[32] = "";
	ssize_t n;

	if (make_parent(path) || make_parent(m->opt->socket))
		return 1;
	m->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (m->lock_fd < 0)
		return complain("cannot open", path, errno);
	if (flock(m->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return complain("cannot lock", path, errno);
		n = read(m->lock_fd, text, sizeof(text) - 1);
		text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
		fprintf(stderr, "xend: already running (pid %s, %s)\n", *text ? text : "unknown", path);
		return 1;
	}
	return 0;
}

static void write_pid(struct daemon *m)
{
	if (ftruncate(m->lock_fd, 0) < 0 || dprintf(m->lock_fd, "%d\n", (int)getpid()) < 0)
		log_error("daemon", "cannot write %s: %s", m->opt->pidfile, strerror(errno));
}

/* Returns in the child, 0; in the parent -1 - exit code. */
static int go_background(struct daemon *m)
{
	int fds[2];
	char byte;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1 - complain("cannot make", "a pipe", errno);
	pid = fork();
	if (pid < 0)
		return -1 - complain("cannot start", "a process", errno);
	if (pid > 0) {
		close(fds[1]);
		return read(fds[0], &byte, 1) == 1 ? -1 : -2;	/* the child said why */
	}
	close(fds[0]);
	m->ready_fd = fds[1];
	setsid();
	return 0;
}

static void now_ready(struct daemon *m)
{
	int null;

	if (m->ready_fd < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	if (chdir("/") < 0 || write(m->ready_fd, "r", 1) != 1)
		log_error("daemon", "cannot tell the parent: %s", strerror(errno));
	close(m->ready_fd);
	m->ready_fd = -1;
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct daemon *m = arg;

	if (sig == SIGHUP) {
		log_reopen();
		if (m->core)
			core_reopen_logs(m->core);
		return;
	}
	log_info("daemon", "signal %d: ending; domains run on", (int)sig);
	event_base_loopexit(m->base, NULL);
}

static int catch_signals(struct daemon *m)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGHUP };

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		m->signals[i] = evsignal_new(m->base, sigs[i], on_signal, m);
		if (!m->signals[i] || evsignal_add(m->signals[i], NULL) < 0)
			return complain("cannot catch", "signals", ENOMEM);
	}
	return 0;
}

static int open_log(const struct options *opt)
{
	char *path;
	int rc;

	if (opt->verbose)
		log_set_level(LOG_LVL_DEBUG);
	if (opt->foreground)
		return 0;
	if (mkdir(opt->log_dir, 0700) < 0 && errno != EEXIST)
		return complain("cannot make", opt->log_dir, errno);
	if (asprintf(&path, "%s/xend.log", opt->log_dir) < 0)
		return complain("cannot open", "the log", ENOMEM);
	log_set_limit(LOG_LIMIT, LOG_KEEP);
	rc = log_open(path);
	if (rc)
		rc = complain("cannot open", path, rc);
	free(path);
	return rc;
}

static int daemon_run(struct daemon *m, const struct backend_ops *ops)
{
	struct core_options options = {
		.state_dir = m->opt->state_dir, .log_dir = m->opt->log_dir, .image_dir = m->opt->image_dir,
		.dump_dir = m->opt->dump_dir,
		.socket = m->opt->socket, .antiloop_s = m->opt->antiloop_s,
		.autoballoon = m->opt->autoballoon, .dom0_min_mib = m->opt->dom0_min_mib,
		.migrate = m->opt->migrate,
		.network = m->opt->network, .network_now = !m->opt->network_late,
		.qemu = m->opt->qemu,
		.console = {
			.scrollback = (size_t)m->opt->console_scrollback_kib << 10,
			.log_size = (size_t)m->opt->console_log_kib << 10, .log_keep = m->opt->console_log_keep,
		},
	};
	char why[4500] = "out of memory";
	int rc;

	if (!options.network.address)
		options.network.bridge = NULL;
	m->base = event_base_new();
	if (!m->base)
		return complain("cannot start", "libevent", ENOMEM);
	if (open_log(m->opt) || catch_signals(m))
		return 1;
	rc = limits_raise_files();
	if (rc)
		log_warn("daemon", "cannot raise the limit on open files: %s", strerror(-rc));
	rc = core_new(m->base, ops, &options, &m->core, why, sizeof(why));
	if (rc) {
		fprintf(stderr, "xend: %s\n", why);
		log_error("daemon", "%s", why);
		return 1;
	}
	write_pid(m);
	log_info("daemon", "serving %s", m->opt->socket);
	now_ready(m);
	event_base_dispatch(m->base);
	return 0;
}

int daemon_main(const struct options *options, const struct backend_ops *ops)
{
	struct daemon m = { .opt = options, .lock_fd = -1, .ready_fd = -1 };
	int rc = take_lock(&m);

	if (!rc && !options->foreground) {
		rc = go_background(&m);
		if (rc < 0)
			return -1 - rc;
	}
	if (!rc)
		rc = daemon_run(&m, ops);
	core_free(m.core);
	for (size_t i = 0; i < sizeof(m.signals) / sizeof(m.signals[0]); i++)
		if (m.signals[i])
			event_free(m.signals[i]);
	if (m.base)
		event_base_free(m.base);
	log_open(NULL);
	return rc;
}

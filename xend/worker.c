/* SPDX-License-Identifier: GPL-2.0-only */
/* worker.c: processes for long work.
 *
 * The child keeps the pipe and stderr only, so that no client, lock or ring stays open through it,
 * and dies with xend. Reports are lines: "P percent step", "R index value", "W why", "E errno". */
#include "xend/worker.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>

#define WORKER_LINE_MAX 1024

struct worker {
	struct worker_job job;
	struct event *ev;
	struct evbuffer *in;
	pid_t pid;
	int fd;
	struct worker_end end;
	int ended;	/* an "E" line came */
};

struct worker_out {
	int fd;
};

static void out_line(struct worker_out *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void out_line(struct worker_out *out, const char *fmt, ...)
{
	char line[WORKER_LINE_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (int i = 0; i < n; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	line[n++] = '\n';
	if (write(out->fd, line, (size_t)n) < 0)
		_exit(1);	/* xend is gone */
}

void worker_progress(struct worker_out *out, const char *step, int percent)
{
	out_line(out, "P %d %s", percent, step);
}

void worker_result(struct worker_out *out, unsigned int index, uint64_t value)
{
	out_line(out, "R %u %" PRIu64, index, value);
}

void worker_why(struct worker_out *out, const char *text)
{
	out_line(out, "W %s", text);
}

static void worker_child(const struct worker_job *job, int fd, pid_t parent)
	__attribute__((noreturn));

static void worker_child(const struct worker_job *job, int fd, pid_t parent)
{
	struct worker_out out = { .fd = 3 };
	sigset_t none;
	int rc, keep, also;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	prctl(PR_SET_NAME, "xend-worker");
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	log_open(NULL);
	keep = job->keep_fd ? fcntl(job->keep_fd, F_DUPFD, WORKER_FD2 + 1) : -1;
	also = job->keep_fd2 ? fcntl(job->keep_fd2, F_DUPFD, WORKER_FD2 + 1) : -1;
	if (fd != 3)
		dup2(fd, 3);
	fcntl(3, F_SETFD, FD_CLOEXEC);	/* a daemon that we start must not keep xend waiting */
	if (keep >= 0)
		dup2(keep, WORKER_FD);
	if (also >= 0)
		dup2(also, WORKER_FD2);
	close_range(also >= 0 ? WORKER_FD2 + 1 : keep >= 0 ? WORKER_FD + 1 : WORKER_FD, ~0u, 0);
	rc = job->run(job->run_arg, &out);
	out_line(&out, "E %d", rc < 0 ? -rc : 0);
	_exit(0);
}

static void worker_text(struct worker *w, const char *text)
{
	size_t len = strnlen(text, sizeof(w->end.text) - 1);

	memcpy(w->end.text, text, len);
	w->end.text[len] = '\0';
}

static void worker_line(struct worker *w, const char *line)
{
	unsigned int index;
	uint64_t value;
	int n, at = 0;

	if (sscanf(line, "P %d %n", &n, &at) == 1 && at) {
		if (w->job.progress)
			w->job.progress(w->job.arg, line + at, n);
	} else if (sscanf(line, "R %u %" SCNu64, &index, &value) == 2) {
		if (index < WORKER_RESULTS)
			w->end.results[index] = value;
	} else if (sscanf(line, "E %d", &n) == 1) {
		w->end.err = -n;
		w->ended = 1;
	} else if (!strncmp(line, "W ", 2)) {
		worker_text(w, line + 2);
	}
}

static void worker_free(struct worker *w)
{
	if (w->ev)
		event_free(w->ev);
	if (w->in)
		evbuffer_free(w->in);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

/* The pipe is closed: the process is gone or about to be. */
static void worker_finish(struct worker *w)
{
	struct worker_job job = w->job;
	struct worker_end end;
	int status = 0;

	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!w->ended || !WIFEXITED(status)) {
		w->end.err = -EINTR;
		if (WIFSIGNALED(status))
			snprintf(w->end.text, sizeof(w->end.text), "worker killed by signal %d (%s)",
				WTERMSIG(status), strsignal(WTERMSIG(status)));
		else
			snprintf(w->end.text, sizeof(w->end.text), "worker ended with status %d",
				WEXITSTATUS(status));
	} else if (w->end.err && !w->end.text[0]) {
		worker_text(w, strerror(-w->end.err));
	}
	end = w->end;
	worker_free(w);
	job.done(job.arg, &end);
}

static void worker_readable(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	char *line;
	int n = evbuffer_read(w->in, fd, 4096);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	while ((line = evbuffer_readln(w->in, NULL, EVBUFFER_EOL_LF))) {
		worker_line(w, line);
		free(line);
	}
	if (n <= 0)
		worker_finish(w);
}

int worker_start(struct event_base *base, const struct worker_job *job, struct worker **ret_worker)
{
	struct worker *w = calloc(1, sizeof(*w));
	pid_t parent = getpid();
	int fds[2], rc;

	if (!w)
		return -ENOMEM;
	w->job = *job;
	w->fd = -1;
	w->in = evbuffer_new();
	rc = -ENOMEM;
	if (!w->in)
		goto err_worker;
	if (pipe2(fds, O_CLOEXEC) < 0) {
		rc = -errno;
		goto err_worker;
	}
	w->fd = fds[0];
	fcntl(w->fd, F_SETFL, O_NONBLOCK);
	w->ev = event_new(base, w->fd, EV_READ | EV_PERSIST, worker_readable, w);
	if (!w->ev || event_add(w->ev, NULL) < 0)
		goto err_pipe;
	w->pid = fork();
	if (w->pid < 0) {
		rc = -errno;
		goto err_pipe;
	}
	if (w->pid == 0)
		worker_child(job, fds[1], parent);
	close(fds[1]);
	*ret_worker = w;
	return 0;

err_pipe:
	close(fds[1]);
err_worker:
	worker_free(w);
	return rc;
}

void worker_kill(struct worker *w)
{
	if (w)
		kill(w->pid, SIGKILL);
}

void worker_abandon(struct worker *w)
{
	if (!w)
		return;
	kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
	worker_free(w);
}

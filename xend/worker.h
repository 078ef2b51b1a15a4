/* SPDX-License-Identifier: GPL-2.0-only */
/* worker.h: a process that does one long piece of work and reports over a pipe. */
#ifndef XEND_WORKER_H
#define XEND_WORKER_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

struct worker;
struct worker_out;	/* the child's end */

#define WORKER_RESULTS 8
#define WORKER_FD      4
#define WORKER_FD2     5

struct worker_end {
	int err;			/* 0 or -Exxx; -EINTR: killed */
	char text[512];			/* why, if err */
	uint64_t results[WORKER_RESULTS];
};

/* Runs in the child. Returns 0 or -Exxx, with a sentence from worker_why() if it has one. */
typedef int worker_run_fn(void *arg, struct worker_out *out);

struct worker_job {
	const char *name;		/* for messages */
	worker_run_fn *run;
	void *run_arg;			/* in the child a copy, by fork */
	int keep_fd;			/* stays open in the child, as WORKER_FD; 0: none */
	int keep_fd2;			/* a second one, as WORKER_FD2 */
	void (*progress)(void *arg, const char *step, int percent);
	void (*done)(void *arg, const struct worker_end *end);	/* once; the worker is gone then */
	void *arg;
};

int worker_start(struct event_base *base, const struct worker_job *job, struct worker **ret_worker);
/* Kills the process; done() still comes. NULL allowed. */
void worker_kill(struct worker *w);
/* At exit: kills the process, waits for it, no done(). */
void worker_abandon(struct worker *w);

/* In the child. */
void worker_progress(struct worker_out *out, const char *step, int percent);
void worker_result(struct worker_out *out, unsigned int index, uint64_t value);
void worker_why(struct worker_out *out, const char *text);

#endif

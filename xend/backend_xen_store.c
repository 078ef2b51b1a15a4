/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen_store.c: batches and watches on libxenstore's asynchronous client.
 *
 * A batch runs as: [transaction start,] all requests at once, [transaction end]; on EAGAIN of the
 * end all again. A lost connection ends all runs with -EPIPE; a timer then looks for a new one.
 * What is asked meanwhile waits a moment for it: a restart of the daemon is nobody's error. */
#include "xend/backend_xen.h"
#include "util/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <xenstore.h>

#define STORE_RETRY_MS	300
#define TXN_TRIES	64
#define PARK_RETRIES	7	/* of the connection; then what waits for it ends, with -EPIPE */

struct run;

struct slot {
	struct run *run;
	size_t index;
};

struct run {
	TAILQ_ENTRY(run) link;
	struct xs_store *s;
	struct store_batch *batch;
	struct slot *slots;
	size_t waiting;			/* answers to come */
	int err, tries;
	xs_transaction_t txn;
};

struct xs_store {
	struct event_base *base;
	backend_event_fn *fn;
	void *arg;
	struct xs_async *xa;
	struct event *rd, *wr, *retry, *over;
	TAILQ_HEAD(run_list, run) ended; /* to be reported from the loop, never from submit */
	struct run_list parked;		/* submitted while there was no connection */
	unsigned int retries;		/* since the connection was lost */
	bool up, stopped;
};

/* ---- runs --------------------------------------------------------------------------------------- */

static void run_report(struct run *r)
{
	struct store_batch *b = r->batch;
	int err = r->err;

	free(r->slots);
	free(r);
	b->done(b->arg, err, b);
}

static void run_end(struct run *r, int err)
{
	r->err = err;
	TAILQ_INSERT_TAIL(&r->s->ended, r, link);
	if (r->s->over)
		event_active(r->s->over, EV_TIMEOUT, 0);
}

static void report_ended(struct xs_store *s)
{
	struct run *r;

	while ((r = TAILQ_FIRST(&s->ended))) {
		TAILQ_REMOVE(&s->ended, r, link);
		run_report(r);
	}
}

static void store_over(evutil_socket_t fd, short what, void *arg)
{
	report_ended(arg);
}

static void run_start(struct run *r);

static void run_committed(struct xs_async *xa, int err, const char *data, unsigned int len, void *arg)
{
	struct run *r = arg;

	if (err == EAGAIN && !r->err && ++r->tries < TXN_TRIES)
		run_start(r);
	else
		run_end(r, r->err ? r->err : -err);
}

static void run_answered(struct run *r)
{
	int rc;

	if (--r->waiting)
		return;
	if (!r->txn || r->s->stopped || r->err == -EPIPE) {
		run_end(r, r->err);
		return;
	}
	rc = xs_async_transaction_end(r->s->xa, r->txn, r->err != 0, run_committed, r);
	if (rc)
		run_end(r, r->err ? r->err : rc);
}

static void slot_done(struct xs_async *xa, int err, const char *data, unsigned int len, void *arg)
{
	struct slot *slot = arg;
	struct run *r = slot->run;
	struct store_op *op = &r->batch->ops[slot->index];

	if (!err && (op->kind == ST_READ || op->kind == ST_LIST)) {
		free(op->value);
		op->value = malloc(len + 1);
		if (op->value) {
			memcpy(op->value, data, len);
			op->value[len] = '\0';
			op->len = len;
		} else {
			err = ENOMEM;
		}
	}
	if (err && !r->err && (!op->optional || err == EPIPE || err == ECANCELED)) {
		r->err = -err;
		r->batch->failed = slot->index;
	}
	run_answered(r);
}

static int send_perms(struct run *r, const struct store_op *op, struct slot *slot)
{
	struct xs_permissions perms[2] = {
		{ .id = op->access == ST_GUEST_OWNS ? op->domid : 0, .perms = XS_PERM_NONE },
		{ .id = op->domid, .perms = XS_PERM_READ },
	};

	return xs_async_set_permissions(r->s->xa, r->txn, op->path, perms,
		op->access == ST_GUEST_READ ? 2 : 1, slot_done, slot);
}

static int send_op(struct run *r, size_t index)
{
	struct store_op *op = &r->batch->ops[index];
	struct slot *slot = &r->slots[index];
	struct xs_async *xa = r->s->xa;

	slot->run = r;
	slot->index = index;
	switch (op->kind) {
	case ST_READ:
		return xs_async_read(xa, r->txn, op->path, slot_done, slot);
	case ST_LIST:
		return xs_async_directory(xa, r->txn, op->path, slot_done, slot);
	case ST_WRITE:
		return xs_async_write(xa, r->txn, op->path, op->value, (unsigned int)op->len,
			slot_done, slot);
	case ST_RM:
		return xs_async_rm(xa, r->txn, op->path, slot_done, slot);
	case ST_PERMS:
		return send_perms(r, op, slot);
	case ST_INTRODUCE:
		return xs_async_introduce_domain(xa, op->domid, op->mfn, op->port, slot_done, slot);
	case ST_RELEASE:
		return xs_async_release_domain(xa, op->domid, slot_done, slot);
	case ST_RESUME:
		return xs_async_resume_domain(xa, op->domid, slot_done, slot);
	}
	return -EINVAL;
}

static void run_requests(struct run *r)
{
	int rc;

	r->waiting = 1;	/* ourselves, so that no answer ends the run before all are sent */
	for (size_t i = 0; i < r->batch->count && !r->err; i++) {
		rc = send_op(r, i);
		if (rc && !r->err) {
			r->err = rc;
			r->batch->failed = i;
		} else if (!rc) {
			r->waiting++;
		}
	}
	run_answered(r);
}

static void run_started(struct xs_async *xa, int err, const char *data, unsigned int len, void *arg)
{
	struct run *r = arg;

	if (err) {
		run_end(r, -err);
		return;
	}
	r->txn = (xs_transaction_t)strtoul(data, NULL, 10);
	run_requests(r);
}

static void run_start(struct run *r)
{
	int rc;

	if (!r->batch->txn) {
		run_requests(r);
		return;
	}
	rc = xs_async_transaction_start(r->s->xa, run_started, r);
	if (rc)
		run_end(r, rc);
}

/* ---- the connection ------------------------------------------------------------------------------ */

static void store_interest(struct xs_store *s)
{
	if (s->wr && s->xa && xs_async_want_write(s->xa))
		event_add(s->wr, NULL);
}

static void store_unwatch_fd(struct xs_store *s)
{
	if (s->rd)
		event_free(s->rd);
	if (s->wr)
		event_free(s->wr);
	s->rd = s->wr = NULL;
}

static void unpark(struct xs_store *s)
{
	struct run *r;

	while ((r = TAILQ_FIRST(&s->parked))) {
		TAILQ_REMOVE(&s->parked, r, link);
		if (s->up)
			run_start(r);
		else
			run_end(r, s->stopped ? -ECANCELED : -EPIPE);
	}
}

static void store_lost(struct xs_store *s)
{
	static const struct timeval tv = { 0, STORE_RETRY_MS * 1000 };
	bool was_up = s->up;

	store_unwatch_fd(s);
	s->up = false;
	s->retries = 0;
	evtimer_add(s->retry, &tv);
	if (was_up)
		s->fn(s->arg, BE_STORE_DOWN);
}

static void store_io(evutil_socket_t fd, short what, void *arg)
{
	struct xs_store *s = arg;

	if (xs_async_process(s->xa))
		store_lost(s);
	else
		store_interest(s);
}

static void store_watch(struct xs_async_watch *w, const char *path, void *arg)
{
	struct xs_store *s = arg;

	if (path)
		s->fn(s->arg, BE_DOMAINS_CHANGED);
	else
		log_error("store", "xenstored refuses our watch: %s", strerror(errno));
}

static int store_first(struct xs_store *s)
{
	s->xa = xs_async_open();
	if (!s->xa)
		return -errno;
	if (!xs_async_watch(s->xa, "@introduceDomain", store_watch, s) ||
	    !xs_async_watch(s->xa, "@releaseDomain", store_watch, s)) {
		xs_async_close(s->xa);
		s->xa = NULL;
		return -ENOMEM;
	}
	return 0;
}

static void store_connect(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval tv = { 0, STORE_RETRY_MS * 1000 };
	struct xs_store *s = arg;
	int rc = s->xa ? xs_async_reopen(s->xa) : store_first(s);

	if (rc) {
		evtimer_add(s->retry, &tv);
		if (++s->retries >= PARK_RETRIES)
			unpark(s);
		return;
	}
	s->rd = event_new(s->base, xs_async_fd(s->xa), EV_READ | EV_PERSIST, store_io, s);
	s->wr = event_new(s->base, xs_async_fd(s->xa), EV_WRITE, store_io, s);
	if (!s->rd || !s->wr || event_add(s->rd, NULL) < 0) {
		log_error("store", "out of memory");
		return;
	}
	s->up = true;
	unpark(s);
	store_interest(s);
	s->fn(s->arg, BE_STORE_UP);
}

int xs_store_new(struct event_base *base, backend_event_fn *fn, void *arg, struct xs_store **ret_store)
{
	struct xs_store *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->base = base;
	s->fn = fn;
	s->arg = arg;
	TAILQ_INIT(&s->ended);
	TAILQ_INIT(&s->parked);
	s->retry = evtimer_new(base, store_connect, s);
	s->over = event_new(base, -1, 0, store_over, s);
	if (!s->retry || !s->over) {
		xs_store_free(s);
		return -ENOMEM;
	}
	store_connect(-1, 0, s);
	if (!s->up)
		log_warn("store", "xenstored does not answer yet; waiting for it");
	*ret_store = s;
	return 0;
}

void xs_store_submit(struct xs_store *s, struct store_batch *batch)
{
	struct run *r = calloc(1, sizeof(*r));

	if (r)
		r->slots = calloc(batch->count + 1, sizeof(*r->slots));
	if (!r || !r->slots) {
		free(r);
		log_error("store", "out of memory");
		batch->done(batch->arg, -ENOMEM, batch);
		return;
	}
	r->s = s;
	r->batch = batch;
	batch->failed = batch->count;
	if (batch->oom || s->stopped) {
		run_end(r, batch->oom ? -ENOMEM : -ECANCELED);
		return;
	}
	if (!s->up) {
		if (s->retries < PARK_RETRIES)
			TAILQ_INSERT_TAIL(&s->parked, r, link);
		else
			run_end(r, -EPIPE);
		return;
	}
	run_start(r);
	store_interest(s);
}

struct store_watch {
	struct xs_async_watch *w;
	store_watch_fn *fn;
	void *arg;
};

static void watch_fired(struct xs_async_watch *w, const char *path, void *arg)
{
	struct store_watch *watch = arg;

	if (path)
		watch->fn(watch->arg);
	else
		log_error("store", "xenstored refuses a watch: %s", strerror(errno));
}

int xs_store_watch(struct xs_store *s, const char *path, store_watch_fn *fn, void *arg,
	struct store_watch **ret_watch)
{
	struct store_watch *watch;

	if (!s->xa)
		return -ENOTCONN;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->fn = fn;
	watch->arg = arg;
	watch->w = xs_async_watch(s->xa, path, watch_fired, watch);
	if (!watch->w) {
		free(watch);
		return -ENOMEM;
	}
	store_interest(s);
	*ret_watch = watch;
	return 0;
}

void xs_store_unwatch(struct store_watch *watch)
{
	if (!watch)
		return;
	xs_async_unwatch(watch->w);
	free(watch);
}

void xs_store_stop(struct xs_store *s)
{
	if (s->stopped)
		return;
	s->stopped = true;
	store_unwatch_fd(s);
	xs_async_close(s->xa);
	s->xa = NULL;
	s->up = false;
	unpark(s);
	if (s->retry)
		event_free(s->retry);
	if (s->over)
		event_free(s->over);
	s->retry = s->over = NULL;
	report_ended(s);
}

void xs_store_free(struct xs_store *s)
{
	if (!s)
		return;
	xs_store_stop(s);
	free(s);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* migrate_child.c: the sender's worker: connects, sends the guest, and lets the other host start it.
 *
 * Its end tells who runs the guest: 0: the other host; -ECANCELED: not the other host, it has said so, or
 * was never told to; anything else behind the commitment: nobody knows. */
#include "xend/device.h"
#include "xend/migrate.h"
#include "util/savefile.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ASK_PAUSE_MAX 30	/* seconds between two questions */

struct sender {
	struct domain *d;
	const struct migrate_params *p;
	struct worker_out *out;
	struct savefile_out image;
	struct pace pace;
	uint64_t begin_us, stop_us;
	int fd;
	bool refused;		/* the other host has said that it gives up */
	char why[480];
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* ---- words with xend and with the other host ------------------------------------------------------- */

/* What only the daemon may do. */
static int ask(struct sender *s, char what)
{
	char answer = SAY_NO;

	if (send(WORKER_FD, &what, 1, MSG_NOSIGNAL) != 1 || recv(WORKER_FD, &answer, 1, 0) != 1)
		return -ECANCELED;
	return answer == SAY_YES ? 0 : -ECANCELED;
}

static int hear(struct sender *s, const char *step)
{
	struct json_object *o;
	int rc = wire_read(s->fd, MIGRATE_ANSWER_S, &o, s->why, sizeof(s->why));

	if (rc)
		return rc;
	s->refused = *wire_string(o, "error") != '\0';
	rc = wire_expect(o, step, s->why, sizeof(s->why));
	json_object_put(o);
	return rc;
}

/* Has it something to say about why it takes no more? The error with that, or rc. */
static int reason(struct sender *s, int rc)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	char said[480];
	struct json_object *o;

	if (poll(&p, 1, 2000) == 1 && !wire_read(s->fd, 2, &o, said, sizeof(said))) {
		rc = wire_expect(o, "an error", s->why, sizeof(s->why));
		json_object_put(o);
		return rc;
	}
	if (!s->why[0])
		snprintf(s->why, sizeof(s->why), "sending to the other host: %s", strerror(-rc));
	return rc == -EAGAIN ? -ETIMEDOUT : rc;
}

static int hello(struct sender *s)
{
	struct json_object *o = json_object_new_object();
	int rc;

	json_object_object_add(o, "migrate", json_object_new_int(MIGRATE_VERSION));
	json_object_object_add(o, "token", json_object_new_string(migrate_token(s->d)));
	json_object_object_add(o, "live", json_object_new_boolean(s->p->live));
	json_object_object_add(o, "config", config_to_json(&s->d->cfg));
	rc = wire_write(s->fd, o);
	if (rc)
		return reason(s, rc);
	return hear(s, "send");
}

/* ---- the stream ----------------------------------------------------------------------------------- */

/* While the guest goes over, the other host speaks only to end it. */
static bool interrupted(const struct sender *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static int put(void *arg, const struct iovec *iov, int count)
{
	struct sender *s = arg;
	uint64_t before = s->image.bytes, wait;
	int rc = savefile_put(&s->image, iov, count);

	if (!rc && interrupted(s))
		rc = -ECONNRESET;
	if (rc)
		return reason(s, rc);
	wait = pace_sent(&s->pace, s->image.bytes - before, now_us());
	if (wait && !s->stop_us)	/* the stop is short: it is not held back */
		usleep((useconds_t)wait);
	return 0;
}

static int one_round(void *arg, const struct hv_round *r)
{
	struct sender *s = arg;
	char text[96];
	int rc = pace_round(&s->pace, r->dirty, r->data_pages, now_us(), s->why, sizeof(s->why));

	snprintf(text, sizeof(text), "round %u: %llu MiB sent, %llu pages dirty", r->number,
		(unsigned long long)(s->image.bytes >> 20), (unsigned long long)r->dirty);
	worker_progress(s->out, text, 100);
	worker_result(s->out, MIGRATE_DIRTY, r->dirty);
	pace_begin(&s->pace, now_us());
	return rc;
}

static int stop_guest(void *arg)
{
	struct sender *s = arg;
	int rc;

	worker_progress(s->out, "suspending", 100);
	rc = ask(s, ASK_SUSPEND);
	s->stop_us = now_us();
	return rc;
}

static void report(void *arg, const char *step, int percent)
{
	worker_progress(((struct sender *)arg)->out, step, percent);
}

static int send_guest(struct sender *s)
{
	struct hv_stream stream = { .put = put, .opaque = s };
	struct hv_saved saved = { 0 };
	char why[400] = "";
	int rc = 0;

	s->pace = (struct pace){ .limit = s->p->limit, .downtime_ms = s->p->downtime_ms,
		.strict = s->p->strict, .memory_pages = (uint64_t)s->d->cfg.memory_mib << 8 };
	pace_begin(&s->pace, now_us());
	savefile_resume(&s->image, s->fd);
	if (s->p->live) {
		stream.round = one_round;
		stream.suspend = stop_guest;
	} else {
		rc = stop_guest(s);
	}
	if (!rc)
		rc = s->d->core->ops->save(s->d->core->be, s->d->domid, &stream, report, s, &saved, why,
			sizeof(why));
	if (!rc)
		rc = savefile_finish(&s->image);
	savefile_out_clear(&s->image);
	if (rc && !s->why[0])
		snprintf(s->why, sizeof(s->why), "%s", why[0] ? why : strerror(-rc));
	worker_result(s->out, MIGRATE_BYTES, s->image.bytes);
	worker_result(s->out, MIGRATE_PAGES, saved.data_pages);
	worker_result(s->out, MIGRATE_ROUNDS, s->pace.rounds);
	return rc;
}

/* ---- asking what became of it ----------------------------------------------------------------------- */

static int ask_once(struct domain *d, char *why, size_t size)
{
	const struct migrate_params *p = migrate_params(d);
	struct json_object *o = json_object_new_object();
	int fd, rc = wire_connect(&d->core->opt.migrate, p->host, p->port, &fd, why, size);

	json_object_object_add(o, "ask", json_object_new_int(MIGRATE_VERSION));
	json_object_object_add(o, "token", json_object_new_string(migrate_token(d)));
	if (rc) {
		json_object_put(o);
		return rc;
	}
	rc = wire_write(fd, o);
	o = NULL;
	if (!rc)
		rc = wire_read(fd, MIGRATE_CONNECT_S, &o, why, size);
	if (!rc) {
		rc = !strcmp(wire_string(o, "step"), "unknown") ? -ECANCELED
			: wire_expect(o, "running", why, size);
		json_object_put(o);
		if (rc != -ECANCELED && rc)
			rc = -EREMOTEIO;
	}
	close(fd);
	return rc;
}

static int ask_until_known(struct domain *d, struct worker_out *out)
{
	char why[480], text[600];
	unsigned int pause = 0;
	int rc;

	for (;;) {
		why[0] = '\0';
		rc = ask_once(d, why, sizeof(why));
		if (!rc)
			return 0;
		if (rc == -ECANCELED) {
			worker_why(out, "the other host has not taken it over");
			return rc;
		}
		snprintf(text, sizeof(text), "asking: %s", why);
		worker_progress(out, text, -1);
		pause = pause ? pause * 2 < ASK_PAUSE_MAX ? pause * 2 : ASK_PAUSE_MAX : 1;
		sleep(pause);
	}
}

int migrate_ask_child(void *arg, struct worker_out *out)
{
	return ask_until_known(arg, out);
}

/* ---- all of it ------------------------------------------------------------------------------------ */

/* From here on the other host may be running it: nothing of what it asked for here may be left to be done. */
static int commit(struct sender *s)
{
	int rc = devices_settle(s->d, s->why, sizeof(s->why));

	if (!rc)
		rc = hear(s, "ready");

	if (rc)
		return rc;
	worker_result(s->out, MIGRATE_RATE, s->pace.rate);
	rc = ask(s, ASK_COMMIT);
	if (rc) {
		snprintf(s->why, sizeof(s->why), "it was cancelled");
		return rc;
	}
	rc = wire_write(s->fd, wire_step("start"));
	if (!rc)
		rc = hear(s, "running");
	if (!rc) {
		worker_result(s->out, MIGRATE_DOWN_MS, (now_us() - s->stop_us) / 1000);
		return 0;
	}
	if (s->refused)
		return -ECANCELED;
	close(s->fd);
	if (s->p->direct)
		s->why[0] = '\0';
	return !s->p->direct ? -ENOTCONN : ask_until_known(s->d, s->out);
}

int migrate_child(void *arg, struct worker_out *out)
{
	struct domain *d = arg;
	struct sender s = { .d = d, .p = migrate_params(d), .out = out, .fd = WORKER_FD2 };
	int rc = d->core->ops->worker_init(d->core->be);

	signal(SIGPIPE, SIG_IGN);
	s.begin_us = now_us();
	if (!rc && s.p->direct) {
		worker_progress(out, "connecting", 0);
		rc = wire_connect(&d->core->opt.migrate, s.p->host, s.p->port, &s.fd, s.why, sizeof(s.why));
	}
	if (!rc) {
		wire_timeouts(s.fd, MIGRATE_STREAM_S);
		rc = hello(&s);
	}
	if (!rc)
		rc = send_guest(&s);
	if (!rc)
		rc = commit(&s);
	if (rc && s.why[0])
		worker_why(out, s.why);
	worker_result(out, MIGRATE_TOTAL_MS, (now_us() - s.begin_us) / 1000);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* save.c: a domain into an image: the guest is asked to suspend itself, a worker writes, then the
 * domain is destroyed, or goes on (a checkpoint, or a failure).
 *
 * A file is written under another name and renamed when it is whole and on the disk, so that there is
 * never half an image, and an older one stays until then. */
#include "xend/domain.h"
#include "util/savefile.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RESULT_BYTES, RESULT_PAGES, RESULT_DATA, RESULT_ZERO, RESULT_RSS };

struct save {
	struct rpc_call *call;
	char *file, *tmp;		/* NULL: to fd */
	int fd;
	bool checkpoint, paused, compress;
	bool suspended;			/* it has, and the worker runs */
	int64_t asked_ms, suspended_ms;
	struct json_object *result;	/* all is written: what is told when the domain is gone */
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void save_free(struct domain *d)
{
	struct save *s = d->save;

	suspend_over(d);
	if (s->fd >= 0)
		close(s->fd);
	json_object_put(s->result);
	free(s->tmp);
	free(s->file);
	free(s);
	d->save = NULL;
}

const char *save_tmp(const struct domain *d)
{
	return d->save && d->save->tmp ? d->save->tmp : "";
}

void save_cancel(struct domain *d, int err, const char *text)
{
	struct save *s = d->save;

	if (!s || s->result)	/* written: save_gone() answers */
		return;
	if (s->tmp)
		unlink(s->tmp);
	log_warn("save", "%s: %s", d->cfg.name, text);
	rpc_error(s->call, RPC_FAILED, err, d->cfg.name, "domain %s: save: %s", d->cfg.name, text);
	save_free(d);
}

void save_gone(struct domain *d)
{
	struct save *s = d->save;

	if (!s)
		return;
	rpc_result(s->call, s->result);
	s->result = NULL;
	save_free(d);
}

/* ---- a failure: it goes on ---------------------------------------------------------------------- */

static void failed(struct domain *d, int err, const char *text)
{
	char all[700];
	int rc = suspend_go_on(d, false);

	snprintf(all, sizeof(all), "%.600s%s", text,
		rc ? "; and the domain could not be resumed" : "; the domain goes on");
	save_cancel(d, err, all);
	state_save(d, STATE_RUNNING);
}

/* ---- the worker -------------------------------------------------------------------------------- */

static int open_file(const struct save *s, struct worker_out *out)
{
	char why[500];
	struct stat st;
	int fd;

	if (!s->tmp)
		return WORKER_FD;
	if (stat(s->file, &st) == 0 && !S_ISREG(st.st_mode)) {
		snprintf(why, sizeof(why), "%.400s is no regular file", s->file);
		worker_why(out, why);
		return -EINVAL;
	}
	unlink(s->tmp);		/* what an earlier xend left */
	fd = open(s->tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	fd = -errno;
	snprintf(why, sizeof(why), "cannot write %.400s: %s", s->tmp, strerror(-fd));
	worker_why(out, why);
	return fd;
}

static uint64_t own_rss_kib(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

/* The configuration as it is now, the guest's memory, the end. */
static int write_image(struct domain *d, struct savefile_out *im, int fd, struct worker_out *out,
	struct hv_saved *saved, char *why, size_t size)
{
	const struct hv_stream stream = { .put = savefile_put, .opaque = im };
	struct json_object *o = config_to_json(&d->cfg);
	struct rate rate;
	const char *text;
	size_t len;
	int rc;

	text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, &len);
	rc = savefile_begin(im, fd, text, len, d->save->compress);
	json_object_put(o);
	rate_begin(&rate, out, &im->bytes);
	if (!rc)
		rc = d->core->ops->save(d->core->be, d->domid, &stream, rate_report, &rate, saved, why,
			size);
	if (!rc)
		rc = savefile_finish(im);
	savefile_out_clear(im);
	return rc;
}

static int to_disk(const struct save *s, int fd)
{
	if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		return -errno;
	return s->tmp && rename(s->tmp, s->file) < 0 ? -errno : 0;
}

static int save_child(void *arg, struct worker_out *out)
{
	struct domain *d = arg;
	struct hv_saved saved = { 0 };
	struct savefile_out im = { 0 };
	char why[500] = "", text[700];
	int rc = d->core->ops->worker_init(d->core->be), fd;

	signal(SIGPIPE, SIG_IGN);
	if (rc)
		return rc;
	fd = open_file(d->save, out);
	if (fd < 0)
		return fd;
	rc = write_image(d, &im, fd, out, &saved, why, sizeof(why));
	if (!rc)
		rc = to_disk(d->save, fd);
	if (rc) {
		snprintf(text, sizeof(text), "%s: %.400s (after %llu bytes)",
			d->save->file ? d->save->file : "the stream", why[0] ? why : strerror(-rc),
			(unsigned long long)im.bytes);
		worker_why(out, text);
		return rc;
	}
	worker_result(out, RESULT_BYTES, im.bytes);
	worker_result(out, RESULT_PAGES, saved.pages);
	worker_result(out, RESULT_DATA, saved.data_pages);
	worker_result(out, RESULT_ZERO, saved.zero_pages);
	worker_result(out, RESULT_RSS, own_rss_kib());
	return 0;
}

static struct json_object *result_json(const struct save *s, const struct worker_end *end)
{
	static const char *const names[] = {
		[RESULT_BYTES] = "bytes", [RESULT_PAGES] = "pages", [RESULT_DATA] = "data_pages",
		[RESULT_ZERO] = "zero_pages", [RESULT_RSS] = "worker_rss_kib",
	};
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_object_add(o, names[i], json_object_new_int64((int64_t)end->results[i]));
	json_object_object_add(o, "suspend_ms",
		json_object_new_int64(s->suspended_ms - s->asked_ms));
	json_object_object_add(o, "write_ms", json_object_new_int64(now_ms() - s->suspended_ms));
	return o;
}

static void save_done(void *arg, const struct worker_end *end)
{
	struct domain *d = arg;
	struct save *s = d->save;
	struct json_object *o;

	d->worker = NULL;
	if (d->state == DOM_TEARDOWN) {
		teardown_advance(d);
		return;
	}
	if (end->err) {
		failed(d, end->err, end->text);
		return;
	}
	log_info("save", "%s: domain %u saved to %s: %llu MiB", d->cfg.name, d->domid,
		s->file ? s->file : "a stream", (unsigned long long)(end->results[RESULT_BYTES] >> 20));
	s->result = result_json(s, end);
	o = json_object_new_object();
	json_object_object_add(o, "checkpoint", json_object_new_boolean(s->checkpoint));
	event_emit(d->core, "domain.saved", d, o);
	if (!s->checkpoint) {
		teardown_start(d);
		return;
	}
	if (suspend_go_on(d, s->paused)) {
		json_object_put(s->result);
		s->result = NULL;
		save_cancel(d, -EIO, "the image is written, but the domain cannot be resumed");
		return;
	}
	save_gone(d);
	state_save(d, STATE_RUNNING);
}

bool save_suspended(struct domain *d)
{
	struct worker_job job = {
		.name = d->cfg.name, .run = save_child, .run_arg = d, .progress = domain_progress,
		.done = save_done, .arg = d,
	};
	struct save *s = d->save;
	int rc;

	if (!s)
		return false;
	if (s->suspended)
		return true;
	s->suspended = true;
	s->suspended_ms = now_ms();
	suspend_over(d);
	console_drain(d->console);
	if (s->fd >= 0)
		job.keep_fd = s->fd;
	rc = worker_start(d->core->base, &job, &d->worker);
	if (rc)
		failed(d, rc, "cannot start a worker process");
	return true;
}

/* ---- asking ------------------------------------------------------------------------------------ */

static void not_suspended(struct domain *d, int err, const char *text)
{
	char all[200];

	snprintf(all, sizeof(all), "%s; it goes on", text);
	save_cancel(d, err, all);
	state_save(d, STATE_RUNNING);
}

static int save_new(struct domain *d, const struct save_options *o, struct save **ret_save)
{
	struct save *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fd = o->fd;
	s->checkpoint = o->checkpoint || o->paused;
	s->paused = o->paused;
	s->compress = o->compress;
	s->asked_ms = now_ms();
	if (o->file) {
		s->file = strdup(o->file);
		if (asprintf(&s->tmp, "%s.part", o->file) < 0)
			s->tmp = NULL;
	}
	*ret_save = s;
	return o->file && (!s->file || !s->tmp) ? -ENOMEM : 0;
}

void save_start(struct domain *d, struct rpc_call *call, const struct save_options *options)
{
	int rc = save_new(d, options, &d->save);

	if (!rc) {
		d->save->call = call;
		rc = state_save(d, STATE_RUNNING);	/* so that a later xend lets it go on */
	}
	if (!rc)
		rc = suspend_ask(d, not_suspended);
	if (rc) {
		rpc_error(call, RPC_FAILED, rc, d->cfg.name, "domain %s: save: %s", d->cfg.name,
			strerror(-rc));
		if (d->save)
			save_free(d);
		state_save(d, STATE_RUNNING);
		return;
	}
	log_info("save", "%s: domain %u is asked to suspend, for %s", d->cfg.name, d->domid,
		options->file ? options->file : "a stream");
}

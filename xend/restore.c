/* SPDX-License-Identifier: GPL-2.0-only */
/* restore.c: the worker that fills a new domain from an image. The client has read the file's head
 * and the configuration; here it goes on behind them. */
#include "xend/device.h"
#include "util/savefile.h"

#include <stdio.h>
#include <time.h>

void rate_begin(struct rate *r, struct worker_out *out, const uint64_t *bytes)
{
	clock_gettime(CLOCK_MONOTONIC, &r->start);
	r->out = out;
	r->bytes = bytes;
}

/* "saving memory, 81.4 MiB/s" */
void rate_report(void *arg, const char *step, int percent)
{
	const struct rate *r = arg;
	struct timespec now;
	char text[96];
	double s;

	clock_gettime(CLOCK_MONOTONIC, &now);
	s = (double)(now.tv_sec - r->start.tv_sec) + (double)(now.tv_nsec - r->start.tv_nsec) / 1e9;
	snprintf(text, sizeof(text), "%.60s, %.1f MiB/s", step,
		s > 0 ? (double)*r->bytes / 1048576 / s : 0.0);
	worker_progress(r->out, text, percent);
}

int restore_child(void *arg, struct worker_out *out)
{
	struct domain *d = arg;
	const struct hv_build build = {
		.domid = d->domid, .name = d->cfg.name, .store_port = d->store_port,
		.console_port = d->console_port,
	};
	struct savefile image;
	const struct hv_stream stream = {
		.get = savefile_get, .check = savefile_check, .why = savefile_why, .opaque = &image,
	};
	struct hv_built built;
	struct rate rate;
	char why[480] = "";
	int rc = d->core->ops->worker_init(d->core->be);

	savefile_continue(&image, WORKER_FD, (enum savefile_format)d->restore_format);
	rate_begin(&rate, out, &image.offset);
	if (!rc)
		rc = devices_there(d, why, sizeof(why));	/* not only when all of it is here */
	if (!rc)
		rc = d->core->ops->restore(d->core->be, &build, &stream, rate_report, &rate, &built,
			why, sizeof(why));
	if (!rc) {
		rc = savefile_end(&image);
		if (rc)
			snprintf(why, sizeof(why), "end of the image: %.400s", image.why);
	}
	savefile_clear(&image);
	if (rc) {
		if (why[0])
			worker_why(out, why);
		return rc;
	}
	worker_result(out, 0, built.store_mfn);
	worker_result(out, 1, built.console_mfn);
	return 0;
}

void domain_progress(void *arg, const char *step, int percent)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "step", json_object_new_string(step));
	json_object_object_add(o, "percent", json_object_new_int(percent));
	event_emit(((struct domain *)arg)->core, "domain.progress", arg, o);
}

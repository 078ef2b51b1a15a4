/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen_save.c: saving and restoring through libxenctrl. */
#include "xend/backend_xen.h"

#include <errno.h>
#include <stdio.h>

#include <xenctrl.h>

/* libxenctrl has one argument for all its callbacks. */
struct stream_arg {
	const struct hv_stream *stream;
	struct be_progress progress;
};

static int stream_put(void *opaque, const struct iovec *iov, int count)
{
	const struct hv_stream *s = ((struct stream_arg *)opaque)->stream;

	return s->put(s->opaque, iov, count);
}

static int stream_round(void *opaque, const struct xc_save_round *round)
{
	const struct hv_stream *s = ((struct stream_arg *)opaque)->stream;
	const struct hv_round r = { round->number, round->pages, round->data_pages, round->dirty };

	return s->round(s->opaque, &r);
}

static int stream_suspend(void *opaque)
{
	const struct hv_stream *s = ((struct stream_arg *)opaque)->stream;

	return s->suspend(s->opaque);
}

static int stream_get(void *opaque, const struct iovec *iov, int count)
{
	const struct hv_stream *s = ((struct stream_arg *)opaque)->stream;

	return s->get(s->opaque, iov, count);
}

static int stream_check(void *opaque)
{
	const struct hv_stream *s = ((struct stream_arg *)opaque)->stream;

	return s->check(s->opaque);
}

static const char *stream_why(void *opaque)
{
	const struct hv_stream *s = ((struct stream_arg *)opaque)->stream;

	return s->why(s->opaque);
}

static int stream_progress(void *opaque, const char *step, int percent)
{
	return be_report(&((struct stream_arg *)opaque)->progress, step, percent);
}

int be_save(struct backend *be, uint32_t domid, const struct hv_stream *stream,
	hv_progress_fn *progress, void *arg, struct hv_saved *ret_saved, char *why, size_t size)
{
	struct stream_arg a = { stream, { progress, arg } };
	const struct xc_save_params params = {
		.put = stream_put, .progress = stream_progress, .opaque = &a, .keep_windows = true,
		.round = stream->round ? stream_round : NULL,
		.suspend = stream->round ? stream_suspend : NULL,
	};
	struct xc_save_stats stats;

	if (xc_domain_save(be->xch, domid, &params, &stats))
		return be_failed(be, why, size);
	*ret_saved = (struct hv_saved){ stats.pages, stats.data_pages, stats.zero_pages };
	return 0;
}

int be_restore(struct backend *be, const struct hv_build *build, const struct hv_stream *stream,
	hv_progress_fn *progress, void *arg, struct hv_built *ret_built, char *why, size_t size)
{
	struct stream_arg a = { stream, { progress, arg } };
	const struct xc_restore_params params = {
		.get = stream_get, .check = stream_check, .why = stream_why,
		.progress = stream_progress, .opaque = &a, .keep_windows = true,
		.console_evtchn = build->console_port, .store_evtchn = build->store_port,
	};
	struct xc_restore_result result;

	if (xc_domain_restore(be->xch, build->domid, &params, &result))
		return be_failed(be, why, size);
	ret_built->store_mfn = result.store_mfn;
	ret_built->console_mfn = result.console_mfn;
	return 0;
}

int be_resume(struct backend *be, uint32_t domid)
{
	return xc_domain_resume_cancelled(be->xch, domid) ? -errno : 0;
}

int be_live_end(struct backend *be, uint32_t domid)
{
	return xc_domain_live_end(be->xch, domid) ? -errno : 0;
}

/* SPDX-License-Identifier: MIT */
/* sr_restore.c: a migration stream into a new, empty domain. The stream is not trusted: every number
 * in it is checked before it is used, and what the guest may do with its memory the hypervisor checks
 * as for any guest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "sr.h"

#define BODY_MAX	(1U << 20) /* of records that are not pages or p2m frames */
#define PAGES_MAX	(1UL << 28)

int sr_get_vec(struct sr_restore *r, const struct iovec *iov, int count)
{
	return r->params->get(r->params->opaque, iov, count);
}

int sr_get(struct sr_restore *r, void *to, size_t bytes)
{
	struct iovec iov = { to, bytes };

	return bytes ? sr_get_vec(r, &iov, 1) : 0;
}

/* ---- records --------------------------------------------------------------------------------- */

static int on_pv_info(struct sr_restore *r, const void *body, size_t bytes)
{
	const struct sr_pv_info *i = body;

	if (bytes != sizeof(*i))
		return xc_note(r->xch, -EINVAL, "its size is wrong");
	if (i->width != 8 || i->levels != 4)
		return xc_note(r->xch, -EOPNOTSUPP, "only 64-bit PV guests are possible");
	return 0;
}

static int on_p2m_frames(struct sr_restore *r, const void *body, size_t bytes)
{
	const struct sr_p2m_frames *f = body;
	const uint64_t *pfns = (const void *)(f + 1);
	size_t i, count = bytes > sizeof(*f) ? (bytes - sizeof(*f)) / sizeof(*pfns) : 0;

	if (!count || f->start || f->end >= PAGES_MAX || f->end / PFNS_PER_FRAME + 1 != count)
		return xc_note(r->xch, -EINVAL, "its frames do not make the p2m");
	if (r->pages == (uint64_t)f->end + 1) { /* a running guest has moved it */
		memcpy(r->p2m_pfns, pfns, count * sizeof(*pfns));
		return 0;
	}
	if (r->pages)
		return xc_note(r->xch, -EINVAL, "it comes twice, with another size");
	r->p2m = calloc((size_t)f->end + 1, sizeof(*r->p2m));
	r->types = calloc((size_t)f->end + 1, 1);
	r->p2m_pfns = calloc(count, sizeof(*r->p2m_pfns));
	if (r->params->keep_windows)
		r->at = calloc((size_t)f->end + 1, sizeof(*r->at));
	if (!r->p2m || !r->types || !r->p2m_pfns || (r->params->keep_windows && !r->at))
		return -ENOMEM;
	for (i = 0; i < count; i++)
		r->p2m_pfns[i] = pfns[i];
	r->p2m_count = count;
	r->pages = (uint64_t)f->end + 1;
	return 0;
}

static int on_basic(struct sr_restore *r, const void *body, size_t bytes)
{
	return sr_restore_blob(r, SR_BASIC, body, bytes);
}

static int on_extended(struct sr_restore *r, const void *body, size_t bytes)
{
	return sr_restore_blob(r, SR_EXTENDED, body, bytes);
}

static int on_xsave(struct sr_restore *r, const void *body, size_t bytes)
{
	return sr_restore_blob(r, SR_XSAVE, body, bytes);
}

static int on_msrs(struct sr_restore *r, const void *body, size_t bytes)
{
	return sr_restore_blob(r, SR_MSRS, body, bytes);
}

static int on_shared(struct sr_restore *r, const void *body, size_t bytes)
{
	if (bytes != XC_PAGE_SIZE)
		return xc_note(r->xch, -EINVAL, "its size is wrong");
	if (!r->shared)
		r->shared = malloc(bytes);
	if (!r->shared)
		return -ENOMEM;
	memcpy(r->shared, body, bytes);
	return 0;
}

static int on_static_end(struct sr_restore *r, const void *body, size_t bytes)
{
	r->seen_static_end = true;
	return 0;
}

static int on_nothing(struct sr_restore *r, const void *body, size_t bytes)
{
	return 0;
}

static int on_hvm(struct sr_restore *r, const void *body, size_t bytes)
{
	return xc_note(r->xch, -EOPNOTSUPP, "the image is of a fully virtualised guest");
}

static int on_end(struct sr_restore *r, const void *body, size_t bytes)
{
	r->ended = true;
	return bytes ? xc_note(r->xch, -EINVAL, "its size is wrong") : 0;
}

static int (*const handlers[])(struct sr_restore *r, const void *body, size_t bytes) = {
	[XC_RECORD_END] = on_end,
	[XC_RECORD_PV_INFO] = on_pv_info,
	[XC_RECORD_P2M_FRAMES] = on_p2m_frames,
	[XC_RECORD_VCPU_BASIC] = on_basic,
	[XC_RECORD_VCPU_EXTENDED] = on_extended,
	[XC_RECORD_VCPU_XSAVE] = on_xsave,
	[XC_RECORD_SHARED_INFO] = on_shared,
	[XC_RECORD_TSC_INFO] = sr_restore_tsc,
	[XC_RECORD_HVM_CONTEXT] = on_hvm,
	[XC_RECORD_HVM_PARAMS] = on_hvm,
	[XC_RECORD_VCPU_MSRS] = on_msrs,
	[XC_RECORD_VERIFY] = on_nothing, /* the pages that follow come once more */
	[XC_RECORD_CHECKPOINT] = on_nothing, /* a whole state; what follows replaces parts of it */
	[XC_RECORD_STATIC_END] = on_static_end,
	[XC_RECORD_CPUID_POLICY] = sr_restore_policy,
	[XC_RECORD_MSR_POLICY] = sr_restore_policy,
};

/* Reads the body, checks the sums behind it, and only then uses it. */
static int small_record(struct sr_restore *r)
{
	size_t room = ((size_t)r->rec.length + 7) & ~(size_t)7;
	unsigned int limit = r->rec.type == XC_RECORD_P2M_FRAMES ? SR_LENGTH_MAX : BODY_MAX;
	bool known = r->rec.type < sizeof(handlers) / sizeof(handlers[0]) &&
		     handlers[r->rec.type];
	void *body;
	int rc;

	if (!known && !(r->rec.type & SR_OPTIONAL))
		return xc_note(r->xch, -EOPNOTSUPP, "type %#x is not known here", r->rec.type);
	if (r->rec.length > limit)
		return xc_note(r->xch, -EINVAL, "%u bytes are too many", r->rec.length);
	body = malloc(room + 1);
	if (!body)
		return -ENOMEM;
	rc = sr_get(r, body, room);
	if (rc == 0)
		rc = r->params->check(r->params->opaque);
	if (rc == 0 && known)
		rc = handlers[r->rec.type](r, body, r->rec.length);
	free(body);
	return rc;
}

/* Its data is in the guest's memory before its sum is known: a bad one ends the restore anyway. */
static int page_record(struct sr_restore *r)
{
	uint8_t pad[8];
	int rc = r->rec.length > SR_LENGTH_MAX ? -EINVAL : sr_restore_pages(r);

	if (rc == 0 && r->rec.length % 8)
		rc = sr_get(r, pad, 8 - r->rec.length % 8);
	return rc == 0 ? r->params->check(r->params->opaque) : rc;
}

/* A wrong sum explains whatever else is wrong. The reason is ours if the stream has none. */
static const char *reason_of(struct sr_restore *r, int *rc)
{
	const char *why = r->params->why ? r->params->why(r->params->opaque) : "";
	int sum;

	if (*why)
		return why;
	sum = r->params->check(r->params->opaque);
	if (sum != -EBADMSG)
		return NULL;
	*rc = sum;
	return r->params->why ? r->params->why(r->params->opaque) : NULL;
}

/* "record 7 (PAGE_DATA): cause", with the words of whoever knows the cause best. */
static int record_failed(struct sr_restore *r, int rc)
{
	const char *why = reason_of(r, &rc);
	char text[300];

	if (why)
		snprintf(text, sizeof(text), "%s", why);
	else if (r->xch->error[0] == '\1' && r->xch->note_rc == rc)
		snprintf(text, sizeof(text), "%.290s", r->xch->error + 1);
	else
		snprintf(text, sizeof(text), "%s", strerror(-rc));
	return xc_note(r->xch, rc, "record %u (%s): %s", r->index,
		       r->rec.type == UINT32_MAX ? "header" : xc_record_name(r->rec.type), text);
}

static int one_record(struct sr_restore *r)
{
	int rc, percent;

	r->rec.type = UINT32_MAX;
	rc = sr_get(r, &r->rec, sizeof(r->rec));
	if (rc == 0)
		rc = r->rec.type == XC_RECORD_PAGE_DATA ? page_record(r) : small_record(r);
	if (rc < 0)
		return record_failed(r, rc);
	percent = r->info.max_pages ? (int)(r->result.pages * 100 / r->info.max_pages) : 0;
	if (percent > 100)
		percent = 100;
	if (r->params->progress && percent != r->percent) {
		r->percent = percent;
		if (r->params->progress(r->params->opaque, "restoring memory", percent))
			return -ECANCELED;
	}
	return 0;
}

static int headers(struct sr_restore *r)
{
	struct sr_headers h;
	int rc = sr_get(r, &h, sizeof(h));

	if (rc == 0)
		rc = r->params->check(r->params->opaque);
	if (rc < 0) {
		r->rec.type = UINT32_MAX;
		return record_failed(r, rc);
	}
	r->version = __builtin_bswap32(h.version);
	if (h.marker != SR_MARKER || __builtin_bswap32(h.id) != SR_ID)
		return xc_note(r->xch, -EINVAL, "image header: not a migration stream");
	if (r->version < SR_VERSION_MIN || r->version > SR_VERSION)
		return xc_note(r->xch, -EOPNOTSUPP, "image header: version %u, and %u to %u can be read",
			       r->version, SR_VERSION_MIN, SR_VERSION);
	if (h.options & 0x0100)
		return xc_note(r->xch, -EOPNOTSUPP, "image header: big-endian");
	if (h.type != SR_TYPE_PV || h.page_shift != XC_PAGE_SHIFT)
		return xc_note(r->xch, -EOPNOTSUPP, "domain header: not an x86 PV guest (type %u)",
			       h.type);
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int step(struct sr_restore *r, int rc, int (*run)(struct sr_restore *r), const char *what)
{
	char text[300];

	if (rc < 0)
		return rc;
	rc = run(r);
	if (rc < 0) {
		if (r->xch->error[0] == '\1' && r->xch->note_rc == rc)
			snprintf(text, sizeof(text), "%.290s", r->xch->error + 1);
		else
			snprintf(text, sizeof(text), "%s", strerror(-rc));
		xc_note(r->xch, rc, "%s: %s", what, text);
	}
	return rc;
}

static int seed_grants(struct sr_restore *r)
{
	if (xc_grant_seed(r->xch, r->domid, r->result.console_mfn, r->params->console_domid,
			  r->result.store_mfn, r->params->store_domid) == 0)
		return 0;
	return -errno;
}

static int complete(struct sr_restore *r)
{
	int rc = 0;

	if (!r->pages || !r->shared)
		return xc_note(r->xch, -EINVAL, "the stream has no %s record",
			       xc_record_name(r->pages ? XC_RECORD_SHARED_INFO
						       : XC_RECORD_P2M_FRAMES));
	rc = step(r, rc, sr_restore_shared, "shared_info");
	rc = step(r, rc, sr_restore_start_info, "start_info");
	rc = step(r, rc, sr_restore_p2m, "p2m");
	rc = step(r, rc, sr_restore_tables, "page tables");
	rc = step(r, rc, sr_restore_vcpus, "vcpus");
	return step(r, rc, seed_grants, "grant table");
}

static void restore_close(struct sr_restore *r)
{
	unsigned int v, k;

	for (v = 0; v < SR_VCPUS; v++)
		for (k = 0; k < SR_BLOBS; k++)
			free(r->vcpu[v][k].data);
	free(r->windows);
	free(r->at);
	free(r->batch);
	free(r->shared);
	free(r->p2m_pfns);
	free(r->types);
	free(r->p2m);
}

int xc_domain_restore(struct xc_interface *xch, uint32_t domid,
		      const struct xc_restore_params *params, struct xc_restore_result *ret_result)
{
	struct sr_restore *r = calloc(1, sizeof(*r));
	int rc = 0;

	if (!r)
		return (int)xc_edge(xch, -ENOMEM, "restore");
	r->xch = xch;
	r->domid = domid;
	r->params = params;
	r->percent = -1;
	if (xc_domain_getinfo(xch, domid, &r->info) < 0)
		rc = -errno;
	if (rc == 0)
		rc = headers(r);
	while (rc == 0 && !r->ended) {
		rc = one_record(r);
		r->index++;
	}
	if (rc == 0)
		rc = complete(r);
	if (rc == 0)
		*ret_result = r->result;
	restore_close(r);
	free(r);
	return (int)xc_edge(xch, rc, "restore");
}

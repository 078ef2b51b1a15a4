/* SPDX-License-Identifier: MIT */
/* sr_save.c: a suspended PV domain as a migration stream. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include <xen/sched.h>

#include "sr.h"

int sr_put(struct sr_save *s, uint32_t type, const void *head, size_t head_bytes, const void *body,
	   size_t body_bytes)
{
	static const uint8_t zero[8];
	struct sr_record rec = { type, (uint32_t)(head_bytes + body_bytes) };
	struct iovec iov[4] = { { &rec, sizeof(rec) } };
	int n = 1;

	if (head_bytes)
		iov[n++] = (struct iovec){ (void *)(uintptr_t)head, head_bytes };
	if (body_bytes)
		iov[n++] = (struct iovec){ (void *)(uintptr_t)body, body_bytes };
	if (rec.length % 8)
		iov[n++] = (struct iovec){ (void *)(uintptr_t)zero, 8 - rec.length % 8 };
	s->stats.records++;
	return s->params->put(s->params->opaque, iov, n);
}

static int put_headers(struct sr_save *s)
{
	struct sr_headers h = {
		.marker = SR_MARKER,
		.id = __builtin_bswap32(SR_ID),
		.version = __builtin_bswap32(SR_VERSION),
		.type = SR_TYPE_PV,
		.page_shift = XC_PAGE_SHIFT,
	};
	struct iovec iov = { &h, sizeof(h) };
	long version = xc_version(s->xch, XENVER_version, NULL);

	if (version < 0)
		return -errno;
	h.xen_major = (uint32_t)version >> 16;
	h.xen_minor = (uint32_t)version & 0xffff;
	return s->params->put(s->params->opaque, &iov, 1);
}

int sr_put_p2m_frames(struct sr_save *s)
{
	struct sr_p2m_frames head = { 0, (uint32_t)(s->p2m.pages - 1) };
	uint64_t *pfns = calloc(s->p2m.frame_count, sizeof(*pfns));
	size_t i;
	int rc = pfns ? 0 : -ENOMEM;

	for (i = 0; rc == 0 && i < s->p2m.frame_count; i++)
		if (!sr_pfn_of(s, s->p2m.frames[i], &pfns[i]))
			rc = xc_note(s->xch, -ERANGE, "frame %zu of the p2m is not the guest's", i);
	if (rc == 0)
		rc = sr_put(s, XC_RECORD_P2M_FRAMES, &head, sizeof(head), pfns,
			    s->p2m.frame_count * sizeof(*pfns));
	free(pfns);
	return rc;
}

static int put_static(struct sr_save *s)
{
	const struct sr_pv_info info = { .width = 8, .levels = 4 };
	int rc = put_headers(s);

	if (rc == 0)
		rc = sr_put(s, XC_RECORD_PV_INFO, NULL, 0, &info, sizeof(info));
	if (rc == 0)
		rc = sr_save_policy(s);
	if (rc == 0)
		rc = sr_put(s, XC_RECORD_STATIC_END, NULL, 0, NULL, 0);
	return rc;
}

/* What only a domain that has stopped can tell. */
static int put_final(struct sr_save *s)
{
	struct xen_domctl_tsc_info tsc;
	struct sr_tsc rec;
	int rc;

	if (xc_domain_get_tsc_info(s->xch, s->domid, &tsc) < 0)
		return xc_note(s->xch, -errno, "time stamp counter: %s", strerror(errno));
	rec = (struct sr_tsc){ tsc.tsc_mode, tsc.gtsc_khz, tsc.elapsed_nsec, tsc.incarnation, 0 };
	rc = sr_put(s, XC_RECORD_TSC_INFO, NULL, 0, &rec, sizeof(rec));
	if (rc == 0)
		rc = sr_put(s, XC_RECORD_SHARED_INFO, NULL, 0, s->shared, XC_PAGE_SIZE);
	if (rc == 0)
		rc = sr_save_vcpus(s);
	if (rc == 0)
		rc = sr_put(s, XC_RECORD_END, NULL, 0, NULL, 0);
	return rc;
}

static int save_open(struct sr_save *s)
{
	unsigned int bits;
	xen_pfn_t frame;
	void *addr;
	int rc;

	if (xc_domain_getinfo(s->xch, s->domid, &s->info) < 0 ||
	    xc_domain_get_address_size(s->xch, s->domid, &bits) < 0)
		return -errno;
	if (!(s->params && s->params->suspend) && (!(s->info.flags & XEN_DOMINF_shutdown) ||
	    xc_shutdown_reason(&s->info) != SHUTDOWN_suspend))
		return xc_note(s->xch, -EBUSY, "it is not suspended");
	if (s->info.flags & XEN_DOMINF_hvm_guest || bits != 64 || s->info.max_vcpu_id >= SR_VCPUS)
		return xc_note(s->xch, -EOPNOTSUPP, "only 64-bit PV domains can be saved");
	frame = s->info.shared_info_frame;
	rc = do_map(s->xch, s->domid, PROT_READ, &frame, 1, NULL, &addr);
	if (rc < 0)
		return xc_note(s->xch, rc, "shared_info: %s", strerror(-rc));
	s->shared = addr;
	rc = sr_m2p_open(s->xch, &s->m2p);
	if (rc < 0)
		return xc_note(s->xch, rc, "machine-to-physical table: %s", strerror(-rc));
	return sr_p2m_open(s->xch, s->domid, s->shared, &s->p2m);
}

static void save_close(struct sr_save *s)
{
	sr_p2m_close(s->xch, &s->p2m);
	sr_m2p_close(s->xch, &s->m2p);
	if (s->shared)
		s->xch->backend->unmap(s->xch->ctx, (void *)(uintptr_t)s->shared, 1);
}

/* Static data, memory, final data: a live migration does what stands in the middle in rounds. */
int xc_domain_save(struct xc_interface *xch, uint32_t domid, const struct xc_save_params *params,
		   struct xc_save_stats *ret_stats)
{
	struct sr_save s = { .xch = xch, .domid = domid, .params = params, .percent = -1 };
	int rc = save_open(&s);

	if (rc == 0)
		rc = put_static(&s);
	if (rc == 0)
		rc = sr_put_p2m_frames(&s);
	if (rc == 0)
		rc = params->suspend ? sr_save_live(&s) : sr_save_pages(&s);
	if (rc == 0)
		rc = put_final(&s);
	if (rc == 0 && ret_stats)
		*ret_stats = s.stats;
	save_close(&s);
	return (int)xc_edge(xch, rc, "save domain %u", domid);
}

/* SCHEDOP_shutdown returned 1 to the guest: the suspend was cancelled, nothing has changed. */
int xc_domain_resume_cancelled(struct xc_interface *xch, uint32_t domid)
{
	struct vcpu_guest_context *c = malloc(sizeof(*c));
	int rc = -1;

	if (!c)
		return (int)xc_edge(xch, -ENOMEM, "resume");
	if (xc_vcpu_getcontext(xch, domid, 0, c) == 0) {
		c->user_regs.rax = 1;
		if (xc_vcpu_setcontext(xch, domid, 0, c) == 0)
			rc = xc_domain_resume(xch, domid);
	}
	free(c);
	return rc;
}

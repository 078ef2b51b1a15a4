/* SPDX-License-Identifier: MIT */
/* sr_live.c: the memory of a guest that runs, in rounds: all of it, then what was written meanwhile, and
 * so on until the caller is content; the rest when the guest has suspended itself. */
#include <stdlib.h>
#include <string.h>

#include "sr.h"

static size_t map_bytes(const struct sr_save *s)
{
	return (size_t)(s->p2m.pages + 63) / 64 * 8;
}

static int shadow(struct sr_save *s, unsigned int op, unsigned int mode, uint8_t *map,
		  struct xen_domctl_shadow_op_stats *stats, const char *what)
{
	int rc = xc_shadow_control(s->xch, s->domid, op, mode, map, map ? s->p2m.pages : 0, stats);

	return rc >= 0 ? rc : xc_note(s->xch, -errno, "%s: %s", what, strerror(errno));
}

/* A hypervisor without log-dirty mode says one of several things. */
static int begin(struct sr_save *s)
{
	int rc;

	if (xc_shadow_control(s->xch, s->domid, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0, NULL, 0,
			      NULL) >= 0)
		return 0;
	rc = -errno;
	if (rc == -EOPNOTSUPP || rc == -ENOSYS || rc == -EINVAL)
		return xc_note(s->xch, -EOPNOTSUPP, "this hypervisor cannot note what a running guest "
			       "writes (it has no log-dirty mode): only a migration that is not live is "
			       "possible");
	return xc_note(s->xch, rc, "log-dirty mode: %s", strerror(-rc));
}

/* Reads and clears the hypervisor's map of what was written. */
static int take_dirty(struct sr_save *s, unsigned int mode)
{
	uint64_t pfn;
	int rc = shadow(s, XEN_DOMCTL_SHADOW_OP_CLEAN, mode, s->want, NULL, "reading the dirty map");

	if (rc < 0)
		return rc;
	for (pfn = (uint64_t)rc; pfn < s->p2m.pages; pfn++) /* it knows of no more */
		sr_bit_clear(s->want, pfn);
	return 0;
}

static uint64_t count_bits(const uint8_t *map, size_t bytes)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		n += (uint64_t)__builtin_popcount(map[i]);
	return n;
}

/* One round while the guest runs; then the caller decides. 0: one more, 1: enough. */
static int round_done(struct sr_save *s, unsigned int number, uint64_t pages, uint64_t data)
{
	struct xen_domctl_shadow_op_stats stats;
	struct xc_save_round r = { .number = number, .pages = pages };
	int rc = shadow(s, XEN_DOMCTL_SHADOW_OP_PEEK, 0, NULL, &stats, "counting dirty pages");

	if (rc < 0)
		return rc;
	r.data_pages = s->stats.data_pages - data;
	r.dirty = stats.dirty_count;
	return s->params->round(s->params->opaque, &r);
}

static int rounds(struct sr_save *s)
{
	unsigned int number;
	uint8_t *want = s->want;
	int rc = 0;

	for (number = 0; rc == 0; number++) {
		uint64_t data = s->stats.data_pages, pages = s->p2m.pages;

		if (number > 0)
			rc = take_dirty(s, 0);
		if (rc == 0 && number > 0)
			pages = count_bits(want, map_bytes(s));
		s->want = number ? want : NULL; /* first all */
		if (rc == 0)
			rc = sr_save_pages(s);
		s->want = want;
		if (rc == 0)
			rc = round_done(s, number, pages, data);
	}
	return rc < 0 ? rc : 0;
}

/* A guest that has got or given away memory may have moved its p2m. */
static int p2m_again(struct sr_save *s)
{
	struct sr_p2m now = { 0 };
	int rc = sr_p2m_open(s->xch, s->domid, s->shared, &now);

	if (rc == 0 && now.pages != s->p2m.pages)
		rc = xc_note(s->xch, -EAGAIN, "the guest's p2m has grown meanwhile: try again");
	if (rc < 0 || !memcmp(now.frames, s->p2m.frames, now.frame_count * sizeof(*now.frames))) {
		sr_p2m_close(s->xch, &now);
		return rc;
	}
	sr_p2m_close(s->xch, &s->p2m);
	s->p2m = now;
	return sr_put_p2m_frames(s);
}

/* What was written, what was put off, what came and what went. */
static int last_round(struct sr_save *s)
{
	uint64_t pfn, back;
	size_t i;
	int rc = take_dirty(s, XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL);

	if (rc == 0)
		rc = p2m_again(s);
	if (rc < 0)
		return rc;
	for (i = 0; i < map_bytes(s); i++)
		s->want[i] |= s->later[i];
	for (pfn = 0; pfn < s->p2m.pages; pfn++)
		if (sr_bit(s->sent, pfn) != (sr_pfn_of(s, s->p2m.table[pfn], &back) && back == pfn))
			sr_bit_set(s->want, pfn);
	s->last = true;
	return sr_save_pages(s);
}

int sr_save_live(struct sr_save *s)
{
	int rc = begin(s);

	if (rc < 0)
		return rc;
	s->want = calloc(1, map_bytes(s));
	s->sent = calloc(1, map_bytes(s));
	s->later = calloc(1, map_bytes(s));
	if (!s->want || !s->sent || !s->later)
		rc = -ENOMEM;
	if (rc == 0)
		rc = rounds(s);
	if (rc == 0)
		rc = s->params->suspend(s->params->opaque);
	if (rc == 0)
		rc = last_round(s);
	free(s->want);
	free(s->sent);
	free(s->later);
	s->want = s->sent = s->later = NULL;
	if (rc < 0)
		xc_shadow_control(s->xch, s->domid, XEN_DOMCTL_SHADOW_OP_OFF, 0, NULL, 0, NULL);
	return rc;
}

int xc_domain_live_end(struct xc_interface *xch, uint32_t domid)
{
	return xc_shadow_control(xch, domid, XEN_DOMCTL_SHADOW_OP_OFF, 0, NULL, 0, NULL) < 0 ? -1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* sr_save_pages.c: a guest's pages into the stream, by batches: one hypercall types a batch, one call
 * maps it. Pages are copied before they are written, so that one which a backend still writes to is
 * the same for the check sum and for the file. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "sr.h"

#define PFNS_MAX	16384U /* of a record: pages without data cost nothing else */

struct batch {
	struct xc_buf types; /* frames in, types out */
	xen_pfn_t mfns[SR_BATCH], map[SR_BATCH];
	uint64_t pfns[SR_BATCH];
	int errs[SR_BATCH];
	unsigned int count;
};

static bool pfn_lookup(void *ctx, uint64_t mfn, uint64_t *ret_pfn)
{
	return sr_pfn_of(ctx, mfn, ret_pfn);
}

/* Writes the record that has been collected. */
static int flush(struct sr_save *s)
{
	struct sr_pages head = { .count = s->pfn_count };
	struct sr_record rec = { .type = XC_RECORD_PAGE_DATA };
	struct iovec iov[] = {
		{ &rec, sizeof(rec) },
		{ &head, sizeof(head) },
		{ s->pfns, s->pfn_count * sizeof(*s->pfns) },
		{ s->data, (size_t)s->data_count << XC_PAGE_SHIFT },
	};
	int rc;

	if (!s->pfn_count)
		return 0;
	rec.length = (uint32_t)(sizeof(head) + iov[2].iov_len + iov[3].iov_len);
	rc = s->params->put(s->params->opaque, iov, s->data_count ? 4 : 3);
	s->stats.records++;
	s->stats.data_pages += s->data_count;
	s->pfn_count = s->data_count = 0;
	return rc;
}

/* A page that the other side has and the guest gave away. */
static void add_gone(struct sr_save *s, uint64_t pfn)
{
	if (!s->last || !sr_bit(s->sent, pfn))
		return;
	sr_bit_clear(s->sent, pfn);
	s->pfns[s->pfn_count++] = pfn | (uint64_t)XEN_DOMCTL_PFINFO_XTAB << SR_PFN_TYPE_SHIFT;
}

/* The frames of pfns from @first on that the guest has. */
static void collect(struct sr_save *s, struct batch *b, uint64_t first)
{
	uint64_t pfn, end = first + SR_BATCH, mfn, back;

	if (end > s->p2m.pages)
		end = s->p2m.pages;
	b->count = 0;
	for (pfn = first; pfn < end; pfn++) {
		if (s->want && !sr_bit(s->want, pfn))
			continue;
		mfn = ((volatile const uint64_t *)s->p2m.table)[pfn];
		if (!sr_pfn_of(s, mfn, &back) || back != pfn) {
			if (s->sent)
				add_gone(s, pfn);
			continue; /* none, or another domain's */
		}
		b->mfns[b->count] = mfn;
		b->pfns[b->count++] = pfn;
	}
}

static int type_batch(struct sr_save *s, struct batch *b)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getpageframeinfo3, .domain = (domid_t)s->domid };
	int rc;

	memcpy(b->types.p, b->mfns, b->count * sizeof(*b->mfns));
	op.u.getpageframeinfo3.num = b->count;
	set_xen_guest_handle(op.u.getpageframeinfo3.array, b->types.p);
	rc = do_domctl(s->xch, &op);
	return rc < 0 ? xc_note(s->xch, rc, "types of %u pages from pfn %#llx on: %s", b->count,
				(unsigned long long)b->pfns[0], strerror(-rc)) : 0;
}

static int bad_table(struct sr_save *s, int rc, uint64_t pfn, unsigned int level, unsigned int bad)
{
	return xc_note(s->xch, rc, "page table pfn %#llx (level %u): entry %u %s",
		       (unsigned long long)pfn, level, bad,
		       rc == -EINVAL ? "is a large page" : "shows a frame that is not the guest's");
}

/* While the guest runs a page may change its use under our eyes: it comes in the last round. */
static bool put_off(struct sr_save *s, uint64_t pfn)
{
	if (!s->later || s->last)
		return false;
	sr_bit_set(s->later, pfn);
	return true;
}

/* One page to the record; zero pages as what is only allocated. */
static int add_page(struct sr_save *s, uint64_t pfn, uint32_t type, const void *page)
{
	uint8_t *to = s->data + ((size_t)s->data_count << XC_PAGE_SHIFT);
	unsigned int level = sr_level(type), bad;
	int rc = 0;

	if (level) {
		rc = sr_translate_table(page, (uint64_t *)(void *)to, level, pfn_lookup, s, &bad);
		if (rc < 0)
			return put_off(s, pfn) ? 0 : bad_table(s, rc, pfn, level, bad);
	} else if (sr_page_is_zero(page)) {
		type = XEN_DOMCTL_PFINFO_XALLOC;
		s->stats.zero_pages++;
	} else {
		memcpy(to, page, XC_PAGE_SIZE);
	}
	if (type != XEN_DOMCTL_PFINFO_XALLOC)
		s->data_count++;
	if (s->sent)
		sr_bit_set(s->sent, pfn);
	s->pfns[s->pfn_count++] = pfn | (uint64_t)type << SR_PFN_TYPE_SHIFT;
	return 0;
}

static int add_batch(struct sr_save *s, struct batch *b)
{
	const xen_pfn_t *types = b->types.p;
	unsigned int i, mapped = 0, at = 0;
	uint8_t *window = NULL;
	int rc = 0;

	for (i = 0; i < b->count; i++)
		if (sr_has_data((uint32_t)types[i] & XEN_DOMCTL_PFINFO_LTAB_MASK))
			b->map[mapped++] = b->mfns[i];
	if (mapped)
		rc = do_map(s->xch, s->domid, PROT_READ, b->map, mapped, b->errs, (void **)&window);
	for (i = 0; i < b->count && rc == 0; i++) {
		uint32_t type = (uint32_t)types[i] & XEN_DOMCTL_PFINFO_LTAB_MASK;

		if (!sr_has_data(type)) {
			put_off(s, b->pfns[i]);
			continue; /* gone, or broken: the guest loses it */
		}
		if (b->errs[at] && !put_off(s, b->pfns[i]))
			rc = xc_note(s->xch, b->errs[at], "page %#llx: %s",
				     (unsigned long long)b->pfns[i], strerror(-b->errs[at]));
		else if (!b->errs[at])
			rc = add_page(s, b->pfns[i], type, window + ((size_t)at << XC_PAGE_SHIFT));
		at++;
	}
	if (window && s->params->keep_windows && s->kept + mapped <= SR_KEEP_MAX)
		s->kept += mapped;
	else if (window)
		s->xch->backend->unmap(s->xch->ctx, window, mapped);
	return rc;
}

static int progress(struct sr_save *s, uint64_t done)
{
	int percent = (int)(done * 100 / s->p2m.pages);

	if (percent == s->percent || !s->params->progress || s->want)
		return 0; /* of rounds the caller tells */
	s->percent = percent;
	return s->params->progress(s->params->opaque, "saving memory", percent) ? -ECANCELED : 0;
}

int sr_save_pages(struct sr_save *s)
{
	struct batch *b = calloc(1, sizeof(*b));
	uint64_t first;
	int rc = -ENOMEM;

	s->pfns = malloc((PFNS_MAX + SR_BATCH) * sizeof(*s->pfns));
	s->data = mmap(NULL, SR_BATCH << XC_PAGE_SHIFT, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->data == MAP_FAILED)
		s->data = NULL;
	if (b && s->pfns && s->data)
		rc = buf_get(s->xch, &b->types, sizeof(b->mfns), NULL);
	for (first = 0; rc == 0 && first < s->p2m.pages; first += SR_BATCH) {
		collect(s, b, first);
		if (s->m2p.err)
			rc = xc_note(s->xch, s->m2p.err, "machine-to-physical table: %s",
				     strerror(-s->m2p.err));
		if (rc == 0 && b->count)
			rc = type_batch(s, b);
		if (rc == 0)
			rc = add_batch(s, b);
		s->stats.pages += b->count;
		if (rc == 0 && (s->data_count || s->pfn_count >= PFNS_MAX))
			rc = flush(s);
		if (rc == 0)
			rc = progress(s, first + SR_BATCH < s->p2m.pages ? first + SR_BATCH
									  : s->p2m.pages);
	}
	if (rc == 0)
		rc = flush(s);
	if (b)
		buf_put(s->xch, &b->types);
	if (s->data)
		munmap(s->data, SR_BATCH << XC_PAGE_SHIFT);
	free(s->pfns);
	free(b);
	return rc;
}

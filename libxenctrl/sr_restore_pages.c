/* SPDX-License-Identifier: MIT */
/* sr_restore_pages.c: pages of the stream into a new guest. They are read straight into its memory,
 * page tables with pfns in them, which are translated when all pages have a frame. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "sr.h"

#define LARGE_PAGES	512U
#define LARGE_ORDER	9

static int note(struct sr_restore *r, int rc, const char *what, uint64_t pfn)
{
	return xc_note(r->xch, rc, "pfn %#llx: %s", (unsigned long long)pfn, what);
}

static bool is_table(uint8_t type)
{
	return (type & 7) >= 1 && (type & 7) <= 4 && type <= 0xc;
}

bool sr_mfn_of(void *restore, uint64_t pfn, uint64_t *ret_mfn)
{
	const struct sr_restore *r = restore;

	if (pfn >= r->pages || !r->p2m[pfn])
		return false;
	*ret_mfn = r->p2m[pfn];
	return true;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static bool is_large(const struct sr_restore *r, const uint64_t *pfns, unsigned int left)
{
	unsigned int i;

	if (left < LARGE_PAGES || pfns[0] % LARGE_PAGES || pfns[0] + LARGE_PAGES > r->pages)
		return false;
	for (i = 0; i < LARGE_PAGES; i++)
		if (pfns[i] != pfns[0] + i || r->p2m[pfns[i]])
			return false;
	return true;
}

static bool populate_large(struct sr_restore *r, uint64_t pfn)
{
	xen_pfn_t extent = pfn;
	unsigned int i;

	if (do_populate(r->xch, r->domid, 1, LARGE_ORDER, 0, &extent) != 1)
		return false;
	for (i = 0; i < LARGE_PAGES; i++)
		r->p2m[pfn + i] = extent + i;
	return true;
}

static int populate_small(struct sr_restore *r, const uint64_t *pfns, unsigned int count)
{
	xen_pfn_t extents[LARGE_PAGES];
	unsigned int i;
	long rc;

	for (i = 0; i < count; i++)
		extents[i] = pfns[i];
	rc = do_populate(r->xch, r->domid, count, 0, 0, extents);
	if (rc != (long)count)
		return xc_note(r->xch, rc < 0 && rc != -ENOMEM ? (int)rc : -ENOMEM,
			       "no memory for %u pages from pfn %#llx on: the machine or the domain's "
			       "maximum has no more", count, (unsigned long long)pfns[0]);
	for (i = 0; i < count; i++)
		r->p2m[pfns[i]] = extents[i];
	return 0;
}

/* Frames for those of the pfns that have none. Names that come twice would leak a frame. */
static int populate(struct sr_restore *r, const uint64_t *pfns, unsigned int count)
{
	uint64_t some[LARGE_PAGES];
	unsigned int i = 0, n = 0;
	int rc = 0;

	while (rc == 0 && i < count) {
		if (is_large(r, pfns + i, count - i) && populate_large(r, pfns[i])) {
			i += LARGE_PAGES;
			continue;
		}
		if (!r->p2m[pfns[i]]) {
			some[n++] = pfns[i];
			r->p2m[pfns[i]] = 1; /* on its way: not twice */
		}
		i++;
		if (n == LARGE_PAGES || (n && i == count)) {
			rc = populate_small(r, some, n);
			n = 0;
		}
	}
	if (rc == 0 && n)
		rc = populate_small(r, some, n);
	return rc;
}

/* Pages that the saver found to be zero, and free memory may not be. */
static int clear_pages(struct sr_restore *r, const uint64_t *pfns, unsigned int count)
{
	struct mmuext_op *ops;
	struct xc_buf b;
	unsigned int i;
	long rc;

	if (!count)
		return 0;
	rc = buf_get(r->xch, &b, count * sizeof(*ops), NULL);
	if (rc < 0)
		return (int)rc;
	ops = b.p;
	for (i = 0; i < count; i++) {
		ops[i].cmd = MMUEXT_CLEAR_PAGE;
		ops[i].arg1.mfn = r->p2m[pfns[i]];
	}
	rc = do_hypercall(r->xch, __HYPERVISOR_mmuext_op, (uintptr_t)b.p, count, 0, r->domid, 0);
	buf_put(r->xch, &b);
	return rc < 0 ? xc_note(r->xch, (int)rc, "clearing %u pages: %s", count, strerror((int)-rc))
		      : 0;
}

/* The guest gave it away while it was being moved. */
static int give_back(struct sr_restore *r, uint64_t pfn)
{
	struct xen_memory_reservation arg = { .nr_extents = 1, .domid = (domid_t)r->domid };
	struct xc_buf b;
	long rc = buf_get(r->xch, &b, sizeof(xen_pfn_t), &r->p2m[pfn]);

	sr_unkeep(r, pfn);
	if (rc < 0)
		return (int)rc;
	set_xen_guest_handle(arg.extent_start, b.p);
	rc = do_memory_op(r->xch, XENMEM_decrease_reservation, &arg, sizeof(arg));
	buf_put(r->xch, &b);
	if (rc != 1)
		return note(r, rc < 0 ? (int)rc : -EPERM, "cannot be freed", pfn);
	r->p2m[pfn] = 0;
	return 0;
}

/* ---- PAGE_DATA ------------------------------------------------------------------------------- */

/* The list of the record: pfns that need frames, those with data first in @data, zero ones in @zero.
 * All three have @head->count entries of room. */
struct page_list {
	uint64_t *want, *data, *zero;
	unsigned int wanted, with_data, zeros;
};

static int sort_pages(struct sr_restore *r, unsigned int count, struct page_list *l)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < count; i++) {
		uint64_t pfn = r->batch[i] & SR_PFN_MASK;
		uint32_t type = (uint32_t)(r->batch[i] >> SR_PFN_TYPE_SHIFT) &
				XEN_DOMCTL_PFINFO_LTAB_MASK;

		if (pfn >= r->pages)
			return note(r, -EINVAL, "beyond the p2m", pfn);
		if (!sr_type_ok(type))
			return note(r, -EINVAL, "a type that does not exist", pfn);
		r->types[pfn] = (uint8_t)(type >> XEN_DOMCTL_PFINFO_LTAB_SHIFT);
		if (sr_has_data(type))
			l->data[l->with_data++] = pfn;
		else if (type == XEN_DOMCTL_PFINFO_XALLOC)
			l->zero[l->zeros++] = pfn;
		else
			rc = type == XEN_DOMCTL_PFINFO_XTAB && r->p2m[pfn] ? give_back(r, pfn) : 0;
		if (rc < 0)
			return rc;
		if (sr_has_data(type) || type == XEN_DOMCTL_PFINFO_XALLOC)
			l->want[l->wanted++] = pfn;
	}
	return 0;
}

void sr_unkeep(struct sr_restore *r, uint64_t pfn)
{
	struct sr_window *w;

	if (!r->at || pfn >= r->pages || !r->at[pfn])
		return;
	w = &r->windows[r->at[pfn]];
	r->at[pfn] = 0;
	if (w->addr)
		r->xch->backend->unmap(r->xch->ctx, w->addr, w->count);
	w->addr = NULL;
}

/* A page is in one such window at most, or it would not be known where else it is mapped. */
static bool may_keep(const struct sr_restore *r, const uint64_t *pfns, unsigned int count)
{
	unsigned int i;

	if (!r->at || r->kept + count > SR_KEEP_MAX)
		return false;
	for (i = 0; i < count; i++)
		if (r->at[pfns[i]])
			return false;
	return true;
}

/* A window that has done its work. */
static void window_done(struct sr_restore *r, const uint64_t *pfns, unsigned int count, void *addr)
{
	struct sr_window *w = NULL;
	unsigned int i;

	if (may_keep(r, pfns, count))
		w = realloc(r->windows, (r->window_count + 2) * sizeof(*w));
	if (!w) {
		r->xch->backend->unmap(r->xch->ctx, addr, count);
		return;
	}
	r->windows = w;
	w[++r->window_count] = (struct sr_window){ addr, count };
	for (i = 0; i < count; i++)
		r->at[pfns[i]] = r->window_count;
	r->kept += count;
}

/* Page tables behind the other pages: a table that is mapped writable cannot be pinned. */
static unsigned int tables_last(const struct sr_restore *r, const uint64_t *pfns, unsigned int count,
				uint64_t sorted[SR_BATCH], uint16_t slot[SR_BATCH])
{
	unsigned int i, n = 0, plain;

	for (i = 0; i < count; i++)
		if (!is_table(r->types[pfns[i]]))
			sorted[slot[i] = (uint16_t)n++] = pfns[i];
	plain = n;
	for (i = 0; i < count; i++)
		if (is_table(r->types[pfns[i]]))
			sorted[slot[i] = (uint16_t)n++] = pfns[i];
	return plain;
}

static int map_pfns(struct sr_restore *r, const uint64_t *pfns, unsigned int count, void *ret_addr)
{
	xen_pfn_t mfns[SR_BATCH];
	unsigned int i;
	int rc;

	*(void **)ret_addr = NULL;
	if (!count)
		return 0;
	for (i = 0; i < count; i++)
		mfns[i] = r->p2m[pfns[i]];
	rc = do_map(r->xch, r->domid, PROT_READ | PROT_WRITE, mfns, count, NULL, ret_addr);
	return rc < 0 ? xc_note(r->xch, rc, "mapping %u pages: %s", count, strerror(-rc)) : 0;
}

/* Reads the data of @count pages into their frames, by two windows. */
static int read_pages(struct sr_restore *r, const uint64_t *pfns, unsigned int count)
{
	struct iovec iov[SR_BATCH];
	uint64_t sorted[SR_BATCH] = { 0 };
	uint16_t slot[SR_BATCH];
	unsigned int i, plain = tables_last(r, pfns, count, sorted, slot);
	uint8_t *window, *tables = NULL, *page;
	int n = 0, rc = map_pfns(r, sorted, plain, &window);

	if (rc == 0)
		rc = map_pfns(r, sorted + plain, count - plain, &tables);
	for (i = 0; i < count && rc == 0; i++) {
		page = slot[i] < plain ? window + ((size_t)slot[i] << XC_PAGE_SHIFT)
				       : tables + ((size_t)(slot[i] - plain) << XC_PAGE_SHIFT);
		if (n && (uint8_t *)iov[n - 1].iov_base + iov[n - 1].iov_len == page)
			iov[n - 1].iov_len += XC_PAGE_SIZE;
		else
			iov[n++] = (struct iovec){ page, XC_PAGE_SIZE };
	}
	if (rc == 0)
		rc = sr_get_vec(r, iov, n);
	if (window)
		window_done(r, sorted, plain, window);
	if (tables)
		r->xch->backend->unmap(r->xch->ctx, tables, count - plain);
	for (i = plain; i < count; i++)
		sr_unkeep(r, sorted[i]); /* it was none when it came before */
	return rc;
}

static int pages_of_record(struct sr_restore *r, unsigned int count, struct page_list *l)
{
	unsigned int i, n;
	int rc = sort_pages(r, count, l);

	if (rc == 0 && sizeof(struct sr_pages) + count * sizeof(uint64_t) +
			((uint64_t)l->with_data << XC_PAGE_SHIFT) != r->rec.length)
		rc = xc_note(r->xch, -EINVAL, "%u pages with data do not make %u bytes",
			     l->with_data, r->rec.length);
	if (rc == 0)
		rc = populate(r, l->want, l->wanted);
	if (rc == 0)
		rc = clear_pages(r, l->zero, l->zeros);
	for (i = 0; rc == 0 && i < l->with_data; i += n) {
		n = l->with_data - i < SR_BATCH ? l->with_data - i : SR_BATCH;
		rc = read_pages(r, l->data + i, n);
	}
	r->result.pages += l->wanted;
	r->result.data_pages += l->with_data;
	return rc;
}

static int batch_room(struct sr_restore *r, size_t count)
{
	uint64_t *p;

	if (count <= r->batch_room)
		return 0;
	p = realloc(r->batch, 4 * count * sizeof(*p));
	if (!p)
		return -ENOMEM;
	r->batch = p;
	r->batch_room = count;
	return 0;
}

int sr_restore_pages(struct sr_restore *r)
{
	struct page_list l = { 0 };
	struct sr_pages head;
	int rc;

	if (!r->pages)
		return xc_note(r->xch, -EINVAL, "comes before X86_PV_P2M_FRAMES");
	if (r->rec.length < sizeof(head))
		return xc_note(r->xch, -EINVAL, "is too short");
	rc = sr_get(r, &head, sizeof(head));
	if (rc < 0)
		return rc;
	if (!head.count || head.count > (r->rec.length - sizeof(head)) / sizeof(uint64_t))
		return xc_note(r->xch, -EINVAL, "%u pages do not fit into %u bytes", head.count,
			       r->rec.length);
	rc = batch_room(r, head.count);
	if (rc < 0)
		return rc;
	l.want = r->batch + r->batch_room;
	l.data = l.want + r->batch_room;
	l.zero = l.data + r->batch_room;
	rc = sr_get(r, r->batch, head.count * sizeof(uint64_t));
	return rc < 0 ? rc : pages_of_record(r, head.count, &l);
}

/* ---- when all pages are there ---------------------------------------------------------------- */

/* Translates the tables among @count pfns, in place. */
static int translate_batch(struct sr_restore *r, const uint64_t *pfns, unsigned int count)
{
	uint8_t *window;
	unsigned int i, bad;
	int rc = map_pfns(r, pfns, count, &window);

	if (rc < 0)
		return rc;
	for (i = 0; rc == 0 && i < count; i++) {
		uint64_t *table = (uint64_t *)(void *)(window + ((size_t)i << XC_PAGE_SHIFT));

		rc = sr_translate_table(table, table, r->types[pfns[i]] & 7, sr_mfn_of, r, &bad);
		if (rc < 0)
			xc_note(r->xch, rc, "page table pfn %#llx: entry %u %s",
				(unsigned long long)pfns[i], bad,
				rc == -EINVAL ? "is a large page" : "shows a page that did not come");
	}
	r->xch->backend->unmap(r->xch->ctx, window, count);
	return rc;
}

static int translate_all(struct sr_restore *r)
{
	uint64_t pfns[SR_BATCH], pfn;
	unsigned int n = 0;
	int rc = 0;

	for (pfn = 0; rc == 0 && pfn < r->pages; pfn++) {
		if (r->p2m[pfn] && is_table(r->types[pfn]))
			pfns[n++] = pfn;
		if (n && (n == SR_BATCH || pfn + 1 == r->pages)) {
			rc = translate_batch(r, pfns, n);
			n = 0;
		}
	}
	return rc;
}

/* The hypervisor says how many it did: the one behind them is at fault. */
static int pin_batch(struct sr_restore *r, struct xc_buf *b, const uint64_t *pfns, unsigned int count)
{
	uint32_t *done = (void *)((struct mmuext_op *)b->p + SR_BATCH);
	long rc;

	*done = 0;
	rc = do_hypercall(r->xch, __HYPERVISOR_mmuext_op, (uintptr_t)b->p, count, (uintptr_t)done,
			  r->domid, 0);
	if (rc >= 0)
		return 0;
	if (*done >= count)
		*done = count - 1;
	return xc_note(r->xch, (int)rc, "pinning pfn %#llx, a page table of level %u: %s",
		       (unsigned long long)pfns[*done], r->types[pfns[*done]] & 7, strerror((int)-rc));
}

static int pin_all(struct sr_restore *r)
{
	static const unsigned int cmds[] = {
		0, MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE, MMUEXT_PIN_L4_TABLE,
	};
	struct mmuext_op *ops;
	struct xc_buf b;
	unsigned int n = 0;
	uint64_t pfns[SR_BATCH], pfn;
	int rc = buf_get(r->xch, &b, SR_BATCH * sizeof(*ops) + sizeof(uint32_t), NULL);

	ops = b.p;
	for (pfn = 0; rc == 0 && pfn < r->pages; pfn++) {
		if (r->p2m[pfn] && is_table(r->types[pfn]) && r->types[pfn] & 8) {
			ops[n].cmd = cmds[r->types[pfn] & 7];
			ops[n].arg1.mfn = r->p2m[pfn];
			pfns[n++] = pfn;
		}
		if (n && (n == SR_BATCH || pfn + 1 == r->pages)) {
			rc = pin_batch(r, &b, pfns, n);
			n = 0;
		}
	}
	buf_put(r->xch, &b);
	return rc;
}

int sr_restore_tables(struct sr_restore *r)
{
	int rc = translate_all(r);

	return rc < 0 ? rc : pin_all(r);
}

/* The guest's own table, in its memory. */
int sr_restore_p2m(struct sr_restore *r)
{
	xen_pfn_t mfns[SR_BATCH];
	size_t first, i, n;
	int rc = 0;

	for (first = 0; rc == 0 && first < r->p2m_count; first += n) {
		uint64_t *table, pfn = (uint64_t)first * PFNS_PER_FRAME, end;

		n = r->p2m_count - first < SR_BATCH ? r->p2m_count - first : SR_BATCH;
		for (i = 0; i < n; i++) {
			uint64_t at = r->p2m_pfns[first + i];

			if (at >= r->pages || !r->p2m[at] || is_table(r->types[at]))
				return note(r, -EINVAL, "holds the p2m, but is no page for it", at);
			mfns[i] = r->p2m[at];
		}
		rc = do_map(r->xch, r->domid, PROT_READ | PROT_WRITE, mfns, n, NULL, (void **)&table);
		if (rc < 0)
			return xc_note(r->xch, rc, "mapping the p2m: %s", strerror(-rc));
		end = pfn + n * PFNS_PER_FRAME;
		for (i = 0; pfn + i < end && pfn + i < r->pages; i++)
			table[i] = r->p2m[pfn + i] ? r->p2m[pfn + i] : ~0UL;
		r->xch->backend->unmap(r->xch->ctx, table, n);
	}
	return rc;
}

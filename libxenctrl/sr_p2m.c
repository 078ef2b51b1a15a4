/* SPDX-License-Identifier: MIT */
/* sr_p2m.c: the machine's table from frames to pfns, and a guest's from pfns to frames: mapped, so
 * that they cost address space only, whatever their size. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sr.h"

#define M2P_CHUNK_PAGES	512U

/* ---- the machine's --------------------------------------------------------------------------- */

int sr_m2p_open(struct xc_interface *xch, struct sr_m2p *m)
{
	struct xen_machphys_mfn_list list = { 0 };
	struct xc_buf b = { 0 };
	long rc = do_memory_op(xch, XENMEM_maximum_ram_page, NULL, 0);

	if (rc < 0)
		return (int)rc;
	m->max_mfn = (uint64_t)rc;
	m->chunk_count = (size_t)((m->max_mfn + (1UL << M2P_CHUNK_SHIFT)) >> M2P_CHUNK_SHIFT);
	m->chunk_mfns = calloc(m->chunk_count, sizeof(*m->chunk_mfns));
	m->chunks = calloc(m->chunk_count, sizeof(*m->chunks));
	if (!m->chunk_mfns || !m->chunks)
		return -ENOMEM;
	rc = buf_get(xch, &b, m->chunk_count * sizeof(xen_pfn_t), NULL);
	if (rc < 0)
		return (int)rc;
	list.max_extents = (unsigned int)m->chunk_count;
	set_xen_guest_handle(list.extent_start, b.p);
	rc = do_memory_op(xch, XENMEM_machphys_mfn_list, &list, sizeof(list));
	if (rc >= 0) {
		memcpy(m->chunk_mfns, b.p, m->chunk_count * sizeof(xen_pfn_t));
		if (list.nr_extents < m->chunk_count) /* no memory in the last ones */
			m->chunk_count = list.nr_extents;
	}
	buf_put(xch, &b);
	return rc < 0 ? (int)rc : 0;
}

void sr_m2p_close(struct xc_interface *xch, struct sr_m2p *m)
{
	size_t i;

	for (i = 0; m->chunks && i < m->chunk_count; i++)
		if (m->chunks[i])
			xch->backend->unmap(xch->ctx, (void *)(uintptr_t)m->chunks[i],
					    M2P_CHUNK_PAGES);
	free(m->chunks);
	free(m->chunk_mfns);
	memset(m, 0, sizeof(*m));
}

static const uint64_t *m2p_chunk(struct xc_interface *xch, struct sr_m2p *m, size_t chunk)
{
	xen_pfn_t frames[M2P_CHUNK_PAGES];
	void *addr;
	unsigned int i;
	int rc;

	for (i = 0; i < M2P_CHUNK_PAGES; i++)
		frames[i] = m->chunk_mfns[chunk] + i;
	rc = do_map(xch, DOMID_XEN, PROT_READ, frames, M2P_CHUNK_PAGES, NULL, &addr);
	if (rc < 0) {
		m->err = rc;
		return NULL;
	}
	m->chunks[chunk] = addr;
	return addr;
}

bool sr_pfn_of(struct sr_save *s, uint64_t mfn, uint64_t *ret_pfn)
{
	struct sr_m2p *m = &s->m2p;
	size_t chunk = (size_t)(mfn >> M2P_CHUNK_SHIFT);
	const uint64_t *table;
	uint64_t pfn;

	if (mfn > m->max_mfn || chunk >= m->chunk_count)
		return false;
	table = m->chunks[chunk];
	if (!table)
		table = m2p_chunk(s->xch, m, chunk);
	if (!table)
		return false;
	pfn = table[mfn & ((1UL << M2P_CHUNK_SHIFT) - 1)];
	/* The m2p keeps what it said last: only a frame that the p2m confirms is the guest's. */
	if (pfn >= s->p2m.pages || s->p2m.table[pfn] != mfn)
		return false;
	*ret_pfn = pfn;
	return true;
}

/* ---- the guest's ----------------------------------------------------------------------------- */

static int copy_frame(struct xc_interface *xch, uint32_t domid, xen_pfn_t mfn, uint64_t *to)
{
	void *addr;
	int rc = do_map(xch, domid, PROT_READ, &mfn, 1, NULL, &addr);

	if (rc == 0) {
		memcpy(to, addr, XC_PAGE_SIZE);
		xch->backend->unmap(xch->ctx, addr, 1);
	}
	return rc;
}

/* The frames behind the virtual p2m: a walk of page tables, one step down at a time. */
static int p2m_frames_virtual(struct xc_interface *xch, uint32_t domid,
			      const struct shared_info *shared, struct sr_p2m *p)
{
	uint64_t table[4][512], va = shared->arch.p2m_vaddr, tag[4] = { 0 };
	xen_pfn_t top = xen_cr3_to_pfn(shared->arch.p2m_cr3);
	size_t i;
	int level, rc;

	for (i = 0; i < p->frame_count; i++, va += XC_PAGE_SIZE) {
		xen_pfn_t mfn = top;

		for (level = 3; level >= 0; level--) {
			uint64_t pte;

			if (tag[level] != mfn + 1) { /* else the table of the last frame */
				rc = copy_frame(xch, domid, mfn, table[level]);
				if (rc < 0)
					return xc_note(xch, rc, "p2m at %#llx: table of level %d: %s",
						       (unsigned long long)va, level + 1,
						       strerror(-rc));
				tag[level] = mfn + 1;
			}
			pte = table[level][va >> (12 + 9 * level) & 511];
			if (!(pte & PTE_P) || (level && (pte & PTE_PSE)))
				return xc_note(xch, -EFAULT, "p2m at %#llx is not mapped by the guest",
					       (unsigned long long)va);
			mfn = (pte & PTE_FRAME) >> XC_PAGE_SHIFT;
		}
		p->frames[i] = mfn;
	}
	return 0;
}

/* The older tree: a frame of frames of frame numbers. */
static int p2m_frames_list(struct xc_interface *xch, uint32_t domid,
			   const struct shared_info *shared, struct sr_p2m *p)
{
	uint64_t lists[512], list[512];
	xen_pfn_t top = shared->arch.pfn_to_mfn_frame_list_list;
	size_t i;
	int rc;

	if (!top || top == ~0UL || p->frame_count > 512 * 512)
		return xc_note(xch, -EFAULT, "the guest shows no p2m");
	rc = copy_frame(xch, domid, top, lists);
	for (i = 0; rc == 0 && i < p->frame_count; i++) {
		if (i % 512 == 0)
			rc = copy_frame(xch, domid, lists[i / 512], list);
		if (rc == 0)
			p->frames[i] = list[i % 512];
	}
	return rc < 0 ? xc_note(xch, rc, "the guest's list of p2m frames: %s", strerror(-rc)) : 0;
}

int sr_p2m_open(struct xc_interface *xch, uint32_t domid, const struct shared_info *shared,
		struct sr_p2m *p)
{
	void *addr;
	int rc;

	p->pages = shared->arch.max_pfn;
	if (p->pages == 0 || p->pages > 1UL << 28)
		return xc_note(xch, -EFAULT, "the guest's p2m has %llu entries",
			       (unsigned long long)p->pages);
	p->frame_count = (size_t)((p->pages + PFNS_PER_FRAME - 1) / PFNS_PER_FRAME);
	p->frames = calloc(p->frame_count, sizeof(*p->frames));
	if (!p->frames)
		return -ENOMEM;
	if (shared->arch.p2m_cr3)
		rc = p2m_frames_virtual(xch, domid, shared, p);
	else
		rc = p2m_frames_list(xch, domid, shared, p);
	if (rc == 0)
		rc = do_map(xch, domid, PROT_READ, p->frames, p->frame_count, NULL, &addr);
	if (rc == 0)
		p->table = addr;
	return rc;
}

void sr_p2m_close(struct xc_interface *xch, struct sr_p2m *p)
{
	if (p->table)
		xch->backend->unmap(xch->ctx, (void *)(uintptr_t)p->table, p->frame_count);
	free(p->frames);
	memset(p, 0, sizeof(*p));
}

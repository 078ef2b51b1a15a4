/* SPDX-License-Identifier: MIT */
/* fake_memory.c: the fake machine's frames, who has them, and the windows on them. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_private.h"

int64_t take_frames(struct fake *f, uint32_t domid, uint64_t count)
{
	uint64_t i, j;

	for (i = 1; i + count <= f->frames; i++) {
		for (j = 0; j < count && !f->owner[i + j]; j++)
			;
		if (j == count) {
			memset(f->owner + i, (int)domid + 1, count);
			f->free -= count;
			return (int64_t)i;
		}
		i += j;
	}
	return -ENOMEM;
}

int fake_alloc(void *ctx, size_t pages, void **ret_addr)
{
	struct fake *f = ctx;
	void *addr = mmap(NULL, pages << XC_PAGE_SHIFT, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (addr == MAP_FAILED)
		return -errno;
	f->buffers += pages;
	*ret_addr = addr;
	return 0;
}

void fake_free(void *ctx, void *addr, size_t pages)
{
	struct fake *f = ctx;

	f->buffers -= pages;
	munmap(addr, pages << XC_PAGE_SHIFT);
}

static int window_add(struct fake *f, uint8_t *page, uint64_t mfn)
{
	struct fake_window *w = f->windows % 1024 ? f->window
			      : realloc(f->window, (f->windows + 1024) * sizeof(*w));

	if (!w)
		return -ENOMEM;
	f->window = w;
	w[f->windows++] = (struct fake_window){ page, mfn };
	return 0;
}

void fake_unmap(void *ctx, void *addr, size_t count)
{
	struct fake *f = ctx;
	size_t i, w;

	for (i = count; i-- > 0;) {
		for (w = f->windows; w-- > 0;)
			if (f->window[w].page == (uint8_t *)addr + (i << XC_PAGE_SHIFT))
				break;
		f->window[w] = f->window[--f->windows];
	}
	munmap(addr, count << XC_PAGE_SHIFT);
}

int fake_map(void *ctx, uint32_t domid, int prot, const xen_pfn_t *frames, size_t count, int *errs,
	     void **ret_addr)
{
	struct fake *f = ctx;
	uint8_t *addr = mmap(NULL, count << XC_PAGE_SHIFT, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = domid == DOMID_XEN ? f->m2p_fd : f->fd;
	size_t i;

	if (addr == MAP_FAILED)
		return -errno;
	for (i = 0; i < count; i++) {
		errs[i] = window_add(f, addr + (i << XC_PAGE_SHIFT),
				     prot & PROT_WRITE ? frames[i] : UINT64_MAX);
		if (domid != DOMID_XEN && (frames[i] >= f->frames || f->owner[frames[i]] != domid + 1))
			errs[i] = -EINVAL;
		else if (mmap(addr + (i << XC_PAGE_SHIFT), XC_PAGE_SIZE, prot,
			      MAP_SHARED | MAP_FIXED, fd,
			      (off_t)(frames[i] << XC_PAGE_SHIFT)) == MAP_FAILED)
			errs[i] = -errno;
	}
	*ret_addr = addr;
	return 0;
}

int fake_resource(void *ctx, uint32_t domid, unsigned int type, unsigned int id, unsigned long frame,
		  unsigned long count, int prot, void **ret_addr)
{
	struct fake *f = ctx;
	xen_pfn_t mfn;
	int err;

	if (f->no_resource || type != XENMEM_resource_grant_table || id || frame || count != 1)
		return -EOPNOTSUPP;
	if (domid >= FAKE_DOMAINS || !f->dom[domid].exists)
		return -ESRCH;
	mfn = f->dom[domid].grant_frame;
	return fake_map(f, domid, prot, &mfn, 1, &err, ret_addr);
}

/* ---- memory_op ------------------------------------------------------------------------------- */

static long give_back(struct fake *f, struct xen_memory_reservation *r)
{
	uint64_t mfn = r->extent_start.p[0];

	if (r->nr_extents != 1 || mfn >= f->frames || f->owner[mfn] != r->domid + 1)
		return 0;
	f->owner[mfn] = f->pinned[mfn] = 0;
	f->dom[r->domid].tot_pages--;
	f->free++;
	return 1;
}

static long populate(struct fake *f, const struct xen_memory_reservation *r)
{
	struct fake_domain *d = &f->dom[r->domid];
	uint64_t pages = 1ULL << r->extent_order, i, j;

	if (r->extent_order && f->no_large)
		return 0;
	for (i = 0; i < r->nr_extents; i++) {
		uint64_t gfn = r->extent_start.p[i];
		int64_t mfn;

		if (d->tot_pages + pages > d->max_pages)
			break;
		mfn = take_frames(f, r->domid, pages);
		if (mfn < 0)
			break;
		for (j = 0; j < pages; j++)
			f->m2p[(uint64_t)mfn + j] = gfn + j;
		d->tot_pages += pages;
		r->extent_start.p[i] = (xen_pfn_t)mfn;
	}
	return (long)i;
}

long fake_memory_op(struct fake *f, uint64_t cmd, void *arg)
{
	struct xen_foreign_memory_map *m = arg;

	switch (cmd) {
	case XENMEM_populate_physmap:
		return populate(f, arg);
	case XENMEM_decrease_reservation:
		return give_back(f, arg);
	case XENMEM_maximum_ram_page:
		return (long)f->frames - 1;
	case XENMEM_machphys_mfn_list:
		((struct xen_machphys_mfn_list *)arg)->extent_start.p[0] = 0;
		((struct xen_machphys_mfn_list *)arg)->nr_extents = 1;
		return 0;
	case XENMEM_set_memory_map:
		memcpy(&f->dom[m->domid].e820, m->map.buffer.p, sizeof(struct xc_e820entry));
		return 0;
	default:
		return -ENOSYS;
	}
}

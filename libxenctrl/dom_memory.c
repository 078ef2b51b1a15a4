/* SPDX-License-Identifier: MIT */
/* dom_memory.c: getting a guest's memory and putting kernel and ramdisk into it. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dom.h"

#define ORDER_2M	9
#define BATCH		4096U /* extents or pages at a time */

/* ---- windows --------------------------------------------------------------------------------- */

int dom_map(struct dom *d, uint64_t pfn, uint64_t count, void **ret_addr)
{
	if (pfn > d->total_pages || count > d->total_pages - pfn)
		return -EFAULT;
	return do_map(d->xch, d->domid, PROT_READ | PROT_WRITE, d->p2m + pfn, count, NULL,
		      ret_addr);
}

void dom_unmap(struct dom *d, void *addr, uint64_t count)
{
	d->xch->backend->unmap(d->xch->ctx, addr, count);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Up to @count 2 MiB extents at @pfn; p2m gets the frames. Returns extents, 0 when there are none:
 * free memory may be too scattered for them. */
static long populate_large(struct dom *d, uint64_t pfn, uint64_t count)
{
	xen_pfn_t extents[BATCH / 8];
	long i, j, n;

	if (count > sizeof(extents) / sizeof(extents[0]))
		count = sizeof(extents) / sizeof(extents[0]);
	for (i = 0; i < (long)count; i++)
		extents[i] = pfn + ((uint64_t)i << ORDER_2M);
	n = do_populate(d->xch, d->domid, count, ORDER_2M, 0, extents);
	if (n == -ENOMEM)
		return 0;
	for (i = 0; i < n; i++)
		for (j = 0; j < 1 << ORDER_2M; j++)
			d->p2m[pfn + (uint64_t)(i << ORDER_2M) + (uint64_t)j] =
				extents[i] + (uint64_t)j;
	return n;
}

static long populate_small(struct dom *d, uint64_t pfn, uint64_t count)
{
	uint64_t i;

	if (count > BATCH)
		count = BATCH;
	for (i = 0; i < count; i++)
		d->p2m[pfn + i] = pfn + i;
	return do_populate(d->xch, d->domid, count, 0, 0, d->p2m + pfn);
}

static int no_memory(struct dom *d, uint64_t pfn)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
	unsigned long long free_mib = 0;

	if (do_sysctl(d->xch, &op) == 0)
		free_mib = op.u.physinfo.free_pages / 256;
	return xc_note(d->xch, -ENOMEM, "got %llu of %llu MiB (%llu MiB are free in the machine, or "
		       "the domain's maximum is too low)", (unsigned long long)pfn / 256,
		       (unsigned long long)d->total_pages / 256, free_mib);
}

int dom_populate(struct dom *d)
{
	uint64_t pfn = 0;
	bool large = true;
	long n;
	int rc;

	while (pfn < d->total_pages) {
		uint64_t left = d->total_pages - pfn;

		if (large && left >> ORDER_2M) {
			n = populate_large(d, pfn, left >> ORDER_2M);
			if (n == 0)
				large = false;
			if (n > 0)
				n <<= ORDER_2M;
		} else {
			n = populate_small(d, pfn, left);
		}
		if (n == -ENOMEM)
			return no_memory(d, pfn);
		if (n < 0)
			return (int)n;
		pfn += (uint64_t)n;
		rc = dom_progress(d, STEP_MEMORY, pfn, d->total_pages);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- kernel ---------------------------------------------------------------------------------- */

/* Fills [from, from + bytes) of the guest's addresses, which is at @to: the loads are sorted, what
 * is between and behind them is zero. */
static void fill_kernel(const struct image *image, uint64_t from, uint64_t bytes, uint8_t *to)
{
	uint64_t pos = from, end = from + bytes;
	unsigned int i;

	for (i = 0; i < image->load_count && pos < end; i++) {
		const struct image_load *l = &image->loads[i];
		uint64_t stop = l->vaddr + l->filesz;

		if (stop <= pos || l->vaddr >= end)
			continue;
		if (l->vaddr > pos) {
			memset(to + (pos - from), 0, l->vaddr - pos);
			pos = l->vaddr;
		}
		if (stop > end)
			stop = end;
		memcpy(to + (pos - from), image->elf.data + l->offset + (pos - l->vaddr),
		       stop - pos);
		pos = stop;
	}
	if (pos < end)
		memset(to + (pos - from), 0, end - pos);
}

int dom_load_kernel(struct dom *d)
{
	const struct dom_area *k = &d->layout.kernel;
	uint64_t done, n;
	void *addr;
	int rc;

	for (done = 0; done < k->pages; done += n) {
		n = k->pages - done < BATCH ? k->pages - done : BATCH;
		rc = dom_map(d, k->pfn + done, n, &addr);
		if (rc < 0)
			return rc;
		fill_kernel(&d->image, dom_vaddr(d, k->pfn + done), n << XC_PAGE_SHIFT, addr);
		dom_unmap(d, addr, n);
		rc = dom_progress(d, STEP_LOAD, done + n, k->pages);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- ramdisk --------------------------------------------------------------------------------- */

static int read_exactly(int fd, uint8_t *to, uint64_t bytes, uint64_t offset)
{
	while (bytes) {
		ssize_t n = pread(fd, to, bytes, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO; /* it shrank while we read */
		to += n;
		offset += (uint64_t)n;
		bytes -= (uint64_t)n;
	}
	return 0;
}

int dom_load_ramdisk(struct dom *d)
{
	const struct dom_area *r = &d->layout.ramdisk;
	uint64_t done, n, bytes;
	uint8_t *addr;
	int rc;

	for (done = 0; done < r->pages; done += n) {
		n = r->pages - done < BATCH ? r->pages - done : BATCH;
		bytes = d->ramdisk_bytes - (done << XC_PAGE_SHIFT);
		if (bytes > n << XC_PAGE_SHIFT)
			bytes = n << XC_PAGE_SHIFT;
		rc = dom_map(d, r->pfn + done, n, (void **)&addr);
		if (rc < 0)
			return rc;
		rc = read_exactly(d->ramdisk_fd, addr, bytes, done << XC_PAGE_SHIFT);
		memset(addr + bytes, 0, (n << XC_PAGE_SHIFT) - bytes);
		dom_unmap(d, addr, n);
		if (rc < 0)
			return xc_note(d->xch, rc, "%.200s: %s", d->params->ramdisk, strerror(-rc));
		rc = dom_progress(d, STEP_RAMDISK, done + n, r->pages);
		if (rc < 0)
			return rc;
	}
	return 0;
}

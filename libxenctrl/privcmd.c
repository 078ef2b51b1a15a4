/* SPDX-License-Identifier: MIT */
/* privcmd.c: the real backend, Linux's /dev/xen/privcmd and /dev/xen/hypercall. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/sys/privcmd.h>

#include "private.h"

struct privcmd {
	int fd; /* privcmd */
	int buf_fd; /* hypercall buffers; -1: old kernel, locked memory is used */
};

static void privcmd_close(void *ctx)
{
	struct privcmd *p = ctx;

	if (p->buf_fd >= 0)
		close(p->buf_fd);
	close(p->fd);
	free(p);
}

static long privcmd_hypercall(void *ctx, unsigned int op, const uint64_t args[5])
{
	struct privcmd *p = ctx;
	privcmd_hypercall_t call = {
		.op = op, .arg = { args[0], args[1], args[2], args[3], args[4] },
	};
	long rc = ioctl(p->fd, IOCTL_PRIVCMD_HYPERCALL, &call);

	return rc < 0 ? -errno : rc;
}

static int privcmd_alloc(void *ctx, size_t pages, void **ret_addr)
{
	struct privcmd *p = ctx;
	size_t bytes = pages << XC_PAGE_SHIFT;
	void *addr;
	int rc;

	if (p->buf_fd >= 0) {
		addr = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, p->buf_fd, 0);
		if (addr == MAP_FAILED)
			return -errno;
		*ret_addr = addr;
		return 0;
	}
	addr = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED,
		    -1, 0);
	if (addr == MAP_FAILED)
		return -errno;
	/* A fork would make the pages copy-on-write under the hypervisor's feet. */
	if (madvise(addr, bytes, MADV_DONTFORK) < 0 || mlock(addr, bytes) < 0) {
		rc = -errno;
		munmap(addr, bytes);
		return rc;
	}
	*ret_addr = addr;
	return 0;
}

static void privcmd_unmap(void *ctx, void *addr, size_t pages)
{
	munmap(addr, pages << XC_PAGE_SHIFT);
}

/* Addresses for so many frames of a domain, with nothing behind them yet. */
static int open_window(struct privcmd *p, uint32_t domid, size_t count, int prot, void **ret_addr)
{
	void *addr;

	if (count == 0 || count > UINT32_MAX >> XC_PAGE_SHIFT || domid > DOMID_MASK)
		return -EINVAL;
	addr = mmap(NULL, count << XC_PAGE_SHIFT, prot, MAP_SHARED, p->fd, 0);
	if (addr == MAP_FAILED)
		return -errno;
	*ret_addr = addr;
	return 0;
}

static int privcmd_map_foreign(void *ctx, uint32_t domid, int prot, const xen_pfn_t *frames,
			       size_t count, int *errs, void **ret_addr)
{
	struct privcmd *p = ctx;
	privcmd_mmapbatch_v2_t batch = {
		.num = (unsigned int)count, .dom = (domid_t)domid, .arr = frames, .err = errs,
	};
	void *addr = NULL;
	int rc;

	rc = open_window(p, domid, count, prot, &addr);
	if (rc < 0)
		return rc;
	batch.addr = (uintptr_t)addr;
	/* ENOENT: some frames are paged out; errs[] says which. */
	if (ioctl(p->fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &batch) < 0 && errno != ENOENT) {
		rc = -errno;
		munmap(addr, count << XC_PAGE_SHIFT);
		return rc;
	}
	*ret_addr = addr;
	return 0;
}

static int privcmd_map_resource(void *ctx, uint32_t domid, unsigned int type, unsigned int id,
				unsigned long frame, unsigned long count, int prot, void **ret_addr)
{
	struct privcmd *p = ctx;
	privcmd_mmap_resource_t res = {
		.dom = (domid_t)domid, .type = type, .id = id, .idx = (uint32_t)frame,
		.num = count,
	};
	void *addr = NULL;
	int rc;

	rc = open_window(p, domid, count, prot, &addr);
	if (rc < 0)
		return rc;
	res.addr = (uintptr_t)addr;
	if (ioctl(p->fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &res) < 0) {
		rc = errno == ENOTTY ? -EOPNOTSUPP : -errno;
		munmap(addr, count << XC_PAGE_SHIFT);
		return rc;
	}
	*ret_addr = addr;
	return 0;
}

static const struct xc_backend privcmd_backend = {
	.close = privcmd_close,
	.hypercall = privcmd_hypercall,
	.alloc = privcmd_alloc,
	.free = privcmd_unmap,
	.map_foreign = privcmd_map_foreign,
	.map_resource = privcmd_map_resource,
	.unmap = privcmd_unmap,
};

int xc_privcmd_open(struct xc_interface **ret_xch)
{
	struct privcmd *p = malloc(sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	p->fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	if (p->fd < 0 && errno == ENOENT)
		p->fd = open("/proc/xen/privcmd", O_RDWR | O_CLOEXEC);
	if (p->fd < 0) {
		rc = -errno;
		free(p);
		return rc;
	}
	p->buf_fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
	return xc_open_backend(&privcmd_backend, p, ret_xch);
}

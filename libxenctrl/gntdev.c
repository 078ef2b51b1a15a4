/* SPDX-License-Identifier: MIT */
/* gntdev.c: pages that other domains granted, through /dev/xen/gntdev. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/sys/gntdev.h>

#include "private.h"

#define GRANTS_MAX	65536U

struct xc_gntdev {
	int fd;
};

struct xc_gntdev *xc_gntdev_open(void)
{
	struct xc_gntdev *xcg = malloc(sizeof(*xcg));
	int saved;

	if (!xcg)
		return NULL;
	xcg->fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (xcg->fd < 0) {
		saved = errno;
		free(xcg);
		errno = saved;
		return NULL;
	}
	return xcg;
}

void xc_gntdev_close(struct xc_gntdev *xcg)
{
	if (!xcg)
		return;
	close(xcg->fd);
	free(xcg);
}

static int forget(struct xc_gntdev *xcg, uint64_t index, unsigned int count)
{
	struct ioctl_gntdev_unmap_grant_ref arg = { .index = index, .count = count };

	return ioctl(xcg->fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &arg);
}

void *xc_gntdev_map(struct xc_gntdev *xcg, uint32_t domid, const uint32_t *refs,
		    unsigned int count, int prot)
{
	struct ioctl_gntdev_map_grant_ref *arg;
	void *addr = MAP_FAILED;
	unsigned int i;
	int saved;

	if (count == 0 || count > GRANTS_MAX) {
		errno = EINVAL;
		return NULL;
	}
	arg = calloc(1, sizeof(*arg) + (count - 1) * sizeof(arg->refs[0]));
	if (!arg)
		return NULL;
	arg->count = count;
	for (i = 0; i < count; i++) {
		struct ioctl_gntdev_grant_ref *ref = arg->refs + i;

		ref->domid = domid;
		ref->ref = refs[i];
	}
	if (ioctl(xcg->fd, IOCTL_GNTDEV_MAP_GRANT_REF, arg) == 0) {
		addr = mmap(NULL, (size_t)count << XC_PAGE_SHIFT, prot, MAP_SHARED, xcg->fd,
			    (off_t)arg->index);
		saved = errno;
		if (addr == MAP_FAILED)
			forget(xcg, arg->index, count);
		errno = saved;
	}
	saved = errno;
	free(arg);
	errno = saved;
	return addr == MAP_FAILED ? NULL : addr;
}

/* Index by which the device knows a mapping. */
static int index_of(struct xc_gntdev *xcg, void *addr, uint64_t *ret_index, uint32_t *ret_count)
{
	struct ioctl_gntdev_get_offset_for_vaddr arg = { .vaddr = (uintptr_t)addr };

	if (ioctl(xcg->fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &arg) < 0)
		return -1;
	*ret_index = arg.offset;
	*ret_count = arg.count;
	return 0;
}

int xc_gntdev_unmap(struct xc_gntdev *xcg, void *addr, unsigned int count)
{
	uint64_t index;
	uint32_t mapped;

	if (index_of(xcg, addr, &index, &mapped) < 0)
		return -1;
	if (mapped != count) {
		errno = EINVAL;
		return -1;
	}
	if (munmap(addr, (size_t)count << XC_PAGE_SHIFT) < 0)
		return -1;
	return forget(xcg, index, count);
}

int xc_gntdev_notify_on_unmap(struct xc_gntdev *xcg, void *addr, long offset, uint32_t port)
{
	struct ioctl_gntdev_unmap_notify arg = {
		.action = UNMAP_NOTIFY_SEND_EVENT, .event_channel_port = port,
	};
	uint32_t count;

	if (index_of(xcg, addr, &arg.index, &count) < 0)
		return -1;
	if (offset >= 0) {
		arg.index += (uint64_t)offset;
		arg.action |= UNMAP_NOTIFY_CLEAR_BYTE;
	}
	return ioctl(xcg->fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &arg);
}

/* SPDX-License-Identifier: MIT */
/* /dev/xen/gntalloc: pages of our own, granted to another domain. */
#ifndef XEN_SYS_GNTALLOC_H
#define XEN_SYS_GNTALLOC_H

#include <stdint.h>
#include <sys/ioctl.h>

/* @count pages for @domid; OUT: @index to mmap() at, the references. */
struct ioctl_gntalloc_alloc_gref {
	uint16_t domid;
	uint16_t flags;
	uint32_t count;
	uint64_t index;
	uint32_t gref_ids[1];
};

#define GNTALLOC_FLAG_WRITABLE	1

struct ioctl_gntalloc_dealloc_gref {
	uint64_t index;
	uint32_t count;
};

struct ioctl_gntalloc_unmap_notify {
	uint64_t index;
	uint32_t action; /* UNMAP_NOTIFY_* */
	uint32_t event_channel_port;
};

#ifndef UNMAP_NOTIFY_CLEAR_BYTE
#define UNMAP_NOTIFY_CLEAR_BYTE	0x1
#define UNMAP_NOTIFY_SEND_EVENT	0x2
#endif

#define IOCTL_GNTALLOC_ALLOC_GREF \
	_IOC(_IOC_NONE, 'G', 5, sizeof(struct ioctl_gntalloc_alloc_gref))
#define IOCTL_GNTALLOC_DEALLOC_GREF \
	_IOC(_IOC_NONE, 'G', 6, sizeof(struct ioctl_gntalloc_dealloc_gref))
#define IOCTL_GNTALLOC_SET_UNMAP_NOTIFY \
	_IOC(_IOC_NONE, 'G', 7, sizeof(struct ioctl_gntalloc_unmap_notify))

#endif /* XEN_SYS_GNTALLOC_H */

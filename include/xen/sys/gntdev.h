/* SPDX-License-Identifier: MIT */
/* /dev/xen/gntdev: mapping pages that other domains granted. */
#ifndef XEN_SYS_GNTDEV_H
#define XEN_SYS_GNTDEV_H

#include <stdint.h>
#include <sys/ioctl.h>

struct ioctl_gntdev_grant_ref {
	uint32_t domid;
	uint32_t ref;
};

/* Prepare a mapping of @count pages; @index (OUT) is the offset to mmap() at. */
struct ioctl_gntdev_map_grant_ref {
	uint32_t count;
	uint32_t pad;
	uint64_t index;
	struct ioctl_gntdev_grant_ref refs[1];
};

/* After munmap(): forget what map prepared. */
struct ioctl_gntdev_unmap_grant_ref {
	uint64_t index;
	uint32_t count;
	uint32_t pad;
};

struct ioctl_gntdev_get_offset_for_vaddr {
	uint64_t vaddr;
	uint64_t offset; /* OUT */
	uint32_t count; /* OUT */
	uint32_t pad;
};

struct ioctl_gntdev_set_max_grants {
	uint32_t count;
};

/* What happens when the mapping goes away, even by exit: clear a byte, notify a port. */
struct ioctl_gntdev_unmap_notify {
	uint64_t index;
	uint32_t action; /* UNMAP_NOTIFY_* */
	uint32_t event_channel_port;
};

#ifndef UNMAP_NOTIFY_CLEAR_BYTE
#define UNMAP_NOTIFY_CLEAR_BYTE	0x1
#define UNMAP_NOTIFY_SEND_EVENT	0x2
#endif

#define IOCTL_GNTDEV_MAP_GRANT_REF \
	_IOC(_IOC_NONE, 'G', 0, sizeof(struct ioctl_gntdev_map_grant_ref))
#define IOCTL_GNTDEV_UNMAP_GRANT_REF \
	_IOC(_IOC_NONE, 'G', 1, sizeof(struct ioctl_gntdev_unmap_grant_ref))
#define IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR \
	_IOC(_IOC_NONE, 'G', 2, sizeof(struct ioctl_gntdev_get_offset_for_vaddr))
#define IOCTL_GNTDEV_SET_MAX_GRANTS \
	_IOC(_IOC_NONE, 'G', 3, sizeof(struct ioctl_gntdev_set_max_grants))
#define IOCTL_GNTDEV_SET_UNMAP_NOTIFY \
	_IOC(_IOC_NONE, 'G', 7, sizeof(struct ioctl_gntdev_unmap_notify))

#endif /* XEN_SYS_GNTDEV_H */

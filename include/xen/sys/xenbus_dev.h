/* SPDX-License-Identifier: MIT */
/* /dev/xen/xenbus_backend: how xenstored meets dom0's kernel. */
#ifndef XEN_SYS_XENBUS_DEV_H
#define XEN_SYS_XENBUS_DEV_H

#include <sys/ioctl.h>

/* Returns the kernel's event channel; the ring page is mmap()ed at offset 0. */
#define IOCTL_XENBUS_BACKEND_EVTCHN	_IOC(_IOC_NONE, 'B', 0, 0)

/* A fresh ring for a xenstored in domain @arg; returns its port. */
#define IOCTL_XENBUS_BACKEND_SETUP	_IOC(_IOC_NONE, 'B', 1, 0)

#endif /* XEN_SYS_XENBUS_DEV_H */

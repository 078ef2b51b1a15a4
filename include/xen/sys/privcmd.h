/* SPDX-License-Identifier: MIT */
/* /dev/xen/privcmd: hypercalls and mappings of other domains' memory, for the toolstack. */
#ifndef XEN_SYS_PRIVCMD_H
#define XEN_SYS_PRIVCMD_H

#include <sys/ioctl.h>

#include "../xen.h"

/* Returns the hypercall's result. Memory it touches must not fault. */
typedef struct privcmd_hypercall {
	uint64_t op;
	uint64_t arg[5];
} privcmd_hypercall_t;

/* Map @num frames of @dom at @addr (inside a mapping of the device); -errno each in @err. */
typedef struct privcmd_mmapbatch_v2 {
	unsigned int num;
	domid_t dom;
	uint64_t addr;
	const xen_pfn_t *arr;
	int *err;
} privcmd_mmapbatch_v2_t;

/* Map frames of a resource (XENMEM_acquire_resource); @num 0 with @addr 0 asks for the size. */
typedef struct privcmd_mmap_resource {
	domid_t dom;
	uint32_t type;
	uint32_t id;
	uint32_t idx;
	uint64_t num;
	uint64_t addr;
} privcmd_mmap_resource_t;

#define IOCTL_PRIVCMD_HYPERCALL		_IOC(_IOC_NONE, 'P', 0, sizeof(privcmd_hypercall_t))
#define IOCTL_PRIVCMD_MMAPBATCH_V2	_IOC(_IOC_NONE, 'P', 4, sizeof(privcmd_mmapbatch_v2_t))
#define IOCTL_PRIVCMD_RESTRICT		_IOC(_IOC_NONE, 'P', 6, sizeof(domid_t))
#define IOCTL_PRIVCMD_MMAP_RESOURCE	_IOC(_IOC_NONE, 'P', 7, sizeof(privcmd_mmap_resource_t))
#define IOCTL_PRIVCMD_UNIMPLEMENTED	_IOC(_IOC_NONE, 'P', 0xff, 0)

#endif /* XEN_SYS_PRIVCMD_H */

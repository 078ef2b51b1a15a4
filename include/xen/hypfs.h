/* SPDX-License-Identifier: MIT */
/* hypfs_op: the hypervisor's parameters and facts as files. */
#ifndef XEN_HYPFS_H
#define XEN_HYPFS_H

#include "xen.h"

#define XEN_HYPFS_VERSION	1
/* Of a path, with its zero. */
#define XEN_HYPFS_MAX_PATHLEN	1024

/* What a file is; its contents follow. */
struct xen_hypfs_direntry {
	uint8_t type;
#define XEN_HYPFS_TYPE_DIR	0	/* contents: struct xen_hypfs_dirlistentry of each */
#define XEN_HYPFS_TYPE_BLOB	1
#define XEN_HYPFS_TYPE_STRING	2	/* with its zero */
#define XEN_HYPFS_TYPE_UINT	3
#define XEN_HYPFS_TYPE_INT	4
#define XEN_HYPFS_TYPE_BOOL	5
	uint8_t encoding;
#define XEN_HYPFS_ENC_PLAIN	0
#define XEN_HYPFS_ENC_GZIP	1
	uint16_t pad;
	uint32_t content_len;	/* bytes */
	uint32_t max_write_len;	/* 0: cannot be written */
};
typedef struct xen_hypfs_direntry xen_hypfs_direntry_t;

struct xen_hypfs_dirlistentry {
	xen_hypfs_direntry_t e;
	uint16_t off_next;	/* bytes from here to the next one, 0: the last */
	char name[];
};

/* Operations: path, its length with the zero, buffer, the buffer's size. */
#define XEN_HYPFS_OP_get_version	0	/* no arguments; the highest version */
#define XEN_HYPFS_OP_read		1	/* -ENOBUFS: only the direntry is there */
#define XEN_HYPFS_OP_write_contents	2

#endif /* XEN_HYPFS_H */

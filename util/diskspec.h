/* SPDX-License-Identifier: GPL-2.0-only */
/* diskspec.h: a disk as configurations describe it, in xm's and in xl's way.
 *
 * xm:  TYPE:PATH,VDEV[:cdrom],MODE[,BACKDOM[,PROTOCOL]]	phy:/dev/vg/a,xvda,w   qcow2:/a.qcow2,xvda,w!
 * xl:  [PATH[,FORMAT[,VDEV[,ACCESS]]]][,KEY=VALUE]...		/a.img,raw,xvda,rw     vdev=xvda,target=/a.img
 * Facts: xl-disk-configuration(5) of 4.17, Xen's vbd-interface(7). */
#ifndef UTIL_DISKSPEC_H
#define UTIL_DISKSPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum disk_backing {
	DISK_AUTO,	/* a block device or a raw file, as the path turns out to be */
	DISK_PHY,	/* a block device */
	DISK_FILE,	/* a raw file, by a loop device */
	DISK_QCOW2,	/* by qemu-nbd */
};

enum disk_access { DISK_RO, DISK_RW, DISK_SHARED /* w!: others may write it too */ };

struct disk_spec {
	char *path;			/* NULL: an empty drive */
	char *vdev;			/* as written: xvda1 */
	char *script;			/* a hotplug script to be run instead of our handling */
	uint32_t devid;			/* Xen's number of vdev */
	enum disk_backing backing;
	enum disk_access access;
	bool cdrom, discard, direct_io_safe;
};

/* 0, or -EINVAL (what the text is not), -EOPNOTSUPP (what we cannot do) and one sentence in `why`;
 * *ret_spec is empty then. */
int disk_spec_parse(const char *text, struct disk_spec *ret_spec, char *why, size_t size);
void disk_spec_clear(struct disk_spec *spec);

/* The number of a name (xvda1, sda, hdc, d3p2, 51712, 0xca00), or -EINVAL. */
int disk_vdev_number(const char *vdev, uint32_t *ret_devid);

const char *disk_backing_name(enum disk_backing b);	/* "auto", "phy", "file", "qcow2" */
const char *disk_access_name(enum disk_access a);	/* "r", "w", "w!" */

#endif

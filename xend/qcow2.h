/* SPDX-License-Identifier: GPL-2.0-only */
/* qcow2.h: which other files an image names, before a server opens them with our rights. */
#ifndef XEND_QCOW2_H
#define XEND_QCOW2_H

#include <stddef.h>

#define QCOW2_IMAGES "/var/lib/xen/images"

/* 0, or -Exxx and the reason in why. May read files: in workers only. */
int qcow2_check(const char *path, char *why, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* qemu.h: the QEMU processes that serve guests' framebuffers: of backend.h's operations. They outlive xend. */
#ifndef XEND_QEMU_H
#define XEND_QEMU_H

#include "xend/backend.h"

#define QEMU_PROGRAM "/usr/libexec/xen-qemu-system-i386"	/* Debian's qemu-system-xen */

extern const char *qemu_run_dir;	/* /run/xend/qemu; tests have their own */

int qemu_check(const char *program, char *why, size_t size);
int qemu_open(const struct be_vfb *vfb, unsigned int *ret_port, char *why, size_t size);
int qemu_watch(const char *tag);
int qemu_close(const char *tag, char *why, size_t size);

#endif

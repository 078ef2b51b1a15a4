/* SPDX-License-Identifier: GPL-2.0-only */
/* nbd.h: images that the kernel cannot read, by the packaged qemu-nbd on a /dev/nbdN. For workers. */
#ifndef XEND_NBD_H
#define XEND_NBD_H

#include "xend/backend.h"

/* Starts a server for the image and a device for the server. */
int nbd_start(const struct be_disk *disk, struct be_disk_open *ret_open, char *why, size_t size);
/* Ends the server of this tag, if there is one. */
int nbd_stop(const char *tag, char *why, size_t size);

#endif

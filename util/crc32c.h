/* SPDX-License-Identifier: GPL-2.0-only */
/* crc32c.h: CRC32C (Castagnoli), as in iSCSI and ext4. */
#ifndef UTIL_CRC32C_H
#define UTIL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from crc; 0 to begin. crc32c(crc32c(0, a), b) is that of a and b in one. */
uint32_t crc32c(uint32_t crc, const void *data, size_t bytes);

#endif

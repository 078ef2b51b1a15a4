/* SPDX-License-Identifier: GPL-2.0-only */
/* crc32c.h: CRC32C (Castagnoli), as in iSCSI and ext4. */
#ifndef UTIL_CRC32C_H
#define UTIL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from crc; 0 to begin. crc32c(crc32c(0, a), b) is that of a and b in one. */
uint32_t crc32c(uint32_t crc, const void *data, size_t bytes);

/* The ways to do it on this machine, on the register itself (crc32c() is ~way(~crc)); all say the same. */
#define CRC32C_WAYS 3
typedef uint32_t crc32c_fn(uint32_t c, const uint8_t *p, size_t n);
size_t crc32c_ways(crc32c_fn *ret_ways[CRC32C_WAYS]);

#endif

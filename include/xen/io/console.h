/* SPDX-License-Identifier: MIT */
/* The console page of a guest: two byte rings. `in` is towards the guest. */
#ifndef XEN_IO_CONSOLE_H
#define XEN_IO_CONSOLE_H

#include <stdint.h>

typedef uint32_t XENCONS_RING_IDX;

/* Indices run freely; the producer writes data first, then its index. */
#define MASK_XENCONS_IDX(idx, ring)	((idx) & (sizeof(ring) - 1))

struct xencons_interface {
	char in[1024];
	char out[2048];
	XENCONS_RING_IDX in_cons, in_prod;
	XENCONS_RING_IDX out_cons, out_prod;
};

_Static_assert(sizeof(struct xencons_interface) == 3088, "ABI");

#endif /* XEN_IO_CONSOLE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* ring.h: the console ring (a page shared with the guest), our end. */
#ifndef XEND_RING_H
#define XEND_RING_H

#include <stddef.h>
#include <stdint.h>

struct xencons_interface;

/* Our own indices are kept here: what the guest writes over them in the page does not count. */
struct ring {
	volatile struct xencons_interface *page;
	uint32_t out_cons, in_prod;
};

/* Takes the indices up from the page. -EPROTO: the guest's indices are impossible. */
int ring_attach(struct ring *r, void *page);
/* Guest's output to buf; bytes (0: empty) or -EPROTO. */
int ring_drain(struct ring *r, void *buf, size_t size);
/* Input to the guest; bytes taken (0: full) or -EPROTO. */
int ring_fill(struct ring *r, const void *buf, size_t len);

#endif

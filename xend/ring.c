/* SPDX-License-Identifier: GPL-2.0-only */
/* ring.c: the console ring, our end. Everything in the page is the guest's to scribble on. */
#include "xend/ring.h"

#include <errno.h>

#include <xen/io/console.h>

#define RING_OUT sizeof(((struct xencons_interface *)0)->out)
#define RING_IN	 sizeof(((struct xencons_interface *)0)->in)

int ring_attach(struct ring *r, void *page)
{
	r->page = page;
	r->out_cons = r->page->out_cons;
	r->in_prod = r->page->in_prod;
	if (r->page->out_prod - r->out_cons > RING_OUT || r->in_prod - r->page->in_cons > RING_IN)
		return -EPROTO;
	return 0;
}

int ring_drain(struct ring *r, void *buf, size_t size)
{
	uint32_t prod = __atomic_load_n(&r->page->out_prod, __ATOMIC_RELAXED);	/* once: it may change */
	uint32_t n = prod - r->out_cons;
	char *to = buf;

	if (n > RING_OUT)
		return -EPROTO;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);	/* index before data */
	if (n > size)
		n = (uint32_t)size;
	for (uint32_t i = 0; i < n; i++)
		to[i] = r->page->out[(r->out_cons + i) % RING_OUT];
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* data read before the room is given */
	r->out_cons += n;
	r->page->out_cons = r->out_cons;
	return (int)n;
}

int ring_fill(struct ring *r, const void *buf, size_t len)
{
	uint32_t used = r->in_prod - __atomic_load_n(&r->page->in_cons, __ATOMIC_RELAXED);
	const char *from = buf;
	uint32_t n;

	if (used > RING_IN)
		return -EPROTO;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* room seen before it is written to */
	n = (uint32_t)(RING_IN - used);
	if (n > len)
		n = (uint32_t)len;
	for (uint32_t i = 0; i < n; i++)
		r->page->in[(r->in_prod + i) % RING_IN] = from[i];
	__atomic_thread_fence(__ATOMIC_RELEASE);	/* data before index */
	r->in_prod += n;
	r->page->in_prod = r->in_prod;
	return (int)n;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* backend.h: what the daemon needs of the hypervisor. backend_xen.c is the real one; the tests
 * have one of their own. All functions return 0 or -Exxx unless said otherwise. */
#ifndef XENSTORED_BACKEND_H
#define XENSTORED_BACKEND_H

#include <stdbool.h>
#include <stdint.h>
#include "xen/io/xs_wire.h"

#define BACKEND_PORT_DOMAINS (-2) /* next_event: some domain died or shut down */

struct domain_state {
	bool dying, shutdown;
};

struct backend_ops {
	void (*close)(void *b);
	/* The ring of a domain: its store grant, or else the frame it named. unmap undoes. */
	int (*map_ring)(void *b, uint32_t domid, uint64_t gfn,
			struct xenstore_domain_interface **ret_ring);
	/* Our own kernel's ring and event channel. */
	int (*map_own_ring)(void *b, struct xenstore_domain_interface **ret_ring,
			    uint32_t *ret_port);
	void (*unmap_ring)(void *b, struct xenstore_domain_interface *ring);
	int (*bind)(void *b, uint32_t domid, uint32_t remote_port, uint32_t *ret_local);
	void (*unbind)(void *b, uint32_t local);
	void (*notify)(void *b, uint32_t local);
	/* -ENOENT: there is no such domain. */
	int (*domain_state)(void *b, uint32_t domid, struct domain_state *ret_state);
	/* Readable when next_event has something. */
	int (*event_fd)(void *b);
	/* A local port (made ready to fire again), BACKEND_PORT_DOMAINS, or -1: nothing more. */
	int (*next_event)(void *b);
};

struct backend {
	const struct backend_ops *ops;
	void *b;
};

/* -ENODEV when this machine runs no hypervisor. */
int backend_xen_open(struct backend *ret_backend);

#endif

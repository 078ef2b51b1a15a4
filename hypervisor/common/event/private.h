/* SPDX-License-Identifier: GPL-2.0-only */
/* private.h: what the files of event/ share. ev_lock means d->ev.lock (LOCK_EVTCHN). */
#ifndef EVENT_PRIVATE_H
#define EVENT_PRIVATE_H

#include <hv/event.h>
#include <hv/domain.h>
#include <hv/target.h>

/* The channel of a port, or NULL. The memory of a channel stays until evtchn_destroy_final(). */
static inline struct evtchn *evtchn_from_port(const struct domain *d, evtchn_port_t port)
{
	if (port >= READ_ONCE(d->ev.nr_ports))
		return NULL;
	return &d->ev.buckets[port / EVTCHNS_PER_PAGE][port % EVTCHNS_PER_PAGE];
}

/* Bound or to be bound, and the guest's: what is closed cannot be unmasked, is not pending. */
static inline bool evtchn_usable(const struct evtchn *chn)
{
	return READ_ONCE(chn->state) > ECS_RESERVED && !chn->xen_consumer;
}

/* --- port.c --- */

/* Finds or makes a free port and leaves it ECS_RESERVED. No ev_lock held. -ENOSPC, -ENOMEM,
 * -EINVAL when d is dying. */
int evtchn_port_reserve(struct domain *d, evtchn_port_t *ret_port);
/* Makes a port free again. Caller holds ev_lock, or the port is its own reserved one. */
void evtchn_port_release(struct domain *d, struct evtchn *chn);
/* A reserved port that came to nothing. No ev_lock held. */
void evtchn_port_unreserve(struct domain *d, evtchn_port_t port);
/* Both domains' ev_lock, in order; the same one once. Interrupts off already. */
void evtchn_lock_two(struct domain *a, struct domain *b);
void evtchn_unlock_two(struct domain *a, struct domain *b);

/* --- deliver.c --- */

/* Marks a port pending and tells its vcpu. Context: any. The port is bound, or the caller holds
 * ev_lock. */
void evtchn_set_pending(struct domain *d, struct evtchn *chn);
/* Caller holds ev_lock. */
void evtchn_clear_pending(struct domain *d, evtchn_port_t port);

/* --- fifo.c: what takes the place of the bitmaps once d->ev.fifo is set --- */

void fifo_set_pending(struct domain *d, struct evtchn *chn);
/* These three: caller holds ev_lock. Queued: the guest has yet to take it out of a queue. */
void fifo_clear_pending(struct domain *d, evtchn_port_t port);
bool fifo_is_pending(struct domain *d, evtchn_port_t port);
bool fifo_is_queued(struct domain *d, evtchn_port_t port);
/* Clears the mask; true: it is pending, raise it. Caller holds ev_lock. */
bool fifo_unmask(struct domain *d, evtchn_port_t port);
/* Back to the bitmaps, if d uses queues. No lock held. */
void fifo_end(struct domain *d);
long evtchn_init_control(struct evtchn_init_control *op);
long evtchn_expand_array(struct evtchn_expand_array *op);

/* --- virq.c --- */
bool virq_is_global(unsigned int virq);
void evtchn_clear_virq_handlers(struct domain *d);

/* --- bind.c, close.c, virq.c: one function for each operation; results go into *op. --- */
long evtchn_alloc_unbound(struct evtchn_alloc_unbound *op);
long evtchn_bind_interdomain(struct evtchn_bind_interdomain *op);
long evtchn_bind_virq(struct evtchn_bind_virq *op);
long evtchn_bind_ipi(struct evtchn_bind_ipi *op);
long evtchn_bind_pirq(struct evtchn_bind_pirq *op);
int evtchn_close(struct domain *d, evtchn_port_t port, bool guest);
long evtchn_status(struct evtchn_status *op);
long evtchn_set_priority(struct evtchn_set_priority *op);

#endif

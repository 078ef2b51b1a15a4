/* SPDX-License-Identifier: GPL-2.0-only */
/* port.c: the ports of a domain: buckets of channels, finding and giving back a port.
 *
 * Locks:   d->ev.lock (LOCK_EVTCHN), taken with interrupts off. It guards every channel's state
 *          and the bucket array. Two domains: lower domid first.
 * Context: hypercall. Memory is allocated with no lock held: another CPU's allocation may be
 *          interrupted by an interrupt that wants ev.lock. */
#include "private.h"
#include <hv/lib.h>

static_assert(sizeof(((struct domain_events *)0)->poll_mask) * 8 >= MAX_VIRT_CPUS, "pollers");
static_assert(MAX_2L_PORTS % EVTCHNS_PER_PAGE == 0, "buckets are whole");
static_assert(MAX_2L_PORTS == EVTCHN_2L_NR_CHANNELS, "ABI");

static struct evtchn *bucket_alloc(evtchn_port_t first)
{
	struct evtchn *b = xzalloc_array(struct evtchn, EVTCHNS_PER_PAGE);
	unsigned int i;

	for (i = 0; b && i < EVTCHNS_PER_PAGE; i++)
		b[i] = (struct evtchn){ .port = first + i, .priority = EVTCHN_FIFO_PRIORITY_DEFAULT };
	return b;
}

void evtchn_lock_two(struct domain *a, struct domain *b)
{
	if (a == b) {
		spin_lock(&a->ev.lock);
	} else if (a->domain_id < b->domain_id) {
		spin_lock(&a->ev.lock);
		spin_lock_nested(&b->ev.lock);
	} else {
		spin_lock(&b->ev.lock);
		spin_lock_nested(&a->ev.lock);
	}
}

void evtchn_unlock_two(struct domain *a, struct domain *b)
{
	spin_unlock(&a->ev.lock);
	if (a != b)
		spin_unlock(&b->ev.lock);
}

#define PORT_NONE (~0U)

/* A free port that has memory. Caller holds ev_lock. -ENOSPC: over the limit; -EAGAIN: the next
 * bucket is needed. */
static int find_free(struct domain *d, evtchn_port_t *ret_port)
{
	evtchn_port_t p, limit = d->ev.max_port + 1, first = PORT_NONE;

	if (d->is_dying)
		return -EINVAL;
	if (!d->ev.fifo)
		limit = min(limit, (evtchn_port_t)MAX_2L_PORTS);
	for (p = d->ev.first_free; p < d->ev.nr_ports && p < limit; p++) {
		if (evtchn_from_port(d, p)->state != ECS_FREE)
			continue;
		if (first == PORT_NONE)
			first = p;
		/* One that is still in a queue would come up as what it was. */
		if (!d->ev.fifo || !fifo_is_queued(d, p)) {
			d->ev.first_free = first;
			*ret_port = p;
			return 0;
		}
	}
	d->ev.first_free = first == PORT_NONE ? p : first;
	return p < limit ? -EAGAIN : -ENOSPC;
}

int evtchn_port_reserve(struct domain *d, evtchn_port_t *ret_port)
{
	struct evtchn *bucket = NULL;
	unsigned int bucket_first = 0;
	unsigned long flags;
	int rc;

	for (;;) {
		spin_lock_irqsave(&d->ev.lock, flags);
		if (bucket && d->ev.nr_ports == bucket_first) {
			d->ev.buckets[bucket_first / EVTCHNS_PER_PAGE] = bucket;
			__atomic_store_n(&d->ev.nr_ports, bucket_first + EVTCHNS_PER_PAGE,
				__ATOMIC_RELEASE);
			bucket = NULL;
		}
		rc = find_free(d, ret_port);
		if (!rc) {
			evtchn_from_port(d, *ret_port)->state = ECS_RESERVED;
			d->ev.x_active++;
		}
		bucket_first = d->ev.nr_ports;
		spin_unlock_irqrestore(&d->ev.lock, flags);
		xfree(bucket); /* somebody else added one meanwhile */
		if (rc != -EAGAIN)
			return rc;
		bucket = bucket_alloc(bucket_first);
		if (!bucket)
			return -ENOMEM;
	}
}

void evtchn_port_release(struct domain *d, struct evtchn *chn)
{
	evtchn_clear_pending(d, chn->port);
	chn->notify_vcpu = 0;
	chn->xen_consumer = 0;
	chn->fifo_waiting = 0;
	chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	d->ev.first_free = min(d->ev.first_free, chn->port);
	memset(&chn->u, 0, sizeof(chn->u));
	d->ev.x_active--;
	chn->state = ECS_FREE;
}

void evtchn_port_unreserve(struct domain *d, evtchn_port_t port)
{
	unsigned long flags;

	spin_lock_irqsave(&d->ev.lock, flags);
	evtchn_port_release(d, evtchn_from_port(d, port));
	spin_unlock_irqrestore(&d->ev.lock, flags);
}

/* --- life of the tables ---------------------------------------------------------------------- */

int evtchn_init(struct domain *d, unsigned int max_port, unsigned int nr_pirqs)
{
	spin_lock_init(&d->ev.lock, LOCK_EVTCHN);
	d->ev.max_port = min(max_port, MAX_EVTCHNS - 1);
	d->ev.buckets = xzalloc_array(struct evtchn *, d->ev.max_port / EVTCHNS_PER_PAGE + 1);
	if (!d->ev.buckets)
		return -ENOMEM;
	if (nr_pirqs) {
		d->ev.pirq_port = xzalloc_array(evtchn_port_t, nr_pirqs);
		if (!d->ev.pirq_port)
			goto err_alloc;
		d->ev.nr_pirqs = nr_pirqs;
	}
	d->ev.buckets[0] = bucket_alloc(0);
	if (!d->ev.buckets[0])
		goto err_alloc;
	d->ev.buckets[0][0].state = ECS_RESERVED; /* port 0 means none */
	d->ev.nr_ports = EVTCHNS_PER_PAGE;
	return 0;

err_alloc:
	evtchn_destroy_final(d);
	return -ENOMEM;
}

void evtchn_destroy_final(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < d->ev.nr_ports / EVTCHNS_PER_PAGE; i++)
		xfree(d->ev.buckets[i]);
	xfree(d->ev.buckets);
	xfree(d->ev.pirq_port);
	d->ev.buckets = NULL;
	d->ev.pirq_port = NULL;
	d->ev.nr_ports = d->ev.nr_pirqs = 0;
}

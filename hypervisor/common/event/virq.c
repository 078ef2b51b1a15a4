/* SPDX-License-Identifier: GPL-2.0-only */
/* virq.c: virtual interrupts and physical ones as they reach a guest.
 *
 * Locks:   virq_lock guards the table of global handlers and is of LOCK_EVTCHN's level: it is
 *          taken before a domain's ev.lock, never after. Both with interrupts off.
 * Context: send_*() from any, the rest from hypercalls. */
#include "private.h"

static DEFINE_SPINLOCK(virq_lock, LOCK_EVTCHN);
static struct domain *virq_handler[NR_VIRQS]; /* referenced; NULL: dom0 */

/* Of the whole machine or domain, as opposed to one vcpu. */
bool virq_is_global(unsigned int virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	default:
		return true;
	}
}

/* Caller holds ev_lock of v's domain. */
static void send_virq_locked(struct vcpu *v, unsigned int virq)
{
	evtchn_port_t port = v->virq_to_evtchn[virq];

	if (port)
		evtchn_set_pending(v->domain, evtchn_from_port(v->domain, port));
}

void send_guest_vcpu_virq(struct vcpu *v, unsigned int virq)
{
	struct domain *d = v->domain;
	unsigned long flags;

	spin_lock_irqsave(&d->ev.lock, flags);
	send_virq_locked(v, virq);
	spin_unlock_irqrestore(&d->ev.lock, flags);
}

void send_global_virq(unsigned int virq)
{
	struct domain *d;
	struct vcpu *v;
	unsigned long flags;

	spin_lock_irqsave(&virq_lock, flags);
	d = virq_handler[virq] ? virq_handler[virq] : hardware_domain;
	v = d ? domain_vcpu(d, 0) : NULL;
	if (v) {
		spin_lock_nested(&d->ev.lock);
		send_virq_locked(v, virq);
		spin_unlock(&d->ev.lock);
	}
	spin_unlock_irqrestore(&virq_lock, flags);
}

int set_global_virq_handler(struct domain *d, unsigned int virq)
{
	struct domain *old = d;
	unsigned long flags;
	int rc = -EINVAL;

	if (virq >= NR_VIRQS || !virq_is_global(virq))
		return -EINVAL;
	domain_get(d);
	spin_lock_irqsave(&virq_lock, flags);
	if (!d->is_dying) {
		old = virq_handler[virq];
		virq_handler[virq] = d;
		rc = 0;
	}
	spin_unlock_irqrestore(&virq_lock, flags);
	if (old)
		domain_put(old);
	return rc;
}

/* The domain is dying: dom0 gets its virqs back. */
void evtchn_clear_virq_handlers(struct domain *d)
{
	unsigned long flags;
	unsigned int i, n = 0;

	spin_lock_irqsave(&virq_lock, flags);
	for (i = 0; i < NR_VIRQS; i++) {
		if (virq_handler[i] == d) {
			virq_handler[i] = NULL;
			n++;
		}
	}
	spin_unlock_irqrestore(&virq_lock, flags);
	while (n--)
		domain_put(d);
}

long evtchn_bind_virq(struct evtchn_bind_virq *op)
{
	struct domain *d = current->domain;
	struct vcpu *v;
	struct evtchn *chn;
	evtchn_port_t port;
	unsigned long flags;
	int rc;

	if (op->virq >= NR_VIRQS)
		return -EINVAL;
	if (virq_is_global(op->virq) && op->vcpu != 0)
		return -EINVAL;
	v = domain_vcpu(d, op->vcpu);
	if (!v)
		return -ENOENT;
	rc = evtchn_port_reserve(d, &port);
	if (rc)
		return rc;
	chn = evtchn_from_port(d, port);
	spin_lock_irqsave(&d->ev.lock, flags);
	if (v->virq_to_evtchn[op->virq]) {
		evtchn_port_release(d, chn);
		rc = -EEXIST;
	} else {
		chn->notify_vcpu = op->vcpu;
		chn->u.virq = op->virq;
		chn->state = ECS_VIRQ;
		v->virq_to_evtchn[op->virq] = port;
		op->port = port;
	}
	spin_unlock_irqrestore(&d->ev.lock, flags);
	return rc;
}

void send_guest_pirq(struct domain *d, unsigned int pirq)
{
	evtchn_port_t port;
	unsigned long flags;

	if (pirq >= d->ev.nr_pirqs)
		return;
	spin_lock_irqsave(&d->ev.lock, flags);
	port = d->ev.pirq_port[pirq];
	if (port)
		evtchn_set_pending(d, evtchn_from_port(d, port));
	spin_unlock_irqrestore(&d->ev.lock, flags);
}

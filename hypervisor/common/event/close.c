/* SPDX-License-Identifier: GPL-2.0-only */
/* close.c: closing ports, resetting a domain's ports, and what a port's state is.
 *
 * Locks:   d->ev.lock; two domains: lower domid first.
 * Context: hypercall, and the teardown of a domain. */
#include "private.h"
#include <hv/arch.h>
#include <hv/softirq.h>

/* Gives an interrupt back. The port is ECS_RESERVED meanwhile, so that it cannot be closed twice
 * nor the pirq bound again. Called with ev_lock held; drops it for the arch and takes it again. */
static void close_pirq(struct domain *d, struct evtchn *chn, unsigned long *flags)
{
	unsigned int pirq = chn->u.pirq.pirq;

	chn->state = ECS_RESERVED;
	spin_unlock_irqrestore(&d->ev.lock, *flags);
	arch_pirq_unbind(d, pirq);
	spin_lock_irqsave(&d->ev.lock, *flags);
	d->ev.pirq_port[pirq] = 0;
}

static void close_virq(struct domain *d, const struct evtchn *chn)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		if (v->virq_to_evtchn[chn->u.virq] == chn->port)
			v->virq_to_evtchn[chn->u.virq] = 0;
	}
}

/* The other end becomes unbound, for its owner to close or for us to bind again. Both locks. */
static void close_interdomain(struct domain *d, struct evtchn *chn)
{
	struct domain *rd = chn->u.interdomain.remote_dom;
	struct evtchn *rchn = evtchn_from_port(rd, chn->u.interdomain.remote_port);

	rchn->state = ECS_UNBOUND;
	rchn->u.unbound.remote_domid = d->domain_id;
}

/* Closes a port that is not between domains. Caller holds ev_lock. */
static int close_local(struct domain *d, struct evtchn *chn, unsigned long *flags)
{
	switch (chn->state) {
	case ECS_UNBOUND:
	case ECS_IPI:
		break;
	case ECS_PIRQ:
		close_pirq(d, chn, flags);
		break;
	case ECS_VIRQ:
		close_virq(d, chn);
		break;
	default:
		return -EINVAL;
	}
	evtchn_port_release(d, chn);
	return 0;
}

/* Closes a port between d and rd (referenced) unless it is not that any more: -EAGAIN. */
static int close_joined(struct domain *d, struct evtchn *chn, struct domain *rd)
{
	unsigned long flags = local_irq_save();
	int rc = -EAGAIN;

	evtchn_lock_two(d, rd);
	if (chn->state == ECS_INTERDOMAIN && chn->u.interdomain.remote_dom == rd) {
		close_interdomain(d, chn);
		evtchn_port_release(d, chn);
		rc = 0;
	}
	evtchn_unlock_two(d, rd);
	local_irq_restore(flags);
	return rc;
}

int evtchn_close(struct domain *d, evtchn_port_t port, bool guest)
{
	struct evtchn *chn = evtchn_from_port(d, port);
	struct domain *rd;
	unsigned long flags;
	int rc;

	if (!chn)
		return -EINVAL;
	do {
		spin_lock_irqsave(&d->ev.lock, flags);
		rd = NULL;
		if (guest && chn->xen_consumer) {
			rc = -EINVAL;
		} else if (chn->state == ECS_INTERDOMAIN) {
			rd = chn->u.interdomain.remote_dom;
			domain_get(rd); /* bound to us, so it exists as long as we hold our lock */
			rc = 0;
		} else {
			rc = close_local(d, chn, &flags);
		}
		spin_unlock_irqrestore(&d->ev.lock, flags);
		if (rd) {
			rc = close_joined(d, chn, rd);
			domain_put(rd);
		}
	} while (rc == -EAGAIN);
	return rc;
}

void evtchn_destroy(struct domain *d)
{
	evtchn_port_t p;
	unsigned long flags;

	/* Whoever saw the domain alive under the lock has finished binding once we had it. */
	spin_lock_irqsave(&d->ev.lock, flags);
	spin_unlock_irqrestore(&d->ev.lock, flags);
	for (p = 1; p < d->ev.nr_ports; p++)
		evtchn_close(d, p, false);
	evtchn_clear_virq_handlers(d);
	fifo_end(d);
}

/* Where to begin; 0: nowhere, another reset is under way, or none that could be resumed. */
static evtchn_port_t reset_begin(struct domain *d, bool resuming)
{
	unsigned long flags;
	evtchn_port_t p;

	spin_lock_irqsave(&d->ev.lock, flags);
	p = resuming ? d->ev.next_reset : !d->ev.next_reset;
	if (p > d->ev.next_reset)
		d->ev.next_reset = p;
	spin_unlock_irqrestore(&d->ev.lock, flags);
	return p;
}

static void reset_set(struct domain *d, evtchn_port_t next)
{
	unsigned long flags;

	spin_lock_irqsave(&d->ev.lock, flags);
	d->ev.next_reset = next;
	spin_unlock_irqrestore(&d->ev.lock, flags);
}

int evtchn_reset(struct domain *d, bool resuming)
{
	evtchn_port_t p;

	/* The ports of a running domain are closed by nobody but itself. */
	if (d != current->domain && !d->controller_pause_count)
		return -EINVAL;
	p = reset_begin(d, resuming);
	if (!p)
		return -EBUSY;
	for (; p < READ_ONCE(d->ev.nr_ports); p++) {
		evtchn_close(d, p, true);
		if ((p + 1) % EVTCHNS_PER_PAGE == 0 && p + 1 < d->ev.nr_ports && hypercall_preempt_check()) {
			reset_set(d, p + 1);
			return -ERESTART;
		}
	}
	reset_set(d, 0);
	fifo_end(d);
	return 0;
}

/* Fills in the status of a port. Caller holds ev_lock. */
static void describe(const struct evtchn *chn, struct evtchn_status *op)
{
	switch (chn->state) {
	case ECS_UNBOUND:
		op->status = EVTCHNSTAT_unbound;
		op->u.unbound.dom = chn->u.unbound.remote_domid;
		break;
	case ECS_INTERDOMAIN:
		op->status = EVTCHNSTAT_interdomain;
		op->u.interdomain.dom = chn->u.interdomain.remote_dom->domain_id;
		op->u.interdomain.port = chn->u.interdomain.remote_port;
		break;
	case ECS_PIRQ:
		op->status = EVTCHNSTAT_pirq;
		op->u.pirq = chn->u.pirq.pirq;
		break;
	case ECS_VIRQ:
		op->status = EVTCHNSTAT_virq;
		op->u.virq = chn->u.virq;
		break;
	case ECS_IPI:
		op->status = EVTCHNSTAT_ipi;
		break;
	default:
		op->status = EVTCHNSTAT_closed;
	}
	op->vcpu = chn->notify_vcpu;
}

long evtchn_status(struct evtchn_status *op)
{
	struct evtchn *chn;
	struct domain *d = target_get(op->dom);
	unsigned long flags;
	int rc = 0;

	if (!d)
		return -ESRCH;
	chn = evtchn_from_port(d, op->port);
	if (!chn) {
		rc = -EINVAL;
	} else if (!target_permitted(d)) {
		rc = -EPERM;
	} else {
		spin_lock_irqsave(&d->ev.lock, flags);
		describe(chn, op);
		spin_unlock_irqrestore(&d->ev.lock, flags);
	}
	domain_put(d);
	return rc;
}

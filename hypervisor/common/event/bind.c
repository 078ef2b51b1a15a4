/* SPDX-License-Identifier: GPL-2.0-only */
/* bind.c: making ports: unbound, between domains, IPIs, physical interrupts; moving them.
 *
 * Locks:   d->ev.lock; two domains: lower domid first. A port under construction is
 *          ECS_RESERVED, which nobody else touches, so that no lock is held across what the
 *          arch does for a physical interrupt (it has locks that come before ours).
 * Context: hypercall. */
#include "private.h"
#include <hv/arch.h>

long evtchn_alloc_unbound(struct evtchn_alloc_unbound *op)
{
	struct domain *d;
	struct evtchn *chn;
	evtchn_port_t port;
	unsigned long flags;
	int rc;

	rc = target_get_permitted(op->dom, &d);
	if (rc)
		return rc;
	rc = evtchn_port_reserve(d, &port);
	if (rc)
		goto out;
	chn = evtchn_from_port(d, port);
	spin_lock_irqsave(&d->ev.lock, flags);
	chn->u.unbound.remote_domid = op->remote_dom == DOMID_SELF ?
		current->domain->domain_id : op->remote_dom;
	chn->state = ECS_UNBOUND;
	spin_unlock_irqrestore(&d->ev.lock, flags);
	op->port = port;
out:
	domain_put(d);
	return rc;
}

/* Joins the caller's reserved port to port `rport` of rd. Both ev_locks are held. */
static int join(struct domain *ld, evtchn_port_t lport, struct domain *rd, evtchn_port_t rport)
{
	struct evtchn *l = evtchn_from_port(ld, lport), *r = evtchn_from_port(rd, rport);

	if (!r || r->state != ECS_UNBOUND || r->u.unbound.remote_domid != ld->domain_id)
		return -EINVAL;
	if (rd->is_dying || ld->is_dying) /* its ports are being closed: do not come after that */
		return -EINVAL;
	l->u.interdomain.remote_dom = rd;
	l->u.interdomain.remote_port = rport;
	l->state = ECS_INTERDOMAIN;
	r->u.interdomain.remote_dom = ld;
	r->u.interdomain.remote_port = lport;
	r->state = ECS_INTERDOMAIN;
	/* The other end may have signalled before anybody listened. */
	evtchn_set_pending(ld, l);
	return 0;
}

long evtchn_bind_interdomain(struct evtchn_bind_interdomain *op)
{
	struct domain *ld = current->domain, *rd = target_get(op->remote_dom);
	evtchn_port_t lport;
	unsigned long flags;
	int rc;

	if (!rd)
		return -ESRCH;
	rc = evtchn_port_reserve(ld, &lport);
	if (rc)
		goto out;
	flags = local_irq_save();
	evtchn_lock_two(ld, rd);
	rc = join(ld, lport, rd, op->remote_port);
	evtchn_unlock_two(ld, rd);
	local_irq_restore(flags);
	if (rc)
		evtchn_port_unreserve(ld, lport);
	else
		op->local_port = lport;
out:
	domain_put(rd);
	return rc;
}

long evtchn_bind_ipi(struct evtchn_bind_ipi *op)
{
	struct domain *d = current->domain;
	struct evtchn *chn;
	evtchn_port_t port;
	unsigned long flags;
	int rc;

	if (!domain_vcpu(d, op->vcpu))
		return -ENOENT;
	rc = evtchn_port_reserve(d, &port);
	if (rc)
		return rc;
	chn = evtchn_from_port(d, port);
	spin_lock_irqsave(&d->ev.lock, flags);
	chn->notify_vcpu = op->vcpu;
	chn->state = ECS_IPI;
	spin_unlock_irqrestore(&d->ev.lock, flags);
	op->port = port;
	return 0;
}

/* Enters the reserved port as the one of a pirq: from then on an interrupt finds it. */
static int claim_pirq(struct domain *d, unsigned int pirq, evtchn_port_t port)
{
	unsigned long flags;
	int rc = -EEXIST;

	spin_lock_irqsave(&d->ev.lock, flags);
	if (!d->ev.pirq_port[pirq]) {
		d->ev.pirq_port[pirq] = port;
		evtchn_from_port(d, port)->u.pirq.pirq = pirq;
		rc = 0;
	}
	spin_unlock_irqrestore(&d->ev.lock, flags);
	return rc;
}

long evtchn_bind_pirq(struct evtchn_bind_pirq *op)
{
	struct domain *d = current->domain;
	unsigned int pirq = op->pirq;
	struct evtchn *chn;
	evtchn_port_t port;
	unsigned long flags;
	int rc;

	if (pirq >= d->ev.nr_pirqs || !d->vcpu[0])
		return -EINVAL;
	rc = evtchn_port_reserve(d, &port);
	if (rc)
		return rc;
	rc = claim_pirq(d, pirq, port);
	if (rc) {
		evtchn_port_unreserve(d, port);
		return rc;
	}
	rc = arch_pirq_bind(d->vcpu[0], pirq, op->flags & BIND_PIRQ__WILL_SHARE);
	chn = evtchn_from_port(d, port);
	spin_lock_irqsave(&d->ev.lock, flags);
	if (rc) {
		d->ev.pirq_port[pirq] = 0;
		evtchn_port_release(d, chn);
	} else {
		chn->state = ECS_PIRQ;
		op->port = port;
	}
	spin_unlock_irqrestore(&d->ev.lock, flags);
	return rc;
}

/* Takes effect when the port is raised next. */
long evtchn_set_priority(struct evtchn_set_priority *op)
{
	struct evtchn *chn = evtchn_from_port(current->domain, op->port);

	if (!chn)
		return -EINVAL;
	if (!READ_ONCE(current->domain->ev.fifo))
		return -ENOSYS;
	if (!evtchn_usable(chn))
		return -EACCES;
	if (op->priority > EVTCHN_FIFO_PRIORITY_MIN)
		return -EINVAL;
	WRITE_ONCE(chn->priority, op->priority);
	return 0;
}

/* Whether a port may be moved to another vcpu. Caller holds ev_lock. */
static bool port_is_movable(const struct evtchn *chn)
{
	switch (chn->state) {
	case ECS_VIRQ:
		return virq_is_global(chn->u.virq);
	case ECS_UNBOUND:
	case ECS_INTERDOMAIN:
	case ECS_PIRQ:
		return true;
	default:
		return false;
	}
}

int evtchn_bind_vcpu(struct domain *d, evtchn_port_t port, unsigned int vcpu_id)
{
	struct vcpu *v = domain_vcpu(d, vcpu_id);
	struct evtchn *chn = evtchn_from_port(d, port);
	bool is_pirq = false;
	uint32_t pirq = 0;
	unsigned long flags;
	int rc = -EINVAL;

	if (!v)
		return -ENOENT;
	if (!chn)
		return -EINVAL;
	spin_lock_irqsave(&d->ev.lock, flags);
	if (!chn->xen_consumer && port_is_movable(chn)) {
		is_pirq = chn->state == ECS_PIRQ && chn->notify_vcpu != vcpu_id;
		pirq = chn->u.pirq.pirq;
		chn->notify_vcpu = vcpu_id;
		rc = 0;
	}
	spin_unlock_irqrestore(&d->ev.lock, flags);
	/* Harmless if the port was closed meanwhile: the arch checks that d has the pirq. */
	if (is_pirq)
		arch_pirq_set_affinity(d, pirq, v->processor);
	return rc;
}

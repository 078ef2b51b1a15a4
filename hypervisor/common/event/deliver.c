/* SPDX-License-Identifier: GPL-2.0-only */
/* deliver.c: making a port pending (here in the two-level ABI), unmasking, waking who polls.
 *
 * Locks:   none of its own. The bitmaps are shared with the guest and change by atomic bit
 *          operations; the guest may write anything into them and harms only itself.
 * Context: any, interrupts included. */
#include "private.h"
#include <hv/arch.h>
#include <hv/sched.h>
#include <hv/lib.h>

static always_inline void mark_pending(struct vcpu *v, struct vcpu_info *vi)
{
	if (__atomic_exchange_n(&vi->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST))
		return;
	/* The exchange comes before the look at the flag, vcpu_block() does it the other way. */
	if (unlikely(test_bit(VPF_blocked, v->pause_flags)))
		vcpu_unblock(v);
	if (v != current)
		arch_vcpu_kick(v);
}

void vcpu_mark_events_pending(struct vcpu *v)
{
	struct vcpu_info *vi = READ_ONCE(v->vcpu_info);

	if (vi)
		mark_pending(v, vi);
}

/* The pending bit of an unmasked port is set: pass it on to the vcpu. */
static always_inline void select_and_notify(struct vcpu *v, evtchn_port_t port)
{
	struct vcpu_info *vi = READ_ONCE(v->vcpu_info);

	if (vi && !test_and_set_bit(port / BITS_PER_LONG, &vi->evtchn_pending_sel))
		mark_pending(v, vi);
}

static noinline void wake_pollers(struct domain *d, evtchn_port_t port)
{
	unsigned int id, nr = min(d->max_vcpus, (unsigned int)MAX_VIRT_CPUS);
	struct vcpu *v;
	int polled;

	for (id = find_next_bit(d->ev.poll_mask, nr, 0); id < nr;
	     id = find_next_bit(d->ev.poll_mask, nr, id + 1)) {
		v = d->vcpu[id];
		polled = READ_ONCE(v->poll_evtchn);
		if (polled > 0 && (evtchn_port_t)polled != port)
			continue;
		if (test_and_clear_bit(id, d->ev.poll_mask)) {
			WRITE_ONCE(v->poll_evtchn, 0);
			vcpu_unblock(v);
		}
	}
}

/* A full barrier stands between the change of the pending bit and this. It pairs with sched_poll(): its
 * bit is set before it looks at the pending bits. */
static always_inline void check_pollers(struct domain *d, evtchn_port_t port)
{
	if (unlikely(READ_ONCE(d->ev.poll_mask[0]) | READ_ONCE(d->ev.poll_mask[1])))
		wake_pollers(d, port);
}

void evtchn_check_pollers(struct domain *d, evtchn_port_t port)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	check_pollers(d, port);
}

void __hot_call evtchn_set_pending(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v;
	struct shared_info *s = d->shared_info;
	evtchn_port_t port = chn->port;

	if (READ_ONCE(d->ev.fifo)) {
		fifo_set_pending(d, chn);
		return;
	}
	v = domain_vcpu(d, READ_ONCE(chn->notify_vcpu));
	if (!v || !s || port >= MAX_2L_PORTS || test_and_set_bit(port, s->evtchn_pending))
		return;
	if (!test_bit(port, s->evtchn_mask))
		select_and_notify(v, port);
	check_pollers(d, port);
}

void evtchn_clear_pending(struct domain *d, evtchn_port_t port)
{
	if (d->ev.fifo)
		fifo_clear_pending(d, port);
	else if (d->shared_info && port < MAX_2L_PORTS)
		clear_bit(port, d->shared_info->evtchn_pending);
}

bool evtchn_port_pending(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_from_port(d, port);
	unsigned long flags;
	bool pending;

	if (!chn || !evtchn_usable(chn))
		return false;
	if (!READ_ONCE(d->ev.fifo))
		return port < MAX_2L_PORTS && test_bit(port, d->shared_info->evtchn_pending);
	spin_lock_irqsave(&d->ev.lock, flags);
	pending = d->ev.fifo && fifo_is_pending(d, port);
	spin_unlock_irqrestore(&d->ev.lock, flags);
	return pending;
}

int evtchn_unmask(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_from_port(d, port);
	struct shared_info *s = d->shared_info;
	struct vcpu *v;
	unsigned long flags;
	bool raise;

	if (!chn)
		return -EINVAL;
	if (!evtchn_usable(chn))
		return 0;
	if (READ_ONCE(d->ev.fifo)) {
		spin_lock_irqsave(&d->ev.lock, flags);
		raise = d->ev.fifo && fifo_unmask(d, port);
		spin_unlock_irqrestore(&d->ev.lock, flags);
		if (raise)
			fifo_set_pending(d, chn);
		return 0;
	}
	if (port >= MAX_2L_PORTS)
		return 0;
	v = domain_vcpu(d, READ_ONCE(chn->notify_vcpu));
	if (v && test_and_clear_bit(port, s->evtchn_mask) && test_bit(port, s->evtchn_pending))
		select_and_notify(v, port);
	return 0;
}

void send_shutdown_event(struct domain *d)
{
	evtchn_port_t port = READ_ONCE(d->ev.suspend_port);

	if (!port || d->is_dying || evtchn_send(d, port))
		send_global_virq(VIRQ_DOM_EXC);
}

static noinline long __hot_call send_locked(struct domain *d, struct evtchn *chn)
{
	struct domain *rd;
	unsigned long flags;
	long rc = 0;

	spin_lock_irqsave(&d->ev.lock, flags);
	switch (chn->xen_consumer ? ECS_RESERVED : chn->state) {
	case ECS_INTERDOMAIN:
		/* Unbinding takes both domains' locks: ours keeps the other end as it is. */
		rd = chn->u.interdomain.remote_dom;
		evtchn_set_pending(rd, evtchn_from_port(rd, chn->u.interdomain.remote_port));
		break;
	case ECS_IPI:
		evtchn_set_pending(d, chn);
		break;
	case ECS_UNBOUND: /* nobody there (any more): lost, as an interrupt would be */
		break;
	default:
		rc = -EINVAL;
	}
	spin_unlock_irqrestore(&d->ev.lock, flags);
	return rc;
}

long __hot_call evtchn_send(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_from_port(d, port);

	if (!chn)
		return -EINVAL;
	/* One to oneself needs no lock: who closes the port meanwhile could have been later as well. */
	if (READ_ONCE(chn->state) != ECS_IPI)
		return send_locked(d, chn);
	evtchn_set_pending(d, chn);
	return 0;
}

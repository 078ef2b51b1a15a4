/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_op.c: sched_op: yield, block, poll, shutdown, watchdogs. No locks of its own.
 *
 * Blocking only marks the vcpu and raises the scheduler's softirq: the switch happens on the way
 * back to the guest. */
#include <hv/hypercall.h>
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <hv/softirq.h>
#include <hv/target.h>
#include <hv/trace.h>
#include <xen/sched.h>

#define MAX_POLL_PORTS 128

static long sched_yield(unsigned long guest)
{
	vcpu_yield();
	return 0;
}

static long sched_block(unsigned long guest)
{
	vcpu_block();
	return 0;
}

static long sched_shutdown(unsigned long guest)
{
	struct sched_shutdown s;

	if (copy_from_guest_raw(&s, (const void *)guest, sizeof(s)))
		return -EFAULT;
	trace(TRC_SCHED_SHUTDOWN, TRACE_VCPU(current), s.reason);
	domain_shutdown(current->domain, (uint8_t)s.reason);
	return 0;
}

static long sched_shutdown_code(unsigned long guest)
{
	struct sched_shutdown s;
	struct domain *d = current->domain;
	unsigned long flags;

	if (copy_from_guest_raw(&s, (const void *)guest, sizeof(s)))
		return -EFAULT;
	trace(TRC_SCHED_SHUTDOWN_CODE, TRACE_VCPU(current), s.reason);
	spin_lock_irqsave(&d->shutdown_lock, flags);
	if (d->shutdown_code == -1)
		d->shutdown_code = (uint8_t)s.reason;
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	return 0;
}

static long sched_remote_shutdown(unsigned long guest)
{
	struct sched_remote_shutdown s;
	struct domain *d;

	if (copy_from_guest_raw(&s, (const void *)guest, sizeof(s)))
		return -EFAULT;
	d = domain_get_by_id(s.domain_id);
	if (!d)
		return -ESRCH;
	if (!current->domain->is_privileged) {
		domain_put(d);
		return -EPERM;
	}
	domain_shutdown(d, (uint8_t)s.reason);
	domain_put(d);
	return 0;
}

/* Not asleep after all, or woken: leaves polling. */
static void poll_cancel(struct vcpu *v)
{
	WRITE_ONCE(v->poll_evtchn, 0);
	clear_bit(v->vcpu_id, v->domain->ev.poll_mask);
	clear_bit(VPF_blocked, v->pause_flags);
}

/* 1: something is pending already; 0: nothing; -EFAULT, -EINVAL. */
static int poll_look(struct vcpu *v, const struct sched_poll *p)
{
	struct domain *d = v->domain;
	evtchn_port_t port = 0;
	unsigned int i;

	for (i = 0; i < p->nr_ports; i++) {
		if (copy_from_guest_offset(&port, p->ports, i, 1))
			return -EFAULT;
		if (port >= READ_ONCE(d->ev.nr_ports))
			return -EINVAL;
		if (evtchn_port_pending(d, port))
			return 1;
	}
	if (p->nr_ports == 1)
		WRITE_ONCE(v->poll_evtchn, port);
	return 0;
}

static long sched_poll(unsigned long guest)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	struct sched_poll p;
	int rc;

	if (copy_from_guest_raw(&p, (const void *)guest, sizeof(p)))
		return -EFAULT;
	if (p.nr_ports > MAX_POLL_PORTS)
		return -EINVAL;
	if (!guest_pointer_ok((const void *)p.ports.p))
		return -EFAULT;

	/* First be seen polling, then look: who makes a port pending does it the other way round. */
	timer_stop(&v->poll_timer);
	set_bit(VPF_blocked, v->pause_flags);
	WRITE_ONCE(v->poll_evtchn, -1);
	set_bit(v->vcpu_id, d->ev.poll_mask);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	rc = arch_vcpu_event_pending(v) ? 1 : poll_look(v, &p);
	if (rc) {
		poll_cancel(v);
		return min(rc, 0);
	}
	/* One port: from -1 to the port after the look; a wakeup in between has taken us out. */
	if (!test_bit(v->vcpu_id, d->ev.poll_mask)) {
		poll_cancel(v);
		return 0;
	}
	if (p.timeout)
		vcpu_set_poll_timer(v, p.timeout > STIME_MAX ? STIME_MAX : p.timeout);
	softirq_raise(SOFTIRQ_SCHEDULE);
	return 0;
}

static long sched_watchdog(unsigned long guest)
{
	struct sched_watchdog w;

	if (copy_from_guest_raw(&w, (const void *)guest, sizeof(w)))
		return -EFAULT;
	return domain_watchdog_set(current->domain, w.id, w.timeout);
}

/* dom0's firmware calls that must run on a certain CPU; -1 ends it. */
static long sched_pin(unsigned long guest)
{
	struct sched_pin_override p;

	if (current->domain != hardware_domain)
		return -EPERM;
	if (copy_from_guest_raw(&p, (const void *)guest, sizeof(p)))
		return -EFAULT;
	return vcpu_pin_override(current, p.pcpu);
}

static long (*const sched_rows[])(unsigned long guest) = {
	[SCHEDOP_yield] = sched_yield,
	[SCHEDOP_block] = sched_block,
	[SCHEDOP_shutdown] = sched_shutdown,
	[SCHEDOP_poll] = sched_poll,
	[SCHEDOP_remote_shutdown] = sched_remote_shutdown,
	[SCHEDOP_shutdown_code] = sched_shutdown_code,
	[SCHEDOP_watchdog] = sched_watchdog,
	[SCHEDOP_pin_override] = sched_pin,
};

/* arg: command, argument. */
long do_sched_op(unsigned long arg[])
{
	unsigned long cmd = (uint32_t)arg[0];

	if (cmd >= ARRAY_SIZE(sched_rows) || !sched_rows[cmd])
		return -ENOSYS;
	return sched_rows[cmd](arg[1]);
}

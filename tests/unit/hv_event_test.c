/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_event_test.c: event channel operations: states, rights, delivery, polling, teardown. */
#include "hv_guest.h"
#include <hv/page.h>
#include <hv/param.h>

static struct domain *dom0, *a, *b;
static struct vcpu *v0, *va, *vb;

static int setup(void **state)
{
	host_init(2, 64, "loglvl=none");
	dom0 = host_make_dom0(2, 1000);
	a = host_make_domain(3, 1000);
	b = host_make_domain(2, 1000);
	v0 = dom0->vcpu[0];
	va = a->vcpu[0];
	vb = b->vcpu[0];
	return 0;
}

/* --- helpers ---------------------------------------------------------------------------------- */

static evtchn_port_t alloc_for(struct vcpu *v, domid_t remote)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = remote };

	assert_int_equal(evtchn_op(v, EVTCHNOP_alloc_unbound, &op), 0);
	assert_int_not_equal(op.port, 0);
	return op.port;
}

static long try_bind(struct vcpu *v, domid_t remote, evtchn_port_t rport, evtchn_port_t *ret)
{
	struct evtchn_bind_interdomain op = { .remote_dom = remote, .remote_port = rport };
	long rc = evtchn_op(v, EVTCHNOP_bind_interdomain, &op);

	*ret = op.local_port;
	return rc;
}

static evtchn_port_t bind(struct vcpu *v, domid_t remote, evtchn_port_t rport)
{
	evtchn_port_t port;

	assert_int_equal(try_bind(v, remote, rport, &port), 0);
	return port;
}

static long close_port(struct vcpu *v, evtchn_port_t port)
{
	struct evtchn_close op = { port };

	return evtchn_op(v, EVTCHNOP_close, &op);
}

static long send_port(struct vcpu *v, evtchn_port_t port)
{
	struct evtchn_send op = { port };

	return evtchn_op(v, EVTCHNOP_send, &op);
}

static struct evtchn_status status_of(struct vcpu *v, evtchn_port_t port)
{
	struct evtchn_status op = { .dom = DOMID_SELF, .port = port };

	assert_int_equal(evtchn_op(v, EVTCHNOP_status, &op), 0);
	return op;
}

static bool pending(struct domain *d, evtchn_port_t port)
{
	return test_bit(port, d->shared_info->evtchn_pending);
}

/* The guest has taken all its events. */
static void quiet(struct domain *d)
{
	struct vcpu *v;

	memset(d->shared_info->evtchn_pending, 0, sizeof(d->shared_info->evtchn_pending));
	for_each_vcpu (d, v) {
		v->vcpu_info->evtchn_pending_sel = 0;
		v->vcpu_info->evtchn_upcall_pending = 0;
		v->arch.kicks = 0;
	}
}

/* --- tests ------------------------------------------------------------------------------------ */

static void interdomain_life(void **state)
{
	evtchn_port_t pa = alloc_for(va, b->domain_id), pb;
	struct evtchn_status st = status_of(va, pa);

	assert_int_equal(st.status, EVTCHNSTAT_unbound);
	assert_int_equal(st.u.unbound.dom, b->domain_id);
	assert_int_equal(send_port(va, pa), 0); /* nobody listens: lost */
	quiet(b);
	pb = bind(vb, a->domain_id, pa);
	assert_true(pending(b, pb)); /* the binder looks at once */
	st = status_of(va, pa);
	assert_int_equal(st.status, EVTCHNSTAT_interdomain);
	assert_int_equal(st.u.interdomain.dom, b->domain_id);
	assert_int_equal(st.u.interdomain.port, pb);

	quiet(a);
	quiet(b);
	assert_int_equal(send_port(va, pa), 0);
	assert_true(pending(b, pb));
	assert_false(pending(a, pa));
	assert_int_equal(vb->vcpu_info->evtchn_upcall_pending, 1);
	assert_int_equal(vb->vcpu_info->evtchn_pending_sel, 1UL << pb / 64);
	assert_int_equal(vb->arch.kicks, 1);
	assert_int_equal(send_port(va, pa), 0); /* already pending: no second kick */
	assert_int_equal(vb->arch.kicks, 1);

	/* One end closed: the other is unbound and can be bound again. */
	assert_int_equal(close_port(vb, pb), 0);
	assert_false(pending(b, pb));
	assert_int_equal(status_of(vb, pb).status, EVTCHNSTAT_closed);
	assert_int_equal(status_of(va, pa).status, EVTCHNSTAT_unbound);
	pb = bind(vb, a->domain_id, pa);
	assert_int_equal(close_port(va, pa), 0);
	assert_int_equal(close_port(va, pa), -EINVAL);
	assert_int_equal(send_port(va, pa), -EINVAL);
	assert_int_equal(send_port(vb, pb), 0);
	assert_int_equal(close_port(vb, pb), 0);
}

static void interdomain_refusals(void **state)
{
	evtchn_port_t pa = alloc_for(va, dom0->domain_id), p;

	assert_int_equal(try_bind(vb, a->domain_id, pa, &p), -EINVAL); /* meant for another */
	assert_int_equal(try_bind(vb, a->domain_id, 0, &p), -EINVAL);
	assert_int_equal(try_bind(vb, a->domain_id, ~0U, &p), -EINVAL);
	assert_int_equal(try_bind(vb, 999, pa, &p), -ESRCH);
	assert_int_equal(try_bind(vb, DOMID_XEN, pa, &p), -ESRCH);
	p = bind(v0, a->domain_id, pa);
	assert_int_equal(try_bind(v0, a->domain_id, pa, &p), -EINVAL); /* taken */
	assert_int_equal(close_port(va, pa), 0);
	assert_int_equal(close_port(va, 0), -EINVAL);
	assert_int_equal(close_port(va, 4096), -EINVAL);
	assert_int_equal(close_port(va, ~0U), -EINVAL);
	assert_int_equal(send_port(va, 0), -EINVAL);
	assert_int_equal(a->ev.x_active, 0);
	assert_int_equal(b->ev.x_active, 0);
	evtchn_reset(dom0, false);
	host_play_vcpu(v0);
	assert_int_equal(evtchn_reset(dom0, false), 0);
	host_play_vcpu(NULL);
	assert_int_equal(dom0->ev.x_active, 0);
}

static void loopback(void **state)
{
	evtchn_port_t p = alloc_for(va, DOMID_SELF), q = bind(va, DOMID_SELF, p);

	quiet(a);
	assert_int_equal(send_port(va, p), 0);
	assert_true(pending(a, q));
	assert_int_equal(send_port(va, q), 0);
	assert_true(pending(a, p));
	assert_int_equal(close_port(va, p), 0);
	assert_int_equal(status_of(va, q).status, EVTCHNSTAT_unbound);
	assert_int_equal(close_port(va, q), 0);
}

static void rights(void **state)
{
	struct evtchn_alloc_unbound al = { .dom = b->domain_id, .remote_dom = 0 };
	struct evtchn_status st = { .dom = b->domain_id, .port = 1 };
	struct evtchn_reset rs = { .dom = b->domain_id };

	assert_int_equal(evtchn_op(va, EVTCHNOP_alloc_unbound, &al), -EPERM);
	assert_int_equal(evtchn_op(va, EVTCHNOP_status, &st), -EPERM);
	assert_int_equal(evtchn_op(va, EVTCHNOP_reset, &rs), -EPERM);
	assert_int_equal(evtchn_op(v0, EVTCHNOP_alloc_unbound, &al), 0);
	st.port = al.port;
	assert_int_equal(evtchn_op(v0, EVTCHNOP_status, &st), 0);
	assert_int_equal(st.status, EVTCHNSTAT_unbound);
	assert_int_equal(evtchn_op(v0, EVTCHNOP_reset, &rs), 0); /* b is paused */
	assert_int_equal(b->ev.x_active, 0);
	b->controller_pause_count--;
	assert_int_equal(evtchn_op(v0, EVTCHNOP_reset, &rs), -EINVAL); /* it runs: not from outside */
	b->controller_pause_count++;
	al.dom = 999;
	assert_int_equal(evtchn_op(v0, EVTCHNOP_alloc_unbound, &al), -ESRCH);
}

static void bad_calls(void **state)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF };

	assert_int_equal(evtchn_op(va, EVTCHNOP_send, BAD_POINTER), -EFAULT);
	assert_int_equal(evtchn_op(va, 99, &op), -ENOSYS);
	assert_int_equal(evtchn_op(va, ~0U, &op), -ENOSYS);
	poison((char *)&op + 4, 4); /* read: too short */
	assert_int_equal(evtchn_op(va, EVTCHNOP_alloc_unbound, &op), -EFAULT);
	unpoison();
	assert_int_equal(a->ev.x_active, 0);
}

static void virqs(void **state)
{
	struct evtchn_bind_virq op = { .virq = VIRQ_TIMER, .vcpu = 1 };
	struct evtchn_bind_vcpu bv;
	evtchn_port_t timer, debug;

	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_virq, &op), 0);
	timer = op.port;
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_virq, &op), -EEXIST);
	quiet(a);
	send_guest_vcpu_virq(a->vcpu[1], VIRQ_TIMER);
	assert_true(pending(a, timer));
	assert_int_equal(a->vcpu[1]->vcpu_info->evtchn_upcall_pending, 1);
	assert_int_equal(va->vcpu_info->evtchn_upcall_pending, 0);
	send_guest_vcpu_virq(a->vcpu[0], VIRQ_TIMER); /* not bound: nothing */
	assert_int_equal(va->vcpu_info->evtchn_upcall_pending, 0);
	bv = (struct evtchn_bind_vcpu){ timer, 0 };
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_vcpu, &bv), -EINVAL); /* of its vcpu for good */

	op = (struct evtchn_bind_virq){ .virq = VIRQ_DOM_EXC, .vcpu = 1 };
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_virq, &op), -EINVAL); /* global ones: vcpu 0 */
	op = (struct evtchn_bind_virq){ .virq = NR_VIRQS };
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_virq, &op), -EINVAL);
	op = (struct evtchn_bind_virq){ .virq = VIRQ_DEBUG, .vcpu = 3 };
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_virq, &op), -ENOENT);
	op.vcpu = ~0U;
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_virq, &op), -ENOENT);

	op = (struct evtchn_bind_virq){ .virq = VIRQ_DOM_EXC };
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_virq, &op), 0);
	debug = op.port;
	quiet(a);
	send_global_virq(VIRQ_DOM_EXC); /* dom0's, who has not bound it */
	assert_false(pending(a, debug));
	assert_int_equal(set_global_virq_handler(a, VIRQ_DOM_EXC), 0);
	assert_int_equal(set_global_virq_handler(a, VIRQ_TIMER), -EINVAL);
	assert_int_equal(set_global_virq_handler(a, NR_VIRQS), -EINVAL);
	send_global_virq(VIRQ_DOM_EXC);
	assert_true(pending(a, debug));
	bv = (struct evtchn_bind_vcpu){ debug, 2 };
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_vcpu, &bv), 0);
	quiet(a);
	send_global_virq(VIRQ_DOM_EXC);
	assert_int_equal(a->vcpu[2]->vcpu_info->evtchn_upcall_pending, 1);
	assert_int_equal(set_global_virq_handler(dom0, VIRQ_DOM_EXC), 0);
	assert_int_equal(close_port(va, debug), 0);
	assert_int_equal(close_port(va, timer), 0);
	assert_int_equal(a->vcpu[1]->virq_to_evtchn[VIRQ_TIMER], 0);
	assert_int_equal(a->ev.x_active, 0);
}

/* --- memory that gets low ----------------------------------------------------------------------- */

static struct page *taken[64 * 256];
static unsigned int nr_taken;

/* Allocates or frees until so many pages are free; whether dom0 was told. */
static bool told(unsigned long left, evtchn_port_t port)
{
	while (heap_free_pages() > left)
		assert_non_null((taken[nr_taken++] = alloc_domheap_pages(NULL, 0, MEMF_no_scrub)));
	while (heap_free_pages() < left && nr_taken)
		free_domheap_pages(taken[--nr_taken], 0);
	softirq_process_no_sched();
	if (!pending(dom0, port))
		return false;
	quiet(dom0);
	return true;
}

static void low_memory(void **state)
{
	struct evtchn_bind_virq op = { .virq = VIRQ_ENOMEM };
	uint64_t limit = boot_params.low_mem_virq_limit;

	boot_params.low_mem_virq_limit = 300 * PAGE_SIZE;
	heap_low_start();
	assert_int_equal(evtchn_op(v0, EVTCHNOP_bind_virq, &op), 0);
	quiet(dom0);
	assert_false(told(257, op.port));
	assert_true(told(256, op.port));
	assert_false(told(129, op.port)); /* once at each mark */
	assert_true(told(128, op.port));
	assert_false(told(200, op.port)); /* not much more: no mark counts again */
	assert_false(told(127, op.port));
	assert_false(told(600, op.port));
	assert_true(told(250, op.port));
	for (unsigned long left = 128; left; left /= 2)
		assert_true(told(left, op.port));
	assert_true(told(0, op.port));
	assert_false(told(1000, op.port));
	boot_params.low_mem_virq_limit = 0;
	heap_low_start();
	assert_false(told(0, op.port));
	boot_params.low_mem_virq_limit = limit;
	while (nr_taken)
		free_domheap_pages(taken[--nr_taken], 0);
	assert_int_equal(close_port(v0, op.port), 0);
}

static void ipis_and_bind_vcpu(void **state)
{
	struct evtchn_bind_ipi op = { .vcpu = 2 };
	struct evtchn_bind_vcpu bv;
	evtchn_port_t p;

	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_ipi, &op), 0);
	p = op.port;
	quiet(a);
	assert_int_equal(send_port(va, p), 0);
	assert_true(pending(a, p));
	assert_int_equal(a->vcpu[2]->vcpu_info->evtchn_upcall_pending, 1);
	bv = (struct evtchn_bind_vcpu){ p, 1 };
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_vcpu, &bv), -EINVAL);
	assert_int_equal(close_port(va, p), 0);
	op.vcpu = 3;
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_ipi, &op), -ENOENT);

	p = alloc_for(va, b->domain_id);
	bv = (struct evtchn_bind_vcpu){ p, 1 };
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_vcpu, &bv), 0);
	assert_int_equal(status_of(va, p).vcpu, 1);
	bv.vcpu = 3;
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_vcpu, &bv), -ENOENT);
	bv = (struct evtchn_bind_vcpu){ 4095, 1 };
	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_vcpu, &bv), -EINVAL);
	assert_int_equal(close_port(va, p), 0);
}

static void pirqs(void **state)
{
	struct evtchn_bind_pirq op = { .pirq = 9 };
	struct evtchn_unmask um;
	evtchn_port_t p;

	assert_int_equal(evtchn_op(v0, EVTCHNOP_bind_pirq, &op), 0);
	p = op.port;
	assert_int_equal(evtchn_op(v0, EVTCHNOP_bind_pirq, &op), -EEXIST);
	quiet(dom0);
	send_guest_pirq(dom0, 9);
	assert_true(pending(dom0, p));
	send_guest_pirq(dom0, 10);
	send_guest_pirq(dom0, 100000);
	um.port = p;
	assert_int_equal(evtchn_op(v0, EVTCHNOP_unmask, &um), 0);
	assert_int_equal(dom0->arch.unmasks, 1);
	assert_int_equal(close_port(v0, p), 0);
	assert_int_equal(dom0->arch.pirqs_bound, 0);
	assert_int_equal(dom0->ev.pirq_port[9], 0);
	op.pirq = 100000;
	assert_int_equal(evtchn_op(v0, EVTCHNOP_bind_pirq, &op), -EINVAL);
	dom0->arch.pirqs_bound = 1 << 5; /* the arch refuses: the port is free again */
	op.pirq = 5;
	assert_int_equal(evtchn_op(v0, EVTCHNOP_bind_pirq, &op), -EBUSY);
	assert_int_equal(dom0->ev.x_active, 0);
	assert_int_equal(dom0->ev.pirq_port[5], 0);
	dom0->arch.pirqs_bound = 0;
}

static void masking(void **state)
{
	evtchn_port_t pa = alloc_for(va, b->domain_id), pb = bind(vb, a->domain_id, pa);
	struct evtchn_unmask um = { pb };

	quiet(b);
	set_bit(pb, b->shared_info->evtchn_mask);
	assert_int_equal(send_port(va, pa), 0);
	assert_true(pending(b, pb));
	assert_int_equal(vb->vcpu_info->evtchn_pending_sel, 0);
	assert_int_equal(vb->vcpu_info->evtchn_upcall_pending, 0);
	assert_int_equal(evtchn_op(vb, EVTCHNOP_unmask, &um), 0);
	assert_int_equal(vb->vcpu_info->evtchn_pending_sel, 1UL << pb / 64);
	assert_int_equal(vb->vcpu_info->evtchn_upcall_pending, 1);
	quiet(b); /* unmasked and nothing pending: nothing happens */
	assert_int_equal(evtchn_op(vb, EVTCHNOP_unmask, &um), 0);
	assert_int_equal(vb->vcpu_info->evtchn_upcall_pending, 0);
	um.port = 1 << 20;
	assert_int_equal(evtchn_op(vb, EVTCHNOP_unmask, &um), -EINVAL);
	assert_int_equal(close_port(va, pa), 0);
	assert_int_equal(close_port(vb, pb), 0);
}

static void limit_and_growth(void **state)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = 0 };
	unsigned int i, limit = b->ev.max_port;

	b->ev.max_port = 200;
	for (i = 1; i <= 200; i++) {
		assert_int_equal(evtchn_op(vb, EVTCHNOP_alloc_unbound, &op), 0);
		assert_int_equal(op.port, i);
	}
	assert_int_equal(evtchn_op(vb, EVTCHNOP_alloc_unbound, &op), -ENOSPC);
	assert_int_equal(close_port(vb, 77), 0);
	assert_int_equal(evtchn_op(vb, EVTCHNOP_alloc_unbound, &op), 0);
	assert_int_equal(op.port, 77);
	b->ev.max_port = limit;
	for (i = 201; i <= 4095; i++)
		assert_int_equal(evtchn_op(vb, EVTCHNOP_alloc_unbound, &op), 0);
	assert_int_equal(evtchn_op(vb, EVTCHNOP_alloc_unbound, &op), -ENOSPC);
	always_preempt(true);
	struct evtchn_reset rs = { DOMID_SELF };
	assert_int_equal(evtchn_op(vb, EVTCHNOP_reset, &rs), 0);
	assert_int_not_equal(restarts, 0);
	always_preempt(false);
	assert_int_equal(b->ev.x_active, 0);
}

/* --- polling ---------------------------------------------------------------------------------- */

static long poll_ports(struct vcpu *v, evtchn_port_t *ports, unsigned int n, s_time_t timeout)
{
	struct sched_poll p = { .nr_ports = n, .timeout = timeout };

	p.ports.p = ports;
	return HC(v, sched_op, SCHEDOP_poll, &p, 0);
}

static bool blocked(struct vcpu *v)
{
	return test_bit(VPF_blocked, v->pause_flags);
}

static void polling(void **state)
{
	evtchn_port_t ports[3] = { 0 }, lone = alloc_for(va, b->domain_id), remote;
	struct vcpu *v = a->vcpu[1];
	unsigned int i;

	for (i = 0; i < 3; i++)
		ports[i] = alloc_for(va, b->domain_id);
	quiet(a);
	set_bit(1, a->ev.poll_mask);
	a->ev.poll_mask[0] = 0;
	v->vcpu_info->evtchn_upcall_mask = 1;
	for (i = 0; i < 4096; i++)
		set_bit(i, a->shared_info->evtchn_mask);

	/* One port: another one does not wake, it does. */
	assert_int_equal(poll_ports(v, &lone, 1, 0), 0);
	assert_true(blocked(v));
	remote = bind(vb, a->domain_id, ports[0]);
	assert_int_equal(send_port(vb, remote), 0);
	assert_true(blocked(v));
	remote = bind(vb, a->domain_id, lone);
	assert_int_equal(send_port(vb, remote), 0);
	assert_false(blocked(v));
	assert_int_equal(a->ev.poll_mask[0], 0);
	assert_int_equal(v->poll_evtchn, 0);

	/* Pending already: no sleep. */
	assert_int_equal(poll_ports(v, &lone, 1, 0), 0);
	assert_false(blocked(v));
	assert_int_equal(a->ev.poll_mask[0], 0);

	/* Several. */
	quiet(a);
	assert_int_equal(poll_ports(v, ports, 3, 0), 0);
	assert_true(blocked(v));
	remote = bind(vb, a->domain_id, ports[2]);
	assert_int_equal(send_port(vb, remote), 0);
	assert_false(blocked(v));

	/* An upcall waits and may be taken: no sleep. */
	quiet(a);
	v->vcpu_info->evtchn_upcall_mask = 0;
	v->vcpu_info->evtchn_upcall_pending = 1;
	assert_int_equal(poll_ports(v, ports, 3, 0), 0);
	assert_false(blocked(v));
	quiet(a);
	v->vcpu_info->evtchn_upcall_mask = 1;

	/* A time. */
	assert_int_equal(poll_ports(v, ports, 3, now() + MILLISECS(5)), 0);
	assert_true(blocked(v));
	host_advance(MILLISECS(4));
	assert_true(blocked(v));
	host_advance(MILLISECS(2));
	assert_false(blocked(v));

	/* Refusals leave nothing behind. */
	assert_int_equal(poll_ports(v, ports, 129, 0), -EINVAL);
	assert_int_equal(poll_ports(v, BAD_POINTER, 1, 0), -EFAULT);
	ports[1] = 1 << 20;
	assert_int_equal(poll_ports(v, ports, 3, 0), -EINVAL);
	assert_false(blocked(v));
	assert_int_equal(a->ev.poll_mask[0], 0);
	memset(a->shared_info->evtchn_mask, 0, sizeof(a->shared_info->evtchn_mask));
}

static void death(void **state)
{
	struct domain *c = host_make_domain(1, 10);
	evtchn_port_t pc = alloc_for(c->vcpu[0], b->domain_id), pb = bind(vb, c->domain_id, pc);
	evtchn_port_t out = alloc_for(vb, c->domain_id), in = bind(c->vcpu[0], b->domain_id, out);
	struct evtchn_bind_interdomain op = { .remote_dom = c->domain_id };
	domid_t id = c->domain_id;

	assert_int_not_equal(in, 0);
	assert_int_equal(set_global_virq_handler(c, VIRQ_CON_RING), 0);
	host_kill_domain(c);
	assert_null(domain_get_by_id(id)); /* no event kept it */
	assert_int_equal(status_of(vb, pb).status, EVTCHNSTAT_unbound);
	assert_int_equal(status_of(vb, out).status, EVTCHNSTAT_unbound);
	assert_int_equal(send_port(vb, pb), 0);
	assert_int_equal(evtchn_op(vb, EVTCHNOP_bind_interdomain, &op), -ESRCH);
	assert_int_equal(close_port(vb, pb), 0);
	assert_int_equal(close_port(vb, out), 0);
	send_global_virq(VIRQ_CON_RING); /* dom0's again */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interdomain_life), cmocka_unit_test(interdomain_refusals),
		cmocka_unit_test(loopback), cmocka_unit_test(rights), cmocka_unit_test(bad_calls),
		cmocka_unit_test(virqs), cmocka_unit_test(low_memory), cmocka_unit_test(ipis_and_bind_vcpu),
		cmocka_unit_test(pirqs), cmocka_unit_test(masking),
		cmocka_unit_test(limit_and_growth), cmocka_unit_test(polling),
		cmocka_unit_test(death),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

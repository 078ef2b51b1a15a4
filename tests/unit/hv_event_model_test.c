/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_event_model_test.c: random event channel operations of two domains on each other, against a
 * model of what the ports are and which are pending. */
#include "hv_guest.h"
#include <stdio.h>
#include <stdlib.h>

#define PORTS 40
#define STEPS 300000

enum kind { FREE, UNBOUND, JOINED, IPI };

struct model_port {
	enum kind kind;
	int dom, port;    /* UNBOUND: who may bind; JOINED: the other end */
	bool pending, masked;
};

static struct domain *dom[2];
static struct model_port model[2][PORTS + 1];
static uint32_t seed = 12345;

static unsigned int pick(unsigned int n)
{
	return random_next(&seed) % n;
}

static struct vcpu *vcpu_of(int d)
{
	return dom[d]->vcpu[0];
}

static int lowest_free(int d)
{
	int p;

	for (p = 1; p <= PORTS; p++) {
		if (model[d][p].kind == FREE)
			return p;
	}
	return 0;
}

static void step_alloc(int d)
{
	int remote = pick(2), want = lowest_free(d);
	struct evtchn_alloc_unbound op = { DOMID_SELF, dom[remote]->domain_id, 0 };
	long rc = evtchn_op(vcpu_of(d), EVTCHNOP_alloc_unbound, &op);

	assert_int_equal(rc, want ? 0 : -ENOSPC);
	if (!want)
		return;
	assert_int_equal(op.port, want);
	model[d][want].kind = UNBOUND;
	model[d][want].dom = remote;
}

static void step_ipi(int d)
{
	int want = lowest_free(d);
	struct evtchn_bind_ipi op = { .vcpu = 0 };

	assert_int_equal(evtchn_op(vcpu_of(d), EVTCHNOP_bind_ipi, &op), want ? 0 : -ENOSPC);
	if (want)
		model[d][want].kind = IPI;
}

static void step_bind(int d)
{
	int r = pick(2), rp = pick(PORTS + 2), want = lowest_free(d);
	struct evtchn_bind_interdomain op = { dom[r]->domain_id, rp, 0 };
	bool ok = rp <= PORTS && model[r][rp].kind == UNBOUND && model[r][rp].dom == d;
	long rc = evtchn_op(vcpu_of(d), EVTCHNOP_bind_interdomain, &op);

	if (!want) {
		assert_int_equal(rc, -ENOSPC);
		return;
	}
	/* The local port was taken before the other was looked at: it may be the very one. */
	assert_int_equal(rc, ok ? 0 : -EINVAL);
	if (!ok)
		return;
	assert_int_equal(op.local_port, want);
	model[d][want] = (struct model_port){ JOINED, r, rp, true, model[d][want].masked };
	model[r][rp].kind = JOINED;
	model[r][rp].dom = d;
	model[r][rp].port = want;
}

static void step_close(int d)
{
	int p = pick(PORTS + 1);
	struct model_port *m = &model[d][p], *o;
	struct evtchn_close op = { p };

	assert_int_equal(evtchn_op(vcpu_of(d), EVTCHNOP_close, &op),
		p && m->kind != FREE ? 0 : -EINVAL);
	if (!p || m->kind == FREE)
		return;
	if (m->kind == JOINED) {
		o = &model[m->dom][m->port];
		o->kind = UNBOUND;
		o->dom = d;
	}
	m->kind = FREE;
	m->pending = false;
}

static void step_send(int d)
{
	int p = pick(PORTS + 1);
	struct model_port *m = &model[d][p];
	struct evtchn_send op = { p };

	assert_int_equal(evtchn_op(vcpu_of(d), EVTCHNOP_send, &op), m->kind != FREE ? 0 : -EINVAL);
	if (m->kind == JOINED)
		model[m->dom][m->port].pending = true;
	else if (m->kind == IPI)
		m->pending = true;
}

/* The guest's own doing: masks, or takes an event. */
static void step_guest(int d)
{
	int p = 1 + pick(PORTS);

	if (pick(2)) {
		set_bit(p, dom[d]->shared_info->evtchn_mask);
		model[d][p].masked = true;
	} else {
		clear_bit(p, dom[d]->shared_info->evtchn_pending);
		model[d][p].pending = false;
	}
}

static void step_unmask(int d)
{
	int p = 1 + pick(PORTS);
	struct vcpu_info *vi = vcpu_of(d)->vcpu_info;
	struct evtchn_unmask op = { p };
	bool is_free = model[d][p].kind == FREE; /* stays masked */
	bool raises = !is_free && model[d][p].masked && model[d][p].pending;

	vi->evtchn_pending_sel = 0;
	vi->evtchn_upcall_pending = 0;
	assert_int_equal(evtchn_op(vcpu_of(d), EVTCHNOP_unmask, &op), 0);
	if (!is_free)
		model[d][p].masked = false;
	assert_int_equal(vi->evtchn_upcall_pending, raises);
	assert_int_equal(vi->evtchn_pending_sel, raises ? 1UL << p / 64 : 0);
}

static const uint32_t kind_status[] = {
	[FREE] = EVTCHNSTAT_closed,
	[UNBOUND] = EVTCHNSTAT_unbound,
	[JOINED] = EVTCHNSTAT_interdomain,
	[IPI] = EVTCHNSTAT_ipi,
};

static void compare_all(void)
{
	int d, p;

	for (d = 0; d < 2; d++) {
		unsigned int active = 0;

		for (p = 1; p <= PORTS; p++) {
			struct model_port *m = &model[d][p];
			struct evtchn_status st = { .dom = DOMID_SELF, .port = p };

			assert_int_equal(evtchn_op(vcpu_of(d), EVTCHNOP_status, &st), 0);
			assert_int_equal(st.status, kind_status[m->kind]);
			if (m->kind == JOINED) {
				assert_int_equal(st.u.interdomain.dom, dom[m->dom]->domain_id);
				assert_int_equal(st.u.interdomain.port, m->port);
			}
			assert_int_equal(test_bit(p, dom[d]->shared_info->evtchn_pending),
				m->pending);
			active += m->kind != FREE;
		}
		assert_int_equal(dom[d]->ev.x_active, active);
	}
}

static void random_operations(void **state)
{
	static void (*const steps[])(int d) = {
		step_alloc, step_alloc, step_bind, step_bind, step_bind, step_close, step_send,
		step_send, step_send, step_guest, step_unmask, step_ipi,
	};
	int i;

	if (getenv("SEED"))
		seed = strtoul(getenv("SEED"), NULL, 0);
	print_message("seed %u\n", seed);
	for (i = 0; i < STEPS; i++) {
		steps[pick(ARRAY_SIZE(steps))](pick(2));
		if (i % 97 == 0)
			compare_all();
	}
	compare_all();
	host_kill_domain(dom[1]);
	for (i = 1; i <= PORTS; i++) { /* nothing of dom[0]'s leads to the dead one */
		if (model[0][i].kind == JOINED && model[0][i].dom == 1)
			model[0][i].kind = UNBOUND;
		assert_int_equal(dom[0]->ev.buckets[0][i].state == ECS_FREE,
			model[0][i].kind == FREE);
	}
}

static int setup(void **state)
{
	int i;

	host_init(2, 64, "loglvl=none");
	host_make_dom0(1, 100);
	for (i = 0; i < 2; i++) {
		dom[i] = host_make_domain(1, 100);
		dom[i]->ev.max_port = PORTS;
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_operations) };

	return cmocka_run_group_tests(tests, setup, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* domains: dom0 and a second domain pass an event back and forth, both asleep meanwhile. */
#include "bench.h"
#include "../../guests/child.h"

static struct child child;
static unsigned int my_port;            /* each side has its own value of it */

static void prepare_events(void)
{
	masking_events();
	memset(shared->evtchn_mask, 0, sizeof(shared->evtchn_mask));
}

static void wait_event(void)
{
	struct vcpu_info *vi = &shared->vcpu_info[0];

	while (!(shared->evtchn_pending[0] >> my_port & 1)) {
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
		vi->evtchn_upcall_mask = 1;
		vi->evtchn_upcall_pending = 0;
		__atomic_exchange_n(&vi->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	}
	__atomic_fetch_and(&shared->evtchn_pending[0], ~(1UL << my_port), __ATOMIC_SEQ_CST);
}

/* The first event says that this domain takes events from now on: one that came before it had set its
 * entry for them would end it. */
static void echo(void)
{
	prepare_events();
	for (;;) {
		send_event(my_port);
		wait_event();
	}
}

static void round_trips(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		send_event(my_port);
		wait_event();
	}
}

static void connect(void)
{
	struct evtchn_alloc_unbound a = { .dom = child.id, .remote_dom = 0 };
	struct evtchn_bind_interdomain b = { .remote_dom = child.id };

	must(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &a), "alloc_unbound");
	b.remote_port = a.port;
	must(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, &b), "interdomain");
	child_write(&child, &my_port, &a.port, sizeof(my_port));
	my_port = b.local_port;
	/* the binder's end is pending from the start */
	__atomic_fetch_and(&shared->evtchn_pending[0], ~(1UL << my_port), __ATOMIC_SEQ_CST);
}

void guest_main(void)
{
	print_clock();
	must(!child_create(&child, echo), "a second domain");
	connect();
	prepare_events();
	must(child_unpause(&child), "unpause");
	wait_event();
	bench("domain-round-trip", round_trips, 200);
	child_destroy(&child);
}

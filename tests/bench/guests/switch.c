/* SPDX-License-Identifier: GPL-2.0-only */
/* switch: two vcpus: events back and forth, turns by yielding; on one CPU or on two, as many as
 * the machine has. */
#include "bench.h"
#include "../../guests/child.h"

static uint8_t stack1[8192] __attribute__((aligned(4096)));
static struct vcpu_guest_context context;
static unsigned int port_of[2];         /* the port that reaches each vcpu */
static volatile unsigned int turn, mode;
enum { BY_YIELD, BY_EVENT, STOP };

static void take_event(unsigned int vcpu)
{
	struct vcpu_info *vi = &shared->vcpu_info[vcpu];

	vi->evtchn_upcall_pending = 0;
	__atomic_exchange_n(&vi->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&shared->evtchn_pending[0], ~(1UL << port_of[vcpu]), __ATOMIC_SEQ_CST);
}

/* SCHEDOP_block opens the upcalls' mask, so that there is one (masking_event), which masks them. */
static void wait_turn(unsigned int vcpu)
{
	while (turn != vcpu) {
		if (mode == BY_YIELD) {
			hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
		} else {
			hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
			shared->vcpu_info[vcpu].evtchn_upcall_mask = 1;
			take_event(vcpu);
		}
	}
}

static void give_turn(unsigned int to)
{
	turn = to;
	if (mode != BY_YIELD)
		send_event(port_of[to]);
}

void second(void);
void second(void)
{
	for (;;) {
		wait_turn(1);
		give_turn(0);
	}
}

static void round_trips(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		give_turn(1);
		wait_turn(0);
	}
}

static unsigned int bind(unsigned int vcpu)
{
	struct evtchn_bind_ipi b = { .vcpu = vcpu };

	must(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, &b), "bind_ipi");
	return b.port;
}

static void prepare(void)
{
	vcpu_context(&context, second, stack1 + sizeof(stack1), va_to_mfn((void *)si->pt_base));
	context.user_regs.rflags = 0x1000;
	context.event_callback_eip = (unsigned long)masking_event;
	masking_events();
	must(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 1, &context), "the second vcpu");
	port_of[0] = bind(0);
	port_of[1] = bind(1);
	memset(shared->evtchn_mask, 0, sizeof(shared->evtchn_mask));
	must(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_up, 1, 0), "up");
}

void guest_main(void)
{
	print_clock();
	mode = BY_EVENT;
	prepare();
	bench("event-round-trip", round_trips, 200);
	mode = BY_YIELD;
	send_event(port_of[1]);
	bench("yield-round-trip", round_trips, 200);
	mode = STOP;
}

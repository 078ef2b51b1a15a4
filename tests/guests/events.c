/* SPDX-License-Identifier: GPL-2.0-only */
/* events: ports to oneself, upcalls and masks, the timer, blocking and polling, grants. */
#include "clock.h"

static struct grant_entry_v1 grants[512] __attribute__((aligned(4096)));
static uint8_t page[4096] __attribute__((aligned(4096))), copy[4096] __attribute__((aligned(4096)));
static uint8_t window[4096] __attribute__((aligned(4096)));

static bool pending(unsigned int port)
{
	return shared->evtchn_pending[port / 64] >> (port % 64) & 1;
}

static void clear(unsigned int port)
{
	__atomic_fetch_and(&shared->evtchn_pending[port / 64], ~(1UL << port % 64), __ATOMIC_SEQ_CST);
	__atomic_store_n(&shared->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
}

static void unmask_port(unsigned int port)
{
	struct evtchn_unmask u = { .port = port };

	hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_unmask, &u);
}

static long send(unsigned int port)
{
	struct evtchn_send s = { .port = port };

	return hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &s);
}

static void upcalls(bool on)
{
	shared->vcpu_info[0].evtchn_upcall_mask = !on;
	if (on && shared->vcpu_info[0].evtchn_upcall_pending)
		hypercall2(__HYPERVISOR_xen_version, XENVER_version, 0);
}

static void check_loopback(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain b = { .remote_dom = DOMID_SELF };
	struct evtchn_close c;
	unsigned int before;

	check_eq(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &a), 0,
		"an unbound port");
	b.remote_port = a.port;
	check_eq(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, &b), 0, "bound");
	check(pending(b.local_port), "the binder's end is pending at once");
	clear(b.local_port);
	upcalls(true);
	before = event_count;
	check_eq(send(b.local_port), 0, "send");
	check(pending(a.port), "the other end is pending");
	check_eq(event_count, before + 1, "and there was one upcall");
	check_eq(send(b.local_port), 0, "send again while pending");
	check_eq(event_count, before + 1, "no second upcall");
	clear(a.port);
	__atomic_fetch_or(&shared->evtchn_mask[a.port / 64], 1UL << a.port % 64, __ATOMIC_SEQ_CST);
	send(b.local_port);
	check_eq(event_count, before + 1, "a masked port makes none");
	unmask_port(a.port);
	check_eq(event_count, before + 2, "until it is unmasked");
	clear(a.port);
	c.port = b.local_port;
	check_eq(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_close, &c), 0, "close");
	check_eq(send(b.local_port), -22, "a closed port cannot send");
	check_eq(send(4095), -22, "nor one that never was");
	check_eq(send(1U << 30), -22, "nor one far away");
}

/* Sets the timer and blocks until it has fired, for longer and longer until it had not yet when this
 * vcpu blocked. Returns what set_singleshot_timer does; *ret_due: when it was to fire. */
static long block_until_timer(unsigned int port, uint64_t *ret_due)
{
	struct vcpu_set_singleshot_timer s = { 0 };
	uint64_t delay = 20000000;
	bool blocked = false;
	long rc = 0;

	for (; !rc && !blocked; delay *= 2) {
		upcalls(false);
		clear(port);
		*ret_due = s.timeout_abs_ns = now_ns() + delay;
		rc = hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, &s);
		for (; !rc && !pending(port); blocked = true)
			hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
	}
	return rc;
}

static void check_timer(void)
{
	struct evtchn_bind_virq v = { .virq = VIRQ_TIMER, .vcpu = 0 };
	struct vcpu_set_singleshot_timer s = { 0 };
	unsigned int before, i;
	uint64_t due;
	uint64_t t0, t1, back = 0;

	for (i = 0, t0 = now_ns(); i < 10000; i++, t0 = t1) {
		t1 = now_ns();
		back += t1 < t0;
	}
	check_eq(back, 0, "time does not go back");
	check_eq(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &v), 0, "VIRQ_TIMER");
	check_eq(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq,
		&(struct evtchn_bind_virq){ .virq = VIRQ_TIMER }), -17, "once");
	hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	before = event_count;
	check_eq(block_until_timer(v.port, &due), 0, "20 ms timer");
	check(now_ns() >= due, "blocked until it was due");
	check(event_count > before, "woken by an upcall");
	clear(v.port);
	s.timeout_abs_ns = due;
	check_eq(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, &s), 0, "in the past");
	while (!pending(v.port))
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	check(true, "fires at once");
	clear(v.port);
}

static void check_poll(void)
{
	evtchn_port_t port = 1;
	struct sched_poll p = { .nr_ports = 1 };
	uint64_t t0 = now_ns();

	set_xen_guest_handle(p.ports, &port);
	p.timeout = t0 + 5000000;
	upcalls(false);
	check_eq(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, &p), 0, "poll with a timeout");
	check(now_ns() >= p.timeout, "ends when it is over");
	p.nr_ports = 100000;
	check(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, &p) < 0, "too many ports");
}

static long map_grant(unsigned int ref, void *at, uint32_t flags, uint32_t *ret_handle)
{
	struct gnttab_map_grant_ref m = { .host_addr = (unsigned long)at, .flags = flags, .ref = ref,
		.dom = 0 };
	long rc = hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, &m, 1);

	*ret_handle = m.handle;
	return rc ? rc : m.status;
}

static void read_byte(void *p)
{
	*(volatile uint8_t *)p;
}

static void check_grants(void)
{
	xen_pfn_t frame;
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };
	struct gnttab_unmap_grant_ref u = { .host_addr = (unsigned long)window };
	struct gnttab_copy c = { .source = { .u.ref = 9, .domid = DOMID_SELF },
		.dest = { .domid = DOMID_SELF }, .len = 64, .flags = GNTCOPY_source_gref };
	uint32_t handle;

	set_xen_guest_handle(s.frame_list, &frame);
	check_eq(hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, &s, 1), 0, "setup_table");
	check_eq(s.status, 0, "status");
	check_eq(map_va(grants, L1E(frame, F_RWX)), 0, "the table can be mapped");
	page[0] = 77;
	grants[9].domid = 0;
	grants[9].frame = va_to_mfn(page);
	__atomic_store_n(&grants[9].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
	/* Mapping goes where nothing is mapped. */
	check_eq(map_va(window, 0), 0, "a hole for the window");
	check_eq(map_grant(9, window, GNTMAP_host_map, &handle), 0, "a grant to oneself");
	if (probe(read_byte, window) != -1)
		return;
	check_eq(window[0], 77, "shows the page");
	check(grants[9].flags & GTF_writing, "it is marked as in use");
	u.handle = handle;
	check_eq(hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1), 0, "unmap");
	check_eq(u.status, 0, "status");
	check(!(grants[9].flags & (GTF_reading | GTF_writing)), "and no longer in use");
	check(map_grant(10, window, GNTMAP_host_map, &handle) < 0, "an unused reference");
	check(map_grant(1U << 20, window, GNTMAP_host_map, &handle) < 0, "one beyond the table");
	c.dest.u.gmfn = va_to_mfn(copy);
	check_eq(hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, &c, 1), 0, "copy");
	check_eq(c.status, 0, "status");
	check_eq(copy[0], 77, "has copied");
	c.source.offset = 4090;
	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, &c, 1);
	check(c.status < 0, "not across a page");
}

void guest_main(void)
{
	memset(shared->evtchn_mask, 0, sizeof(shared->evtchn_mask));
	check_loopback();
	check_timer();
	check_poll();
	check_grants();
}

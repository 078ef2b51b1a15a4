/* SPDX-License-Identifier: GPL-2.0-only */
/* kill: domains that are destroyed, or paused, in the middle of hypercalls. Whoever stops a domain waits
 * until its vcpus have left their CPUs: none of them may be waiting for a lock of the one who stops it. */
#include <xen/sched.h>
#include <xen/vcpu.h>
#include "child.h"

#define ROUNDS 6

static volatile unsigned int calls;
static uint8_t info_page[4096] __attribute__((aligned(4096)));
static uint8_t table[4096] __attribute__((aligned(4096)));

static void initialise(void)
{
	static vcpu_guest_context_t context; /* no good: its table is no frame */

	context.ctrlreg[3] = ~0UL;
	hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 1, &context);
}

static void up(void)
{
	hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_up, 1, 0);
}

static void register_info(void)
{
	struct vcpu_register_vcpu_info info = { .mfn = va_to_mfn(info_page) };

	hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 1, &info);
}

static void watchdog(void)
{
	struct sched_watchdog w = { .id = 0, .timeout = 1000 };

	w.id = hypercall2(__HYPERVISOR_sched_op, SCHEDOP_watchdog, &w);
	w.timeout = 0;
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_watchdog, &w);
}

static void pin(void)
{
	struct mmuext_op op[] = { { .cmd = MMUEXT_PIN_L1_TABLE }, { .cmd = MMUEXT_UNPIN_TABLE } };

	op[0].arg1.mfn = op[1].arg1.mfn = va_to_mfn(table);
	map_va(table, 0);
	hypercall4(__HYPERVISOR_mmuext_op, op, 2, 0, DOMID_SELF);
	map_va(table, L1E(op[0].arg1.mfn, F_RWX));
}

static void events(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_close c;

	if (hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &a))
		return;
	c.port = a.port;
	hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_close, &c);
}

static void reservation(void)
{
	static unsigned long frame;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	r.extent_start.p = &frame;
	if (hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r) == 1)
		hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r);
}

static const struct {
	const char *name;
	void (*fn)(void);
} rows[] = {
	{ "VCPUOP_initialise", initialise }, { "VCPUOP_up", up },
	{ "VCPUOP_register_vcpu_info", register_info }, { "SCHEDOP_watchdog", watchdog },
	{ "pinning", pin }, { "event channels", events }, { "memory", reservation },
};
static unsigned int row;

static void child(void)
{
	for (;;) {
		rows[row].fn();
		calls++;
	}
}

static unsigned int calls_of(const struct child *c)
{
	unsigned int n;

	child_read(c, (const void *)&calls, &n, sizeof(n));
	return n;
}

/* True once it has made some more calls. */
static bool goes_on(const struct child *c)
{
	unsigned int before = calls_of(c);
	uint64_t end = now_ns() + 20000000000UL;

	while (calls_of(c) - before < 20) {
		if (now_ns() > end)
			return false;
		yield();
	}
	return true;
}

static bool stop_and_go(const struct child *c)
{
	struct xen_domctl op = { 0 };

	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (!goes_on(c) || domctl(XEN_DOMCTL_pausedomain, c->id, &op) ||
		    domctl(XEN_DOMCTL_unpausedomain, c->id, &op))
			return false;
	}
	return true;
}

static bool gone(const struct child *c)
{
	struct xen_domctl op = { 0 };

	return domctl(XEN_DOMCTL_getdomaininfo, c->id, &op) || op.domain != c->id;
}

static bool one_domain(void)
{
	static struct child c = { .quiet = true };
	bool ok;

	if (!child_create(&c, child))
		return false;
	child_unpause(&c);
	ok = stop_and_go(&c);
	child_destroy(&c);
	return ok && gone(&c);
}

void guest_main(void)
{
	for (row = 0; row < ARRAY_SIZE(rows); row++) {
		bool ok = true;

		for (unsigned int i = 0; i < ROUNDS && ok; i++)
			ok = one_domain();
		print("# calls: %s\n", rows[row].name);
		check(ok, rows[row].name);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* xenoprof: xenoprof_op from dom0 and from a domain: who may do what and when, buffers and their sizes, lists of
 * domains. With the argument "nmi=1" it profiles itself and waits for an NMI, which looks like a counter's: QEMU
 * emulates none, they read 0 and so seem to have run out. With "none=1" there are to be no counters. */
#include <xen/xenoprof.h>
#include "child.h"

#define BAD_POINTER 0xffff830000000000UL
#define SAMPLES     10

static union {
	struct xenoprof_init init;
	struct xenoprof_get_buffer get;
	struct xenoprof_passive passive;
	struct xenoprof_counter counter;
	struct xenoprof_ibs_counter ibs;
	domid_t domid;
	uint64_t depth;
} u;

static uint8_t window[PAGE_SIZE] __attribute__((aligned(4096)));
static volatile struct xenoprof_buf *buf = (volatile struct xenoprof_buf *)window;

static long op(int cmd)
{
	return hypercall2(__HYPERVISOR_xenoprof_op, cmd, &u);
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static long get_buffer(int samples)
{
	u.get.max_samples = samples;
	return op(XENOPROF_get_buffer);
}

static long set_active(domid_t d)
{
	u.domid = d;
	return op(XENOPROF_set_active);
}

static long set_passive(domid_t d, int samples)
{
	u.passive.domain_id = d;
	u.passive.max_samples = samples;
	return op(XENOPROF_set_passive);
}

static long set_counter(uint32_t ind, uint64_t count)
{
	memset(&u, 0, sizeof(u));
	u.counter.ind = ind;
	u.counter.count = count;
	u.counter.enabled = u.counter.kernel = u.counter.user = 1;
	u.counter.event = 0x76;
	return op(XENOPROF_counter);
}

static long map_buffer(uint64_t machine)
{
	return map_va(window, L1E(machine / PAGE_SIZE, F_RWX));
}

static uint64_t own_page;

static void unmap_buffer(void)
{
	map_va(window, own_page);
}

/* --- from a domain -------------------------------------------------------------------------------------- */

static void in_domain(void)
{
	static const uint8_t denied[] = {
		XENOPROF_reset_active_list, XENOPROF_reset_passive_list, XENOPROF_set_active, XENOPROF_set_passive,
		XENOPROF_reserve_counters, XENOPROF_counter, XENOPROF_setup_events, XENOPROF_start, XENOPROF_stop,
		XENOPROF_release_counters, XENOPROF_shutdown, XENOPROF_set_backtrace, XENOPROF_get_ibs_caps,
		XENOPROF_ibs_counter,
	};
	bool all = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(denied); i++)
		all &= op(denied[i]) == -XEN_EPERM;
	check(all, "a domain may not do most");
	check_rc(op(XENOPROF_init), 0, "but ask what there is");
	check(!u.init.is_primary && u.init.num_events == 4 && same(u.init.cpu_type, "x86-64/hammer"),
		"the same counters");
	check_rc(op(XENOPROF_enable_virq), XEN_EPERM, "it is not on the list");
	check_rc(op(XENOPROF_disable_virq), XEN_EPERM, "it is not ready");
	check_rc(hypercall2(__HYPERVISOR_xenoprof_op, XENOPROF_get_buffer, BAD_POINTER), XEN_EFAULT,
		"buffers for nobody");
	check_rc(get_buffer(-1), 0, "the largest buffers");
	check_eq(u.get.nbuf, 2, "one for each vcpu");
	check_eq(u.get.bufsize, 16 * PAGE_SIZE, "in 32 pages");
	check_rc(map_buffer(u.get.buf_gmaddr), 0, "are mapped");
	check_eq(buf->event_size, 16 * PAGE_SIZE / 16 - 3, "with as many entries as there is room for");
	check(!buf->vcpu_id && !buf->event_head && !buf->event_tail, "none of them used");
	check_rc(get_buffer(1), XEN_EBUSY, "they are in use");
	check_rc(op(XENOPROF_enable_virq), XEN_EPERM, "still not on the list");
}

/* --- dom0 ---------------------------------------------------------------------------------------------- */

static void check_before(void)
{
	static const uint8_t denied[] = { XENOPROF_set_active, XENOPROF_reserve_counters, XENOPROF_start,
		XENOPROF_shutdown, XENOPROF_get_ibs_caps, XENOPROF_set_backtrace };
	bool all = true;

	check_rc(op(-1), XEN_EINVAL, "no such operation");
	check_rc(op(XENOPROF_last_op + 1), XEN_EINVAL, "nor that");
	for (unsigned int i = 0; i < ARRAY_SIZE(denied); i++)
		all &= op(denied[i]) == -XEN_EPERM;
	check(all, "nobody profiles yet");
	check_rc(hypercall2(__HYPERVISOR_xenoprof_op, XENOPROF_init, BAD_POINTER), XEN_EFAULT, "a bad pointer");
	check_rc(op(XENOPROF_get_ibs_caps), XEN_EPERM, "which begins nothing");
}

static void check_init(void)
{
	memset(&u, 0xee, sizeof(u));
	check_rc(op(XENOPROF_init), 0, "init");
	check(u.init.is_primary == 1 && u.init.num_events == 4 && same(u.init.cpu_type, "x86-64/hammer"),
		"primary, of four counters");
	check_eq(op(XENOPROF_get_ibs_caps), 0, "no instruction-based sampling");
	check_rc(hypercall2(__HYPERVISOR_xenoprof_op, XENOPROF_set_backtrace, BAD_POINTER), XEN_EFAULT,
		"callers of nothing");
	u.depth = 0;
	check_rc(op(XENOPROF_set_backtrace), 0, "no callers");
}

static void check_buffer(void)
{
	check_rc(op(XENOPROF_enable_virq), XEN_EPERM, "counters come first");
	check_rc(get_buffer(SAMPLES), 0, "buffers");
	check_eq(u.get.nbuf, 2, "one for each vcpu");
	check_eq(u.get.bufsize, 48 + SAMPLES * 16, "no larger than needed");
	check_rc(map_buffer(u.get.buf_gmaddr), 0, "mapped");
	check_eq(buf->event_size, SAMPLES, "of so many entries");
	check(!buf->xen_samples && !buf->lost_samples && !buf->event_log[0].eip, "with nothing in it");
	check_rc(get_buffer(SAMPLES), XEN_EBUSY, "once");
}

static void check_active(void)
{
	bool all = true;

	check_rc(op(XENOPROF_counter), XEN_EPERM, "no counters are reserved");
	check_rc(op(XENOPROF_setup_events), XEN_EPERM, "none to set up");
	check_rc(op(XENOPROF_stop), XEN_EPERM, "none to stop");
	check_rc(op(XENOPROF_release_counters), XEN_EPERM, "none to release");
	check_rc(set_active(1000), XEN_EINVAL, "no such domain");
	check_rc(set_active(DOMID_SELF), XEN_EINVAL, "by its number");
	check_rc(hypercall2(__HYPERVISOR_xenoprof_op, XENOPROF_set_active, BAD_POINTER), XEN_EFAULT, "nowhere");
	for (unsigned int i = 0; i < MAX_OPROF_DOMAINS; i++)
		all &= !set_active(0);
	check(all, "as many domains as there is room for");
	check_rc(set_active(0), XEN_E2BIG, "and no more");
	check_rc(op(XENOPROF_reset_active_list), 0, "none again");
}

/* Its samples are dom0's; its end does not take them away from there. */
static void check_passive(void)
{
	static struct xen_domctl d;
	uint64_t machine;
	domid_t id;

	check_rc(create_domain(2, &d), 0, "a domain");
	id = d.domain;
	check_rc(set_passive(1000, 1), XEN_EINVAL, "no such domain");
	check_rc(hypercall2(__HYPERVISOR_xenoprof_op, XENOPROF_set_passive, BAD_POINTER), XEN_EFAULT, "nowhere");
	check_rc(set_passive(id, SAMPLES), XEN_ENOMEM, "without vcpus");
	d.u.max_vcpus.max = 2;
	check_rc(domctl(XEN_DOMCTL_max_vcpus, id, &d), 0, "vcpus");
	check_rc(set_passive(id, SAMPLES), 0, "a passive domain");
	machine = u.passive.buf_gmaddr;
	check_eq(u.passive.nbuf, 2, "of two vcpus");
	check_eq(u.passive.bufsize, 48 + SAMPLES * 16, "has room for as many");
	check_rc(set_passive(id, SAMPLES), XEN_EBUSY, "once");
	unmap_buffer();
	check_rc(map_buffer(machine), 0, "what it has is mapped here");
	check(buf->vcpu_id == 0 && *(volatile uint32_t *)(window + 48 + SAMPLES * 16 + 12) == 1, "one for each");
	check_rc(op(XENOPROF_reset_passive_list), 0, "no more passive domains");
	check_rc(set_passive(id, SAMPLES), XEN_EBUSY, "it is mapped still");
	unmap_buffer();
	check_rc(set_passive(id, 1), 0, "no longer");
	check_eq(u.passive.bufsize, 48 + SAMPLES * 16, "as it was");
	check_rc(domctl(XEN_DOMCTL_destroydomain, id, &d), 0, "the domain goes");
	check_rc(op(XENOPROF_reset_passive_list), 0, "and is taken off the list");
}

static evtchn_port_t bind_virq(void)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_XENOPROF, .vcpu = 0 };

	check_rc(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &b), 0, "its event");
	return b.port;
}

static bool take_event(evtchn_port_t port)
{
	bool was = shared->evtchn_pending[port / 64] >> port % 64 & 1;

	shared->evtchn_pending[port / 64] &= ~(1UL << port % 64);
	return was;
}

static evtchn_port_t port;

/* From reserved counters to running ones. */
static void begin(void)
{
	check_rc(set_active(0), 0, "dom0 takes part");
	check_rc(op(XENOPROF_reserve_counters), 0, "counters");
	check_rc(op(XENOPROF_reserve_counters), XEN_EPERM, "once");
	check_rc(set_active(0), XEN_EPERM, "too late for the list");
	check_rc(op(XENOPROF_shutdown), XEN_EPERM, "not while they are reserved");
	check_rc(set_counter(7, 1000), 0, "the last that can be named");
	check_rc(set_counter(8, 1000), XEN_E2BIG, "one more");
	check_rc(set_counter(0, 100000), 0, "a counter");
	check_rc(op(XENOPROF_start), XEN_EPERM, "not set up");
	check_rc(op(XENOPROF_enable_virq), XEN_EPERM, "nor is who asks");
	check_rc(op(XENOPROF_setup_events), 0, "set up");
	check_rc(set_counter(0, 100000), XEN_EPERM, "too late for it");
	check_rc(op(XENOPROF_start), XEN_EPERM, "dom0 is not ready");
	check_rc(op(XENOPROF_enable_virq), 0, "it is");
	check_rc(op(XENOPROF_start), 0, "go");
	check_rc(op(XENOPROF_start), XEN_EPERM, "it goes");
}

static void end(void)
{
	check_rc(op(XENOPROF_disable_virq), XEN_EPERM, "not while it goes");
	check_rc(op(XENOPROF_release_counters), XEN_EPERM, "nor that");
	take_event(port);
	check_rc(op(XENOPROF_stop), 0, "stop");
	check(take_event(port), "the samples are to be read");
	check_rc(op(XENOPROF_stop), XEN_EPERM, "it has stopped");
	check_rc(op(XENOPROF_disable_virq), 0, "not ready");
	check_rc(op(XENOPROF_disable_virq), XEN_EPERM, "nor on the list");
	check_rc(op(XENOPROF_release_counters), 0, "the counters are nobody's");
	check_rc(op(XENOPROF_release_counters), XEN_EPERM, "once");
	check_rc(op(XENOPROF_shutdown), 0, "the end");
	check_rc(op(XENOPROF_shutdown), XEN_EPERM, "of it all");
}

/* --- a sample ------------------------------------------------------------------------------------------- */

static void nothing(void)
{
}

/* From interrupts: the guest itself does nothing but look. */
static void __attribute__((noinline)) look(void)
{
	uint64_t end = now_ns() + 60 * 1000000000UL;

	print("# waiting for an NMI\n");
	while (!buf->event_head && now_ns() < end)
		;
}

static void sample(void)
{
	const volatile struct event_log *e = buf->event_log;

	check_rc(op(XENOPROF_init), 0, "init");
	check_rc(get_buffer(SAMPLES), 0, "buffers");
	check_rc(map_buffer(u.get.buf_gmaddr), 0, "mapped");
	u.depth = 2;
	check_rc(op(XENOPROF_set_backtrace), 0, "two callers each");
	port = bind_virq();
	begin();
	look();
	check(buf->event_head >= 4 && e[0].eip == XENOPROF_ESCAPE_CODE && e[0].event == XENOPROF_TRACE_BEGIN,
		"a sample with its callers");
	check(e[1].mode == 1 || e[1].mode == 2, "of the kernel or of the hypervisor");
	if (e[1].mode == 1) {
		check(e[1].eip > VIRT_BASE && e[2].eip > VIRT_BASE && e[3].eip > VIRT_BASE, "from here");
		check(buf->kernel_samples > 0, "is counted");
		check(take_event(port), "and told of");
	}
	end();
}

void guest_main(void)
{
	own_page = *l1e_of(window);
	if (argument("none=", 0)) {
		check_rc(op(XENOPROF_init), XEN_ENODEV, "there are no counters");
		check_rc(op(XENOPROF_shutdown), XEN_EPERM, "nor is this the profiler");
		return;
	}
	if (argument("nmi=", 0)) {
		on_event = nothing;
		sample();
		return;
	}
	check_before();
	child_run(in_domain, 30);
	check_init();
	check_active();
	check_passive();
	check_buffer();
	port = bind_virq();
	begin();
	end();
	unmap_buffer();
}

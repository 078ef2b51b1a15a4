/* SPDX-License-Identifier: GPL-2.0-only */
/* ops: vcpu_op, sched_op and nmi_op: NMIs, records of run states and of time, timers, pinning, and what
 * each operation says to bad arguments. */
#include <xen/nmi.h>
#include "child.h"

#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define ENXIO 6
#define EFAULT 14
#define EBUSY 16
#define EINVAL 22
#define ENOSYS 38

#define HYPERVISORS_OWN 0xffff830000000000UL
#define NOT_MAPPED      0x7fff00000000UL
#define SECOND 1000000000UL

static uint64_t page[512] __attribute__((aligned(4096)));
static uint8_t stack1[8192] __attribute__((aligned(4096)));
static struct vcpu_guest_context context;

static long vcpu_op(unsigned int cmd, unsigned long vcpu, const void *arg)
{
	return hypercall3(__HYPERVISOR_vcpu_op, cmd, vcpu, arg);
}

static long sched_op(unsigned int cmd, const void *arg)
{
	return hypercall2(__HYPERVISOR_sched_op, cmd, arg);
}

/* --- NMI ------------------------------------------------------------------------------------------ */

static volatile unsigned int nmi_count, nmi_nested, nmi_masked;

void nmi_entry(void);
__asm__(
	"nmi_entry:\n\t"
	"pushq %rax; pushq %rdx; pushq %rsi; pushq %rdi; pushq %r8; pushq %r9; pushq %r10; pushq %rbp\n\t"
	"movq %rsp, %rbp; andq $-16, %rsp; call nmi_handler; movq %rbp, %rsp\n\t"
	"popq %rbp; popq %r10; popq %r9; popq %r8; popq %rdi; popq %rsi; popq %rdx; popq %rax\n\t"
	"popq %rcx; popq %r11\n\t"
	"pushq $0; pushq %rcx; pushq %r11; pushq %rax; movl $23, %eax; syscall");

void nmi_handler(void);
void nmi_handler(void)
{
	unsigned int me = ++nmi_count;

	nmi_masked += shared->vcpu_info[0].evtchn_upcall_mask;
	if (me != 1)
		return;
	vcpu_op(VCPUOP_send_nmi, 0, NULL);
	yield();
	nmi_nested = nmi_count - me;
}

static long register_nmi(unsigned long address)
{
	struct xennmi_callback cb = { .handler_address = address };

	return hypercall2(__HYPERVISOR_nmi_op, XENNMI_register_callback, &cb);
}

static void check_nmi(void)
{
	check_eq(hypercall2(__HYPERVISOR_nmi_op, 2, &page), -ENOSYS, "no such nmi_op");
	check_eq(hypercall2(__HYPERVISOR_nmi_op, XENNMI_register_callback, HYPERVISORS_OWN), -EFAULT,
		"register_callback: bad pointer");
	check_eq(register_nmi(0x0000800000000000UL), -EINVAL, "a handler that is no address");
	check_eq(vcpu_op(VCPUOP_send_nmi, 0, page), -EINVAL, "send_nmi takes no argument");
	check_eq(vcpu_op(VCPUOP_send_nmi, 0, NULL), 0, "an NMI without a handler");
	check_eq(register_nmi((unsigned long)nmi_entry), 0, "a handler");
	check_eq(nmi_count, 0, "does not get the earlier one");
	shared->vcpu_info[0].evtchn_upcall_mask = 0;
	check_eq(vcpu_op(VCPUOP_send_nmi, 0, NULL), 0, "send_nmi");
	check_eq(nmi_count, 2, "both of two came");
	check_eq(nmi_nested, 0, "the second after the first");
	check_eq(nmi_masked, 2, "events were masked in the handler");
	check_eq(shared->vcpu_info[0].evtchn_upcall_mask, 0, "and are not, behind it");
	shared->vcpu_info[0].evtchn_upcall_mask = 1;
	check_eq(hypercall2(__HYPERVISOR_nmi_op, XENNMI_unregister_callback, 0), 0, "unregister");
	check_eq(vcpu_op(VCPUOP_send_nmi, 0, NULL), 0, "send_nmi");
	check_eq(nmi_count, 2, "is lost");
	check_eq(hypercall2(__HYPERVISOR_nmi_op, XENNMI_unregister_callback, 0), 0, "unregister nothing");
}

/* --- records ---------------------------------------------------------------------------------------- */

static struct vcpu_runstate_info runstate __attribute__((aligned(64)));
static struct vcpu_time_info time_area __attribute__((aligned(64)));

static long register_runstate(unsigned int vcpu, unsigned long address)
{
	struct vcpu_register_runstate_memory_area area = { .addr.p = address };

	return vcpu_op(VCPUOP_register_runstate_memory_area, vcpu, &area);
}

static long register_time(unsigned int vcpu, unsigned long address)
{
	struct vcpu_register_time_memory_area area = { .addr.p = address };

	return vcpu_op(VCPUOP_register_vcpu_time_memory_area, vcpu, &area);
}

static long poll_until(uint64_t when)
{
	struct sched_poll p = { .timeout = when };

	return sched_op(SCHEDOP_poll, &p);
}

static void check_runstate(void)
{
	struct vcpu_runstate_info info;
	uint64_t t;

	check_eq(vcpu_op(VCPUOP_get_runstate_info, 0, (void *)HYPERVISORS_OWN), -EFAULT,
		"get_runstate_info: bad pointer");
	check_eq(vcpu_op(VCPUOP_get_runstate_info, 0, &info), 0, "get_runstate_info");
	check_eq(info.state, RUNSTATE_running, "runs");
	check(info.time[0] > 0 && info.state_entry_time <= now_ns(), "for a time");
	check_eq(vcpu_op(VCPUOP_get_runstate_info, 1, &info), 0, "of another vcpu");
	check_eq(info.state, RUNSTATE_offline, "is offline");
	check_eq(vcpu_op(VCPUOP_register_runstate_memory_area, 0, (void *)HYPERVISORS_OWN), -EFAULT,
		"register_runstate: bad pointer");
	check_eq(register_runstate(0, HYPERVISORS_OWN), -EFAULT, "a record in the hypervisor");
	check_eq(register_runstate(0, NOT_MAPPED), 0, "a record that is not mapped");
	yield();
	check_eq(register_runstate(0, (unsigned long)&runstate), 0, "a record");
	check_eq(runstate.state, RUNSTATE_running, "is filled at once");
	t = now_ns();
	check_eq(poll_until(t + SECOND / 20), 0, "20 ms of nothing");
	check_eq(runstate.state, RUNSTATE_running, "later, it runs");
	check(runstate.state_entry_time >= t + SECOND / 20, "since a moment");
	check(runstate.time[RUNSTATE_blocked] >= SECOND / 50, "and was blocked before");
	check_eq(register_runstate(0, 0), 0, "no record any more");
}

static void check_time_area(void)
{
	uint64_t a, b, c;

	check_eq(vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, (void *)HYPERVISORS_OWN), -EFAULT,
		"register time area: bad pointer");
	check_eq(register_time(0, HYPERVISORS_OWN), -EFAULT, "in the hypervisor");
	check_eq(register_time(0, NOT_MAPPED), 0, "not mapped");
	yield();
	check_eq(register_time(0, (unsigned long)&time_area), 0, "a time record");
	check(time_area.version && !(time_area.version & 1), "is filled");
	a = now_ns();
	b = time_by(&time_area);
	c = now_ns();
	check(a <= b && b <= c, "and tells the same time");
	check_eq(register_time(0, 0), 0, "no longer");
}

static long register_info(unsigned int vcpu, uint64_t mfn, uint32_t offset)
{
	struct vcpu_register_vcpu_info info = { .mfn = mfn, .offset = offset };

	return vcpu_op(VCPUOP_register_vcpu_info, vcpu, &info);
}

static void check_info(void)
{
	unsigned long mfn = va_to_mfn(page);

	check_eq(vcpu_op(VCPUOP_register_vcpu_info, 1, (void *)HYPERVISORS_OWN), -EFAULT,
		"register_vcpu_info: bad pointer");
	check_eq(register_info(1, mfn, 4096 - 63), -ENXIO, "over the end of the page");
	check_eq(register_info(1, mfn, ~0U), -ENXIO, "far behind it");
	check_eq(register_info(1, mfn, 1), -ENXIO, "not aligned");
	check_eq(register_info(1, mfn, 4), -ENXIO, "not aligned to a word");
	check_eq(register_info(1, ~0UL, 0), -EINVAL, "no such frame");
	check_eq(register_info(1, va_to_mfn((void *)si->pt_base), 0), -EINVAL, "a page table");
	check_eq(register_info(1, mfn, 128), 0, "a good place");
	check_eq(((struct vcpu_info *)((char *)page + 128))->evtchn_upcall_pending, 1, "tells to look");
	check(((struct vcpu_info *)((char *)page + 128))->evtchn_pending_sel == ~0UL, "at everything");
	check_eq(register_info(1, mfn, 256), -EINVAL, "only once");
}

/* --- timers ------------------------------------------------------------------------------------------ */

static evtchn_port_t timer_port;

static bool timer_pending(void)
{
	return shared->evtchn_pending[timer_port / 64] >> timer_port % 64 & 1;
}

static void clear_timer(void)
{
	__atomic_and_fetch(&shared->evtchn_pending[timer_port / 64], ~(1UL << timer_port % 64),
		__ATOMIC_SEQ_CST);
}

static bool ticks_within(uint64_t ns)
{
	uint64_t end = now_ns() + ns;

	while (!timer_pending() && now_ns() < end)
		yield();
	return timer_pending();
}

static void check_timers(void)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER };
	struct vcpu_set_periodic_timer period = { .period_ns = SECOND / 1000 - 1 };
	struct vcpu_set_singleshot_timer once = { .flags = VCPU_SSHOTTMR_future };
	unsigned int i;

	check_eq(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "VIRQ_TIMER");
	timer_port = bind.port;
	check_eq(vcpu_op(VCPUOP_set_periodic_timer, 0, (void *)HYPERVISORS_OWN), -EFAULT,
		"set_periodic_timer: bad pointer");
	check_eq(vcpu_op(VCPUOP_set_periodic_timer, 0, &period), -EINVAL, "a short period");
	period.period_ns = 1UL << 62;
	check_eq(vcpu_op(VCPUOP_set_periodic_timer, 0, &period), -EINVAL, "a long period");
	period.period_ns = SECOND / 100;
	check_eq(vcpu_op(VCPUOP_set_periodic_timer, 0, &period), 0, "100 Hz");
	for (i = 0; i < 3; i++) {
		clear_timer();
		check(ticks_within(5 * SECOND), "ticks");
	}
	check_eq(vcpu_op(VCPUOP_set_periodic_timer, 1, &period), 0, "another vcpu's");
	check_eq(vcpu_op(VCPUOP_stop_periodic_timer, 1, NULL), 0, "stopped");
	check_eq(vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0, "no ticks any more");
	clear_timer();
	check(!ticks_within(SECOND / 20), "none");

	check_eq(vcpu_op(VCPUOP_set_singleshot_timer, 1, &once), -EINVAL, "another vcpu's one-shot");
	check_eq(vcpu_op(VCPUOP_stop_singleshot_timer, 1, NULL), -EINVAL, "is not ours to stop, either");
	check_eq(vcpu_op(VCPUOP_set_singleshot_timer, 0, (void *)HYPERVISORS_OWN), -EFAULT,
		"set_singleshot_timer: bad pointer");
	check_eq(vcpu_op(VCPUOP_set_singleshot_timer, 0, &once), 0, "in the past, and told not to");
	check(ticks_within(5 * SECOND), "comes all the same");
	clear_timer();
	once.flags = 0;
	check_eq(vcpu_op(VCPUOP_set_singleshot_timer, 0, &once), 0, "in the past");
	check(ticks_within(5 * SECOND), "comes at once");
	clear_timer();
	once.timeout_abs_ns = now_ns() + SECOND / 50;
	check_eq(vcpu_op(VCPUOP_set_singleshot_timer, 0, &once), 0, "in 20 ms");
	check(ticks_within(5 * SECOND), "comes");
	check(now_ns() >= once.timeout_abs_ns, "not before");
	check_eq(vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0, "stop");
}

/* --- pinning, and the rest of sched_op ------------------------------------------------------------- */

static long pin(int cpu)
{
	struct sched_pin_override p = { .pcpu = cpu };

	return sched_op(SCHEDOP_pin_override, &p);
}

static void check_sched(void)
{
	struct sched_poll p = { .nr_ports = 129 };
	struct sched_remote_shutdown r = { .domain_id = 999 };
	struct sched_watchdog w = { .id = 3, .timeout = 1 };
	struct vcpu_get_physid id;

	check_eq(sched_op(99, NULL), -ENOSYS, "no such sched_op");
	check_eq(sched_op(SCHEDOP_pin_override, (void *)HYPERVISORS_OWN), -EFAULT, "pin: bad pointer");
	check_eq(vcpu_op(VCPUOP_get_physid, 0, &id), -EINVAL, "get_physid: not pinned");
	check_eq(pin(-1), -EINVAL, "not pinned");
	check_eq(pin(77), -EINVAL, "no such CPU");
	check_eq(pin(1), 0, "pinned to CPU 1");
	check_eq(pin(0), -EBUSY, "once");
	check_eq(vcpu_op(VCPUOP_get_physid, 0, (void *)HYPERVISORS_OWN), -EFAULT, "get_physid: bad pointer");
	check_eq(vcpu_op(VCPUOP_get_physid, 0, &id), 0, "get_physid");
	check_eq((long)id.phys_id, 0, "is that of the CPU with our number");
	check_eq(pin(-5), 0, "free");
	check_eq(pin(0), 0, "pinned to CPU 0");
	check_eq(pin(-1), 0, "free");

	check_eq(sched_op(SCHEDOP_poll, (void *)HYPERVISORS_OWN), -EFAULT, "poll: bad pointer");
	check_eq(sched_op(SCHEDOP_poll, &p), -EINVAL, "too many ports");
	p.nr_ports = 1;
	set_xen_guest_handle(p.ports, (evtchn_port_t *)HYPERVISORS_OWN);
	check_eq(sched_op(SCHEDOP_poll, &p), -EFAULT, "ports in the hypervisor");
	p.nr_ports = 0;
	check_eq(sched_op(SCHEDOP_poll, &p), -EFAULT, "also when there are none");
	set_xen_guest_handle(p.ports, (evtchn_port_t *)page);
	p.nr_ports = 1;
	page[0] = 99999;
	check_eq(sched_op(SCHEDOP_poll, &p), -EINVAL, "no such port");
	check_eq(sched_op(SCHEDOP_remote_shutdown, (void *)HYPERVISORS_OWN), -EFAULT,
		"remote_shutdown: bad pointer");
	check_eq(sched_op(SCHEDOP_remote_shutdown, &r), -ESRCH, "no such domain");
	r.domain_id = DOMID_SELF;
	check_eq(sched_op(SCHEDOP_remote_shutdown, &r), -ESRCH, "DOMID_SELF is none");
	check_eq(sched_op(SCHEDOP_watchdog, &w), -EINVAL, "no such watchdog");
	w.id = 1;
	check_eq(sched_op(SCHEDOP_watchdog, &w), -EINVAL, "one that was not made");
	w.id = 0;
	w.timeout = 60;
	check_eq(sched_op(SCHEDOP_watchdog, &w), 1, "a watchdog");
	check_eq(sched_op(SCHEDOP_watchdog, &w), 2, "another");
	check_eq((int)sched_op(SCHEDOP_watchdog, &w), -28, "and no third");
	w.timeout = 0;
	w.id = 2;
	check_eq(sched_op(SCHEDOP_watchdog, &w), 0, "one is off");
	check_eq(sched_op(SCHEDOP_watchdog, &w), -EINVAL, "and gone");
	w.id = 1;
	check_eq(sched_op(SCHEDOP_watchdog, &w), 0, "the other");
}

/* --- the second vcpu -------------------------------------------------------------------------------- */

static volatile bool up;

void second(void);
void second(void)
{
	up = true;
	for (;;)
		vcpu_op(VCPUOP_down, 1, NULL);
}

static void check_life(void)
{
	check_eq(vcpu_op(99, 0, NULL), -ENOSYS, "no such vcpu_op");
	check_eq(vcpu_op(99, 9999, NULL), -ENOENT, "no such vcpu comes first");
	check_eq(vcpu_op(VCPUOP_is_up, 0, NULL), 1, "the first is up");
	check_eq(vcpu_op(VCPUOP_is_up, 1, NULL), 0, "the second is not");
	check_eq(vcpu_op(VCPUOP_is_up, 1UL << 32 | 1, NULL), 0, "its number has 32 bits");
	check_eq(vcpu_op(VCPUOP_up, 1, NULL), -EINVAL, "and cannot be");
	check_eq(vcpu_op(VCPUOP_initialise, 1, (void *)HYPERVISORS_OWN), -EFAULT, "initialise: bad pointer");
	vcpu_context(&context, second, stack1 + sizeof(stack1), va_to_mfn((void *)si->pt_base));
	check_eq(vcpu_op(VCPUOP_initialise, 1, &context), 0, "initialise");
	check_eq(vcpu_op(VCPUOP_up, 1, NULL), 0, "up");
	while (!up || vcpu_op(VCPUOP_is_up, 1, NULL))
		yield();
	check(up, "it was up, and is down");
	check_eq(vcpu_op(VCPUOP_send_nmi, 1, NULL), 0, "an NMI for one that is down");
	check_eq(vcpu_op(VCPUOP_down, 1, NULL), 0, "down it may go once more");
}

void guest_main(void)
{
	check_nmi();
	check_runstate();
	check_time_area();
	check_info();
	check_timers();
	check_sched();
	check_life();
}

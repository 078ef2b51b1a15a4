/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_calls_test.c: the hypercall table, multicall, version, console_io, sched_op, vcpu_op. */
#include "hv_guest.h"
#include <xen/domctl.h>
#include <xen/nmi.h>
#include <xen/sysctl.h>
#include <xen/vcpu.h>
#include <xen/version.h>

static struct domain *dom0, *a;
static struct vcpu *v0, *va;

static int setup(void **state)
{
	host_init(2, 64, "loglvl=none some words");
	dom0 = host_make_dom0(2, 1000);
	a = host_make_domain(3, 1000);
	v0 = dom0->vcpu[0];
	va = a->vcpu[0];
	return 0;
}

static void table(void **state)
{
	assert_int_equal(HC(va, kexec_op, 0, 0, 0), -EPERM);
	assert_int_equal(hcall(va, 38, 0, 0, 0), -ENOSYS);
	assert_int_equal(hcall(va, 63, 0, 0, 0), -ENOSYS);
	assert_int_equal(hcall(va, 64, 0, 0, 0), -ENOSYS);
	assert_int_equal(hcall(va, ~0UL, 0, 0, 0), -ENOSYS);
	assert_int_equal(HC(v0, xsm_op, 0, 0, 0), -ENOSYS);
	assert_int_equal(HC(va, arch_0, 0, 0, 0), -EPERM);
}

/* The argument is looked at before the caller's rights. */
static void not_for_guests(void **state)
{
	struct xen_sysctl sc = { .cmd = XEN_SYSCTL_physinfo };
	struct xen_domctl dc = { .cmd = XEN_DOMCTL_getdomaininfo, .domain = 999 };

	assert_int_equal(HC(va, domctl, BAD_POINTER, 0, 0), -EFAULT);
	assert_int_equal(HC(va, domctl, &dc, 0, 0), -EACCES);
	dc.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	assert_int_equal(HC(va, domctl, &dc, 0, 0), -ESRCH);
	dc.domain = a->domain_id;
	assert_int_equal(HC(va, domctl, &dc, 0, 0), -EPERM);
	dc.cmd = XEN_DOMCTL_createdomain;
	assert_int_equal(HC(va, domctl, &dc, 0, 0), -EPERM);
	assert_int_equal(HC(va, sysctl, BAD_POINTER, 0, 0), -EFAULT);
	assert_int_equal(HC(va, sysctl, &sc, 0, 0), -EACCES);
	sc.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	assert_int_equal(HC(va, sysctl, &sc, 0, 0), -EPERM);
}

static void multicalls(void **state)
{
	struct multicall_entry e[5] = {
		{ .op = __HYPERVISOR_xen_version, .result = 1, .args = { XENVER_version } },
		{ .op = 99 },
		{ .op = __HYPERVISOR_multicall },
		{ .op = __HYPERVISOR_iret },
		{ .op = __HYPERVISOR_xen_version, .args = { XENVER_pagesize } },
	};

	assert_int_equal(HC(va, multicall, e, 5, 0), 0);
	assert_int_equal(e[0].result, 4 << 16 | 17);
	assert_int_equal((long)e[1].result, -ENOSYS);
	assert_int_equal((long)e[2].result, -EINVAL);
	assert_int_equal((long)e[3].result, -EINVAL);
	assert_int_equal(e[4].result, PAGE_SIZE);

	memset(e, 0, sizeof(e));
	e[0].op = e[2].op = __HYPERVISOR_xen_version;
	poison(&e[1], 8);
	assert_int_equal(HC(va, multicall, e, 3, 0), -EFAULT);
	unpoison();
	assert_int_equal(e[0].result, 4 << 16 | 17);
	assert_int_equal(e[2].result, 0);
	assert_int_equal(HC(va, multicall, BAD_POINTER, 1, 0), -EFAULT);
	assert_int_equal(HC(va, multicall, BAD_POINTER, 0, 0), 0);
}

/* Entries that give way themselves, between entries that do not. */
static void multicall_gives_way(void **state)
{
	xen_pfn_t list[20] = { 0 };
	struct xen_memory_reservation r = { .nr_extents = 20, .domid = DOMID_SELF };
	struct multicall_entry e[3] = {
		{ .op = __HYPERVISOR_xen_version },
		{ .op = __HYPERVISOR_memory_op,
			.args = { XENMEM_populate_physmap, (unsigned long)&r } },
		{ .op = __HYPERVISOR_xen_version },
	};

	r.extent_start.p = list;
	always_preempt(true);
	assert_int_equal(HC(va, multicall, e, 3, 0), 0);
	assert_true(restarts > 20);
	always_preempt(false);
	assert_int_equal(e[0].result, 4 << 16 | 17);
	assert_int_equal(e[1].result, 20);
	assert_int_equal(e[2].result, 4 << 16 | 17);
	assert_int_equal(a->tot_pages, 20);
}

static void version(void **state)
{
	xen_extraversion_t extra;
	char caps[1024], cmdline[1024];
	struct xen_feature_info fi = { .submap_idx = 0 };
	xen_domain_handle_t uuid;

	assert_int_equal(HC(va, xen_version, XENVER_version, 0, 0), 4 << 16 | 17);
	assert_int_equal(HC(va, xen_version, XENVER_extraversion, extra, 0), 0);
	assert_int_equal(extra[0], '.');
	memset(caps, 'x', sizeof(caps));
	assert_int_equal(HC(va, xen_version, XENVER_capabilities, caps, 0), 0);
	assert_string_equal(caps, "xen-3.0-host");
	assert_int_equal(caps[1023], 0);
	assert_int_equal(HC(va, xen_version, XENVER_get_features, &fi, 0), 0);
	fi.submap_idx = 1;
	assert_int_equal(HC(va, xen_version, XENVER_get_features, &fi, 0), -EINVAL);
	assert_int_equal(HC(va, xen_version, XENVER_guest_handle, uuid, 0), 0);
	assert_int_equal(HC(v0, xen_version, XENVER_commandline, cmdline, 0), 0);
	assert_string_equal(cmdline, "loglvl=none some words");
	assert_int_equal(HC(va, xen_version, XENVER_commandline, cmdline, 0), 0);
	assert_string_equal(cmdline, "<denied>");
	assert_int_equal(HC(va, xen_version, 11, cmdline, 0), -ENOSYS);
	assert_int_equal(HC(va, xen_version, XENVER_extraversion, BAD_POINTER, 0), -EFAULT);
	assert_int_equal(HC(va, xen_version, XENVER_capabilities, BAD_POINTER, 0), -EFAULT);
	assert_int_equal(HC(va, xen_version, XENVER_build_id, 0, 0), -EPERM);
	assert_int_equal(HC(v0, xen_version, XENVER_build_id, 0, 0), 4);
}

static void console_io(void **state)
{
	char text[300], back[64];

	memset(text, 'q', sizeof(text));
	host_console_output();
	assert_int_equal(HC(va, console_io, CONSOLEIO_write, 3, text), -EPERM);
	assert_string_equal(host_console_output(), "");
	assert_int_equal(HC(v0, console_io, CONSOLEIO_write, 299, text), 0);
	assert_int_equal(strlen(host_console_output()), 299);
	always_preempt(true);
	assert_int_equal(HC(v0, console_io, CONSOLEIO_write, 300, text), 0);
	always_preempt(false);
	assert_int_equal(strlen(host_console_output()), 300);
	assert_int_equal(HC(v0, console_io, CONSOLEIO_write, 3, BAD_POINTER), -EFAULT);
	assert_int_equal(HC(v0, console_io, 2, 3, text), -ENOSYS);
	host_type("hello");
	assert_int_equal(HC(v0, console_io, CONSOLEIO_read, 3, back), 3);
	assert_memory_equal(back, "hel", 3);
	assert_int_equal(HC(v0, console_io, CONSOLEIO_read, 64, back), 2);
	assert_int_equal(HC(v0, console_io, CONSOLEIO_read, 64, back), 0);
}

static void vm_assist(void **state)
{
	assert_int_equal(HC(va, vm_assist, VMASST_CMD_enable, 5, 0), 0);
	assert_int_equal(a->vm_assist, 1 << 5);
	assert_int_equal(HC(va, vm_assist, VMASST_CMD_disable, 5, 0), 0);
	assert_int_equal(a->vm_assist, 0);
	assert_int_equal(HC(va, vm_assist, VMASST_CMD_enable, 64, 0), -EINVAL);
	assert_int_equal(HC(va, vm_assist, VMASST_CMD_enable, ~0U, 0), -EINVAL);
	assert_int_equal(HC(va, vm_assist, 2, 0, 0), -ENOSYS);
}

static long vcpu_op(struct vcpu *v, unsigned int cmd, unsigned int id, void *arg)
{
	return HC(v, vcpu_op, cmd, id, arg);
}

static void vcpu_life(void **state)
{
	struct vcpu_guest_context *c = xzalloc(struct vcpu_guest_context);
	struct vcpu_runstate_info rs;
	unsigned int id;

	for (id = 0; id < 8192; id++)
		assert_int_equal(vcpu_op(va, VCPUOP_is_up, id, NULL), id < 3 ? 1 : -ENOENT);
	assert_int_equal(vcpu_op(va, VCPUOP_initialise, 1, c), -EEXIST);
	a->vcpu[1]->is_initialised = false;
	assert_int_equal(vcpu_op(va, VCPUOP_down, 1, NULL), 0);
	assert_int_equal(vcpu_op(va, VCPUOP_is_up, 1, NULL), 0);
	assert_int_equal(vcpu_op(va, VCPUOP_up, 1, NULL), -EINVAL);
	assert_int_equal(vcpu_op(va, VCPUOP_initialise, 1, BAD_POINTER), -EFAULT);
	c->kernel_sp = 42;
	assert_int_equal(vcpu_op(va, VCPUOP_initialise, 1, c), 0);
	assert_int_equal(a->vcpu[1]->arch.ctxt.kernel_sp, 42);
	assert_int_equal(vcpu_op(va, VCPUOP_up, 1, NULL), 0);
	assert_int_equal(vcpu_op(va, VCPUOP_is_up, 1, NULL), 1);
	assert_int_equal(vcpu_op(va, VCPUOP_get_runstate_info, 1, &rs), 0);
	assert_int_equal(vcpu_op(va, VCPUOP_get_runstate_info, 1, BAD_POINTER), -EFAULT);
	assert_int_equal(vcpu_op(va, 77, 0, NULL), -ENOSYS);
	assert_int_equal(vcpu_op(va, ~0U, 0, NULL), -ENOSYS);

	/* The last one up is the end. */
	assert_int_equal(vcpu_op(va, VCPUOP_down, 1, NULL), 0);
	assert_int_equal(vcpu_op(va, VCPUOP_down, 2, NULL), 0);
	assert_false(a->is_shut_down);
	assert_int_equal(vcpu_op(va, VCPUOP_down, 0, NULL), 0);
	assert_true(a->is_shut_down);
	assert_int_equal(a->shutdown_code, SHUTDOWN_poweroff);
	domain_resume(a);
	for (id = 1; id < 3; id++)
		assert_int_equal(vcpu_op(va, VCPUOP_up, id, NULL), 0);
	xfree(c);
}

static void vcpu_timers(void **state)
{
	struct vcpu_set_singleshot_timer one = { .timeout_abs_ns = 1 };
	struct vcpu_set_periodic_timer per = { .period_ns = 1000 };
	struct evtchn_bind_virq bv = { .virq = VIRQ_TIMER };
	evtchn_port_t port;

	assert_int_equal(evtchn_op(va, EVTCHNOP_bind_virq, &bv), 0);
	port = bv.port;
	assert_int_equal(vcpu_op(va, VCPUOP_set_singleshot_timer, 1, &one), -EINVAL); /* own only */
	assert_int_equal(vcpu_op(va, VCPUOP_set_singleshot_timer, 0, BAD_POINTER), -EFAULT);
	assert_int_equal(vcpu_op(va, VCPUOP_set_singleshot_timer, 0, &one), 0); /* past: at once */
	host_advance(1000);
	assert_true(test_and_clear_bit(port, a->shared_info->evtchn_pending));
	one.flags = VCPU_SSHOTTMR_future;
	assert_int_equal(vcpu_op(va, VCPUOP_set_singleshot_timer, 0, &one), 0); /* also told not to */
	host_advance(1000);
	assert_true(test_and_clear_bit(port, a->shared_info->evtchn_pending));
	one.timeout_abs_ns = now() + MILLISECS(3);
	assert_int_equal(vcpu_op(va, VCPUOP_set_singleshot_timer, 0, &one), 0);
	host_advance(MILLISECS(2));
	assert_false(test_bit(port, a->shared_info->evtchn_pending));
	host_advance(MILLISECS(2));
	assert_true(test_and_clear_bit(port, a->shared_info->evtchn_pending));
	one.timeout_abs_ns = ~0ULL;
	assert_int_equal(vcpu_op(va, VCPUOP_set_singleshot_timer, 0, &one), 0);
	host_advance(MILLISECS(2));
	assert_false(test_bit(port, a->shared_info->evtchn_pending));
	assert_int_equal(vcpu_op(va, VCPUOP_stop_singleshot_timer, 0, NULL), 0);

	assert_int_equal(vcpu_op(va, VCPUOP_set_periodic_timer, 0, &per), -EINVAL);
	per.period_ns = ~0ULL;
	assert_int_equal(vcpu_op(va, VCPUOP_set_periodic_timer, 0, &per), -EINVAL);
	assert_int_equal(vcpu_op(va, VCPUOP_stop_periodic_timer, 0, NULL), 0);

	assert_int_equal(HC(va, set_timer_op, now() + MILLISECS(1), 0, 0), 0);
	host_advance(MILLISECS(2));
	assert_true(test_and_clear_bit(port, a->shared_info->evtchn_pending));
	assert_int_equal(HC(va, set_timer_op, -5, 0, 0), 0);
	assert_int_equal(HC(va, set_timer_op, 0, 0, 0), 0);
	host_advance(MILLISECS(200));
	assert_false(test_bit(port, a->shared_info->evtchn_pending));
	assert_int_equal(evtchn_op(va, EVTCHNOP_close, &(struct evtchn_close){ port }), 0);
}

static void vcpu_records(void **state)
{
	struct page *pg = alloc_domheap_pages(a, 0, 0);
	struct vcpu_register_vcpu_info info = { .mfn = mfn_x(page_to_mfn(pg)), .offset = 64 };
	struct vcpu_register_runstate_memory_area area = { { { NULL } } };
	struct vcpu_runstate_info rs = { .state = 99 };

	assert_int_equal(vcpu_op(va, VCPUOP_register_vcpu_info, 0, BAD_POINTER), -EFAULT);
	info.offset = 4090;
	assert_int_equal(vcpu_op(va, VCPUOP_register_vcpu_info, 0, &info), -ENXIO);
	info.offset = 65;
	assert_int_equal(vcpu_op(va, VCPUOP_register_vcpu_info, 0, &info), -ENXIO);
	info.offset = 64;
	info.mfn = ~0ULL;
	assert_int_equal(vcpu_op(va, VCPUOP_register_vcpu_info, 0, &info), -EINVAL);
	info.mfn = mfn_x(page_to_mfn(pg));
	assert_int_equal(vcpu_op(va, VCPUOP_register_vcpu_info, 0, &info), 0);
	assert_ptr_equal(va->vcpu_info, (char *)page_to_virt(pg) + 64);
	assert_int_equal(va->vcpu_info->evtchn_upcall_pending, 1);
	assert_int_equal(vcpu_op(va, VCPUOP_register_vcpu_info, 0, &info), -EINVAL); /* once */

	area.addr.h.p = &rs;
	assert_int_equal(vcpu_op(va, VCPUOP_register_runstate_memory_area, 0, &area), 0);
	assert_in_range(rs.state, 0, 3);
	area.addr.h.p = NULL;
	assert_int_equal(vcpu_op(va, VCPUOP_register_runstate_memory_area, 0, &area), 0);
	assert_null(va->runstate_guest.p);
}

static void pin_override(void **state)
{
	struct sched_pin_override p = { .pcpu = 1 };
	struct cpumask other;

	cpumask_zero(&other);
	cpumask_set(0, &other);
	assert_int_equal(HC(va, sched_op, SCHEDOP_pin_override, &p, 0), -EPERM);
	assert_int_equal(HC(v0, sched_op, SCHEDOP_pin_override, BAD_POINTER, 0), -EFAULT);
	assert_int_equal(HC(v0, sched_op, SCHEDOP_pin_override, &p, 0), 0);
	assert_int_equal(cpumask_weight(&v0->hard_affinity), 1);
	assert_true(cpumask_test(1, &v0->hard_affinity));
	assert_int_equal(HC(v0, sched_op, SCHEDOP_pin_override, &p, 0), -EBUSY);
	assert_int_equal(vcpu_set_hard_affinity(v0, &other), -EBUSY);
	p.pcpu = -1;
	assert_int_equal(HC(v0, sched_op, SCHEDOP_pin_override, &p, 0), 0);
	assert_true(cpumask_test(0, &v0->hard_affinity));
	assert_int_equal(HC(v0, sched_op, SCHEDOP_pin_override, &p, 0), -EINVAL);
	p.pcpu = 4000;
	assert_int_equal(HC(v0, sched_op, SCHEDOP_pin_override, &p, 0), -EINVAL);
}

static void nmi(void **state)
{
	struct xennmi_callback cb = { .handler_address = 0x1234 };

	assert_int_equal(HC(va, nmi_op, XENNMI_register_callback, BAD_POINTER, 0), -EFAULT);
	assert_int_equal(HC(va, nmi_op, XENNMI_register_callback, &cb, 0), 0);
	assert_int_equal(va->arch.nmi_callback, 0x1234);
	assert_int_equal(HC(va, nmi_op, XENNMI_unregister_callback, BAD_POINTER, 0), 0);
	assert_int_equal(va->arch.nmi_callback, 0);
	assert_int_equal(HC(va, nmi_op, 2, &cb, 0), -ENOSYS);
}

static void sched(void **state)
{
	struct sched_shutdown sd = { SHUTDOWN_suspend };
	struct sched_remote_shutdown rsd = { a->domain_id, SHUTDOWN_reboot };
	struct sched_watchdog w = { 0, 5 };

	assert_int_equal(HC(va, sched_op, 99, &sd, 0), -ENOSYS);
	assert_int_equal(HC(va, sched_op, SCHEDOP_shutdown, BAD_POINTER, 0), -EFAULT);
	va->vcpu_info->evtchn_upcall_mask = 1;
	va->vcpu_info->evtchn_upcall_pending = 1;
	assert_int_equal(HC(va, sched_op, SCHEDOP_block, 0, 0), 0);
	assert_int_equal(va->vcpu_info->evtchn_upcall_mask, 0); /* pending: no sleep */
	assert_false(test_bit(VPF_blocked, va->pause_flags));
	va->vcpu_info->evtchn_upcall_pending = 0;
	assert_int_equal(HC(va, sched_op, SCHEDOP_block, 0, 0), 0);
	assert_true(test_bit(VPF_blocked, va->pause_flags));
	vcpu_mark_events_pending(va);
	assert_false(test_bit(VPF_blocked, va->pause_flags));

	assert_int_equal(HC(va, sched_op, SCHEDOP_shutdown, &sd, 0), 0);
	assert_int_equal(a->shutdown_code, SHUTDOWN_suspend);
	domain_resume(a);
	assert_int_equal(HC(va, sched_op, SCHEDOP_remote_shutdown, &rsd, 0), -EPERM);
	assert_int_equal(HC(v0, sched_op, SCHEDOP_remote_shutdown, &rsd, 0), 0);
	assert_int_equal(a->shutdown_code, SHUTDOWN_reboot);
	domain_resume(a);
	rsd.domain_id = 999;
	assert_int_equal(HC(v0, sched_op, SCHEDOP_remote_shutdown, &rsd, 0), -ESRCH);

	assert_int_equal(HC(va, sched_op, SCHEDOP_watchdog, &w, 0), 1);
	assert_int_equal(HC(va, sched_op, SCHEDOP_watchdog, &w, 0), 2);
	assert_int_equal(HC(va, sched_op, SCHEDOP_watchdog, &w, 0), -ENOSPC);
	w.id = 3;
	assert_int_equal(HC(va, sched_op, SCHEDOP_watchdog, &w, 0), -EINVAL);
	w = (struct sched_watchdog){ 2, 0 };
	assert_int_equal(HC(va, sched_op, SCHEDOP_watchdog, &w, 0), 0);
	assert_int_equal(HC(va, sched_op, SCHEDOP_watchdog, &w, 0), -EINVAL);
	w = (struct sched_watchdog){ 1, 5 };
	host_advance(SECONDS(4));
	assert_int_equal(HC(va, sched_op, SCHEDOP_watchdog, &w, 0), 0);
	host_advance(SECONDS(4));
	assert_false(a->is_shut_down);
	host_advance(SECONDS(2));
	assert_true(a->is_shut_down);
	assert_int_equal(a->shutdown_code, SHUTDOWN_watchdog);
	host_kill_domain(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table), cmocka_unit_test(multicalls),
		cmocka_unit_test(multicall_gives_way), cmocka_unit_test(version),
		cmocka_unit_test(console_io), cmocka_unit_test(vm_assist),
		cmocka_unit_test(vcpu_life), cmocka_unit_test(vcpu_timers),
		cmocka_unit_test(vcpu_records), cmocka_unit_test(pin_override),
		cmocka_unit_test(nmi), cmocka_unit_test(not_for_guests),
		cmocka_unit_test(sched),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

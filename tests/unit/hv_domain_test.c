/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_domain_test.c: domains from creation to the last reference. */
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/softirq.h>
#include <asm/host.h>
#include <xen/sched.h>
#include <setjmp.h>
#include <cmocka.h>

static struct domain *dom0;

static void *leak_baseline(void)
{
	static unsigned long pages;

	host_run_all();
	pages = heap_free_pages();
	return &pages;
}

/* Small allocations may keep a spare page for each size. */
static void check_no_leak(const void *baseline)
{
	unsigned long before = *(const unsigned long *)baseline;

	host_run_all();
	assert_true(heap_free_pages() + 17 >= before);
}

static struct xen_domctl_createdomain config(unsigned int vcpus)
{
	return (struct xen_domctl_createdomain){
		.max_vcpus = vcpus, .max_evtchn_port = 1023, .max_grant_frames = 4,
		.max_maptrack_frames = 4, .grant_opts = 1,
	};
}

static void creation_is_checked(void **state)
{
	struct xen_domctl_createdomain cfg = config(1);
	struct domain *d = NULL;

	assert_int_equal(domain_create(DOMID_FIRST_RESERVED, &cfg, false, &d), -EINVAL);
	cfg.max_vcpus = 0;
	assert_int_equal(domain_create(77, &cfg, false, &d), -EINVAL);
	cfg.max_vcpus = MAX_VIRT_CPUS + 1;
	assert_int_equal(domain_create(77, &cfg, false, &d), -EINVAL);
	cfg.max_vcpus = 1;
	assert_int_equal(domain_create(0, &cfg, false, &d), -EEXIST);
	assert_null(d);
	assert_null(domain_get_by_id(77));
	assert_ptr_equal(hardware_domain, dom0);
}

static void failed_creation_leaves_nothing(void **state)
{
	struct xen_domctl_createdomain cfg = config(4);
	const void *base = leak_baseline();
	struct domain *d = NULL;

	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(domain_create(0, &cfg, false, &d), -EEXIST);
	check_no_leak(base);
}

/* Fails at every allocation in turn. */
static void out_of_memory_anywhere(void **state)
{
	struct xen_domctl_createdomain cfg = config(2);
	const void *base = leak_baseline();
	unsigned int succeeded = 0;

	for (unsigned int left = 0; left < 40; left++) {
		struct page_list hoard = PAGE_LIST_INIT;
		struct domain *d = NULL;
		struct page *pg;

		while (heap_free_pages() > left && (pg = alloc_domheap_pages(NULL, 0, MEMF_no_scrub)))
			page_list_add(pg, &hoard);
		if (domain_create(50, &cfg, false, &d) == 0) {
			(void)vcpu_create(d, 0);
			(void)vcpu_create(d, 1);
			host_kill_domain(d);
			succeeded++;
		} else {
			assert_null(d);
		}
		host_run_all();
		while ((pg = page_list_pop(&hoard)))
			free_domheap_pages(pg, 0);
		assert_null(domain_get_by_id(50));
	}
	assert_true(succeeded > 0 && succeeded < 40);
	check_no_leak(base);
}

static void lookup(void **state)
{
	struct domain *a = host_make_domain(1, 4), *b = host_make_domain(1, 4), *d;
	domid_t next;

	assert_true(b->domain_id > a->domain_id);
	d = domain_get_by_id(a->domain_id);
	assert_ptr_equal(d, a);
	assert_int_equal(a->refcnt, 3); /* the list's, shared pages', ours */
	domain_put(d);
	d = domain_get_next(a->domain_id + 1);
	assert_ptr_equal(d, b);
	domain_put(d);
	assert_null(domain_get_next(b->domain_id + 1));
	assert_int_equal(domain_lookup_remote(12345, &d), -ESRCH);
	assert_int_equal(domid_alloc(&next), 0);
	assert_int_equal(next, b->domain_id + 1);
	host_kill_domain(b);
	host_kill_domain(a);
	assert_int_equal(domid_alloc(&next), 0); /* ids are not given out again soon */
	assert_true(next > b->domain_id);
}

static void kill_in_rounds(void **state)
{
	const void *base = leak_baseline();
	struct domain *d = host_make_domain(3, 100), *found;
	struct xen_domctl_getdomaininfo info;
	domid_t id = d->domain_id;

	assert_non_null(alloc_domheap_pages(d, 5, 0));
	d->arch.relinquish_rounds = 3;
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(domain_kill(d), -ERESTART);
		assert_int_equal(d->is_dying, DOMDYING_dying);
		getdomaininfo(d, &info);
		assert_int_equal(info.flags & XEN_DOMINF_dying, 0);
	}
	domain_get(d);
	assert_int_equal(domain_kill(d), 0);
	assert_int_equal(domain_kill(d), 0); /* once more does no harm */
	host_run_all();
	/* Dead, but still referred to. */
	found = domain_get_by_id(id);
	assert_ptr_equal(found, d);
	getdomaininfo(d, &info);
	assert_int_equal(info.flags & XEN_DOMINF_dying, XEN_DOMINF_dying);
	assert_int_equal(info.tot_pages, 0);
	domain_put(found);
	domain_put(d);
	assert_null(domain_get_by_id(id)); /* not revived while it waits for the reaper */
	check_no_leak(base);
}

static void kill_is_refused(void **state)
{
	struct domain *d = host_make_domain(1, 4);
	int pauses;

	assert_int_equal(domain_kill(dom0), -EINVAL);
	assert_int_equal(domain_kill(dom_xen), -EINVAL);
	host_play_vcpu(d->vcpu[0]);
	assert_int_equal(domain_kill(d), -EINVAL);
	host_play_vcpu(NULL);
	pauses = d->pause_count;
	host_on_cpu(1); /* is at it */
	spin_lock(&d->hypercall_lock);
	host_on_cpu(0);
	assert_int_equal(domain_kill(d), -ERESTART);
	assert_int_equal(d->pause_count, pauses);
	host_on_cpu(1);
	spin_unlock(&d->hypercall_lock);
	host_on_cpu(0);
	host_kill_domain(d);
}

/* Somebody else still maps a page of the dead domain. */
static void referenced_page_keeps_the_structure(void **state)
{
	const void *base = leak_baseline();
	struct domain *d = host_make_domain(1, 10);
	struct page *pg = alloc_domheap_pages(d, 0, 0);
	struct page *info = virt_to_page(d->shared_info);

	assert_true(get_page(pg, d));
	assert_true(get_page(info, d));
	host_kill_domain(d);
	assert_ptr_equal(page_owner(pg), d);
	assert_int_equal(d->tot_pages, 1);
	assert_false(get_page(virt_to_page(d), d));
	put_page(pg);
	host_run_all();
	assert_ptr_equal(page_owner(info), d);
	put_page(info);
	check_no_leak(base);
}

static void killed_while_running(void **state)
{
	const void *base = leak_baseline();
	struct domain *d = host_make_domain(4, 10);

	assert_int_equal(domain_unpause_by_toolstack(d), 0);
	host_advance(MILLISECS(5));
	for (unsigned int i = 0; i < 4; i++)
		assert_true(d->vcpu[i]->is_running);
	vcpu_set_singleshot_timer(d->vcpu[1], now() + 500);
	vcpu_set_periodic_timer(d->vcpu[2], MILLISECS(1));
	host_kill_domain(d);
	host_advance(MILLISECS(50)); /* its timers are gone with it */
	check_no_leak(base);
}

/* --- shutdown ------------------------------------------------------------------------------------ */

static void shutdown_and_resume(void **state)
{
	struct domain *d = host_make_domain(2, 4);
	struct xen_domctl_getdomaininfo info;

	assert_int_equal(domain_unpause_by_toolstack(d), 0);
	host_run_all();
	domain_shutdown(d, SHUTDOWN_suspend);
	domain_shutdown(d, SHUTDOWN_crash); /* too late */
	host_run_all();
	assert_false(vcpu_on_cpu(d->vcpu[0]) || vcpu_on_cpu(d->vcpu[1]));
	getdomaininfo(d, &info);
	assert_int_equal(info.flags >> XEN_DOMINF_shutdownshift & 0xff, SHUTDOWN_suspend);
	assert_true(info.flags & XEN_DOMINF_shutdown);
	assert_false(info.flags & XEN_DOMINF_paused);
	host_on_cpu(3);
	domain_resume(d);
	domain_resume(d); /* nothing to do */
	host_run_all();
	assert_true(vcpu_on_cpu(d->vcpu[0]) && vcpu_on_cpu(d->vcpu[1]));
	getdomaininfo(d, &info);
	assert_false(info.flags & XEN_DOMINF_shutdown);
	assert_true(info.flags & XEN_DOMINF_running);
	host_on_cpu(0);
	domain_crash(d);
	host_run_all();
	assert_int_equal(d->shutdown_code, SHUTDOWN_crash);
	host_kill_domain(d);
}

static void dom0_ends_the_machine(void **state)
{
	assert_true(host_stops(domain_shutdown(dom0, SHUTDOWN_poweroff)));
	assert_string_equal(host_stopped, "poweroff");
	assert_true(host_stops(domain_shutdown(dom0, SHUTDOWN_reboot)));
	assert_string_equal(host_stopped, "restart");
	assert_true(host_stops(domain_shutdown(dom0, SHUTDOWN_crash)));
	assert_string_equal(host_stopped, "halt"); /* noreboot */
	assert_true(host_stops(domain_shutdown(dom0, 200)));
	assert_string_equal(host_stopped, "halt");
}

/* --- vcpus ------------------------------------------------------------------------------------------ */

static void vcpus(void **state)
{
	struct xen_domctl_createdomain cfg = config(40);
	struct domain *d;
	struct vcpu *v;
	unsigned int n = 0, last = 0;

	assert_int_equal(domain_create(60, &cfg, false, &d), 0);
	assert_null(vcpu_create(d, 40));
	assert_non_null(vcpu_create(d, 0));
	assert_non_null(vcpu_create(d, 5));
	assert_non_null(vcpu_create(d, 3));
	assert_non_null(vcpu_create(d, 39));
	assert_null(vcpu_create(d, 3));
	for_each_vcpu (d, v) {
		assert_true(!n || v->vcpu_id > last);
		last = v->vcpu_id;
		n++;
		assert_true(test_bit(VPF_down, v->pause_flags));
	}
	assert_int_equal(n, 4);
	assert_ptr_equal(d->vcpu[5]->vcpu_info, &d->shared_info->vcpu_info[5]);
	host_kill_domain(d);
}

static void vcpu_info_moves(void **state)
{
	struct domain *d = host_make_domain(2, 10);
	struct vcpu *v = d->vcpu[1];
	struct page *pg = alloc_domheap_pages(d, 0, 0), *foreign = alloc_domheap_pages(dom0, 0, 0);
	gfn_t gfn = mk_gfn(mfn_x(page_to_mfn(pg)));

	assert_int_equal(vcpu_register_info(v, gfn, 64), -EINVAL); /* neither current nor down */
	set_bit(VPF_down, v->pause_flags);
	assert_int_equal(vcpu_register_info(v, gfn, PAGE_SIZE - 32), -ENXIO);
	assert_int_equal(vcpu_register_info(v, gfn, 3), -ENXIO);
	assert_int_equal(vcpu_register_info(v, mk_gfn(~0UL), 0), -EINVAL);
	assert_int_equal(vcpu_register_info(v, mk_gfn(mfn_x(page_to_mfn(foreign))), 0), -EINVAL);
	v->vcpu_info->arch.cr2 = 0x1234;
	assert_int_equal(vcpu_register_info(v, gfn, 128), 0);
	assert_ptr_equal(v->vcpu_info, (char *)page_to_virt(pg) + 128);
	assert_int_equal(v->vcpu_info->arch.cr2, 0x1234);
	assert_int_equal(v->vcpu_info->evtchn_upcall_pending, 1);
	assert_int_equal(v->vcpu_info->evtchn_pending_sel, ~0UL);
	assert_int_equal(pg->count_info & PGC_count_mask, 2);
	assert_int_equal(vcpu_register_info(v, gfn, 256), -EINVAL); /* once */
	put_page_alloc_ref(foreign);
	host_kill_domain(d);
}

static void vcpu_reset_brings_down(void **state)
{
	struct domain *d = host_make_domain(1, 4);
	struct vcpu *v = d->vcpu[0];

	set_bit(VPF_blocked, v->pause_flags);
	assert_int_equal(vcpu_reset(v), 0);
	assert_int_equal(v->pause_flags[0], 1UL << VPF_down);
	assert_false(v->is_initialised);
	host_kill_domain(d);
}

static void information(void **state)
{
	struct domain *d = host_make_domain(3, 64);
	struct xen_domctl_getdomaininfo info;

	set_bit(VPF_down, d->vcpu[2]->pause_flags);
	assert_non_null(alloc_domheap_pages(d, 3, 0));
	getdomaininfo(d, &info);
	assert_int_equal(info.domain, d->domain_id);
	assert_int_equal(info.tot_pages, 8);
	assert_int_equal(info.max_pages, 64);
	assert_int_equal(info.nr_online_vcpus, 2);
	assert_int_equal(info.max_vcpu_id, 2);
	assert_int_equal(info.shared_info_frame, mfn_x(virt_to_mfn(d->shared_info)));
	assert_int_equal(info.flags, XEN_DOMINF_paused);
	host_kill_domain(d);
}

static int setup(void **state)
{
	host_init(4, 32, "loglvl=none noreboot");
	dom0 = host_make_dom0(1, 64);
	set_bit(VPF_blocked, dom0->vcpu[0]->pause_flags);
	vcpu_sleep_nosync(dom0->vcpu[0]);
	host_run_all();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creation_is_checked),
		cmocka_unit_test(failed_creation_leaves_nothing),
		cmocka_unit_test(out_of_memory_anywhere),
		cmocka_unit_test(lookup),
		cmocka_unit_test(kill_in_rounds),
		cmocka_unit_test(kill_is_refused),
		cmocka_unit_test(referenced_page_keeps_the_structure),
		cmocka_unit_test(killed_while_running),
		cmocka_unit_test(shutdown_and_resume),
		cmocka_unit_test(dom0_ends_the_machine),
		cmocka_unit_test(vcpus),
		cmocka_unit_test(vcpu_info_moves),
		cmocka_unit_test(vcpu_reset_brings_down),
		cmocka_unit_test(information),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

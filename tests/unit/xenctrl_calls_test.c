/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_calls_test.c: the library's calls on domains, vcpus, the host and foreign memory, on the fake machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "tests/unit/xenctrl_guest.h"

static void test_life(void **state)
{
	xc_domaininfo_t info, list[4];

	assert_int_equal(xc_domain_getinfo(xch, domid, &info), 0);
	assert_int_equal(info.domain, domid);
	assert_true(info.flags & XEN_DOMINF_paused);
	assert_int_equal(xc_domain_unpause(xch, domid), 0);
	assert_int_equal(xc_domain_getinfo(xch, domid, &info), 0);
	assert_false(info.flags & XEN_DOMINF_paused);
	assert_int_equal(xc_domain_getinfolist(xch, 0, 4, list), 2);
	assert_int_equal(list[1].domain, domid);
	assert_int_equal(xc_domain_getinfolist(xch, domid + 1, 4, list), 0);
	fake->destroy_again = 5;
	assert_int_equal(xc_domain_destroy(xch, domid), 0);
	assert_int_equal(fake->destroy_again, 0);
	assert_int_equal(xc_domain_getinfo(xch, domid, &info), -1);
	assert_int_equal(errno, ESRCH);
	assert_non_null(strstr(xc_last_error(xch), "information on domain"));
	assert_int_equal(xc_domain_pause(xch, domid), -1);
	assert_int_equal(errno, ESRCH);
	/* getdomaininfo answers with the next one: that is not ours */
	assert_int_equal(xc_domain_getinfo(xch, 0, &info), 0);
}

static void test_vcpus(void **state)
{
	uint8_t hard[2] = { 3, 1 }, got[2] = { 0 }, soft[2] = { 0 };
	struct xc_sched_params sched = { 512, 50 };
	struct vcpu_guest_context *c = calloc(1, sizeof(*c));

	assert_int_equal(xc_vcpu_setaffinity(xch, domid, 1, hard, NULL, 9), 0);
	assert_int_equal(xc_vcpu_getaffinity(xch, domid, 1, got, soft, 9), 0);
	assert_memory_equal(got, hard, 2);
	assert_int_equal(xc_vcpu_setaffinity(xch, domid, 1, NULL, NULL, 9), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(xc_sched_domain_set(xch, domid, XEN_SCHEDULER_CREDIT2, &sched), 0);
	sched.weight = 0;
	assert_int_equal(xc_sched_domain_set(xch, domid, XEN_SCHEDULER_CREDIT2, &sched), -1);
	assert_int_equal(xc_sched_domain_get(xch, domid, XEN_SCHEDULER_CREDIT2, &sched), 0);
	assert_int_equal(sched.weight, 512);
	assert_int_equal(sched.cap, 50);
	assert_int_equal(xc_sched_domain_get(xch, domid, XEN_SCHEDULER_NULL, &sched), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(xc_vcpu_getcontext(xch, domid, 1, c), -1);
	assert_int_equal(errno, ENODATA);
	c->user_regs.rip = 42;
	assert_int_equal(xc_vcpu_setcontext(xch, domid, 1, c), 0);
	c->user_regs.rip = 0;
	assert_int_equal(xc_vcpu_getcontext(xch, domid, 1, c), 0);
	assert_int_equal(c->user_regs.rip, 42);
	free(c);
}

static void test_host(void **state)
{
	char text[64] = "";
	uint32_t index = 6, sched;
	uint64_t bytes;

	assert_int_equal(xc_version(xch, XENVER_version, NULL), 0x40011);
	assert_int_equal(xc_version(xch, 99, NULL), -1);
	assert_int_equal(xc_version(xch, XENVER_capabilities, NULL), -1);
	assert_int_equal(xc_get_max_cpus(xch), 2);
	assert_int_equal(xc_readconsole(xch, text, sizeof(text), false, true, &index), 13);
	assert_string_equal(text, "fake machine\n");
	assert_int_equal(index, 19);
	assert_int_equal(xc_readconsole(xch, text, 0, false, false, NULL), -1);
	assert_int_equal(xc_sched_id(xch, &sched), 0);
	assert_int_equal(sched, XEN_SCHEDULER_CREDIT2);
	assert_int_equal(xc_availheap(xch, 0, 0, -1, &bytes), -1);
	assert_int_equal(errno, ENOSYS);
	assert_int_equal(xc_evtchn_alloc_unbound(xch, domid, 0), 1);
	assert_int_equal(xc_evtchn_alloc_unbound(xch, domid, 0), 2);
	fake->fail_op = __HYPERVISOR_domctl;
	fake->fail_cmd = XEN_DOMCTL_pausedomain;
	fake->fail_errno = EACCES;
	assert_int_equal(xc_domain_pause(xch, domid), -1);
	assert_int_equal(errno, EACCES);
	assert_non_null(strstr(xc_last_error(xch), "another domctl version"));
	fake->fail_errno = EPERM; /* the words for EACCES are not used again */
	assert_int_equal(xc_domain_pause(xch, domid), -1);
	assert_non_null(strstr(xc_last_error(xch), "Operation not permitted"));
}

static void test_foreign_errors(void **state)
{
	xen_pfn_t frames[3] = { fake->dom[domid].shared_info, 1UL << 40,
				fake->dom[domid].grant_frame };
	int errs[3] = { 1, 1, 1 };
	void *addr;

	assert_null(xc_map_foreign(xch, domid, PROT_READ, frames, 3, NULL));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(fake->windows, 0);
	addr = xc_map_foreign(xch, domid, PROT_READ, frames, 3, errs);
	assert_non_null(addr);
	assert_int_equal(errs[0], 0);
	assert_int_equal(errs[1], -EINVAL);
	assert_int_equal(errs[2], 0);
	xc_unmap_foreign(xch, addr, 3);
	assert_null(xc_map_foreign(xch, domid, PROT_READ, frames, 0, NULL));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_life), CASE(test_vcpus), CASE(test_host), CASE(test_foreign_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
